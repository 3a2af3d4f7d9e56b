//! Jobs that make the portraits of people (`PersonGenerateThumbnail`).

use edge_api::enums::QueueName;
use edge_platform::{Statement, stmt};

use super::{
    kinds::consumer_of,
    turns::{BEHIND, Line},
};
use crate::json_texts;

/// One job for each of `people` (SQL text, a sub-select of ids) of whom none waits. `?2` is the time, epoch ms. The rows are
/// for [`super::many::stored`].
pub(crate) fn insert(people: &str) -> String {
    let line = Line::of(consumer_of(QueueName::ThumbnailGeneration));
    let turn = line.turn("o.owner_id");
    let behind = BEHIND
        .replace(
            "{nth}",
            "row_number() over (partition by p.owner_id order by p.id) - 1",
        )
        .replace("{turn}", "first.turn");
    format!(
        "insert into job (id, queue, kind, payload, dedupe_key, run_after, created_at, updated_at, owner_id, turn) \
         select uuid7(), 'thumbnailGeneration', 'PersonGenerateThumbnail', '{{\"id\":\"' || p.id || '\"}}', \
         'PersonGenerateThumbnail:' || p.id, cast(?2 as bigint), cast(?2 as bigint), cast(?2 as bigint), p.owner_id, \
         first.turn + {behind} from (select o.owner_id, {turn} as turn from (select distinct n.owner_id from person n \
         where n.id in {people}) o) first cross join person p where p.id in {people} and p.owner_id = first.owner_id \
         on conflict do nothing returning id, queue"
    )
}

/// One job for each of these people who has a face to show and no portrait yet. Read with [`super::many::stored`]. `now` in
/// epoch ms.
pub fn insert_missing(people: &[&str], now: i64) -> Statement {
    let missing = "(select w.id from person w where w.id in json_list(?1) and w.thumbnail_path = '' \
         and w.face_asset_id is not null)";
    stmt!(insert(missing), json_texts(people), now)
}

/// One job for each of these people, who may have a portrait. Read with [`super::many::stored`]. `now` in epoch ms.
pub fn insert_for(people: &[&str], now: i64) -> Statement {
    stmt!(insert("json_list(?1)"), json_texts(people), now)
}
