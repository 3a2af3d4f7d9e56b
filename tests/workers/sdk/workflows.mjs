// The SDK's functions about workflows and plugins, and a workflow at work.
import assert from "node:assert/strict";
import { jpeg } from "../support/media.mjs";

const NO_ACCESS = /^Not found or no workflow\.[a-z]+ access$/;

/** plugins: what the editor of the web app shows. */
export async function plugins(story, { alice }) {
  const [plugin] = await story.good("searchPlugins", alice, {});
  assert.equal(plugin.name, "immich-plugin-core");
  await story.bad("searchPlugins", alice, { enabled: true }, 400, /^Validation failed$/);
  assert.deepEqual(await story.good("getPlugin", alice, { id: plugin.id }), plugin);
  await story.bad("getPlugin", alice, { id: "00000000-0000-4000-8000-000000000000" }, 400, /^Plugin not found$/);
  assert.equal((await story.good("searchPluginMethods", alice, { trigger: "AssetCreate" })).length, 12);
  await story.invalid("searchPluginMethods", alice, { trigger: "x" }, "trigger");
  assert.equal((await story.good("searchPluginTemplates", alice, {})).length, 3);
  await story.anonymous("searchPluginTemplates");
}

/** workflows: made from a template, switched on, at work on an upload. */
export async function workflows(story, world) {
  const { alice, admin } = world;
  const [template] = await story.good("searchPluginTemplates", alice, {});
  const { trigger, title, description, steps } = template;
  const body = { trigger, name: title, description, enabled: false, steps };
  const { id } = await story.good("createWorkflow", alice, { workflowCreateDto: body });
  await story.invalid("createWorkflow", alice, { workflowCreateDto: { ...body, trigger: "x" } }, "trigger");
  const foreign = { ...body, steps: [{ method: "acme#x", config: null }] };
  await story.bad("createWorkflow", alice, { workflowCreateDto: foreign }, 400, /^Unknown method acme#x: .*not supported$/);
  assert.equal((await story.good("getWorkflow", alice, { id })).steps.length, 3);
  await story.bad("getWorkflow", admin, { id }, 400, NO_ACCESS);
  assert.equal((await story.good("searchWorkflows", alice, { trigger })).length, 1);
  await story.bad("searchWorkflows", alice, { enabled: true }, 400, /^Validation failed$/);
  assert.deepEqual((await story.good("getWorkflowForShare", alice, { id })).steps, steps);
  await story.bad("getWorkflowForShare", admin, { id }, 400, NO_ACCESS);
  assert.equal((await story.good("getWorkflowTriggers", alice, {})).length, 3);
  await story.anonymous("getWorkflowTriggers");
  const enable = { id, workflowUpdateDto: { enabled: true, logging: true } };
  await story.bad("updateWorkflow", admin, enable, 400, NO_ACCESS);
  assert.equal((await story.good("updateWorkflow", alice, enable)).enabled, true);

  const file = new File([await jpeg({ seed: 86 })], "Screenshot_1.jpg");
  const times = { fileCreatedAt: "2024-05-01T10:00:00.000Z", fileModifiedAt: "2024-05-01T10:00:00.000Z" };
  const uploaded = await story.good("uploadAsset", alice, { assetMediaCreateDto: { assetData: file, ...times } });
  await world.settle();
  assert.equal((await story.good("getAssetInfo", alice, { id: uploaded.id })).visibility, "archive");
  const [run] = await story.good("getWorkflowLogs", alice, { id });
  assert.deepEqual([run.result, run.triggerDataId, run.lastStep], ["completed", uploaded.id, undefined]);
  assert.deepEqual(await story.good("getWorkflowLogs", alice, { id, result: "error" }), []);
  await story.invalid("getWorkflowLogs", alice, { id, limit: 0 }, "limit");
  await story.bad("getWorkflowLogs", admin, { id }, 400, NO_ACCESS);
  const albums = await story.good("getAllAlbums", alice, { assetId: uploaded.id });
  assert.deepEqual(albums.map(({ albumName }) => albumName), ["Screenshots"]);

  await story.good("deleteAlbum", alice, { id: albums[0].id });
  await story.good("deleteAssets", alice, { assetBulkDeleteDto: { ids: [uploaded.id], force: true } });
  await world.settle();

  await story.bad("deleteWorkflow", admin, { id }, 400, NO_ACCESS);
  await story.good("deleteWorkflow", alice, { id });
}
