// The story of a library in another bucket on Spin's interfaces, with SQLite and S3.
process.env.EDGE_TEST_SERVER = "spin-sqlite";
await import("../workers/external.test.mjs");
