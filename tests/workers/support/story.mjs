// Calls functions of the official SDK and remembers which were called with good and with bad input.
import assert from "node:assert/strict";
import * as sdk from "@immich/sdk";

/** Beginnings of the paths that this story is about. */
const AREAS =
  /["`]\/(server|auth|oauth|users|admin\/auth|admin\/users|api-keys|sessions|assets|asset-files|cluster-groups|timeline|trash|jobs|queues|config|public\/config|admin\/config|system-config|system-metadata|albums|sync|tags|stacks|memories|partners|activities|shared-links|map|people|faces|duplicates|search|view|notifications|admin\/notifications|plugins|workflows|download|libraries|admin\/integrity|admin\/maintenance|admin\/database-backups)\b/;

/** Shorter ones, such as "wrong", are ordinary words too. */
const SHORTEST_SECRET = 8;

/** SDK functions of the areas, by name. Helpers that only put together a path are not calls. */
export function functionsOfTheAreas() {
  const isCall = (text) => text.includes("oazapfts") && AREAS.test(text);
  const functions = Object.entries(sdk).filter(([, value]) => typeof value === "function" && isCall(value.toString()));
  return functions.map(([name]) => name).sort();
}

/** One run against a server; `who` below are request headers such as `{authorization}` (none: anonymous). */
export class Story {
  constructor(url) {
    this.url = url;
    sdk.defaults.baseUrl = `${url}/api`;
    this.called = { good: new Set(), bad: new Set() };
    this.failures = [];
    this.secrets = new Set();
  }

  /** Remembers the passwords, tokens and secrets of inputs and answers. */
  #remember(value) {
    for (const [key, inner] of Object.entries(value ?? {})) {
      const isSecret = typeof inner === "string" && inner.length >= SHORTEST_SECRET && /password|token|secret$/i.test(key);
      if (isSecret) this.secrets.add(inner);
      else if (typeof inner === "object") this.#remember(inner);
    }
  }

  async #call(name, who, input) {
    this.#remember(input);
    const answer = await this.#send(name, who, input);
    this.#remember(answer);
    return answer;
  }

  async #send(name, who, input) {
    const call = sdk[name];
    const takesInput = !/^(async )?function \w+\(opts\)/.test(call.toString());
    const options = { headers: who ?? {} };
    try {
      return takesInput ? await call(input ?? {}, options) : await call(options);
    } catch (error) {
      // The SDK parses the body only of calls that answer with JSON when they succeed.
      if (error.data instanceof Blob) error.data = await error.data.text();
      if (typeof error.data === "string" && error.data.startsWith("{")) error.data = JSON.parse(error.data);
      if (error.status >= 500 && error.status !== 501) this.failures.push(`${name}: ${error.status} ${JSON.stringify(error.data)}`);
      throw error;
    }
  }

  /** Calls it and gives its answer; any failure fails the test. */
  async good(name, who, input) {
    this.called.good.add(name);
    try {
      return await this.#call(name, who, input);
    } catch (error) {
      throw new Error(`${name} failed: ${error.status} ${JSON.stringify(error.data ?? error.message)}`, { cause: error });
    }
  }

  /** Calls it and wants `status` and, if given, a message that matches. */
  async bad(name, who, input, status, message) {
    this.called.bad.add(name);
    let answer;
    try {
      answer = await this.#call(name, who, input);
    } catch (error) {
      assert.equal(error.status, status, `${name}: ${error.status} ${JSON.stringify(error.data ?? error.message)}`);
      if (message) assert.match(error.data.message, message, name);
      return error.data;
    }
    return assert.fail(`${name} should have been refused, but answered ${JSON.stringify(answer)}`);
  }

  /** As `bad` with 400 and a validation error at `path` (keys joined by dots). */
  async invalid(name, who, input, path) {
    const data = await this.bad(name, who, input, 400, /^Validation failed$/);
    const paths = data.errors.map((issue) => issue.path.join("."));
    assert.ok(paths.includes(path), `${name}: an issue at ${path}, not ${paths}`);
  }

  /** A function without input: anonymous callers are refused. */
  anonymous(name) {
    return this.bad(name, undefined, undefined, 401, /^Authentication required$/);
  }

  /** A public function without input never looks at credentials, not even at wrong ones. */
  async ignoresCredentials(name) {
    this.called.bad.add(name);
    return this.#call(name, { authorization: "Bearer wrong", "x-api-key": "wrong" });
  }
}
