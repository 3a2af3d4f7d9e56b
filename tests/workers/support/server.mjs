// Starts the whole server (serve.mjs) on free ports with a data folder of its own, for one test file.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pendingMultipartUploads } from "./bucket.mjs";

const SCRIPT = path.resolve(import.meta.dirname, "../serve.mjs");
const START_LIMIT_MS = 120_000;
/** So many times as long as usual is waited for what must come: where others work beside the tests. */
export const PATIENCE = Number(process.env.EDGE_PATIENCE ?? 1);

/** Signs the tokens of companions. */
export const COMPANION_SECRET = "signs the tokens of the companions in tests";

/** Lines of a server's output that a failed test shows. */
const LAST_LINES = 60;

/** What was started in this process: a test that fails shows what they said. */
const started = [];
process.on("exit", (code) => {
  if (code === 0) return;
  for (const { output, process: child } of started) {
    const end = child.exitCode ?? child.signalCode ?? "running";
    console.error(`--- server ${child.pid} (${end}) said:\n${output.split("\n").slice(-LAST_LINES).join("\n")}`);
  }
});

/** A new empty folder; remove it with `discard`. */
export function temporaryFolder() {
  return mkdtempSync(path.join(tmpdir(), "immich-edge-test-"));
}

/** Removes a folder with all its contents. */
export function discard(folder) {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** A TCP port of the loopback address that nobody listens on. */
export async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => probe.once("listening", resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** Calls `probe` until it answers something true; fails with `what` after `limit` milliseconds. */
export async function eventually(what, probe, limit = 60_000, pause = 100) {
  const end = Date.now() + limit * PATIENCE;
  for (;;) {
    const answer = await probe();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited ${limit * PATIENCE} ms in vain: ${what}`);
    await sleep(pause);
  }
}

/** A running server. `url` is where clients go (without /api), `data` its folder. */
export class Server {
  /** Starts one; `data` continues an earlier one's folder, which then is not removed by `stop`; `web` is the folder of a web page. */
  static async start({ data, vars = {}, web } = {}) {
    // The stories that tests/spin imports run on Spin.
    const spin = process.env.EDGE_TEST_SERVER;
    if (spin) return (await import("../../spin/server.mjs")).SpinServer.start(spin, { data, vars });
    const server = new Server();
    server.ownsData = !data;
    server.data = data ?? temporaryFolder();
    server.port = await freePort();
    server.controlPort = await freePort();
    server.url = `http://127.0.0.1:${server.port}`;
    server.output = "";
    const options = Object.entries({ COMPANION_SECRET, ...vars }).flatMap(([name, value]) => ["--var", `${name}=${value}`]);
    server.process = spawn(
      process.execPath,
      [
        SCRIPT,
        ...["--port", String(server.port), "--test-control", String(server.controlPort)],
        ...["--data", server.data, ...options, ...(web ? ["--web", web] : [])],
      ],
      { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, WRANGLER_SEND_METRICS: "false" } },
    );
    server.ended = new Promise((resolve) => server.process.once("exit", resolve));
    started.push(server);
    for (const stream of [server.process.stdout, server.process.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => (server.output += text));
    }
    try {
      await server.#ready();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  async #ready() {
    await eventually(
      "the server to start",
      () => {
        if (this.process.exitCode !== null) throw new Error(`the server ended:\n${this.output}`);
        return this.output.includes("ready on ");
      },
      START_LIMIT_MS,
      50,
    );
  }

  async #control(method, route, body) {
    const response = await fetch(`http://127.0.0.1:${this.controlPort}${route}`, {
      method,
      body: body && JSON.stringify(body),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${method} ${route}: ${answer.message}`);
    return answer;
  }

  /** Rows that a statement of SQL gives, straight from the local D1 database. */
  async sql(sql, ...params) {
    return (await this.#control("POST", "/sql", { sql, params })).results;
  }

  /** One number that a statement of SQL gives. */
  async count(sql, ...params) {
    const [row] = await this.sql(sql, ...params);
    return Object.values(row)[0];
  }

  /** `[{key, size}]` of the local R2 bucket. */
  objects(prefix = "") {
    return this.#control("GET", `/objects?prefix=${encodeURIComponent(prefix)}`);
  }

  /** Writes an object into the local R2 bucket. */
  put(key, bytes) {
    return this.#control("POST", "/objects", { key, base64: Buffer.from(bytes).toString("base64") });
  }

  /** Removes an object from the local R2 bucket. */
  remove(key) {
    return this.#control("DELETE", `/objects?key=${encodeURIComponent(key)}`);
  }

  /** How many multipart uploads are neither finished nor aborted. */
  pendingMultipartUploads() {
    return pendingMultipartUploads(this.data);
  }

  /** `{pid, resident, peak}` of workerd, bytes. */
  memory() {
    return this.#control("GET", "/memory");
  }

  /** The process that answers requests, and the one that reads objects: `{answers, stores}`, their pids. */
  async processes() {
    const { pid } = await this.memory();
    return { answers: pid, stores: pid };
  }

  /** Lets the scheduler do its work of each minute now. */
  tick() {
    return this.#control("POST", "/cron", { worker: "immich-edge-scheduler", cron: "* * * * *" });
  }

  /** Lets the scheduler and the queues work until no job waits or runs. */
  async settle(limit = 60_000) {
    await this.tick();
    await eventually("all jobs to end", async () => (await this.openJobs()) === 0, limit).catch(async (error) => {
      const jobs = await this.sql("select queue, kind, state, runner, attempts, run_after, last_error from job where state <> 'failed'");
      throw new Error(`${error.message}; ${JSON.stringify(jobs)}`);
    });
  }

  /** Jobs of the edge that wait or run. */
  openJobs() {
    return this.count("select count(*) as n from job where state <> 'failed' and runner = 'edge'");
  }

  /** Kills workerd as a power cut would, and the process around it, which would start it again. */
  async crash() {
    const { pid } = await this.memory();
    process.kill(pid, "SIGKILL");
    this.process.kill("SIGKILL");
    await this.ended;
  }

  /** Ends the server and removes its data folder if it made it. */
  async stop() {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.process.kill("SIGTERM");
      const late = setTimeout(() => this.process.kill("SIGKILL"), 10_000);
      await this.ended;
      clearTimeout(late);
    }
    if (this.ownsData) discard(this.data);
  }
}
