//! Tables `person` and `asset_face` as their owner sees them: named groups of faces (api/features.md section A, People).
//!
//! `person.face_count` is kept by triggers, so a page of people reads the index `person_page_idx` and its own rows. What
//! changes people or their faces begins with [`hold`].

pub mod cleanup;
pub mod closest;
mod portraits;
mod write;

use edge_api::people::{PeopleQuery, PeopleResponse, PersonResponse};
use edge_platform::{DbError, Rows, Statement, Value, stmt};

use crate::{assets::response, json_texts};

pub(crate) use portraits::{OTHER, lose};
pub use portraits::{batch_conceal, batch_repair};
pub use write::{Change, batch_delete, batch_merge, featured, insert, reassign, update};

/// Columns of `person p` for [`response::people`].
pub(crate) const COLUMNS: &str = "p.id, p.name, p.birth_date, p.thumbnail_path, p.is_hidden, p.is_favorite, p.color, p.updated_at";

/// `person p` has a name or as many faces as the caller wants to see (api/jobs-ml.md section 6.3: 3 unless the caller's
/// preferences say otherwise).
const SHOWN: &str = "(case when p.name = '' then 1 else 0 end = 0 or p.face_count >= (select coalesce(max(cast(\
     json_text(m.value, people.minimumFaces) as integer)), 3) from caller w join user_metadata m on m.user_id = w.user_id \
     where m.key = 'preferences'))";

/// The id of the person of `me` (SQL) who is the person `q` of somebody: `q`, or the one who is the same in the cluster group that
/// both are in (docs/faces.md).
pub(crate) fn known(me: &str) -> String {
    format!(
        "case when q.owner_id = {me} then q.id else (select min(s.id) from person s where s.cluster_id = q.cluster_id \
         and s.owner_id = {me} and exists (select 1 from users mine join users theirs \
         on theirs.cluster_group_id = mine.cluster_group_id where mine.id = {me} and theirs.id = q.owner_id)) end"
    )
}

/// The table of the people `q` who may be the person `p` of somebody, each looked up; for [`IS_KNOWN_TO_OTHERS`].
pub(crate) fn others() -> String {
    format!("looked_up(person q, {SAME}) cross join users mine cross join users theirs")
}

/// Who has the name of the same cluster as `person p`.
const SAME: &str = "q.cluster_id = p.cluster_id and q.owner_id <> p.owner_id";

/// SQL condition: the person `q` of [`others`] is the person `p` of another account, `theirs`, that is in one cluster group with the
/// owner of `p`. The other way round as [`known`].
pub(crate) const IS_KNOWN_TO_OTHERS: &str = "q.cluster_id = p.cluster_id and q.owner_id <> p.owner_id and mine.id = p.owner_id \
     and theirs.id = q.owner_id and theirs.deleted_at is null and theirs.cluster_group_id = mine.cluster_group_id";

/// A select of `id`: the person of this id (SQL), and, if it is one of `me` (SQL), whoever is the same in their cluster group.
pub(crate) fn by_any_id(id: &str, me: &str) -> String {
    format!(
        "select cast({id} as text) as id union all select q.id from person p cross join {} where p.id = {id} and p.owner_id = {me} \
         and {IS_KNOWN_TO_OTHERS}",
        others()
    )
}

/// A page of the caller's people and the counts, two statements for [`read_page`]. Names `caller`.
pub fn page(query: &PeopleQuery) -> Vec<Statement> {
    let before = (query.page - 1).saturating_mul(query.size);
    vec![ordered(COLUMNS, query, query.size + 1, before), counts()]
}

/// People in their usual order, `limit` of them behind the first `offset`.
fn ordered(columns: &str, query: &PeopleQuery, limit: i64, offset: i64) -> Statement {
    let hidden = if query.with_hidden == Some(true) {
        ""
    } else {
        " and p.is_hidden = 0"
    };
    Statement::new(
        format!(
            "select {columns} from caller c join person p on p.owner_id = c.user_id where {SHOWN}{hidden} \
             order by p.is_hidden, p.is_favorite desc, (case when p.name = '' then 1 else 0 end), \
             p.face_count desc, p.name_folded, p.created_at, p.id limit ?1 offset ?2"
        ),
        vec![Value::from(limit), offset.into()],
    )
}

/// How many people there are, and how many of them are hidden.
fn counts() -> Statement {
    stmt!(format!(
        "select cast(count(*) as bigint) as total, cast(coalesce(sum(p.is_hidden), 0) as bigint) as hidden \
         from caller c join person p on p.owner_id = c.user_id where {SHOWN}"
    ))
}

/// Reads the results of [`page`].
pub fn read_page(results: &[Rows], query: &PeopleQuery) -> Result<PeopleResponse, DbError> {
    let [people, counts] = results else {
        return Err(DbError::Other("people are read by two statements".into()));
    };
    let mut people = response::people(people)?;
    let size = usize::try_from(query.size).unwrap_or(usize::MAX);
    let has_next_page = people.len() > size;
    people.truncate(size);
    let counts = counts.first();
    let count = |name: &str| counts.map_or(Ok(0), |row| row.get(name));
    Ok(PeopleResponse {
        people,
        total: count("total")?,
        hidden: count("hidden")?,
        has_next_page,
    })
}

/// One person of the caller; read with [`response::people`]. Names `caller`.
pub fn find(id: &str) -> Statement {
    stmt!(
        format!(
            "select {COLUMNS} from caller c join person p on p.id = ?1 where p.owner_id = c.user_id"
        ),
        id
    )
}

/// These people of the caller, in this order; read with [`response::people`]. Names `caller`.
pub fn find_many(ids: &[&str]) -> Statement {
    stmt!(
        format!(
            "select {COLUMNS} from caller c cross join json_rows(?1) v cross join person p where p.id = v.value \
             and p.owner_id = c.user_id order by v.position"
        ),
        json_texts(ids)
    )
}

/// Which of these people are the caller's; column `id`. Names `caller`.
pub fn owned(ids: &[&str]) -> Statement {
    stmt!(
        "select p.id from caller c cross join json_rows(?1) v cross join person p where p.id = v.value \
         and p.owner_id = c.user_id",
        json_texts(ids)
    )
}

/// How many assets of the timeline, the caller's and those of partners on it, show a person of the caller, column `assets`; no row: no
/// such person. Reads the index of the person's faces. Names `caller`.
pub fn statistics(id: &str) -> Statement {
    let on_it = "exists (select 1 from partner sp where sp.shared_by_id = q.owner_id and sp.shared_with_id = p.owner_id \
         and sp.in_timeline = 1)";
    stmt!(
        format!(
            "select (select cast(count(distinct f.asset_id) as bigint) from asset_face f where f.person_id = p.id \
             and f.is_shown = 1) + (select cast(count(distinct f.asset_id) as bigint) from {} \
             cross join looked_up(asset_face f, f.person_id = q.id and f.is_shown = 1) where {IS_KNOWN_TO_OTHERS} and {on_it} \
             and f.person_id = q.id and f.is_shown = 1) as assets \
             from caller c join person p on p.id = ?1 where p.owner_id = c.user_id",
            others()
        ),
        id
    )
}

/// The first statement of a batch that changes people or their faces: it takes them in the order of their ids, so that two
/// batches on PostgreSQL never wait for each other, and a person who is gone is seen to be gone.
pub fn hold(ids: &[&str]) -> Statement {
    stmt!(
        "select count(*) as n from (select p.id from person p where p.id in json_list(?1) order by p.id for_update()) held",
        json_texts(ids)
    )
}

/// The one person of an answer.
pub fn first(rows: Option<&Rows>) -> Result<Option<PersonResponse>, DbError> {
    let people = rows.map(response::people).transpose()?;
    Ok(people.unwrap_or_default().into_iter().next())
}
