// A library of any size, filled by the database itself: people, tags, stacks, memories, partners and links are as many whatever it
// holds; faces, places, tagged assets and the large album grow with it.

const PEOPLE = 1000;
const TAGS = 300;
const STACKS = 100;
const MEMORIES = 50;
/** Rows of one statement. */
const STEP = 20_000;

export const LARGE_ALBUM = "00000001-0000-4000-8000-0000000a1b00";
export const LINK_KEY = "a".repeat(67);

/** An id in no order, as real ones, of the thing `n` of this kind: as an expression of SQL, and as a text. */
const idOf = (n, kind) => `printf('%08x-000${kind}-4000-8000-%012x', (${n}) * 2654435761 % 4294967296, ${n})`;
export function id(n, kind = 1) {
  const first = Number((BigInt(n) * 2654435761n) % 4294967296n);
  return `${first.toString(16).padStart(8, "0")}-000${kind}-4000-8000-${n.toString(16).padStart(12, "0")}`;
}

const numbers = (from, to) => `with recursive n(i) as (select ${from} union all select i + 1 from n where i < ${to})`;

const MONTH = "(2014 + i % 120 / 12) * 100 + 1 + i % 12";
const AT = "1388534400000 + i % 120 * 2629800000 + i / 120 * 60000";

/** The words of `img_<i>.jpg`, as the store makes them (shared/store/src/search/words.rs): digits are cut into pieces of four. */
const WORDS =
  `'["img","jpg","' || substr(i, 1, 4) || case when i > 9999 then '","+' || substr(i, 5, 4) else '' end || '"]'`;

/** What is there once, before there is any asset. */
async function surroundings(sql, owner) {
  const users = `select ${idOf("i", 9)}, 'friend' || i || '@example.com', 'Friend ' || i, 0, 0, 0, 'u' || i from n`;
  await sql(`insert into users (id, email, name, profile_changed_at, created_at, updated_at, update_id) ${numbers(1, 4)} ${users}`);
  for (const [by, to, from, until] of [[idOf("i", 9), "?1", 1, 2], ["?1", idOf("i", 9), 3, 4]]) {
    const rows = `select ${by}, ${to}, 1, 0, 0, 'u' || i, 'u' || i from n`;
    const into = "insert into partner (shared_by_id, shared_with_id, in_timeline, created_at, updated_at, create_id, update_id)";
    await sql(`${into} ${numbers(from, until)} ${rows}`, [owner]);
  }
  await sql(
    `insert into person (id, owner_id, name, name_folded, created_at, updated_at, update_id) ${numbers(1, PEOPLE)} ` +
      `select ${idOf("i", 2)}, ?1, 'Person ' || i, 'person ' || i, i, 0, 'u' || i from n`,
    [owner],
  );
  await sql(
    `insert into tag (id, owner_id, value, created_at, updated_at) ${numbers(1, TAGS)} select ${idOf("i", 3)}, ?1, 'tag ' || i, 0, 0 from n`,
    [owner],
  );
  await sql("insert into tag_closure (ancestor_id, descendant_id) select id, id from tag");
  for (let album = 0; album <= 20; album += 1) {
    const albumId = `00000001-0000-4000-8000-0000000a1b${album.toString(16).padStart(2, "0")}`;
    await sql("insert into album (id, created_at, updated_at, update_id) values (?1, 0, 0, ?1)", [albumId]);
    const member = "insert into album_user (album_id, user_id, role, created_at, updated_at, create_id, update_id)";
    await sql(`${member} values (?1, ?2, 'owner', 0, 0, ?1, ?1)`, [albumId, owner]);
  }
  await sql(
    "insert into shared_link (id, key, user_id, type, created_at) values (?1, ?2, ?3, 'INDIVIDUAL', 0)",
    [id(1, 5), LINK_KEY, owner],
  );
}

/** The assets `from` to `to` with what grows with the library. */
async function assets(sql, owner, from, to) {
  const range = numbers(from, to);
  const columns =
    "id, owner_id, type, visibility, checksum, original_path, original_file_name, file_name_folded, width, height, is_favorite, " +
    "file_created_at, file_modified_at, local_date_time, local_day, local_month, created_at, created_month, updated_at, words, update_id";
  await sql(
    `insert into asset (${columns}) ${range} select ${idOf("i", 1)}, ?1, case when i % 10 = 0 then 'VIDEO' else 'IMAGE' end, ` +
      `case when i % 30 = 1 then 'archive' else 'timeline' end, 'sum' || i, 'upload/' || i, 'IMG_' || i || '.jpg', 'img_' || i || '.jpg', ` +
      `4000, 3000, case when i % 50 = 3 then 1 else 0 end, ${AT}, ${AT}, ${AT}, (${MONTH}) * 100 + 1 + i / 120 % 28, ${MONTH}, ` +
      `1700000000000 + i, 202311, 0, ${WORDS}, 'u' || printf('%09d', i) from n`,
    [owner],
  );
  const place = (text) => `case when i % 3 = 0 then ${text} end`;
  await sql(
    `insert into asset_exif (asset_id, owner_id, file_size_in_byte, city, country, latitude, longitude, updated_at, words, update_id) ${range} ` +
      `select ${idOf("i", 1)}, ?1, 1000 + i, ${place("'City ' || i % 200")}, ${place("'Country ' || i % 20")}, ` +
      `${place("i % 170 - 85.5")}, ${place("i % 350 - 175.5")}, 0, '[]', 'u' || printf('%09d', i) from n`,
    [owner],
  );
  await sql(
    "insert into asset_face (id, asset_id, owner_id, person_id, image_width, image_height, bounding_box_x1, bounding_box_y1, " +
      `bounding_box_x2, bounding_box_y2, updated_at, update_id) ${range} select ${idOf("i", 4)}, ${idOf("i", 1)}, ?1, ` +
      `${idOf(`i % ${PEOPLE} + 1`, 2)}, 4000, 3000, 1, 2, 3, 4, 0, 'u' || i from n where i % 2 = 0`,
    [owner],
  );
  await sql(`insert into tag_asset (tag_id, asset_id) ${range} select ${idOf(`i % ${TAGS} + 1`, 3)}, ${idOf("i", 1)} from n where i % 10 = 0`);
  const inAlbum = "insert into album_asset (album_id, asset_id, created_at, updated_at, update_id)";
  await sql(`${inAlbum} ${range} select '${LARGE_ALBUM}', ${idOf("i", 1)}, 0, 0, 'u' || i from n where i % 4 = 0`);
}

/** What needs assets and is as much whatever the library holds. */
async function collections(sql, owner) {
  const small = "'00000001-0000-4000-8000-0000000a1b' || printf('%02x', i % 20 + 1)";
  const inAlbum = "insert into album_asset (album_id, asset_id, created_at, updated_at, update_id)";
  await sql(`${inAlbum} ${numbers(1, 2000)} select ${small}, ${idOf("i", 1)}, 0, 0, 'u' || i from n`);
  const stack = "insert into stack (id, owner_id, primary_asset_id, created_at, updated_at, update_id)";
  await sql(`${stack} ${numbers(1, STACKS)} select ${idOf("i", 6)}, ?1, ${idOf("i * 3", 1)}, 0, 0, 'u' || i from n`, [owner]);
  for (const member of [0, 1, 2]) {
    const pairs = `${numbers(1, STACKS)} select ${idOf("i", 6)} as stack, ${idOf(`i * 3 + ${member}`, 1)} as id from n`;
    await sql(`update asset set stack_id = x.stack, update_id = 's' || x.id from (${pairs}) x where asset.id = x.id`);
  }
  const memory = "insert into memory (id, owner_id, type, data, memory_at, created_at, updated_at, update_id)";
  await sql(`${memory} ${numbers(1, MEMORIES)} select ${idOf("i", 7)}, ?1, 'on_this_day', '{"year":2020}', i, 0, 0, 'u' || i from n`, [owner]);
  const remembered = "insert into memory_asset (memory_id, asset_id, created_at, updated_at, update_id)";
  await sql(`${remembered} ${numbers(1, MEMORIES * 20)} select ${idOf(`i % ${MEMORIES} + 1`, 7)}, ${idOf("i", 1)}, 0, 0, 'u' || i from n`);
  await sql(`insert into shared_link_asset (shared_link_id, asset_id) ${numbers(1, 100)} select '${id(1, 5)}', ${idOf("i", 1)} from n`);
}

/** Lets `owner`, who has `there` assets of it, have `count`. */
export async function fill(sql, owner, there, count) {
  if (there === 0) await surroundings(sql, owner);
  for (let from = there + 1; from <= count; from += STEP) await assets(sql, owner, from, Math.min(from + STEP - 1, count));
  if (there === 0) await collections(sql, owner);
  // Of assets without words all are looked at, whatever is searched for.
  const [{ n }] = await sql("select count(*) as n from asset_word where word = '*'");
  if (n > 0) throw new Error(`${n} assets without words`);
}
