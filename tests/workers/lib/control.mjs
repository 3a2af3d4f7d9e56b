// A second port for tests only: looks into the local database, bucket and process, and runs crons at once.
import { once } from "node:events";
import { createServer } from "node:http";
import { runCron } from "./cron.mjs";
import { childrenOf, memoryOf } from "./process.mjs";

/** workerd, our only child of that name; undefined when it is gone. */
export function workerd() {
  return childrenOf(process.pid).find(({ name, state }) => name === "workerd" && state !== "Z");
}

function memory() {
  const { pid } = workerd();
  return { pid, ...memoryOf(pid) };
}

async function listObjects(bucket, prefix) {
  const objects = [];
  let cursor;
  do {
    const page = await bucket.list({ prefix, cursor, limit: 1000 });
    objects.push(...page.objects.map(({ key, size }) => ({ key, size })));
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor);
  return objects;
}

/**
 * Serves on `port` of the loopback address; resolves to what ends it once it listens:
 * POST /sql {sql, params} -> {results, meta}; GET /objects?prefix= -> [{key, size}]; POST /objects {key, base64} writes one, DELETE /objects?key= removes one; GET /memory -> {pid, resident, peak} in bytes;
 * GET /cpu -> milliseconds; POST /counts -> sums since the last call, with serve.mjs --count;
 * POST /cron {worker, cron} runs a scheduled handler; POST /stop ends the server.
 */
export async function startControl(port, { mf, db, bucket, counts, stop }) {
  const routes = {
    "POST /sql": async ({ body }) => db.prepare(body.sql).bind(...(body.params ?? [])).all(),
    "GET /objects": async ({ url }) => listObjects(bucket, url.searchParams.get("prefix") ?? undefined),
    "POST /objects": async ({ body }) => void (await bucket.put(body.key, Buffer.from(body.base64, "base64"))),
    "DELETE /objects": async ({ url }) => void (await bucket.delete(url.searchParams.get("key"))),
    "GET /memory": async () => memory(),
    "GET /cpu": async () => workerd().cpuUs / 1000,
    "POST /counts": async () => counts.take(),
    "POST /cron": async ({ body }) => runCron(mf, body.worker, body.cron),
    "POST /stop": async () => (setTimeout(stop, 10), { stopping: true }),
  };
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, "http://control");
    try {
      const route = routes[`${request.method} ${url.pathname}`];
      if (!route) throw new Error("no such control");
      const text = (await request.toArray()).join("");
      const answer = await route({ url, body: text ? JSON.parse(text) : {} });
      response.end(JSON.stringify(answer ?? null));
    } catch (error) {
      response.writeHead(500).end(JSON.stringify({ message: String(error) }));
    }
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return () => server.close();
}
