//! Tables `shared_link`, `shared_link_asset`: what guests without an account may see (api/features.md section A, Shared
//! links). Who comes in by a link is found in [`crate::caller`], what it shows in [`crate::access`].

pub mod page;

use std::collections::{HashMap, HashSet};

use edge_api::{
    assets::AssetView,
    enums::SharedLinkType,
    id::{SharedLinkId, UserId},
    shared_links::{SharedLinkCreate, SharedLinkEdit, SharedLinkQuery, SharedLinkResponse},
    time::Millis,
};
use edge_platform::{DbError, Row, Rows, Statement, Value, stmt};

use crate::{
    access::{ALBUM_EDIT, ASSET_SHARE, still_shared},
    albums::{self, Which as Albums},
    assets::response,
    json_texts, packed,
};

/// Assets that one statement reads of all links of somebody. Who has more reads their links one after the other.
pub const AT_ONCE: usize = 2_000;

/// Which links to read.
#[derive(Debug, Clone, Copy)]
pub enum Which<'a> {
    /// Those of the caller.
    Mine(&'a SharedLinkQuery),
    /// One of the caller.
    One(&'a str),
    /// The one by which the caller came in.
    Guest,
}

impl Which<'_> {
    /// A condition on `shared_link l`, and its parameters `?1` and following.
    fn condition(self) -> (&'static str, Vec<Value>) {
        match self {
            Self::Mine(query) => (
                "l.user_id = c.user_id and c.link_id is null and (cast(?1 as text) is null or l.id = ?1) \
                 and (cast(?2 as text) is null or l.album_id = ?2)",
                vec![
                    query.id.as_ref().map(AsRef::<str>::as_ref).into(),
                    query.album_id.as_ref().map(AsRef::<str>::as_ref).into(),
                ],
            ),
            Self::One(id) => (
                "l.user_id = c.user_id and c.link_id is null and l.id = ?1",
                vec![id.into()],
            ),
            Self::Guest => ("l.id = c.link_id", Vec::new()),
        }
    }
}

/// Reads links, newest first, with what they show: four statements, for [`read`]. Name `caller`.
pub fn statements(which: Which<'_>) -> Vec<Statement> {
    let (condition, params) = which.condition();
    let links = format!(
        "select l.id, l.key, l.slug, l.user_id, l.type, l.album_id, l.description, l.password, l.allow_upload, \
         l.allow_download, l.show_metadata, l.expires_at, l.created_at, \
         case when c.link_id is null then 0 else 1 end as for_guest \
         from caller c cross join shared_link l where {condition} order by l.created_at desc, l.id"
    );
    let mut assets = shown("", condition);
    if let Which::Mine(_) = which {
        assets = format!("{assets} limit {AT_ONCE}");
    }
    let scope = format!(
        "select l.album_id from caller c cross join shared_link l join album sa on sa.id = l.album_id \
         where {condition} and sa.deleted_at is null"
    );
    let mut batch = vec![
        Statement::new(links, params.clone()),
        Statement::new(assets, params.clone()),
    ];
    batch.extend(albums::statements(Albums::In(&scope, &params)));
    batch
}

/// The assets that links show. The order begins with what no index has: with a limit PostgreSQL would rather walk through the links of all.
fn shown(from: &str, condition: &str) -> String {
    format!(
        "select l.id as link_id, {} from caller c {from}cross join shared_link l join shared_link_asset x \
         on x.shared_link_id = l.id join asset a on a.id = x.asset_id where {condition} and a.deleted_at is null \
         and a.visibility <> 'locked' and {} order by l.created_at desc, l.id, a.file_created_at desc, a.id",
        response::COLUMNS,
        still_shared!("l.user_id")
    )
}

/// Whether the caller's links show more than [`statements`] reads; [`groups`] tells how to go on.
pub fn is_cut(results: &[Rows]) -> bool {
    results.get(1).is_some_and(|assets| assets.len() >= AT_ONCE)
}

/// How many assets each of the caller's links has, for [`groups`]. Names `caller`.
pub fn sizes(query: &SharedLinkQuery) -> Statement {
    let (condition, params) = Which::Mine(query).condition();
    Statement::new(
        format!(
            "select l.id, (select cast(count(*) as bigint) from shared_link_asset x where x.shared_link_id = l.id) as total \
             from caller c cross join shared_link l where {condition}"
        ),
        params,
    )
}

/// The links of [`statements`] without what they show, groups of [`AT_ONCE`] assets, of which the last link may have more; `sizes` has the rows of [`sizes`].
pub fn groups(results: &[Rows], sizes: &Rows) -> Result<Vec<Vec<SharedLinkResponse>>, DbError> {
    let mut totals: HashMap<String, usize> = HashMap::new();
    for row in sizes.iter() {
        let total: i64 = row.get("total")?;
        totals.insert(row.get("id")?, usize::try_from(total).unwrap_or(0));
    }
    let links = bare(results)?.into_iter().map(|link| {
        let total = totals.get(link.id.as_str()).copied().unwrap_or(0);
        (link, total)
    });
    Ok(packed(links, AT_ONCE))
}

/// What these links of the caller show, for [`fill`]. Names `caller`.
pub fn contents(links: &[SharedLinkResponse]) -> Statement {
    let ids: Vec<&str> = links.iter().map(|link| link.id.as_str()).collect();
    let condition = "l.id = v.value and l.user_id = c.user_id and c.link_id is null";
    stmt!(
        shown("cross join json_rows(?1) v ", condition),
        json_texts(&ids)
    )
}

/// Reads the results of [`statements`].
pub fn read(results: &[Rows]) -> Result<Vec<SharedLinkResponse>, DbError> {
    let links = bare(results)?;
    match results.get(1) {
        Some(assets) => fill(links, assets),
        None => Ok(links),
    }
}

/// Gives links what they show, by the rows of [`contents`].
pub fn fill(
    mut links: Vec<SharedLinkResponse>,
    assets: &Rows,
) -> Result<Vec<SharedLinkResponse>, DbError> {
    let mut shown: HashMap<String, Vec<AssetView>> = HashMap::new();
    let stripped: HashSet<String> = links
        .iter()
        .filter(|link| !link.show_metadata)
        .map(|link| link.id.as_str().to_owned())
        .collect();
    for row in assets.iter() {
        let id: String = row.get("link_id")?;
        let asset = response::asset(&row, None)?;
        let view = if stripped.contains(&id) {
            AssetView::Stripped(Box::new(asset.strip()))
        } else {
            AssetView::Full(Box::new(asset))
        };
        shown.entry(id).or_default().push(view);
    }
    for link in &mut links {
        link.assets = shown.remove(link.id.as_str()).unwrap_or_default();
    }
    Ok(links)
}

/// The links, without single assets.
fn bare(results: &[Rows]) -> Result<Vec<SharedLinkResponse>, DbError> {
    let [links, _, albums, members] = results else {
        return Err(DbError::Other("links are read by four statements".into()));
    };
    let found = albums::read_albums(albums, members)?;
    let albums: HashMap<String, _> = found
        .into_iter()
        .map(|album| (album.id.as_str().to_owned(), album))
        .collect();
    links
        .iter()
        .map(|row| {
            let mut link = link(&row)?;
            let album: Option<String> = row.get("album_id")?;
            link.album = album.and_then(|id| albums.get(&id).cloned());
            Ok(link)
        })
        .collect()
}

fn link(row: &Row<'_>) -> Result<SharedLinkResponse, DbError> {
    let kind: String = row.get("type")?;
    let password = row.get::<Option<String>>("password")?;
    let for_guest: bool = row.get("for_guest")?;
    Ok(SharedLinkResponse {
        id: SharedLinkId::from_trusted(row.get::<String>("id")?),
        description: row.get("description")?,
        password: password.filter(|text| !text.is_empty() && !for_guest),
        user_id: UserId::from_trusted(row.get::<String>("user_id")?),
        key: row.get("key")?,
        kind: SharedLinkType::parse(&kind)
            .ok_or_else(|| DbError::Other(format!("shared_link.type: {kind}")))?,
        created_at: Millis(row.get("created_at")?),
        expires_at: row.get::<Option<i64>>("expires_at")?.map(Millis),
        assets: Vec::new(),
        album: None,
        allow_upload: row.get("allow_upload")?,
        allow_download: row.get("allow_download")?,
        show_metadata: row.get("show_metadata")?,
        slug: row.get("slug")?,
    })
}

/// Whether the caller may share an album: a row when so. Names `caller`.
pub fn may_share_album(album_id: &str) -> Statement {
    stmt!(
        format!("select al.id from caller c cross join album al where al.id = ?1 and {ALBUM_EDIT}"),
        album_id
    )
}

/// Stores a link of the caller; `changed()` of the first is 0 when its slug is taken or when the caller may not share
/// the album any more. Name `caller`; `now` in epoch ms.
pub fn batch_insert(id: &str, key: &str, new: &SharedLinkCreate, now: i64) -> Vec<Statement> {
    let album = new.album_id.as_ref().map(AsRef::<str>::as_ref);
    let insert = stmt!(
        format!(
            "insert into shared_link (id, key, slug, user_id, type, album_id, description, password, allow_upload, \
             allow_download, show_metadata, expires_at, created_at) select cast(?1 as text), cast(?2 as text), \
             cast(?3 as text), c.user_id, cast(?4 as text), cast(?5 as text), cast(?6 as text), cast(?7 as text), \
             cast(?8 as integer), cast(?9 as integer), cast(?10 as integer), cast(?11 as bigint), cast(?12 as bigint) \
             from caller c where c.link_id is null and (cast(?5 as text) is null or exists (select 1 from album al \
             where al.id = ?5 and {ALBUM_EDIT})) on conflict do nothing"
        ),
        id,
        key,
        new.slug.as_deref().filter(|slug| !slug.is_empty()),
        new.kind.as_str(),
        album,
        new.description.as_deref(),
        new.password.as_deref().filter(|text| !text.is_empty()),
        new.allow_upload.unwrap_or(true),
        new.allow_download && new.show_metadata,
        new.show_metadata,
        new.expires_at.map(|at| at.0),
        now
    );
    let mut batch = vec![insert];
    if album.is_none() {
        let assets: Vec<&str> = new.asset_ids.iter().map(AsRef::as_ref).collect();
        batch.push(insert_assets(id, &assets));
    }
    batch
}

/// Puts assets that the caller may share behind a link of the caller to single assets; the rows are the new ones, column
/// `id`. Names `caller`.
pub fn insert_assets(id: &str, asset_ids: &[&str]) -> Statement {
    stmt!(
        format!(
            "insert into shared_link_asset (shared_link_id, asset_id) select l.id, a.id from caller c \
             cross join shared_link l cross join json_rows(?2) v cross join asset a where l.id = ?1 \
             and l.user_id = c.user_id and l.type = 'INDIVIDUAL' and a.id = v.value and a.status <> 'deleted' \
             and {ASSET_SHARE} order by a.id on conflict (shared_link_id, asset_id) do nothing \
             returning asset_id as id"
        ),
        id,
        json_texts(asset_ids)
    )
}

/// Takes assets off a link of the caller; the rows are those that it had, column `id`. Names `caller`.
pub fn delete_assets(id: &str, asset_ids: &[&str]) -> Statement {
    stmt!(
        "delete from shared_link_asset where shared_link_id = ?1 and asset_id in json_list(?2) and exists \
         (select 1 from caller c join shared_link l on l.id = ?1 where l.user_id = c.user_id and c.link_id is null) \
         returning asset_id as id",
        id,
        json_texts(asset_ids)
    )
}

/// The type of a link of the caller, column `type`. Names `caller`.
pub fn kind(id: &str) -> Statement {
    stmt!(
        "select l.type from caller c join shared_link l on l.id = ?1 where l.user_id = c.user_id and c.link_id is null",
        id
    )
}

/// Which of the assets a link shows; column `id`.
pub fn existing(id: &str, asset_ids: &[&str]) -> Statement {
    stmt!(
        "select x.asset_id as id from json_rows(?2) v cross join shared_link_asset x \
         where x.shared_link_id = ?1 and x.asset_id = v.value",
        id,
        json_texts(asset_ids)
    )
}

/// Changes a link of the caller. Errors: [`DbError::Conflict`] when the slug is taken. Names `caller`.
pub fn update(id: &str, change: &SharedLinkEdit) -> Statement {
    let mut set = Vec::new();
    let mut params: Vec<Value> = vec![id.into()];
    let mut add = |column: &str, cast: &str, value: Value| {
        params.push(value);
        set.push(format!("{column} = cast(?{} as {cast})", params.len()));
    };
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    add("slug", "text", change.slug.as_deref().and_then(text).into());
    if let Some(description) = change.description.clone().change() {
        add("description", "text", description.into());
    }
    if let Some(password) = change.password.clone().change() {
        let password = password.as_deref().and_then(text);
        add("password", "text", password.into());
    }
    if let Some(expires) = change.expires_at.change() {
        add("expires_at", "bigint", expires.map(|at| at.0).into());
    }
    for (column, value) in [
        ("allow_upload", change.allow_upload),
        ("allow_download", change.allow_download),
        ("show_metadata", change.show_metadata),
    ] {
        if let Some(value) = value {
            add(column, "integer", value.into());
        }
    }
    Statement::new(
        format!(
            "update shared_link set {} where id = ?1 and user_id in \
             (select c.user_id from caller c where c.link_id is null)",
            set.join(", ")
        ),
        params,
    )
}

/// Removes a link of the caller; `changed()` is 0 when there is none. Names `caller`.
pub fn delete(id: &str) -> Statement {
    stmt!(
        "delete from shared_link where id = ?1 and user_id in (select c.user_id from caller c where c.link_id is null)",
        id
    )
}
