//! Table `users`: accounts, as themselves, others and administrators see them.
//!
//! Every write sets `update_id`, because all accounts are told to all clients (api/sync.md section 3).

pub mod heatmap;
mod removal;
mod write;

use edge_api::{
    enums::{UserAvatarColor, UserStatus},
    id::{ClusterGroupId, UserId},
    time::Millis,
    users::{UserAdminResponse, UserLicense, UserResponse, avatar_color},
};
use edge_platform::{DbError, Row, Statement, stmt};

pub use removal::{batch_delete, batch_restore, begin_removal, purge};
pub use write::{
    NewUser, UserChanges, batch_delete_profile_image, batch_set_profile_image, batch_sign_up,
    hold_admins, insert, set_pin_code, update,
};

/// Columns of [`public`], of `users u`.
macro_rules! public_columns {
    () => {
        "u.id, u.name, u.email, u.profile_image_path, u.avatar_color, u.profile_changed_at"
    };
}

/// Columns of [`admin`], of `users u`.
macro_rules! admin_columns {
    () => {
        concat!(
            public_columns!(),
            ", u.storage_label, u.should_change_password, u.is_admin, u.created_at, u.updated_at, \
             u.deleted_at, coalesce(u.cluster_group_id, u.id) as cluster_group_id, u.oauth_id, u.quota_size_in_bytes, u.quota_usage_in_bytes, u.status, \
             (select m.value from user_metadata m where m.user_id = u.id and m.key = 'license') as license"
        )
    };
}

/// Reads what everybody sees of an account.
pub fn public(row: &Row<'_>) -> Result<UserResponse, DbError> {
    let email: String = row.get("email")?;
    let color: Option<String> = row.get("avatar_color")?;
    Ok(UserResponse {
        id: UserId::from_trusted(row.get::<String>("id")?),
        name: row.get("name")?,
        profile_image_path: row.get("profile_image_path")?,
        avatar_color: color
            .and_then(|color| UserAvatarColor::parse(&color))
            .unwrap_or_else(|| avatar_color(&email)),
        profile_changed_at: Millis(row.get("profile_changed_at")?),
        email,
    })
}

/// Reads what the account itself and administrators see.
pub fn admin(row: &Row<'_>) -> Result<UserAdminResponse, DbError> {
    let status: String = row.get("status")?;
    let license: Option<String> = row.get("license")?;
    Ok(UserAdminResponse {
        user: public(row)?,
        storage_label: row.get("storage_label")?,
        should_change_password: row.get("should_change_password")?,
        is_admin: row.get("is_admin")?,
        created_at: Millis(row.get("created_at")?),
        updated_at: Millis(row.get("updated_at")?),
        deleted_at: row.get::<Option<i64>>("deleted_at")?.map(Millis),
        oauth_id: row.get("oauth_id")?,
        quota_size_in_bytes: row.get("quota_size_in_bytes")?,
        quota_usage_in_bytes: row.get("quota_usage_in_bytes")?,
        status: UserStatus::parse(&status)
            .ok_or_else(|| DbError::Other(format!("users.status: {status}")))?,
        cluster_group_id: ClusterGroupId::from_trusted(row.get::<String>("cluster_group_id")?),
        license: license.and_then(|json| read_license(&json)),
    })
}

/// The licence a JSON document of `user_metadata` holds; `None` when it holds none.
pub fn read_license(json: &str) -> Option<UserLicense> {
    let value: serde_json::Value = serde_json::from_str(json).ok()?;
    let text = |name: &str| Some(value.get(name)?.as_str()?.to_owned());
    Some(UserLicense {
        license_key: text("licenseKey")?,
        activation_key: text("activationKey")?,
        activated_at: Millis::parse(&text("activatedAt")?)?,
    })
}

/// The caller's account, for [`admin`]; names `caller`.
pub fn me() -> Statement {
    stmt!(concat!(
        "select ",
        admin_columns!(),
        " from caller c join users u on u.id = c.user_id"
    ))
}

/// The account whatever its state, for [`admin`].
pub fn find(id: &str) -> Statement {
    stmt!(
        concat!("select ", admin_columns!(), " from users u where u.id = ?1"),
        id
    )
}

/// The account if it is not deleted, for [`public`]; names `caller`.
pub fn find_active(id: &str) -> Statement {
    stmt!(
        concat!(
            "select ",
            public_columns!(),
            " from caller c join users u on u.id = ?1 where u.deleted_at is null"
        ),
        id
    )
}

/// The ids of all who may call, as `id`: those whom an announcement to everybody reaches.
pub fn ids() -> Statement {
    stmt!("select id from users where deleted_at is null order by id")
}

/// All accounts that are not deleted, newest first, for [`public`]; names `caller`.
pub fn list_active() -> Statement {
    stmt!(concat!(
        "select ",
        public_columns!(),
        " from caller c cross join users u where u.deleted_at is null order by u.created_at desc, u.id"
    ))
}

/// Accounts for administrators, newest first, for [`admin`]; `id` picks one. Names `caller`.
pub fn list_all(id: Option<&str>, with_deleted: bool) -> Statement {
    stmt!(
        concat!(
            "select ",
            admin_columns!(),
            " from caller c cross join users u where c.is_admin = 1 \
             and (cast(?1 as text) is null or u.id = ?1) \
             and (u.deleted_at is null or cast(?2 as bigint) = 1) order by u.created_at desc, u.id"
        ),
        id,
        with_deleted
    )
}

/// Whoever has the storage label, deleted accounts too; nobody has none.
pub fn storage_label_owner(label: Option<&str>) -> Statement {
    stmt!("select u.id from users u where u.storage_label = ?1", label)
}

/// What the caller can prove itself with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secrets {
    /// bcrypt; `None` when the account has no password (OAuth only).
    pub password: Option<String>,
    /// bcrypt; `None` when the account has no PIN code.
    pub pin_code: Option<String>,
}

/// The caller's password and PIN code, for [`Secrets::from_row`]; names `caller`.
pub fn secrets() -> Statement {
    stmt!("select u.password, u.pin_code from caller c join users u on u.id = c.user_id")
}

impl Secrets {
    /// Reads the row of [`secrets`].
    pub fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            password: row
                .get::<Option<String>>("password")?
                .filter(|hash| !hash.is_empty()),
            pin_code: row.get("pin_code")?,
        })
    }
}

/// What allows a caller to set a new password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordProof {
    /// bcrypt; `None` when the account has no password (OAuth only).
    pub password: Option<String>,
    /// When the caller logged in, epoch ms; `None` for API keys and for sessions that another one made.
    pub logged_in_at: Option<i64>,
}

/// The caller's password and when the session logged in, for [`PasswordProof::from_row`]; names `caller`.
pub fn password_proof() -> Statement {
    stmt!(
        "select u.password, s.created_at as logged_in_at from caller c join users u on u.id = c.user_id \
         left join session s on s.id = c.session_id and s.parent_id is null"
    )
}

impl PasswordProof {
    /// Reads the row of [`password_proof`].
    pub fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            password: row
                .get::<Option<String>>("password")?
                .filter(|hash| !hash.is_empty()),
            logged_in_at: row.get("logged_in_at")?,
        })
    }
}

/// `n` = how many administrators there are, whatever their state.
pub fn count_admins() -> Statement {
    stmt!("select count(*) as n from users u where u.is_admin = 1")
}
