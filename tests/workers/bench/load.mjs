// wrk with a list of paths, round robin.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";

/** Runs wrk with 8 connections for `seconds`; gives how many requests there were, requests/s, latencies in ms, and how many failed. */
export async function load(url, headers, paths, seconds) {
  const folder = mkdtempSync(path.join(os.tmpdir(), "immich-edge-wrk-"));
  const script = path.join(folder, "paths.lua");
  const list = paths.map((route) => JSON.stringify(route)).join(",\n");
  writeFileSync(
    script,
    `local paths = {${list}}\nlocal at = 0\nrequest = function()\n  at = at % #paths + 1\n  return wrk.format("GET", paths[at])\nend\n`,
  );
  const lines = Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const options = ["-t1", "-c8", `-d${seconds}s`, "--latency", "-s", script, ...lines, url];
  // Not synchronously: Node must see meanwhile which of its idle connections the server closes.
  const { stdout: text } = await promisify(execFile)("wrk", options);
  rmSync(folder, { recursive: true });
  const milliseconds = (label) => {
    const [, value, unit] = text.match(new RegExp(`${label}\\s+([\\d.]+)(us|ms|s)`)) ?? [];
    return Number(value) * { us: 0.001, ms: 1, s: 1000 }[unit];
  };
  return {
    count: Number(text.match(/(\d+) requests in/)[1]),
    perSecond: Number(text.match(/Requests\/sec:\s+([\d.]+)/)[1]),
    p50: milliseconds("50%"),
    p99: milliseconds("99%"),
    failed: Number(text.match(/Non-2xx or 3xx responses: (\d+)/)?.[1] ?? 0),
  };
}
