//! Assets as 2.7 knew them: with the device they came from, their duration as a text, and the faces of their people.

use std::collections::HashMap;

use edge_api::legacy::duration;
use edge_http::{App, Result};
use edge_store::assets::device::{self, Device};
use http::Method;
use serde_json::{Map, Value, json};

use crate::call::Call;

/// The device of assets that did not come from one of this generation.
const NO_DEVICE: &str = "server";

/// Whether an object is an asset (`AssetResponseDto`), also as a link without metadata shows it.
pub fn is_asset(object: &Map<String, Value>) -> bool {
    ["thumbhash", "hasMetadata", "localDateTime", "id"]
        .iter()
        .all(|key| object.contains_key(*key))
}

/// Which devices these assets came from.
pub async fn devices(app: &App, ids: &[String]) -> Result<HashMap<String, Device>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = app.db().batch(vec![device::of_assets(ids)]).await?;
    Ok(device::by_asset(
        &rows.into_iter().next().unwrap_or_default(),
    )?)
}

/// The cities and days to explore: here alone, what stands under `data` is an asset.
pub async fn explored(app: &App, mut found: Value) -> Result<Value> {
    let assets = examples(&mut found).map(Value::take).collect();
    let mut reworded = super::value(app, Value::Array(assets)).await?;
    let reworded = reworded.as_array_mut().into_iter().flatten();
    for (place, asset) in examples(&mut found).zip(reworded) {
        *place = asset.take();
    }
    Ok(found)
}

fn examples(found: &mut Value) -> impl Iterator<Item = &mut Value> {
    let groups = found.as_array_mut().into_iter().flatten();
    let items = groups.filter_map(|group| group.get_mut("items")?.as_array_mut());
    items.flatten().filter_map(|item| item.get_mut("data"))
}

/// Puts one asset into old words; anything else stays.
pub fn reword(object: &mut Map<String, Value>, devices: &HashMap<String, Device>) {
    if !is_asset(object) {
        return;
    }
    let duration = object.get("duration").and_then(Value::as_i64);
    let duration = duration.map_or_else(|| duration::NONE.to_owned(), duration::text);
    object.insert("duration".into(), duration.into());
    if object.get("hasMetadata") == Some(&Value::Bool(false)) {
        return;
    }
    let id = object.get("id").and_then(Value::as_str).unwrap_or_default();
    let device = devices.get(id).cloned().unwrap_or_else(|| Device {
        device_id: NO_DEVICE.to_owned(),
        device_asset_id: id.to_owned(),
    });
    object.insert("deviceAssetId".into(), device.device_asset_id.into());
    object.insert("deviceId".into(), device.device_id.into());
    let people = object.get_mut("people").and_then(Value::as_array_mut);
    for person in people
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
    {
        person.entry("faces").or_insert_with(|| json!([]));
    }
}

/// A month of the timeline: durations as texts, and names of places always there.
pub fn bucket(mut found: Value) -> Value {
    let count = found["id"].as_array().map_or(0, Vec::len);
    let Some(object) = found.as_object_mut() else {
        return found;
    };
    if let Some(durations) = object.get_mut("duration").and_then(Value::as_array_mut) {
        for duration in durations {
            *duration = duration.as_i64().map(duration::text).into();
        }
    }
    for key in ["city", "country"] {
        object
            .entry(key)
            .or_insert_with(|| vec![Value::Null; count].into());
    }
    found
}

/// One asset with the faces of its people, and those that nobody has a name for. Whoever may not see faces gets none.
pub async fn with_faces(app: &App, call: &Call, id: &str, mut found: Value) -> Result<Value> {
    if call.has_link() || !found["people"].is_array() {
        return Ok(found);
    }
    let faces = call.aside(Method::GET, "faces").with("id", id);
    let Ok(faces) = faces.ask(app, &Value::Null).await?.success() else {
        return Ok(found);
    };
    let mut unassigned = Vec::new();
    for mut face in faces.as_array().cloned().unwrap_or_default() {
        let person = face.as_object_mut().and_then(|face| face.remove("person"));
        let person = person.as_ref().and_then(|person| person["id"].as_str());
        let people = found["people"].as_array_mut().into_iter().flatten();
        match people
            .into_iter()
            .find(|known| known["id"].as_str() == person)
        {
            Some(known) if known["faces"].is_array() => {
                known["faces"]
                    .as_array_mut()
                    .into_iter()
                    .for_each(|faces| faces.push(face.clone()));
            }
            Some(known) => known["faces"] = json!([face]),
            None if person.is_none() => unassigned.push(face),
            None => {}
        }
    }
    found["unassignedFaces"] = unassigned.into();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asset(duration: Option<i64>) -> Value {
        json!({ "id": "a", "thumbhash": null, "hasMetadata": true, "localDateTime": "x", "duration": duration,
            "people": [{ "id": "p" }] })
    }

    fn reworded(mut value: Value, devices: &HashMap<String, Device>) -> Value {
        reword(value.as_object_mut().unwrap(), devices);
        value
    }

    #[test]
    fn an_asset_gets_its_device_and_a_text_for_its_duration() {
        let device = Device {
            device_id: "CLI".into(),
            device_asset_id: "a.jpg-1".into(),
        };
        let known = HashMap::from([("a".to_owned(), device)]);
        let found = reworded(asset(Some(1500)), &known);
        assert_eq!(found["duration"], "00:00:01.500");
        assert_eq!(
            (&found["deviceId"], &found["deviceAssetId"]),
            (&json!("CLI"), &json!("a.jpg-1"))
        );
        assert_eq!(found["people"][0]["faces"], json!([]));
        let found = reworded(asset(None), &HashMap::new());
        assert_eq!(found["duration"], duration::NONE);
        assert_eq!(
            (&found["deviceId"], &found["deviceAssetId"]),
            (&json!("server"), &json!("a"))
        );
    }

    #[test]
    fn a_person_is_no_asset() {
        let person = json!({ "id": "p", "thumbnailPath": "" });
        assert_eq!(reworded(person.clone(), &HashMap::new()), person);
    }

    #[test]
    fn a_bucket_has_texts_and_places() {
        let found =
            bucket(json!({ "id": ["a", "b"], "duration": [null, 61_000], "city": ["Bern", null] }));
        let expected = json!({ "id": ["a", "b"], "duration": [null, "00:01:01.000"], "city": ["Bern", null],
            "country": [null, null] });
        assert_eq!(found, expected);
    }
}
