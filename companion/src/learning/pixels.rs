//! A preview is decoded in a process of its own, and its pixels lie in a file then: no process that runs networks ever meets a file of
//! strangers.
//!
//! `immich-companion --pixels <order>` prints what it [`Decoded`].

use std::fs;
use std::io::Write as _;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use edge_ml::picture::Picture;
use edge_preview::Refused;

use super::order::{Decoded, PIXELS, Preview};
use crate::child;

/// The order, if this process is to decode.
pub fn asked() -> Option<String> {
    child::order(PIXELS)
}

/// Does as ordered, and prints the answer.
pub fn run(order: &str) -> ExitCode {
    child::carry_out("it broke on this picture", || answer(order))
}

fn answer(order: &str) -> Result<()> {
    let order: Preview = serde_json::from_str(order).context("this is no order")?;
    let preview = fs::read(&order.preview).context("the companion's disk")?;
    let decoded = match decode(&preview) {
        Ok(picture) => {
            fs::write(&order.pixels, picture.rgb()).context("the companion's disk")?;
            Decoded::Written(picture.width(), picture.height())
        }
        Err(error) => Decoded::Refused(error.to_string()),
    };
    let text = serde_json::to_vec(&decoded)?;
    Ok(std::io::stdout().write_all(&text)?)
}

fn decode(preview: &[u8]) -> Result<Picture, Refused> {
    let info = edge_preview::probe(preview)?;
    edge_preview::decode(preview, &info)
}
