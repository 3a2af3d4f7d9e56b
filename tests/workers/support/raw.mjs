// Requests byte by byte over a TCP connection: what no well-behaved client would send.
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const BOUNDARY = "----immich-edge-test";

/** The bytes of a multipart body: `[{name, filename, value, headers}]`; `isComplete` false leaves out the closing boundary. */
export function multipart(parts, { isComplete = true } = {}) {
  const pieces = parts.flatMap(({ name, filename, value, headers = "" }) => {
    const file = filename === undefined ? "" : `; filename="${filename}"`;
    const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n${headers}\r\n`;
    return [Buffer.from(head), Buffer.from(value), Buffer.from("\r\n")];
  });
  return Buffer.concat([...pieces, Buffer.from(isComplete ? `--${BOUNDARY}--\r\n` : "")]);
}

/** The parts of an upload of `bytes` in the usual order, the file last. */
export function uploadParts(bytes, filename, fields = {}) {
  const date = "2023-02-03T04:05:06.000Z";
  const usual = { fileCreatedAt: date, fileModifiedAt: date, ...fields };
  const parts = Object.entries(usual).map(([name, value]) => ({ name, value }));
  return [...parts, { name: "assetData", filename, value: bytes, headers: "Content-Type: application/octet-stream\r\n" }];
}

/** The content type that goes with `multipart`. */
export const MULTIPART = `multipart/form-data; boundary=${BOUNDARY}`;

/**
 * Sends a request of which only the first `cut` bytes of `body` arrive before the connection is reset.
 * `headers` is an object; Content-Length says the whole length.
 */
export async function sendAndCut(port, route, headers, body, cut) {
  const socket = connect(port, "127.0.0.1").setNoDelay(true);
  await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  const lines = Object.entries({ Host: "localhost", "Content-Length": body.length, ...headers });
  socket.write(`POST ${route} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`);
  socket.on("error", () => {});
  for (let at = 0; at < cut; at += 1 << 20) {
    const isTaken = socket.write(body.subarray(at, Math.min(cut, at + (1 << 20))));
    if (!isTaken) await new Promise((resolve) => socket.once("drain", resolve));
  }
  // Long enough for the server to take what has arrived.
  await sleep(300);
  socket.resetAndDestroy();
}

/** Sends raw text and gives the status line of the answer; undefined when the connection was closed without one. */
export async function sendRaw(port, text) {
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  socket.setEncoding("latin1").on("data", (piece) => (answer += piece)).on("error", () => {});
  socket.end(text, "latin1");
  await new Promise((resolve) => socket.once("close", resolve));
  return answer.split("\r\n")[0] || undefined;
}

/** Times that a request is sent whose answer was lost. */
const TRIES = 5;

/**
 * Sends a request and stops as soon as an answer begins, as a client may that meets a limit; gives the answer's status. A server that closes
 * a connection on which more arrives resets it, and an answer that was not read yet is lost (RFC 9112 section 9.6): it is sent again then.
 */
export async function sendUntilAnswered(port, method, route, headers, body) {
  let status = NaN;
  for (let tries = 0; tries < TRIES && Number.isNaN(status); tries += 1) status = await sendOnce(port, method, route, headers, body);
  return status;
}

async function sendOnce(port, method, route, headers, body) {
  const PIECE = 64 * 1024;
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  socket.setEncoding("latin1").on("data", (piece) => (answer += piece)).on("error", () => {});
  const closed = new Promise((resolve) => socket.once("close", resolve));
  const lines = Object.entries({ Host: "localhost", "Content-Length": body.length, ...headers });
  socket.write(`${method} ${route} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`);
  for (let at = 0; at < body.length && !answer && !socket.destroyed; at += PIECE) {
    await new Promise((resolve) => socket.write(body.subarray(at, at + PIECE), resolve));
    await sleep(1);
  }
  const limit = setTimeout(() => socket.destroy(), 10_000);
  while (!answer && !socket.destroyed) await Promise.race([closed, sleep(10)]);
  clearTimeout(limit);
  socket.destroy();
  return Number(answer.split(" ")[1]);
}
