// Starts the host (host/), and S3 on a folder, on free ports with folders of their own.
// EDGE_HOST is the host's program (cargo xtask spin test sets it).
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { discard, temporaryFolder } from "../workers/support/server.mjs";

const ROOT = path.resolve(import.meta.dirname, "../..");
const program = process.env.EDGE_HOST;
// The first start of all compiles the components: minutes, on a machine that does other things besides many.
const START_LIMIT_MS = 1_200_000;

/** A running program of the host; `url` is what it said to be ready at, `output` all that it said. */
export class Program {
  /** Starts it with these arguments and waits until it is ready. */
  static async start(words) {
    const it = new Program();
    it.output = "";
    it.process = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"] });
    it.ended = once(it.process, "exit");
    const limit = setTimeout(() => it.process.kill("SIGKILL"), START_LIMIT_MS);
    const ready = new Promise((resolve) => {
      for (const stream of [it.process.stdout, it.process.stderr]) {
        createInterface({ input: stream }).on("line", (line) => {
          it.output += `${line}\n`;
          const found = /^ready (http:\S+)/.exec(line);
          if (found) resolve(found[1]);
        });
      }
    });
    const failed = it.ended.then(() => Promise.reject(new Error(`ended early:\n${it.output}`)));
    it.url = await Promise.race([ready, failed]).finally(() => clearTimeout(limit));
    failed.catch(() => {});
    return it;
  }

  /** Runs the application of a manifest (a path from the project's root); `options` are more words for the host. */
  static application(manifest, data, variables, { listen = "127.0.0.1:0", options = [] } = {}) {
    const given = Object.entries(variables).flatMap(([name, value]) => ["--variable", `${name}=${value}`]);
    return Program.start(["--manifest", path.join(ROOT, manifest), "--listen", listen, "--data", data, ...given, ...options]);
  }

  /** What the host has measured: of each component, how many instances it made and the mean time that took. */
  async stats() {
    return (await fetch(`${this.url}/.well-known/edge-host`)).json();
  }

  /** How many requests instances of a component were given. */
  async requests(component) {
    return (await this.stats()).instantiations[component].requests;
  }

  /** How many instances of a component it has made. */
  async instances(component) {
    return (await this.stats()).instantiations[component].instances;
  }

  get isRunning() {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** Ends it, by default so that it finishes what it answers. */
  async stop(signal = "SIGTERM") {
    this.process.kill(signal);
    await this.ended;
  }
}

/** An S3 endpoint with one bucket on a folder, and the variables by which components find it. */
export async function startS3() {
  const folder = temporaryFolder();
  const [bucket, access, secret] = ["immich-edge", "test", "not-a-secret"];
  const keys = ["--access-key", access, "--secret-key", secret];
  const place = ["--folder", folder, "--bucket", bucket, "--listen", "127.0.0.1:0"];
  const it = await Program.start(["s3", ...place, ...keys]);
  const variables = {
    s3_endpoint: it.url,
    s3_bucket: bucket,
    s3_access_key: access,
    s3_secret_key: secret,
  };
  const stop = async () => {
    await it.stop();
    discard(folder);
  };
  return { url: it.url, variables, stop };
}

/** As `Program.application`, in a folder that is thrown away. */
export async function startHost(manifest, variables, options = []) {
  const folder = temporaryFolder();
  const it = await Program.application(manifest, folder, variables, { options });
  const stop = async () => {
    await it.stop();
    discard(folder);
  };
  return { url: it.url, program: it, stop };
}

/** The variables that choose the Redis behind a gate. */
export function redis(gate) {
  const host = `127.0.0.1:${gate.port}`;
  return { redis_address: `redis://${host}`, redis_host: host };
}

/** The variables that choose the PostgreSQL of the tests. */
export function postgres() {
  const url = process.env.EDGE_TEST_POSTGRES;
  return { postgres_url: url, postgres_host: new URL(url).host };
}
