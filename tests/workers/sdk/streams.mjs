// The SDK's functions about live transcoding, as far as they go without a companion; with one: stream.test.mjs.
import { jpeg } from "../support/media.mjs";

const NO_ACCESS = /^Not found or no asset\.view access$/;
const TAKEN = "2022-05-06T07:08:09.000Z";

/** What is refused, and the end of a session. */
export async function streams(story, { alice, admin, aliceId }) {
  const file = new File([await jpeg({ seed: 86, width: 64, height: 48 })], "still.jpg");
  const { id } = await story.good("uploadAsset", alice, { assetMediaCreateDto: { assetData: file, fileCreatedAt: TAKEN, fileModifiedAt: TAKEN } });
  const session = { id, sessionId: aliceId };
  await story.bad("getMainPlaylist", admin, { id }, 400, NO_ACCESS);
  await story.bad("getMainPlaylist", alice, { id }, 400, /^Real-time transcoding is not enabled$/);
  await story.bad("getMediaPlaylist", alice, { ...session, variantIndex: 2 }, 404);
  await story.bad("getSegment", alice, { ...session, variantIndex: 2, filename: "init.mp4" }, 404, /^Not Found$/);
  await story.bad("endSession", admin, session, 400, NO_ACCESS);
  await story.good("endSession", alice, session);
  await story.good("deleteAssets", alice, { assetBulkDeleteDto: { ids: [id], force: true } });
}
