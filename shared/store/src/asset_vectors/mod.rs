//! Tables `asset_vector` and `asset_vector_block`: what pictures look like to CLIP (docs/smart-search.md).
//!
//! All writes are results of a job (`{held}`).

pub mod all;
mod copies;
pub mod pgvector;
pub mod search;

use edge_api::enums::JobName;
use edge_platform::{Database, DbError, Row, Rows, Statement, stmt};
use serde_json::json;

pub use copies::{Neighbour, Subject, neighbours, read_neighbours, subject};

use crate::{jobs::NewJob, json_texts, media};

/// Vectors of a block, and of one read of those that are in no block.
pub const BLOCK: usize = 2_048;

/// An asset whose preview is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// Asset id.
    pub id: String,
    /// Whose it is.
    pub owner_id: String,
    /// Key of the preview of the unedited picture.
    pub preview: Option<String>,
}

/// Where an owner's blocks end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct End {
    /// How many there are.
    pub blocks: i64,
    /// Number of the last vector in them.
    pub last_seq: i64,
    /// Number of the last vector of all.
    pub newest: i64,
}

/// A block as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Whose.
    pub owner_id: String,
    /// Its number.
    pub block: i64,
    /// Another one when the block is made anew.
    pub version: String,
    /// Number of the last vector in it.
    pub last_seq: i64,
}

/// What a block holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// As in [`Head`].
    pub version: String,
    /// Asset ids.
    pub ids: Vec<String>,
    /// Signs of their numbers, one vector after the other, base64.
    pub bits: String,
}

/// A vector behind the blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loose {
    /// Asset id.
    pub id: String,
    /// Base64 of numbers of 8 bits.
    pub code: String,
    /// Its number.
    pub seq: i64,
}

/// The asset of a job; `None` when it is gone, in the trash or part of another. One round trip.
pub async fn find(db: &dyn Database, asset_id: &str) -> Result<Option<Photo>, DbError> {
    let rows = db
        .run(stmt!(
            "select a.id, a.owner_id, r.path as preview from asset a \
             left join asset_file r on r.asset_id = a.id and r.type = 'preview' and r.is_edited = 0 \
             where a.id = ?1 and a.deleted_at is null and a.visibility <> 'hidden'",
            asset_id
        ))
        .await?;
    let photo = |row: Row<'_>| {
        Ok(Photo {
            id: row.get("id")?,
            owner_id: row.get("owner_id")?,
            preview: row.get("preview")?,
        })
    };
    rows.first().map(photo).transpose()
}

/// Stores the vector of an asset; one that says the same stays where it is. Results of a job (`{held}`); `now` in epoch ms.
pub fn store(photo: &Photo, model: &str, code: &str, now: i64) -> Vec<Statement> {
    vec![
        media::hold(&photo.id),
        // Numbers of an owner's vectors come one after the other.
        stmt!(
            "select u.id from users u where u.id = ?1 for_update()",
            &photo.owner_id
        ),
        // Behind all vectors of the owner: also behind such as are gone, and stand in a block.
        stmt!(
            "insert into asset_vector (asset_id, owner_id, model, seq, code) select a.id, a.owner_id, cast(?2 as text), \
             1 + (select coalesce(max(o.seq), 0) from \
             (select max(w.seq) as seq from asset_vector w where w.owner_id = ?4 and w.model = ?2 \
             union all select max(b.last_seq) as seq from asset_vector_block b where b.owner_id = ?4 and b.model = ?2) o), \
             cast(?3 as text) from asset a where a.id = ?1 and a.owner_id = ?4 and {held} \
             on conflict (asset_id) do update set seq = case when asset_vector.model = excluded.model \
             and asset_vector.code = excluded.code then asset_vector.seq else excluded.seq end, \
             owner_id = excluded.owner_id, model = excluded.model, code = excluded.code",
            &photo.id,
            model,
            code,
            &photo.owner_id
        ),
        media::done(&photo.id, "smart_search_at", now),
    ]
}

/// The newest vector of this owner by this model, as it is stored: the next one is of its length. One round trip.
pub async fn newest(
    db: &dyn Database,
    owner_id: &str,
    model: &str,
) -> Result<Option<String>, DbError> {
    let rows = db
        .run(stmt!(
            "select v.code from asset_vector v where v.owner_id = ?1 and v.model = ?2 \
             order by v.seq desc limit 1",
            owner_id,
            model
        ))
        .await?;
    rows.first().map(|row| row.get("code")).transpose()
}

/// The job that looks for copies of an asset once its vector is there. `id`: a fresh one; `now` in epoch ms.
pub fn copies_job(id: String, asset_id: &str, now: i64) -> NewJob {
    let kind = JobName::AssetDetectDuplicates;
    let job = NewJob::new(id, kind, json!({ "id": asset_id }), now);
    job.once(format!("{kind}:{asset_id}"))
}

/// Where the blocks of an owner end. One round trip.
pub async fn end(db: &dyn Database, owner_id: &str, model: &str) -> Result<End, DbError> {
    let rows = db
        .run(stmt!(
            "select count(*) as blocks, coalesce(max(b.last_seq), 0) as last_seq, (select coalesce(max(v.seq), 0) \
             from asset_vector v where v.owner_id = ?1 and v.model = ?2) as newest from asset_vector_block b \
             where b.owner_id = ?1 and b.model = ?2",
            owner_id,
            model
        ))
        .await?;
    let Some(row) = rows.first() else {
        return Ok(End::default());
    };
    Ok(End {
        blocks: row.get("blocks")?,
        last_seq: row.get("last_seq")?,
        newest: row.get("newest")?,
    })
}

/// At most [`BLOCK`] vectors of an owner behind `after`; read with [`read_loose`].
pub fn behind(owner_id: &str, model: &str, after: i64) -> Statement {
    stmt!(
        format!(
            "select asset_id, code, seq from asset_vector where owner_id = ?1 and model = ?2 and seq > ?3 \
             order by seq limit {BLOCK}"
        ),
        owner_id,
        model,
        after
    )
}

/// Reads the rows of [`behind`].
pub fn read_loose(rows: &Rows) -> Result<Vec<Loose>, DbError> {
    let loose = |row: Row<'_>| {
        Ok(Loose {
            id: row.get("asset_id")?,
            code: row.get("code")?,
            seq: row.get("seq")?,
        })
    };
    rows.iter().map(loose).collect()
}

/// One block; read with [`read_block`].
pub fn block(head: &Head, model: &str) -> Statement {
    stmt!(
        "select version, ids, bits from asset_vector_block where owner_id = ?1 and model = ?2 and block = ?3",
        &head.owner_id,
        model,
        head.block
    )
}

/// Reads the row of [`block`].
pub fn read_block(rows: &Rows) -> Result<Option<Block>, DbError> {
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let ids: String = row.get("ids")?;
    let ids = serde_json::from_str(&ids);
    Ok(Some(Block {
        version: row.get("version")?,
        ids: ids.map_err(|error| DbError::Other(format!("asset_vector_block.ids: {error}")))?,
        bits: row.get("bits")?,
    }))
}

/// The blocks of one owner; read with [`read_heads`].
pub fn heads_of(owner_id: &str, model: &str) -> Statement {
    stmt!(
        "select b.owner_id, b.block, b.version, b.last_seq from asset_vector_block b where b.owner_id = ?1 and b.model = ?2 \
         order by b.block",
        owner_id,
        model
    )
}

/// Reads blocks as they are listed.
pub fn read_heads(rows: &Rows) -> Result<Vec<Head>, DbError> {
    let head = |row: Row<'_>| {
        let Some(block) = row.get::<Option<i64>>("block")? else {
            return Ok(None);
        };
        Ok(Some(Head {
            owner_id: row.get("owner_id")?,
            block,
            version: row.get("version")?,
            last_seq: row.get("last_seq")?,
        }))
    };
    rows.iter()
        .filter_map(|row| head(row).transpose())
        .collect()
}

/// Stores a block of vectors that are behind all others. Result of a job (`{held}`). `bits`: base64 of the signs of all of them.
pub fn store_block(
    owner_id: &str,
    model: &str,
    block: i64,
    vectors: &[Loose],
    bits: &str,
) -> Statement {
    let ids: Vec<&str> = vectors.iter().map(|vector| vector.id.as_str()).collect();
    stmt!(
        "insert into asset_vector_block (owner_id, model, block, version, last_seq, ids, bits) select u.id, cast(?2 as text), \
         cast(?3 as integer), uuid7(), cast(?4 as bigint), cast(?5 as text), cast(?6 as text) from users u where u.id = ?1 \
         and {held} on conflict (owner_id, model, block) do nothing",
        owner_id,
        model,
        block,
        vectors.last().map_or(0, |last| last.seq),
        json_texts(&ids),
        bits
    )
}
