// The story of searches by meaning on Spin's interfaces, with S3 and a PostgreSQL that has pgvector.
process.env.EDGE_TEST_SERVER = "spin-postgres";
const url = process.env.EDGE_TEST_PGVECTOR;
if (url) {
  process.env.EDGE_TEST_POSTGRES = url;
  await import("../workers/smart-search.test.mjs");
} else {
  console.log("NOT TESTED: there is no PostgreSQL with pgvector for this kind of machine");
}
