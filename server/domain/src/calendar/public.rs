//! Which addresses are of the whole internet.
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether `ip` is one that everybody reaches alike: not of this machine, its networks, its cloud's
/// metadata, of many at once, or set aside (the IANA registries of special-purpose addresses).
#[must_use]
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_documentation()
        || a == 0
        // Shared by the customers of a provider.
        || a == 100 && (64..128).contains(&b)
        || (a, b, c) == (192, 0, 0)
        || (a, b, c) == (192, 88, 99)
        || a == 198 && (18..20).contains(&b)
        // Multicast, reserved, broadcast.
        || a >= 224)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let Some(ip) = ip.to_ipv4_mapped() {
        return is_public_v4(ip);
    }
    let [first, second, ..] = ip.segments();
    // All that is given out is in 2000::/3; the rest is local, of many at once, or nobody's.
    let given_out = first & 0xe000 == 0x2000;
    // These carry an address of IPv4 inside, or are for documentation and tests.
    let special = first == 0x2002
        || first == 0x2001 && (second < 0x0200 || second == 0x0db8)
        || first == 0x3fff;
    given_out && !special
}

#[cfg(test)]
mod tests {
    use super::is_public;

    #[test]
    fn what_only_our_own_network_sees_is_not_public() {
        for private in [
            "127.0.0.1",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.100.100.200",
            "192.0.0.192",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "240.0.0.1",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "fec0::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in [
            "1.1.1.1",
            "8.8.8.8",
            "172.32.0.1",
            "100.128.0.1",
            "::ffff:8.8.8.8",
            "2606:4700:4700::1111",
            "2a00:1450:4003::200e",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }
}
