// `cargo xtask bench companion [--rounds N] [--spin]`: what immich-companion takes beside ffmpeg: the poster of a 4K film against plain
// ffmpeg, ten films in the queue, its own memory, how soon a job that is due is begun, and how soon a film that is transcoded while it is
// watched has its first segment. Each figure stands beside its bound (issue 17). Everything is made here and thrown away.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { memoryOf } from "../lib/process.mjs";
import { firstAdmin } from "../support/client.mjs";
import { companion } from "../support/companion.mjs";
import { discard, eventually, Server, temporaryFolder } from "../support/server.mjs";
import { print } from "./table.mjs";

const { values: options } = parseArgs({ options: { rounds: { type: "string", default: "5" }, spin: { type: "boolean", default: false } } });
const rounds = Number(options.rounds);
if (options.spin) process.env.EDGE_TEST_SERVER = "spin-sqlite";

/** Films of the queue. */
const FILMS = 10;
/** Times that a job becomes due while the companion waits. */
const WAITS = 20;
const MIB = 1024 * 1024;
/** Bounds: the poster's time in those of plain ffmpeg, cores that two jobs use, MiB of the companion itself, and ms. */
const MOST = { ratio: 1.5, memory: 80, beginning: 300, segment: 2000 };
const LEAST_CORES = 1.5;

const folder = temporaryFolder();

function ffmpeg(...words) {
  execFileSync("ffmpeg", ["-hide_banner", "-nostdin", "-v", "error", "-y", ...words]);
}

/** A film with sound, like one of a phone, in a file. */
function film(name, size, seconds, codec) {
  const file = path.join(folder, name);
  const picture = `testsrc2=size=${size}:rate=30:duration=${seconds},noise=alls=8:allf=t`;
  const inputs = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", `sine=duration=${seconds}`];
  ffmpeg(...inputs, "-pix_fmt", "yuv420p", ...codec, "-g", "30", "-c:a", "aac", file);
  return file;
}

const HEVC = ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error", "-tag:v", "hvc1"];
const H264 = ["-c:v", "libx264", "-preset", "ultrafast"];

/** What the companion asks of ffmpeg and makes itself, by ffmpeg alone: the frame, a JPEG and a WebP of it. Milliseconds. */
function plain(file) {
  const out = path.join(folder, "plain");
  mkdirSync(out, { recursive: true });
  const began = performance.now();
  const chain = "[0:v]thumbnail=n=8,scale=-2:1440:flags=bicubic,setsar=1,split[p][r];[r]scale=-2:250:flags=bicubic[t]";
  const preview = ["-map", "[p]", "-frames:v", "1", "-q:v", "4", path.join(out, "preview.jpg")];
  const thumbnail = ["-map", "[t]", "-frames:v", "1", "-c:v", "libwebp", path.join(out, "thumbnail.webp")];
  ffmpeg("-skip_frame", "nokey", "-t", "30", "-i", file, "-an", "-filter_complex", chain, ...preview, ...thumbnail);
  return performance.now() - began;
}

const sorted = (values) => values.toSorted((a, b) => a - b);
const median = (values) => sorted(values)[Math.floor(values.length / 2)];
const whole = (number) => number.toFixed(0);

/** Processor time of a process and of those that it has waited for, seconds (proc(5): utime, stime, cutime, cstime). */
function processorTime(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/.*\) /s, "").split(" ");
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
}

/** A companion at work that notes what it did: kind, how it ended, how long it took and when it began. */
function listening(url, ...words) {
  const done = [];
  const program = companion(url, ["--streams", "0", ...words], (line) => {
    const found = line.match(/^(\w+) \S+: (.*) after (\d+) ms$/);
    if (found) done.push({ kind: found[1], end: found[2], took: Number(found[3]), began: Date.now() - Number(found[3]) });
  });
  return { ...program, done };
}

/** Other bytes that are the same film. */
const variant = (bytes, words) => Buffer.concat([bytes, Buffer.from(words)]);

class Bench {
  static async start() {
    const bench = new Bench();
    bench.server = await Server.start();
    ({ admin: bench.admin } = await firstAdmin(bench.server.url));
    return bench;
  }

  async upload(bytes, name) {
    const { status, body } = await this.admin.upload(bytes, name);
    if (status !== 201) throw new Error(`upload: ${status} ${JSON.stringify(body)}`);
    return body.id;
  }

  async pause(isPaused) {
    for (const queue of ["thumbnailGeneration", "videoConversion"]) {
      const { status } = await this.admin.put(`/queues/${queue}`, { isPaused });
      if (status !== 200) throw new Error(`queue ${queue}: ${status}`);
    }
  }

  jobs(condition) {
    return this.server.count(`select count(*) as n from job where ${condition}`);
  }

  /** Waits until only so many jobs of companions are left. */
  async settled(count, limit = 600_000) {
    const state = async () => (await this.jobs("runner <> 'companion'")) === 0 && (await this.jobs("runner = 'companion'")) === count;
    await eventually(`${count} jobs of companions`, state, limit, 100);
  }

  async poster() {
    const file = film("4k.mp4", "3840x2160", 5, HEVC);
    const bytes = readFileSync(file);
    const worker = listening(this.server.url, "--jobs", "1");
    const rows = [];
    try {
      for (let round = 0; round < rounds; round += 1) {
        const alone = plain(file);
        const before = worker.done.length;
        await this.upload(variant(bytes, `poster ${round}`), "4k.mp4");
        const made = () => worker.done.slice(before).find(({ kind }) => kind === "AssetGenerateThumbnails");
        const { took, end } = await eventually("the poster", made, 120_000, 20);
        if (end !== "done") throw new Error(`the poster: ${end}`);
        await this.settled(0);
        rows.push([alone, took]);
      }
    } finally {
      await worker.stop();
    }
    const [alone, took] = [0, 1].map((column) => median(rows.map((row) => row[column])));
    const all = rows.map(([a, b], round) => [round + 1, whole(a), whole(b), (b / a).toFixed(2)]);
    const head = ["run", "plain ffmpeg, ms", "the job, ms", `ratio (median: below ${MOST.ratio})`];
    print(`Poster of a 4K HEVC film (${(bytes.length / MIB).toFixed(1)} MiB)`, head, [...all, ["median", whole(alone), whole(took), (took / alone).toFixed(2)]]);
  }

  async queue() {
    // As phones make them; browsers play H.264 (the default of `ffmpeg.acceptedVideoCodecs`), so they are encoded as well.
    const bytes = readFileSync(film("1080p.mp4", "1920x1080", 5, HEVC));
    const rows = [];
    for (const jobs of [1, 2]) {
      await this.pause(true);
      for (let number = 0; number < FILMS; number += 1) await this.upload(variant(bytes, `queue ${jobs} ${number}`), "1080p.mp4");
      const wait = async () => (await this.jobs("runner <> 'companion'")) === 0 && (await this.jobs("runner = 'companion'")) >= FILMS;
      await eventually("the films to wait", wait, 600_000, 200);
      await this.pause(false);
      const began = performance.now();
      const worker = listening(this.server.url, "--jobs", String(jobs));
      try {
        await this.settled(0);
        const seconds = (performance.now() - began) / 1000;
        const cores = processorTime(worker.pid) / seconds;
        const { peak } = memoryOf(worker.pid);
        rows.push([jobs, seconds.toFixed(1), cores.toFixed(2), (peak / MIB).toFixed(1)]);
      } finally {
        await worker.stop();
      }
    }
    const cores = `cores in use (companion and its tools; both: --jobs 2 above ${LEAST_CORES} of 2)`;
    const head = ["--jobs", "seconds", cores, `peak memory of the companion itself, MiB (below ${MOST.memory})`];
    print(`${FILMS} HEVC films of 1080p in the queue`, head, rows);
  }

  async latency() {
    const bytes = readFileSync(film("small.mp4", "320x180", 1, H264));
    const worker = listening(this.server.url, "--jobs", "1");
    const waited = [];
    try {
      for (let round = 0; round < WAITS; round += 1) {
        await this.pause(true);
        await this.upload(variant(bytes, `latency ${round}`), "small.mp4");
        await eventually("it to wait", async () => (await this.jobs("runner = 'companion' and kind = 'AssetGenerateThumbnails'")) === 1, 60_000, 50);
        const before = worker.done.length;
        const due = Date.now();
        await this.pause(false);
        const begun = () => worker.done.slice(before).find(({ kind }) => kind === "AssetGenerateThumbnails");
        const { began } = await eventually("it to be done", begun, 60_000, 10);
        waited.push(began - due);
        await this.settled(0);
      }
    } finally {
      await worker.stop();
    }
    const all = sorted(waited);
    const row = [WAITS, whole(all[0]), whole(median(all)), whole(all[Math.floor(all.length * 0.9)]), whole(all.at(-1))];
    print(`From a job that becomes due to its beginning, ms (below ${MOST.beginning})`, ["jobs", "least", "median", "p90", "most"], [row]);
  }

  async segment() {
    const bytes = readFileSync(film("watched.mp4", "1920x1080", 30, H264));
    const worker = companion(this.server.url, ["--poll", "0.1"], () => {});
    const took = [];
    try {
      const id = await this.upload(bytes, "watched.mp4");
      await this.settled(0);
      const { body: config } = await this.admin.get("/system-config");
      config.ffmpeg.realtime.enabled = true;
      const { status } = await this.admin.put("/system-config", config);
      if (status !== 200) throw new Error(`the configuration: ${status}`);
      // A companion that was told that it is off asks again within half a minute.
      await eventually("a companion", async () => (await this.admin.get("/server/features")).body.realtimeTranscoding);
      for (let round = 0; round < rounds; round += 1) took.push(await this.watched(id));
    } finally {
      await worker.stop();
    }
    const all = sorted(took);
    const row = [rounds, whole(all[0]), whole(median(all)), whole(all.at(-1))];
    print(`From main.m3u8 of a 1080p H.264 film to its first segment, ms (below ${MOST.segment})`, ["sessions", "least", "median", "most"], [row]);
  }

  /** Begins to watch a film in its own size and stops again: how long the first segment took, ms. */
  async watched(id) {
    const stream = async (rest) => {
      const { status, bytes } = await this.admin.get(`/assets/${id}/video/stream/${rest}`);
      if (status !== 200) throw new Error(`${rest}: ${status} ${bytes}`);
      return bytes;
    };
    const began = performance.now();
    const list = (await stream("main.m3u8")).toString();
    const session = list.match(/^([^#/]+)\/8\/playlist\.m3u8$/m)?.[1];
    if (!session) throw new Error(`no 1080p in ${list}`);
    for (const name of ["playlist.m3u8", "init.mp4", "seg_0.m4s"]) await stream(`${session}/8/${name}`);
    const took = performance.now() - began;
    await this.admin.delete(`/assets/${id}/video/stream/${session}`);
    return took;
  }
}

const bench = await Bench.start().catch((error) => (discard(folder), Promise.reject(error)));
try {
  await bench.poster();
  await bench.queue();
  await bench.latency();
  await bench.segment();
} finally {
  await bench.server.stop();
  discard(folder);
}
