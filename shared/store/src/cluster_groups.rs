//! Table `cluster_group_request`, and which accounts are in a group (`users.cluster_group_id`; api/v32.md section 5). Statements name
//! `caller`.

use edge_api::{
    cluster_groups::ClusterGroupRequestResponse,
    enums::JobName,
    id::{ClusterGroupId, ClusterGroupRequestId, UserId},
    time::Millis,
    users::UserResponse,
};
use edge_platform::{DbError, Row, Rows, Statement, stmt};

use crate::users;

/// The caller, as a member of the group `?1`.
const MEMBER: &str =
    "from caller c join users me on me.id = c.user_id and me.cluster_group_id = ?1";

const COLUMNS: &str = "r.id, r.cluster_group_id, r.user_id, r.created_at";

/// Requests that ask the caller, the oldest first; for [`requests`].
pub fn to_me() -> Statement {
    stmt!(format!(
        "select {COLUMNS} from caller c join cluster_group_request r on r.user_id = c.user_id order by r.created_at, r.id"
    ))
}

/// Requests of the caller's group, the oldest first; one row without a request when there is none, none when it is not the caller's
/// group. For [`requests`].
pub fn of_group(group_id: &str) -> Statement {
    stmt!(
        format!(
            "select {COLUMNS} {MEMBER} left join cluster_group_request r on r.cluster_group_id = ?1 order by r.created_at, r.id"
        ),
        group_id
    )
}

/// Reads the rows of [`to_me`] and [`of_group`].
pub fn requests(rows: &Rows) -> Result<Vec<ClusterGroupRequestResponse>, DbError> {
    let mut requests = Vec::new();
    for row in rows.iter() {
        requests.extend(request(&row)?);
    }
    Ok(requests)
}

fn request(row: &Row<'_>) -> Result<Option<ClusterGroupRequestResponse>, DbError> {
    let Some(id) = row.get::<Option<String>>("id")? else {
        return Ok(None);
    };
    Ok(Some(ClusterGroupRequestResponse {
        id: ClusterGroupRequestId::from_trusted(id),
        cluster_group_id: ClusterGroupId::from_trusted(row.get::<String>("cluster_group_id")?),
        user_id: UserId::from_trusted(row.get::<String>("user_id")?),
        created_at: Millis(row.get("created_at")?),
    }))
}

/// Requests of a group that may wait for an answer, and those that may wait for one account. Their lists have no pages.
pub const MOST_REQUESTS: i64 = 100;

/// What is known before somebody is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Before {
    /// There is such an account.
    pub is_user: bool,
    /// It is in the group already.
    pub is_member: bool,
    /// It was asked already.
    pub request: Option<ClusterGroupRequestResponse>,
    /// As many requests of the group, or to the account, wait as may.
    pub is_full: bool,
}

/// What is known of an account that the caller's group is to ask, for [`read_before`].
pub fn before(group_id: &str, user_id: &str) -> Statement {
    stmt!(
        format!(
            "select u.id as asked, u.cluster_group_id as asked_group, case when {} then 1 else 0 end as is_full, {COLUMNS} {MEMBER} \
             left join users u on u.id = ?2 and u.deleted_at is null \
             left join cluster_group_request r on r.cluster_group_id = ?1 and r.user_id = u.id",
            is_full("?2")
        ),
        group_id,
        user_id
    )
}

/// SQL condition: the group `?1`, or the account that the parameter names, has as many requests as may wait.
fn is_full(user: &str) -> String {
    let many = |column: &str, parameter: &str| {
        format!(
            "(select count(*) from cluster_group_request full_q where full_q.{column} = {parameter}) >= {MOST_REQUESTS}"
        )
    };
    format!(
        "({} or {})",
        many("cluster_group_id", "?1"),
        many("user_id", user)
    )
}

/// Reads the row of [`before`]; `None`: it is not the caller's group.
pub fn read_before(rows: &Rows, group_id: &str) -> Result<Option<Before>, DbError> {
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let group: Option<String> = row.get("asked_group")?;
    Ok(Some(Before {
        is_user: row.get::<Option<String>>("asked")?.is_some(),
        is_member: group.as_deref() == Some(group_id),
        request: request(&row)?,
        is_full: row.get("is_full")?,
    }))
}

/// Asks an account to join the caller's group, unless it was asked meanwhile, or too many requests wait. `now` in epoch ms.
pub fn insert(id: &str, group_id: &str, user_id: &str, now: i64) -> Statement {
    stmt!(
        format!(
            "insert into cluster_group_request (id, cluster_group_id, user_id, created_at) \
             select cast(?2 as text), me.cluster_group_id, u.id, cast(?4 as bigint) {MEMBER} cross join users u \
             where u.id = ?3 and u.deleted_at is null and not {} on conflict (cluster_group_id, user_id) do nothing",
            is_full("?3")
        ),
        group_id,
        id,
        user_id,
        now
    )
}

/// Joins the group that asks the caller: a group that nobody is in any more asks nobody. The second statement changes a row when
/// there is such a request; `now` in epoch ms.
pub fn batch_accept(request_id: &str, now: i64) -> [Statement; 3] {
    [
        stmt!(
            "delete from cluster_group_request where cluster_group_id in (select me.cluster_group_id from caller c \
             join users me on me.id = c.user_id join cluster_group_request r on r.user_id = me.id where r.id = ?1 \
             and not exists (select 1 from users o where o.cluster_group_id = me.cluster_group_id and o.id <> me.id \
             and o.deleted_at is null))",
            request_id
        ),
        stmt!(
            "update users set cluster_group_id = (select r.cluster_group_id from cluster_group_request r where r.id = ?1), \
             updated_at = ?2, update_id = uuid7() where id in (select r.user_id from caller c \
             join cluster_group_request r on r.user_id = c.user_id where r.id = ?1)",
            request_id,
            now
        ),
        stmt!(
            "delete from cluster_group_request where id = ?1 and user_id in (select c.user_id from caller c)",
            request_id
        ),
    ]
}

/// Removes a request that asks the caller, or that the caller's group made; `changed()` is 0 when there is none.
pub fn delete(request_id: &str) -> Statement {
    stmt!(
        "delete from cluster_group_request where id = ?1 and (user_id in (select c.user_id from caller c) \
         or cluster_group_id in (select me.cluster_group_id from caller c join users me on me.id = c.user_id))",
        request_id
    )
}

/// The other members of the caller's group, by name; one row without a member when there is none, none when it is not the caller's
/// group. For [`read_members`].
pub fn members(group_id: &str) -> Statement {
    stmt!(
        format!(
            "select u.id, u.name, u.email, u.profile_image_path, u.avatar_color, u.profile_changed_at {MEMBER} \
             left join users u on u.cluster_group_id = ?1 and u.id <> me.id and u.deleted_at is null order by u.name, u.id"
        ),
        group_id
    )
}

/// Reads the rows of [`members`]; `None`: it is not the caller's group.
pub fn read_members(rows: &Rows) -> Result<Option<Vec<UserResponse>>, DbError> {
    if rows.is_empty() {
        return Ok(None);
    }
    let mut members = Vec::new();
    for row in rows.iter() {
        if row.get::<Option<String>>("id")?.is_some() {
            members.push(users::public(&row)?);
        }
    }
    Ok(Some(members))
}

/// How far the last request is to sort the faces of a group anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sorting {
    /// Nothing of it is left to be done.
    Done,
    /// A job takes the faces back, or waits for its turn: another one would begin it again.
    Asked,
    /// Faces of a member are being recognised.
    Recognising,
}

/// Asks how far the faces of a group are sorted; read with [`read_sorting`]. Waiting jobs are looked up by their keys, and few are active.
pub fn sorting(group_id: &str) -> Statement {
    const OF_FACES: &str = "exists (select 1 from job j where j.queue = 'facialRecognition' and j.state = 'waiting' \
         and j.dedupe_key = {key}) or exists (select 1 from job j where j.state = 'active' and j.lease_expires_at > 0 \
         and j.queue = 'facialRecognition' and j.kind = '{kind}' and {of_it})";
    let of_faces = |kind: JobName, key: &str, of_it: &str| {
        let text = OF_FACES.replace("{kind}", kind.as_str());
        text.replace("{key}", key).replace("{of_it}", of_it)
    };
    let all = JobName::FacialRecognitionQueueAll;
    let one = JobName::FacialRecognition;
    stmt!(
        format!(
            "select case when {} then 1 else 0 end as is_asked, case when exists (select 1 from users u \
             where u.cluster_group_id = ?1 and ({})) then 1 else 0 end as is_recognised",
            of_faces(
                all,
                &format!("'{all}:' || cast(?1 as text)"),
                "json_text(j.payload, group) = ?1"
            ),
            of_faces(
                one,
                &format!("'{one}:' || u.id"),
                "json_text(j.payload, id) = u.id"
            ),
        ),
        group_id
    )
}

/// Reads the row of [`sorting`].
pub fn read_sorting(rows: &Rows) -> Result<Sorting, DbError> {
    let Some(row) = rows.first() else {
        return Ok(Sorting::Done);
    };
    Ok(if row.get("is_asked")? {
        Sorting::Asked
    } else if row.get("is_recognised")? {
        Sorting::Recognising
    } else {
        Sorting::Done
    })
}

/// Leaves a group with others for `new_id`, a group of its own; `changed()` is 0 when the caller is alone in it. `now` in epoch ms.
pub fn leave(group_id: &str, new_id: &str, now: i64) -> Statement {
    stmt!(
        "update users set cluster_group_id = ?2, updated_at = ?3, update_id = uuid7() where cluster_group_id = ?1 \
         and id in (select c.user_id from caller c) and exists (select 1 from users o where o.cluster_group_id = ?1 \
         and o.id not in (select c.user_id from caller c) and o.deleted_at is null)",
        group_id,
        new_id,
        now
    )
}
