//! Checkpoint strings: `TYPE|updateId` or `TYPE|updateId|extraId` (api/sync.md section 2).

use core::fmt;

use crate::enums::SyncEntityType;
use crate::id::is_uuid_v7;

/// Between the parts.
const SEPARATOR: char = '|';
/// What stands for the id in the ack of a reset line.
const RESET: &str = "reset";
/// The `extraId` of a container (album, partner) whose older rows have all been sent.
const COMPLETE: &str = "complete";
/// No type's name is longer; more of a wrong one is not repeated in the error.
const LONGEST_TYPE: usize = 64;

/// How far a client has got with one type of line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ack {
    /// Type the checkpoint is stored under.
    pub kind: SyncEntityType,
    /// UUID v7, for backfills the `createId` of the album or partner; `reset` for [`Ack::reset`].
    pub update_id: String,
    /// Only of backfills: the row's UUID v7, or `complete`.
    pub extra_id: Option<String>,
}

/// Why a string is no [`Ack`]; `Display` is the text of the 400.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AckError {
    /// It names no known type.
    Type(String),
    /// The type is known, the rest is not an id of ours.
    Malformed(SyncEntityType),
}

impl fmt::Display for AckError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type(name) => write!(out, "Invalid ack type: {name}"),
            Self::Malformed(kind) => write!(out, "Invalid ack: {kind}"),
        }
    }
}

impl Ack {
    /// The ack of the line that tells a client to start anew.
    pub fn reset() -> Self {
        Self::new(SyncEntityType::SyncResetV1, RESET)
    }

    /// `TYPE|updateId`.
    pub fn new(kind: SyncEntityType, update_id: impl Into<String>) -> Self {
        Self {
            kind,
            update_id: update_id.into(),
            extra_id: None,
        }
    }

    /// `TYPE|createId|complete`: all older rows of that album or partner were sent.
    pub fn complete(kind: SyncEntityType, create_id: impl Into<String>) -> Self {
        Self {
            kind,
            update_id: create_id.into(),
            extra_id: Some(COMPLETE.to_owned()),
        }
    }

    /// Reads a string that we made; anything else is refused.
    pub fn parse(text: &str) -> Result<Self, AckError> {
        let mut parts = text.split(SEPARATOR);
        let name = parts.next().unwrap_or_default();
        let kind = SyncEntityType::parse(name)
            .ok_or_else(|| AckError::Type(name.chars().take(LONGEST_TYPE).collect()))?;
        let (update_id, extra_id) = (parts.next().unwrap_or_default(), parts.next());
        let is_good = if kind == SyncEntityType::SyncResetV1 {
            update_id == RESET && extra_id.is_none()
        } else {
            is_update_id(update_id)
                && extra_id.is_none_or(|extra| {
                    is_backfill(kind) && (extra == COMPLETE || is_update_id(extra))
                })
        };
        if !is_good || parts.next().is_some() {
            return Err(AckError::Malformed(kind));
        }
        Ok(Self {
            kind,
            update_id: update_id.to_owned(),
            extra_id: extra_id.map(str::to_owned),
        })
    }

    /// Whether all older rows of its album or partner were sent.
    pub fn is_complete(&self) -> bool {
        self.extra_id.as_deref() == Some(COMPLETE)
    }
}

impl fmt::Display for Ack {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{SEPARATOR}{}", self.kind, self.update_id)?;
        match &self.extra_id {
            Some(extra) => write!(out, "{SEPARATOR}{extra}"),
            None => Ok(()),
        }
    }
}

/// Lower case, because ids are compared as texts.
fn is_update_id(text: &str) -> bool {
    is_uuid_v7(text) && !text.bytes().any(|byte| byte.is_ascii_uppercase())
}

fn is_backfill(kind: SyncEntityType) -> bool {
    kind.as_str().contains("Backfill")
}

/// When an update id was made, epoch ms; `None` if it is no UUID v7.
pub fn update_time(update_id: &str) -> Option<i64> {
    if !is_uuid_v7(update_id) {
        return None;
    }
    let (high, low) = (update_id.get(..8)?, update_id.get(9..13)?);
    let part = |digits| i64::from_str_radix(digits, 16).ok();
    Some(part(high)? << 16 | part(low)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0190a5d0-ac96-774b-bcce-b302099a8057";

    #[test]
    fn what_is_written_is_read_back() {
        let row = Ack {
            extra_id: Some(ID.into()),
            ..Ack::new(SyncEntityType::AlbumUserBackfillV1, ID)
        };
        for ack in [
            Ack::new(SyncEntityType::AssetV2, ID),
            Ack::complete(SyncEntityType::PartnerAssetBackfillV2, ID),
            row,
            Ack::reset(),
        ] {
            assert_eq!(Ack::parse(&ack.to_string()), Ok(ack));
        }
        assert_eq!(Ack::reset().to_string(), "SyncResetV1|reset");
    }

    #[test]
    fn an_unknown_type_is_named() {
        let error = Ack::parse("AssetV9|x").unwrap_err();
        assert_eq!(error.to_string(), "Invalid ack type: AssetV9");
        assert_eq!(Ack::parse("").unwrap_err(), AckError::Type(String::new()));
        let long = Ack::parse(&"ä".repeat(1000)).unwrap_err();
        assert_eq!(long, AckError::Type("ä".repeat(LONGEST_TYPE)));
    }

    #[test]
    fn only_our_own_ids_are_taken() {
        let upper = ID.to_uppercase();
        for bad in [
            "AssetV2".to_owned(),
            "AssetV2|".to_owned(),
            "AssetV2|reset".to_owned(),
            "AssetV2|0190a5d0-ac96-474b-bcce-b302099a8057".to_owned(),
            format!("AssetV2|{upper}"),
            format!("AssetV2|{ID}|"),
            format!("AssetV2|{ID}|{ID}"),
            format!("AssetV2|{ID}|complete"),
            format!("AlbumUserBackfillV1|{ID}|{ID}|{ID}"),
            format!("AlbumUserBackfillV1|{ID}|half"),
            format!(" AssetV2|{ID}"),
            format!("SyncResetV1|{ID}"),
            "SyncResetV1|reset|x".to_owned(),
        ] {
            assert!(Ack::parse(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_id_tells_its_time() {
        assert_eq!(update_time(ID), Some(0x0190_a5d0_ac96));
        assert_eq!(update_time("reset"), None);
    }
}
