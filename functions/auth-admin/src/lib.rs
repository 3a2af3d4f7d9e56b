//! Area `auth-admin`: OAuth links of all users (api/features.md).

edge_http::area! {
    "auth-admin";
    POST "/admin/auth/unlink-all" => unbuilt as unlinkAllOAuthAccountsAdmin;
}
