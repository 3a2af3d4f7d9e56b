//! What assets have beside their bytes: texts, places, stars, tags, edits, faces.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde::Deserialize;
use serde_json::{Value, json};

use super::assets::{self, Pages};
use super::{Move, Pair};
use crate::client::CallError;
use crate::model::{Asset, Details, Person};
use crate::report;
use crate::state::Kind;
use crate::target::Target;
use crate::work;

/// How often a photo that is not ready to be edited is asked for.
const AGAIN: Duration = Duration::from_secs(2);

#[derive(Deserialize)]
struct Edits {
    edits: Vec<Edit>,
}

#[derive(Deserialize)]
struct Edit {
    action: String,
    parameters: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Face {
    bounding_box_x1: i64,
    bounding_box_x2: i64,
    bounding_box_y1: i64,
    bounding_box_y2: i64,
    image_width: i64,
    image_height: i64,
    person: Option<Person>,
}

impl Face {
    /// The body of `POST /faces`.
    fn drawn(&self, asset: &str, person: &str) -> Value {
        json!({
            "assetId": asset,
            "personId": person,
            "imageWidth": self.image_width,
            "imageHeight": self.image_height,
            "x": self.bounding_box_x1,
            "y": self.bounding_box_y1,
            "width": self.bounding_box_x2 - self.bounding_box_x1,
            "height": self.bounding_box_y2 - self.bounding_box_y1,
        })
    }
}

impl Move<'_> {
    /// Moves the details of assets that are new, or were changed since the last time.
    pub fn move_details(&self, pair: &Pair, to: &Target) -> Result<()> {
        self.report.begin("details", assets::count(pair)?);
        let mut pages = Pages::new(pair, json!({}));
        while let Some(page) = pages.page()? {
            work::each(&page, self.options.jobs, |asset| {
                let name = format!("{} ({})", asset.original_file_name, asset.id);
                let moved = self.move_details_of(pair, to, asset);
                self.report.take(&name, moved)?;
                self.report.seen();
                Ok(())
            })?;
        }
        report::end();
        Ok(())
    }

    fn move_details_of(&self, pair: &Pair, to: &Target, asset: &Asset) -> Result<()> {
        let Some(id) = self.state.get(Kind::Asset, &asset.id)? else {
            return Ok(());
        };
        let done = self.state.get(Kind::Details, &asset.id)?;
        if done.as_deref() == Some(&asset.updated_at) {
            return Ok(());
        }
        // Lists leave tags and people out.
        let whole: Asset = pair.from.get(&format!("/assets/{}", asset.id))?;
        let live = match &whole.live_photo_video_id {
            Some(video) => self.state.get(Kind::Asset, video)?,
            None => None,
        };
        to.describe(&id, &Details::of(&whole), live.as_deref())?;
        // Boxes of faces are on the edited photo.
        if whole.is_edited {
            self.move_edits(pair, to, &whole, &id)?;
        }
        if whole.people.iter().any(|person| !person.name.is_empty()) {
            self.move_faces(pair, to, &whole, &id)?;
        }
        self.state.set(Kind::Details, &asset.id, &asset.updated_at)
    }

    /// Edits a photo as it is at the source, once the target knows its size.
    fn move_edits(&self, pair: &Pair, to: &Target, asset: &Asset, id: &str) -> Result<()> {
        if to.asset(id)?.is_edited {
            return Ok(());
        }
        let Edits { edits } = pair.from.get(&format!("/assets/{}/edits", asset.id))?;
        let edits = edits.iter();
        let edits = edits.map(|edit| json!({"action": edit.action, "parameters": edit.parameters}));
        let body = json!({"edits": edits.collect::<Vec<_>>()});
        let (began, path) = (Instant::now(), format!("/assets/{id}/edits"));
        loop {
            let Err(error) = to.server.tell("PUT", &path, &body) else {
                return Ok(());
            };
            let waits = error.chain().any(|cause| {
                matches!(cause.downcast_ref(), Some(CallError::Refused { text, .. })
                    if text.contains("dimensions are not available"))
            });
            if !waits {
                return Err(error);
            }
            if began.elapsed() >= Duration::from_secs(self.options.wait) {
                return Err(error.context("the target has not read this photo yet"));
            }
            thread::sleep(AGAIN);
        }
    }

    /// Draws the faces of named people where the target does not have them.
    fn move_faces(&self, pair: &Pair, to: &Target, asset: &Asset, id: &str) -> Result<()> {
        let there: Vec<Face> = to.server.get(&format!("/faces?id={id}"))?;
        let has = |person: &str| {
            let mut people = there.iter().filter_map(|face| face.person.as_ref());
            people.any(|known| known.id == person)
        };
        for face in pair
            .from
            .get::<Vec<Face>>(&format!("/faces?id={}", asset.id))?
        {
            let Some(person) = &face.person else { continue };
            let Some(person) = self.state.get(Kind::Person, &person.id)? else {
                continue;
            };
            if !has(&person) {
                let body = face.drawn(id, &person);
                to.server.tell("POST", "/faces", &body)?;
            }
        }
        Ok(())
    }
}
