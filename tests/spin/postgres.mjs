// A PostgreSQL cluster that xtask has made and will remove: killed as by a power cut, and started again.
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { childrenOf, processOf } from "../workers/lib/process.mjs";
import { eventually } from "../workers/support/server.mjs";

/** Ended, also when nobody has asked yet how. */
const isDead = (pid) => ["Z", "X", undefined].includes(processOf(pid)?.state);

function kill(pid) {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

/** The cluster whose data are in `folder`. */
export class Cluster {
  constructor(folder) {
    this.folder = folder;
    this.lock = path.join(folder, "postmaster.pid");
  }

  /** Kills the postmaster and all its processes. */
  async kill() {
    const postmaster = Number(readFileSync(this.lock, "utf8").split("\n")[0]);
    const family = [postmaster, ...childrenOf(postmaster).map(({ pid }) => pid)];
    family.forEach(kill);
    // Those that it started while we looked end by themselves when they notice.
    await eventually("PostgreSQL to be dead", () => family.every(isDead) && childrenOf(postmaster).length === 0, 10_000, 20);
  }

  /** Starts it as it was started before and waits until it has recovered. */
  async start() {
    // Its process may be dead and still have a number, which PostgreSQL would take for a living one.
    rmSync(this.lock, { force: true });
    const { uid, gid } = statSync(this.folder);
    const words = readFileSync(path.join(this.folder, "postmaster.opts"), "utf8");
    const program = path.join(path.dirname(words.split(" ")[0]), "pg_ctl");
    const log = path.join(path.dirname(this.folder), "log");
    // Without a process to stop, a restart is a start with the options of the last one. PostgreSQL refuses to run as root.
    const who = process.getuid() === 0 ? { uid, gid } : {};
    execFileSync(program, ["-D", this.folder, "-l", log, "-w", "restart"], { stdio: "ignore", cwd: "/", ...who });
  }
}
