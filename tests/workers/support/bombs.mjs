// Makes small files that cost much to read: some once stopped a server for minutes, the others do so to servers that believe what a file says.
import { deflateSync } from "node:zlib";
import { chunk, pngOf } from "./media.mjs";

const BEGIN = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">';
const END = "</rdf:RDF></x:xmpmeta>";

const latin1 = (text) => Buffer.from(text, "latin1");

function withXmp(text) {
  return pngOf(64, 64, [chunk("iTXt", latin1(`XML:com.adobe.xmp\0\0\0\0\0${text}`))]);
}

/** The same, packed: a hundredth of its length. */
function withPackedXmp(text) {
  const head = latin1("XML:com.adobe.xmp\0\x01\0\0\0");
  return pngOf(64, 64, [chunk("iTXt", Buffer.concat([head, deflateSync(latin1(text), { level: 9 })]))]);
}

/** A PNG of RGBA in seven passes (PNG, section 8.2), `side` by `side` pixels of zeros. */
function interlaced(side) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 6, 0, 0, 1], 8);
  const pixels = deflateSync(Buffer.alloc(side * side * 4 + 4 * side), { level: 9 });
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", pixels), chunk("IEND", Buffer.alloc(0))]);
}

/** A TIFF directory of entries `[tag, type, count, value or offset]`, and where the next one lies. */
function directory(entries, next = 0) {
  const out = Buffer.alloc(14 + 12 * entries.length);
  out.write("II*\0\b\0\0\0", "latin1");
  out.writeUInt16LE(entries.length, 8);
  for (const [index, [tag, type, count, value]] of entries.entries()) {
    const at = 10 + 12 * index;
    out.writeUInt16LE(tag, at);
    out.writeUInt16LE(type, at + 2);
    out.writeUInt32LE(count, at + 4);
    out.writeUInt32LE(value, at + 8);
  }
  out.writeUInt32LE(next, out.length - 4);
  return out;
}

/** Entries of Exif and of GPS that lead back to their own directory, which is also the next one. */
const LOOP = directory([[0x8769, 4, 1, 8], [0x8825, 4, 1, 8]], 8);

/** A JPEG with this Exif. */
const withExif = (photo, exif) => Buffer.concat([photo.subarray(0, 2), segment(0xe1, Buffer.concat([latin1("Exif\0\0"), exif])), photo.subarray(2)]);

/** A grey TIFF of `side` by `side` pixels in packed strips that are all the same bytes. */
function strips(side, rows) {
  const count = side / rows;
  const base = 14 + 12 * 9;
  const packed = deflateSync(Buffer.alloc(side * rows), { level: 9 });
  const head = directory([
    [256, 4, 1, side], [257, 4, 1, side], [258, 3, 1, 8], [259, 3, 1, 8], [262, 3, 1, 1],
    [273, 4, count, base], [277, 3, 1, 1], [278, 4, 1, rows], [279, 4, count, base + 4 * count],
  ]);
  const numbers = Buffer.alloc(8 * count);
  for (let strip = 0; strip < count; strip += 1) {
    numbers.writeUInt32LE(base + 8 * count, 4 * strip);
    numbers.writeUInt32LE(packed.length, 4 * (count + strip));
  }
  return Buffer.concat([head, numbers, packed]);
}

const many = (count, of) => Array.from({ length: count }, (_, index) => of(index)).join("");

function box(kind, content) {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(content.length + 8, 0);
  head.write(kind, 4, "latin1");
  return Buffer.concat([head, content]);
}

const FILM = box("ftyp", latin1("mp42\0\0\0\0mp42isom"));

/** A film whose boxes lie in each other. */
function nested(depth, kind) {
  const head = Buffer.alloc(8 * depth);
  for (let level = 0; level < depth; level += 1) {
    head.writeUInt32BE(8 * (depth - level), 8 * level);
    head.write(kind, 8 * level + 4, "latin1");
  }
  return Buffer.concat([FILM, box("moov", head)]);
}

const segment = (marker, content) => {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(content.length + 2, 2);
  return Buffer.concat([head, content]);
};

/** A progressive JPEG of one grey plane: after its DC scan the same empty AC scan again and again (ITU T.81, annex G). */
function scans(count) {
  const side = 4096;
  const size = Buffer.from([8, side >> 8, side & 255, side >> 8, side & 255, 1, 1, 0x11, 0]);
  const lengths = (codes) => Buffer.from([...codes, ...Array.from({ length: 16 - codes.length }, () => 0)]);
  // One code for "no difference"; two for "end of block" and "end of 2^14 blocks and more".
  const dc = Buffer.concat([Buffer.from([0x00]), lengths([1]), Buffer.from([0])]);
  const ac = Buffer.concat([Buffer.from([0x10]), lengths([0, 2]), Buffer.from([0x00, 0xe0])]);
  const blocks = (side / 8) ** 2;
  // Runs of 2^14 blocks: code 01, and 14 bits that add nothing.
  const run = "01" + "0".repeat(14);
  const bits = run.repeat(blocks / 2 ** 14);
  const body = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const scan = Buffer.concat([segment(0xda, Buffer.from([1, 1, 0, 1, 63, 0])), body]);
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xdb, Buffer.concat([Buffer.from([0]), Buffer.alloc(64, 1)])),
    segment(0xc2, size),
    segment(0xc4, dc),
    segment(0xc4, ac),
    segment(0xda, Buffer.from([1, 1, 0, 0, 0, 0])),
    Buffer.alloc(blocks / 8),
    ...Array.from({ length: count }, () => scan),
    Buffer.from([0xff, 0xd9]),
  ]);
}

/** Numbers of so many bits each, the lowest bit first; `pairs` of a number and its length. */
function packed(pairs) {
  const out = [];
  let [waiting, length] = [0, 0];
  for (const [number, bits] of pairs) {
    waiting |= number << length;
    for (length += bits; length >= 8; length -= 8) {
      out.push(waiting & 255);
      waiting >>>= 8;
    }
  }
  return Buffer.from([...out, waiting & 255]);
}

/** A lossless WebP of one colour whose pixels take no bits at all: `side` by `side` of them in 44 bytes (RFC 9649, section 3). */
function blankWebp(side) {
  const code = [[1, 1], [0, 1], [0, 1], [0, 1]];
  const bits = packed([[side - 1, 14], [(side - 1) & 3, 2], [(side - 1) >> 2, 12], [0, 4], [0, 3], ...Array.from({ length: 5 }, () => code).flat()]);
  const stream = Buffer.concat([Buffer.from([0x2f]), bits, Buffer.alloc(23 - bits.length)]);
  const head = latin1("RIFF\0\0\0\0WEBPVP8L\0\0\0\0");
  head.writeUInt32LE(stream.length + 12, 4);
  head.writeUInt32LE(stream.length, 16);
  return Buffer.concat([head, stream]);
}

/** A GIF of one colour in one frame: each code of its LZW stands for one pixel more than the last (GIF89a, appendix F). */
function blankGif(side) {
  const [CLEAR, END, FIRST, MOST] = [4, 5, 6, 4095];
  const codes = [];
  for (let left = side * side; left > 0; ) {
    codes.push([CLEAR, codes.length === 0 ? 3 : 12], [0, 3]);
    left -= 1;
    for (let code = FIRST; code <= MOST && left > 0; code += 1) {
      // The decoder knows all codes before this one.
      codes.push([code, Math.max(3, 32 - Math.clz32(code))]);
      left -= code - FIRST + 2;
    }
  }
  const stream = packed([...codes, [END, 12]]);
  const size = Buffer.alloc(4);
  size.writeUInt16LE(side, 0);
  size.writeUInt16LE(side, 2);
  const blocks = Array.from({ length: Math.ceil(stream.length / 255) }, (_, at) => stream.subarray(255 * at, 255 * (at + 1)));
  const data = blocks.flatMap((block) => [Buffer.from([block.length]), block]);
  const screen = [latin1("GIF89a"), size, latin1("\x80\0\0\0\0\0\xff\xff\xff")];
  return Buffer.concat([...screen, latin1(",\0\0\0\0"), size, latin1("\0\x02"), ...data, latin1("\0;")]);
}

/** Files by name; `photo` is a JPEG with nothing bad in it. */
export function bombs(photo) {
  const frame = Buffer.from([0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0]);
  const gif = latin1("GIF89a\x08\0\x08\0\x80\0\0\0\0\0\xff\xff\xff");
  const empty = (kind, count) => Buffer.alloc(8 * count, box(kind, Buffer.alloc(0)));
  const tags = `<rdf:Description xmlns:d="http://www.digikam.org/ns/1.0/"><d:TagsList><rdf:Seq>${many(90_000, (n) => `<rdf:li>t${n}/a</rdf:li>`)}</rdf:Seq></d:TagsList></rdf:Description>`;
  const entities = '<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>';
  return {
    "namespaces.png": withXmp(BEGIN + many(190_000, (n) => `<a xmlns:n${n}="u${n}">`)),
    "attributes.png": withXmp(`${BEGIN}<rdf:Description ${many(129_000, (n) => `a${n}="" `)}/>${END}`),
    "depth.png": withXmp(`${BEGIN}<rdf:Description>${"<a>".repeat(190_000)}${"</a>".repeat(190_000)}</rdf:Description>${END}`),
    "scans.jpg": scans(2_000),
    "many-scans.jpg": scans(100_000),
    "tags.png": withXmp(BEGIN + tags + END),
    "entities.png": withXmp(`<?xml version="1.0"?>${entities}${BEGIN}&c;${END}`),
    "packed.png": withPackedXmp(`${BEGIN}<rdf:Description ${many(900_000, (n) => `a${n}="" `)}/>${END}`),
    "interlaced.png": interlaced(4_000),
    "loop.jpg": withExif(photo, LOOP),
    "many-directories.jpg": withExif(photo, directory(Array.from({ length: 5_400 }, () => [0x8769, 4, 1, 8]), 8)),
    "long-text.jpg": withExif(photo, directory([[0x010f, 2, 0xffffffff, 8]])),
    "loop.tif": LOOP,
    "strips.tif": strips(16_384, 16),
    "boxes.mp4": nested(20_000, "udta"),
    "indexes.mp4": nested(20_000, "moov"),
    "free.mp4": Buffer.concat([FILM, empty("free", 100_000)]),
    "tracks.mp4": Buffer.concat([FILM, box("moov", empty("trak", 1_000_000))]),
    "frames.gif": Buffer.concat([gif, ...Array.from({ length: 400_000 }, () => frame), Buffer.from(";")]),
    "comments.gif": Buffer.concat([gif, Buffer.alloc(7_500_000, Buffer.from([0x21, 0xfe, 1, 0x61, 0])), frame, Buffer.from(";")]),
    "blank.webp": blankWebp(16_383),
    "blank.gif": blankGif(16_000),
    "lengths.webp": latin1("RIFF\xff\xff\xff\xffWEBPVP8X\x0a\0\0\0\x0c\0\0\0\xff\xff\xff\xff\xff\xffEXIF\xff\xff\xff\xff"),
  };
}
