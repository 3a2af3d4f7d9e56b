// The story of the realtime channel on our host, which holds the connections itself, with PostgreSQL.
process.env.EDGE_TEST_SERVER = "spin-postgres";
await import("../workers/realtime.test.mjs");
