//! Live transcoding (api/hls.md): tables `hls_session` and `hls_segment`, and what of `asset_video` playlists are made of.
//!
//! A viewer's request writes into the session what it misses, the companion that holds the session reads that and stores segments,
//! and the request looks until its segment is there. All of it is lost with the session, which ends by itself.

pub mod held;

use edge_platform::{Database, DbError, Row, Rows, Statement, stmt};
use edge_protocol::{stream::Timing, wire::VideoFacts};

use crate::{access::one_asset_read, json_texts};

/// How long a session lasts from its beginning or a renewal, ms.
pub const LIFETIME: i64 = 30 * 60_000;
/// With less time left than this a request renews it, ms.
const RENEWED: i64 = 15 * 60_000;
/// A session whose viewer asks for nothing this long has ended, ms.
pub const IDLE: i64 = 5 * 60_000;
/// Sessions of a viewer (a user, or all guests of a link); the oldest one ends when he begins another.
pub const SESSIONS: i64 = 6;
/// Sessions that one sweep ends; the next one takes more.
const SWEPT: i64 = 50;

const TIMING: &str =
    "v.packet_ticks, v.packet_count, v.frame_count, v.base_numerator, v.base_denominator";
const FACTS: &str = "v.container, v.video_codec, v.audio_codec, v.width, v.height, v.rotation, v.fps, v.duration_ms, v.bit_rate, \
     v.pixel_format, v.color_primaries, v.color_transfer, v.color_space";

/// What is known of a video that is to be streamed.
#[derive(Debug, Clone, PartialEq)]
pub struct Video {
    /// What it is.
    pub facts: VideoFacts,
    /// How it is cut.
    pub timing: Timing,
}

/// Looks up the video of an asset for [`video`]; names `caller c`.
pub fn find_video(asset_id: &str) -> Statement {
    stmt!(
        format!(
            "select {FACTS}, {TIMING} from caller c join asset a on a.id = ?1 left join asset_video v on v.asset_id = a.id \
             where a.status <> 'deleted' and {}",
            one_asset_read()
        ),
        asset_id
    )
}

/// Reads the row of [`find_video`]: `None` when the caller may not see the asset, `Some(None)` when its packets were not read.
pub fn video(rows: Option<&Rows>) -> Result<Option<Option<Video>>, DbError> {
    rows.and_then(Rows::first)
        .map(|row| read_video(&row))
        .transpose()
}

fn read_video(row: &Row<'_>) -> Result<Option<Video>, DbError> {
    let Some(timing) = read_timing(row)? else {
        return Ok(None);
    };
    let small = |name: &str| Ok::<u32, DbError>(u32::try_from(row.get::<i64>(name)?).unwrap_or(0));
    let facts = VideoFacts {
        container: row.get("container")?,
        video_codec: row.get("video_codec")?,
        audio_codec: row.get("audio_codec")?,
        width: small("width")?,
        height: small("height")?,
        rotation: i32::try_from(row.get::<i64>("rotation")?).unwrap_or(0),
        fps: row.get("fps")?,
        duration_ms: row.get("duration_ms")?,
        bit_rate: row.get("bit_rate")?,
        pixel_format: row.get("pixel_format")?,
        color_primaries: row.get("color_primaries")?,
        color_transfer: row.get("color_transfer")?,
        color_space: row.get("color_space")?,
        timing: Some(timing),
    };
    Ok(Some(Video { facts, timing }))
}

fn read_timing(row: &Row<'_>) -> Result<Option<Timing>, DbError> {
    let Some(ticks) = row.get("packet_ticks")? else {
        return Ok(None);
    };
    Ok(Some(Timing {
        ticks,
        packets: row.get("packet_count")?,
        frames: row.get("frame_count")?,
        base: [row.get("base_numerator")?, row.get("base_denominator")?],
    }))
}

/// Begins a session, and ends the viewer's oldest ones when he has too many. `viewer` is the id of a user or of a link; `now` in
/// epoch ms.
pub fn begin(id: &str, asset_id: &str, viewer: &str, now: i64) -> Vec<Statement> {
    let oldest = "s.id in (select older.id from hls_session older where older.viewer = ?1 \
         order by older.created_at desc, older.id desc limit 1000 offset ?2)";
    let which = || vec![viewer.into(), (SESSIONS - 1).into()];
    let mut batch = end_where(oldest, which, now);
    batch.push(stmt!(
        "insert into hls_session (id, asset_id, viewer, created_at, expires_at, beat_at) values (?1, ?2, ?3, ?4, ?5, ?4)",
        id,
        asset_id,
        viewer,
        now,
        now + LIFETIME
    ));
    batch
}

/// Ends a session of this asset, if it is there. `now` in epoch ms.
pub fn end(id: &str, asset_id: &str, now: i64) -> Vec<Statement> {
    let which = || vec![id.into(), asset_id.into()];
    end_where("s.id = ?1 and s.asset_id = ?2", which, now)
}

/// Ends the sessions `s` for which a condition with two parameters holds: their objects are deleted later. They are marked first, by a
/// time of which no sign of life is (0): a segment that a companion stores meanwhile is either seen here or finds no session.
fn end_where(
    condition: &str,
    params: impl Fn() -> Vec<edge_platform::Value>,
    now: i64,
) -> Vec<Statement> {
    vec![
        Statement::new(
            format!("update hls_session as s set beat_at = 0 where {condition}"),
            params(),
        ),
        stmt!(
            "insert into object_deletion (object_key, run_after, created_at) \
             select g.object_key, cast(?1 as bigint), cast(?1 as bigint) from hls_session s \
             join hls_segment g on g.session_id = s.id where s.beat_at = 0 on conflict (object_key) do nothing",
            now
        ),
        // Its segments go with it.
        stmt!("delete from hls_session where beat_at = 0"),
    ]
}

/// Ends sessions that nobody watches any more or whose time is over, at most fifty. Two round trips, one when there is none;
/// true: there may be more. `now` in epoch ms.
pub async fn sweep(db: &dyn Database, now: i64) -> Result<bool, DbError> {
    let over = stmt!(
        "select s.id from hls_session s where s.beat_at <= ?1 or s.expires_at <= ?2 limit ?3",
        now - IDLE,
        now,
        SWEPT
    );
    let rows = db.run(over).await?;
    let ids: Vec<String> = rows
        .iter()
        .map(|row| row.get("id"))
        .collect::<Result<_, _>>()?;
    if ids.is_empty() {
        return Ok(false);
    }
    let ids = json_texts(&ids);
    // Who watches again meanwhile goes on.
    let condition = "s.id in json_list(?1) and (s.beat_at <= cast(?2 as bigint) or s.expires_at <= cast(?2 as bigint) + 300000)";
    let which = || vec![ids.as_str().into(), (now - IDLE).into()];
    db.batch(end_where(condition, which, now)).await?;
    Ok(i64::try_from(rows.len()).is_ok_and(|count| count == SWEPT))
}

/// A session as a viewer's request sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// The video; `None`: its packets were not read.
    pub video: Option<Video>,
    /// The variant that is encoded.
    pub variant: Option<i64>,
    /// The segment that was last asked for.
    pub requested: Option<i64>,
    /// Key of the object that was asked for, if it is there.
    pub object: Option<String>,
}

/// Looks up a session of an asset and one of its objects, for [`session`]; names `caller c`. `now` in epoch ms.
pub fn find(asset_id: &str, id: &str, variant: i64, number: i32, now: i64) -> Statement {
    stmt!(
        format!(
            "select {FACTS}, {TIMING}, s.variant, s.requested, g.object_key from caller c join asset a on a.id = ?1 \
             join hls_session s on s.id = ?2 and s.asset_id = a.id left join asset_video v on v.asset_id = a.id \
             left join hls_segment g on g.session_id = s.id and g.variant = cast(?3 as integer) and g.number = cast(?4 as integer) \
             where s.expires_at > cast(?5 as bigint) and a.status <> 'deleted' and {}",
            one_asset_read()
        ),
        asset_id,
        id,
        variant,
        number,
        now
    )
}

/// Reads the row of [`find`]; `None`: the caller may not see the asset, or the session is none of it, or over.
pub fn session(rows: Option<&Rows>) -> Result<Option<Session>, DbError> {
    let Some(row) = rows.and_then(Rows::first) else {
        return Ok(None);
    };
    Ok(Some(Session {
        video: read_video(&row)?,
        variant: row.get("variant")?,
        requested: row.get("requested")?,
        object: row.get("object_key")?,
    }))
}

/// Notes that a viewer was sent segment `number`, or something else (`None`), of a variant. `now` in epoch ms.
pub fn watched(id: &str, variant: u8, number: Option<i64>, now: i64) -> Statement {
    stmt!(
        format!(
            "update hls_session set {BEAT}, change = change + 1, \
             requested = case when variant = cast(?2 as integer) then coalesce(cast(?3 as integer), requested) else requested end \
             where id = ?1"
        ),
        id,
        i64::from(variant),
        number,
        now
    )
}

/// Notes that a viewer waits for segment `number` of a variant. `now` in epoch ms.
pub fn missed(id: &str, variant: u8, number: i64, now: i64) -> Statement {
    stmt!(
        format!(
            "update hls_session set {BEAT}, change = change + 1, variant = cast(?2 as integer), segment = cast(?3 as integer), \
             requested = cast(?3 as integer) where id = ?1"
        ),
        id,
        i64::from(variant),
        number,
        now
    )
}

/// Has a variant encoded from segment `number` on before anybody waits for it. It is no sign of life.
pub fn prepare(id: &str, variant: u8, number: i64) -> Statement {
    stmt!(
        "update hls_session set change = change + 1, variant = cast(?2 as integer), segment = cast(?3 as integer), \
         requested = cast(?3 as integer) where id = ?1",
        id,
        i64::from(variant),
        number
    )
}

/// A sign of life at ?4, with which a session lasts longer.
const BEAT: &str = "beat_at = cast(?4 as bigint), \
     expires_at = case when expires_at - cast(?4 as bigint) < 900000 then cast(?4 as bigint) + 1800000 else expires_at end";
const _: () = assert!(RENEWED == 900_000 && LIFETIME == 1_800_000 && IDLE == 300_000);

/// What became of a segment that a viewer waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// It will not come: the session ended, or its viewer wants another variant.
    Over,
    /// It is not there yet.
    NotYet,
    /// Key of its object.
    There(String),
}

/// Looks for a segment that a viewer waits for. One round trip.
pub async fn look(db: &dyn Database, id: &str, variant: u8, number: i32) -> Result<Look, DbError> {
    let rows = db
        .run(stmt!(
            "select s.variant, g.object_key from hls_session s left join hls_segment g on g.session_id = s.id \
             and g.variant = cast(?2 as integer) and g.number = cast(?3 as integer) where s.id = ?1",
            id,
            i64::from(variant),
            number
        ))
        .await?;
    let Some(row) = rows.first() else {
        return Ok(Look::Over);
    };
    Ok(match row.get("object_key")? {
        Some(key) => Look::There(key),
        None if row.get::<Option<i64>>("variant")? == Some(i64::from(variant)) => Look::NotYet,
        None => Look::Over,
    })
}
