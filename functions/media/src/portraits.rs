//! `PersonGenerateThumbnail`: the face that stands for a person, cut out of its photo (api/jobs-ml.md section 4).

use bytes::Bytes;
use edge_api::realtime::{Announcement, Event};
use edge_http::{
    App,
    budget::Budget,
    consumer::{Done, Failure, id_of},
};
use edge_media::{
    color::ColorSpace,
    decode::Picture,
    render::{self, RenditionFormat, RenditionSpec},
};
use edge_store::{
    faces::Place,
    jobs::Job,
    media::{
        self,
        portraits::{self, Portrait},
    },
    objects,
};

use crate::{loaded::Wanted, thumbnails};

/// Side of the picture, pixels.
const SIDE: u32 = 250;

const SPEC: RenditionSpec = RenditionSpec {
    size: SIDE,
    format: RenditionFormat::Jpeg,
    quality: 80,
    progressive: false,
};

/// Makes the picture of a person.
pub async fn run(app: &App, job: &Job) -> Result<Done, Failure> {
    let id = id_of(job)?;
    let Some(portrait) = portraits::find(app.db(), id).await? else {
        return Ok(Done::nothing());
    };
    let picture = photo(app, &portrait).await?;
    let face = cut(&picture, portrait.place)
        .ok_or_else(|| Failure::Final("the face has no pixels".to_owned()))?;
    drop(picture);
    let made = render::render(&face, SPEC, None);
    let made = made.map_err(|error| Failure::Final(error.to_string()))?;
    let key = key(&portrait, &app.uuid());
    app.db().run(objects::register(&key, app.now())).await?;
    app.objects
        .put(&key, Bytes::from(made.bytes), made.format.mime_type())
        .await?;
    let mut done = Done::with(portraits::store(&portrait, &key, app.now()));
    let event = Event::person_thumbnail(&portrait.person_id);
    done.announce
        .push(Announcement::to_user(&portrait.owner_id, event));
    Ok(done)
}

/// Key of the picture, another one each time, so that nobody sees an old face under it:
/// `thumbs/<owner>/<id[0:2]>/<id[2:4]>/<person>_<version>.jpeg`.
fn key(portrait: &Portrait, version: &str) -> String {
    let Portrait {
        person_id: id,
        owner_id,
        ..
    } = portrait;
    let (first, second) = (
        id.get(..2).unwrap_or_default(),
        id.get(2..4).unwrap_or_default(),
    );
    format!("thumbs/{owner_id}/{first}/{second}/{id}_{version}.jpeg")
}

/// The photo, as large as the face needs it: the preview where that is enough or all there is, else the original.
async fn photo(app: &App, portrait: &Portrait) -> Result<Picture, Failure> {
    let budget = Budget::default();
    let Some(key) = &portrait.preview else {
        return original(app, portrait, &budget).await;
    };
    let preview = decoded(app, key, u32::MAX, None, &budget).await?;
    if square(&preview, portrait.place).is_some_and(|(_, _, side)| side >= SIDE) {
        return Ok(preview);
    }
    Ok(original(app, portrait, &budget).await.unwrap_or(preview))
}

/// The original, shrunk while it is decoded as far as the face allows.
async fn original(app: &App, portrait: &Portrait, budget: &Budget) -> Result<Picture, Failure> {
    let missing = || Failure::Final("the photo has no preview".to_owned());
    let source = media::find(app.db(), &portrait.asset_id).await?;
    let source = source
        .filter(|source| !source.is_video)
        .ok_or_else(missing)?;
    let place = portrait.place;
    let face = i64::from((place.x2 - place.x1).max(place.y2 - place.y1).max(1));
    let short = i64::from(place.width.min(place.height));
    // So many pixels of the shorter side leave the face its own.
    let wanted = short.saturating_mul(i64::from(SIDE)) / face;
    let orientation = source.orientation.as_deref();
    let orientation = orientation.and_then(|text| text.parse().ok());
    let side = u32::try_from(wanted).unwrap_or(u32::MAX);
    decoded(app, &source.original_path, side, orientation, budget).await
}

/// The picture under a key, in sRGB.
async fn decoded(
    app: &App,
    key: &str,
    short_side: u32,
    orientation: Option<u8>,
    budget: &Budget,
) -> Result<Picture, Failure> {
    let wanted = Wanted {
        short_side,
        orientation,
        space: ColorSpace::Srgb,
        is_panorama: false,
    };
    Ok(thumbnails::decoded(app, key, wanted, budget).await?.picture)
}

/// Left, top and side of the square around the face: 1.1 times its longer side, within the picture.
fn square(picture: &Picture, place: Place) -> Option<(u32, u32, u32)> {
    let across =
        |value: i32| f64::from(value) * f64::from(picture.width) / f64::from(place.width.max(1));
    let down =
        |value: i32| f64::from(value) * f64::from(picture.height) / f64::from(place.height.max(1));
    let (x1, x2, y1, y2) = (
        across(place.x1),
        across(place.x2),
        down(place.y1),
        down(place.y2),
    );
    let most = f64::from(picture.width.min(picture.height));
    let side = ((x2 - x1).max(y2 - y1) * 1.1).round().min(most);
    if side < 1.0 {
        return None;
    }
    let start = |center: f64, length: u32| {
        (center - side / 2.0)
            .round()
            .clamp(0.0, f64::from(length) - side)
    };
    let (left, top) = (
        start(f64::midpoint(x1, x2), picture.width),
        start(f64::midpoint(y1, y2), picture.height),
    );
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "within the picture"
    )]
    Some((left as u32, top as u32, side as u32))
}

/// The square around the face.
fn cut(picture: &Picture, place: Place) -> Option<Picture> {
    let (left, top, side) = square(picture, place)?;
    let bytes = picture.channels();
    let row = picture.width as usize * bytes;
    let (from, length) = (left as usize * bytes, side as usize * bytes);
    let rows = picture.pixels.chunks_exact(row.max(1));
    let rows = rows.skip(top as usize).take(side as usize);
    let parts = rows.filter_map(|row| row.get(from..from + length));
    let pixels: Vec<u8> = parts.flatten().copied().collect();
    (pixels.len() == side as usize * length).then_some(Picture {
        width: side,
        height: side,
        pixels,
        ..*picture
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, height: u32) -> Picture {
        let level = |at: u32| u8::try_from(at).unwrap_or(u8::MAX);
        let pixel = |at: u32| [level(at % width), level(at / width), 0];
        Picture {
            width,
            height,
            pixels: (0..width * height).flat_map(pixel).collect(),
            alpha: false,
            space: ColorSpace::Srgb,
        }
    }

    fn place(x1: i32, y1: i32, x2: i32, y2: i32) -> Place {
        Place {
            x1,
            y1,
            x2,
            y2,
            width: 200,
            height: 100,
        }
    }

    #[test]
    fn a_face_is_cut_out_with_some_air_around_it() {
        let picture = picture(100, 50);
        // Half as large as the picture that the box is of.
        let face = cut(&picture, place(40, 20, 80, 60));
        let face = face.unwrap_or_else(|| panic!("a face"));
        assert_eq!((face.width, face.height), (22, 22));
        assert_eq!(face.pixels[..2], [19, 9]);
        assert_eq!(face.pixels.len(), 22 * 22 * 3);
    }

    #[test]
    fn squares_stay_within_the_picture() {
        let picture = picture(100, 50);
        assert_eq!(square(&picture, place(0, 0, 20, 20)), Some((0, 0, 11)));
        assert_eq!(
            square(&picture, place(190, 90, 200, 100)),
            Some((94, 44, 6))
        );
        assert_eq!(square(&picture, place(0, 0, 200, 100)), Some((25, 0, 50)));
        assert_eq!(square(&picture, place(7, 7, 7, 7)), None);
    }
}
