// The story of live transcoding on Spin's interfaces, with SQLite and S3.
process.env.EDGE_TEST_SERVER = "spin-sqlite";
await import("../workers/stream.test.mjs");
