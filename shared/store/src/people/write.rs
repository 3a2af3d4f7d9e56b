//! Changes of people. All statements name `caller`, whose people they are.

use edge_api::{
    people::{FaceOfPerson, PersonCreate, PersonUpdate},
    tags::color,
};
use edge_platform::{Statement, Value, stmt};
use serde_json::{Map, Value as Json, json};

use super::portraits::forget;
use crate::{fold::fold, json_pieces, json_texts};

/// Stores a person of the caller. `now` in epoch ms.
pub fn insert(id: &str, new: &PersonCreate, now: i64) -> Statement {
    let name = new.name.as_deref().unwrap_or_default();
    stmt!(
        "insert into person (id, owner_id, name, name_folded, birth_date, color, is_hidden, is_favorite, created_at, \
         updated_at, update_id) select cast(?1 as text), c.user_id, cast(?2 as text), cast(?3 as text), \
         cast(?4 as text), cast(?5 as text), cast(?6 as integer), cast(?7 as integer), cast(?8 as bigint), \
         cast(?8 as bigint), uuid7() from caller c",
        id,
        name,
        fold(name),
        new.birth_date.map(|date| date.to_string()),
        new.color.as_deref().map(color),
        new.is_hidden.unwrap_or(false),
        new.is_favorite.unwrap_or(false),
        now
    )
}

/// The change of one person.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// The person.
    pub id: &'a str,
    /// What changes.
    pub update: &'a PersonUpdate,
    /// The face of `update.feature_face_asset_id` ([`featured`]).
    pub face_id: Option<&'a str>,
}

impl Change<'_> {
    /// As an object of the JSON parameter of [`update`].
    fn json(&self) -> Json {
        let mut object = Map::new();
        let mut put = |key: &str, value: Json| object.insert(key.to_owned(), value);
        put("id", self.id.into());
        let Self {
            update, face_id, ..
        } = self;
        if let Some(name) = &update.name {
            put("name", name.as_str().into());
            put("folded", fold(name).into());
        }
        if let Some(date) = update.birth_date.change() {
            put("setsBirth", 1.into());
            put("birth", date.map(|date| date.to_string()).into());
        }
        if let Some(new) = update.color.clone().change() {
            put("setsColor", 1.into());
            put("color", new.as_deref().map(color).into());
        }
        if let Some(is_hidden) = update.is_hidden {
            put("hidden", i64::from(is_hidden).into());
        }
        if let Some(is_favorite) = update.is_favorite {
            put("favorite", i64::from(is_favorite).into());
        }
        if let Some(face_id) = face_id {
            put("face", (*face_id).into());
        }
        object.into()
    }
}

/// Changes people of the caller, a megabyte of changes a statement; each gives the ids of those changed. No two changes may be of the same
/// person. `now` in epoch ms.
pub fn update(changes: &[Change<'_>], now: i64) -> Vec<Statement> {
    let rows: Vec<Json> = changes.iter().map(Change::json).collect();
    let pieces = json_pieces(&rows).into_iter();
    pieces.map(|piece| update_piece(&piece, now)).collect()
}

/// The limit, which nobody reaches, keeps SQLite from going through all people for each element of the list.
fn update_piece(rows: &str, now: i64) -> Statement {
    stmt!(
        "update person set name = coalesce(x.name, person.name), name_folded = coalesce(x.folded, person.name_folded), \
         birth_date = case when x.sets_birth = 1 then x.birth else person.birth_date end, \
         color = case when x.sets_color = 1 then x.color else person.color end, \
         is_hidden = coalesce(x.hidden, person.is_hidden), is_favorite = coalesce(x.favorite, person.is_favorite), \
         face_asset_id = coalesce(x.face, person.face_asset_id), updated_at = ?2, update_id = uuid7() from (\
         select p.id as id, json_text(v.value, name) as name, json_text(v.value, folded) as folded, \
         cast(json_text(v.value, setsBirth) as integer) as sets_birth, json_text(v.value, birth) as birth, \
         cast(json_text(v.value, setsColor) as integer) as sets_color, json_text(v.value, color) as color, \
         cast(json_text(v.value, hidden) as integer) as hidden, \
         cast(json_text(v.value, favorite) as integer) as favorite, json_text(v.value, face) as face \
         from caller c cross join json_rows(?1) v cross join person p where p.id = json_text(v.value, id) \
         and p.owner_id = c.user_id limit 1000000) x where person.id = x.id returning person.id as id",
        rows,
        now
    )
}

/// For each of these pairs of person and asset that are the caller's, whose person's face on the asset may be a portrait:
/// columns `id` and `face_id` (null: none). Neither a locked asset nor one that is missing or thrown away shows one. A megabyte of pairs
/// a statement.
pub fn featured(pairs: &[(&str, Option<&str>)]) -> Vec<Statement> {
    let rows: Vec<Json> = pairs
        .iter()
        .map(|(id, asset)| json!({ "id": id, "asset": asset }))
        .collect();
    let pieces = json_pieces(&rows).into_iter();
    pieces.map(|piece| featured_piece(&piece)).collect()
}

fn featured_piece(pairs: &str) -> Statement {
    stmt!(
        "select p.id, (select f.id from asset_face f join asset a on a.id = f.asset_id where f.person_id = p.id \
         and f.asset_id = json_text(v.value, asset) and f.deleted_at is null and f.is_visible = 1 and a.is_offline = 0 \
         and a.deleted_at is null and a.visibility <> 'locked' order by f.id limit 1) as face_id \
         from caller c cross join json_rows(?1) v cross join person p where p.id = json_text(v.value, id) \
         and p.owner_id = c.user_id",
        pairs
    )
}

/// The caller's people among those of the parameter `?1`, but for the one of `{but}`.
const NAMED: &str = "(select p.id from caller c cross join json_rows(?1) v cross join person p where p.id = v.value \
     and p.owner_id = c.user_id{but})";

/// Removes people of the caller; their faces stay, with nobody. The last statement gives the ids of those removed. `now` in
/// epoch ms.
pub fn batch_delete(ids: &[&str], now: i64) -> Vec<Statement> {
    batch_remove(ids, &NAMED.replace("{but}", ""), now)
}

/// Removes the people of `named` among those of the parameter `?1`, which are `ids`; their faces stay, with nobody. The last
/// statement gives the ids of those removed. `now` in epoch ms.
pub(super) fn batch_remove(ids: &[&str], named: &str, now: i64) -> Vec<Statement> {
    let list = json_texts(ids);
    let mut batch = vec![
        super::hold(ids),
        stmt!(
            format!(
                "update asset_face set person_id = null, updated_at = ?2, update_id = uuid7() where person_id in {named}"
            ),
            &list,
            now
        ),
    ];
    batch.extend(remove(named, &[list.into()], now));
    batch
}

/// Tells sync who goes, marks their pictures for deletion and deletes the rows of `named`, whose parameters are `params`.
fn remove(named: &str, params: &[Value], now: i64) -> [Statement; 3] {
    let with = |sql: String| Statement::new(sql, params.to_vec());
    let mut forgotten = with(forget(named, &format!("?{}", params.len() + 1)));
    forgotten.params.push(now.into());
    [
        forgotten,
        with(format!(
            "insert into person_audit (owner_id, id, person_id) select w.owner_id, uuid7(), w.id from person w \
             where w.id in {named}"
        )),
        with(format!(
            "delete from person where id in {named} returning id"
        )),
    ]
}

/// Makes people of the caller part of another, who takes over their faces and, where it has none, the name and the birthday
/// of the first who has, and who is the same to other members of the cluster group. The last statement gives the ids of those who are gone. Does nothing when the other is not the
/// caller's or is gone. `now` in epoch ms.
pub fn batch_merge(into: &str, ids: &[&str], now: i64) -> Vec<Statement> {
    let list = json_texts(ids);
    let named = NAMED.replace(
        "{but}",
        " and p.id <> ?2 and exists (select 1 from person t where t.id = ?2 and t.owner_id = c.user_id)",
    );
    let first = |column: &str, condition: &str| {
        format!(
            "(select q.{column} from json_rows(?1) u cross join person q where q.id = u.value and q.id in {named} \
             and q.{condition} order by u.position limit 1)"
        )
    };
    let (name, folded, birth, cluster) = (
        first("name", "name <> ''"),
        first("name_folded", "name <> ''"),
        first("birth_date", "birth_date is not null"),
        first("cluster_id", "cluster_id is not null"),
    );
    let held: Vec<&str> = ids.iter().copied().chain([into]).collect();
    let mut batch = vec![
        super::hold(&held),
        stmt!(
            format!(
                "update asset_face set person_id = cast(?2 as text), updated_at = ?3, update_id = uuid7() \
                 where person_id in {named}"
            ),
            &list,
            into,
            now
        ),
        stmt!(
            format!(
                "update person set name = case when name = '' then coalesce({name}, '') else name end, \
                 name_folded = case when name = '' then coalesce({folded}, '') else name_folded end, \
                 birth_date = coalesce(birth_date, {birth}), cluster_id = coalesce(cluster_id, {cluster}), updated_at = ?3, update_id = uuid7() where id = ?2 \
                 and exists (select 1 from person g where g.id in {named})"
            ),
            &list,
            into,
            now
        ),
    ];
    batch.extend(remove(&named, &[list.into(), into.into()], now));
    batch
}

/// Gives faces of the caller's people to another of the caller's people; gives their former people (`id`). Faces on locked
/// assets only while the folder is open. `now` in epoch ms.
pub fn reassign(to: &str, faces: &[FaceOfPerson], now: i64) -> Statement {
    let rows: Vec<Json> = faces
        .iter()
        .map(|face| json!({ "person": face.person_id.as_str(), "asset": face.asset_id.as_str() }))
        .collect();
    stmt!(
        "update asset_face set person_id = cast(?2 as text), updated_at = ?3, update_id = uuid7() where id in (\
         select f.id from caller c cross join json_rows(?1) v cross join asset_face f cross join person p \
         cross join asset a where f.person_id = json_text(v.value, person) and f.asset_id = json_text(v.value, asset) \
         and p.id = f.person_id and p.owner_id = c.user_id and a.id = f.asset_id \
         and (a.visibility <> 'locked' or c.elevated = 1)) and exists (select 1 from caller c join person t on t.id = ?2 \
         where t.owner_id = c.user_id) returning id",
        Json::from(rows).to_string(),
        to,
        now
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_parameter_is_longer_than_d1_takes() {
        let update = PersonUpdate {
            name: Some("ß".repeat(1_000)),
            birth_date: edge_api::Patch::Absent,
            is_hidden: None,
            is_favorite: None,
            color: edge_api::Patch::Absent,
            feature_face_asset_id: None,
        };
        let id = "3fe388e4-2078-44d7-b36c-39d9dee3a657";
        let change = Change {
            id,
            update: &update,
            face_id: None,
        };
        let changed = super::update(&vec![change; 2_000], 0);
        let featured = featured(&vec![(id, Some(id)); 20_000]);
        assert!(changed.len() > 2 && featured.len() > 1);
        for statement in changed.iter().chain(&featured) {
            let list = statement
                .params
                .first()
                .and_then(|list| list.as_text().ok());
            let list = list.unwrap_or_default();
            assert!(list.len() < 2_000_000);
            assert!(serde_json::from_str::<Vec<Json>>(list).is_ok_and(|rows| !rows.is_empty()));
        }
        assert!(super::update(&[], 0).is_empty());
    }
}
