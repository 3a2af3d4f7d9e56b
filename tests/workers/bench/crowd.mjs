// Uploads while the pictures of those before are made.
import { variant } from "./client.mjs";

/** Uploads at the same time. */
const CROWD = 8;

/** Uploads larger photos for `seconds` while their renditions are made: how many were taken and finished per second. */
export async function crowd(client, photo, seconds) {
  const [ids, times] = [[], []];
  const began = performance.now();
  const until = began + seconds * 1000;
  const worker = async () => {
    while (performance.now() < until) {
      const started = performance.now();
      ids.push(await client.upload(variant(photo, `crowd ${started} ${ids.length}`), "crowd.jpg"));
      times.push(performance.now() - started);
    }
  };
  await Promise.all(Array.from({ length: CROWD }, worker));
  const taken = performance.now();
  for (const id of ids) await client.thumbnailReady(id, 600_000);
  const finished = performance.now();
  times.sort((one, other) => one - other);
  const part = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
  const rate = (end) => (ids.length * 1000) / (end - began);
  return { ids, taken: { perSecond: rate(taken), p50: part(0.5), p99: part(0.99) }, finished: { perSecond: rate(finished) } };
}
