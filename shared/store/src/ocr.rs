//! Tables `asset_ocr` and `ocr_search`: text in pictures (docs/ocr.md, api/jobs-ml.md section 6.4).

use edge_api::{
    assets::AssetOcr,
    id::{AssetId, OcrId},
};
use edge_platform::{Database, DbError, Row, Rows, Statement, stmt};
use serde_json::json;

use crate::{access::one_asset_read, fold::fold, media, search::words};

/// Where scripts begin that are written without blanks: CJK and what is behind it.
const WIDE: char = '\u{2e80}';

/// The lines of an asset in reading order, for [`read`]: those that edits left in the picture. No row: the caller may not read the
/// asset. Names `caller`.
pub fn list(asset_id: &str) -> Statement {
    stmt!(
        format!(
            "select a.id as asset_id, o.id, o.x1, o.y1, o.x2, o.y2, o.x3, o.y3, o.x4, o.y4, o.box_score, o.text_score, o.text \
             from caller c join asset a on a.id = ?1 \
             left join asset_ocr o on o.asset_id = a.id and o.is_visible = 1 \
             where a.status <> 'deleted' and {} order by o.position, o.id",
            one_asset_read()
        ),
        asset_id
    )
}

/// Reads the rows of [`list`]; `None`: the caller may not read the asset.
pub fn read(rows: &Rows) -> Result<Option<Vec<AssetOcr>>, DbError> {
    if rows.is_empty() {
        return Ok(None);
    }
    let lines = rows.iter().filter_map(|row| line(&row).transpose());
    lines.collect::<Result<_, _>>().map(Some)
}

/// `None`: the asset has no text.
fn line(row: &Row<'_>) -> Result<Option<AssetOcr>, DbError> {
    let Some(id) = row.get::<Option<String>>("id")? else {
        return Ok(None);
    };
    Ok(Some(AssetOcr {
        id: OcrId::from_trusted(id),
        asset_id: AssetId::from_trusted(row.get::<String>("asset_id")?),
        x1: row.get("x1")?,
        y1: row.get("y1")?,
        x2: row.get("x2")?,
        y2: row.get("y2")?,
        x3: row.get("x3")?,
        y3: row.get("y3")?,
        x4: row.get("x4")?,
        y4: row.get("y4")?,
        box_score: row.get("box_score")?,
        text_score: row.get("text_score")?,
        text: row.get("text")?,
    }))
}

/// An asset in whose preview text is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// Asset id.
    pub id: String,
    /// It has edits, which may have cut text away.
    pub is_edited: bool,
    /// Key of the preview of the unedited picture.
    pub preview: Option<String>,
}

/// The photo of a job; `None` when it is gone, in the trash or part of another. One round trip.
pub async fn find(db: &dyn Database, asset_id: &str) -> Result<Option<Photo>, DbError> {
    let rows = db
        .run(stmt!(
            "select a.id, case when exists (select 1 from asset_edit d where d.asset_id = a.id) then 1 else 0 end \
             as is_edited, r.path as preview from asset a \
             left join asset_file r on r.asset_id = a.id and r.type = 'preview' and r.is_edited = 0 \
             where a.id = ?1 and a.deleted_at is null and a.visibility <> 'hidden'",
            asset_id
        ))
        .await?;
    let photo = |row: Row<'_>| {
        Ok(Photo {
            id: row.get("id")?,
            is_edited: row.get("is_edited")?,
            preview: row.get("preview")?,
        })
    };
    rows.first().map(photo).transpose()
}

/// A line as a network read it.
#[derive(Debug, Clone, PartialEq)]
pub struct NewLine {
    /// A fresh one.
    pub id: String,
    /// x and y of its corners, clockwise from the upper left one, as parts (0 to 1) of the picture.
    pub corners: [(f64, f64); 4],
    /// How likely its pixels are text.
    pub box_score: f64,
    /// How sure the network is of its characters.
    pub text_score: f64,
    /// What it says.
    pub text: String,
}

/// Makes these the lines of an asset, in reading order. Results of a job (`{held}`); `now` in epoch ms.
pub fn store(asset_id: &str, lines: &[NewLine], now: i64) -> Vec<Statement> {
    let mut batch = vec![
        media::hold(asset_id),
        // Clients forget all lines of the asset, and are told the new ones.
        stmt!(
            "insert into asset_ocr_audit (owner_id, id, asset_id, deleted_at) \
             select a.owner_id, uuid7(), a.id, cast(?2 as bigint) from asset a where a.id = ?1 and {held} \
             and exists (select 1 from asset_ocr o where o.asset_id = a.id)",
            asset_id,
            now
        ),
        stmt!(
            "delete from asset_ocr where asset_id = ?1 and {held}",
            asset_id
        ),
        stmt!(
            "delete from ocr_search where asset_id = ?1 and {held}",
            asset_id
        ),
    ];
    if !lines.is_empty() {
        batch.push(insert(asset_id, lines));
        batch.push(searched(asset_id, lines));
    }
    batch.push(media::done(asset_id, "ocr_at", now));
    batch
}

fn insert(asset_id: &str, lines: &[NewLine]) -> Statement {
    let list: Vec<_> = lines.iter().map(row).collect();
    stmt!(
        "insert into asset_ocr (id, asset_id, owner_id, x1, y1, x2, y2, x3, y3, x4, y4, box_score, text_score, text, position, \
         update_id) select json_text(v.value, id), a.id, a.owner_id, \
         cast(json_text(v.value, x1) as double precision), cast(json_text(v.value, y1) as double precision), \
         cast(json_text(v.value, x2) as double precision), cast(json_text(v.value, y2) as double precision), \
         cast(json_text(v.value, x3) as double precision), cast(json_text(v.value, y3) as double precision), \
         cast(json_text(v.value, x4) as double precision), cast(json_text(v.value, y4) as double precision), \
         cast(json_text(v.value, box) as double precision), cast(json_text(v.value, read) as double precision), \
         json_text(v.value, text), cast(v.position as integer), uuid7() \
         from json_rows(?1) v cross join asset a where a.id = ?2 and {held}",
        serde_json::Value::from(list).to_string(),
        asset_id
    )
}

fn row(line: &NewLine) -> serde_json::Value {
    let [(x1, y1), (x2, y2), (x3, y3), (x4, y4)] = line.corners;
    json!({
        "id": line.id, "x1": x1, "y1": y1, "x2": x2, "y2": y2, "x3": x3, "y3": y3, "x4": x4, "y4": y4,
        "box": line.box_score, "read": line.text_score, "text": line.text,
    })
}

/// What is looked for when somebody searches: all lines behind each other.
fn searched(asset_id: &str, lines: &[NewLine]) -> Statement {
    let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    let text = texts.join(" ");
    stmt!(
        "insert into ocr_search (asset_id, owner_id, text, words) \
         select a.id, a.owner_id, cast(?2 as text), cast(?3 as text) from asset a where a.id = ?1 and {held}",
        asset_id,
        tokens(&text).join(" "),
        words::json(&fold(&text))
    )
}

/// The tokens of a text, folded: what stands between blanks; of scripts without blanks each two neighbours.
pub fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    for word in fold(text).split_whitespace() {
        let letters: Vec<char> = word.chars().collect();
        for run in letters.chunk_by(|a, b| is_wide(*a) == is_wide(*b)) {
            let text = |letters: &[char]| letters.iter().collect::<String>();
            match run {
                [first, _, ..] if is_wide(*first) => tokens.extend(run.windows(2).map(text)),
                run => tokens.push(text(run)),
            }
        }
    }
    tokens
}

fn is_wide(letter: char) -> bool {
    letter >= WIDE && letter.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_without_blanks_become_pairs() {
        assert_eq!(tokens(" Caf\u{e9}  12:30"), ["cafe", "12:30"]);
        assert_eq!(tokens("東京タワー"), ["東京", "京タ", "タワ", "ワー"]);
        assert_eq!(tokens("a東b京都!"), ["a", "東", "b", "京都", "!"]);
        assert_eq!(tokens("\u{0} \u{7}"), [""; 0]);
    }
}
