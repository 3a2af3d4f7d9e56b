// The story of an external machine learning service on Spin's interfaces, with SQLite and S3.
process.env.EDGE_TEST_SERVER = "spin-sqlite";
await import("../workers/external-ml.test.mjs");
