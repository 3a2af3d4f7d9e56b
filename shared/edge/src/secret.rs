//! Tokens and passwords (api/auth.md section 2).

use base64::{Engine, engine::general_purpose::STANDARD};
use edge_platform::Random;
use sha2::{Digest, Sha256};

use crate::{Error, Result};

/// bcrypt cost of passwords and PIN codes; equals the official server's, so accounts can be moved.
const BCRYPT_COST: u32 = 10;

/// A well-formed hash that no password has: compared against when the e-mail is unknown, so that the
/// time of the answer does not tell whether an account exists.
const DUMMY_HASH: &str = "$2b$10$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

/// A fresh session token or API-key secret: 32 random bytes in base64 without `+`, `/` and `=`.
pub fn new_token(random: &dyn Random) -> String {
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    STANDARD
        .encode(bytes)
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect()
}

/// What is stored of a token: its SHA-256, as base64.
pub fn digest(token: &str) -> String {
    STANDARD.encode(Sha256::digest(token))
}

/// Hashes a password or PIN code with a random salt.
pub fn hash_password(random: &dyn Random, password: &str) -> Result<String> {
    let mut salt = [0; 16];
    random.fill(&mut salt);
    let parts = bcrypt::hash_with_salt(password, BCRYPT_COST, salt).map_err(Error::internal)?;
    Ok(parts.format_for_version(bcrypt::Version::TwoB))
}

/// Compares a password with a stored hash; without a hash it takes as long and says no.
pub fn verify_password(password: &str, hash: Option<&str>) -> bool {
    let matches = bcrypt::verify(password, hash.unwrap_or(DUMMY_HASH)).unwrap_or(false);
    matches && hash.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting;

    impl Random for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            for (value, byte) in (0..=u8::MAX).cycle().zip(buffer) {
                *byte = value.wrapping_mul(37);
            }
        }
    }

    #[test]
    fn tokens_have_letters_and_digits_only() {
        let token = new_token(&Counting);
        assert!((30..=43).contains(&token.len()), "{token}");
        assert!(token.bytes().all(|b| b.is_ascii_alphanumeric()));
    }

    #[test]
    fn passwords_round_trip_with_the_official_cost() {
        let hash = hash_password(&Counting, "pässword").unwrap();
        assert!(hash.starts_with("$2b$10$"), "{hash}");
        assert!(verify_password("pässword", Some(&hash)));
        assert!(!verify_password("other", Some(&hash)));
        assert!(!verify_password("other", None));
    }

    #[test]
    fn the_dummy_hash_is_well_formed() {
        assert!(bcrypt::verify("anything", DUMMY_HASH).is_ok());
    }
}
