// Settings and administration of the web page in a real browser on our host, with SQLite and S3.
process.env.EDGE_TEST_SERVER = "spin-sqlite";
await import("../workers/web-admin.test.mjs");
