//! Table `asset_transformation`: pictures in sizes that clients asked for, made from renditions or originals
//! (docs/transformations.md). Rows are removed by [`keep`] and with their assets; a trigger has the objects deleted.

use edge_platform::{DbError, Row, Rows, Statement, stmt};

use crate::{access::one_asset_read, assets::edits::ONLY_EDITED, objects::IS_PENDING};

/// Other sizes that an asset keeps; those made first go first.
pub const MOST: i64 = 24;

/// A picture from which others can be made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// Changes whenever the bytes do.
    pub id: String,
    /// Object key.
    pub path: String,
    /// EXIF orientation of what is stored; `None`: it is upright.
    pub orientation: Option<u8>,
}

/// What an asset has of a kind of picture, as uploaded and as edited.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sides<T> {
    /// As uploaded.
    pub unedited: Option<T>,
    /// As edited.
    pub edited: Option<T>,
}

impl<T> Sides<T> {
    fn set(&mut self, is_edited: bool, value: T) {
        *(if is_edited {
            &mut self.edited
        } else {
            &mut self.unedited
        }) = Some(value);
    }
}

/// What is known of an asset of which another size is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pictures {
    /// The asset's owner.
    pub owner_id: String,
    /// As uploaded.
    pub file_name: String,
    /// The uploaded file, if it is a photo.
    pub original: Option<Origin>,
    /// For the screen.
    pub preview: Sides<Origin>,
    /// In full size.
    pub fullsize: Sides<Origin>,
    /// The caller sees nothing of the unedited picture.
    pub only_edited: bool,
    /// What was made already: the id of its origin and its object key.
    pub made: Sides<(String, String)>,
}

/// Looks up what another size of an asset can be made from, and whether it was; names `caller c`. For [`read`].
pub fn find(asset_id: &str, name: &str) -> [Statement; 2] {
    let pictures = stmt!(
        format!(
            "select a.owner_id, a.original_file_name, a.original_path, a.checksum, a.type as asset_type, e.orientation, \
             f.type, f.is_edited, f.id as file_id, f.path, case when {ONLY_EDITED} then 1 else 0 end as only_edited from caller c join asset a on a.id = ?1 \
             left join asset_exif e on e.asset_id = a.id \
             left join asset_file f on f.asset_id = a.id and f.type in ('preview', 'fullsize') \
             where a.status <> 'deleted' and {}",
            one_asset_read()
        ),
        asset_id
    );
    let made = stmt!(
        "select t.is_edited, t.source_id, t.path from asset_transformation t where t.asset_id = ?1 and t.name = ?2",
        asset_id,
        name
    );
    [pictures, made]
}

/// Reads the rows of [`find`]; `None` when the caller may not see the asset.
pub fn read(results: &[Rows]) -> Result<Option<Pictures>, DbError> {
    let [pictures, made, ..] = results else {
        return Ok(None);
    };
    let Some(first) = pictures.first() else {
        return Ok(None);
    };
    let mut found = Pictures {
        owner_id: first.get("owner_id")?,
        file_name: first.get("original_file_name")?,
        original: original(&first)?,
        preview: Sides::default(),
        fullsize: Sides::default(),
        only_edited: first.get("only_edited")?,
        made: Sides::default(),
    };
    for row in pictures.iter() {
        let Some(kind) = row.get::<Option<String>>("type")? else {
            continue;
        };
        let side = match kind.as_str() {
            "preview" => &mut found.preview,
            _ => &mut found.fullsize,
        };
        let file = Origin {
            id: row.get("file_id")?,
            path: row.get("path")?,
            orientation: None,
        };
        side.set(row.get("is_edited")?, file);
    }
    for row in made.iter() {
        let what = (row.get("source_id")?, row.get("path")?);
        found.made.set(row.get("is_edited")?, what);
    }
    Ok(Some(found))
}

fn original(row: &Row<'_>) -> Result<Option<Origin>, DbError> {
    let is_photo = row.get::<String>("asset_type")? == "IMAGE";
    let orientation: Option<String> = row.get("orientation")?;
    let original = Origin {
        id: row.get("checksum")?,
        path: row.get("original_path")?,
        orientation: orientation.and_then(|text| text.parse().ok()),
    };
    Ok(is_photo.then_some(original))
}

/// A picture in another size whose object is stored, and registered as pending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made<'a> {
    /// Size, fit, format and quality.
    pub name: &'a str,
    /// Made from the edited picture.
    pub is_edited: bool,
    /// [`Origin::id`].
    pub source_id: &'a str,
    /// Object key, a fresh one.
    pub path: &'a str,
    /// MIME type.
    pub mime_type: &'a str,
    /// Bytes.
    pub size: i64,
}

/// Keeps another size of an asset: it replaces the one of that name, and the oldest ones make room. When the asset is gone
/// meanwhile, the object stays pending and is swept. `now` in epoch ms.
pub fn keep(asset_id: &str, made: &Made<'_>, now: i64) -> Vec<Statement> {
    let side = i64::from(made.is_edited);
    let insert = format!(
        "insert into asset_transformation (asset_id, name, is_edited, source_id, path, mime_type, size_in_byte, created_at) \
         select a.id, cast(?2 as text), cast(?3 as integer), cast(?4 as text), cast(?5 as text), cast(?6 as text), \
         cast(?7 as bigint), cast(?8 as bigint) from asset a where a.id = ?1 and a.status <> 'deleted' and {}",
        IS_PENDING.replace("{key}", "?5")
    );
    vec![
        // Two who make the same size come one after the other.
        crate::media::hold(asset_id),
        stmt!(
            "delete from asset_transformation where asset_id = ?1 and name = ?2 and is_edited = ?3",
            asset_id,
            made.name,
            side
        ),
        stmt!(
            "delete from asset_transformation where asset_id = ?1 and path in (select t.path from asset_transformation t \
             where t.asset_id = ?1 order by t.created_at desc, t.path desc limit 1000 offset ?2)",
            asset_id,
            MOST - 1
        ),
        stmt!(
            insert,
            asset_id,
            made.name,
            side,
            made.source_id,
            made.path,
            made.mime_type,
            made.size,
            now
        ),
        stmt!(
            "delete from pending_object where object_key = ?1 and exists (select 1 from asset_transformation t where t.path = ?1)",
            made.path
        ),
    ]
}
