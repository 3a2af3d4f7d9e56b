// Pages of links in a real browser, on our host with SQLite and S3.
process.env.EDGE_TEST_SERVER = "spin-sqlite";
await import("../workers/web-links.test.mjs");
