// The SDK's functions about external libraries: folders of the bucket, and files that others put there.
import assert from "node:assert/strict";
import { jpeg } from "../support/media.mjs";

const NONE = "3c8d4b1e-6a0f-4f5e-9d2b-0a1b2c3d4e5f";

const RATED = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4"/></rdf:RDF></x:xmpmeta>`;

/** What every row of a library's assets was last written as: a scan that changes nothing leaves it so. */
async function written(server, id) {
  const asset = "select update_id from asset where library_id = ?1";
  const exif = "select e.update_id from asset_exif e join asset a on a.id = e.asset_id where a.library_id = ?1";
  const rows = await server.sql(`${asset} union all ${exif} order by 1`, id);
  return rows.map((row) => row.update_id);
}

/** Files come, change, go and come back; none is ever written. */
async function files(story, { admin, server, settle }, id) {
  const [a, b, c] = await Promise.all([71, 72, 73].map((seed) => jpeg({ width: 300, height: 200, seed })));
  const all = { "photos/a.jpg": a, "photos/a.jpg.xmp": Buffer.from(RATED), "photos/sub/b.JPG": b, "photos/raw/c.jpg": c };
  for (const [key, bytes] of Object.entries(all)) await server.put(key, bytes);
  const scan = async () => {
    await story.good("scanLibrary", admin, { id });
    await settle();
    const search = { libraryId: id, withExif: true, withDeleted: true, order: "asc" };
    const { assets } = await story.good("searchAssets", admin, { metadataSearchDto: search });
    return Object.fromEntries(assets.items.map((asset) => [asset.originalPath.split("photos/")[1], asset]));
  };
  const change = (fields) => story.good("updateLibrary", admin, { id, updateLibraryDto: fields });
  await change({ importPaths: ["/photos"], exclusionPatterns: ["**/raw/**"] });
  const found = await scan();
  assert.deepEqual(Object.keys(found).sort(), ["a.jpg", "sub/b.JPG"]);
  const { id: first } = found["a.jpg"];
  assert.deepEqual([found["a.jpg"].exifInfo.rating, found["a.jpg"].isOffline, found["a.jpg"].libraryId], [4, false, id]);
  const counted = { photos: 2, videos: 0, total: 2, usage: a.length + b.length };
  assert.deepEqual(await story.good("getLibraryStatistics", admin, { id }), counted);
  assert.ok((await story.good("viewAsset", admin, { id: first, size: "thumbnail" })).size > 0);
  const original = await story.good("downloadAsset", admin, { id: first });
  assert.deepEqual(Buffer.from(await original.arrayBuffer()), Buffer.from(a));

  const before = await written(server, id);
  assert.equal(before.length, 4);
  await scan();
  assert.deepEqual(await written(server, id), before, "a scan without changes writes nothing");

  await server.remove("photos/sub/b.JPG");
  const gone = (await scan())["sub/b.JPG"];
  assert.deepEqual([gone.isOffline, gone.isTrashed], [true, true]);
  await server.put("photos/sub/b.JPG", b);
  const back = (await scan())["sub/b.JPG"];
  assert.deepEqual([back.id, back.isOffline, back.isTrashed], [gone.id, false, false]);
  await change({ exclusionPatterns: [] });
  assert.deepEqual(Object.keys(await scan()).sort(), ["a.jpg", "raw/c.jpg", "sub/b.JPG"]);
  return all;
}

/** Made, looked through, changed and deleted. */
export async function libraries(story, world) {
  const { admin, alice, settle, server } = world;
  const { id: ownerId } = await story.good("getMyUser", admin, undefined);
  const make = (createLibraryDto) => ({ createLibraryDto });
  await story.bad("createLibrary", alice, make({ ownerId }), 403, /^Forbidden$/);
  await story.bad("createLibrary", admin, make({ ownerId, importPaths: ["/a", "/a"] }), 400, /^Validation failed$/);
  const library = await story.good("createLibrary", admin, make({ ownerId, importPaths: ["/photos"] }));
  assert.equal(library.name, "New External Library");
  const { id } = library;
  await story.bad("getAllLibraries", alice, undefined, 403, /^Forbidden$/);
  assert.deepEqual(await story.good("getAllLibraries", admin, undefined), [library]);
  assert.deepEqual(await story.good("getLibrary", admin, { id }), library);
  await story.bad("getLibrary", admin, { id: NONE }, 400, /^Library not found$/);
  const change = (importPaths) => ({ id, updateLibraryDto: { name: "NAS", importPaths } });
  await story.bad("updateLibrary", admin, change(["/upload"]), 400, /^Invalid import path: Cannot use media upload folder/);
  assert.equal((await story.good("updateLibrary", admin, change([]))).name, "NAS");
  const paths = { validateLibraryDto: { importPaths: ["photos", "/none"] } };
  const { importPaths } = await story.good("validate", admin, { id, ...paths });
  assert.deepEqual(importPaths.map(({ message }) => message), ["Import path must be absolute, try /photos", "Path does not exist (ENOENT)"]);
  await story.bad("validate", alice, { id, ...paths }, 403, /^Forbidden$/);
  await story.good("scanLibrary", admin, { id });
  await story.bad("scanLibrary", admin, { id: NONE }, 400, /^Library not found$/);
  await settle();
  assert.deepEqual(await story.good("getLibraryStatistics", admin, { id }), { photos: 0, videos: 0, total: 0, usage: 0 });
  await story.bad("getLibraryStatistics", admin, { id: NONE }, 400, /not found$/);
  const all = await files(story, world, id);
  await story.bad("deleteLibrary", alice, { id }, 403, /^Forbidden$/);
  await story.good("deleteLibrary", admin, { id });
  await settle();
  const left = await server.objects("photos/");
  const sizes = Object.fromEntries(left.map(({ key, size }) => [key, size]));
  assert.deepEqual(sizes, Object.fromEntries(Object.entries(all).map(([key, bytes]) => [key, bytes.length])), "its files stay");
}
