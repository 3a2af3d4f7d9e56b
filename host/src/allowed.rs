//! `allowed_outbound_hosts`: where a component may connect to, by Spin's rules.
use std::ops::RangeInclusive;

use anyhow::{Context as _, Result, bail};

/// The hosts that one component may reach.
#[derive(Debug, Default)]
pub struct Allowed(Vec<Pattern>);

/// `scheme://host:port`, any part of which may be `*`.
#[derive(Debug)]
struct Pattern {
    scheme: Option<String>,
    host: Host,
    ports: RangeInclusive<u16>,
}

#[derive(Debug)]
enum Host {
    Any,
    /// `*.example.com`, kept as `.example.com`.
    Below(String),
    Exactly(String),
}

impl Allowed {
    /// Reads the entries of a manifest, templates already filled in.
    ///
    /// # Errors
    /// The entry that is no `scheme://host[:port]`.
    pub fn new(entries: &[String]) -> Result<Self> {
        let patterns = entries.iter().map(|entry| {
            Pattern::parse(entry).with_context(|| format!("allowed_outbound_hosts: {entry:?}"))
        });
        Ok(Self(patterns.collect::<Result<_>>()?))
    }

    /// Whether a connection to `host` is allowed; without `port` it is the scheme's.
    pub fn permits(&self, scheme: &str, host: &str, port: Option<u16>) -> bool {
        self.any(scheme, host, port, |_| true)
    }

    /// Whether an entry that permits the connection says which host it is for.
    pub fn names(&self, scheme: &str, host: &str, port: Option<u16>) -> bool {
        self.any(scheme, host, port, |of| !matches!(of, Host::Any))
    }

    fn any(
        &self,
        scheme: &str,
        host: &str,
        port: Option<u16>,
        counts: impl Fn(&Host) -> bool,
    ) -> bool {
        let Some(port) = port.or_else(|| default_port(scheme)) else {
            return false;
        };
        let host = host.to_ascii_lowercase();
        self.0.iter().any(|pattern| {
            let fits = match &pattern.host {
                Host::Any => true,
                Host::Below(suffix) => host.ends_with(suffix.as_str()),
                Host::Exactly(name) => host == *name,
            };
            let scheme_fits = pattern
                .scheme
                .as_ref()
                .is_none_or(|wanted| wanted == scheme);
            counts(&pattern.host) && fits && scheme_fits && pattern.ports.contains(&port)
        })
    }
}

impl Pattern {
    fn parse(entry: &str) -> Result<Self> {
        let (scheme, rest) = entry
            .split_once("://")
            .context("needs a scheme, like http://")?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.is_empty() || rest.contains(['/', '?', '@']) {
            bail!("must be scheme://host:port");
        }
        // An IPv6 address holds colons itself.
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (rest, None),
        };
        let ports = match port {
            Some("*") => 0..=u16::MAX,
            Some(port) => ports(port)?,
            None if scheme == "*" => bail!("needs a port, as it has no scheme"),
            None => {
                let port = default_port(scheme)
                    .with_context(|| format!("{scheme} has no port of its own: name one"))?;
                port..=port
            }
        };
        let host = host.to_ascii_lowercase();
        let host = match host.strip_prefix('*') {
            Some("") => Host::Any,
            Some(suffix) if suffix.starts_with('.') => Host::Below(suffix.to_owned()),
            Some(_) => bail!("* stands for whole labels"),
            None => Host::Exactly(host),
        };
        let scheme = (scheme != "*").then(|| scheme.to_ascii_lowercase());
        Ok(Self {
            scheme,
            host,
            ports,
        })
    }
}

/// `80` or `8000..8010`, the end excluded as in Spin.
fn ports(text: &str) -> Result<RangeInclusive<u16>> {
    let number = |text: &str| {
        text.parse::<u16>()
            .with_context(|| format!("port {text:?}"))
    };
    let Some((from, to)) = text.split_once("..") else {
        let port = number(text)?;
        return Ok(port..=port);
    };
    let (from, to) = (number(from)?, number(to)?);
    if from >= to {
        bail!("ports {text:?} are none");
    }
    Ok(from..=to - 1)
}

fn default_port(scheme: &str) -> Option<u16> {
    Some(match scheme {
        "http" => 80,
        "https" => 443,
        "postgres" | "postgresql" => 5432,
        "redis" => 6379,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::Allowed;

    fn allowed(entries: &[&str]) -> anyhow::Result<Allowed> {
        let entries: Vec<String> = entries.iter().map(|entry| (*entry).to_owned()).collect();
        Allowed::new(&entries)
    }

    #[test]
    fn scheme_host_and_port_must_fit() {
        let allowed = allowed(&["http://127.0.0.1:9000/", "postgres://db.example"]).unwrap();
        assert!(allowed.permits("http", "127.0.0.1", Some(9000)));
        assert!(!allowed.permits("http", "127.0.0.1", Some(9001)));
        assert!(!allowed.permits("http", "127.0.0.1", None));
        assert!(!allowed.permits("https", "127.0.0.1", Some(9000)));
        assert!(!allowed.permits("http", "127.0.0.11", Some(9000)));
        assert!(allowed.permits("postgres", "DB.example", None));
        assert!(allowed.permits("postgres", "db.example", Some(5432)));
        assert!(!allowed.permits("postgres", "db.example", Some(5433)));
    }

    #[test]
    fn stars_stand_for_any_scheme_host_label_and_port() {
        let below = allowed(&["http://*.spin.internal"]).unwrap();
        assert!(below.permits("http", "media.spin.internal", None));
        assert!(!below.permits("http", "spin.internal", None));
        assert!(!below.permits("http", "evilspin.internal", None));
        let any = allowed(&["*://*:*"]).unwrap();
        assert!(any.permits("https", "example.com", None));
        assert!(any.permits("redis", "::1", Some(1)));
        assert!(!any.names("https", "example.com", None));
        assert!(below.names("http", "media.spin.internal", None));
        let range = allowed(&["http://[::1]:8000..8002"]).unwrap();
        assert!(range.permits("http", "[::1]", Some(8001)));
        assert!(!range.permits("http", "[::1]", Some(8002)));
    }

    #[test]
    fn nothing_is_allowed_by_default_and_nonsense_is_an_error() {
        assert!(!allowed(&[]).unwrap().permits("http", "localhost", None));
        for entry in [
            "example.com",
            "http://",
            "http://a/b",
            "http://u@a",
            "*://a",
            "foo://a",
            "http://a:x",
            "http://a:9..9",
            "http://*a.example",
        ] {
            assert!(allowed(&[entry]).is_err(), "{entry}");
        }
    }
}
