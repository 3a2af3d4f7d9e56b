//! Area `auth`: login, logout, passwords, PIN codes, OAuth (api/features.md).

edge_http::area! {
    "auth";
    POST "/auth/admin-sign-up" => unbuilt as signUpAdmin;
    POST "/auth/change-password" => unbuilt as changePassword;
    POST "/auth/login" => unbuilt as login;
    POST "/auth/logout" => unbuilt as logout;
    POST "/auth/pin-code" => unbuilt as setupPinCode;
    PUT "/auth/pin-code" => unbuilt as changePinCode;
    DELETE "/auth/pin-code" => unbuilt as resetPinCode;
    POST "/auth/session/lock" => unbuilt as lockAuthSession;
    POST "/auth/session/unlock" => unbuilt as unlockAuthSession;
    GET "/auth/status" => unbuilt as getAuthStatus;
    POST "/auth/validateToken" => unbuilt as validateAccessToken;
    POST "/oauth/authorize" => unbuilt as startOAuth;
    POST "/oauth/backchannel-logout" => unbuilt as logoutOAuth;
    POST "/oauth/callback" => unbuilt as finishOAuth;
    POST "/oauth/link" => unbuilt as linkOAuthAccount;
    GET "/oauth/mobile-redirect" => unbuilt as redirectOAuthToMobile;
    POST "/oauth/unlink" => unbuilt as unlinkOAuthAccount;
}
