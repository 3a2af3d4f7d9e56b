// `cargo xtask costs`: what single operations ask of D1, R2 and Queues, and how much workerd computes for them.
import { readFileSync } from "node:fs";
import os from "node:os";
import { parseArgs } from "node:util";
import { Browser, Identity, REDIRECTS } from "../support/identity.mjs";
import { MailServer } from "../support/mail.mjs";
import { TYPES } from "../support/mobile.mjs";
import { Devices } from "../support/socket.mjs";
import { ACCOUNT, signUp, variant } from "./client.mjs";
import { profiler } from "./profile.mjs";
import { seed } from "./seed.mjs";
import { freePort, start } from "./server.mjs";

const { values: options } = parseArgs({ options: { photo: { type: "string" } } });
const photo = readFileSync(options.photo);

/** Opening the timeline shows about this many thumbnails. */
const SCREEN = 50;

/** Photos that are put into an album one after the other. */
const ADDED = 5;

/** The Workers that the operations below reach. */
const WORKERS = ["", "-assets", "-timeline", "-auth", "-oauth", "-albums", "-media", "-scheduler", "-sync", "-realtime", "-notifications", "-delivery"].map((area) => `immich-edge${area}`);

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function get(url, headers) {
  const response = await fetch(url, { headers });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.arrayBuffer();
}

/** Waits until no job of the edge waits or runs. */
async function jobsEnded(server) {
  const sql = "select count(*) as n from job where state <> 'failed' and runner = 'edge'";
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(300)) {
    if ((await server.sql(sql))[0].n === 0) return;
  }
  throw new Error("the jobs did not end");
}

/** Configures an identity provider and a mail server, and makes a user who is invited to albums. */
async function surroundings(server, client) {
  const send = async (method, route, body) => {
    const headers = { ...client.headers, "content-type": "application/json" };
    const response = await fetch(server.url + route, { method, headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${route}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  const [identity, mails] = [await Identity.start(), await MailServer.start()];
  const config = await client.json("/api/system-config");
  // A server without TLS is told the password only where the administrator wants that.
  const smtp = mails.config({ ignoreCert: true });
  await send("PUT", "/api/system-config", { ...config, oauth: { ...config.oauth, ...identity.config }, notifications: { smtp } });
  const guest = await send("POST", "/api/admin/users", { ...ACCOUNT, email: "guest@example.com", name: "Guest" });
  const stop = () => Promise.all([identity.stop(), mails.stop()]);
  return { guest: guest.id, stop };
}

/** What is measured: `run(round)` does it once; `rounds` of it make its CPU time measurable. */
function operations(server, client, ids, { buckets = [], guest, devices } = {}) {
  const ask = (route) => get(server.url + route, client.headers);
  const list = () => ask("/api/timeline/buckets?visibility=timeline&withStacked=true&withPartners=true");
  const full = buckets.filter((entry) => entry.count > 200);
  const bucket = (at) => ask(`/api/timeline/bucket?visibility=timeline&timeBucket=${full[at % full.length].timeBucket}`);
  const rendition = (size, at) => ask(`/api/assets/${ids[at % ids.length]}/thumbnail?size=${size}`);
  const send = (method) => async (route, body) => {
    const headers = { ...client.headers, "content-type": "application/json" };
    const response = await fetch(server.url + route, { method, headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${route}: ${response.status} ${await response.text()}`);
    return response.text();
  };
  const [post, put, remove] = ["POST", "PUT", "DELETE"].map(send);
  const checksums = Array.from({ length: 100 }, (_, at) => ({ id: `${at}`, checksum: Buffer.alloc(20, at).toString("base64") }));
  const opening = async () => {
    await list();
    await Promise.all([0, 1].map(bucket));
    await Promise.all(Array.from({ length: SCREEN }, (_, at) => rendition("thumbnail", at)));
  };
  const night = async () => {
    await server.sql(`update system_metadata set value = '{"day": 1}' where key = 'nightly-tasks-state'`);
    await server.tick();
  };
  const stream = (reset) => post("/api/sync/stream", { types: TYPES, reset });
  // As a phone does that has nothing yet, but acknowledges at the end only.
  const syncAll = async () => {
    const lines = (await stream(true)).split("\n").filter(Boolean).map((line) => JSON.parse(line));
    await post("/api/sync/ack", { acks: [...new Map(lines.map(({ ack }) => [ack.split("|")[0], ack])).values()] });
  };
  // A browser that the provider knows comes back at once, as most do.
  const browser = new Browser();
  const oauth = async () => {
    const headers = { "content-type": "application/json" };
    const begun = await fetch(`${server.url}/api/oauth/authorize`, { method: "POST", headers, body: JSON.stringify({ redirectUri: REDIRECTS.web }) });
    const cookie = begun.headers.getSetCookie().map((line) => line.split(";")[0]).join("; ");
    const url = await browser.logIn((await begun.json()).url, "ada");
    const body = JSON.stringify({ url });
    const done = await fetch(`${server.url}/api/oauth/callback`, { method: "POST", headers: { ...headers, cookie }, body });
    if (done.status !== 201) throw new Error(`callback: ${done.status} ${await done.text()}`);
  };
  // As the web app connects when it is opened, and hears which version it talks to.
  const connect = async () => {
    const device = devices.connect(server.url, client.headers);
    await device.next("on_server_version");
    return device;
  };
  const visit = async () => (await connect()).socket.close();
  let listening;
  const throwAway = async (round) => {
    listening ??= await connect();
    const body = { ids: [ids[round]] };
    await remove("/api/assets", body);
    await listening.next("on_asset_trash");
    await post("/api/trash/restore/assets", body);
    await listening.next("on_asset_restore");
  };
  // As if minutes were over: nobody but the tick wakes these mails, and only what was not touched for a minute.
  const mailed = async () => {
    await server.sql("update job set run_after = 0, updated_at = 0 where state = 'waiting'");
    await server.tick();
  };
  const invite = async () => {
    await post("/api/albums", { albumName: "Trip", albumUsers: [{ userId: guest, role: "viewer" }] });
    await mailed();
  };
  let shared;
  let added = 0;
  const fillAlbum = async () => {
    shared ??= JSON.parse(await post("/api/albums", { albumName: "Shared", albumUsers: [{ userId: guest, role: "viewer" }] })).id;
    for (let photo = 0; photo < ADDED; photo += 1) await put(`/api/albums/${shared}/assets`, { ids: [ids[(added += 1)]] });
    await mailed();
  };
  const upload = () => client.upload(variant(photo, Math.random()), "cost.jpg");
  return [
    { name: "upload of a 12-megapixel JPEG, to all renditions", rounds: 10, run: upload },
    { name: "which of 100 photos are there?", rounds: 100, run: () => post("/api/assets/bulk-upload-check", { assets: checksums }) },
    { name: "timeline: list of buckets", rounds: 100, run: list },
    { name: "timeline: one bucket (278 assets)", rounds: 100, run: bucket },
    { name: "one thumbnail", rounds: 300, run: (round) => rendition("thumbnail", round) },
    { name: "one preview", rounds: 300, run: (round) => rendition("preview", round) },
    { name: "asset info", rounds: 300, run: (round) => ask(`/api/assets/${ids[round]}`) },
    { name: `opening the timeline: list, 2 buckets, ${SCREEN} thumbnails`, rounds: 10, run: opening },
    { name: "login", rounds: 10, run: () => post("/api/auth/login", ACCOUNT) },
    { name: "login through an identity provider: both requests", rounds: 10, run: oauth },
    { name: "new album with a guest, to the mail, with the minute's call that sends it", rounds: 10, run: invite },
    { name: `${ADDED} photos into a shared album, one after the other, to the one mail, with the same call`, rounds: 10, run: fillAlbum },
    { name: "notifications: list", rounds: 100, run: () => ask("/api/notifications") },
    { name: "realtime: a device connects and leaves", rounds: 20, run: visit },
    { name: "a photo into the trash and back, told to a device", rounds: 20, run: throwAway },
    { name: "the scheduler's minute, nothing to do", rounds: 100, run: () => server.tick() },
    { name: "the night", rounds: 3, run: night },
    { name: "sync of a new phone: 10,000 photos", rounds: 3, run: syncAll },
    { name: "sync with nothing new", rounds: 100, run: () => stream(false) },
  ];
}

/** Gives `use(server, operations)` a server of its own with 10,000 assets. */
async function withServer(flags, use) {
  const server = await start(...flags);
  const devices = new Devices();
  let around;
  try {
    const client = await signUp(server.url);
    around = await surroundings(server, client);
    const model = await client.upload(photo, "model.jpg");
    await client.thumbnailReady(model);
    const ids = await seed(server, client.id, model);
    // A fresh server waits for its first night.
    await server.tick();
    const buckets = await client.json("/api/timeline/buckets?visibility=timeline");
    const all = operations(server, client, ids, { buckets, guest: around.guest, devices });
    for (const { run } of all) {
      // Once outside of the measurement: isolates and caches are warm then.
      await run(0);
      await jobsEnded(server);
    }
    return await use(server, all);
  } finally {
    devices.close();
    await server.stop();
    await around?.stop();
  }
}

/** What each operation asks of the bindings. */
function counted() {
  return withServer(["--count"], async (server, all) => {
    const found = [];
    for (const { run } of all) {
      await server.counts();
      await run(0);
      await jobsEnded(server);
      // The Workers tell their counts after their answer.
      await sleep(200);
      found.push(await server.counts());
    }
    return found;
  });
}

/** Milliseconds of computing per operation: of its Workers, and of workerd. */
async function computed() {
  const port = await freePort();
  return withServer(["--inspector", String(port)], async (server, all) => {
    const found = [];
    for (const { run, rounds } of all) {
      const repeat = async () => {
        for (let round = 0; round < rounds; round += 1) await run(round);
        await jobsEnded(server);
      };
      const before = await server.cpuMs();
      await repeat();
      const workerd = (await server.cpuMs()) - before;
      const profile = await profiler(port, WORKERS);
      const workers = await profile.measure(repeat);
      profile.close();
      found.push({ workers: workers / rounds, workerd: workerd / rounds });
    }
    return found;
  });
}

const COLUMNS = {
  trips: "D1 round trips",
  rowsRead: "rows read",
  rowsWritten: "rows written",
  classA: "R2 class A",
  classB: "R2 class B",
  messages: "queue messages",
  objects: "Durable Object calls",
};

const counts = await counted();
const cpu = await computed();
console.log(`${os.cpus()[0].model}, ${os.cpus().length} cores, Node ${process.version}\n`);
console.log(`| operation | Worker calls | ${Object.values(COLUMNS).join(" | ")} | CPU ms | workerd's |\n|---|${"---|".repeat(10)}`);
operations().forEach(({ name }, at) => {
  const calls = ["fetch", "queue", "scheduled"].reduce((sum, event) => sum + (counts[at][event] ?? 0), 0);
  const cells = Object.keys(COLUMNS).map((key) => counts[at][key] ?? 0);
  const { workers, workerd } = cpu[at];
  console.log(`| ${[name, calls, ...cells, workers.toFixed(1), workerd.toFixed(1)].join(" | ")} |`);
});
