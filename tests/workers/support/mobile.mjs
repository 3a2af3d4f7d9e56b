// The mobile app 3.1.0 as far as a server can tell (api/sync.md sections 5 and 6, api/clients.md section 4): which calls it
// makes, in which order and with which headers, and what it keeps of the answers.
import { Client } from "./client.mjs";
import { read } from "./mobile-types.mjs";

/** What it asks a server of version 3 for. */
export const TYPES = (
  "AuthUsersV1 UsersV1 AssetsV2 AssetExifsV1 AssetEditsV1 AssetMetadataV1 PartnersV1 PartnerAssetsV2 PartnerAssetExifsV1 AlbumsV2 AlbumUsersV1 AlbumAssetsV2 AlbumAssetExifsV1 AlbumToAssetsV1 MemoriesV1 MemoryToAssetsV1 StacksV1 PartnerStacksV1 UserMetadataV1 PeopleV1 AssetFacesV2 AssetOcrV1"
).split(" ");
/** Checkpoints that its first start forgets, one request each; some are of types that the server does not send any more. */
const MIGRATIONS = [
  ["AlbumV1"],
  ["AssetExifV1", "PartnerAssetExifV1", "AlbumAssetExifCreateV1", "AlbumAssetExifUpdateV1"],
  ["AssetV1", "PartnerAssetV1", "AlbumAssetCreateV1", "AlbumAssetUpdateV1"],
  ["AssetV1", "AssetV2"],
];
const BATCH = 5000;
const DEVICES = {
  android: { agent: "immich-android/3.1.0", model: "Pixel 9", type: "Android" },
  ios: { agent: "immich-ios/3.1.0", model: "iPhone 16", type: "iOS" },
};

/** An HTTP stack that keeps cookies, its only credentials. */
class Stack extends Client {
  cookies = new Map();

  async request(method, route, { headers = {}, ...options } = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await super.request(method, route, { ...options, headers: { ...(cookie && { cookie }), ...headers } });
    for (const text of answer.headers.getSetCookie()) this.#keep(text);
    return answer;
  }

  #keep(text) {
    const [pair, ...attributes] = text.split(";").map((part) => part.trim());
    const [, name, value] = /^([^=]+)=(.*)$/.exec(pair);
    const expires = attributes.find((part) => /^expires=/i.test(part));
    const isOver = attributes.some((part) => /^max-age=0$/i.test(part)) || (expires && new Date(expires.slice(8)) < new Date());
    if (isOver) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}

/** An installation of the app. */
export class App {
  /** On a kind of device; `cookies` are those of an earlier run, whose database and first start are behind it. */
  constructor({ device = "android", cookies, tables } = {}) {
    this.device = DEVICES[device];
    this.name = device;
    this.isFirstStart = !cookies;
    this.savedCookies = cookies;
    this.tables = tables ?? {};
  }

  /** The login page: finds the API behind what was typed, and what the server can do. */
  async enterUrl(typed) {
    this.http = new Stack(typed, { "user-agent": this.device.agent });
    for (const [name, value] of this.savedCookies ?? []) this.http.cookies.set(name, value);
    const known = await this.http.get(new URL("/.well-known/immich", typed).href);
    if (known.body?.api?.endpoint !== "/api") throw new Error(`no endpoint: ${known.status} ${known.bytes}`);
    const ping = await this.http.get("/server/ping");
    if (typeof ping.body?.res !== "string") throw new Error(`no ping: ${ping.status}`);
    return this.serverFacts();
  }

  /** `{version, features, config}`, asked on the login page and at every start. */
  async serverFacts() {
    const version = (await this.#ok("GET", "/server/version")).body;
    const features = (await this.#ok("GET", "/server/features")).body;
    const config = (await this.#ok("GET", "/server/config")).body;
    return { version, features, config };
  }

  /** Logs in; afterwards the cookies are all it has. */
  async logIn({ email, password }) {
    const headers = { deviceModel: this.device.model, deviceType: this.device.type };
    const answer = await this.http.post("/auth/login", { email, password }, { headers });
    if (answer.status !== 201) throw new Error(`login: ${answer.status} ${answer.bytes}`);
    // Kept for widgets only.
    this.widgetToken = answer.body.accessToken;
    return { login: answer.body, ...(await this.account()) };
  }

  /** Its user and preferences. */
  async account() {
    const user = (await this.#ok("GET", "/users/me")).body;
    const preferences = (await this.#ok("GET", "/users/me/preferences")).body;
    return { user, preferences };
  }

  async #ok(method, route, body) {
    const answer = await this.http.request(method, route, { body });
    if (answer.status >= 300) throw new Error(`${method} ${route}: ${answer.status} ${answer.bytes}`);
    return answer;
  }

  /** A whole sync; gives all lines but the last one as `{type, data}`. */
  async sync() {
    const { major } = (await this.#ok("GET", "/server/version")).body;
    if (major < 3) throw new Error("older types would be asked for");
    if (this.isFirstStart) {
      for (const types of MIGRATIONS) await this.#ok("DELETE", "/sync/ack", { types });
      this.isFirstStart = false;
    }
    let lines = await this.#stream();
    if (lines.at(-1).type === "SyncResetV1") {
      this.wasReset = true;
      lines = await this.#stream();
    }
    if (lines.at(-1).type !== "SyncCompleteV1") throw new Error("the stream broke off");
    return lines.slice(0, -1);
  }

  async #stream() {
    const headers = { accept: "application/jsonlines+json" };
    const answer = await this.http.post("/sync/stream", { types: TYPES }, { headers });
    if (answer.status !== 200) throw new Error(`sync: ${answer.status} ${answer.bytes}`);
    const type = answer.headers.get("content-type");
    if (type !== "application/jsonlines+json") throw new Error(`sync is ${type}`);
    const texts = answer.bytes.toString("utf8").split("\n");
    // Behind the last line feed the app sees nothing.
    texts.pop();
    const lines = texts.map(read);
    for (let at = 0; at < lines.length; at += BATCH) await this.#apply(lines.slice(at, at + BATCH));
    return lines.map((line) => ({ type: line.type, data: line.data }));
  }

  /** Each run of lines of one type is applied and then acknowledged by its last ack. */
  async #apply(lines) {
    for (let at = 0; at < lines.length; ) {
      let end = at;
      while (end < lines.length && lines[end].type === lines[at].type) end += 1;
      for (const line of lines.slice(at, end)) this.#store(line);
      await this.#ok("POST", "/sync/ack", { acks: [lines[end - 1].ack] });
      at = end;
    }
  }

  #store({ type, data, known: { table, key, isDeletion, ofAsset } }) {
    if (type === "SyncResetV1") this.tables = {};
    if (!table) return;
    const rows = (this.tables[table] ??= new Map());
    if (ofAsset) {
      for (const [id, row] of rows) if (row.assetId === data[ofAsset]) rows.delete(id);
      return;
    }
    const id = key.map((name) => data[name]).join("/");
    if (isDeletion) {
      rows.delete(id);
      this.#cascade(table, id);
    } else {
      rows.set(id, data);
    }
  }

  /** Rows that belong to an asset or album go with it, as its foreign keys say. */
  #cascade(table, id) {
    const column = { assets: "assetId", albums: "albumId" }[table];
    if (!column) return;
    for (const rows of Object.values(this.tables)) {
      for (const [key, row] of rows) if (row[column] === id) rows.delete(key);
    }
  }

  /** The rows of a local table. */
  rows(table) {
    return [...(this.tables[table] ?? new Map()).values()];
  }

  /** All that it knows, by table, in an order that does not depend on when it learnt it. */
  contents() {
    const tables = Object.entries(this.tables).filter(([, rows]) => rows.size > 0);
    return Object.fromEntries(tables.sort().map(([name, rows]) => [name, [...rows].sort().map(([, row]) => row)]));
  }

  /** Backs up one file; gives the id. No checksum header, nothing is asked before. */
  async backUp(bytes, name, { isHidden, videoId, duration = 0 } = {}) {
    const taken = "2024-08-09T10:11:12.000Z";
    const form = new FormData();
    const fields = {
      deviceAssetId: `local-${name}`,
      deviceId: "a-device",
      fileCreatedAt: taken,
      fileModifiedAt: taken,
      isFavorite: "false",
      duration: String(duration),
      ...(videoId && { livePhotoVideoId: videoId }),
      ...(isHidden && { visibility: "hidden" }),
    };
    if (this.name === "ios" && !isHidden) {
      fields.metadata = JSON.stringify([{ key: "mobile-app", value: { iCloudId: `cloud-${name}`, createdAt: taken } }]);
    }
    for (const [key, value] of Object.entries(fields)) form.append(key, value);
    form.append("assetData", new File([bytes], name));
    const answer = await this.#ok("POST", "/assets", form);
    if (![200, 201].includes(answer.status)) throw new Error(`upload: ${answer.status}`);
    return answer.body.id;
  }
}
