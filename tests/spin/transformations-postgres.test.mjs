// The story of photos in other sizes on Spin's interfaces, with PostgreSQL and S3.
process.env.EDGE_TEST_SERVER = "spin-postgres";
await import("../workers/transformations.test.mjs");
