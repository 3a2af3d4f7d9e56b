// immich-companion for tests: the program, its token, and a film made by ffmpeg.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { COMPANION_SECRET } from "./server.mjs";

/** Where cargo puts programs (`cargo xtask test` builds this one with the native tests). */
const TARGET = process.env.CARGO_TARGET_DIR ?? path.resolve(import.meta.dirname, "../../../target");
const PROGRAM = process.env.EDGE_COMPANION ?? path.join(TARGET, "debug/immich-companion");

const base64 = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token as `cargo xtask companion token` makes it. */
export function token({ id = "test", scope = ["thumbnails", "transcode", "learning"] } = {}) {
  const exp = Math.floor(Date.now() / 1000) + 3600;
  const claims = { jti: id, sub: "test", scope, aud: "immich-edge-companion", exp };
  const signed = `${base64({ alg: "HS256", typ: "JWT" })}.${base64(claims)}`;
  return `${signed}.${createHmac("sha256", COMPANION_SECRET).update(signed).digest("base64url")}`;
}

/** Whether this machine can make films. */
export function hasFfmpeg() {
  return spawnSync("ffmpeg", ["-version"]).status === 0;
}

/** Two seconds of noise in a format that browsers do not play; encoded it is still larger than a part of an upload. */
export function film() {
  const folder = mkdtempSync(path.join(tmpdir(), "immich-edge-film-"));
  const file = path.join(folder, "film.avi");
  const picture = "nullsrc=size=1280x720:rate=25:duration=2,noise=alls=100:allf=t";
  const words = ["-v", "error", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", "sine=duration=2", "-c:v", "mpeg4", "-q:v", "3"];
  execFileSync("ffmpeg", [...words, "-c:a", "pcm_s16le", file]);
  const bytes = readFileSync(file);
  rmSync(folder, { recursive: true });
  return bytes;
}

/** A picture by ffmpeg, in the format of this extension. */
export function picture(source, extension, words = []) {
  const folder = mkdtempSync(path.join(tmpdir(), "immich-edge-picture-"));
  const file = path.join(folder, `picture.${extension}`);
  execFileSync("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", source, "-frames:v", "1", ...words, file]);
  const bytes = readFileSync(file);
  rmSync(folder, { recursive: true });
  return bytes;
}

/** A raw file of which nothing but a JPEG is left: a TIFF with the tags of DNG, whose second directory names the JPEG. */
export function rawWith(jpeg) {
  const directory = (entries, next) => {
    const bytes = Buffer.alloc(2 + 12 * entries.length + 4);
    bytes.writeUInt16LE(entries.length, 0);
    entries.forEach(([tag, kind, count, value], index) => {
      bytes.writeUInt16LE(tag, 2 + 12 * index);
      bytes.writeUInt16LE(kind, 4 + 12 * index);
      bytes.writeUInt32LE(count, 6 + 12 * index);
      bytes.writeUInt32LE(value, 10 + 12 * index);
    });
    bytes.writeUInt32LE(next, 2 + 12 * entries.length);
    return bytes;
  };
  const [first, second, start] = [8, 100, 200];
  const file = Buffer.alloc(start);
  file.write("II*\0", 0, "latin1");
  file.writeUInt32LE(first, 4);
  // A small picture, and where the next directory is; DNGVersion 1.4.
  directory([[0x00fe, 4, 1, 1], [0xc612, 1, 4, 0x0401]], second).copy(file, first);
  // JPEG in one strip.
  directory([[0x00fe, 4, 1, 1], [0x0103, 3, 1, 7], [0x0111, 4, 1, start], [0x0117, 4, 1, jpeg.length]], 0).copy(file, second);
  return Buffer.concat([file, jpeg]);
}

/** The program at work for the server at `url`; `hear` gets each line of its log, which else is shown. */
export function companion(url, options, hear) {
  const work = mkdtempSync(path.join(tmpdir(), "immich-edge-companion-"));
  const env = { ...process.env, EDGE_COMPANION_TOKEN: token() };
  const child = spawn(PROGRAM, ["--server", url, "--work", work, ...options], { env, stdio: ["ignore", "ignore", hear ? "pipe" : "inherit"] });
  if (hear) createInterface({ input: child.stderr }).on("line", hear);
  const ended = new Promise((resolve) => child.once("exit", resolve)).finally(() => rmSync(work, { recursive: true, force: true }));
  const end = (signal) => (child.kill(signal), ended);
  return { pid: child.pid, ended, kill: () => end("SIGKILL"), stop: () => end("SIGTERM") };
}
