// Story: logins through a real OpenID Connect provider, by web and app, with what can go wrong on the way.
import assert from "node:assert/strict";
import { createHash, createHmac, randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { decodeJwt } from "jose";
import { Client, firstAdmin } from "./support/client.mjs";
import { Browser, Identity, REDIRECTS } from "./support/identity.mjs";
import { Server } from "./support/server.mjs";
import { bearer, Devices } from "./support/socket.mjs";

/** Whose session ended is disconnected within a second; machines that run tests are slow. */
const AT_ONCE_MS = 5000;

const encoded = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
const cookiesOf = (answer) => answer.headers.getSetCookie().map((line) => line.split(";")[0]);

describe("logins through an identity provider", () => {
  let server;
  let identity;
  let admin;
  let client;
  const devices = new Devices();

  before(async () => {
    server = await Server.start();
    ({ admin } = await firstAdmin(server.url));
    client = new Client(server.url);
    identity = await Identity.start({ backchannel: `${server.url}/api/oauth/backchannel-logout` });
    await configure(identity.config);
  });
  after(async () => {
    devices.close();
    await identity?.stop();
    await server?.stop();
  });

  async function configure(oauth, more = {}) {
    const { body } = await admin.get("/system-config/defaults");
    const answer = await admin.put("/system-config", { ...body, ...more, oauth: { ...body.oauth, ...oauth } });
    assert.equal(answer.status, 200, answer.bytes.toString());
  }

  /** Begins at the server and says yes at the provider: what the browser comes back with. */
  async function approved(name, redirectUri = REDIRECTS.web, browser = new Browser()) {
    const begun = await client.post("/oauth/authorize", { redirectUri });
    assert.equal(begun.status, 201, begun.bytes.toString());
    const url = await browser.logIn(begun.body.url, name);
    return { url, headers: { cookie: cookiesOf(begun).join("; ") }, browser };
  }

  async function logIn(name) {
    const { url, headers, browser } = await approved(name);
    const answer = await client.post("/oauth/callback", { url }, { headers });
    return { answer, url, headers, browser };
  }

  const failed = (answer) => {
    assert.equal(answer.status, 500, answer.bytes.toString());
    assert.deepEqual(answer.body, { message: "Failed to finish oauth" });
  };

  test("the login page offers it", async () => {
    const features = (await client.get("/server/features")).body;
    assert.deepEqual([features.oauth, features.oauthAutoLaunch, features.passwordLogin], [true, false, true]);
    assert.equal((await client.get("/server/config")).body.oauthButtonText, "Login with OAuth");
  });

  test("a browser logs in and out", async () => {
    const { answer, browser } = await logIn("ada");
    assert.equal(answer.status, 201, answer.bytes.toString());
    assert.equal(answer.body.userEmail, "ada@immich.test");
    assert.equal(answer.body.name, "ada of the provider");
    assert.equal(identity.count("/me"), 1, "this provider tells of people at its userinfo endpoint only");
    const cookies = cookiesOf(answer);
    assert.ok(cookies.includes("immich_auth_type=oauth") && cookies.includes("immich_oauth_state="), cookies.join());
    const app = client.as({ cookie: cookies.join("; ") });
    const me = (await app.get("/users/me")).body;
    assert.deepEqual([me.oauthId, me.storageLabel, me.isAdmin], ["ada", "ada", false]);
    const again = await logIn("ada");
    assert.equal(again.answer.body.userId, answer.body.userId);

    const { redirectUri } = (await app.post("/auth/logout")).body;
    const place = new URL(redirectUri);
    assert.equal(place.origin, identity.issuer);
    assert.equal(decodeJwt(place.searchParams.get("id_token_hint")).sub, "ada");
    assert.equal((await app.get("/users/me")).status, 401);
    assert.equal((await browser.logOut(redirectUri)).status, 303);
  });

  test("the app logs in with a state and a verifier of its own", async () => {
    const verifier = randomBytes(32).toString("base64url");
    const body = {
      redirectUri: REDIRECTS.mobile,
      state: randomBytes(16).toString("base64url"),
      codeChallenge: createHash("sha256").update(verifier).digest("base64url"),
    };
    const begun = await client.post("/oauth/authorize", body);
    const url = await new Browser().logIn(begun.body.url, "bob");
    assert.ok(url.startsWith(`${REDIRECTS.mobile}?code=`), url);
    const query = url.slice(REDIRECTS.mobile.length);
    const on = await client.get(`/oauth/mobile-redirect${query}`);
    assert.deepEqual([on.status, on.headers.get("location")], [307, url]);
    failed(await client.post("/oauth/callback", { url, state: body.state, codeVerifier: `${verifier}x` }));
    const next = await client.post("/oauth/authorize", body);
    const approvedUrl = await new Browser().logIn(next.body.url, "bob");
    const answer = await client.post("/oauth/callback", { url: approvedUrl, state: body.state, codeVerifier: verifier });
    assert.equal(answer.status, 201, answer.bytes.toString());
    assert.equal(answer.body.userEmail, "bob@immich.test");
  });

  test("a login is finished by who began it, and once", async () => {
    const { url, headers } = await approved("carol");
    const other = await approved("eve");
    assert.equal((await client.post("/oauth/callback", { url })).body.message, "OAuth state is missing");
    failed(await client.post("/oauth/callback", { url }, { headers: other.headers }));
    failed(await client.post("/oauth/callback", { url, state: "wrong" }, { headers }));
    const answer = await client.post("/oauth/callback", { url }, { headers });
    assert.equal(answer.status, 201, answer.bytes.toString());
    failed(await client.post("/oauth/callback", { url }, { headers }));
  });

  test("an account is linked, and unlinked", async () => {
    const credentials = { email: "dora@immich.test", password: "wonderland", name: "Dora" };
    const made = await admin.post("/admin/users", credentials);
    assert.equal(made.status, 201);
    const login = await client.post("/auth/login", credentials);
    const dora = client.as({ authorization: `Bearer ${login.body.accessToken}` });
    const { url, headers } = await approved("dora-at-work", REDIRECTS.settings);
    const linked = await dora.post("/oauth/link", { url }, { headers });
    assert.deepEqual([linked.status, linked.body.oauthId], [200, "dora-at-work"]);
    assert.equal((await logIn("dora-at-work")).answer.body.userId, made.body.id);

    const second = await approved("dora-at-work", REDIRECTS.settings);
    const stolen = await admin.post("/oauth/link", { url: second.url }, { headers: second.headers });
    assert.equal(stolen.status, 400);
    assert.equal(stolen.body.message, "This OAuth account has already been linked to another user.");

    const unlinked = await dora.post("/oauth/unlink");
    assert.deepEqual([unlinked.status, unlinked.body.oauthId], [200, ""]);
    assert.notEqual((await logIn("dora-at-work")).answer.body.userId, made.body.id);
  });

  test("tokens that the provider did not make for this login open nothing", async () => {
    const forge = (header, claims, signature) => `${encoded(header)}.${encoded(claims)}.${signature}`;
    const now = Math.floor(Date.now() / 1000);
    const attempts = {
      "nobody signed it": (token) => forge({ alg: "none" }, decodeJwt(token), ""),
      "signed with the public key as a secret": (token) => {
        const { kty, n, e } = identity.key.jwk;
        const signed = `${encoded({ alg: "HS256", kid: identity.key.kid })}.${encoded(decodeJwt(token))}`;
        return `${signed}.${createHmac("sha256", JSON.stringify({ kty, n, e })).update(signed).digest("base64url")}`;
      },
      "of yesterday": (token) => identity.sign({ ...decodeJwt(token), iat: now - 90_000, exp: now - 86_400 }),
      "for another client": (token) => identity.sign({ ...decodeJwt(token), aud: "other" }),
      "of another login": (token) => identity.sign({ ...decodeJwt(token), nonce: "other" }),
      "of somebody else": (token) => `${token.split(".")[0]}.${encoded({ ...decodeJwt(token), sub: "admin" })}.${token.split(".")[2]}`,
    };
    for (const [what, tamper] of Object.entries(attempts)) {
      identity.tamper = tamper;
      const { answer } = await logIn("mallory");
      assert.equal(answer.status, 500, what);
    }
    identity.tamper = undefined;
    assert.equal(await server.count("select count(*) as n from users where oauth_id = 'mallory'"), 0);
    assert.equal((await logIn("mallory")).answer.status, 201);
  });

  test("a new key of the provider is fetched once", async () => {
    await logIn("ada");
    await identity.rotate("key-2");
    const before = identity.count("/jwks");
    assert.equal((await logIn("ada")).answer.status, 201);
    assert.equal((await logIn("ada")).answer.status, 201);
    // Other isolates of the server may know an older set: none of them asks more than once.
    assert.ok(identity.count("/jwks") - before <= 2, identity.requests.join("\n"));
  });

  for (const algorithm of ["ES256", "EdDSA"]) {
    test(`tokens and claims that are signed with ${algorithm} are taken, and no others then`, async () => {
      const modern = await Identity.start({ algorithm, profile: algorithm });
      try {
        await configure(modern.config);
        const name = `grace-${algorithm.toLowerCase()}`;
        const { answer } = await logIn(name);
        assert.equal(answer.status, 201, answer.bytes.toString());
        assert.deepEqual([answer.body.userEmail, answer.body.name], [`${name}@immich.test`, `${name} of the provider`]);
        assert.equal(modern.count("/me"), 1, "the claims are those of userinfo");
        modern.tamper = (token) => identity.sign(decodeJwt(token));
        failed((await logIn(name)).answer);
        assert.equal(modern.count("/me"), 1, "a token of somebody else leads no further");
      } finally {
        await configure(identity.config);
        await modern.stop();
      }
    });
  }

  test("the provider ends the sessions of who logs out there", async (t) => {
    const { answer, browser } = await logIn("frida");
    const other = (await logIn("frida")).answer;
    const session = (login) => client.as(bearer(login.body.accessToken));
    const [tab, kept] = [answer, other].map((login) => devices.connect(server.url, bearer(login.body.accessToken)));
    await Promise.all([tab, kept].map(({ next }) => next("on_server_version")));
    const sentAway = async ({ left }) => {
      const began = performance.now();
      const late = sleep(AT_ONCE_MS, `still connected after ${AT_ONCE_MS} ms`, { ref: false });
      assert.equal(await Promise.race([left, late]), "io server disconnect");
      t.diagnostic(`sent away ${(performance.now() - began).toFixed(0)} ms after the answer`);
    };
    await browser.logOut(`${identity.issuer}/session/end`);
    await sentAway(tab);
    assert.equal((await session(answer).get("/users/me")).status, 401);
    assert.equal((await session(other).get("/users/me")).status, 200);

    const claims = {
      iss: identity.issuer, aud: "photos", iat: Math.floor(Date.now() / 1000), jti: randomBytes(8).toString("hex"), sub: "frida",
      events: { "http://schemas.openid.net/event/backchannel-logout": {} },
    };
    const tell = (token) => client.request("POST", "/oauth/backchannel-logout", {
      body: new URLSearchParams({ logout_token: token }).toString(),
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    const forged = await tell(`${encoded({ alg: "none" })}.${encoded(claims)}.`);
    assert.deepEqual([forged.status, forged.body.message], [400, "Error backchannel logout: token validation failed"]);
    assert.equal((await session(other).get("/users/me")).status, 200);
    assert.ok(kept.socket.connected, "a forged token ends nothing");
    const token = await identity.sign(claims);
    assert.equal((await tell(token)).status, 200);
    await sentAway(kept);
    assert.equal((await session(other).get("/users/me")).status, 401);
    assert.equal((await tell(token)).body.message, "Invalid logout token: used already");
  });

  test("passwords can be switched off, and every link taken away", async () => {
    const { credentials } = { credentials: { email: "admin@example.com", password: "correct horse battery" } };
    await configure(identity.config, { passwordLogin: { enabled: false } });
    const refused = await client.post("/auth/login", credentials);
    assert.deepEqual([refused.status, refused.body.message], [401, "Password login has been disabled"]);
    assert.equal((await client.get("/server/features")).body.passwordLogin, false);
    assert.equal((await logIn("ada")).answer.status, 201);
    assert.equal((await admin.post("/admin/auth/unlink-all")).status, 204);
    assert.equal(await server.count("select count(*) as n from users where oauth_id <> ''"), 0);
  });

  test("a provider without TLS is not asked unless that is allowed", async () => {
    await configure({ ...identity.config, allowInsecureRequests: false });
    const asked = identity.requests.length;
    const begun = await client.post("/oauth/authorize", { redirectUri: REDIRECTS.web });
    assert.equal(begun.status, 500);
    assert.match(begun.body.message, /^Error in OAuth discovery: issuerUrl is http/);
    assert.equal(identity.requests.length, asked);
  });

  test("no secret was logged", () => {
    for (const secret of [identity.config.clientSecret, "id_token_hint", "eyJ"]) assert.ok(!server.output.includes(secret), secret);
  });
});
