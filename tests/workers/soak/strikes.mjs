// What the soak kills in turn, each as a power cut would, and how it comes back.
import { setTimeout as sleep } from "node:timers/promises";
import { passTime } from "../support/proof.mjs";
import { Server } from "../support/server.mjs";

/** How long the object store and PostgreSQL stay away, so that clients ask meanwhile. */
const AWAY_MS = 2000;

/** Runs what takes the server itself away and back; clients wait meanwhile. */
async function away(world, work) {
  let isUp;
  world.up = new Promise((resolve) => (isUp = resolve));
  await work();
  isUp();
}

/** The Workers: one process with everything in it, which is another one afterwards. */
function workers(world, data) {
  const restart = async () => {
    await world.server.crash();
    await world.move(await Server.start({ data }));
    await passTime(world.server);
  };
  return [["the server", () => away(world, restart)]];
}

/** The host of the components, the object store, and PostgreSQL if `cluster` is given. */
function spin(world, cluster) {
  const restart = async () => {
    await world.server.crashHost();
    await world.server.startHost();
    // All workers died with it, so their leases have to end.
    await passTime(world.server);
  };
  const s3 = async () => {
    await world.server.stopS3();
    await sleep(AWAY_MS);
    await world.server.startS3();
  };
  const postgres = async () => {
    await cluster.kill();
    await sleep(AWAY_MS);
    await cluster.start();
  };
  return [["the host", () => away(world, restart)], ["S3", s3], ...(cluster ? [["PostgreSQL", postgres]] : [])];
}

/** `[name, strike]` of each; the first one kills all workers of jobs. */
export async function strikes(world, data, database) {
  if (!database) return workers(world, data);
  const { Cluster } = database === "postgres" ? await import("../../spin/postgres.mjs") : {};
  return spin(world, Cluster && new Cluster(process.env.EDGE_SOAK_POSTGRES));
}
