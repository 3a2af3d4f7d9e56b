// Fills the database with 10,000 assets over 36 months, about 278 in each, all with the renditions of one photo.
import { createHash, randomUUID } from "node:crypto";

const MONTHS = 36;
const CITIES = ["Berlin", "Lisboa", "Oslo", "Roma", null];

/** Rows for `table`, in statements of 250 rows. */
async function insert(server, table, rows) {
  const columns = Object.keys(rows[0]);
  for (let at = 0; at < rows.length; at += 250) {
    await server.insert(table, columns, rows.slice(at, at + 250));
  }
}

function asset(model, owner, number, count, now) {
  const month = Math.floor((number * MONTHS) / count);
  const at = Date.UTC(2021 + Math.floor(month / 12), month % 12, 1 + (number % 27), number % 24, number % 60);
  const date = new Date(at);
  const yyyymm = date.getUTCFullYear() * 100 + date.getUTCMonth() + 1;
  return {
    id: randomUUID(),
    owner_id: owner,
    type: "IMAGE",
    checksum: createHash("sha1").update(`seed ${number}`).digest("base64"),
    original_path: model.original_path,
    original_file_name: `IMG_${number}.jpg`,
    file_name_folded: `img_${number}.jpg`,
    thumbhash: model.thumbhash,
    width: model.width,
    height: model.height,
    file_created_at: at,
    file_modified_at: at,
    local_date_time: at,
    local_day: yyyymm * 100 + date.getUTCDate(),
    local_month: yyyymm,
    created_at: now,
    created_month: 202601,
    updated_at: now,
    update_id: `0190a000-0000-7000-8000-${String(number).padStart(12, "0")}`,
  };
}

/** Seeds `count` assets like the uploaded `model`; gives their ids. */
export async function seed(server, owner, model, count = 10_000) {
  const now = Date.now();
  const [row] = await server.sql("select * from asset where id = ?1", [model]);
  const files = await server.sql("select * from asset_file where asset_id = ?1", [model]);
  const [exif] = await server.sql("select * from asset_exif where asset_id = ?1", [model]);
  const assets = Array.from({ length: count }, (_, number) => asset(row, owner, number, count, now));
  await insert(server, "asset", assets);
  const facts = assets.map(({ id, update_id }, number) => ({
    ...exif,
    asset_id: id,
    update_id,
    city: CITIES[number % CITIES.length],
    country: CITIES[number % CITIES.length] && "Country",
  }));
  await insert(server, "asset_exif", facts);
  const renditions = assets.flatMap(({ id }) => files.map((file) => ({ ...file, asset_id: id, id: randomUUID() })));
  await insert(server, "asset_file", renditions);
  return assets.map(({ id }) => id);
}
