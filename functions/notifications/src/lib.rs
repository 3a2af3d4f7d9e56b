//! Area `notifications`: notifications of the caller (api/features.md section A, api/admin.md section 7).
//!
//! `GET /notifications/{id}` answers with the notification; 3.1.0 has the condition the wrong way round and refuses every one that
//! is there.

mod handlers;

edge_http::area! {
    "notifications";
    GET "/notifications" => handlers::list as getNotifications;
    PUT "/notifications" => handlers::update_all as updateNotifications;
    DELETE "/notifications" => handlers::delete_all as deleteNotifications;
    GET "/notifications/{id}" => handlers::get as getNotification;
    PUT "/notifications/{id}" => handlers::update as updateNotification;
    DELETE "/notifications/{id}" => handlers::delete as deleteNotification;
}
