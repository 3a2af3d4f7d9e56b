// The story of the realtime channel on our host, which holds the connections itself, with SQLite.
process.env.EDGE_TEST_SERVER = "spin-sqlite";
await import("../workers/realtime.test.mjs");
