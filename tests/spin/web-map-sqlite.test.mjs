// The map of places on the web page, in a real browser on our host, with SQLite and S3.
process.env.EDGE_TEST_SERVER = "spin-sqlite";
await import("../workers/web-map.test.mjs");
