// Makes small files that cost much to read: each once stopped a server for minutes.
import { chunk, pngOf } from "./media.mjs";

const BEGIN = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">';
const END = "</rdf:RDF></x:xmpmeta>";

function withXmp(text) {
  return pngOf(64, 64, [chunk("iTXt", Buffer.from(`XML:com.adobe.xmp\0\0\0\0\0${text}`, "latin1"))]);
}

const many = (count, of) => Array.from({ length: count }, (_, index) => of(index)).join("");

function box(kind, content) {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(content.length + 8, 0);
  head.write(kind, 4, "latin1");
  return Buffer.concat([head, content]);
}

/** A film whose boxes lie in each other. */
function nested(depth) {
  const head = Buffer.alloc(8 * depth);
  for (let level = 0; level < depth; level += 1) {
    head.writeUInt32BE(8 * (depth - level), 8 * level);
    head.write("udta", 8 * level + 4, "latin1");
  }
  return Buffer.concat([box("ftyp", Buffer.from("mp42\0\0\0\0mp42isom", "latin1")), box("moov", head)]);
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

/** Files by name. */
export function bombs() {
  const frame = Buffer.from([0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0]);
  const gif = Buffer.from("GIF89a\x08\0\x08\0\x80\0\0\0\0\0\xff\xff\xff", "latin1");
  return {
    "namespaces.png": withXmp(BEGIN + many(190_000, (n) => `<a xmlns:n${n}="u${n}">`)),
    "attributes.png": withXmp(`${BEGIN}<rdf:Description ${many(129_000, (n) => `a${n}="" `)}/>${END}`),
    "depth.png": withXmp(`${BEGIN}<rdf:Description>${"<a>".repeat(190_000)}${"</a>".repeat(190_000)}</rdf:Description>${END}`),
    "scans.jpg": scans(2_000),
    "many-scans.jpg": scans(100_000),
    "boxes.mp4": nested(20_000),
    "frames.gif": Buffer.concat([gif, ...Array.from({ length: 400_000 }, () => frame), Buffer.from(";")]),
  };
}
