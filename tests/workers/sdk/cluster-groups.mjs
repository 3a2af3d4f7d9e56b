// The SDK's functions about cluster groups (3.2).
import assert from "node:assert/strict";

const NO_ACCESS = /^Not found or no clusterGroup[a-zA-Z]*\.[a-z]+ access$/;

/** cluster-groups: somebody is asked, declines, is asked again, joins and leaves. */
export async function clusterGroups(story, { alice, admin }) {
  const me = await story.good("getMyUser", alice);
  const other = await story.good("getMyUser", admin);
  const id = me.clusterGroupId;
  const ask = { id, clusterGroupRequestCreateDto: { userId: other.id } };
  const first = await story.good("createClusterGroupRequest", alice, ask);
  assert.equal(first.clusterGroupId, id);
  await story.bad("createClusterGroupRequest", admin, ask, 400, NO_ACCESS);
  assert.deepEqual(await story.good("getClusterGroupRequests", admin), [first]);
  await story.anonymous("getClusterGroupRequests");
  assert.deepEqual(await story.good("getClusterGroupRequestsForGroup", alice, { id }), [first]);
  await story.bad("getClusterGroupRequestsForGroup", admin, { id }, 400, NO_ACCESS);
  await story.good("deleteClusterGroupRequest", admin, { id: first.id });
  await story.bad("deleteClusterGroupRequest", admin, { id: first.id }, 400, NO_ACCESS);
  const second = await story.good("createClusterGroupRequest", alice, ask);
  await story.bad("acceptClusterGroupRequest", alice, { id: second.id }, 400, NO_ACCESS);
  await story.good("acceptClusterGroupRequest", admin, { id: second.id });
  assert.deepEqual((await story.good("getClusterGroupUsers", alice, { id })).map((user) => user.id), [other.id]);
  await story.good("clusterGroupRegeneratePeople", alice, { id });
  await story.good("leaveClusterGroup", admin, { id });
  await story.bad("leaveClusterGroup", alice, { id }, 400, /^Cannot leave a cluster group without any other members$/);
  await story.bad("getClusterGroupUsers", admin, { id }, 400, NO_ACCESS);
  await story.bad("clusterGroupRegeneratePeople", admin, { id }, 400, NO_ACCESS);
}
