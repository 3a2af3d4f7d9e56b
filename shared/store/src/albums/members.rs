//! Members of albums: who they are, inviting, changing and removing them (api/auth.md section 7).

use edge_api::enums::AlbumUserRole;
use edge_platform::{DbError, Rows, Statement, stmt};

use super::read::role;
use crate::{
    access::{ALBUM_EDIT, ALBUM_OWN},
    json_texts,
};

/// `album al` has an owner beside this member, or this member is none.
const OWNER_REMAINS: &str = "(m.role <> 'owner' or exists (select 1 from album_user o where o.album_id = m.album_id \
     and o.role = 'owner' and o.user_id <> m.user_id))";

/// How the caller and another user stand to an album.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Title.
    pub album_name: String,
    /// The caller's role; a stranger has none.
    pub role: Option<AlbumUserRole>,
    /// The user asked about.
    pub target: String,
    /// Their role; a stranger has none.
    pub target_role: Option<AlbumUserRole>,
    /// Number of owners.
    pub owners: i64,
}

/// Asks for the [`Standing`]; `user` is the caller when `None`. Names `caller`.
pub fn standing(album_id: &str, user: Option<&str>) -> Statement {
    stmt!(
        "select al.album_name as album_name, mine.role as role, coalesce(cast(?2 as text), c.user_id) as target, \
         theirs.role as target_role, \
         (select count(*) from album_user o where o.album_id = al.id and o.role = 'owner') as owners \
         from caller c join album al on al.id = ?1 \
         left join album_user mine on mine.album_id = al.id and mine.user_id = c.user_id \
         left join album_user theirs on theirs.album_id = al.id \
         and theirs.user_id = coalesce(cast(?2 as text), c.user_id) \
         where al.deleted_at is null and c.link_id is null",
        album_id,
        user
    )
}

impl Standing {
    /// Reads the row of [`standing`]; `None`: there is no such album.
    pub fn read(rows: &Rows) -> Result<Option<Self>, DbError> {
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        Ok(Some(Self {
            album_name: row.get("album_name")?,
            role: role(&row, "role")?,
            target: row.get("target")?,
            target_role: role(&row, "target_role")?,
            owners: row.get("owners")?,
        }))
    }

    /// Whether the caller is an owner.
    pub fn owns(&self) -> bool {
        self.role == Some(AlbumUserRole::Owner)
    }

    /// Whether the caller is owner or editor.
    pub fn may_edit(&self) -> bool {
        matches!(
            self.role,
            Some(AlbumUserRole::Owner | AlbumUserRole::Editor)
        )
    }
}

/// Which of the users exist; column `id`.
pub fn active_users(ids: &[&str]) -> Statement {
    stmt!(
        "select u.id as id from users u where u.id in json_list(?1) and u.deleted_at is null",
        json_texts(ids)
    )
}

/// The ids of an album's members; column `id`.
pub fn members(album_id: &str) -> Statement {
    stmt!(
        "select m.user_id as id from album_user m where m.album_id = ?1",
        album_id
    )
}

/// A member to be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewMember<'a> {
    /// The user.
    pub user_id: &'a str,
    /// What they may do.
    pub role: AlbumUserRole,
}

/// Adds members if the caller may edit the album, and touches the album, so that the new members'
/// clients receive it (api/sync.md section 3). Who is a member already stays as they are. Names `caller`.
pub fn batch_invite(album_id: &str, members: &[NewMember<'_>], now: i64) -> Vec<Statement> {
    let mut batch: Vec<Statement> = members
        .iter()
        .map(|member| {
            stmt!(
                format!(
                    "insert into album_user (album_id, user_id, role, created_at, updated_at, create_id, update_id) \
                     select al.id, u.id, cast(?3 as text), cast(?4 as bigint), cast(?4 as bigint), uuid7(), uuid7() \
                     from caller c cross join album al cross join users u \
                     where al.id = ?1 and {ALBUM_EDIT} and u.id = ?2 and u.deleted_at is null \
                     on conflict (album_id, user_id) do nothing"
                ),
                album_id,
                member.user_id,
                member.role.as_str(),
                now
            )
        })
        .collect();
    batch.push(stmt!(
        format!(
            "update album as al set updated_at = ?2, update_id = uuid7() \
             where al.id = ?1 and exists (select 1 from caller c where {ALBUM_EDIT})"
        ),
        album_id,
        now
    ));
    batch
}

/// Changes the role of a member who does not own the album, if the caller may edit it; only an owner makes an owner.
/// Names `caller`.
pub fn set_role(album_id: &str, user_id: &str, role: AlbumUserRole, now: i64) -> Statement {
    stmt!(
        format!(
            "update album_user as m set role = cast(?3 as text), updated_at = ?4, update_id = uuid7() \
             where m.album_id = ?1 and m.user_id = ?2 and m.role <> 'owner' \
             and exists (select 1 from caller c cross join album al where al.id = m.album_id and {ALBUM_EDIT} \
             and (cast(?3 as text) <> 'owner' or {ALBUM_OWN}))"
        ),
        album_id,
        user_id,
        role.as_str(),
        now
    )
}

/// Ends a membership, the caller's own or one of an album the caller may edit (that of an owner only by an owner), unless
/// it is that of the last owner; tells the former member and the others. Names `caller`. Owners who leave at the same time
/// wait for each other.
pub fn batch_remove_member(album_id: &str, user_id: &str) -> Vec<Statement> {
    let allowed = format!(
        "m.album_id = ?1 and m.user_id = ?2 and {OWNER_REMAINS} and exists (select 1 from caller c \
         cross join album al where al.id = m.album_id and c.link_id is null \
         and (c.user_id = m.user_id or ({ALBUM_EDIT} and (m.role <> 'owner' or {ALBUM_OWN}))))"
    );
    let mut batch = vec![stmt!(
        "select o.user_id as id from album_user o where o.album_id = ?1 and o.role = 'owner' order by o.user_id for_update()",
        album_id
    )];
    batch.extend([
        format!(
            "insert into album_audit (user_id, id, album_id) select m.user_id, uuid7(), m.album_id \
             from album_user m where {allowed}"
        ),
        format!(
            "insert into album_user_audit (album_id, id, user_id) select m.album_id, uuid7(), m.user_id \
             from album_user m where {allowed}"
        ),
        format!("delete from album_user as m where {allowed}"),
    ]
    .map(|sql| stmt!(sql, album_id, user_id)));
    batch
}
