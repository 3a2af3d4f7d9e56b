// Writes EXIF: a TIFF structure (big-endian) with the directories 0, Exif and GPS, and puts it into a JPEG.

const [ASCII, SHORT, LONG, RATIONAL] = [2, 3, 4, 5];
const SIZES = { [ASCII]: 1, [SHORT]: 2, [LONG]: 4, [RATIONAL]: 8 };
const EXIF_POINTER = 0x8769;
const GPS_POINTER = 0x8825;

const TAGS = {
  ImageDescription: [0, 0x010e, ASCII],
  Make: [0, 0x010f, ASCII],
  Model: [0, 0x0110, ASCII],
  Orientation: [0, 0x0112, SHORT],
  ExposureTime: [1, 0x829a, RATIONAL],
  FNumber: [1, 0x829d, RATIONAL],
  ISO: [1, 0x8827, SHORT],
  DateTimeOriginal: [1, 0x9003, ASCII],
  OffsetTimeOriginal: [1, 0x9011, ASCII],
  FocalLength: [1, 0x920a, RATIONAL],
  LensModel: [1, 0xa434, ASCII],
  GPSLatitudeRef: [2, 0x0001, ASCII],
  GPSLatitude: [2, 0x0002, RATIONAL],
  GPSLongitudeRef: [2, 0x0003, ASCII],
  GPSLongitude: [2, 0x0004, RATIONAL],
};

function valueBytes(type, value) {
  if (type === ASCII) return Buffer.from(`${value}\0`, "utf8");
  const numbers = [value].flat();
  const bytes = Buffer.alloc(numbers.length * (type === RATIONAL ? 4 : SIZES[type]));
  numbers.forEach((number, index) => {
    if (type === SHORT) bytes.writeUInt16BE(number, index * 2);
    else bytes.writeUInt32BE(number, index * 4);
  });
  return bytes;
}

/** One directory at `offset`: its 12-byte entries in order of tags, then the values that do not fit into 4 bytes. */
function directory(entries, offset) {
  const sorted = entries.sort((a, b) => a.tag - b.tag);
  const head = Buffer.alloc(2 + 12 * sorted.length + 4);
  const tail = [];
  let at = offset + head.length;
  head.writeUInt16BE(sorted.length, 0);
  sorted.forEach(({ tag, type, bytes }, index) => {
    const entry = 2 + 12 * index;
    head.writeUInt16BE(tag, entry);
    head.writeUInt16BE(type, entry + 2);
    head.writeUInt32BE(bytes.length / SIZES[type], entry + 4);
    if (bytes.length <= 4) {
      bytes.copy(head, entry + 8);
    } else {
      head.writeUInt32BE(at, entry + 8);
      tail.push(bytes);
      at += bytes.length;
    }
  });
  return Buffer.concat([head, ...tail]);
}

/** The TIFF structure that holds `tags` (names as in TAGS; a RATIONAL is `[numerator, denominator, …]`). */
export function tiff(tags) {
  const folders = [[], [], []];
  for (const [name, value] of Object.entries(tags)) {
    const [folder, tag, type] = TAGS[name];
    folders[folder].push({ tag, type, bytes: valueBytes(type, value) });
  }
  const pointer = (tag, target) => ({ tag, type: LONG, bytes: valueBytes(LONG, target) });
  const main = (exifAt, gpsAt) =>
    directory([...folders[0], pointer(EXIF_POINTER, exifAt), pointer(GPS_POINTER, gpsAt)], 8);
  const exifAt = 8 + main(0, 0).length;
  const exif = directory(folders[1], exifAt);
  const gpsAt = exifAt + exif.length;
  const header = Buffer.from([0x4d, 0x4d, 0, 42, 0, 0, 0, 8]);
  return Buffer.concat([header, main(exifAt, gpsAt), exif, directory(folders[2], gpsAt)]);
}

/** `jpeg` with an APP1 segment that holds `tags`. */
export function withExif(jpeg, tags) {
  const content = Buffer.concat([Buffer.from("Exif\0\0"), tiff(tags)]);
  const segment = Buffer.alloc(4);
  segment.writeUInt16BE(0xffe1, 0);
  segment.writeUInt16BE(content.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), segment, content, jpeg.subarray(2)]);
}

/** Degrees as the EXIF triple degrees, minutes, seconds. */
export function degrees(value) {
  const whole = Math.floor(value);
  const minutes = Math.floor((value - whole) * 60);
  const seconds = Math.round(((value - whole) * 60 - minutes) * 60 * 1000);
  return [whole, 1, minutes, 1, seconds, 1000];
}
