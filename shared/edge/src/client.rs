//! From which address a request comes, and whose word about it is believed (docs/decisions/0003-login-throttling.md).

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use http::HeaderMap;

/// Where the platform tells who is connected to it. It overwrites what a client sends there; a Worker is told nothing that
/// somebody else could not have said.
#[cfg(target_os = "wasi")]
const PEER: Option<&str> = Some("spin-client-addr");
#[cfg(not(target_family = "wasm"))]
const PEER: Option<&str> = Some("x-real-ip");
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
const PEER: Option<&str> = None;

/// Who is believed when he says for whom he asks: the variable `TRUSTED_PROXIES`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Trust {
    /// Nobody, the default: whoever is connected is the client.
    #[default]
    Nobody,
    /// Cloudflare's network, which overwrites `cf-connecting-ip`. Only true where the Worker runs there.
    Cloudflare,
    /// So many proxies, each of which adds to `x-forwarded-for` who was connected to it.
    Hops(usize),
    /// Proxies with these addresses, which do the same.
    Networks(Vec<Network>),
}

/// A range of addresses: all whose first bits are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u32,
}

impl Trust {
    /// Reads the variable: empty, `cloudflare`, a number of proxies, or addresses and networks (`10.0.0.0/8`) with commas
    /// between them. `None`: it is none of these.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() {
            return Some(Self::Nobody);
        }
        if text.eq_ignore_ascii_case("cloudflare") {
            return Some(Self::Cloudflare);
        }
        if let Ok(hops) = text.parse() {
            return Some(if hops == 0 {
                Self::Nobody
            } else {
                Self::Hops(hops)
            });
        }
        let networks: Option<_> = text.split(',').map(Network::parse).collect();
        networks.map(Self::Networks)
    }

    /// The client's address; `None` when nobody who is believed tells it.
    pub fn address(&self, headers: &HeaderMap) -> Option<IpAddr> {
        let peer = PEER.and_then(|name| headers.get(name));
        let peer = peer.and_then(|value| parse_address(value.to_str().ok()?));
        match self {
            Self::Nobody => peer,
            Self::Cloudflare => parse_address(headers.get("cf-connecting-ip")?.to_str().ok()?),
            // Fewer than there are proxies: somebody came around them.
            Self::Hops(hops) => match forwarded(headers).nth(hops.saturating_sub(1)) {
                Some(address) => address,
                None => peer,
            },
            Self::Networks(networks) => {
                let is_proxy = |address: &IpAddr| networks.iter().any(|it| it.contains(*address));
                let mut client = peer?;
                for said in forwarded(headers) {
                    match said {
                        Some(address) if is_proxy(&client) => client = address,
                        _ => break,
                    }
                }
                Some(client)
            }
        }
    }

    /// The client's IPv4 address or IPv6 /64 network, of which a single home owns all; empty when the address is not known.
    pub fn network(&self, headers: &HeaderMap) -> String {
        match self.address(headers) {
            Some(IpAddr::V6(address)) => {
                Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).to_string()
            }
            Some(IpAddr::V4(address)) => address.to_string(),
            None => String::new(),
        }
    }
}

/// What `x-forwarded-for` says, from the nearest proxy on; `None` for what is no address.
fn forwarded(headers: &HeaderMap) -> impl Iterator<Item = Option<IpAddr>> {
    let values = headers.get_all("x-forwarded-for").iter();
    let mut said: Vec<_> = values
        .flat_map(|value| value.to_str().unwrap_or_default().split(','))
        .map(parse_address)
        .collect();
    said.reverse();
    said.into_iter()
}

/// An address, with or without a port.
fn parse_address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let address = match text.parse::<SocketAddr>() {
        Ok(socket) => socket.ip(),
        Err(_) => text.parse().ok()?,
    };
    Some(address.to_canonical())
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.trim().split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse().ok()?)),
            None => (text.trim(), None),
        };
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        (bits <= most).then_some(Self { address, bits })
    }

    fn contains(self, address: IpAddr) -> bool {
        let same = |ours: u128, theirs: u128, width: u32| {
            let dropped = width - self.bits;
            dropped >= 128 || (ours ^ theirs) >> dropped == 0
        };
        match (self.address, address) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                same(ours.to_bits().into(), theirs.to_bits().into(), 32)
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => same(ours.to_bits(), theirs.to_bits(), 128),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(trust: &str, peer: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        if !peer.is_empty() {
            headers.insert("x-real-ip", peer.parse().unwrap());
        }
        headers.insert("cf-connecting-ip", "203.0.113.9".parse().unwrap());
        for said in forwarded {
            headers.append("x-forwarded-for", said.parse().unwrap());
        }
        Trust::parse(trust).unwrap().network(&headers)
    }

    #[test]
    fn an_ipv6_network_counts_as_one_address() {
        assert_eq!(network("", "2001:db8:1:2:3:4:5:6", &[]), "2001:db8:1:2::");
        assert_eq!(network("", "::ffff:192.0.2.1", &[]), "192.0.2.1");
        assert_eq!(network("", "192.0.2.1:4711", &[]), "192.0.2.1");
        assert_eq!(network("", "", &[]), "");
    }

    #[test]
    fn only_who_is_trusted_is_believed() {
        let said = ["6.6.6.6, 198.51.100.7", "10.0.0.2"];
        for (trust, address) in [
            ("", "10.0.0.1"),
            ("0", "10.0.0.1"),
            ("cloudflare", "203.0.113.9"),
            ("1", "10.0.0.2"),
            ("2", "198.51.100.7"),
            ("9", "10.0.0.1"),
            ("10.0.0.0/8", "198.51.100.7"),
            ("10.0.0.1", "10.0.0.2"),
            ("192.168.0.0/16, ::1", "10.0.0.1"),
            ("0.0.0.0/0", "6.6.6.6"),
        ] {
            assert_eq!(network(trust, "10.0.0.1", &said), address, "{trust}");
        }
        // What is no address ends the way.
        assert_eq!(network("10.0.0.0/8", "10.0.0.1", &["x"]), "10.0.0.1");
        assert_eq!(network("10.0.0.0/8", "", &["192.0.2.1"]), "");
    }

    #[test]
    fn what_is_no_such_list_is_told() {
        for text in ["nobody", "10.0.0.0/33", "10.0.0.0/x", "::/129", "1,2"] {
            assert_eq!(Trust::parse(text), None, "{text}");
        }
    }
}
