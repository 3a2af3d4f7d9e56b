// The SDK's functions about notifications: of the caller, and written by administrators.
import assert from "node:assert/strict";

const NO_ACCESS = /^Not found or no notification\.[a-z]+ access$/;
const READ_AT = "2024-01-01T00:00:00.000Z";

/** notifications and notifications-admin. */
export async function notifications(story, { alice, aliceId, admin }) {
  const invites = (await story.good("getNotifications", admin, {})).filter(({ type }) => type === "AlbumInvite");
  assert.ok(invites.length > 0, "alice invited the administrator before");
  assert.match(JSON.parse(invites[0].data).albumId, /^[0-9a-f-]{36}$/, "what the web app opens");
  await story.invalid("getNotifications", alice, { level: "loud" }, "level");

  const create = (body) => ({ notificationCreateDto: { userId: aliceId, ...body } });
  const first = await story.good("createNotification", admin, create({ title: "Tonight", level: "warning", data: { a: 1 } }));
  assert.deepEqual([first.type, first.level, first.data], ["Custom", "warning", { a: 1 }]);
  await story.bad("createNotification", alice, create({ title: "t" }), 403, /^Forbidden$/);
  await story.invalid("createNotification", admin, create({}), "title");
  const { id } = first;
  assert.deepEqual(await story.good("getNotifications", alice, { id }), [first]);
  assert.deepEqual(await story.good("getNotification", alice, { id }), first);
  await story.bad("getNotification", admin, { id }, 400, NO_ACCESS);

  const update = (readAt) => ({ id, notificationUpdateDto: { readAt } });
  assert.equal((await story.good("updateNotification", alice, update(READ_AT))).readAt, READ_AT);
  await story.bad("updateNotification", admin, update(READ_AT), 400, NO_ACCESS);
  assert.deepEqual(await story.good("getNotifications", alice, { id, unread: true }), []);
  const all = { ids: [id], readAt: null };
  await story.good("updateNotifications", alice, { notificationUpdateAllDto: all });
  assert.equal((await story.good("getNotifications", alice, { id, unread: true })).length, 1);
  await story.invalid("updateNotifications", alice, { notificationUpdateAllDto: { ids: [] } }, "ids");

  await story.good("deleteNotification", alice, { id });
  await story.bad("deleteNotification", alice, { id }, 400, NO_ACCESS);
  const second = await story.good("createNotification", admin, create({ title: "again" }));
  await story.good("deleteNotifications", alice, { notificationDeleteAllDto: { ids: [second.id] } });
  await story.bad("deleteNotifications", alice, { notificationDeleteAllDto: { ids: [second.id] } }, 400, NO_ACCESS);

  const template = (name, text) => ({ name, templateDto: { template: text } });
  const { html } = await story.good("getNotificationTemplateAdmin", admin, template("welcome", "<b>{displayName}</b>"));
  assert.match(html, /<b>John Doe<\/b>/);
  const nowhere = { host: "localhost", port: 1, secure: true, ignoreCert: false, username: "", password: "" };
  const smtp = { adminConfigSmtpDto: { enabled: true, from: "photos@immich.test", replyTo: "", transport: nowhere } };
  await story.bad("sendTestEmailAdmin", admin, smtp, 400, /^Failed to verify SMTP configuration$/);
  await story.bad("getNotificationTemplateAdmin", alice, template("welcome", ""), 403, /^Forbidden$/);
}
