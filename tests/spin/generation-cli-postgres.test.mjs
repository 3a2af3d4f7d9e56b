// The story of the CLI of before 2.7 on our host, with PostgreSQL and S3.
process.env.EDGE_TEST_SERVER = "spin-postgres";
await import("../workers/generation-cli.test.mjs");
