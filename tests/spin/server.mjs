// The application of spin.toml as a server for the stories of tests/workers: the same interface as their Server.
import { execFileSync, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { discard, Server, temporaryFolder } from "../workers/support/server.mjs";
import { Program } from "./support.mjs";

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
    const database = new DatabaseSync(this.file, { readOnly: true });
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

/** A database of our own on the PostgreSQL server of the tests. */
class Postgres {
  constructor() {
    this.server = process.env.EDGE_TEST_POSTGRES;
    this.name = `edge_${randomUUID().replaceAll("-", "")}`;
    psql(this.server, `create database ${this.name}`);
    const url = new URL(this.server);
    url.pathname = this.name;
    this.url = url.href;
    this.variables = { postgres_url: this.url, postgres_host: url.host };
    migrate("--postgres", this.url);
  }

  query(sql, params) {
    const literal = (value) => (typeof value === "number" ? String(value) : `'${String(value).replaceAll("'", "''")}'`);
    const filled = sql.replaceAll(/\?(\d+)/g, (_, index) => literal(params[index - 1]));
    // The stories speak SQLite; this function has another name here.
    const own = filled.replaceAll("json_each(", "json_array_elements_text(");
    return JSON.parse(psql(this.url, `select coalesce(json_agg(found), '[]') from (${own}) found`));
  }

  remove() {
    psql(this.server, `drop database ${this.name} with (force)`);
  }
}

function migrate(...database) {
  const words = ["migrate", "--migrations", path.join(ROOT, "migrations"), ...database];
  execFileSync(process.env.EDGE_SPIN_HOST, words, { stdio: ["ignore", "ignore", "pipe"] });
}

function psql(url, sql) {
  const { status, stdout, stderr } = spawnSync("psql", [url, "-XqAt", "-v", "ON_ERROR_STOP=1", "-c", sql], { encoding: "utf8" });
  if (status !== 0) throw new Error(`psql: ${stderr}`);
  return stdout;
}

/** As Server, on the test host. */
export class SpinServer extends Server {
  /** Starts one with `kind` of database: spin-sqlite or spin-postgres. */
  static async start(kind) {
    const server = new SpinServer();
    server.ownsData = true;
    server.data = temporaryFolder();
    server.folder = path.join(server.data, "objects");
    server.database = kind === "spin-postgres" ? new Postgres() : new Sqlite(server.data);
    const keys = ["--access-key", KEYS.access, "--secret-key", KEYS.secret];
    const place = ["--folder", server.folder, "--bucket", BUCKET, "--listen", "127.0.0.1:0"];
    server.s3 = await Program.start(["s3", ...place, ...keys]);
    const variables = {
      ...server.database.variables,
      s3_endpoint: server.s3.url,
      s3_bucket: BUCKET,
      s3_access_key: KEYS.access,
      s3_secret_key: KEYS.secret,
      internal_token: TOKEN,
    };
    const given = Object.entries(variables).flatMap(([name, value]) => ["--variable", `${name}=${value}`]);
    const where = ["--manifest", path.join(ROOT, "spin.toml"), "--listen", "127.0.0.1:0", "--data", server.data];
    server.host = await Program.start([...where, ...given]);
    server.process = server.host.process;
    server.ended = server.host.ended;
    server.url = server.host.url;
    return server;
  }

  async sql(sql, ...params) {
    return this.database.query(sql, params);
  }

  async objects(prefix = "") {
    const bucket = path.join(this.folder, BUCKET);
    const files = readdirSync(bucket, { recursive: true }).map((key) => ({ key, at: statSync(path.join(bucket, key)) }));
    const objects = files.filter(({ key, at }) => at.isFile() && key.startsWith(prefix));
    return objects.map(({ key, at }) => ({ key, size: at.size }));
  }

  async tick() {
    const answer = await fetch(`${this.url}/internal/tick`, { method: "POST", headers: { "x-internal-token": TOKEN } });
    if (answer.status !== 204) throw new Error(`tick: ${answer.status} ${await answer.text()}`);
  }

  async stop() {
    await this.host.stop();
    await this.s3.stop();
    this.database.remove();
    discard(this.data);
  }
}
