// The server under measurement: all Workers in one workerd, with data of its own that is thrown away.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";

/** A TCP port of the loopback address that nobody listens on. */
export async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => probe.once("listening", resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** Starts the server with these further options of serve.mjs, and waits until it takes requests. */
export async function start(...options) {
  const data = mkdtempSync(path.join(os.tmpdir(), "immich-edge-bench-"));
  const [port, controlPort] = [await freePort(), await freePort()];
  const script = path.resolve(import.meta.dirname, "../serve.mjs");
  const began = performance.now();
  const child = spawn(
    process.execPath,
    [script, "--port", String(port), "--data", data, "--test-control", String(controlPort), ...options],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const lines = [];
  // What functions log as errors, such as how much memory they took.
  createInterface({ input: child.stderr }).on("line", (line) => {
    lines.push(line);
    console.error(line);
  });
  await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      lines.push(line);
      if (line.startsWith("ready")) resolve();
    });
    child.once("exit", (code) => reject(new Error(`the server ended with code ${code}`)));
  });
  const url = `http://127.0.0.1:${port}`;
  const control = async (method, route, body) => {
    const options = { method, body: body && JSON.stringify(body) };
    const response = await fetch(`http://127.0.0.1:${controlPort}${route}`, options);
    if (!response.ok) throw new Error(`control ${route}: ${await response.text()}`);
    return response.json();
  };
  const query = async (sql, params = []) => (await control("POST", "/sql", { sql, params })).results;
  return {
    url,
    startMs: performance.now() - began,
    /** What it has said so far, line by line. */
    logged: () => lines,
    sql: query,
    put: (key, bytes) => control("POST", "/objects", { key, base64: bytes.toString("base64") }),
    insert(table, columns, rows) {
      const values = columns.map((name) => `json_extract(value, '$.${name}')`).join(", ");
      const sql = `insert into ${table} (${columns.join(", ")}) select ${values} from json_each(?1)`;
      return query(sql, [JSON.stringify(rows)]);
    },
    memory: () => control("GET", "/memory"),
    cpuMs: () => control("GET", "/cpu"),
    counts: () => control("POST", "/counts"),
    tick: () => control("POST", "/cron", { worker: "immich-edge-scheduler", cron: "* * * * *" }),
    async stop() {
      child.removeAllListeners("exit");
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
      rmSync(data, { recursive: true, force: true });
    },
  };
}
