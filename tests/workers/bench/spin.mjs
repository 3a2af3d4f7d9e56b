// The application of spin.toml under measurement, on our host (host/), with data that is thrown away.
import { spawnSync } from "node:child_process";
import { DatabaseSync } from "node:sqlite";
import { SpinServer } from "../../spin/server.mjs";
import { childrenOf, memoryOf, processOf } from "../lib/process.mjs";

/** Puts rows into a table: the same call for both databases. */
const inserts = {
  "spin-sqlite": (server) => (table, columns, rows) => {
    const database = new DatabaseSync(server.database.file);
    const values = columns.map((name) => `json_extract(value, '$.${name}')`).join(", ");
    const sql = `insert into ${table} (${columns.join(", ")}) select ${values} from json_each(?)`;
    database.prepare(sql).run(JSON.stringify(rows));
    database.close();
  },
  "spin-postgres": (server) => (table, columns, rows) => {
    const names = columns.join(", ");
    const json = JSON.stringify(rows).replaceAll("'", "''");
    const sql = `insert into ${table} (${names}) select ${names} from json_populate_recordset(null::${table}, '${json}');`;
    const { status, stderr } = spawnSync("psql", [server.database.url, "-Xq", "-v", "ON_ERROR_STOP=1"], { input: sql, encoding: "utf8" });
    if (status !== 0) throw new Error(`psql: ${stderr}`);
  },
};

/** What PostgreSQL does by itself within a minute after as many rows: the planner must know that the tables are no longer empty. */
function vacuum(server) {
  if (server.database.url) spawnSync("psql", [server.database.url, "-Xqc", "vacuum analyze"]);
}

/** How instances live, as options of the host. */
export const LIVES = {
  "instances used again, as `spin up` does": [],
  "a new instance for each request": ["--max-instance-reuse-count", "1"],
};

/** CPU time that a process and its children have taken, in microseconds. */
function cpuOf(pid) {
  return [processOf(pid), ...childrenOf(pid)].reduce((sum, it) => sum + (it?.cpuUs ?? 0), 0);
}

/** The postmaster of the tests' cluster. */
function postmaster() {
  const { port } = new URL(process.env.EDGE_TEST_POSTGRES);
  const { stdout } = spawnSync("pgrep", ["-f", `postgres .*port=${port}`], { encoding: "utf8" });
  return Number(stdout.split("\n")[0]);
}

/** Starts it on one kind of database, as `start` of server.mjs does; also says how long the first answer took. */
export async function startSpin(kind, options) {
  // A first start compiles what is new; it is not the one that counts.
  await (await SpinServer.start(kind)).stop();
  const server = await SpinServer.start(kind, { options });
  const { url, host } = server;
  const asked = performance.now();
  await (await fetch(`${url}/api/server/ping`)).text();
  const firstAnswer = performance.now() - asked;
  const [, started] = host.output.match(/started in (\d+) ms/);
  return {
    url,
    startMs: Number(started) + firstAnswer,
    sql: (sql, params = []) => server.sql(sql, ...params),
    put: (key, bytes) => server.put(key, bytes),
    tick: () => server.tick(),
    insert: async (table, columns, rows) => inserts[kind](server)(table, columns, rows),
    vacuum: () => vacuum(server),
    memory: async () => memoryOf(host.process.pid),
    cpu: () => ({
      host: cpuOf(host.process.pid),
      S3: cpuOf(server.s3.process.pid),
      ...(server.database.url ? { PostgreSQL: cpuOf(postmaster()) } : {}),
    }),
    async instantiation() {
      const { instantiations } = await host.stats();
      const used = Object.values(instantiations).filter(({ instances }) => instances > 0);
      const count = used.reduce((sum, { instances }) => sum + instances, 0);
      return { count, meanUs: used.reduce((sum, { instances, mean_us: mean }) => sum + instances * mean, 0) / count };
    },
    stop: () => server.stop(),
  };
}
