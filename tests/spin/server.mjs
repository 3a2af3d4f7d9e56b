// The application of spin.toml as a server for the stories of tests/workers: the same interface as their Server.
import { execFileSync, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { COMPANION_SECRET, discard, Server, temporaryFolder } from "../workers/support/server.mjs";
import { Program, redis } from "./support.mjs";

const ROOT = path.resolve(import.meta.dirname, "../..");
const BUCKET = "immich-edge";
const KEYS = { access: "test", secret: randomUUID() };
const TOKEN = randomUUID();

/** An SQLite file with our tables. */
class Sqlite {
  variables = {};

  constructor(data) {
    this.file = path.join(data, "default.db");
    migrate("--sqlite", this.file);
  }

  query(sql, params) {
    // The host may be writing.
    const database = new DatabaseSync(this.file, { timeout: 10_000 });
    try {
      // node:sqlite takes `?1` for a name.
      const order = [...sql.matchAll(/\?(\d+)/g)].map(([, index]) => params[index - 1]);
      return database.prepare(sql.replaceAll(/\?\d+/g, "?")).all(...order);
    } finally {
      database.close();
    }
  }

  remove() {}
}

/** A database of our own on the PostgreSQL server of the tests; a file in `data` says which. */
class Postgres {
  constructor(data, gate) {
    const note = path.join(data, "postgres-database");
    const isNew = !existsSync(note);
    if (isNew) writeFileSync(note, `edge_${randomUUID().replaceAll("-", "")}`);
    this.server = process.env.EDGE_TEST_POSTGRES;
    this.name = readFileSync(note, "utf8");
    if (isNew) psql(this.server, `create database ${this.name}`);
    const url = new URL(this.server);
    url.pathname = this.name;
    this.url = url.href;
    if (gate) url.port = gate.port;
    this.variables = { postgres_url: url.href, postgres_host: url.host };
    migrate("--postgres", this.url);
  }

  query(sql, params) {
    const literal = (value) => (typeof value === "number" ? String(value) : `'${String(value).replaceAll("'", "''")}'`);
    const filled = sql.replaceAll(/\?(\d+)/g, (_, index) => literal(params[index - 1]));
    // The stories speak SQLite; these functions have other names here.
    const own = filled.replaceAll("json_each(", "json_array_elements_text(").replaceAll("group_concat(type)", "string_agg(type, ',')");
    if (!/^\s*select/i.test(own)) return psql(this.url, own);
    return JSON.parse(psql(this.url, `select coalesce(json_agg(found), '[]') from (${own}) found`));
  }

  remove() {
    psql(this.server, `drop database ${this.name} with (force)`);
  }
}

function migrate(...database) {
  const words = ["migrate", "--migrations", path.join(ROOT, "migrations"), ...database];
  execFileSync(process.env.EDGE_HOST, words, { stdio: ["ignore", "ignore", "pipe"] });
}

function psql(url, sql) {
  const { status, stdout, stderr } = spawnSync("psql", [url, "-XqAt", "-v", "ON_ERROR_STOP=1", "-c", sql], { encoding: "utf8" });
  if (status !== 0) throw new Error(`psql: ${stderr}`);
  return stdout;
}

/** The application of spin.redis.toml, which works off the jobs of a SpinServer that was started with a `redisGate`. */
export class Workers {
  static async start(server) {
    const workers = new Workers();
    workers.host = await Program.application("spin.redis.toml", server.data, server.variables);
    return workers;
  }

  /** How many messages a component got. */
  messages(component) {
    return this.host.instances(component);
  }

  /** Waits until it has ended by itself; gives its exit code. */
  async ended() {
    const [code] = await this.host.ended;
    return code;
  }

  /** Ends it at once, whatever it is doing. */
  async kill() {
    if (this.host.isRunning) await this.host.stop("SIGKILL");
  }
}

/** As Server, on our host. */
export class SpinServer extends Server {
  /**
   * Starts one with `kind` of database: spin-sqlite or spin-postgres. `data` continues the folder of an earlier one, `beside`
   * shares the database and the object store of another; `gate` stands before PostgreSQL, `redisGate` before the Redis that
   * wakes Workers; `options` are more words for the host,
   * `vars` variables as Workers name them, `libraries` folders of the machine by their names in the bucket.
   */
  static async start(kind, { data, vars = {}, beside, gate, redisGate, options = [], libraries = {} } = {}) {
    const server = new SpinServer();
    server.vars = Object.fromEntries(Object.entries(vars).map(([name, value]) => [name.toLowerCase(), value]));
    server.options = options;
    server.libraries = Object.entries(libraries).flatMap(([name, folder]) => ["--library", `${name}=${folder}`]);
    server.ownsData = !data;
    server.beside = beside;
    server.data = data ?? temporaryFolder();
    server.folder = beside?.folder ?? path.join(server.data, "objects");
    server.database = beside?.database ?? new { "spin-sqlite": Sqlite, "spin-postgres": Postgres }[kind](server.data, gate);
    server.s3 = beside?.s3;
    server.redis = redisGate ? redis(redisGate) : {};
    try {
      if (!beside) await server.startS3();
      await server.startHost();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** What the components of spin.toml and of spin.redis.toml have to know. */
  get variables() {
    const store = { s3_endpoint: this.s3.url, s3_bucket: BUCKET, s3_access_key: KEYS.access, s3_secret_key: KEYS.secret };
    return { ...this.database.variables, ...store, ...this.redis };
  }

  /** Starts the host, where it was if it was there before. */
  async startHost() {
    const listen = this.host && new URL(this.host.url).host;
    this.host = await Program.application("spin.toml", this.data, { ...this.variables, internal_token: TOKEN, companion_secret: COMPANION_SECRET, ...this.vars }, { listen, options: this.options });
    this.process = this.host.process;
    this.ended = this.host.ended;
    this.url = this.host.url;
    this.port = Number(new URL(this.url).port);
  }

  /** What the host and the object store have written since they were last started. */
  get output() {
    return this.host.output + this.s3.output;
  }

  /** Starts the object store, where it was if it was there before. */
  async startS3() {
    const listen = this.s3 ? new URL(this.s3.url).host : "127.0.0.1:0";
    const keys = ["--access-key", KEYS.access, "--secret-key", KEYS.secret];
    this.s3 = await Program.start(["s3", "--folder", this.folder, "--bucket", BUCKET, "--listen", listen, ...keys, ...this.libraries]);
  }

  /** Kills the object store only. */
  stopS3() {
    return this.s3.stop("SIGKILL");
  }

  async sql(sql, ...params) {
    return this.database.query(sql, params);
  }

  async put(key, bytes) {
    const file = path.join(this.folder, BUCKET, key);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }

  async remove(key) {
    rmSync(path.join(this.folder, BUCKET, key));
  }

  async objects(prefix = "") {
    const bucket = path.join(this.folder, BUCKET);
    // What is deleted while we look is not there.
    const stat = (key) => statSync(path.join(bucket, key), { throwIfNoEntry: false });
    const files = readdirSync(bucket, { recursive: true }).map((key) => ({ key, at: stat(key) }));
    const objects = files.filter(({ key, at }) => at?.isFile() && key.startsWith(prefix));
    return objects.map(({ key, at }) => ({ key, size: at.size }));
  }

  /**
   * Those that have parts: an upload without any may be one whose id never reached the components, because the store or
   * the host died with the answer. Only a rule of the store itself can find it (docs/operations.md).
   */
  pendingMultipartUploads() {
    const names = readdirSync(this.folder);
    const ids = names.map((name) => /^\.upload-(.+)\.json$/.exec(name)?.[1]).filter(Boolean);
    return ids.filter((id) => names.some((name) => name.startsWith(`.upload_id-${id}.part-`))).length;
  }

  async processes() {
    return { answers: this.host.process.pid, stores: this.s3.process.pid };
  }

  async tick() {
    const answer = await fetch(`${this.url}/internal/tick`, { method: "POST", headers: { "x-internal-token": TOKEN } });
    if (answer.status !== 204) throw new Error(`tick: ${answer.status} ${await answer.text()}`);
  }

  /** How many requests this host gave to instances of a component. */
  requests(component) {
    return this.host.requests(component);
  }

  /** Kills the host as a power cut would, and the object store with it. */
  async crash() {
    await this.crashHost();
    await this.stopS3();
  }

  /** Kills the host only. */
  crashHost() {
    return this.host.stop("SIGKILL");
  }

  async stop() {
    if (this.host?.isRunning) await this.host.stop();
    if (!this.beside) {
      if (this.s3?.isRunning) await this.s3.stop();
      this.database.remove();
    }
    if (this.ownsData) discard(this.data);
  }
}
