//! Area `notifications-admin`: notifications written by administrators, and previews of mails (api/features.md section A,
//! api/admin.md sections 7 and 8).

mod handlers;

edge_http::area! {
    "notifications-admin";
    POST "/admin/notifications" => handlers::create as createNotification;
    POST "/admin/notifications/templates/{name}" => handlers::template as getNotificationTemplateAdmin;
    POST "/admin/notifications/test-email" => handlers::test_email as sendTestEmailAdmin;
}
