// The SDK's functions about edits of photos: they are cropped, turned and mirrored, and shown as uploaded again.
import assert from "node:assert/strict";
import sharp from "sharp";
import { jpeg } from "../support/media.mjs";
import { eventually } from "../support/server.mjs";

const NO_ACCESS = /^Not found or no asset\.edit\.[a-z]+ access$/;
const TAKEN = "2022-05-06T07:08:09.000Z";

const crop = (x, y, width, height) => ({ action: "crop", parameters: { x, y, width, height } });
const turn = { action: "rotate", parameters: { angle: 90 } };
const mirror = { action: "mirror", parameters: { axis: "horizontal" } };

/** edits: the photo that is shown, and its original. */
export async function edits(story, { alice, admin }) {
  const file = new File([await jpeg({ seed: 84, width: 320, height: 240 })], "edited.jpg");
  const upload = { assetMediaCreateDto: { assetData: file, fileCreatedAt: TAKEN, fileModifiedAt: TAKEN } };
  const { id } = await story.good("uploadAsset", alice, upload);
  const info = () => story.good("getAssetInfo", alice, { id });
  await eventually("the thumbnail", async () => (await info()).thumbhash);
  const before = await info();
  const change = (...list) => ({ id, assetEditsCreateDto: { edits: list } });
  const stored = await story.good("editAsset", alice, change(crop(10, 20, 200, 100), turn, mirror));
  assert.deepEqual(stored.edits.map(({ action }) => action), ["crop", "rotate", "mirror"]);
  assert.deepEqual(await story.good("getAssetEdits", alice, { id }), stored);
  await eventually("the edited picture", async () => (await info()).isEdited);
  const after = await info();
  assert.deepEqual([after.width, after.height], [100, 200]);
  assert.notEqual(after.thumbhash, before.thumbhash);
  const size = async (name, input) => {
    const blob = await story.good(name, alice, { id, ...input });
    const { width, height } = await sharp(Buffer.from(await blob.arrayBuffer())).metadata();
    return [width, height];
  };
  assert.deepEqual(await size("downloadAsset", { edited: true }), [100, 200]);
  assert.deepEqual(await size("downloadAsset", {}), [320, 240]);
  assert.deepEqual(await size("viewAsset", { edited: true, size: "preview" }), [100, 200]);
  assert.deepEqual(await size("viewAsset", { edited: true, size: "fullsize" }), [100, 200]);
  assert.deepEqual(await size("viewAsset", { size: "preview" }), [320, 240]);

  await story.bad("editAsset", alice, change(turn, crop(0, 0, 1, 1)), 400, /^Crop action must be the first edit action$/);
  await story.bad("editAsset", alice, change(crop(300, 0, 21, 1)), 400, /^Crop parameters are out of bounds$/);
  await story.invalid("editAsset", alice, change(turn, turn), "edits");
  for (const name of ["getAssetEdits", "removeAssetEdits"]) await story.bad(name, admin, { id }, 400, NO_ACCESS);
  await story.bad("editAsset", admin, change(turn), 400, NO_ACCESS);

  await story.good("removeAssetEdits", alice, { id });
  await eventually("the original", async () => !(await info()).isEdited);
  const { width, height, thumbhash } = await info();
  assert.deepEqual({ width, height, thumbhash }, { width: 320, height: 240, thumbhash: before.thumbhash });
  assert.deepEqual((await story.good("getAssetEdits", alice, { id })).edits, []);
  await story.good("deleteAssets", alice, { assetBulkDeleteDto: { ids: [id], force: true } });
}
