//! Area `auth-admin`: OAuth links of all users (api/features.md).

mod handlers;

edge_http::area! {
    "auth-admin";
    POST "/admin/auth/unlink-all" => handlers::unlink_all as unlinkAllOAuthAccountsAdmin;
}
