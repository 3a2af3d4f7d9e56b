// A bucket elsewhere, read by HTTP: checks signatures as S3 does (AWS Signature Version 4), and can be away.
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";

const PAGE = 1000;
const escaped = (text) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const mac = (key, text) => createHmac("sha256", key).update(text).digest();

/** Whether a request is signed with the secret of this key. */
function isSigned(request, { id, secret, region }) {
  const parsed = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(request.headers.authorization ?? "");
  if (!parsed) return false;
  const [, who, day, where, names, signature] = parsed;
  const date = request.headers["x-amz-date"];
  if (who !== id || where !== region || !date.startsWith(day) || !names.split(";").includes("host")) return false;
  const url = new URL(request.url, "http://x");
  const query = url.search.slice(1).split("&").sort().join("&");
  const headers = names.split(";").map((name) => `${name}:${request.headers[name].trim()}\n`).join("");
  const canonical = [request.method, url.pathname, query, headers, names, request.headers["x-amz-content-sha256"]].join("\n");
  const text = ["AWS4-HMAC-SHA256", date, `${day}/${region}/s3/aws4_request`, sha256(canonical)].join("\n");
  const key = [day, region, "s3", "aws4_request"].reduce(mac, `AWS4${secret}`);
  return timingSafeEqual(mac(key, text), Buffer.from(signature, "hex"));
}

/** One bucket. `objects` are its bytes by key, `requests` what it was asked (`METHOD key`), `isAway` makes it answer 503. */
export class Bucket {
  constructor(name) {
    this.name = name;
    this.keys = { id: "reader", secret: "not-a-secret", region: "auto" };
    this.objects = new Map();
    this.requests = [];
    this.isAway = false;
    this.modified = new Date("2024-05-06T07:08:09Z").toUTCString();
  }

  /** Starts one that listens on this machine. */
  static async start(name) {
    const bucket = new Bucket(name);
    bucket.server = createServer((request, response) => bucket.#answer(request, response));
    bucket.server.listen(0, "127.0.0.1");
    await once(bucket.server, "listening");
    bucket.url = `http://127.0.0.1:${bucket.server.address().port}`;
    return bucket;
  }

  /** What `EXTERNAL_BUCKETS` says of it. */
  get configured() {
    return { endpoint: this.url, bucket: this.name, keyId: this.keys.id, secret: this.keys.secret };
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }

  #answer(request, response) {
    request.resume();
    const url = new URL(request.url, "http://x");
    const [, bucket, ...rest] = decodeURIComponent(url.pathname).split("/");
    const key = rest.join("/");
    this.requests.push(`${request.method} ${key}`);
    const error = (status, code) => {
      response.writeHead(status, { "content-type": "application/xml" });
      response.end(request.method === "HEAD" ? undefined : `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`);
    };
    if (this.isAway) return error(503, "SlowDown");
    if (!isSigned(request, this.keys)) return error(403, "SignatureDoesNotMatch");
    if (bucket !== this.name) return error(404, "NoSuchBucket");
    if (!["GET", "HEAD"].includes(request.method)) return error(405, "MethodNotAllowed");
    if (key === "") return this.#list(url.searchParams, response);
    const bytes = this.objects.get(key);
    if (!bytes) return error(404, "NoSuchKey");
    this.#send(request, response, bytes, error);
  }

  #list(query, response) {
    const [prefix, after] = [query.get("prefix") ?? "", query.get("start-after") ?? ""];
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort().slice(0, PAGE);
    const contents = keys.map((key) => `<Contents><Key>${escaped(key)}</Key></Contents>`).join("");
    response.writeHead(200, { "content-type": "application/xml" });
    response.end(`<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${contents}</ListBucketResult>`);
  }

  #send(request, response, bytes, error) {
    const range = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? "");
    const headers = { etag: `"${sha256(bytes).slice(0, 32)}"`, "last-modified": this.modified };
    let [first, last] = [0, bytes.length - 1];
    if (range) {
      const [, from, to] = range;
      first = from === "" ? Math.max(0, bytes.length - Number(to)) : Number(from);
      last = from === "" || to === "" ? last : Math.min(last, Number(to));
      if (first > last) return error(416, "InvalidRange");
      headers["content-range"] = `bytes ${first}-${last}/${bytes.length}`;
    }
    headers["content-length"] = last - first + 1;
    response.writeHead(range ? 206 : 200, headers);
    response.end(request.method === "HEAD" ? undefined : bytes.subarray(first, last + 1));
  }
}
