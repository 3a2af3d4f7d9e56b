//! Table `asset_look`: finding copies without machine learning.
//!
//! Copies differ in few of 128 bits. With at most three of them different, one of the four parts is the same in both, so that
//! four look-ups in indexes find all of them ([`candidates`]); each takes at most [`MOST`] rows, however common its part is.

use edge_platform::{Database, DbError, Row, Rows, Statement, stmt};

/// Rows that one part of a look is compared with at most.
const MOST: usize = 64;

/// What a picture looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look(pub u128);

impl Look {
    /// How many bits differ.
    pub fn distance(self, other: Self) -> u32 {
        (self.0 ^ other.0).count_ones()
    }

    /// The four parts, the highest first.
    fn parts(self) -> [i64; 4] {
        [96, 64, 32, 0].map(|shift| i64::try_from((self.0 >> shift) & 0xFFFF_FFFF).unwrap_or(0))
    }

    fn of(row: &Row<'_>) -> Result<Self, DbError> {
        let mut look = 0_u128;
        for name in ["part_1", "part_2", "part_3", "part_4"] {
            let part: i64 = row.get(name)?;
            look = (look << 32) | u128::from(part.cast_unsigned() & 0xFFFF_FFFF);
        }
        Ok(Self(look))
    }
}

/// Remembers what an asset looks like; `None`: nothing that could be compared. Results of a job (`{held}`).
pub fn store(asset_id: &str, look: Option<Look>) -> Statement {
    let Some(look) = look else {
        return stmt!(
            "delete from asset_look where asset_id = ?1 and {held}",
            asset_id
        );
    };
    let [one, two, three, four] = look.parts();
    stmt!(
        "insert into asset_look (asset_id, owner_id, part_1, part_2, part_3, part_4) select a.id, a.owner_id, \
         cast(?2 as bigint), cast(?3 as bigint), cast(?4 as bigint), cast(?5 as bigint) from asset a where a.id = ?1 \
         and {held} on conflict (asset_id) do update set part_1 = excluded.part_1, part_2 = excluded.part_2, \
         part_3 = excluded.part_3, part_4 = excluded.part_4",
        asset_id,
        one,
        two,
        three,
        four
    )
}

/// An asset that may be a copy of another, or have copies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The asset.
    pub id: String,
    /// Whose it is.
    pub owner_id: String,
    /// Width and height as displayed, pixels; `None`: unknown, or of an edited picture, whose look is that of its original.
    pub size: Option<(i64, i64)>,
    /// What it looks like.
    pub look: Look,
    /// The group it is in.
    pub duplicate_id: Option<String>,
}

/// `asset a` may be in a group (api/jobs-ml.md section 6.5): on the timeline or in the archive, not stacked and not in the trash.
const GROUPED: &str =
    "a.visibility in ('timeline', 'archive') and a.stack_id is null and a.deleted_at is null";

/// The same of pictures, which have a look.
const ELIGIBLE: &str = "a.type = 'IMAGE' and a.visibility in ('timeline', 'archive') and a.stack_id is null \
     and a.deleted_at is null";

const COLUMNS: &str = "a.id, a.owner_id, case when a.is_edited = 1 then null else a.width end as width, a.height, a.duplicate_id, l.part_1, l.part_2, l.part_3, l.part_4";

/// The asset whose copies are looked for; `None` when it can have none. One round trip.
pub async fn source(db: &dyn Database, asset_id: &str) -> Result<Option<Candidate>, DbError> {
    let rows = db
        .run(stmt!(
            format!(
                "select {COLUMNS} from asset a join asset_look l on l.asset_id = a.id where a.id = ?1 and {ELIGIBLE}"
            ),
            asset_id
        ))
        .await?;
    rows.first().map(|row| candidate(&row)).transpose()
}

fn candidate(row: &Row<'_>) -> Result<Candidate, DbError> {
    let width: Option<i64> = row.get("width")?;
    Ok(Candidate {
        id: row.get("id")?,
        owner_id: row.get("owner_id")?,
        size: width.zip(row.get("height")?),
        look: Look::of(row)?,
        duplicate_id: row.get("duplicate_id")?,
    })
}

/// Assets of the same owner of whose look a part is the same; read with [`read_candidates`].
pub fn candidates(of: &Candidate) -> Statement {
    let [one, two, three, four] = of.look.parts();
    let alike = |part: usize| {
        let place = part + 2;
        format!(
            "select * from (select m.asset_id from asset_look m where m.owner_id = ?2 and m.part_{part} = ?{place} \
             order by m.asset_id limit {MOST}) p{part}"
        )
    };
    let alike = [1, 2, 3, 4].map(alike).join(" union ");
    stmt!(
        format!(
            "select {COLUMNS} from ({alike}) x cross join asset a cross join asset_look l where a.id = x.asset_id \
             and l.asset_id = a.id and a.id <> ?1 and {ELIGIBLE} order by a.id"
        ),
        &of.id,
        &of.owner_id,
        one,
        two,
        three,
        four
    )
}

/// Reads the rows of [`candidates`].
pub fn read_candidates(rows: &Rows) -> Result<Vec<Candidate>, DbError> {
    rows.iter().map(|row| candidate(&row)).collect()
}

/// Puts assets of one owner, and the groups that they are in, into one group. Results of a job (`{held}`); `now` in epoch ms.
pub fn group(
    owner_id: &str,
    asset_ids: &[&str],
    groups: &[&str],
    into: &str,
    now: i64,
) -> Statement {
    // By their ids: an index that begins with the owner would be gone through whole for each of them (SQLite).
    stmt!(
        format!(
            "update asset set duplicate_id = cast(?4 as text), updated_at = ?5, update_id = uuid7() where id in (\
             select a.id from json_rows(?1) v cross join asset a where a.id = v.value and coalesce(a.owner_id, '') = ?2 and {GROUPED} \
             union select a.id from json_rows(?3) v cross join asset a where a.owner_id = ?2 \
             and a.duplicate_id = v.value) and coalesce(duplicate_id, '') <> ?4 and {{held}}"
        ),
        crate::json_texts(asset_ids),
        owner_id,
        crate::json_texts(groups),
        into,
        now
    )
}

/// Notes that copies of an asset were looked for. Results of a job (`{held}`); `now` in epoch ms.
pub fn detected(asset_id: &str, now: i64) -> Statement {
    crate::media::done(asset_id, "duplicates_detected_at", now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_cut_and_put_together() {
        let look = Look(0x0123_4567_89AB_CDEF_FEDC_BA98_8765_4321);
        assert_eq!(
            look.parts(),
            [0x0123_4567, 0x89AB_CDEF, 0xFEDC_BA98, 0x8765_4321]
        );
        assert_eq!(look.distance(Look(look.0 ^ 0b111)), 3);
    }
}
