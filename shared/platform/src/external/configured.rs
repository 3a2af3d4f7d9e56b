//! The variable that names other buckets: a JSON object of them by their names.
//!
//! `{"nas": {"endpoint": "https://s3.example.com", "region": "us-east-1", "bucket": "photos", "prefix": "2024", "keyId": "…", "secret": "…"}}`

use std::collections::BTreeMap;

use serde::Deserialize;

use super::keys::is_name;

/// Region of who names none; R2's only one.
const REGION: &str = "auto";

/// One bucket as it is written down. No `Debug`: it holds a secret.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Configured {
    #[serde(default)]
    endpoint: String,
    #[serde(default)]
    region: String,
    #[serde(default)]
    bucket: String,
    #[serde(default)]
    prefix: String,
    /// Name of a bucket of the Worker's own account, to which `cargo xtask deploy` binds it.
    #[serde(default)]
    r2: String,
    #[serde(default)]
    key_id: String,
    #[serde(default)]
    secret: String,
}

/// Where a bucket is, and who reads it. No `Debug`: it holds a secret.
#[derive(Clone)]
pub struct Place {
    /// `https://host:port`, without the port of its scheme.
    pub origin: String,
    /// `host:port`, as the header `Host` has it.
    pub host: String,
    /// Region of the signatures.
    pub region: String,
    /// Name of the bucket there.
    pub bucket: String,
    /// Access key id.
    pub key_id: String,
    /// Secret access key.
    pub secret: String,
}

impl Configured {
    /// Reads the variable. Errors: what is wrong with it, without anything that it says but names.
    pub fn parse(text: &str) -> Result<BTreeMap<String, Self>, String> {
        let all: BTreeMap<String, Self> = serde_json::from_str(text).map_err(|error| {
            // Its own words may quote a secret.
            let (line, column) = (error.line(), error.column());
            format!("no JSON object of buckets: line {line}, column {column}")
        })?;
        let misnamed = all.keys().find(|name| !is_name(name)).map(|name| {
            format!("{name:?} is no name: small letters, digits and hyphens, at most 40")
        });
        match misnamed {
            Some(error) => Err(error),
            None => Ok(all),
        }
    }

    /// What the keys in the bucket begin with; empty, or ends with a slash.
    pub fn prefix(&self) -> String {
        let plain = self.prefix.trim_matches('/');
        if plain.is_empty() {
            String::new()
        } else {
            format!("{plain}/")
        }
    }

    /// Whether it is read through a binding.
    pub fn is_bound(&self) -> bool {
        !self.r2.is_empty()
    }

    /// Where it is. Errors: what is missing, or no address.
    pub fn place(&self) -> Result<Place, String> {
        if self.is_bound() {
            return Err("r2 is for Workers with a binding to it, and here is none".to_owned());
        }
        for (name, value) in [
            ("endpoint", &self.endpoint),
            ("bucket", &self.bucket),
            ("keyId", &self.key_id),
            ("secret", &self.secret),
        ] {
            if value.is_empty() {
                return Err(format!("{name} is missing"));
            }
        }
        let (origin, host) = origin(&self.endpoint)
            .ok_or("endpoint is no http://host or https://host, perhaps with a port")?;
        let region = match self.region.as_str() {
            "" => REGION,
            region => region,
        };
        Ok(Place {
            origin,
            host,
            region: region.to_owned(),
            bucket: self.bucket.clone(),
            key_id: self.key_id.clone(),
            secret: self.secret.clone(),
        })
    }
}

/// Scheme with host, and the host as the header has it.
fn origin(endpoint: &str) -> Option<(String, String)> {
    let (scheme, host) = endpoint.split_once("://")?;
    let default = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return None,
    };
    let host = host.strip_suffix('/').unwrap_or(host).to_lowercase();
    let host = host.strip_suffix(default).unwrap_or(&host);
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    let is_host = !host.is_empty() && host.bytes().all(is_plain);
    is_host.then(|| (format!("{scheme}://{host}"), host.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Configured {
        let all = Configured::parse(&format!("{{\"nas\": {text}}}"));
        all.unwrap().remove("nas").unwrap()
    }

    #[test]
    fn a_bucket_is_read() {
        let nas = one(
            r#"{"endpoint": "https://S3.example.com:443/", "bucket": "photos", "prefix": "/2024/", "keyId": "k", "secret": "s"}"#,
        );
        let place = nas.place().ok().unwrap();
        assert_eq!(place.origin, "https://s3.example.com");
        assert_eq!(
            (place.host.as_str(), place.region.as_str()),
            ("s3.example.com", "auto")
        );
        assert_eq!(nas.prefix(), "2024/");
        let local = one(
            r#"{"endpoint": "http://127.0.0.1:9000", "region": "eu-west-1", "bucket": "b", "keyId": "k", "secret": "s"}"#,
        );
        let place = local.place().ok().unwrap();
        assert_eq!(place.origin, "http://127.0.0.1:9000");
        assert_eq!(
            (place.host.as_str(), place.region.as_str()),
            ("127.0.0.1:9000", "eu-west-1")
        );
        assert_eq!(local.prefix(), "");
        assert!(Configured::parse("{}").ok().unwrap().is_empty());
    }

    #[test]
    fn what_is_wrong_is_told_without_secrets() {
        let told = |text: &str| Configured::parse(text).err().unwrap();
        for text in [
            "",
            "[]",
            "hidden",
            r#"{"nas": "hidden"}"#,
            r#"{"nas": {"secret": ["hidden"]}}"#,
            r#"{"nas": {"hidden": 1}}"#,
        ] {
            assert!(
                told(text).starts_with("no JSON object of buckets: line"),
                "{text}"
            );
            assert!(!told(text).contains("hidden"), "{text}");
        }
        assert!(told(r#"{"N A S": {}}"#).contains("is no name"));
        let missing = |text: &str| one(text).place().err().unwrap();
        assert_eq!(missing("{}"), "endpoint is missing");
        assert!(missing(r#"{"r2": "photos"}"#).starts_with("r2 is for Workers"));
        assert_eq!(
            missing(r#"{"endpoint": "https://a", "bucket": "b", "keyId": "k"}"#),
            "secret is missing"
        );
        for endpoint in [
            "a",
            "ftp://a",
            "https://",
            "https://a/b",
            "https://u:p@a",
            "https://a?b",
            "https://a b",
        ] {
            let text = format!(
                r#"{{"endpoint": "{endpoint}", "bucket": "b", "keyId": "k", "secret": "s"}}"#
            );
            assert!(missing(&text).starts_with("endpoint is no"), "{endpoint}");
        }
    }
}
