// The story of faces on Spin's interfaces, with SQLite and S3.
process.env.EDGE_TEST_SERVER = "spin-sqlite";
await import("../workers/faces.test.mjs");
