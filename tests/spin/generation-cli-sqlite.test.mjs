// The story of the CLI of before 2.7 on our host, with SQLite and S3.
process.env.EDGE_TEST_SERVER = "spin-sqlite";
await import("../workers/generation-cli.test.mjs");
