//! `SidecarWrite`: what the owner set by hand goes into an XMP file beside the original
//! (api/assets.md section 9).

use bytes::Bytes;
use edge_api::enums::JobName;
use edge_http::{
    App,
    consumer::{Done, Failure, id_of},
    library,
};
use edge_media::metadata::{Edit, SidecarEdits, write_sidecar};
use edge_store::{
    jobs::{Job, NewJob},
    json_texts,
    media::{
        self,
        sidecar::{self, ByHand, NewSidecar},
    },
};
use edge_zones::Zone;
use jiff::{Timestamp, tz::TimeZone};
use serde_json::json;

use crate::read;

/// Largest sidecar that is changed, bytes.
const LARGEST: u64 = 4 << 20;

const MINUTE: i64 = 60_000;

/// Writes the sidecar; what it says is not locked any more, and the metadata are read again.
pub async fn run(app: &App, job: &Job) -> Result<Done, Failure> {
    let id = id_of(job)?;
    let (Some(source), Some(by_hand)) = (
        media::find(app.db(), id).await?,
        sidecar::by_hand(app.db(), id).await?,
    ) else {
        return Ok(Done::nothing());
    };
    let (edits, locked) = writable(&by_hand, source.sidecar_path.is_some());
    if edits == SidecarEdits::default() {
        return Ok(Done::nothing());
    }
    let existing = match &source.sidecar_path {
        None => None,
        Some(key) => Some(read::part(app, key, 0, LARGEST).await?),
    };
    let existing = existing.filter(|file| !file.is_empty());
    let file = write_sidecar(existing.as_deref(), &edits).into_bytes();
    let key = own_key(&source);
    let size = i64::try_from(file.len()).unwrap_or(i64::MAX);
    app.objects
        .put(&key, Bytes::from(file), "application/xml")
        .await?;
    let file = NewSidecar {
        id: &app.uuid(),
        key: &key,
        size,
    };
    let locked = json_texts(&locked);
    let mut done = Done::with(sidecar::store(id, &file, &by_hand, &locked, app.now()));
    let payload = json!({ "id": id, "source": "sidecar-write" });
    done.next.push(NewJob::new(
        app.uuid(),
        JobName::AssetExtractMetadata,
        payload,
        app.now(),
    ));
    Ok(done)
}

/// Where the sidecar is written: in place of the one there is, or beside the original. Beside files of external libraries nothing is written:
/// the sidecar of one lies among uploads.
fn own_key(source: &media::Source) -> String {
    let beside = || format!("{}.xmp", source.original_path);
    let key = source.sidecar_path.clone().unwrap_or_else(beside);
    if library::is_own(&key) {
        return key;
    }
    format!("upload/{}/{}.xmp", source.owner_id, source.id)
}

/// What can be written, and the names of what stays locked: a value that was cleared would fall back to the
/// file's. Where there is a sidecar it does not say it any more: whoever copies it copies no more than is shown.
fn writable(by_hand: &ByHand, has_sidecar: bool) -> (SidecarEdits, Vec<String>) {
    let mut locked = by_hand.names();
    let mut edits = SidecarEdits::default();
    let mut take = |names: &[&str], is_writable: bool| {
        let is_set = locked.iter().any(|name| names.contains(&name.as_str()));
        if is_set && is_writable {
            locked.retain(|name| !names.contains(&name.as_str()));
        }
        is_set && is_writable
    };
    if take(&["description"], !by_hand.description.trim().is_empty()) {
        edits.description = Edit::Set(by_hand.description.clone());
    }
    let rating = by_hand.rating.and_then(|rating| i32::try_from(rating).ok());
    if let Some(rating) = rating.filter(|rating| (1..=5).contains(rating))
        && take(&["rating"], true)
    {
        edits.rating = Edit::Set(rating);
    }
    if !by_hand.tags.is_empty() && take(&["tags"], true) {
        edits.tags = Edit::Set(by_hand.tags.clone());
    }
    if let Some(place) = by_hand.latitude.zip(by_hand.longitude)
        && take(&["latitude", "longitude"], true)
    {
        edits.position = Edit::Set(place);
    }
    if let Some(date) = by_hand
        .date_time_original
        .and_then(|instant| iso(by_hand, instant))
        && take(&["date_time_original", "time_zone"], true)
    {
        edits.date_time_original = Edit::Set(date);
        // the date itself tells a distance from UTC
        edits.time_zone = by_hand
            .time_zone
            .clone()
            .filter(|zone| zone.contains('/') && Zone::named(zone).is_some());
    }
    if has_sidecar {
        take_out(&mut edits, &locked);
    }
    (edits, locked)
}

/// Takes out what is locked and cannot be written; neither dates nor positions can be cleared.
fn take_out(edits: &mut SidecarEdits, locked: &[String]) {
    for name in locked {
        match name.as_str() {
            "description" => edits.description = Edit::Remove,
            "rating" => edits.rating = Edit::Remove,
            "tags" => edits.tags = Edit::Remove,
            _ => {}
        }
    }
}

/// `2021-07-08T09:10:11.000+02:00`, without a zone when none is known.
fn iso(by_hand: &ByHand, instant: i64) -> Option<String> {
    let local = by_hand.local_date_time;
    let clock = Timestamp::from_millisecond(local)
        .ok()?
        .to_zoned(TimeZone::UTC);
    let clock = clock.strftime("%Y-%m-%dT%H:%M:%S.%3f");
    let offset = (local - instant) / MINUTE;
    if by_hand.time_zone.is_none() && offset == 0 {
        return Some(clock.to_string());
    }
    let sign = if offset < 0 { '-' } else { '+' };
    let (hours, minutes) = (offset.abs() / 60, offset.abs() % 60);
    Some(format!("{clock}{sign}{hours:02}:{minutes:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_cleared_stays_locked_and_leaves_the_sidecar() {
        let by_hand = ByHand {
            locked: r#"["description","rating","tags"]"#.to_owned(),
            rating: Some(3),
            ..ByHand::default()
        };
        for (has_sidecar, cleared) in [(false, Edit::Keep), (true, Edit::Remove)] {
            let (edits, locked) = writable(&by_hand, has_sidecar);
            assert_eq!((edits.rating, edits.description), (Edit::Set(3), cleared));
            assert_eq!(edits.tags != Edit::Keep, has_sidecar);
            assert_eq!(locked, ["description", "tags"]);
        }
    }

    #[test]
    fn what_was_not_set_by_hand_is_not_written() {
        let by_hand = ByHand {
            locked: "[]".to_owned(),
            rating: Some(3),
            ..ByHand::default()
        };
        assert_eq!(writable(&by_hand, true).0, SidecarEdits::default());
    }

    #[test]
    fn dates_carry_their_zone_if_one_is_known() {
        let by_hand = |zone: Option<&str>, instant| {
            let time_zone = zone.map(str::to_owned);
            iso(
                &ByHand {
                    time_zone,
                    local_date_time: 3_600_250,
                    ..ByHand::default()
                },
                instant,
            )
        };
        assert_eq!(
            by_hand(Some("UTC+1"), 250).as_deref(),
            Some("1970-01-01T01:00:00.250+01:00")
        );
        assert_eq!(
            by_hand(Some("UTC"), 3_600_250).as_deref(),
            Some("1970-01-01T01:00:00.250+00:00")
        );
        assert_eq!(
            by_hand(None, 3_600_250).as_deref(),
            Some("1970-01-01T01:00:00.250")
        );
    }
}
