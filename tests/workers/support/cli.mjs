// Runs the official Immich CLI from npm, unchanged, as its user would.
import { spawn } from "node:child_process";
import path from "node:path";

const SCRIPT = path.resolve(import.meta.dirname, "../node_modules/@immich/cli/bin/immich");

/** Runs `immich <words>` with its settings in the folder `home`; fails unless it ends with 0; gives what it printed. */
export async function immich(home, ...words) {
  const child = spawn(process.execPath, [SCRIPT, "--config-directory", home, ...words], {
    env: { PATH: process.env.PATH, HOME: home, CI: "1", NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`immich ${words.join(" ")} ended with ${code}:\n${output}`);
  return output;
}
