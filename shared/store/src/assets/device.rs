//! Table `asset_device`: what devices of the generation 2.7 call the files that they sent (api/v32.md section 11).

use std::collections::HashMap;

use edge_platform::{DbError, Row, Rows, Statement, stmt};

use crate::json_texts;

/// Longest name of a device or of its file that is kept, bytes.
const LONGEST: usize = 1000;

/// A file as its device knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// The device.
    pub device_id: String,
    /// What it calls the file.
    pub device_asset_id: String,
}

/// Keeps where an asset came from, unless that is known. `None` for names that are too long to be any.
pub fn remember(asset_id: &str, device: &Device) -> Option<Statement> {
    let is_name = |text: &str| text.len() <= LONGEST;
    (is_name(&device.device_id) && is_name(&device.device_asset_id)).then(|| {
        stmt!(
            "insert into asset_device (asset_id, device_id, device_asset_id, owner_id) select a.id, cast(?2 as text), \
             cast(?3 as text), a.owner_id from asset a where a.id = ?1 on conflict (asset_id) do nothing",
            asset_id,
            device.device_id.as_str(),
            device.device_asset_id.as_str(),
        )
    })
}

/// Where these assets came from; read with [`by_asset`].
pub fn of_assets(ids: &[String]) -> Statement {
    stmt!(
        "select d.asset_id, d.device_id, d.device_asset_id from asset_device d where d.asset_id in json_list(?1)",
        json_texts(ids),
    )
}

/// Reads the rows of [`of_assets`].
pub fn by_asset(rows: &Rows) -> Result<HashMap<String, Device>, DbError> {
    rows.iter().map(|row| by_id(&row)).collect()
}

fn by_id(row: &Row<'_>) -> Result<(String, Device), DbError> {
    let device = Device {
        device_id: row.get("device_id")?,
        device_asset_id: row.get("device_asset_id")?,
    };
    Ok((row.get("asset_id")?, device))
}

/// Whose files are asked for: `asset_device_owner_idx` begins with it. Links have none.
const MINE: &str = "d.owner_id = (select c.user_id from caller c where c.link_id is null)";

/// Files of a device that one page looks at.
pub const PAGE: usize = 5_000;

/// What a page of the files of a device ends with: the next one begins behind it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Last {
    /// What the device calls it.
    pub device_asset_id: String,
    /// The asset.
    pub asset_id: String,
}

/// A page of the caller's files of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// What the device calls those that are neither hidden nor in the trash.
    pub names: Vec<String>,
    /// Where the next page begins; `None`: there is none.
    pub last: Option<Last>,
}

/// The next [`PAGE`] of the caller's files of a device; however many of them are hidden or in the trash, no more are read. Names
/// `caller`; read with [`files`].
pub fn of_device(device_id: &str, behind: &Last) -> Statement {
    stmt!(
        format!(
            "select w.asset_id, w.device_asset_id, case when a.status = 'active' and a.visibility <> 'hidden' then 1 else 0 end \
             as is_shown from (select d.asset_id, d.device_asset_id from asset_device d where {MINE} and d.device_id = ?1 \
             and (d.device_asset_id, d.asset_id) > (?2, ?3) order by d.device_asset_id, d.asset_id limit {PAGE}) w \
             cross join asset a where a.id = w.asset_id order by w.device_asset_id, w.asset_id"
        ),
        device_id,
        behind.device_asset_id.as_str(),
        behind.asset_id.as_str(),
    )
}

/// Reads the rows of [`of_device`].
pub fn files(rows: &Rows) -> Result<Files, DbError> {
    let mut found = Files {
        names: Vec::new(),
        last: None,
    };
    for row in rows.iter() {
        let last = Last {
            device_asset_id: row.get("device_asset_id")?,
            asset_id: row.get("asset_id")?,
        };
        if row.get("is_shown")? {
            found.names.push(last.device_asset_id.clone());
        }
        found.last = Some(last);
    }
    found.last = found.last.filter(|_| rows.len() >= PAGE);
    Ok(found)
}

/// Which of these files of a device the caller has, hidden ones and those in the trash included. Names `caller`; read with [`names`].
pub fn existing(device_id: &str, device_asset_ids: &[String]) -> Statement {
    stmt!(
        format!(
            "select d.device_asset_id from asset_device d join asset a on a.id = d.asset_id where {MINE} and d.device_id = ?1 \
             and d.device_asset_id in json_list(?2) and a.status <> 'deleted' order by d.device_asset_id"
        ),
        device_id,
        json_texts(device_asset_ids),
    )
}

/// Reads the rows of [`existing`].
pub fn names(rows: &Rows) -> Result<Vec<String>, DbError> {
    rows.iter().map(|row| row.get("device_asset_id")).collect()
}
