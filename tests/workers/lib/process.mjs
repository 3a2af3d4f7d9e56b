// What Linux tells of processes in /proc.
import { readdirSync, readFileSync } from "node:fs";

/** A process: pid, name, state (a letter), parent, cpuUs (microseconds, in steps of 10,000); undefined when there is none. */
export function processOf(pid) {
  let text;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined; // it ended while we looked
  }
  const [, name, rest] = text.match(/\((.*)\) (.*)/s);
  const fields = rest.split(" ");
  return { pid, name, state: fields[0], parent: Number(fields[1]), cpuUs: 10_000 * (Number(fields[11]) + Number(fields[12])) };
}

/** The processes that `pid` has started. */
export function childrenOf(pid) {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map((id) => processOf(Number(id))).filter((it) => it?.parent === pid);
}

/** Memory of a process, in bytes: `resident` now, and its `peak`. */
export function memoryOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const bytes = (key) => Number(status.match(new RegExp(`${key}:\\s+(\\d+)`))?.[1] ?? 0) * 1024;
  return { resident: bytes("VmRSS"), peak: bytes("VmHWM") };
}

/**
 * How many times as much CPU time this machine takes for the same work as the one that limits of CPU time are made for (two cores that
 * others used too: 210 ms for this); 1 when it is as quick.
 */
export function slowness() {
  const before = process.cpuUsage();
  let state = 1;
  for (let turn = 0; turn < 100_000_000; turn += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
  }
  if (state === 0) throw new Error("a register that is never 0 is"); // so that the loop is not left out
  return Math.max(1, process.cpuUsage(before).user / 210_000);
}

/** Bytes that a process has read: of files, and of sockets where it reads them as files. */
export function readBy(pid) {
  return Number(readFileSync(`/proc/${pid}/io`, "utf8").match(/^rchar: (\d+)$/m)[1]);
}

/** Ticks of all processors since the machine started: `all`, and those that a machine below this one gave to others. */
export function ticks() {
  // proc(5): user, nice, system, idle, iowait, irq, softirq, steal.
  const [line] = readFileSync("/proc/stat", "utf8").split("\n", 1);
  const counts = line.split(/ +/).slice(1, 9).map(Number);
  return { all: counts.reduce((sum, it) => sum + it), stolen: counts[7] };
}
