//! `SidecarWrite`: what the owner set by hand goes into an XMP file beside the original
//! (api/assets.md section 9).

use bytes::Bytes;
use edge_api::enums::JobName;
use edge_http::{
    App,
    consumer::{Done, Failure, id_of},
    library,
};
use edge_media::metadata::{self, Edit, SidecarEdits, write_sidecar};
use edge_store::{
    jobs::{Job, NewJob},
    json_texts,
    media::{
        self,
        sidecar::{self, ByHand, NewSidecar},
    },
    objects,
};
use edge_zones::Zone;
use jiff::{Timestamp, tz::TimeZone};
use serde_json::json;

use crate::{extract, read};

const MINUTE: i64 = 60_000;

/// Writes the sidecar; what is read of it is not locked any more, and the metadata are read again. One that cannot be edited stays as its
/// owner has made it, and what was set by hand stays locked.
pub async fn run(app: &App, job: &Job) -> Result<Done, Failure> {
    let id = id_of(job)?;
    let (Some(source), Some(by_hand)) = (
        media::find(app.db(), id).await?,
        sidecar::by_hand(app.db(), id).await?,
    ) else {
        return Ok(Done::nothing());
    };
    let (edits, locked) = writable(&by_hand, by_hand.sidecar_path.is_some());
    if edits == SidecarEdits::default() {
        return Ok(Done::nothing());
    }
    let Some(file) = edited(app, &by_hand, &edits).await? else {
        return Ok(Done::nothing());
    };
    let locked = json_texts(&still_locked(&by_hand, &locked, &source.file_name, &file));
    let file_id = app.uuid();
    let key = fresh_key(&source, &by_hand, &file_id);
    let size = i64::try_from(file.len()).unwrap_or(i64::MAX);
    app.db().run(objects::register(&key, app.now())).await?;
    app.objects
        .put(&key, Bytes::from(file), "application/xml")
        .await?;
    let file = NewSidecar {
        id: &file_id,
        key: &key,
        size,
    };
    let mut done = Done::with(sidecar::store(id, &file, &by_hand, &locked, app.now()));
    done.triggers.push(sidecar::again(id, &file, app.now()));
    let payload = json!({ "id": id, "source": "sidecar-write" });
    done.next.push(NewJob::new(
        app.uuid(),
        JobName::AssetExtractMetadata,
        payload,
        app.now(),
    ));
    Ok(done)
}

/// The sidecar with the edits; `None`: there is one that cannot be edited, or it would be too large to be read.
async fn edited(
    app: &App,
    by_hand: &ByHand,
    edits: &SidecarEdits,
) -> Result<Option<Vec<u8>>, Failure> {
    let is_read =
        |file: &Vec<u8>| u64::try_from(file.len()).is_ok_and(|size| size <= read::SIDECAR);
    let existing = match &by_hand.sidecar_path {
        None => Vec::new(),
        // a byte more than is read tells that there is more
        Some(key) => read::part(app, key, 0, read::SIDECAR + 1).await?,
    };
    if !is_read(&existing) {
        return Ok(None);
    }
    let existing = (!existing.is_empty()).then_some(existing.as_slice());
    let file = write_sidecar(existing, edits).map(String::into_bytes);
    Ok(file.filter(is_read))
}

/// Where the sidecar is written: beside the one there is, or beside the original. An object is never overwritten: of two writers the one
/// whose file counts could be the first. Beside files of external libraries nothing is written: the sidecar of one lies among uploads.
fn fresh_key(source: &media::Source, by_hand: &ByHand, id: &str) -> String {
    let beside = by_hand.sidecar_path.as_ref();
    let beside = beside.unwrap_or(&source.original_path);
    match beside.rsplit_once('/').filter(|_| library::is_own(beside)) {
        Some((folder, _)) => format!("{folder}/{id}.xmp"),
        None => format!("upload/{}/{id}.xmp", source.owner_id),
    }
}

/// The names of what stays locked: what cannot be written, and what the written file does not say in the same way.
fn still_locked(by_hand: &ByHand, locked: &[String], name: &str, file: &[u8]) -> Vec<String> {
    let said = metadata::resolve(&metadata::sidecar(file), name);
    let is_said = |property: &str| match property {
        "description" => said.description == by_hand.description,
        "rating" => said.rating.map(i64::from) == by_hand.rating,
        "tags" => extract::tag_values(&said) == by_hand.tags,
        "latitude" | "longitude" => said.latitude.is_some() && said.longitude.is_some(),
        "date_time_original" | "time_zone" => {
            said.capture.as_ref().map(|at| at.instant) == by_hand.date_time_original
        }
        _ => true,
    };
    let mut names = by_hand.names();
    names.retain(|known| locked.contains(known) || !is_said(known));
    names
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
    fn what_the_file_does_not_say_stays_locked() {
        let mut by_hand = ByHand {
            locked: r#"["description","rating","tags"]"#.to_owned(),
            description: "mine".to_owned(),
            rating: Some(3),
            tags: vec!["a/b".to_owned(), "c".to_owned()],
            ..ByHand::default()
        };
        let (edits, locked) = writable(&by_hand, false);
        let file = write_sidecar(None, &edits).unwrap_or_default();
        let still =
            |by_hand: &ByHand, file: &str| still_locked(by_hand, &locked, "a.jpg", file.as_bytes());
        assert_eq!(still(&by_hand, &file), Vec::<String>::new());
        let cut = file.get(..file.len() / 2).unwrap_or_default();
        assert_eq!(still(&by_hand, cut), ["description", "rating", "tags"]);
        // no XML holds it
        by_hand.description.push('\u{1}');
        assert_eq!(still(&by_hand, &file), ["description"]);
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
