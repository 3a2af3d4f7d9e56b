// The folder of photos that the CLI story uploads, and what the server has to find out about each.
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { degrees, withExif } from "./exif.mjs";
import { encoded, jpeg, sha1, sidecar, writeFile } from "./media.mjs";

/** Real photos, where the machine has them. */
const FIXTURES = path.resolve(import.meta.dirname, "../../../../shared/fixtures");
const MODIFIED = "2023-02-03T04:05:06Z";

const PARIS = {
  ImageDescription: "Pont Neuf",
  Make: "Acme",
  Model: "Edge One",
  Orientation: 6,
  ExposureTime: [1, 250],
  FNumber: [28, 10],
  ISO: 400,
  DateTimeOriginal: "2024:05:06 07:08:09",
  OffsetTimeOriginal: "+02:00",
  FocalLength: [35, 1],
  LensModel: "Acme 35mm f/2.8",
  GPSLatitudeRef: "N",
  GPSLatitude: degrees(48.8566),
  GPSLongitudeRef: "E",
  GPSLongitude: degrees(2.3522),
};

/** What `GET /assets/{id}` says about paris.jpg: fields of the asset, fields of its exifInfo. */
const PARIS_FOUND = {
  asset: { width: 600, height: 900, localDateTime: "2024-05-06T07:08:09.000Z", fileCreatedAt: "2024-05-06T05:08:09.000Z" },
  exif: {
    make: "Acme",
    model: "Edge One",
    lensModel: "Acme 35mm f/2.8",
    exifImageWidth: 900,
    exifImageHeight: 600,
    orientation: "6",
    exposureTime: "1/250",
    fNumber: 2.8,
    iso: 400,
    focalLength: 35,
    description: "Pont Neuf",
  },
};

const undated = (width, height) => ({
  asset: { width, height, localDateTime: "2023-02-03T04:05:06.000Z", fileCreatedAt: "2023-02-03T04:05:06.000Z" },
  exif: { exifImageWidth: width, exifImageHeight: height, make: null, latitude: null, longitude: null },
});

async function made() {
  const south = {
    DateTimeOriginal: "2019:12:31 23:59:58",
    GPSLatitudeRef: "S",
    GPSLatitude: degrees(33.8568),
    GPSLongitudeRef: "W",
    GPSLongitude: degrees(70.6483),
    Make: "Acme",
  };
  const southFound = {
    // An offset of zero says an instant; the clock is that of the place.
    asset: { width: 640, height: 480, fileCreatedAt: "2021-07-08T09:10:11.000Z", localDateTime: "2021-07-08T05:10:11.000Z" },
    exif: { rating: 4, description: "New Year in Santiago", make: "Acme", timeZone: "America/Santiago" },
  };
  const side = sidecar({
    "xmp:Rating": 4,
    "dc:description": `<rdf:Alt><rdf:li xml:lang="x-default">New Year in Santiago</rdf:li></rdf:Alt>`,
    "exif:DateTimeOriginal": "2021-07-08T09:10:11Z",
  });
  return [
    { name: "paris/paris.jpg", bytes: withExif(await jpeg({ width: 900, height: 600, seed: 11 }), PARIS), expected: PARIS_FOUND },
    { name: "paris/plain.png", bytes: await encoded("png", { width: 500, height: 400, seed: 12 }), expected: undated(500, 400) },
    { name: "paris/soft.webp", bytes: await encoded("webp", { width: 400, height: 500, seed: 13 }), expected: undated(400, 500) },
    { name: "world/south.jpg", bytes: withExif(await jpeg({ width: 640, height: 480, seed: 14 }), south), side, expected: southFound },
    { name: "world/progressive.JPG", bytes: await jpeg({ width: 1600, height: 1200, seed: 15, progressive: true }), expected: undated(1600, 1200) },
    { name: "world/still.gif", bytes: await encoded("gif", { width: 200, height: 100, seed: 16 }), expected: undated(200, 100) },
    { name: "world/Größe 😀.jpg", bytes: await jpeg({ width: 320, height: 240, seed: 17 }), expected: undated(320, 240) },
  ];
}

function real() {
  if (!statSync(FIXTURES, { throwIfNoEntry: false })) return [];
  return readdirSync(FIXTURES, { recursive: true })
    .filter((name) => /\.(jpe?g|png|webp|heic|avif|jxl)$/i.test(name))
    .map((name) => ({ name: path.join("real", path.dirname(name).replaceAll(path.sep, " "), path.basename(name)), bytes: readFileSync(path.join(FIXTURES, name)) }));
}

/**
 * Writes the photos into `folder`; gives one entry for each different content: `{name, bytes, checksum, album, expected}`,
 * `name` within the folder, `album` the name that the CLI takes from the folder, `expected` undefined for real photos.
 */
export async function writePhotos(folder) {
  const photos = new Map();
  for (const photo of [...(await made()), ...real()]) {
    writeFile(folder, photo.name, photo.bytes, MODIFIED);
    if (photo.side) writeFile(folder, photo.name.replace(/\.\w+$/, ".xmp"), photo.side, MODIFIED);
    const checksum = sha1(photo.bytes);
    const albums = [...(photos.get(checksum)?.albums ?? []), path.basename(path.dirname(photo.name))];
    photos.set(checksum, { ...photo, checksum, albums });
  }
  return [...photos.values()];
}
