//! What belongs to somebody who is signed in.
use crate::answer::answers;

answers! {
    /// A device that is signed in.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Session {
        /// Its id.
        pub id: String,
        /// Whether it is this one.
        pub current: bool,
        /// Its system.
        pub device_os: String = "deviceOS",
        /// Its program.
        pub device_type: String,
        /// When it was last here.
        pub updated_at: String,
    }

    /// An API key.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ApiKey {
        /// Its id.
        pub id: String,
        /// Its name.
        pub name: String,
        /// When it was made.
        pub created_at: String,
        /// What it may be used for.
        pub permissions: Vec<String>,
    }

    /// `POST /auth/login` and `POST /oauth/callback`: what `GET /users/me` does not say.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Login {
        /// Whether the first steps were taken.
        pub is_onboarded: bool,
    }

    /// `POST /api-keys`: the only time the secret is shown.
    #[derive(Clone, Debug)]
    pub struct NewKey {
        /// The secret.
        pub secret: String,
    }

    /// `GET /auth/status`: what the locked folder needs to know.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct LockStatus {
        /// Whether there is a PIN.
        pub pin_code: bool,
        /// Whether it was entered here, a short time ago.
        pub is_elevated: bool,
    }
}
