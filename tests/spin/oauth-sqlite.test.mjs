// The story of logins through an identity provider on Spin's interfaces, with SQLite and S3.
process.env.EDGE_TEST_SERVER = "spin-sqlite";
await import("../workers/oauth.test.mjs");
