// The server that the conformance suite of the HTTP port wants (shared/conformance/src/http.rs).
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** What the suite does not wait for comes so much later. */
const LATE_MS = 3000;
/** Longer than the usual limit of an answer. */
const PATIENCE_MS = 33_000;

async function answer(request, response) {
  const body = Buffer.concat(await request.toArray());
  const headers = { "x-test": request.headers["x-test"] ?? "" };
  if (request.method === "POST" && request.url.startsWith("/echo")) return response.writeHead(201, headers).end(body);
  if (request.url === "/redirect") return response.writeHead(302, { location: "/echo" }).end();
  if (request.url === "/stalled") {
    response.writeHead(200, { "content-length": 2 }).write("a");
    await sleep(LATE_MS);
    return response.end("b");
  }
  if (request.url === "/late") {
    await sleep(PATIENCE_MS);
    return response.writeHead(200).end();
  }
  if (request.url === "/silent") await sleep(LATE_MS);
  return response.writeHead(404, headers).end(body);
}

/** Starts it; `close` ends it. */
export async function startEcho() {
  const server = createServer(answer);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${server.address().port}`, close };
}
