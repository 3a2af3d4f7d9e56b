// The story of many photos on Spin's interfaces, with SQLite and S3.
process.env.EDGE_TEST_SERVER = "spin-sqlite";
await import("../workers/many.test.mjs");
