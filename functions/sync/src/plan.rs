//! What a stream consists of: passes over ordered rows, one after the other (api/sync.md section 3).
//!
//! The order of [`FAMILIES`] is the contract's, parents before children. Within a family deletions come first,
//! then what a new album or partner brings along (backfill), then new and changed rows.

use std::collections::VecDeque;

use edge_api::{
    enums::{SyncEntityType as Line, SyncRequestType as Request},
    sync::{Ack, update_time},
};
use edge_http::{Error, Result};
use edge_store::sync::{Container, Opening, Range, Source, sources as s};

use crate::lines;

/// A client that was away longer starts anew, ms: deletions are told for 31 days.
const LONGEST_ABSENCE: i64 = 30 * 24 * 60 * 60 * 1000;

/// Types of clients before 3.0, and what took their place.
const DEPRECATED: [(Request, Request); 4] = [
    (Request::AssetsV1, Request::AssetsV2),
    (Request::PartnerAssetsV1, Request::PartnerAssetsV2),
    (Request::AlbumAssetsV1, Request::AlbumAssetsV2),
    (Request::AssetFacesV1, Request::AssetFacesV2),
];

/// Whose coming brings older rows along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// An album the user has joined.
    Albums,
    /// A user who has begun to share.
    Partners,
}

/// Lines of one type and where they come from.
type Lines = (Line, &'static Source);

/// What one request type stands for.
struct Family {
    request: Request,
    delete: Option<Lines>,
    backfill: Option<(Of, Lines)>,
    /// Changes of rows that came with something else (assets of an album).
    update: Option<Lines>,
    upsert: Lines,
}

const fn family(request: Request, upsert: Lines) -> Family {
    Family {
        request,
        delete: None,
        backfill: None,
        update: None,
        upsert,
    }
}

impl Family {
    const fn delete(self, kind: Line, source: &'static Source) -> Self {
        Self {
            delete: Some((kind, source)),
            ..self
        }
    }

    const fn backfill(self, of: Of, kind: Line, source: &'static Source) -> Self {
        Self {
            backfill: Some((of, (kind, source))),
            ..self
        }
    }

    const fn update(self, kind: Line, source: &'static Source) -> Self {
        Self {
            update: Some((kind, source)),
            ..self
        }
    }
}

#[rustfmt::skip]
const FAMILIES: &[Family] = &[
    family(Request::AuthUsersV1, (Line::AuthUserV1, &s::AUTH_USER)),
    family(Request::UsersV1, (Line::UserV1, &s::USER)).delete(Line::UserDeleteV1, &s::USER_DELETE),
    family(Request::PartnersV1, (Line::PartnerV1, &s::PARTNER)).delete(Line::PartnerDeleteV1, &s::PARTNER_DELETE),
    family(Request::AssetsV2, (Line::AssetV2, &s::ASSET)).delete(Line::AssetDeleteV1, &s::ASSET_DELETE),
    family(Request::StacksV1, (Line::StackV1, &s::STACK)).delete(Line::StackDeleteV1, &s::STACK_DELETE),
    family(Request::PartnerAssetsV2, (Line::PartnerAssetV2, &s::PARTNER_ASSET))
        .delete(Line::PartnerAssetDeleteV1, &s::PARTNER_ASSET_DELETE)
        .backfill(Of::Partners, Line::PartnerAssetBackfillV2, &s::PARTNER_ASSET_BACKFILL),
    family(Request::PartnerStacksV1, (Line::PartnerStackV1, &s::PARTNER_STACK))
        .delete(Line::PartnerStackDeleteV1, &s::PARTNER_STACK_DELETE)
        .backfill(Of::Partners, Line::PartnerStackBackfillV1, &s::PARTNER_STACK_BACKFILL),
    family(Request::AlbumAssetsV2, (Line::AlbumAssetCreateV2, &s::ALBUM_ASSET))
        .backfill(Of::Albums, Line::AlbumAssetBackfillV2, &s::ALBUM_ASSET_BACKFILL)
        .update(Line::AlbumAssetUpdateV2, &s::ALBUM_ASSET_UPDATE),
    family(Request::AlbumsV1, (Line::AlbumV1, &s::ALBUM_V1)).delete(Line::AlbumDeleteV1, &s::ALBUM_DELETE),
    family(Request::AlbumsV2, (Line::AlbumV2, &s::ALBUM)).delete(Line::AlbumDeleteV1, &s::ALBUM_DELETE),
    family(Request::AlbumUsersV1, (Line::AlbumUserV1, &s::ALBUM_USER))
        .delete(Line::AlbumUserDeleteV1, &s::ALBUM_USER_DELETE)
        .backfill(Of::Albums, Line::AlbumUserBackfillV1, &s::ALBUM_USER_BACKFILL),
    family(Request::AlbumToAssetsV1, (Line::AlbumToAssetV1, &s::ALBUM_TO_ASSET))
        .delete(Line::AlbumToAssetDeleteV1, &s::ALBUM_TO_ASSET_DELETE)
        .backfill(Of::Albums, Line::AlbumToAssetBackfillV1, &s::ALBUM_TO_ASSET_BACKFILL),
    family(Request::AssetExifsV1, (Line::AssetExifV1, &s::ASSET_EXIF)),
    family(Request::AlbumAssetExifsV1, (Line::AlbumAssetExifCreateV1, &s::ALBUM_EXIF))
        .backfill(Of::Albums, Line::AlbumAssetExifBackfillV1, &s::ALBUM_EXIF_BACKFILL)
        .update(Line::AlbumAssetExifUpdateV1, &s::ALBUM_EXIF_UPDATE),
    family(Request::AssetOcrV1, (Line::AssetOcrV1, &s::ASSET_OCR)).delete(Line::AssetOcrDeleteV1, &s::ASSET_OCR_DELETE),
    family(Request::PartnerAssetExifsV1, (Line::PartnerAssetExifV1, &s::PARTNER_EXIF))
        .backfill(Of::Partners, Line::PartnerAssetExifBackfillV1, &s::PARTNER_EXIF_BACKFILL),
    family(Request::MemoriesV1, (Line::MemoryV1, &s::MEMORY)).delete(Line::MemoryDeleteV1, &s::MEMORY_DELETE),
    family(Request::MemoryToAssetsV1, (Line::MemoryToAssetV1, &s::MEMORY_ASSET))
        .delete(Line::MemoryToAssetDeleteV1, &s::MEMORY_ASSET_DELETE),
    family(Request::PeopleV1, (Line::PersonV1, &s::PERSON)).delete(Line::PersonDeleteV1, &s::PERSON_DELETE),
    family(Request::AssetFacesV2, (Line::AssetFaceV2, &s::ASSET_FACE))
        .delete(Line::AssetFaceDeleteV1, &s::ASSET_FACE_DELETE),
    family(Request::UserMetadataV1, (Line::UserMetadataV1, &s::USER_METADATA))
        .delete(Line::UserMetadataDeleteV1, &s::USER_METADATA_DELETE),
    family(Request::AssetMetadataV1, (Line::AssetMetadataV1, &s::ASSET_METADATA))
        .delete(Line::AssetMetadataDeleteV1, &s::ASSET_METADATA_DELETE),
    family(Request::AssetEditsV1, (Line::AssetEditV1, &s::ASSET_EDIT))
        .delete(Line::AssetEditDeleteV1, &s::ASSET_EDIT_DELETE),
];

/// One walk over rows in the order of their ids.
pub struct Pass {
    /// Type of its lines.
    pub kind: Line,
    /// Where the rows come from.
    pub source: &'static Source,
    /// Which of them; `after` moves along.
    pub range: Range,
    /// The ack of a row up to its id.
    pub ack: String,
    /// Line before the first row, if there is any.
    pub before: Option<String>,
    /// Line when all rows were sent.
    pub end: Option<String>,
}

/// Passes, and checkpoints that the server sets by itself.
#[derive(Default)]
pub struct Plan {
    /// In the order of the stream.
    pub passes: VecDeque<Pass>,
    /// To be stored with the first page.
    pub acks: Vec<Ack>,
}

/// Refuses types that only older servers know.
pub fn check(types: &[Request]) -> Result<()> {
    for (old, new) in DEPRECATED {
        if types.contains(&old) {
            return Err(Error::bad_request(format!(
                "SyncRequestType.{old} is deprecated, use SyncRequestType.{new} instead"
            )));
        }
    }
    Ok(())
}

/// The types of backfill lines among what is asked for.
pub fn backfills(types: &[Request], wanted: Of) -> Vec<Line> {
    let families = FAMILIES
        .iter()
        .filter(|family| types.contains(&family.request));
    let found = families.filter_map(|family| family.backfill);
    found
        .filter(|(of, _)| *of == wanted)
        .map(|(_, (kind, _))| kind)
        .collect()
}

/// Whether deletions may have been forgotten since the client's last complete stream.
pub fn was_away_too_long(opening: &Opening) -> bool {
    let complete = opening.checkpoint(Line::SyncCompleteV1);
    let times = complete
        .and_then(|ack| update_time(&ack.update_id))
        .zip(update_time(&opening.bound));
    times.is_some_and(|(complete, now)| complete < now - LONGEST_ABSENCE)
}

impl Plan {
    /// What `me` gets for these types.
    pub fn new(me: &str, types: &[Request], opening: &Opening) -> Self {
        let mut plan = Self::default();
        for family in FAMILIES {
            if types.contains(&family.request) {
                plan.add(family, me, opening);
            }
        }
        plan
    }

    fn add(&mut self, family: &Family, me: &str, opening: &Opening) {
        let known = opening.checkpoint(family.upsert.0);
        if let Some(lines) = family.delete {
            self.passes.push_back(pass(lines, me, opening));
        }
        if let Some((of, lines)) = family.backfill {
            let containers = match of {
                Of::Albums => &opening.albums,
                Of::Partners => &opening.partners,
            };
            match known {
                Some(known) => self.backfill(lines, me, opening, containers, known),
                None => self.call_complete(lines.0, opening, containers),
            }
        }
        let mut upsert = pass(family.upsert, me, opening);
        if let Some(lines) = family.update {
            if let Some(known) = known {
                let mut update = pass(lines, me, opening);
                update.range.within.clone_from(&known.update_id);
                self.passes.push_back(update);
            }
            // New rows come as they are now, so their changes up to now need not be sent.
            let ack = Ack::new(lines.0, &opening.bound);
            upsert.before = Some(lines::mark(Line::SyncAckV1, &ack));
        }
        self.passes.push_back(upsert);
    }

    /// Rows up to the client's checkpoint of what came in since.
    fn backfill(
        &mut self,
        lines: Lines,
        me: &str,
        opening: &Opening,
        containers: &[Container],
        known: &Ack,
    ) {
        let last = opening.checkpoint(lines.0);
        for container in containers {
            let mut after = String::new();
            if let Some(last) = last {
                let is_last = container.create_id == last.update_id;
                if container.create_id < last.update_id || (is_last && last.is_complete()) {
                    continue;
                }
                if let (true, Some(row)) = (is_last, &last.extra_id) {
                    after.clone_from(row);
                }
            }
            let complete = Ack::complete(lines.0, &container.create_id);
            self.passes.push_back(Pass {
                kind: lines.0,
                source: lines.1,
                range: Range {
                    me: me.to_owned(),
                    after,
                    until: known.update_id.clone(),
                    within: container.id.clone(),
                },
                ack: format!("{}|{}|", lines.0, container.create_id),
                before: None,
                end: Some(lines::mark(Line::SyncAckV1, &complete)),
            });
        }
    }

    /// A client that knows nothing gets all there is as new rows; what comes in later will be backfilled.
    fn call_complete(&mut self, kind: Line, opening: &Opening, containers: &[Container]) {
        let Some(newest) = containers.last() else {
            return;
        };
        let ack = Ack::complete(kind, &newest.create_id);
        if opening.checkpoint(kind) != Some(&ack) {
            self.acks.push(ack);
        }
    }
}

/// Rows since the client's checkpoint.
fn pass((kind, source): Lines, me: &str, opening: &Opening) -> Pass {
    let after = opening.checkpoint(kind);
    Pass {
        kind,
        source,
        range: Range {
            me: me.to_owned(),
            after: after.map(|ack| ack.update_id.clone()).unwrap_or_default(),
            until: opening.bound.clone(),
            within: String::new(),
        },
        ack: format!("{kind}|"),
        before: None,
        end: None,
    }
}

#[cfg(test)]
mod tests;
