//! The system configuration: what 2.7 did not know stays as it is.

use edge_http::{App, Result};
use http::Method;
use serde_json::{Value, json};

use super::{Changed, aside};
use crate::call::Call;

/// Puts a configuration that was sent over the one that there is.
pub async fn change(app: &App, call: Call, mut sent: Value) -> Result<Changed> {
    opus(&mut sent["ffmpeg"]);
    let mut whole = match aside(app, &call, Method::GET, "system-config", &Value::Null).await? {
        Ok(whole) => whole,
        Err(refused) => return Ok(Changed::Answered(refused.into_response())),
    };
    put_over(&mut whole, sent);
    Ok(Changed::Ask(Box::new(call), Some(whole)))
}

/// `libopus` is what `opus` was called, too.
fn opus(ffmpeg: &mut Value) {
    if ffmpeg["targetAudioCodec"] == "libopus" {
        ffmpeg["targetAudioCodec"] = json!("opus");
    }
    if let Some(codecs) = ffmpeg
        .get_mut("acceptedAudioCodecs")
        .and_then(Value::as_array_mut)
    {
        let had = codecs.len();
        codecs.retain(|codec| codec != "libopus");
        if codecs.len() < had && !codecs.contains(&json!("opus")) {
            codecs.push(json!("opus"));
        }
    }
}

fn put_over(whole: &mut Value, sent: Value) {
    match (whole, sent) {
        (Value::Object(whole), Value::Object(sent)) => {
            for (name, value) in sent {
                match whole.get_mut(&name) {
                    Some(known) => put_over(known, value),
                    None => drop(whole.insert(name, value)),
                }
            }
        }
        (_, Value::Null) => {}
        (whole, sent) => *whole = sent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_sent_stays() {
        let mut whole = json!({ "a": { "b": 1, "c": [1, 2] }, "d": true });
        put_over(&mut whole, json!({ "a": { "c": [3] }, "e": null }));
        assert_eq!(
            whole,
            json!({ "a": { "b": 1, "c": [3] }, "d": true, "e": null })
        );
        let mut ffmpeg =
            json!({ "targetAudioCodec": "libopus", "acceptedAudioCodecs": ["aac", "libopus"] });
        opus(&mut ffmpeg);
        assert_eq!(
            ffmpeg,
            json!({ "targetAudioCodec": "opus", "acceptedAudioCodecs": ["aac", "opus"] })
        );
    }
}
