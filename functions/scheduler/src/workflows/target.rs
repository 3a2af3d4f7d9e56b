//! Where webhooks may be sent: users choose the address, so it must be a public one unless whoever runs the installation says
//! otherwise (docs/workflows.md).

use std::net::IpAddr;

use edge_protocol::address;
use http::Uri;

/// The names of components of a Spin application end so: nobody but they call each other.
const COMPONENTS: &str = ".spin.internal";

/// Ends of names that only mean something inside a network.
const INSIDE: [&str; 9] = [
    "localhost",
    "local",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "private",
    "home.arpa",
];

/// Why nothing is sent there; `None`: it is a public address, as far as its text says, or a private one and those are allowed.
pub fn refused(address: &Uri, may_be_private: bool) -> Option<&'static str> {
    let host = address.host()?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    if host.ends_with(COMPONENTS) {
        return Some("components of the server are not for webhooks");
    }
    let is_private = match host.parse::<IpAddr>() {
        Ok(ip) => address::is_private(ip),
        Err(_) => is_inside(&host),
    };
    (is_private && !may_be_private)
        .then_some("private addresses are not allowed (WEBHOOK_PRIVATE_ADDRESSES)")
}

/// A name without a domain, one of [`INSIDE`], or a number that some resolvers take for an address (`127.1`, `0x7f000001`).
fn is_inside(host: &str) -> bool {
    let Some((_, last)) = host.rsplit_once('.') else {
        return true;
    };
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x");
    let ends = |name: &&str| {
        host.strip_suffix(*name)
            .is_some_and(|rest| rest.ends_with('.'))
    };
    is_number || INSIDE.iter().any(ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_refused_in_every_spelling() {
        for host in [
            "localhost",
            "LOCALHOST",
            "a.localhost",
            "localhost.",
            "nas",
            "nas.local",
            "printer.lan",
            "x.internal",
            "router.home.arpa",
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f.1",
            "0x7f000001",
            "1.0x7f",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "198.18.0.1",
            "192.0.0.8",
            "224.0.0.1",
            "255.255.255.255",
            "[::1]",
            "[::]",
            "[fe80::1]",
            "[fd00::1]",
            "[ff02::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:10.0.0.1]",
            "[64:ff9b::a00:1]",
            "[2002:7f00:1::]",
            "[2001:db8::1]",
            "[2001::1]",
            "[::7f00:1]",
        ] {
            let address: Uri = format!("http://{host}:8080/hook").parse().unwrap();
            assert!(refused(&address, false).is_some(), "{host}");
            assert_eq!(refused(&address, true), None, "{host}");
        }
    }

    #[test]
    fn components_are_refused_even_where_private_addresses_are_allowed() {
        for host in [
            "mail.spin.internal",
            "MEDIA.spin.internal.",
            "a@scheduler.spin.internal",
        ] {
            let address: Uri = format!("http://{host}/").parse().unwrap();
            assert!(refused(&address, true).is_some(), "{host}");
        }
    }

    #[test]
    fn public_addresses_are_not() {
        for host in [
            "example.com",
            "example.com.",
            "hooks.example.org",
            "8.8.8.8",
            "172.15.0.1",
            "172.32.0.1",
            "100.128.0.1",
            "192.1.0.1",
            "[2606:4700::1111]",
            "[::ffff:8.8.8.8]",
            "[64:ff9b::808:808]",
            "locals.example",
            "mylocal.net",
            "lan.example",
        ] {
            let address: Uri = format!("https://{host}/hook").parse().unwrap();
            assert_eq!(refused(&address, false), None, "{host}");
        }
    }
}
