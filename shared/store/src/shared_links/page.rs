//! What the page of a link shows without JavaScript: its title, how much there is, and a page of pictures. All of it
//! travels with the admission of the guest; the statements name `caller`.

use edge_platform::{DbError, Row, Rows, Statement, Value, stmt};

use crate::access::still_shared;

/// Pictures of one page.
pub const PAGE: i64 = 60;

/// `asset a` is shown to guests.
const SHOWN: &str = "a.deleted_at is null and a.visibility not in ('locked', 'hidden')";

/// `asset a` is shown by a link to single assets: a partner's while the partner shows it.
const SHARED: &str = still_shared!("c.user_id");

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
    /// How many assets it shows.
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

/// Reads [`About`]; kept counts for albums.
fn about() -> Statement {
    stmt!(format!(
        "select l.description, al.album_name, al.description as album_description, \
         (select ca.asset_id from album_asset ca where ca.album_id = al.id and ca.asset_id = al.thumbnail_asset_id \
         and ca.is_shown = 1) as cover, case when l.album_id is null then (select count(*) from shared_link_asset x \
         join asset a on a.id = x.asset_id where x.shared_link_id = l.id and {SHOWN} and {SHARED}) \
         else (select coalesce(sum(st.total), 0) from album_total st where st.album_id = l.album_id) end as total \
         from caller c join shared_link l on l.id = c.link_id left join album al on al.id = l.album_id"
    ))
}

/// Statements for [`read`]: the link, and its pictures behind `after` (time and id of the last one before), newest first.
pub fn statements(after: Option<(i64, &str)>) -> Vec<Statement> {
    let (mut params, mut of_album, mut of_link) = (Vec::<Value>::new(), "", "");
    if let Some((at, id)) = after {
        params = vec![at.into(), id.into()];
        of_album = " and (aa.taken_at, aa.asset_id) < (?1, ?2)";
        of_link = " and (a.local_date_time, a.id) < (?1, ?2)";
    }
    let columns = "a.id, a.original_file_name, a.type, a.local_date_time";
    let one_more = PAGE + 1;
    vec![
        about(),
        Statement::new(
            format!(
                "select {columns} from caller c cross join album_asset aa cross join asset a \
                 where aa.album_id = c.link_album_id and aa.is_shown = 1 and a.id = aa.asset_id and {SHOWN}{of_album} \
                 order by aa.taken_at desc, aa.asset_id desc limit {one_more}"
            ),
            params.clone(),
        ),
        Statement::new(
            format!(
                "select {columns} from caller c cross join shared_link_asset x cross join asset a \
                 where x.shared_link_id = c.link_id and a.id = x.asset_id and {SHOWN} and {SHARED}{of_link} \
                 order by a.local_date_time desc, a.id desc limit {one_more}"
            ),
            params,
        ),
    ]
}

/// Reads the results of [`statements`]: the link, a page of pictures and whether there are more. `None`: no such link.
pub fn read(results: &[Rows]) -> Result<Option<(About, Vec<Picture>, bool)>, DbError> {
    let [about, of_album, of_link] = results else {
        return Err(DbError::Other("a page is read by three statements".into()));
    };
    let Some(row) = about.first() else {
        return Ok(None);
    };
    let about = About {
        description: row.get("description")?,
        album_name: row.get("album_name")?,
        album_description: row.get("album_description")?,
        cover: row.get("cover")?,
        total: row.get("total")?,
    };
    let rows = of_album.iter().chain(of_link.iter());
    let mut pictures = rows
        .map(|row| picture(&row))
        .collect::<Result<Vec<_>, _>>()?;
    let size = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let is_more = pictures.len() > size;
    pictures.truncate(size);
    Ok(Some((about, pictures, is_more)))
}

fn picture(row: &Row<'_>) -> Result<Picture, DbError> {
    Ok(Picture {
        id: row.get("id")?,
        name: row.get("original_file_name")?,
        is_video: row.get::<String>("type")? == "VIDEO",
        taken_at: row.get("local_date_time")?,
    })
}
