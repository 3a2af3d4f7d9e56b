// One client of the soak: uploads, reads, deletes and syncs at random.
import { jpeg, noise, sha1 } from "../support/media.mjs";

const MIB = 1024 * 1024;

/** Numbers from 0 up to 1 that depend on `seed` only (mulberry32). */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What a client says when something that the server needs is down. */
const UNAVAILABLE = 503;
/** How long a client waits before it goes on after that. */
const PAUSE_MS = 100;

/** What clients do, and how much of the time. */
const STEPS = [
  { share: 0.42, step: upload },
  { share: 0.35, step: read },
  { share: 0.15, step: remove },
  { share: 0.08, step: sync },
];

function choose(chance) {
  let roll = chance();
  return (STEPS.find(({ share }) => (roll -= share) < 0) ?? STEPS[0]).step;
}

/** No answer: the operation stays open. */
class Unanswered extends Error {}

/** The answer to a request, unless it is 503. */
async function answered(request) {
  const answer = await request;
  if (answer.status === UNAVAILABLE) throw new Unanswered("503");
  return answer;
}

/**
 * Works until `world.end`. A wrong answer goes to `world.errors`, and so does a broken connection or a 503 while nothing
 * was down.
 */
export async function work(world, chance) {
  while (Date.now() < world.end) {
    await world.up;
    const step = choose(chance);
    const start = Date.now();
    try {
      await step(world, world.client, chance);
    } catch (error) {
      // fetch says TypeError when the connection breaks.
      const isOpen = error instanceof Unanswered || error instanceof TypeError;
      if (!isOpen) world.errors.push(String(error));
      else if (!world.outages.met(start, Date.now())) world.errors.push(`${step.name} while nothing was down: ${error} ${error.cause ?? ""}`);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

async function upload({ ledger }, client, chance) {
  const seed = Math.floor(chance() * 2 ** 31);
  let bytes = await jpeg({ width: 640, height: 480, seed });
  // One in thirty goes to the object store in parts.
  if (chance() < 0.03) bytes = Buffer.concat([bytes, noise(12 * MIB, seed)]);
  const checksum = sha1(bytes);
  ledger.send(checksum, `${seed}.jpg`);
  const { status, body } = await answered(client.upload(bytes, `${seed}.jpg`));
  if (status !== 201 && status !== 200) throw new Error(`upload: ${status} ${JSON.stringify(body)}`);
  ledger.set(checksum, "kept", body.id);
}

function pick(list, chance) {
  return list[Math.floor(chance() * list.length)];
}

async function read({ ledger }, client, chance) {
  const photo = pick(ledger.in("kept"), chance);
  if (!photo) return;
  const kind = chance();
  if (kind < 0.3) return readTimeline(client);
  const route = kind < 0.6 ? "original" : "thumbnail";
  const answer = await answered(client.get(`/assets/${photo.id}/${route}`));
  // Somebody else may have deleted it meanwhile; a thumbnail may not be there yet.
  if (photo.state !== "kept" || (route === "thumbnail" && answer.status === 404)) return;
  if (answer.status !== 200) throw new Error(`${route} of ${photo.name}: ${answer.status}`);
  if (route === "original" && sha1(answer.bytes) !== photo.checksum) throw new Error(`${photo.name} came back changed`);
}

async function readTimeline(client) {
  const { status, body } = await answered(client.get("/timeline/buckets?visibility=timeline"));
  if (status !== 200) throw new Error(`buckets: ${status}`);
  const bucket = body[0]?.timeBucket;
  if (!bucket) return;
  const answer = await answered(client.get(`/timeline/bucket?timeBucket=${bucket}&visibility=timeline`));
  if (answer.status !== 200) throw new Error(`bucket: ${answer.status}`);
}

/** All clients share one phone. */
async function sync({ phone }) {
  if (!(await phone.sync())) throw new Unanswered("the sync broke off");
}

async function remove({ ledger }, client, chance) {
  const photo = pick(ledger.in("kept"), chance);
  if (!photo) return;
  ledger.set(photo.checksum, "leaving");
  const { status } = await answered(client.delete("/assets", { ids: [photo.id], force: true }));
  if (status !== 204) throw new Error(`deletion of ${photo.name}: ${status}`);
  ledger.set(photo.checksum, "gone");
}
