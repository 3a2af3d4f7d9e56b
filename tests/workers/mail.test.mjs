// Story: mails through a real mail server, with TLS from the start and by STARTTLS, with what can go wrong on the way.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { firstAdmin } from "./support/client.mjs";
import { Authority, MailServer } from "./support/mail.mjs";
import { jpeg } from "./support/media.mjs";
import { eventually, freePort, Server } from "./support/server.mjs";

/** The Workers runtime takes no certificate that it does not trust (docs/mails.md). */
const CAN_IGNORE = Boolean(process.env.EDGE_TEST_SERVER);

describe("mails", () => {
  let authority;
  let server;
  let admin;
  let mails;

  before(async () => {
    authority = await Authority.make();
    mails = await MailServer.start(authority);
    server = await Server.start();
    ({ admin } = await firstAdmin(server.url));
  });
  after(async () => {
    await server?.stop();
    await mails?.stop();
    authority?.remove();
  });

  async function configure(smtp) {
    const { body } = await admin.get("/system-config");
    return admin.put("/system-config", { ...body, notifications: { ...body.notifications, smtp } });
  }

  const tryOut = (smtp) => admin.post("/admin/notifications/test-email", smtp);
  const refused = async (smtp) => {
    const answer = await tryOut(smtp);
    assert.deepEqual([answer.status, answer.body.message], [400, "Failed to verify SMTP configuration"]);
  };

  test("a test mail comes by STARTTLS and by TLS from the start", async () => {
    const secure = await MailServer.start(authority, { secure: true });
    try {
      for (const one of [mails, secure]) {
        const answer = await tryOut(one.config());
        assert.equal(answer.status, 200, answer.bytes.toString());
        assert.match(answer.body.messageId, /^[0-9a-f-]{36}$/);
        const mail = one.mails.pop();
        assert.deepEqual([mail.secure, mail.user], [true, "photos"]);
        for (const part of [/^Subject: Test email from Immich\r$/m, /^From: "Photos" <photos@immich.test>\r$/m, /text\/plain/, /text\/html/]) {
          assert.match(mail.text, part);
        }
      }
    } finally {
      await secure.stop();
    }
  });

  test("what does not let us in is refused, and is not stored", async () => {
    await refused(mails.config({ password: "guess" }));
    await refused(mails.config({ port: await freePort() }));
    await refused(mails.config({ host: "nowhere.invalid" }));
    // The certificate is for the name.
    await refused(mails.config({ host: "127.0.0.1" }));
    await refused({ ...mails.config(), from: "nobody" });
    const answer = await configure(mails.config({ password: "guess" }));
    assert.deepEqual([answer.status, answer.body.message], [400, "Invalid SMTP configuration"]);
    assert.equal((await admin.get("/server/features")).body.email, false);
    assert.equal(mails.mails.length, 0);
  });

  test("a certificate that nobody trusts is taken only where the configuration and the platform allow it", async () => {
    const stranger = await Authority.stranger();
    for (const secure of [true, false]) {
      const server = await MailServer.start(stranger, { secure });
      try {
        await refused(server.config());
        if (!CAN_IGNORE) await refused(server.config({ ignoreCert: true }));
        assert.equal(server.mails.length, 0);
        if (!CAN_IGNORE) continue;
        for (const host of ["localhost", "127.0.0.1"]) {
          const answer = await tryOut(server.config({ host, ignoreCert: true }));
          assert.equal(answer.status, 200, `${host}: ${answer.bytes}`);
          const { secure: isSecure, user } = server.mails.pop();
          assert.deepEqual([isSecure, user], [true, "photos"], "by TLS all the same");
        }
      } finally {
        await server.stop();
      }
    }
  });

  test("a new account is welcomed", async () => {
    assert.equal((await configure(mails.config())).status, 200);
    assert.equal((await admin.get("/server/features")).body.email, true);
    const dora = { email: "dora@immich.test", name: "Dora", password: "first-secret", notify: true };
    assert.equal((await admin.post("/admin/users", dora)).status, 201);
    await eventually("the mail", () => mails.mails.length > 0);
    const mail = mails.mails.pop();
    assert.equal(mail.to, "dora@immich.test");
    assert.match(mail.text, /^Subject: Welcome to Immich\r$/m);
    assert.match(mail.text, /first-secret/);
  });

  test("a new member of an album is invited, and told of new content, with the picture of the album", async () => {
    const bob = { email: "bob@immich.test", name: "Bob", password: "first-secret" };
    const { id: userId } = (await admin.post("/admin/users", bob)).body;
    const photos = [];
    for (const seed of [81, 82]) photos.push((await admin.upload(await jpeg({ seed }), `${seed}.jpg`)).body.id);
    await admin.rendered(photos);
    const body = { albumName: "Trip", assetIds: photos.slice(0, 1), albumUsers: [{ userId, role: "viewer" }] };
    const { id } = (await admin.post("/albums", body)).body;
    const next = async (subject, pass) => {
      const arrived = async () => {
        await pass();
        return eventually(subject, () => mails.mails.length > 0, 5_000).catch(() => false);
      };
      await eventually(subject, arrived).catch(async (error) => {
        const jobs = await server.sql("select kind, state, attempts, last_error from job where queue = 'notifications'");
        throw new Error(`${error.message}; ${JSON.stringify(jobs)}`);
      });
      const mail = mails.mails.pop();
      assert.deepEqual([mail.to, mail.secure, mails.mails.length], [bob.email, true, 0]);
      assert.match(mail.text, new RegExp(`^Subject: ${subject}\r$`, "m"));
      assert.ok(mail.text.includes(`https://my.immich.app/albums/${id}`), "the link to the album");
      assert.match(mail.text, /src="cid:album-thumbnail"/);
      const [, head, picture] = mail.text.match(/((?:^[^\r\n]+\r\n)*^Content-ID: <album-thumbnail>\r\n(?:^[^\r\n]+\r\n)*)\r\n([A-Za-z0-9+/=\r\n]+)/m);
      const [, type] = head.match(/^Content-Type: (image\/[a-z]+)/m);
      const thumbnail = await admin.get(`/assets/${photos[0]}/thumbnail?size=thumbnail`);
      assert.equal(thumbnail.headers.get("content-type"), type);
      assert.ok(thumbnail.bytes.equals(Buffer.from(picture, "base64")), "the thumbnail of its cover");
    };
    // As if minutes were over, again and again: the tick sends what waits, also what failed in passing or whose message was lost.
    const due = (kind) => async () => {
      await server.sql(`update job set run_after = 0, updated_at = 0 where kind = '${kind}' and state = 'waiting'`);
      await server.tick();
    };
    await next("You have been added to a shared album - Trip", due("NotifyAlbumInvite"));
    const added = await admin.put(`/albums/${id}/assets`, { ids: photos.slice(1) });
    assert.deepEqual([added.status, added.body], [200, [{ id: photos[1], success: true }]]);
    await next("New media has been added to an album - Trip", due("NotifyAlbumUpdate"));
  });

  test("mails wait for a mail server that is away", async () => {
    const { port } = mails;
    await mails.stop();
    const emil = { email: "emil@immich.test", name: "Emil", password: "first-secret", notify: true };
    assert.equal((await admin.post("/admin/users", emil)).status, 201);
    const tried = "select last_error from job where kind = 'NotifyUserSignup' and state = 'waiting' and attempts > 0";
    const [row] = await eventually("the job to be tried", async () => {
      const rows = await server.sql(tried);
      return rows.length > 0 && rows;
    });
    assert.match(row.last_error, /^the mail server cannot be reached/);
    mails = await MailServer.start(authority, { port });
    // As if its pause were over; whoever comes next has all that is due worked off.
    await server.sql("update job set run_after = 0 where kind = 'NotifyUserSignup'");
    const fritz = { ...emil, email: "fritz@immich.test", name: "Fritz" };
    assert.equal((await admin.post("/admin/users", fritz)).status, 201);
    await eventually("both mails", () => mails.mails.length === 2);
    assert.deepEqual(mails.mails.map(({ to }) => to).sort(), [emil.email, fritz.email]);
  });
});
