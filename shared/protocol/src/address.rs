//! Which addresses mean something inside a network only: requests that users address do not go there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether an address is private, local or reserved.
pub fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_private_v4(ip),
        IpAddr::V6(ip) => is_private_v6(ip),
    }
}

/// The IANA registry of special-purpose addresses.
fn is_private_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    ip.is_private()
        || ip.is_link_local()
        || ip.is_documentation()
        || matches!(
            (a, b, c),
            (0 | 127 | 224..=255, _, _) | (100, 64..=127, _) | (192, 0, 0) | (198, 18 | 19, _)
        )
}

/// The same; what carries an IPv4 address is judged by that.
fn is_private_v6(ip: Ipv6Addr) -> bool {
    let segments = ip.segments();
    let [first, second, ..] = segments;
    let [.., high, low] = segments;
    let embedded =
        |high: u16, low: u16| is_private_v4(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)));
    match segments {
        [0, 0, 0, 0, 0, 0 | 0xffff, _, _] => ip.is_loopback() || embedded(high, low),
        [0x64, 0xff9b, 0, 0, 0, 0, _, _] => embedded(high, low),
        [0x2002, a, b, ..] => embedded(a, b),
        // Global unicast is 2000::/3; inside of it are Teredo, ORCHID, documentation.
        _ => {
            first & 0xe000 != 0x2000
                || (first == 0x2001 && second < 0x200)
                || (first, second) == (0x2001, 0xdb8)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_carries_a_private_address_is_private() {
        let judged = |text: &str| is_private(text.parse().unwrap());
        for private in [
            "127.0.0.1",
            "169.254.169.254",
            "::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "fd00::1",
        ] {
            assert!(judged(private), "{private}");
        }
        for public in ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"] {
            assert!(!judged(public), "{public}");
        }
    }
}
