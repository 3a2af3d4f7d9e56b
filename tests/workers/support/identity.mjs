// A real OpenID Connect provider (npm oidc-provider) on the loopback address, and a browser that says yes there: it follows
// redirects, keeps cookies and sends the provider's own forms.
import { once } from "node:events";
import { createServer } from "node:http";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { Provider } from "oidc-provider";

const CLIENT = { id: "photos", secret: "a-secret-of-the-client" };
/** Where the clients of this server wait. */
export const REDIRECTS = {
  web: "http://photos.test/auth/login",
  settings: "http://photos.test/user-settings",
  mobile: "app.immich:///oauth-callback",
};

/** Claims of whoever logs in; `sub` is the name in the login form. */
const account = (sub) => ({
  accountId: sub,
  claims: () => ({ sub, email: `${sub}@immich.test`, name: `${sub} of the provider`, preferred_username: sub }),
});

async function signingKey(algorithm, kid) {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  return { jwk: { ...(await exportJWK(privateKey)), alg: algorithm, use: "sig", kid }, privateKey, algorithm, kid };
}

/** A running provider. `tamper` may replace the ID token of an answer of the token endpoint. */
export class Identity {
  /**
   * Starts one that signs with `algorithm`, and what its userinfo endpoint says with `profile`, where that is given; `backchannel` is where
   * it tells of logouts, `redirects` where its clients wait.
   */
  static async start({ algorithm = "RS256", profile, backchannel, redirects = Object.values(REDIRECTS) } = {}) {
    const identity = new Identity();
    identity.redirects = redirects;
    identity.algorithm = algorithm;
    identity.profile = profile;
    identity.backchannel = backchannel;
    identity.requests = [];
    identity.server = createServer((request, response) => identity.#answer(request, response)).listen(0, "127.0.0.1");
    await once(identity.server, "listening");
    identity.issuer = `http://127.0.0.1:${identity.server.address().port}`;
    await identity.rotate("key-1");
    return identity;
  }

  /** What the server is configured with. */
  get config() {
    return {
      enabled: true,
      issuerUrl: this.issuer,
      clientId: CLIENT.id,
      clientSecret: CLIENT.secret,
      signingAlgorithm: this.algorithm,
      ...(this.profile && { profileSigningAlgorithm: this.profile }),
      allowInsecureRequests: true,
    };
  }

  /** Forgets everything and signs with a new key from now on. */
  async rotate(kid) {
    this.key = await signingKey(this.algorithm, kid);
    this.provider = new Provider(this.issuer, {
      jwks: { keys: [this.key.jwk] },
      clients: [
        {
          client_id: CLIENT.id,
          client_secret: CLIENT.secret,
          // The app's address is that of a native client.
          application_type: "native",
          redirect_uris: [REDIRECTS.mobile],
          token_endpoint_auth_method: "client_secret_post",
          id_token_signed_response_alg: this.algorithm,
          ...(this.profile && { userinfo_signed_response_alg: this.profile }),
          backchannel_logout_uri: this.backchannel,
          backchannel_logout_session_required: true,
        },
      ],
      enabledJWA: {
        idTokenSigningAlgValues: [this.algorithm],
        ...(this.profile && { userinfoSigningAlgValues: [this.profile] }),
      },
      findAccount: (_context, sub) => account(sub),
      claims: { openid: ["sub"], email: ["email"], profile: ["name", "preferred_username"] },
      features: {
        backchannelLogout: { enabled: true },
        devInteractions: { enabled: true },
        jwtUserinfo: { enabled: Boolean(this.profile) },
      },
      cookies: { keys: ["a-key-for-cookies"] },
      pkce: { required: () => false },
      // Its own client refuses addresses of the loopback, where the server of a test is.
      fetch: (address, { dispatcher: _guard, ...options }) => fetch(address, options),
    });
    // Addresses without TLS are for tests.
    this.provider.Client.prototype.redirectUriAllowed = (uri) => this.redirects.includes(uri);
    this.handler = this.provider.callback();
  }

  #answer(request, response) {
    this.requests.push(`${request.method} ${request.url}`);
    if (!this.tamper || request.url !== "/token") return this.handler(request, response);
    const end = response.end.bind(response);
    response.end = (text) => {
      const answer = JSON.parse(text);
      Promise.resolve(this.tamper(answer.id_token)).then((token) => {
        const body = JSON.stringify({ ...answer, id_token: token });
        response.setHeader("content-length", Buffer.byteLength(body));
        end(body);
      });
      return response;
    };
    return this.handler(request, response);
  }

  /** Claims signed with the provider's key, or with another header or key. */
  sign(claims, { header = {}, key = this.key.privateKey } = {}) {
    return new SignJWT(claims).setProtectedHeader({ alg: this.algorithm, kid: this.key.kid, ...header }).sign(key);
  }

  /** How often a path was asked for. */
  count(path) {
    return this.requests.filter((line) => line.endsWith(` ${path}`)).length;
  }

  async stop() {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, "close");
  }
}

/** A browser with cookies. */
export class Browser {
  #cookies = new Map();

  async #fetch(address, form) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(address, {
      method: form ? "POST" : "GET",
      redirect: "manual",
      headers: { cookie, ...(form && { "content-type": "application/x-www-form-urlencoded" }) },
      body: form && new URLSearchParams(form).toString(),
    });
    for (const line of response.headers.getSetCookie()) {
      const [name, value] = line.split(";")[0].split(/=(.*)/s);
      if (value === "") this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return response;
  }

  /** Goes to an address, logs in as `name` and agrees when asked; gives the address that it is sent to at the end. */
  async logIn(address, name) {
    const ends = Object.values(REDIRECTS);
    let response = await this.#fetch(address);
    for (let steps = 0; steps < 20; steps += 1) {
      const location = response.headers.get("location");
      if (location) {
        const next = new URL(location, address).href;
        if (ends.some((end) => location.startsWith(end))) return location;
        address = next;
        response = await this.#fetch(next);
        continue;
      }
      const page = await response.text();
      const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1];
      const action = /<form[^>]* action="([^"]+)"/.exec(page)?.[1];
      if (!prompt || !action) throw new Error(`no form at ${address}: ${response.status} ${page}`);
      address = new URL(action, address).href;
      response = await this.#fetch(address, { prompt, ...(prompt === "login" && { login: name, password: "any" }) });
    }
    throw new Error(`no end of redirects at ${address}`);
  }

  /** Logs out at the provider and agrees. */
  async logOut(address) {
    const response = await this.#fetch(address);
    const page = await response.text();
    const action = /<form[^>]* action="([^"]+)"/.exec(page)?.[1];
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(page)?.[1];
    if (!action || !xsrf) throw new Error(`no form at ${address}: ${response.status} ${page}`);
    return this.#fetch(new URL(action, address).href, { xsrf, logout: "yes" });
  }
}
