// The story of programs of the generation 2.7 on our host, with SQLite and S3.
process.env.EDGE_TEST_SERVER = "spin-sqlite";
await import("../workers/generation.test.mjs");
