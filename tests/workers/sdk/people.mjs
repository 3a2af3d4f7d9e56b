// The SDK's functions about who is on photos: people and faces.
import assert from "node:assert/strict";
import { eventually } from "../support/server.mjs";

const NOBODY = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
const NO_ACCESS = /^Not found or no [a-zA-Z]+\.[a-z]+ access$/;

const errors = (results) => results.map((result) => result.error);

/** people: named groups of faces. */
export async function people(story, { alice, admin, assets: [first, second] }) {
  const create = (fields) => ({ personCreateDto: fields });
  const anna = await story.good("createPerson", alice, create({ name: "Anna", birthDate: "1990-02-28", color: "#ff0000" }));
  assert.equal(anna.birthDate, "1990-02-28");
  await story.bad("createPerson", alice, create({ birthDate: "2999-01-01" }), 400, /^Birth date cannot be in the future$/);
  const ben = await story.good("createPerson", alice, create({ name: "Ben" }));
  const box = { imageWidth: 400, imageHeight: 300, x: 10, y: 20, width: 30, height: 40 };
  const draw = (assetId, personId) => ({ assetFaceCreateDto: { ...box, assetId, personId } });
  await story.good("createFace", alice, draw(first, anna.id));
  await story.bad("createFace", admin, draw(first, anna.id), 400, NO_ACCESS);
  await eventually("the portrait", async () => (await story.good("getPerson", alice, { id: anna.id })).thumbnailPath);
  assert.equal((await story.good("getPersonThumbnail", alice, { id: anna.id })).type, "image/jpeg");
  await story.bad("getPersonThumbnail", admin, { id: anna.id }, 400, NO_ACCESS);
  await story.good("createFace", alice, draw(second, ben.id));
  const page = await story.good("getAllPeople", alice, {});
  assert.deepEqual([page.people.map((person) => person.name), page.total, page.hidden], [["Anna", "Ben"], 2, 0]);
  await story.invalid("getAllPeople", alice, { page: 0 }, "page");
  assert.equal((await story.good("getPerson", alice, { id: anna.id })).name, "Anna");
  await story.bad("getPerson", admin, { id: anna.id }, 400, NO_ACCESS);
  const update = (id, fields) => ({ id, personUpdateDto: fields });
  assert.equal((await story.good("updatePerson", alice, update(anna.id, { birthDate: null }))).birthDate, null);
  const wrong = /^Invalid assetId for feature face or asset is offline$/;
  await story.bad("updatePerson", alice, update(anna.id, { featureFaceAssetId: second }), 400, wrong);
  const many = { peopleUpdateDto: { people: [{ id: ben.id, isFavorite: true }, { id: NOBODY, name: "x" }] } };
  assert.deepEqual(errors(await story.good("updatePeople", alice, many)), [undefined, "unknown"]);
  await story.invalid("updatePeople", alice, { peopleUpdateDto: { people: [{ name: "x" }] } }, "people.0.id");
  assert.deepEqual(await story.good("getPersonStatistics", alice, { id: anna.id }), { assets: 1 });
  await story.bad("getPersonStatistics", admin, { id: anna.id }, 400, NO_ACCESS);
  await faces(story, { alice, admin, first, anna, ben });
  await together(story, { alice, admin, second, anna, ben });
}

/** faces: where somebody is on a photo. */
async function faces(story, { alice, admin, first, anna, ben }) {
  const [face] = await story.good("getFaces", alice, { id: first });
  assert.deepEqual([face.person.name, face.boundingBoxX2, face.sourceType], ["Anna", 40, "manual"]);
  await story.bad("getFaces", admin, { id: first }, 400, NO_ACCESS);
  const give = (id) => ({ id, faceDto: { id: face.id } });
  assert.equal((await story.good("reassignFacesById", alice, give(ben.id))).name, "Ben");
  await story.bad("reassignFacesById", alice, give(NOBODY), 400, NO_ACCESS);
  await story.good("reassignFacesById", alice, give(anna.id));
  const away = { id: face.id, assetFaceDeleteDto: { force: false } };
  await story.bad("deleteFace", admin, away, 400, NO_ACCESS);
  await story.good("deleteFace", alice, away);
  assert.deepEqual(await story.good("getFaces", alice, { id: first }), []);
}

/** What is done to several people. */
async function together(story, { alice, admin, second, anna, ben }) {
  const move = { id: anna.id, assetFaceUpdateDto: { data: [{ personId: ben.id, assetId: second }] } };
  const moved = await story.good("reassignFaces", alice, move);
  assert.deepEqual(moved.map((person) => person.name), ["Anna", "Ben"]);
  await story.bad("reassignFaces", admin, move, 400, NO_ACCESS);
  const merge = (ids) => ({ id: anna.id, mergePersonDto: { ids } });
  await story.bad("mergePersonLegacy", alice, merge([anna.id]), 400, /^Cannot merge a person into themselves$/);
  assert.deepEqual(errors(await story.good("mergePersonLegacy", alice, merge([ben.id, NOBODY]))), [undefined, "no_permission"]);
  const twin = await story.good("createPerson", alice, { personCreateDto: { name: "Anna" } });
  const other = await story.good("createPerson", alice, { personCreateDto: { name: "Carl" } });
  const all = (ids) => ({ mergePersonDto: { ids } });
  await story.bad("mergePeople", admin, all([anna.id, twin.id]), 400, NO_ACCESS);
  assert.deepEqual(errors(await story.good("mergePeople", alice, all([anna.id, twin.id, other.id]))), [undefined, "validation"]);
  await story.good("deletePerson", alice, { id: other.id });
  await story.good("deletePerson", alice, { id: anna.id });
  await story.bad("deletePerson", alice, { id: anna.id }, 400, NO_ACCESS);
  const last = await story.good("createPerson", alice, { personCreateDto: {} });
  await story.bad("getPersonThumbnail", alice, { id: last.id }, 404);
  await story.bad("deletePeople", admin, { bulkIdsDto: { ids: [last.id] } }, 400, NO_ACCESS);
  await story.good("deletePeople", alice, { bulkIdsDto: { ids: [last.id] } });
}
