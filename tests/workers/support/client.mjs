// A plain REST client for tests: says what it got, keeps cookies if asked, and remembers every 5xx answer.
import { eventually } from "./server.mjs";

const ADMIN = { email: "admin@example.com", password: "correct horse battery", name: "Admin" };
/** What an operation that is not built yet answers. */
const NOT_BUILT = 501;

/** Talks to `${url}/api`; `headers` go with every request. */
export class Client {
  constructor(url, headers = {}) {
    this.url = url;
    this.headers = headers;
    this.failures = [];
  }

  /** The same server for somebody else; failures are remembered together. */
  as(headers) {
    const other = new Client(this.url, headers);
    other.failures = this.failures;
    return other;
  }

  /** Sends `body` (JSON, unless it is a form, text or bytes); gives `{status, headers, body, bytes}`. */
  async request(method, route, { body, headers = {}, redirect = "manual" } = {}) {
    const isPlain = typeof body === "object" && body !== null && !(body instanceof FormData) && !ArrayBuffer.isView(body);
    const response = await fetch(route.startsWith("/") ? `${this.url}/api${route}` : route, {
      method,
      redirect,
      headers: { ...(isPlain ? { "content-type": "application/json" } : {}), ...this.headers, ...headers },
      body: isPlain ? JSON.stringify(body) : body,
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    if (response.status >= 500 && response.status !== NOT_BUILT) {
      this.failures.push(`${method} ${route}: ${response.status} ${bytes.subarray(0, 300)}`);
    }
    return { status: response.status, headers: response.headers, bytes, body: parsed(response, bytes) };
  }

  get(route, options) {
    return this.request("GET", route, options);
  }

  post(route, body, options) {
    return this.request("POST", route, { ...options, body });
  }

  put(route, body) {
    return this.request("PUT", route, { body });
  }

  delete(route, body) {
    return this.request("DELETE", route, { body });
  }

  /** Uploads one file; `fields` add to or override (null: leave out) the usual ones. */
  upload(bytes, name, { fields = {}, headers, sidecar, type = "application/octet-stream" } = {}) {
    const form = new FormData();
    const usual = { fileCreatedAt: "2023-02-03T04:05:06.000Z", fileModifiedAt: "2023-02-03T04:05:06.000Z" };
    for (const [key, value] of Object.entries({ ...usual, ...fields })) {
      if (value !== null) form.append(key, value);
    }
    form.append("assetData", new File([bytes], name, { type }));
    if (sidecar) form.append("sidecarData", new File([sidecar], `${name}.xmp`));
    return this.request("POST", "/assets", { body: form, headers });
  }

  /** Waits until each asset has a thumbhash, i.e. its renditions; gives the assets' info in order. */
  async rendered(ids, limit = 60_000) {
    const found = new Map();
    await eventually(
      `renditions of ${ids.length} assets`,
      async () => {
        for (const id of ids.filter((id) => !found.has(id))) {
          const { body } = await this.get(`/assets/${id}`);
          if (!body?.thumbhash) return false;
          found.set(id, body);
        }
        return true;
      },
      limit,
      200,
    );
    return ids.map((id) => found.get(id));
  }
}

function parsed(response, bytes) {
  const type = response.headers.get("content-type") ?? "";
  if (!type.includes("json") || type.includes("jsonlines") || bytes.length === 0) return undefined;
  return JSON.parse(bytes.toString());
}

/** Makes the first admin and logs in: `{admin, token, user, credentials}`; `admin` is a client with the session. */
export async function firstAdmin(url) {
  const anonymous = new Client(url);
  const signUp = await anonymous.post("/auth/admin-sign-up", ADMIN);
  if (signUp.status !== 201) throw new Error(`sign-up: ${signUp.status} ${signUp.bytes}`);
  const { token } = await logIn(anonymous, ADMIN);
  return { admin: anonymous.as({ authorization: `Bearer ${token}` }), token, user: signUp.body, credentials: ADMIN };
}

/** Logs in: the token and the whole answer. */
export async function logIn(client, { email, password }) {
  const answer = await client.post("/auth/login", { email, password });
  if (answer.status !== 201) throw new Error(`login: ${answer.status} ${answer.bytes}`);
  return { token: answer.body.accessToken, answer };
}

/** A new API key's secret. */
export async function apiKey(client, permissions = ["all"]) {
  const answer = await client.post("/api-keys", { name: "test", permissions });
  if (answer.status !== 201) throw new Error(`API key: ${answer.status} ${answer.bytes}`);
  return answer.body.secret;
}
