// The SDK's functions about external libraries: folders of the bucket.
import assert from "node:assert/strict";

const NONE = "3c8d4b1e-6a0f-4f5e-9d2b-0a1b2c3d4e5f";

/** Made, looked through, changed and deleted. */
export async function libraries(story, { admin, alice, settle }) {
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
  await story.bad("deleteLibrary", alice, { id }, 403, /^Forbidden$/);
  await story.good("deleteLibrary", admin, { id });
  await settle();
}
