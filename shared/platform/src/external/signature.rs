//! AWS Signature Version 4 in the header `Authorization`, for requests without a body (AWS, "Authenticating Requests: Using the Authorization
//! Header"). Pure: the same for Workers, Spin and tests.

use std::fmt::Write as _;

use edge_api::{time::Millis, timeline::write_bucket_time};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

/// SHA-256 of no bytes: the body of every request here.
pub(super) const NO_BODY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Who signs, for where.
pub struct Signing<'a> {
    /// Access key id.
    pub key_id: &'a str,
    /// Secret access key.
    pub secret: &'a str,
    /// Region, `auto` for R2.
    pub region: &'a str,
}

impl Signing<'_> {
    /// The value of `Authorization`. `path` and `query` as they are sent, encoded by [`encode`], the query in the order of its names; `headers`
    /// are those that are signed, their names in small letters and in order; `date` is [`amz_date`].
    pub fn authorization(
        &self,
        method: &str,
        (path, query): (&str, &str),
        headers: &[(&str, &str)],
        date: &str,
    ) -> String {
        let mut canonical = format!("{method}\n{path}\n{query}\n");
        let mut names = String::new();
        for (name, value) in headers {
            canonical.push_str(name);
            canonical.push(':');
            canonical.push_str(value.trim());
            canonical.push('\n');
            if !names.is_empty() {
                names.push(';');
            }
            names.push_str(name);
        }
        let _ = write!(canonical, "\n{names}\n{NO_BODY}");
        let day = date.get(..8).unwrap_or(date);
        let scope = format!("{day}/{}/s3/aws4_request", self.region);
        let digest = hex(&Sha256::digest(canonical));
        let signature =
            self.signature(day, &format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{digest}"));
        format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
            self.key_id
        )
    }

    fn signature(&self, day: &str, text: &str) -> String {
        let mut key = format!("AWS4{}", self.secret).into_bytes();
        for part in [day, self.region, "s3", "aws4_request", text] {
            key = mac(&key, part);
        }
        hex(&key)
    }
}

/// HMAC-SHA-256.
fn mac(key: &[u8], text: &str) -> Vec<u8> {
    // HMAC takes keys of any length.
    Hmac::<Sha256>::new_from_slice(key).map_or_else(
        |_| Vec::new(),
        |mut mac| {
            mac.update(text.as_bytes());
            mac.finalize().into_bytes().to_vec()
        },
    )
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// An instant (epoch ms) as `x-amz-date` wants it: `20130524T000000Z`.
pub fn amz_date(now: i64) -> String {
    let mut text = String::new();
    // Whole seconds are written without a fraction.
    write_bucket_time(Millis(now.div_euclid(1000) * 1000), &mut text);
    text.retain(|sign| sign != '-' && sign != ':');
    text.push('Z');
    text
}

/// Percent-encodes all but letters, digits and `-._~`, and slashes where they are `kept`.
pub fn encode(text: &str, kept: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let is_plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if is_plain || (kept && byte == b'/') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: (&str, &str) = ("host", "examplebucket.s3.amazonaws.com");
    const BODY: (&str, &str) = ("x-amz-content-sha256", NO_BODY);
    const DATE: (&str, &str) = ("x-amz-date", "20130524T000000Z");

    fn signed(target: (&str, &str), headers: &[(&str, &str)]) -> String {
        let signing = Signing {
            key_id: "AKIAIOSFODNN7EXAMPLE",
            secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            region: "us-east-1",
        };
        signing.authorization("GET", target, headers, DATE.1)
    }

    /// The examples that AWS publishes ("Signature Calculations for the Authorization Header: Transferring Payload in a Single Chunk").
    #[test]
    fn published_examples_are_signed_alike() {
        let range = ("range", "bytes=0-9");
        assert_eq!(
            signed(("/test.txt", ""), &[HOST, range, BODY, DATE]),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
             SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, \
             Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        );
        for (query, signature) in [
            (
                "lifecycle=",
                "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
            ),
            (
                "max-keys=2&prefix=J",
                "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
            ),
        ] {
            let authorization = signed(("/", query), &[HOST, BODY, DATE]);
            assert!(
                authorization.ends_with(signature),
                "{query}: {authorization}"
            );
        }
    }

    #[test]
    fn dates_and_keys_are_written_as_signatures_want_them() {
        assert_eq!(amz_date(1_369_353_600_999), "20130524T000000Z");
        assert_eq!(amz_date(1_700_000_000_000), "20231114T221320Z");
        assert_eq!(encode("a/b c+é~_.-*'", true), "a/b%20c%2B%C3%A9~_.-%2A%27");
        assert_eq!(encode("a/b&c=d", false), "a%2Fb%26c%3Dd");
    }
}
