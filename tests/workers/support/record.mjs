// Writes every exchange with the API down, for `cargo xtask contract`, which validates the answers: `node --import` it
// before a test. Does nothing unless the variable that xtask sets names a folder.
import { appendFileSync } from "node:fs";
import path from "node:path";

const folder = process.env.EDGE_RECORD_ANSWERS;

function parsed(text) {
  try {
    const value = JSON.parse(text);
    // What a test nests too deep to be written down again is none that a server accepts.
    JSON.stringify(value);
    return value;
  } catch {
    return null;
  }
}

/** JSON as it is, JSON lines as an array of them, nothing else. */
function body(type, bytes) {
  if (type.startsWith("application/jsonlines+json")) return bytes.toString().split("\n").filter(Boolean).map(parsed);
  return type.includes("json") ? parsed(bytes.toString()) : null;
}

/** One line of JSON; `edge-contract`, `recording.rs`, reads it. */
async function line(url, method, agent, sent, response) {
  const type = response.headers.get("content-type") ?? "";
  // Files are not held in memory for this: only JSON is looked into.
  const isFile = type !== "" && !type.includes("json");
  const bytes = isFile ? undefined : Buffer.from(await response.clone().arrayBuffer());
  return JSON.stringify({
    method,
    uri: url.pathname + url.search,
    agent,
    sent: typeof sent === "string" ? parsed(sent) : null,
    status: response.status,
    type,
    size: bytes?.length ?? Number(response.headers.get("content-length") ?? 0),
    body: body(type, bytes),
  });
}

if (folder) {
  const file = path.join(folder, `end-to-end-${process.pid}.jsonl`);
  const send = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const response = await send(input, init);
    const url = new URL(input.url ?? input);
    // As fetch sends the usual ones.
    const method = (init?.method ?? input.method ?? "GET").toUpperCase();
    const agent = new Headers(init?.headers ?? input.headers).get("user-agent") ?? "";
    if (/^(\/v2)?\/api\//.test(url.pathname)) appendFileSync(file, `${await line(url, method, agent, init?.body, response)}\n`);
    return response;
  };
}
