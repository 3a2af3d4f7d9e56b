//! Tables `tag`, `tag_closure`, `tag_asset`: an owner's tree of labels (api/features.md section A, Tags).
//!
//! The value of a tag is its whole path. `tag_closure` has a row for each tag and each of its ancestors, itself
//! included, so that a filter by tag finds what is tagged below it. Statements over several tags go level by level,
//! parents first, and each does nothing where its tag exists already: requests that make the same tags at the same
//! time end with one of each.

pub mod cleanup;

use std::{collections::BTreeSet, iter};

use edge_api::{enums::JobName, tags::TagResponse};
use edge_platform::{DbError, Rows, Statement, Value, stmt};

use crate::{
    access::ASSET_OWN,
    assets::{response, update::locking_where},
    jobs::many::insert_for_set,
    json_texts,
};

/// Longest value, characters.
pub const LONGEST: usize = 2_000;
/// Deepest tag: a value has at most this many parts.
pub const DEEPEST: usize = 200;
/// Most rows of `tag_closure` that one request or one file may ask for: four chains of the deepest tags fit.
pub const ROWS: usize = 100_000;
/// Texts of one parameter, bytes: D1 refuses values above 2 MB.
const CHUNK: usize = 1_000_000;

/// Columns of [`response::tags`].
const COLUMNS: &str = "t.id, t.parent_id, t.value, t.color, t.created_at, t.updated_at";

/// Brings the path of a tag into its one form: parts without blanks around them and without empty ones. `None` when
/// nothing is left, or when it is longer or deeper than a tag may be.
pub fn normalised(path: &str) -> Option<String> {
    let parts = path
        .split('/')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    let parts: Vec<&str> = parts.collect();
    let value = parts.join("/");
    let fits = !parts.is_empty() && parts.len() <= DEEPEST && value.chars().count() <= LONGEST;
    fits.then_some(value)
}

/// The caller's tags by value; read with [`response::tags`]. Names `caller`.
pub fn list() -> Statement {
    stmt!(format!(
        "select {COLUMNS} from caller c join tag t on t.owner_id = c.user_id order by t.value"
    ))
}

/// One tag of the caller; names `caller`.
pub fn find(id: &str) -> Statement {
    stmt!(
        format!(
            "select {COLUMNS} from caller c join tag t on t.id = ?1 and t.owner_id = c.user_id"
        ),
        id
    )
}

/// The caller's tags with these values, for [`by_value`]; names `caller`.
pub fn find_values(values: &[String]) -> Vec<Statement> {
    let statement = |list: &[&str]| {
        stmt!(
            format!(
                "select {COLUMNS} from caller c cross join json_rows(?1) v \
                 cross join tag t where t.owner_id = c.user_id and t.value = v.value"
            ),
            json_texts(list)
        )
    };
    chunks(values).iter().map(|list| statement(list)).collect()
}

/// Reads the rows of [`find_values`] in the order of `values`; those that do not exist are left out.
pub fn by_value(results: &[Rows], values: &[String]) -> Result<Vec<TagResponse>, DbError> {
    let mut found = std::collections::HashMap::new();
    for rows in results {
        for tag in response::tags(rows)? {
            found.insert(tag.value.clone(), tag);
        }
    }
    Ok(values
        .iter()
        .filter_map(|value| found.remove(value))
        .collect())
}

/// Texts in pieces that a parameter can hold.
fn chunks(texts: &[String]) -> Vec<Vec<&str>> {
    let mut pieces: Vec<Vec<&str>> = Vec::new();
    let mut size = CHUNK;
    for text in texts {
        if size + text.len() > CHUNK {
            pieces.push(Vec::new());
            size = 0;
        }
        size += text.len() + 8;
        if let Some(piece) = pieces.last_mut() {
            piece.push(text);
        }
    }
    pieces
}

/// Whose tags a batch makes.
#[derive(Debug, Clone, Copy)]
pub enum Owner<'a> {
    /// The caller's; the statements name `caller`.
    Caller,
    /// Those of the owner of this asset, while the job that found them holds it (`{held}`) and the owner has not set
    /// the asset's tags by hand.
    OfAsset(&'a str),
}

impl Owner<'_> {
    /// A sub-select with the column `owner_id`, and its parameter `?3` where it has one.
    fn select(self) -> (&'static str, Option<Value>) {
        match self {
            Self::Caller => ("(select c.user_id as owner_id from caller c)", None),
            Self::OfAsset(id) => (
                "(select a.owner_id as owner_id from asset a join asset_exif e on e.asset_id = a.id \
                 where a.id = ?3 and e.locked_properties not like '%\"tags\"%' and {held})",
                Some(id.into()),
            ),
        }
    }
}

/// Every path that `values` ([`normalised`]) need, level by level: `a/b` needs `a` before.
fn levels(values: &[String]) -> Vec<BTreeSet<&str>> {
    let mut levels: Vec<BTreeSet<&str>> = Vec::new();
    for value in values {
        let ends = value.match_indices('/').map(|(at, _)| at);
        for (level, end) in ends.chain([value.len()]).enumerate() {
            if levels.len() <= level {
                levels.push(BTreeSet::new());
            }
            levels[level].insert(&value[..end]);
        }
    }
    levels
}

/// How much [`batch_upsert`] has to write for these values, bytes: of each, all that is above it as well.
pub fn work(values: &[String]) -> usize {
    let of_one = |value: &String| -> usize {
        let ends = value.match_indices('/').map(|(at, _)| at);
        ends.chain([value.len()]).sum()
    };
    values.iter().map(of_one).sum()
}

/// How many rows of `tag_closure` belong to these values ([`normalised`]) and all above them: for each as many as it has levels.
pub fn closure_rows(values: &[String]) -> usize {
    let levels = levels(values);
    let rows = (1_usize..)
        .zip(&levels)
        .map(|(depth, level)| depth * level.len());
    rows.sum()
}

/// Makes the tags with these values ([`normalised`]) and all above them, unless they exist; two statements a level and
/// a megabyte of values. `new_id` makes ids. `now` in epoch ms.
pub fn batch_upsert(
    owner: Owner<'_>,
    values: &[String],
    mut new_id: impl FnMut() -> String,
    now: i64,
) -> Vec<Statement> {
    let mut batch = Vec::new();
    for level in levels(values) {
        let rows: Vec<String> = level
            .into_iter()
            .map(|value| {
                let parent = value
                    .rsplit_once('/')
                    .map_or(0, |(parent, _)| parent.chars().count());
                format!("{}{parent:04}{value}", new_id())
            })
            .collect();
        for piece in chunks(&rows) {
            batch.extend(upsert_level(owner, &json_texts(&piece), now));
        }
    }
    batch
}

/// `rows` is a JSON array of texts: 36 characters of a fresh id, four digits that count the characters of the parent's
/// value, the value.
fn upsert_level(owner: Owner<'_>, rows: &str, now: i64) -> [Statement; 2] {
    let (whose, parameter) = owner.select();
    let value = "substr(v.value, 41)";
    let (from, of_level) = (
        format!("from {whose} o cross join json_rows(?1) v cross join tag t"),
        format!("t.owner_id = o.owner_id and t.value = {value}"),
    );
    let tags = format!(
        "insert into tag (id, owner_id, parent_id, value, created_at, updated_at) \
         select substr(v.value, 1, 36), o.owner_id, (select p.id from tag p where p.owner_id = o.owner_id \
         and p.value = substr(v.value, 41, cast(substr(v.value, 37, 4) as integer))), {value}, \
         cast(?2 as bigint), cast(?2 as bigint) from {whose} o cross join json_rows(?1) v where 1 = 1 \
         order by {value} on conflict (owner_id, value) do nothing"
    );
    let closure = format!(
        "insert into tag_closure (ancestor_id, descendant_id) \
         select x.ancestor_id, t.id {from} cross join tag_closure x where {of_level} \
         and x.descendant_id = t.parent_id and cast(?2 as bigint) > 0 \
         union all select t.id, t.id {from} where {of_level} \
         on conflict (ancestor_id, descendant_id) do nothing"
    );
    [tags, closure].map(|sql| {
        let mut params: Vec<Value> = vec![rows.into(), now.into()];
        params.extend(parameter.clone());
        Statement::new(sql, params)
    })
}

/// Colours a tag of the caller (`#rrggbb`, or none), if it has this value by then; names `caller`. `now` in epoch ms.
pub fn set_color(id: &str, value: &str, color: Option<&str>, now: i64) -> Statement {
    stmt!(
        "update tag set color = cast(?2 as text), updated_at = ?3 where id = ?1 and value = ?4 \
         and owner_id in (select c.user_id from caller c)",
        id,
        color,
        now,
        value
    )
}

/// Removes a tag of the caller with all below it. Its assets are marked as tagged by hand and their sidecars written
/// again: a file that still names the tag would bring it back when its metadata are read. Each statement names
/// `caller`; the middle one gives jobs for [`crate::jobs::many::stored`], the last one changes a row when there was
/// such a tag. The cost grows with the assets that have it, as taking it off them does. `now` in epoch ms.
pub fn delete(id: &str, now: i64) -> [Statement; 3] {
    let stays =
        "ta.tag_id not in (select tc.descendant_id from tag_closure tc where tc.ancestor_id = ?1)";
    let [by_hand, sidecars] = told_to_files(id, stays, now);
    [
        by_hand,
        sidecars,
        stmt!(
            "delete from tag where id = ?1 and owner_id in (select c.user_id from caller c)",
            id
        ),
    ]
}

/// Marks the assets of a tag and of all below it as tagged by hand, and stores the jobs that write their sidecars. Of the tags of
/// an asset those count for which `counts` holds.
fn told_to_files(id: &str, counts: &str, now: i64) -> [Statement; 2] {
    let below = |parameter: &str| {
        format!(
            "(select ta.asset_id as value from tag_closure tc join tag_asset ta on ta.tag_id = tc.descendant_id \
             where tc.ancestor_id = {parameter})"
        )
    };
    let sidecars = format!("{SET_NOW} and a.owner_id in (select c.user_id from caller c)");
    [
        stmt!(by_hand(&below("?1"), counts), id, now),
        insert_for_set(
            JobName::SidecarWrite,
            &below("?5"),
            id,
            None,
            Some(&sidecars),
            now,
        ),
    ]
}

/// Gives a tag of the caller, whose value is `old`, the value `new` ([`normalised`]), and those below it theirs: none may have that
/// already, and none may become longer than a tag may be. Files are told as by [`delete`]. Each statement names `caller`; the first
/// one changes rows when it was done, the last one gives jobs for [`crate::jobs::many::stored`]. `now` in epoch ms.
pub fn rename(id: &str, old: &str, new: &str, now: i64) -> [Statement; 3] {
    let longest = LONGEST - new.chars().count().min(LONGEST);
    let renamed = stmt!(
        "update tag set value = cast(?3 as text) || substr(value, length(cast(?2 as text)) + 1), updated_at = ?4 \
         where id in (select tc.descendant_id from tag_closure tc where tc.ancestor_id = ?1) \
         and owner_id in (select c.user_id from caller c join tag t on t.owner_id = c.user_id where t.id = ?1 and t.value = ?2) \
         and not exists (select 1 from caller c join tag t on t.owner_id = c.user_id where t.value = ?3) \
         and not exists (select 1 from tag_closure tc join tag t on t.id = tc.descendant_id where tc.ancestor_id = ?1 \
         and length(t.value) - length(cast(?2 as text)) > ?5)",
        id,
        old,
        new,
        now,
        i64::try_from(longest).unwrap_or(0)
    );
    let [by_hand, sidecars] = told_to_files(id, "1 = 1", now);
    [renamed, by_hand, sidecars]
}

/// Which of the assets have the tag; column `id`.
pub fn tagged(tag_id: &str, asset_ids: &[&str]) -> Statement {
    stmt!(
        "select ta.asset_id as id from json_rows(?2) v cross join tag_asset ta \
         where ta.asset_id = v.value and ta.tag_id = ?1",
        tag_id,
        json_texts(asset_ids)
    )
}

/// Puts the caller's tags on the caller's assets; the rows are the new pairs, columns `tag_id` and `id`. Names `caller`.
pub fn insert_pairs(tag_ids: &[&str], asset_ids: &[&str]) -> Statement {
    stmt!(
        format!(
            "insert into tag_asset (tag_id, asset_id) select t.id, a.id from caller c cross join json_rows(?1) tv \
             cross join tag t cross join json_rows(?2) av cross join asset a where t.id = tv.value \
             and t.owner_id = c.user_id and a.id = av.value and a.status <> 'deleted' and {ASSET_OWN} \
             order by t.id, a.id on conflict (tag_id, asset_id) do nothing returning tag_id, asset_id as id"
        ),
        json_texts(tag_ids),
        json_texts(asset_ids)
    )
}

/// Takes a tag of the caller off assets; the rows are those that had it, column `id`. Names `caller`.
pub fn delete_pairs(tag_id: &str, asset_ids: &[&str]) -> Statement {
    stmt!(
        "delete from tag_asset where tag_id = ?1 and asset_id in json_list(?2) and exists (select 1 from caller c \
         join tag t on t.owner_id = c.user_id where t.id = ?1) returning asset_id as id",
        tag_id,
        json_texts(asset_ids)
    )
}

/// Writes down in `asset_exif` that the owner set the tags of these assets by hand, where they differ from what is
/// there: a sidecar file is to say so. Names `caller`; `now` in epoch ms. Behind [`insert_pairs`] or [`delete_pairs`].
pub fn set_by_hand(asset_ids: &[&str], now: i64) -> Statement {
    stmt!(
        by_hand("json_list(?1)", "1 = 1"),
        json_texts(asset_ids),
        now
    )
}

/// The `update` of [`set_by_hand`] over parameters `?1`, what `assets` is made of, and `?2`, now. Of an asset's tags
/// those count for which `counts` holds of `tag_asset ta`.
///
/// It begins at the list, whose assets and tags are sub-selects: PostgreSQL without statistics took the owner for one with few photos,
/// and looked through the whole list for each of them.
fn by_hand(assets: &str, counts: &str) -> String {
    let tags = format!(
        "(select json_column(x.value) from (select (select t.value from tag t where t.id = ta.tag_id) as value from tag_asset ta \
         where ta.asset_id = asset_exif.asset_id and {counts} order by value) x)"
    );
    let locking = locking_where(iter::once(("tags", "")));
    format!(
        "update asset_exif set tags = {tags}, updated_at = ?2, {locking} \
         where asset_id in (select (select o.asset_id from asset_exif o where o.asset_id = v.value and o.owner_id = c.user_id limit 1) \
         from caller c cross join {assets} v) and coalesce(tags, '[]') <> {tags}"
    )
}

/// For [`crate::jobs::many::insert_for_assets`] behind [`set_by_hand`]: the assets whose tags it wrote down.
pub const SET_NOW: &str = "exists (select 1 from asset_exif e where e.asset_id = a.id and e.updated_at = cast(?4 as bigint) \
     and e.locked_properties like '%\"tags\"%')";

/// What a file says about its tags becomes the tags of its asset, unless the owner set them by hand: tags that are not
/// in `values` ([`normalised`]) go. Results of a job (`{held}`). `now` in epoch ms.
pub fn apply(
    asset_id: &str,
    values: &[String],
    new_id: impl FnMut() -> String,
    now: i64,
) -> Vec<Statement> {
    let (whose, _) = Owner::OfAsset(asset_id).select();
    let mut batch = batch_upsert(Owner::OfAsset(asset_id), values, new_id, now);
    let keep: BTreeSet<&str> = values.iter().map(String::as_str).collect();
    let keep: Vec<&str> = keep.into_iter().collect();
    let (keep, now) = (json_texts(&keep), Value::from(now));
    let params = || vec![Value::from(&keep), now.clone(), asset_id.into()];
    batch.push(Statement::new(
        format!(
            "delete from tag_asset where asset_id = ?3 and cast(?2 as bigint) > 0 and exists (select 1 from {whose} o) \
             and tag_id not in (select t.id from {whose} o cross join json_rows(?1) v cross join tag t \
             where t.owner_id = o.owner_id and t.value = v.value)"
        ),
        params(),
    ));
    batch.push(Statement::new(
        format!(
            "insert into tag_asset (tag_id, asset_id) select t.id, cast(?3 as text) from {whose} o \
             cross join json_rows(?1) v cross join tag t where t.owner_id = o.owner_id and t.value = v.value \
             and cast(?2 as bigint) > 0 on conflict (tag_id, asset_id) do nothing"
        ),
        params(),
    ));
    batch
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_one_form() {
        assert_eq!(
            normalised(" travel / /Italy/").as_deref(),
            Some("travel/Italy")
        );
        for nothing in ["", " ", "/", " / / "] {
            assert_eq!(normalised(nothing), None);
        }
        assert!(normalised(&"a/".repeat(DEEPEST)).is_some());
        assert_eq!(normalised(&"a/".repeat(DEEPEST + 1)), None);
        assert!(normalised(&"ä".repeat(LONGEST)).is_some());
        assert_eq!(normalised(&"ä".repeat(LONGEST + 1)), None);
    }

    #[test]
    fn parents_come_first_and_once() {
        let values = ["a/b/c", "a/d", "a"].map(str::to_owned);
        let levels = levels(&values);
        let levels: Vec<Vec<&str>> = levels
            .into_iter()
            .map(|level| level.into_iter().collect())
            .collect();
        assert_eq!(levels, [vec!["a"], vec!["a/b", "a/d"], vec!["a/b/c"]]);
        // 1 + 2 + 2 + 3: what several are below counts once.
        assert_eq!((closure_rows(&values), closure_rows(&[])), (8, 0));
    }

    #[test]
    fn long_lists_are_cut() {
        let texts = vec!["x".repeat(CHUNK / 3); 4];
        let sizes: Vec<usize> = chunks(&texts).iter().map(Vec::len).collect();
        assert_eq!(sizes, [2, 2]);
        assert!(chunks(&[]).is_empty());
    }
}
