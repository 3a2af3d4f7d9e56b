// `cargo xtask costs --reads`: round trips and rows that what people look at every day asks of D1, in a small and in a large library.
import { parseArgs } from "node:util";
import { signUp } from "./client.mjs";
import { fill, id, LARGE_ALBUM, LINK_KEY } from "./library.mjs";
import { start } from "./server.mjs";
import { print } from "./table.mjs";

const { values: options } = parseArgs({ options: { sizes: { type: "string", default: "10000,1000000" } } });
const sizes = options.sizes.split(",").map(Number);

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Title, and the request: a route, and a body if it is a POST. */
const READS = [
  ["albums (21)", "/albums"],
  ["one album, with a quarter of the library", `/albums/${LARGE_ALBUM}`],
  ["search: first page of 250", "/search/metadata", { size: 250 }],
  ["search: 250 of a city", "/search/metadata", { size: 250, city: "City 3" }],
  ["search: 250 of a part of names", "/search/metadata", { size: 250, originalFileName: "IMG_12" }],
  ["search: what no name has", "/search/metadata", { size: 250, originalFileName: "zebra" }],
  ["search: 250 of a person", "/search/metadata", { size: 250, personIds: [id(7, 2)] }],
  ["timeline: months of a person", `/timeline/buckets?visibility=timeline&personId=${id(7, 2)}`],
  ["timeline: months of a tag", `/timeline/buckets?visibility=timeline&tagId=${id(11, 3)}`],
  ["timeline: months of a part of the map", "/timeline/buckets?visibility=timeline&bbox=10,10,20,11"],
  ["cities", "/search/cities"],
  ["explore", "/search/explore"],
  ["suggestions: countries", "/search/suggestions?type=country"],
  ["people: first page of 500", "/people"],
  ["one person", `/people/${id(7, 2)}`],
  ["how many photos a person is on", `/people/${id(7, 2)}/statistics`],
  ["map: all markers, a third of the library", "/map/markers"],
  ["tags (300)", "/tags"],
  ["one stack", `/stacks/${id(7, 6)}`],
  ["stacks (100)", "/stacks"],
  ["memories (50, with 20 photos each)", "/memories"],
  ["partners (2)", "/partners?direction=shared-with"],
  ["one shared link (100 photos), as a guest", `/shared-links/me?key=${LINK_KEY}`],
];

async function ask(server, headers, route, body) {
  const isGuest = route.includes("key=");
  const response = await fetch(`${server.url}/api${route}`, {
    method: body ? "POST" : "GET",
    headers: isGuest ? {} : { ...headers, ...(body && { "content-type": "application/json" }) },
    body: body && JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${route}: ${response.status} ${text}`);
  return text.length;
}

const server = await start("--count");
try {
  const client = await signUp(server.url);
  const rows = READS.map(([name]) => [name]);
  let there = 0;
  for (const size of sizes) {
    const began = performance.now();
    await fill(server.sql, client.id, there, size);
    there = size;
    console.error(`${size} assets: ${Math.round((performance.now() - began) / 1000)} s`);
    for (const [at, [, route, body]] of READS.entries()) {
      // Once outside of the measurement, as for every other figure of docs/costs.md.
      await ask(server, client.headers, route, body);
      await sleep(200);
      await server.counts();
      await ask(server, client.headers, route, body);
      await sleep(200);
      const { trips = 0, rowsRead = 0, rowsWritten = 0 } = await server.counts();
      rows[at].push(trips, rowsRead.toLocaleString("en"), rowsWritten);
    }
  }
  const heads = sizes.flatMap((size) => ["round trips", "rows read", "written"].map((what) => `${what} at ${size.toLocaleString("en")}`));
  print("Reads", ["read", ...heads], rows);
} finally {
  await server.stop();
}
