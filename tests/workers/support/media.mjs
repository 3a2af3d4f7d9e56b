// Makes the pictures that tests upload; each seed gives another picture, the same one at every run.
import { createHash } from "node:crypto";
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";

/** SHA-1 of `bytes`, base64, as the API gives it. */
export function sha1(bytes) {
  return createHash("sha1").update(bytes).digest("base64");
}

/** `length` bytes that look random and depend on `seed` only (xorshift32). */
export function noise(length, seed) {
  const bytes = Buffer.alloc(length);
  let state = (seed * 2_654_435_761 + 1) >>> 0 || 1;
  for (let index = 0; index < length; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[index] = state & 255;
  }
  return bytes;
}

function picture(width, height, seed) {
  const [columns, rows] = [16, 12];
  const raw = noise(columns * rows * 3, seed);
  return sharp(raw, { raw: { width: columns, height: rows, channels: 3 } }).resize(width, height, {
    fit: "fill",
    kernel: "cubic",
  });
}

/** A JPEG of soft colours. */
export function jpeg({ width = 320, height = 240, seed = 1, progressive = false, quality = 80 } = {}) {
  return picture(width, height, seed).jpeg({ progressive, quality }).toBuffer();
}

/** As `jpeg`, in one of the other formats that the image library knows by name. */
export function encoded(format, { width = 320, height = 240, seed = 1 } = {}) {
  return picture(width, height, seed).toFormat(format).toBuffer();
}

/** A chunk of a PNG. */
export function chunk(kind, content) {
  const body = Buffer.concat([Buffer.from(kind, "latin1"), content]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(content.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/** A black PNG that says it is `side` by `side` pixels and has `rows` rows, with further chunks behind its header. */
export function pngOf(side, rows, further = []) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 2], 8);
  const pixels = deflateSync(Buffer.alloc(rows * (1 + side * 3)), { level: 9 });
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  const chunks = [chunk("IHDR", header), ...further, chunk("IDAT", pixels), chunk("IEND", Buffer.alloc(0))];
  return Buffer.concat([signature, ...chunks]);
}

/** A PNG that says it is `side` by `side` pixels and decompresses to `rows` rows of zeros: a decompression bomb. */
export const pngBomb = pngOf;

/** An XMP sidecar with the given properties, e.g. `{"xmp:Rating": 4}`. */
export function sidecar(properties) {
  const lines = Object.entries(properties).map(([name, value]) => `<${name}>${value}</${name}>`);
  return `<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/">${lines.join("")}</rdf:Description>
</rdf:RDF></x:xmpmeta><?xpacket end="w"?>`;
}

/** Writes a file with a modification time (which the CLI sends as dates), making its folder. */
export function writeFile(folder, name, content, modified = "2023-02-03T04:05:06Z") {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  utimesSync(file, new Date(modified), new Date(modified));
  return file;
}
