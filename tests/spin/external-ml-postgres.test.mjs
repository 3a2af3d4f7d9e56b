// The story of an external machine learning service on Spin's interfaces, with PostgreSQL and S3.
process.env.EDGE_TEST_SERVER = "spin-postgres";
await import("../workers/external-ml.test.mjs");
