// Story: a household has an external machine learning service look at its pictures (docs/external-ml.md): what it says is stored and
// found, jobs wait while it is away, and what it should not say is the reason of a job that failed and is stored nowhere.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import sharp from "sharp";
import { firstAdmin } from "./support/client.mjs";
import { failuresOf, hurry } from "./support/model.mjs";
import { eventually, Server } from "./support/server.mjs";
import { LearningService } from "./support/service.mjs";

/** For how long an isolate believes what it last saw of the service, ms: the shortest that can be configured. */
const BELIEVED_MS = 1_000;
const QUEUES = ["faceDetection", "ocr", "smartSearch"];
const COLOURS = { red: [255, 0, 0], green: [0, 255, 0], blue: [0, 0, 255] };

/** A vector as the service writes it: the text of an array, here of these numbers and zeros behind them. */
const vector = (numbers, length = 512) => JSON.stringify([...numbers, ...Array(length - numbers.length).fill(0)]);

/** What a service says that knows colours, sees one face in each picture, always the same, and reads STOP in what is red. */
const KNOWS = {
  async clip({ text, image }) {
    const means = async () => (await sharp(image).stats()).channels.slice(0, 3).map(({ mean }) => mean / 255);
    return JSON.stringify({ clip: vector(text ? COLOURS[text].map((number) => number / 255) : await means()) });
  },
  async "facial-recognition"({ image }) {
    const { width: imageWidth, height: imageHeight } = await sharp(image).metadata();
    const face = { boundingBox: { x1: 10, y1: 20, x2: 109.6, y2: 120 }, embedding: vector([0.5, 0.5]), score: 0.9 };
    const unsure = { boundingBox: { x1: 300, y1: 20, x2: 400, y2: 120 }, embedding: vector([0, 1]), score: 0.5 };
    return JSON.stringify({ "facial-recognition": [face, unsure], imageWidth, imageHeight });
  },
  async ocr({ image }) {
    const { width: imageWidth, height: imageHeight } = await sharp(image).metadata();
    const { dominant } = await sharp(image).stats();
    const isRed = dominant.r > 200 && dominant.g < 50;
    const box = [0.1, 0.2, 0.5, 0.2, 0.5, 0.3, 0.1, 0.3];
    const lines = isRed ? { text: ["STOP"], box, boxScore: [0.9], textScore: [0.95] } : { text: [], box: [], boxScore: [], textScore: [] };
    return JSON.stringify({ ocr: lines, imageWidth, imageHeight });
  },
};

const saysFaces = (faces) => JSON.stringify({ "facial-recognition": faces, imageWidth: 640, imageHeight: 480 });
const faceOf = (embedding) => ({ boundingBox: { x1: 1, y1: 1, x2: 9, y2: 9 }, embedding, score: 0.9 });
const saysLines = (text, box) => JSON.stringify({ ocr: { text, box, boxScore: text.map(() => 0.9), textScore: text.map(() => 0.9) }, imageWidth: 640, imageHeight: 480 });

/** What a hostile service says of clip, faces and lines, and the reasons that are left of it. */
const HOSTILE = {
  "other lengths": {
    answers: [JSON.stringify({ clip: vector([1], 513) }), saysFaces([faceOf(vector([1])), faceOf(vector([1], 128))]), saysLines(["ACCOUNT 4711"], Array(7).fill(0.5))],
    reasons: ["a vector of 513 numbers", "a vector of 128 numbers", "1 texts, and other numbers of boxes or scores"],
  },
  "what is no number": {
    answers: ['{"clip":"[NaN,NaN]"}', saysFaces([faceOf(vector([]))]), '{"ocr":{"text":["ACCOUNT 4711"],"box":[0,0,1,0,1,1,0,1],"boxScore":[NaN],"textScore":[1]}}'],
    reasons: ["a vector that cannot be read, at character #", "a vector without direction", "an answer that is none (line 1, column #)"],
  },
  "too much": {
    answers: [`{"clip":"${" ".repeat(9 << 20)}"}`, saysFaces(Array(501).fill(faceOf(vector([1])))), saysLines(["4711".repeat(501)], Array(8).fill(0.5))],
    reasons: ["the answer is longer than 8388608 bytes", "501 faces", "a line of more than 2000 characters"],
  },
  "that it does not want the picture": {
    answers: Array(3).fill({ status: 422, text: "ACCOUNT 4711" }),
    reasons: Array(3).fill("status 422"),
    asked: 1,
  },
};

describe("an external machine learning service", () => {
  let service;
  let server;
  let admin;
  const ids = {};
  before(async () => {
    service = await LearningService.start();
    service.answers = KNOWS;
    server = await Server.start();
    ({ admin } = await firstAdmin(server.url));
    const { body: config } = await admin.get("/system-config");
    config.machineLearning.urls = [service.url];
    config.machineLearning.availabilityChecks = { enabled: true, timeout: 2_000, interval: BELIEVED_MS };
    assert.equal((await admin.put("/system-config", config)).status, 200);
    // Whoever changes the models has all pictures looked at: there are none yet.
    await server.settle();
  });
  after(async () => {
    await server?.stop();
    await service?.close();
  });

  async function upload(background, name) {
    const picture = await sharp({ create: { width: 640, height: 480, channels: 3, background } }).jpeg().toBuffer();
    const { status, body } = await admin.upload(picture, `${name}.jpg`);
    assert.equal(status, 201);
    return body.id;
  }

  /** Vectors, faces and lines that are stored of a picture. */
  const storedOf = async (id) =>
    Promise.all(["asset_vector", "asset_face", "asset_ocr"].map((table) => server.count(`select count(*) as n from ${table} where asset_id = ?1`, id)));

  const features = async () => {
    const { body } = await admin.get("/server/features");
    return [body.smartSearch, body.facialRecognition, body.ocr];
  };

  test("what it says of pictures and words is stored and found", async () => {
    assert.deepEqual(await features(), [true, true, true]);
    for (const colour of Object.keys(COLOURS)) ids[colour] = await upload(colour === "green" ? "lime" : colour, colour);
    await server.settle(120_000);
    assert.deepEqual(await failuresOf(server), []);
    assert.deepEqual([await storedOf(ids.red), await storedOf(ids.green), await storedOf(ids.blue)], [[1, 1, 1], [1, 1, 0], [1, 1, 0]]);
    for (const colour of Object.keys(COLOURS)) {
      const { status, body } = await admin.post("/search/smart", { query: colour });
      assert.equal(status, 200, JSON.stringify(body));
      assert.deepEqual([body.assets.items.length, body.assets.items[0].id], [3, ids[colour]], colour);
    }
    const { body: people } = await admin.get("/people");
    assert.equal(people.total, 1);
    assert.equal((await admin.get(`/people/${people.people[0].id}/statistics`)).body.assets, 3);
    const { body: [face] } = await admin.get(`/faces?id=${ids.blue}`);
    const box = ["boundingBoxX1", "boundingBoxY1", "boundingBoxX2", "boundingBoxY2", "imageWidth", "imageHeight"].map((name) => face[name]);
    assert.deepEqual([box, face.person?.id], [[10, 20, 110, 120, 640, 480], people.people[0].id]);
    const { body: [line] } = await admin.get(`/assets/${ids.red}/ocr`);
    assert.equal(line.text, "STOP");
    const { body: read } = await admin.post("/search/metadata", { ocr: "stop" });
    assert.deepEqual(read.assets.items.map(({ id }) => id), [ids.red]);
  });

  test("it was asked as it takes it, for previews", async () => {
    const asked = service.take();
    const pictures = asked.filter(({ image }) => image);
    const recognition = (modelName, options) => ({ recognition: { modelName, ...options } });
    const wanted = [
      { clip: { visual: { modelName: "ViT-B-32__openai" } } },
      { "facial-recognition": { detection: { modelName: "buffalo_l", options: { minScore: 0.7 } }, ...recognition("buffalo_l") } },
      { ocr: { detection: { modelName: "PP-OCRv5_mobile", options: { minScore: 0.5, maxResolution: 736 } }, ...recognition("PP-OCRv5_mobile", { options: { minScore: 0.8 } }) } },
    ];
    for (const entries of wanted) {
      const [task] = Object.keys(entries);
      const same = pictures.filter((one) => task in one.entries);
      assert.deepEqual(same.map((one) => one.entries), [entries, entries, entries]);
      for (const { image } of same) {
        const { format, width, height } = await sharp(image).metadata();
        assert.deepEqual([format, width, height], ["jpeg", 640, 480]);
      }
    }
    const words = asked.filter(({ text }) => text);
    assert.deepEqual(words.map(({ text }) => text), Object.keys(COLOURS));
    for (const { entries } of words) assert.deepEqual(entries, { clip: { textual: { modelName: "ViT-B-32__openai" } } });
  });

  test("jobs wait while it is away, without a try being counted, and are done when it is back", async () => {
    await service.close();
    await eventually("the server to see that it is away", async () => !(await features()).includes(true));
    ids.yellow = await upload("yellow", "yellow");
    const waiting = () => server.sql("select last_error from job where state = 'waiting' and attempts = 0 and last_error is not null");
    await eventually("its jobs to wait", async () => (await waiting()).length === QUEUES.length);
    for (const { last_error: reason } of await waiting()) assert.ok(reason.startsWith(`machine learning service; ${service.url}: `), reason);
    assert.deepEqual([await failuresOf(server), await storedOf(ids.yellow)], [[], [0, 0, 0]]);
    await service.open();
    await sleep(1.5 * BELIEVED_MS);
    await hurry(server);
    assert.deepEqual([await failuresOf(server), await storedOf(ids.yellow), await features()], [[], [1, 1, 0], [true, true, true]]);
  });

  for (const [nth, [what, { answers, reasons, asked = 3 }]] of Object.entries(HOSTILE).entries()) {
    test(`when it says ${what}, that is the reason of jobs that failed, and nothing is stored`, async () => {
      const [clip, faces, lines] = answers;
      service.answers = { clip: () => clip, "facial-recognition": () => faces, ocr: () => lines };
      service.take();
      const id = await upload({ r: 50 * nth, g: 90, b: 140 }, what);
      await hurry(server);
      const failed = await failuresOf(server);
      const told = Object.fromEntries(failed.map(({ kind, last_error: reason }) => [kind, reason.replace(/(character|column) \d+/, "$1 #")]));
      const [SmartSearch, AssetDetectFaces, Ocr] = reasons.map((reason) => `machine learning service; ${service.url}: ${reason}`);
      assert.deepEqual(told, { SmartSearch, AssetDetectFaces, Ocr });
      assert.equal(failed.length, QUEUES.length);
      assert.deepEqual([await storedOf(id), service.take().length], [[0, 0, 0], asked * QUEUES.length]);
      for (const queue of QUEUES) assert.equal((await admin.put(`/jobs/${queue}`, { command: "clear-failed", force: false })).status, 200);
    });
  }

  test("an administrator has what is missing done when it is well again", async () => {
    service.answers = KNOWS;
    for (const queue of QUEUES) assert.equal((await admin.put(`/jobs/${queue}`, { command: "start", force: false })).status, 200);
    await server.settle(120_000);
    assert.deepEqual(await failuresOf(server), []);
    const all = Object.keys(ids).length + Object.keys(HOSTILE).length;
    const counts = ["asset_vector", "asset_face", "asset_ocr"].map((table) => server.count(`select count(*) as n from ${table}`));
    assert.deepEqual(await Promise.all(counts), [all, all, 1]);
    assert.deepEqual(admin.failures, [], "no request is answered with 5xx");
  });
});
