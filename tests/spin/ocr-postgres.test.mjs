// The story of text in pictures on Spin's interfaces, with PostgreSQL and S3.
process.env.EDGE_TEST_SERVER = "spin-postgres";
await import("../workers/ocr.test.mjs");
