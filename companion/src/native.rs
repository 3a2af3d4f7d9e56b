//! Pictures by our own decoders.

use edge_media::decode::{self, Checked, DecodeError, LoadOptions, Picture};

use crate::order::Next;

/// A picture that was decoded or drawn.
#[derive(Debug)]
pub struct Loaded {
    /// As large as is needed, upright.
    pub picture: Picture,
    /// Width and height of its original, upright.
    pub upright: (u32, u32),
    /// What is wrong with the original, if the picture shows it only as far as it goes.
    pub damage: Option<String>,
}

/// Why there is none, and who may do better.
pub type Refusal = (String, Next);

/// Decodes a picture.
pub fn load(bytes: &[u8], options: &LoadOptions) -> Result<Loaded, DecodeError> {
    let info = decode::probe(bytes)?;
    let Checked { picture, damage } = decode::load_checked(bytes, options)?;
    Ok(Loaded {
        upright: info.upright_as(&picture),
        picture,
        damage,
    })
}
