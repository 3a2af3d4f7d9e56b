//! Reading assets: one with everything around it, counts, and which checksums are known.

use edge_api::{
    assets::{AssetResponse, AssetStats},
    enums::AssetVisibility,
};
use edge_platform::{DbError, Rows, Statement, Value, stmt};

use super::response;
use crate::{access::one_asset_read, exif, json_texts, people};

/// The statements that read one asset for its detail view (api/assets.md section 8): asset with exif and
/// owner, tags, people, stack. They name `caller c`, who must be allowed to see it; read their results with
/// [`detail`].
pub fn detail_statements(id: &str) -> Vec<Statement> {
    detail_where(id, &one_asset_read())
}

/// The same for an asset the caller just changed: his own, also when it is locked now.
pub fn own_detail_statements(id: &str) -> Vec<Statement> {
    detail_where(id, "(c.link_id is null and a.owner_id = c.user_id)")
}

fn detail_where(id: &str, condition: &str) -> Vec<Statement> {
    vec![
        stmt!(
            format!(
                "select {}, {}, {} from caller c join asset a on a.id = ?1 \
                 join asset_exif e on e.asset_id = a.id join users owner on owner.id = a.owner_id \
                 where a.status <> 'deleted' and {condition}",
                response::COLUMNS,
                exif::COLUMNS,
                response::OWNER_COLUMNS,
            ),
            id,
        )
        .single(),
        stmt!(
            "select t.id, t.parent_id, t.value, t.color, t.created_at, t.updated_at from tag_asset ta \
             join tag t on t.id = ta.tag_id where ta.asset_id = ?1 order by t.value",
            id,
        ),
        stmt!(
            format!(
            "select distinct {}, p.created_at from caller c cross join asset_face f cross join person q cross join person p \
             where c.link_id is null and f.asset_id = ?1 and f.is_visible = 1 and f.deleted_at is null and q.id = f.person_id \
             and p.id = {} order by p.created_at, p.id",
            people::COLUMNS,
            people::known("c.user_id")),
            id,
        ),
        stmt!(
            "select s.id, s.primary_asset_id, (select cast(count(*) as bigint) from asset m \
             where m.stack_id = s.id and m.deleted_at is null and m.visibility = 'timeline') as asset_count \
             from asset a join stack s on s.id = a.stack_id where a.id = ?1",
            id,
        )
        .single(),
    ]
}

/// Reads the results of [`detail_statements`] for `viewer_id` (`None`: a shared link, which sees neither
/// owner nor people); `None` when the caller may not see the asset.
pub fn detail(results: &[Rows], viewer_id: Option<&str>) -> Result<Option<AssetResponse>, DbError> {
    let [asset, tags, people, stack] = results else {
        return Err(DbError::Other("an asset is read by four statements".into()));
    };
    let Some(row) = asset.first() else {
        return Ok(None);
    };
    let mut found = response::asset_with_exif(&row, viewer_id)?;
    if viewer_id.is_some() {
        found.owner = Some(response::owner(&row)?);
    }
    found.tags = Some(response::tags(tags)?);
    found.people = Some(response::people(people)?);
    found.stack = Some(stack.first().map(|row| response::stack(&row)).transpose()?);
    Ok(Some(found))
}

/// Which assets are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    /// `None`: timeline and archive.
    pub visibility: Option<AssetVisibility>,
    /// Only marked, or only unmarked.
    pub is_favorite: Option<bool>,
    /// Only in the trash, or only outside; `None`: outside.
    pub is_trashed: Option<bool>,
}

/// Counts the assets of one user by type (api/assets.md section 17), from the numbers that `asset_total` keeps; read with
/// [`statistics`].
pub fn statistics_statement(user_id: &str, which: Counted) -> Statement {
    let mut sql = String::from(
        "select a.type, cast(sum(a.total) as bigint) as total from asset_total a where a.owner_id = ?1",
    );
    let mut params: Vec<Value> = vec![user_id.into()];
    match which.visibility {
        None => sql.push_str(" and a.visibility in ('timeline', 'archive')"),
        Some(visibility) => {
            params.push(visibility.as_str().into());
            sql.push_str(" and a.visibility = ?2");
        }
    }
    sql.push_str(if which.is_trashed == Some(true) {
        " and a.state = 'trashed'"
    } else {
        " and a.state = 'shown'"
    });
    match which.is_favorite {
        None => {}
        Some(true) => sql.push_str(" and a.is_favorite = 1"),
        Some(false) => sql.push_str(" and a.is_favorite = 0"),
    }
    sql.push_str(" group by a.type");
    Statement::new(sql, params)
}

/// Reads the rows of [`statistics_statement`].
pub fn statistics(rows: &Rows) -> Result<AssetStats, DbError> {
    let mut stats = AssetStats {
        images: 0,
        videos: 0,
        total: 0,
    };
    for row in rows.iter() {
        let count: i64 = row.get("total")?;
        match row.get::<String>("type")?.as_str() {
            "IMAGE" => stats.images += count,
            "VIDEO" => stats.videos += count,
            _ => {}
        }
        stats.total += count;
    }
    Ok(stats)
}

/// An asset that has the content asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The asset.
    pub id: String,
    /// SHA-1, base64.
    pub checksum: String,
    /// In the trash.
    pub is_trashed: bool,
}

/// Finds a user's assets by checksum (base64), libraries included (api/assets.md section 2); names `caller c`
/// and is read with [`known`].
pub fn known_statement(checksums: &[String]) -> Statement {
    stmt!(
        "select a.id, a.checksum, case when a.deleted_at is null then 0 else 1 end as is_trashed \
         from caller c cross join json_rows(?1) sent cross join asset a where a.id = (select d.id from asset d \
         where d.owner_id = c.user_id and d.checksum = sent.value and d.library_id is null) and a.status <> 'deleted' \
         union all \
         select a.id, a.checksum, case when a.deleted_at is null then 0 else 1 end as is_trashed \
         from caller c join library l on l.owner_id = c.user_id cross join json_rows(?1) sent cross join asset a \
         where a.id = (select d.id from asset d where d.library_id = l.id and d.checksum = sent.value \
         and d.library_id is not null) and a.status <> 'deleted'",
        json_texts(checksums),
    )
}

/// Reads the rows of [`known_statement`].
pub fn known(rows: &Rows) -> Result<Vec<Known>, DbError> {
    rows.iter()
        .map(|row| {
            Ok(Known {
                id: row.get("id")?,
                checksum: row.get("checksum")?,
                is_trashed: row.get("is_trashed")?,
            })
        })
        .collect()
}

/// Finds the caller's uploaded asset with this checksum (base64), the trash included; names `caller c`. Guests of links
/// have none: what the owner has is not their business.
pub fn duplicate_statement(checksum: &str) -> Statement {
    stmt!(
        "select a.id from caller c join asset a on a.owner_id = c.user_id \
         where c.link_id is null and a.checksum = ?1 and a.library_id is null and a.status <> 'deleted'",
        checksum,
    )
}
