// The story of mails on Spin's interfaces, with SQLite and S3: the host sends them.
process.env.EDGE_TEST_SERVER = "spin-sqlite";
await import("../workers/mail.test.mjs");
