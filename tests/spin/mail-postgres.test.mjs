// The story of mails on Spin's interfaces, with PostgreSQL and S3: the host sends them.
process.env.EDGE_TEST_SERVER = "spin-postgres";
await import("../workers/mail.test.mjs");
