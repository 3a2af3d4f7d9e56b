// Runs the official Immich CLI from npm, unchanged, as its user would.
import { spawn } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";

const PACKAGES = path.resolve(import.meta.dirname, "../node_modules");
const TODAY = path.join(PACKAGES, "@immich/cli/bin/immich");
/** The last one of version 2 on npm, 2.1.0 (docs/generations.md). */
const OLD = path.join(PACKAGES, "immich-cli-2.1/dist/index.js");
const RECORDER = pathToFileURL(path.join(import.meta.dirname, "record.mjs")).href;
const RECORDS = "EDGE_RECORD_ANSWERS";

/** Runs `immich <words>` with its settings in the folder `home`; fails unless it ends with 0; gives what it printed. */
export function immich(home, ...words) {
  return run([TODAY], {}, home, words);
}

/** The same by the CLI of before 2.7. What it is answered is recorded as what tests are answered themselves (`record.mjs`). */
export function oldImmich(home, ...words) {
  const folder = process.env[RECORDS];
  return run(folder ? [`--import=${RECORDER}`, OLD] : [OLD], folder ? { [RECORDS]: folder } : {}, home, words);
}

async function run(start, further, home, words) {
  const child = spawn(process.execPath, [...start, "--config-directory", home, ...words], {
    env: { PATH: process.env.PATH, HOME: home, CI: "1", NO_COLOR: "1", ...further },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`immich ${words.join(" ")} ended with ${code}:\n${output}`);
  return output;
}
