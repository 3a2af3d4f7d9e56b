//! Inserts and updates of accounts.

use edge_api::{enums::UserAvatarColor, input::Patch};
use edge_platform::{Statement, Value, stmt};

/// An account to be made.
#[derive(Debug, Clone, Default)]
pub struct NewUser {
    /// Id, made by the caller.
    pub id: String,
    /// Lower case.
    pub email: String,
    /// Display name.
    pub name: String,
    /// bcrypt.
    pub password: String,
    /// bcrypt of the PIN code.
    pub pin_code: Option<String>,
    /// Administrator.
    pub is_admin: bool,
    /// Chosen colour.
    pub avatar_color: Option<UserAvatarColor>,
    /// Sanitised.
    pub storage_label: Option<String>,
    /// Bytes; `None` = unlimited.
    pub quota_size_in_bytes: Option<i64>,
    /// The web app asks for a new password after login.
    pub should_change_password: bool,
    /// Subject at the identity provider; empty when not linked.
    pub oauth_id: String,
}

/// Makes an account at `now` (epoch ms). A taken e-mail or storage label is a conflict.
pub fn insert(user: &NewUser, now: i64) -> Statement {
    stmt!(
        "insert into users (id, email, name, password, pin_code, is_admin, avatar_color, storage_label, \
         quota_size_in_bytes, should_change_password, profile_changed_at, created_at, updated_at, update_id, \
         cluster_group_id, oauth_id) \
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11, ?11, uuid7(), ?1, ?12)",
        &user.id,
        &user.email,
        &user.name,
        &user.password,
        user.pin_code.as_ref(),
        user.is_admin,
        user.avatar_color.map(UserAvatarColor::as_str),
        user.storage_label.as_ref(),
        user.quota_size_in_bytes,
        user.should_change_password,
        now,
        &user.oauth_id
    )
}

/// Makes the first administrator (storage label `admin`), only while there is none; the second
/// statement tells by `changed()` whether it did. The first makes rival sign-ups wait for each other
/// where the database runs batches side by side (PostgreSQL).
pub fn batch_sign_up(user: &NewUser, now: i64) -> Vec<Statement> {
    vec![
        stmt!(
            "insert into system_metadata (key, value, updated_at) values ('admin-sign-up', '{}', ?1) \
             on conflict (key) do update set updated_at = excluded.updated_at",
            now
        ),
        stmt!(
            "insert into users (id, email, name, password, is_admin, storage_label, should_change_password, \
             profile_changed_at, created_at, updated_at, update_id, cluster_group_id) \
             select cast(?1 as text), cast(?2 as text), cast(?3 as text), cast(?4 as text), 1, 'admin', 1, \
             cast(?5 as bigint), cast(?5 as bigint), cast(?5 as bigint), uuid7(), cast(?1 as text) \
             where not exists (select 1 from users u where u.is_admin = 1)",
            &user.id,
            &user.email,
            &user.name,
            &user.password,
            now
        ),
    ]
}

/// What is to change of an account; nothing else does.
#[derive(Debug, Clone, Default)]
pub struct UserChanges {
    /// Lower case.
    pub email: Option<String>,
    /// Display name.
    pub name: Option<String>,
    /// bcrypt.
    pub password: Option<String>,
    /// bcrypt of the PIN code.
    pub pin_code: Patch<String>,
    /// Null = derived from the e-mail address.
    pub avatar_color: Patch<UserAvatarColor>,
    /// Sanitised.
    pub storage_label: Patch<String>,
    /// The web app asks for a new password after login.
    pub should_change_password: Option<bool>,
    /// Bytes; null = unlimited.
    pub quota_size_in_bytes: Patch<i64>,
    /// Administrator.
    pub is_admin: Option<bool>,
}

/// Comes first in a batch that may take an administrator away (an [`update`] that says so, [`super::batch_delete`] does it
/// itself): two administrators who demote or delete each other at the same time do so one after the other, in whatever
/// order the database runs batches, and the second one finds that he is none any more.
pub fn hold_admins() -> Statement {
    stmt!("select u.id from users u where u.is_admin = 1 order by u.id for_update()")
}

/// Whether the account `?1` is no administrator, or not the last one that is active. Without any, anybody could sign up as
/// the first one.
pub(super) const LEAVES_ADMIN: &str = "(exists (select 1 from users o where o.is_admin = 1 and o.id <> ?1 \
     and o.deleted_at is null) or not exists (select 1 from users s where s.id = ?1 and s.is_admin = 1))";

/// Changes an account that is not deleted; `changed()` is 0 when there is none, or when it is the last active administrator
/// and would be none afterwards (see [`hold_admins`]). A taken e-mail or storage label is a conflict.
pub fn update(id: &str, changes: UserChanges, now: i64) -> Statement {
    let columns: [(&str, Option<Value>); 9] = [
        ("email", changes.email.map(Value::from)),
        ("name", changes.name.map(Value::from)),
        ("password", changes.password.map(Value::from)),
        ("pin_code", changes.pin_code.change().map(Value::from)),
        (
            "avatar_color",
            changes
                .avatar_color
                .change()
                .map(|color| color.map(UserAvatarColor::as_str).into()),
        ),
        (
            "storage_label",
            changes.storage_label.change().map(Value::from),
        ),
        (
            "should_change_password",
            changes.should_change_password.map(Value::from),
        ),
        (
            "quota_size_in_bytes",
            changes.quota_size_in_bytes.change().map(Value::from),
        ),
        ("is_admin", changes.is_admin.map(Value::from)),
    ];
    let mut params = vec![Value::from(id), Value::Int(now)];
    let mut set = String::new();
    for (column, value) in columns {
        if let Some(value) = value {
            params.push(value);
            for part in [", ", column, " = ?", &params.len().to_string()] {
                set.push_str(part);
            }
        }
    }
    let mut sql = format!(
        "update users set updated_at = ?2, update_id = uuid7(){set} where id = ?1 and deleted_at is null"
    );
    if changes.is_admin == Some(false) {
        sql.push_str(" and ");
        sql.push_str(LEAVES_ADMIN);
    }
    Statement::new(sql, params)
}

/// Names `key`, a registered pending object, as the profile image; the second statement tells by
/// `changed()` whether it did. The image before it is marked for deletion.
pub fn batch_set_profile_image(id: &str, key: &str, now: i64) -> Vec<Statement> {
    vec![
        stmt!(
            "insert into object_deletion (object_key, run_after, created_at) \
             select u.profile_image_path, cast(?3 as bigint), cast(?3 as bigint) from users u \
             where u.id = ?1 and u.profile_image_path <> '' and u.deleted_at is null \
             and exists (select 1 from pending_object po where po.object_key = ?2) \
             on conflict (object_key) do nothing",
            id,
            key,
            now
        ),
        stmt!(
            "update users set profile_image_path = ?2, profile_changed_at = ?3, updated_at = ?3, \
             update_id = uuid7() where id = ?1 and deleted_at is null \
             and exists (select 1 from pending_object po where po.object_key = ?2)",
            id,
            key,
            now
        ),
        stmt!(
            "delete from pending_object where object_key = ?2 \
             and exists (select 1 from users u where u.id = ?1 and u.profile_image_path = ?2)",
            id,
            key
        ),
    ]
}

/// Removes the profile image and marks the object for deletion; the second statement tells by
/// `changed()` whether there was one.
pub fn batch_delete_profile_image(id: &str, now: i64) -> Vec<Statement> {
    vec![
        stmt!(
            "insert into object_deletion (object_key, run_after, created_at) \
             select u.profile_image_path, cast(?2 as bigint), cast(?2 as bigint) from users u \
             where u.id = ?1 and u.profile_image_path <> '' on conflict (object_key) do nothing",
            id,
            now
        ),
        stmt!(
            "update users set profile_image_path = '', profile_changed_at = ?2, updated_at = ?2, \
             update_id = uuid7() where id = ?1 and profile_image_path <> ''",
            id,
            now
        ),
    ]
}

/// Puts another PIN code (bcrypt; `None` = none) in place of `old`; `changed()` is 0 when another
/// request was faster.
pub fn set_pin_code(id: &str, old: Option<&str>, new: Option<&str>, now: i64) -> Statement {
    stmt!(
        "update users set pin_code = ?3, updated_at = ?4, update_id = uuid7() where id = ?1 \
         and (pin_code = ?2 or (pin_code is null and cast(?2 as text) is null)) and deleted_at is null",
        id,
        old,
        new,
        now
    )
}
