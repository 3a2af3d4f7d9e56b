// The story of every function of the official SDK on Spin's interfaces, with SQLite and S3.
process.env.EDGE_TEST_SERVER = "spin-sqlite";
await import("../workers/sdk.test.mjs");
