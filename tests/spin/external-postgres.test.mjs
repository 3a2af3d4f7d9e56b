// The story of a library in another bucket on Spin's interfaces, with PostgreSQL and S3.
process.env.EDGE_TEST_SERVER = "spin-postgres";
await import("../workers/external.test.mjs");
