// The story of searches by meaning on Spin's interfaces, with PostgreSQL and S3.
process.env.EDGE_TEST_SERVER = "spin-postgres";
await import("../workers/smart-search.test.mjs");
