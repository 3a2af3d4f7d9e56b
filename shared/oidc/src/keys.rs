//! Key sets of providers (RFC 7517, RFC 7518 section 6, RFC 8037).

use ed25519_dalek::VerifyingKey as EdKey;
use p256::ecdsa::{Signature as P256Signature, VerifyingKey as P256Key, signature::Verifier as _};
use p384::ecdsa::{Signature as P384Signature, VerifyingKey as P384Key};
use rsa::{
    BoxedUint, PublicKey as RsaKey,
    sha2::{Sha256, Sha384, Sha512},
};
use serde::Deserialize;

use crate::{Algorithm, Error, Result, decode};

/// Keys that are read of a set; more serve nobody but who wants us to compute.
const MOST: usize = 32;
/// Smallest modulus (bits; RFC 7518 section 3.3) and the largest one that is computed with.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;

/// One key as the set has it.
#[derive(Debug, Clone, Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// What a provider verifies with.
#[derive(Debug, Clone)]
pub struct KeySet(Vec<Jwk>);

impl KeySet {
    /// Reads a set. Keys of kinds that nobody here knows are left out.
    pub fn parse(json: &[u8]) -> Result<Self> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<serde_json::Value>,
        }
        let set: Set =
            serde_json::from_slice(json).map_err(|error| Error::json("key set", &error))?;
        let keys = set.keys.into_iter().take(MOST);
        Ok(Self(
            keys.filter_map(|key| serde_json::from_value(key).ok())
                .collect(),
        ))
    }

    /// Checks the signature of `message` by the key named `kid`, or by each that may have made it when the token names none.
    /// Errors: [`Error::UnknownKey`] when there is none, [`Error::Signature`] when it is not theirs.
    pub(crate) fn verify(
        &self,
        algorithm: Algorithm,
        kid: Option<&str>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<()> {
        let mut outcome = Err(Error::UnknownKey);
        for key in self.0.iter().filter(|key| key.serves(algorithm, kid)) {
            outcome = key.verify(algorithm, message, signature);
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }
}

impl Jwk {
    /// Whether it may have signed with this algorithm and name.
    fn serves(&self, algorithm: Algorithm, kid: Option<&str>) -> bool {
        let (kty, crv) = match algorithm {
            Algorithm::Es256 => ("EC", Some("P-256")),
            Algorithm::Es384 => ("EC", Some("P-384")),
            Algorithm::EdDsa => ("OKP", Some("Ed25519")),
            _ => ("RSA", None),
        };
        let is_kind = self.kty == kty && (crv.is_none() || self.crv.as_deref() == crv);
        let is_named = kid.is_none_or(|kid| self.kid.as_deref() == Some(kid));
        let signs = self.purpose.as_deref().is_none_or(|it| it == "sig");
        let own = self.alg.as_deref().map(Algorithm::parse);
        is_kind && is_named && signs && own.is_none_or(|own| own == Ok(algorithm))
    }

    fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> Result<()> {
        let fits = match algorithm {
            Algorithm::Es256 => {
                let key = P256Key::from_sec1_bytes(&self.point(32)?).ok();
                let signature = P256Signature::from_slice(signature).ok();
                matches!((key, signature), (Some(key), Some(it)) if key.verify(message, &it).is_ok())
            }
            Algorithm::Es384 => {
                let key = P384Key::from_sec1_bytes(&self.point(48)?).ok();
                let signature = P384Signature::from_slice(signature).ok();
                matches!((key, signature), (Some(key), Some(it)) if key.verify(message, &it).is_ok())
            }
            Algorithm::EdDsa => {
                let point = number(self.x.as_deref(), 32)?;
                let key = <&[u8; 32]>::try_from(&*point).ok();
                let key = key.and_then(|point| EdKey::from_bytes(point).ok());
                let signature = ed25519_dalek::Signature::from_slice(signature).ok();
                matches!((key, signature), (Some(key), Some(it)) if key.verify_strict(message, &it).is_ok())
            }
            _ => self.verify_rsa(algorithm, message, signature)?,
        };
        if fits { Ok(()) } else { Err(Error::Signature) }
    }

    fn verify_rsa(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> Result<bool> {
        let part = |text: &Option<String>| {
            let bytes = decode(text.as_deref().unwrap_or_default())?;
            Ok(BoxedUint::from_be_slice_vartime(&bytes))
        };
        let (modulus, exponent) = (part(&self.n)?, part(&self.e)?);
        let key = RsaKey::new_with_size_limits(modulus, exponent, RSA_BITS)
            .map_err(|error| Error::Malformed(format!("RSA key: {error}")))?;
        let verified = match algorithm {
            Algorithm::Rs384 => key.pkcs1v15_verify::<Sha384>(message, signature),
            Algorithm::Rs512 => key.pkcs1v15_verify::<Sha512>(message, signature),
            Algorithm::Ps256 => key.pss_verify::<Sha256>(message, signature),
            Algorithm::Ps384 => key.pss_verify::<Sha384>(message, signature),
            Algorithm::Ps512 => key.pss_verify::<Sha512>(message, signature),
            _ => key.pkcs1v15_verify::<Sha256>(message, signature),
        };
        Ok(verified.is_ok())
    }

    /// The point in the form of SEC 1 section 2.3.3, from coordinates of this many bytes.
    fn point(&self, length: usize) -> Result<Vec<u8>> {
        let (x, y) = (
            number(self.x.as_deref(), length)?,
            number(self.y.as_deref(), length)?,
        );
        Ok([&[4][..], &x, &y].concat())
    }
}

/// A coordinate of exactly this many bytes (RFC 7518 section 6.2.1.2).
fn number(text: Option<&str>, length: usize) -> Result<Vec<u8>> {
    let bytes = decode(text.unwrap_or_default())?;
    if bytes.len() == length {
        Ok(bytes)
    } else {
        Err(Error::Malformed("coordinate of a key".to_owned()))
    }
}
