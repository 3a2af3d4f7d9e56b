// Story: every function of the official SDK in the areas that are built, with good and with bad input; and cookies as
// the web and mobile apps use them.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import * as accounts from "./sdk/accounts.mjs";
import * as collections from "./sdk/collections.mjs";
import { assetFiles } from "./sdk/asset-files.mjs";
import { backups, restore } from "./sdk/backups.mjs";
import { clusterGroups } from "./sdk/cluster-groups.mjs";
import { download } from "./sdk/download.mjs";
import { duplicates } from "./sdk/duplicates.mjs";
import { edits } from "./sdk/edits.mjs";
import { libraries } from "./sdk/libraries.mjs";
import { integrity, maintenance } from "./sdk/maintenance.mjs";
import { notifications } from "./sdk/notifications.mjs";
import { oauth } from "./sdk/oauth.mjs";
import { people } from "./sdk/people.mjs";
import * as photos from "./sdk/photos.mjs";
import * as searching from "./sdk/search.mjs";
import * as facts from "./sdk/server.mjs";
import { streams } from "./sdk/streams.mjs";
import { sync } from "./sdk/sync.mjs";
import { plugins, workflows } from "./sdk/workflows.mjs";
import { Client } from "./support/client.mjs";
import { jpeg, sha1 } from "./support/media.mjs";
import { Server } from "./support/server.mjs";
import { functionsOfTheAreas, Story } from "./support/story.mjs";

/** Answers 501: nothing. */
const NOT_BUILT = {};
/** Answers with an address of the app, where the SDK cannot go. */
const FOR_THE_APP = ["redirectOAuthToMobile"];
/** Can only succeed with machine learning. */
const NEED_A_MODEL = ["searchSmart"];
/** Succeed in stream.test.mjs. */
const NEED_A_COMPANION = ["getMainPlaylist", "getMediaPlaylist", "getSegment"];
/** Succeeds in mail.test.mjs. */
const NEED_A_MAIL_SERVER = ["sendTestEmailAdmin"];
/** Can only succeed before there is an administrator. */
const NEED_A_FRESH_SERVER = ["startDatabaseRestoreFlow"];
/** Can only succeed with a key that the makers of Immich have signed. */
const NEED_A_LICENCE = ["setServerLicense", "getServerLicense", "setUserLicense", "getUserLicense"];

describe("the official SDK", () => {
  let server;
  let story;
  const world = {};

  before(async () => {
    server = await Server.start();
    story = new Story(server.url);
    world.settle = () => server.settle();
    world.server = server;
  });
  after(() => server.stop());

  const chapters = {
    "says what it is before anybody logs in": facts.publicFacts,
    "signs up and logs in": accounts.signingUp,
    "authentication": accounts.authentication,
    "users": accounts.users,
    "users under the admin": accounts.usersAdmin,
    "API keys": accounts.apiKeys,
    "identity provider": oauth,
    "sessions": accounts.sessions,
    "server": facts.facts,
    "settings": facts.settings,
    "settings in parts": facts.configs,
    "jobs and queues": facts.queues,
    "uploading": photos.uploading,
    "assets": photos.assets,
    "metadata of assets": photos.assetMetadata,
    "files of assets": assetFiles,
    "timeline": photos.timeline,
    "albums": photos.albums,
    "map": collections.map,
    "tags": collections.tags,
    "stacks": collections.stacks,
    "memories": collections.memories,
    "partners": collections.partners,
    "activities": collections.activities,
    "shared links": collections.sharedLinks,
    "people and faces": people,
    "cluster groups": clusterGroups,
    "duplicates": duplicates,
    "edits of photos": edits,
    "archives": download,
    "live transcoding": streams,
    "search": searching.search,
    "exploring": searching.exploring,
    "notifications": notifications,
    "plugins": plugins,
    "workflows": workflows,
    "sync": sync,
    "trash": photos.trash,
    "integrity": integrity,
    "external libraries": libraries,
    "backups": backups,
    "maintenance": maintenance,
    "restoring a backup": restore,
  };
  for (const [title, chapter] of Object.entries(chapters)) test(title, () => chapter(story, world));

  test("what is not built says so", async () => {
    const id = world.aliceId;
    for (const [name, input] of Object.entries(NOT_BUILT)) {
      const filled = Object.fromEntries(Object.entries(input).map(([key, value]) => [key, value === "$" ? id : value]));
      await story.bad(name, world.admin, filled, 501);
    }
  });

  test("no function was left out", () => {
    const left = functionsOfTheAreas().filter((name) => !(name in NOT_BUILT) && !FOR_THE_APP.includes(name));
    assert.deepEqual(left.filter((name) => !story.called.bad.has(name)), [], "called with bad input");
    const apart = [...NEED_A_LICENCE, ...NEED_A_MAIL_SERVER, ...NEED_A_MODEL, ...NEED_A_COMPANION, ...NEED_A_FRESH_SERVER];
    const good = left.filter((name) => !story.called.good.has(name) && !apart.includes(name));
    assert.deepEqual(good, [], "called with good input");
    assert.deepEqual(story.failures, [], "answers with 5xx");
  });

  test("no secret was logged", () => {
    assert.ok(story.secrets.size > 5, "logins, keys and passwords were seen");
    const logged = [...story.secrets].filter((secret) => server.output.includes(secret));
    assert.deepEqual(logged, []);
  });

  test("the cookies of a login are all that the web and mobile apps need", async () => {
    const client = new Client(server.url);
    const credentials = { email: "admin@example.com", password: "correct horse" };
    const login = await client.post("/auth/login", credentials);
    const cookies = login.headers.getSetCookie();
    const token = cookies.find((cookie) => cookie.startsWith("immich_access_token="));
    assert.equal(token, `immich_access_token=${login.body.accessToken}; ${/; (.*)/.exec(token)[1]}`);
    for (const part of ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=34560000"]) assert.ok(token.includes(part), part);
    assert.ok(!/Secure|Domain/i.test(token), "plain http, host only");
    const isAuthenticated = cookies.find((cookie) => cookie.startsWith("immich_is_authenticated=true"));
    assert.ok(!isAuthenticated.includes("HttpOnly"), "scripts of the web app read it");
    assert.ok(cookies.some((cookie) => cookie.startsWith("immich_auth_type=password")));

    const app = client.as({ cookie: cookies.map((cookie) => cookie.split(";")[0]).join("; ") });
    assert.equal((await app.get("/users/me")).body.email, credentials.email);
    const logout = await app.post("/auth/logout");
    assert.deepEqual(logout.body, { successful: true, redirectUri: "/auth/login?autoLaunch=0" });
    assert.equal(logout.headers.getSetCookie().filter((cookie) => /expires=thu, 01 jan 1970|max-age=0/i.test(cookie)).length, 3);
    assert.equal((await app.get("/users/me")).status, 401);
  });

  test("the second upload dialect is answered in its own words", async () => {
    const client = new Client(server.url, world.alice);
    const bytes = await jpeg({ seed: 91 });
    const form = new FormData();
    const date = "2022-05-06T07:08:09Z";
    const fields = { device_asset_id: "d-1", device_id: "phone", file_created_at: date, file_modified_at: date };
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append("asset_data", new File([bytes], "photo.jpg"));
    const { status, body } = await client.post("/assets", form);
    assert.equal(status, 201);
    assert.match(body.id, /^asset_[0-9a-f-]{36}$/);
    assert.equal(body.device_asset_id, "d-1");
    assert.equal(body.mime_type, "image/jpeg");
    assert.equal(body.checksum_sha1, sha1(bytes));
    assert.equal(body.file_size_bytes, bytes.length);
    assert.equal((await client.post("/assets", form)).status, 200, "the same once more");
    form.delete("device_id");
    assert.equal((await client.post("/assets", form)).status, 400);
  });

  test("clients find the API and the style sheet", async () => {
    const client = new Client(server.url);
    assert.deepEqual((await client.get(new URL("/.well-known/immich", server.url).href)).body, { api: { endpoint: "/api" } });
    const style = await client.get(new URL("/custom.css", server.url).href);
    assert.equal(style.status, 200);
    assert.match(style.headers.get("content-type"), /^text\/css/);
    const unknown = await client.get("/nowhere");
    assert.equal(unknown.status, 404);
    assert.deepEqual(unknown.body, { message: "Cannot GET /api/nowhere" });
    const echoed = await client.get("/server/ping", { headers: { "x-correlation-id": "abc-1" } });
    assert.equal(echoed.headers.get("x-correlation-id"), "abc-1");
    assert.ok(unknown.headers.get("x-correlation-id"));
  });
});
