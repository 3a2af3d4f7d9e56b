//! Area `notifications-admin`: notifications written by administrators (api/features.md).

edge_http::area! {
    "notifications-admin";
    POST "/admin/notifications" => unbuilt as createNotification;
    POST "/admin/notifications/templates/{name}" => unbuilt as getNotificationTemplateAdmin;
    POST "/admin/notifications/test-email" => unbuilt as sendTestEmailAdmin;
}
