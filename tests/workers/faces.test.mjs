// Story: faces are found in photos and become people, inside the Worker (docs/faces.md). The model is the small one that the native
// tests of fn-faces-ml leave behind; EDGE_FACES_REAL names a folder with models/yunet-sface and astronaut.png for the real one.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import sharp from "sharp";
import { logIn } from "./support/client.mjs";
import { companion, hasFfmpeg } from "./support/companion.mjs";
import { failuresOf, hurry, isSame, within, withModel } from "./support/model.mjs";

const FOLDER = process.env.EDGE_FACES ?? path.resolve(import.meta.dirname, "../../target/tmp/faces");
const REAL = process.env.EDGE_FACES_REAL;

describe("faces", () => {
  let server;
  let admin;
  before(async () => {
    ({ server, admin } = await withModel(path.join(FOLDER, "model"), "yunet-sface", "fn-faces-ml"));
  });
  after(() => server?.stop());

  const failures = () => failuresOf(server);
  const ids = [];
  const facesOf = async (id, client = admin) => (await client.get(`/faces?id=${id}`)).body;
  const personOf = async (id, x, client) => (await facesOf(id, client)).find((face) => face.boundingBoxX1 === x)?.person?.id;

  test("three photos of somebody make a person, who can be seen", async () => {
    for (const nth of [0, 1, 2]) {
      const { status, body } = await admin.upload(readFileSync(path.join(FOLDER, `${nth}.jpg`)), `${nth}.jpg`);
      assert.equal(status, 201);
      ids.push(body.id);
    }
    await server.settle(120_000);
    assert.deepEqual(await failures(), []);
    assert.equal((await admin.get("/server/features")).body.facialRecognition, true);
    const { body: people } = await admin.get("/people");
    assert.equal(people.total, 1);
    const [anna] = people.people;
    assert.deepEqual(await Promise.all([[0, 64], [1, 256], [2, 352]].map(([nth, x]) => personOf(ids[nth], x))), [anna.id, anna.id, anna.id]);
    assert.equal((await facesOf(ids[0])).length, 2);
    const { status, bytes } = await admin.get(`/people/${anna.id}/thumbnail`);
    assert.equal(status, 200);
    assert.equal((await sharp(bytes).metadata()).format, "jpeg");
    const { body: statistics } = await admin.get(`/people/${anna.id}/statistics`);
    assert.equal(statistics.assets, 3);
  });

  test("an administrator has everything sorted anew, and names stay", async () => {
    const { body: before } = await admin.get("/people");
    const [{ id }] = before.people;
    assert.equal((await admin.put(`/people/${id}`, { name: "Anna" })).status, 200);
    for (const queue of ["faceDetection", "facialRecognition"]) {
      assert.equal((await admin.put(`/jobs/${queue}`, { command: "start", force: true })).status, 200);
      await server.settle(120_000);
    }
    const { body: people } = await admin.get("/people");
    assert.deepEqual(people.people.map(({ id, name }) => ({ id, name })), [{ id, name: "Anna" }]);
    assert.deepEqual(await failures(), []);
  });

  test("members of a cluster group know the same people, by names of their own", async () => {
    const credentials = { email: "bob@example.com", password: "somebody else", name: "Bob" };
    const { body: { id: bobId } } = await admin.post("/admin/users", credentials);
    const bob = admin.as({ authorization: `Bearer ${(await logIn(admin.as({}), credentials)).token}` });
    const { body: me } = await admin.get("/users/me");
    for (const [by, sharedWithId] of [[admin, bobId], [bob, me.id]]) assert.equal((await by.post("/partners", { sharedWithId })).status, 201);
    const { body: { id: his } } = await bob.upload(readFileSync(path.join(FOLDER, "1.jpg")), "his.jpg");
    await server.settle(120_000);
    const anna = await personOf(ids[0], 64);
    assert.ok(anna);
    assert.deepEqual([await personOf(his, 256, bob), await personOf(ids[0], 64, bob)], [undefined, undefined], "a partner's people are theirs alone");
    const group = `/cluster-groups/${me.clusterGroupId}`;
    const asked = await admin.put(`${group}/requests`, { userId: bobId });
    assert.equal(asked.status, 201, asked.bytes.toString());
    assert.equal((await bob.post(`/cluster-groups/requests/${asked.body.id}/accept`)).status, 204);
    assert.equal((await bob.post(`${group}/regenerate-people`)).status, 204);
    await server.settle(120_000);
    assert.deepEqual(await failures(), []);
    // His one photo of her is enough, for there are those of the other member.
    const known = await personOf(his, 256, bob);
    assert.ok(known && known !== anna, `${known}`);
    assert.deepEqual([await personOf(ids[0], 64), await personOf(ids[0], 64, bob), await personOf(his, 256)], [anna, known, anna]);
    assert.equal((await bob.put(`/people/${known}`, { name: "Aunt" })).status, 200);
    const names = await Promise.all([[admin, anna], [bob, known]].map(async ([client, id]) => (await client.get(`/people/${id}`)).body.name));
    assert.deepEqual(names, ["Anna", "Aunt"]);
    // On what both show each other on their timelines she is found and counted, by the id that she has for who asks.
    const pairs = [[admin, bobId, anna], [bob, me.id, known]];
    for (const [client, other] of pairs) assert.equal((await client.put(`/partners/${other}`, { inTimeline: true })).status, 200);
    const found = async (client, id) => {
      const { body } = await client.post("/search/metadata", { personIds: [id] });
      return body.assets.items.map((asset) => asset.id).toSorted();
    };
    const counted = async (client, id) => {
      const { body: months } = await client.get(`/timeline/buckets?personId=${id}&visibility=timeline&withPartners=true`);
      const { body: statistics } = await client.get(`/people/${id}/statistics`);
      return [months.reduce((sum, { count }) => sum + count, 0), statistics.assets];
    };
    for (const [client, , id] of pairs) {
      assert.deepEqual(await found(client, id), [...ids, his].toSorted());
      assert.deepEqual(await counted(client, id), [4, 4]);
    }
    assert.deepEqual(await found(bob, anna), [], "ids are everybody's own");
    assert.equal((await bob.post(`${group}/leave`)).status, 204);
    assert.deepEqual([await personOf(his, 256, bob), await personOf(his, 256)], [known, undefined]);
    assert.deepEqual([await found(bob, known), await counted(bob, known)], [[his], [1, 1]]);
    assert.deepEqual(admin.failures, [], "no request is answered with 5xx");
  });

  test("of a model that is cut off a job says so, and nothing is stored half", async () => {
    const credentials = { email: "carol@example.com", password: "somebody new", name: "Carol" };
    assert.equal((await admin.post("/admin/users", credentials)).status, 201);
    const carol = admin.as({ authorization: `Bearer ${(await logIn(admin.as({}), credentials)).token}` });
    // Faces are found by the first network, and have no vectors without the second one.
    const stage = "recognition/0.stage";
    const whole = readFileSync(path.join(FOLDER, "model", stage));
    const half = whole.length >> 1;
    await server.put(`models/yunet-sface/${stage}`, whole.subarray(0, half));
    const { body: { id } } = await carol.upload(readFileSync(path.join(FOLDER, "0.jpg")), "hers.jpg");
    await hurry(server);
    const reasons = (await failures()).map((job) => `${job.kind}: ${job.last_error}`);
    assert.deepEqual(reasons, [`AssetDetectFaces: model yunet-sface: ${stage}: ${half} bytes instead of ${whole.length}`]);
    assert.equal(await server.count("select count(*) as n from asset_face where asset_id = ?1", id), 0);
    assert.equal(await server.count("select count(*) as n from asset_job_status where asset_id = ?1 and faces_recognized_at is not null", id), 0);
    // Once it is whole an administrator has what is missing looked for.
    await server.put(`models/yunet-sface/${stage}`, whole);
    for (const command of ["clear-failed", "start"]) assert.equal((await admin.put("/jobs/faceDetection", { command, force: false })).status, 200);
    await server.settle(120_000);
    assert.deepEqual(await failures(), []);
    assert.equal((await facesOf(id, carol)).length, 2);
  });

  const skip = hasFfmpeg() ? false : "NOT TESTED: there is no ffmpeg";
  test("a companion that learns finds the same faces, and the function does when it is gone", { skip }, async () => {
    const learn = () => companion(server.url, ["--once", "--learn"]).ended;
    const left = () => server.count("select count(*) as n from job where kind = 'AssetDetectFaces' and runner = 'companion' and state = 'waiting'");
    const vectors = async (id) => {
      const sql = "select v.code from face_vector v join asset_face f on f.id = v.face_id where f.asset_id = ?1 order by f.bounding_box_x1";
      return (await server.sql(sql, id)).map(({ code }) => code);
    };
    /** The same picture in another file, as far as it is done without a companion. */
    const again = async (name) => {
      const { status, body } = await admin.upload(Buffer.concat([readFileSync(path.join(FOLDER, "0.jpg")), Buffer.from(name)]), name);
      assert.equal(status, 201);
      await server.settle(120_000);
      return body.id;
    };
    const edges = async (id) => (await facesOf(id)).map((face) => [face.boundingBoxX1, face.boundingBoxY1, face.boundingBoxX2, face.boundingBoxY2]).toSorted();
    // It says that it looks for faces, and finds no job.
    assert.equal(await learn(), 0);
    assert.equal((await admin.get("/companion")).body[0].about.learning, "all");
    const there = await again("there.jpg");
    assert.deepEqual([await left(), await facesOf(there)], [1, []]);
    assert.equal(await learn(), 0);
    await server.settle(120_000);
    assert.deepEqual([await left(), await edges(there)], [0, await edges(ids[0])]);
    assert.equal(await personOf(there, 64), await personOf(ids[0], 64), "whose they are the function finds out");
    assert.ok(await personOf(there, 64));
    const [found, known] = [await vectors(there), await vectors(ids[0])];
    assert.equal(found.length, 2);
    found.forEach((code, nth) => assert.ok(isSame(code, known[nth])));
    const here = await again("here.jpg");
    assert.deepEqual([await left(), await facesOf(here)], [1, []], "it was there a moment ago");
    await server.sql("update companion set seen_at = 1");
    await server.settle(120_000);
    assert.deepEqual([await left(), await edges(here), await vectors(here)], [0, await edges(ids[0]), known]);
    assert.deepEqual(await failures(), []);
  });

  // A component of Spin has no isolate to share.
  if (!process.env.EDGE_TEST_SERVER) test("memory stays within what an isolate has", (t) => within(t, server));
});

if (REAL) {
  describe("faces with the real model", () => {
    let server;
    let admin;
    before(async () => {
      ({ server, admin } = await withModel(path.join(REAL, "models/yunet-sface"), "yunet-sface", "fn-faces-ml"));
    });
    after(() => server?.stop());

    test("an astronaut is known again", async (t) => {
      const photo = readFileSync(path.join(REAL, "astronaut.png"));
      const photos = [photo, await sharp(photo).flop().png().toBuffer(), await sharp(photo).resize(300).jpeg().toBuffer()];
      const ids = [];
      for (const [nth, bytes] of photos.entries()) ids.push((await admin.upload(bytes, `astronaut-${nth}.png`)).body.id);
      const started = Date.now();
      await server.settle(300_000);
      t.diagnostic(`${Date.now() - started} ms for three photos`);
      assert.deepEqual(await failuresOf(server), []);
      const facesOf = async (id) => (await admin.get(`/faces?id=${id}`)).body;
      const people = await Promise.all(ids.map(async (id) => (await facesOf(id)).map((face) => face.person?.id)));
      t.diagnostic(JSON.stringify(people));
      assert.ok(people[0][0], "a person");
      assert.deepEqual(people, [[people[0][0]], [people[0][0]], [people[0][0]]]);
    });

    if (!process.env.EDGE_TEST_SERVER) test("memory stays within what an isolate has", (t) => within(t, server));
  });
}
