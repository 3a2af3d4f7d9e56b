//! Area `notifications`: notifications of the caller (api/features.md).

edge_http::area! {
    "notifications";
    GET "/notifications" => unbuilt as getNotifications;
    PUT "/notifications" => unbuilt as updateNotifications;
    DELETE "/notifications" => unbuilt as deleteNotifications;
    GET "/notifications/{id}" => unbuilt as getNotification;
    PUT "/notifications/{id}" => unbuilt as updateNotification;
    DELETE "/notifications/{id}" => unbuilt as deleteNotification;
}
