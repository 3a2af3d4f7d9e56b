// The SDK's functions about logins through an identity provider, with a real one.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { Browser, Identity, REDIRECTS } from "../support/identity.mjs";

const VERIFIER = randomBytes(32).toString("base64url");
const BEGIN = { redirectUri: REDIRECTS.mobile, state: "state", codeChallenge: createHash("sha256").update(VERIFIER).digest("base64url") };

/** The body that finishes a login of `name`. */
async function approved(story, name) {
  const { url } = await story.good("startOAuth", undefined, { oAuthConfigDto: BEGIN });
  return { oAuthCallbackDto: { url: await new Browser().logIn(url, name), state: BEGIN.state, codeVerifier: VERIFIER } };
}

/** oauth and auth-admin: login, link, unlink, logout by the provider. */
export async function oauth(story, { admin, alice, aliceId }) {
  const defaults = await story.good("getConfigDefaults", admin);
  await story.bad("startOAuth", undefined, { oAuthConfigDto: BEGIN }, 400, /^OAuth is not enabled$/);
  const identity = await Identity.start();
  try {
    const enabled = { ...defaults, oauth: { ...defaults.oauth, ...identity.config } };
    await story.good("updateConfig", admin, { adminConfigDto: enabled });
    await story.invalid("startOAuth", undefined, { oAuthConfigDto: {} }, "redirectUri");
    await story.invalid("finishOAuth", undefined, { oAuthCallbackDto: {} }, "url");

    const linking = await approved(story, "alice-at-home");
    assert.equal((await story.good("linkOAuthAccount", alice, linking)).oauthId, "alice-at-home");
    await story.bad("linkOAuthAccount", undefined, linking, 401);
    const login = await story.good("finishOAuth", undefined, await approved(story, "alice-at-home"));
    assert.equal(login.userId, aliceId);

    const session = { authorization: `Bearer ${login.accessToken}` };
    const claims = {
      iss: identity.issuer, aud: identity.config.clientId, iat: Math.floor(Date.now() / 1000), jti: "1", sub: "alice-at-home",
      events: { "http://schemas.openid.net/event/backchannel-logout": {} },
    };
    const token = { oAuthBackchannelLogoutDto: { logout_token: await identity.sign(claims) } };
    await story.invalid("logoutOAuth", undefined, { oAuthBackchannelLogoutDto: {} }, "logout_token");
    await story.good("logoutOAuth", undefined, token);
    await story.bad("validateAccessToken", session, undefined, 401, /^Invalid user token$/);

    assert.equal((await story.good("unlinkOAuthAccount", alice)).oauthId, "");
    await story.anonymous("unlinkOAuthAccount");
    await story.bad("unlinkAllOAuthAccountsAdmin", alice, undefined, 403, /^Forbidden$/);
    await story.good("unlinkAllOAuthAccountsAdmin", admin);
  } finally {
    await story.good("updateConfig", admin, { adminConfigDto: defaults });
    await identity.stop();
  }
}
