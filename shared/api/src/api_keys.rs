//! API keys (api/auth.md section 6).

use serde::Serialize;

use crate::id::ApiKeyId;
use crate::input::{input, rule};
use crate::permission::Permission;
use crate::time::Millis;

input! {
    /// `ApiKeyCreateDto`.
    pub struct ApiKeyCreate {
        /// Default `API Key`.
        pub name: Option<String> = optional("name", rule::name()),
        /// At least one.
        pub permissions: Vec<Permission> =
            required("permissions", rule::array_of(rule::enum_of()).min(1)),
    }
}

input! {
    /// `ApiKeyUpdateDto`.
    pub struct ApiKeyUpdate {
        /// New name.
        pub name: Option<String> = optional("name", rule::name()),
        /// New permissions, replacing the old ones.
        pub permissions: Option<Vec<Permission>> =
            optional("permissions", rule::array_of(rule::enum_of()).min(1)),
    }
}

/// `ApiKeyResponseDto`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyResponse {
    /// The key's id, not its secret.
    pub id: ApiKeyId,
    /// As the user named it.
    pub name: String,
    /// When it was made.
    pub created_at: Millis,
    /// When it last changed.
    pub updated_at: Millis,
    /// What it may do.
    pub permissions: Vec<Permission>,
}

/// `ApiKeyCreateResponseDto`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyCreateResponse {
    /// The key itself, shown only here.
    pub secret: String,
    /// What can be seen of it later, as clients of 3.1 read it.
    pub api_key: ApiKeyResponse,
    /// The same beside the secret, as clients of 3.2 read it (api/v32.md section 1).
    #[serde(flatten)]
    pub same: ApiKeyResponse,
}

impl ApiKeyCreateResponse {
    /// A new key with its secret.
    pub fn new(secret: String, api_key: ApiKeyResponse) -> Self {
        Self {
            secret,
            same: api_key.clone(),
            api_key,
        }
    }
}
