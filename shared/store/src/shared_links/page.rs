//! What the page of a link shows without JavaScript: its title, how much there is, and a page of pictures. All of it
//! travels with the admission of the guest; the statements name `caller`.

use edge_platform::{DbError, Row, Rows, Statement, Value, stmt};

use crate::access::still_shared;

/// Pictures of one page.
pub const PAGE: i64 = 60;

/// `asset a` is shown to guests.
const SHOWN: &str = "a.deleted_at is null and a.visibility not in ('locked', 'hidden')";

/// `asset a` is shown by a link to single assets: a partner's while the partner shows it.
const SHARED: &str = still_shared!("(select c.user_id from caller c)");

/// What a link is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Its own text.
    pub description: Option<String>,
    /// Name of its album.
    pub album_name: Option<String>,
    /// Text of its album.
    pub album_description: Option<String>,
    /// Cover of its album, if it shows it.
    pub cover: Option<String>,
    /// How many assets it shows; 0 with [`Part::Around`], whose page does not say it.
    pub total: i64,
}

/// One picture of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The asset.
    pub id: String,
    /// Name as uploaded.
    pub name: String,
    /// A video, not a photo.
    pub is_video: bool,
    /// When it was taken, wall clock as if in UTC, epoch ms.
    pub taken_at: i64,
}

/// Reads [`About`]: kept counts for albums, while single assets are counted, all of them.
fn about(part: Part<'_>) -> Statement {
    let total = match part {
        Part::First | Part::After(..) => format!(
            "case when l.album_id is null then (select count(*) from shared_link_asset x \
             join asset a on a.id = x.asset_id where x.shared_link_id = l.id and {SHOWN} and {SHARED}) \
             else (select coalesce(sum(st.total), 0) from album_total st where st.album_id = l.album_id) end"
        ),
        Part::Around(..) => "0".to_owned(),
    };
    stmt!(format!(
        "select l.description, al.album_name, al.description as album_description, \
         (select ca.asset_id from album_asset ca where ca.album_id = al.id and ca.asset_id = al.thumbnail_asset_id \
         and ca.is_shown = 1) as cover, {total} as total \
         from caller c join shared_link l on l.id = c.link_id left join album al on al.id = l.album_id"
    ))
}

/// Which pictures of a link are read. A picture is named by its time and its id, the order of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'a> {
    /// A page of the newest.
    First,
    /// A page of those behind this one.
    After(i64, &'a str),
    /// This one and its neighbours.
    Around(i64, &'a str),
}

/// A picture between its neighbours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Around {
    /// The one before it.
    pub newer: Option<Picture>,
    /// The one that was asked for.
    pub picture: Picture,
    /// The one behind it.
    pub older: Option<Picture>,
}

/// Statements for [`read`], or for [`read_around`]: the link, and pictures of it.
pub fn statements(part: Part<'_>) -> Vec<Statement> {
    let mut all = vec![about(part)];
    match part {
        Part::First => all.extend(pictures(None, "desc", PAGE + 1)),
        Part::After(at, id) => all.extend(pictures(Some((at, "<", id)), "desc", PAGE + 1)),
        Part::Around(at, id) => {
            all.extend(pictures(Some((at, "<=", id)), "desc", 2));
            all.extend(pictures(Some((at, ">", id)), "asc", 1));
        }
    }
    all
}

/// Pictures of an album's link, and of a link to single assets, of which one gives none; `from` compares them with one of them. Both are
/// ranges of an index in the order of the page. The caller is asked by sub-selects: beside the table PostgreSQL would take it for many, and
/// sort all pictures.
fn pictures(from: Option<(i64, &str, &str)>, order: &str, limit: i64) -> [Statement; 2] {
    let mut params = Vec::<Value>::new();
    let mut range = String::new();
    if let Some((at, compared, id)) = from {
        params = vec![at.into(), id.into()];
        range = format!(" and (x.taken_at, x.asset_id) {compared} (?1, ?2)");
    }
    let select = |table: &str, of_link: &str, condition: &str| {
        Statement::new(
            format!(
                "select a.id, a.original_file_name, a.type, x.taken_at from {table} x cross join asset a \
                 where {of_link} and a.id = x.asset_id and {SHOWN}{condition}{range} \
                 order by x.taken_at {order}, x.asset_id {order} limit {limit}"
            ),
            params.clone(),
        )
    };
    [
        select(
            "album_asset",
            "x.album_id = (select c.link_album_id from caller c) and x.is_shown = 1",
            "",
        ),
        select(
            "shared_link_asset",
            "x.shared_link_id = (select c.link_id from caller c)",
            &format!(" and {SHARED}"),
        ),
    ]
}

/// Reads the link; `None`: there is none.
pub fn read_about(results: &[Rows]) -> Result<Option<About>, DbError> {
    let Some(row) = results.first().and_then(Rows::first) else {
        return Ok(None);
    };
    Ok(Some(About {
        description: row.get("description")?,
        album_name: row.get("album_name")?,
        album_description: row.get("album_description")?,
        cover: row.get("cover")?,
        total: row.get("total")?,
    }))
}

/// Reads a page of pictures and whether there are more.
pub fn read(results: &[Rows]) -> Result<(Vec<Picture>, bool), DbError> {
    let [_about, of_album, of_link] = results else {
        return Err(DbError::Other("a page is read by three statements".into()));
    };
    let mut pictures = both(of_album, of_link)?;
    let size = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let is_more = pictures.len() > size;
    pictures.truncate(size);
    Ok((pictures, is_more))
}

/// Reads the picture `id` and its neighbours; `None`: the link does not show it.
pub fn read_around(results: &[Rows], id: &str) -> Result<Option<Around>, DbError> {
    let [_about, of_album, of_link, newer_of_album, newer_of_link] = results else {
        return Err(DbError::Other(
            "a picture is read by five statements".into(),
        ));
    };
    let mut found = both(of_album, of_link)?.into_iter();
    let Some(picture) = found.next().filter(|picture| picture.id == id) else {
        return Ok(None);
    };
    Ok(Some(Around {
        newer: both(newer_of_album, newer_of_link)?.into_iter().next(),
        picture,
        older: found.next(),
    }))
}

fn both(of_album: &Rows, of_link: &Rows) -> Result<Vec<Picture>, DbError> {
    let rows = of_album.iter().chain(of_link.iter());
    rows.map(|row| picture(&row)).collect()
}

fn picture(row: &Row<'_>) -> Result<Picture, DbError> {
    Ok(Picture {
        id: row.get("id")?,
        name: row.get("original_file_name")?,
        is_video: row.get::<String>("type")? == "VIDEO",
        taken_at: row.get("taken_at")?,
    })
}
