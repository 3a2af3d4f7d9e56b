// Miniflare writes its configuration, with the wasm of all Workers, into one buffer. Whenever that is full it makes one that is 4 KiB larger and
// copies what it has: 34 of the 40 s that a server took to start. Larger steps end that.
import { registerHooks } from "node:module";

const FILE = "/node_modules/miniflare/dist/src/index.js";
const STEP = "var MIN_SINGLE_SEGMENT_GROWTH = 4096;";
const LARGER = "var MIN_SINGLE_SEGMENT_GROWTH = 33554432;";

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!url.endsWith(FILE)) return loaded;
    const source = String(loaded.source);
    if (!source.includes(STEP)) throw new Error(`${url} has changed: see tests/workers/lib/miniflare.mjs`);
    return { ...loaded, source: source.replace(STEP, LARGER) };
  },
});

// Not a static import: that would load Miniflare before the hook is there.
export const { convertV4MiniflareOptions, Log, LogLevel, Miniflare } = await import("miniflare");
