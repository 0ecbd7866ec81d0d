//! Who is at the other end: whoever has connected or, where that is a proxy of ours, whom it names.
use anyhow::{Context, bail};
use axum::http::HeaderMap;
use std::{fmt, net::IpAddr, str::FromStr};

/// The proxies whose word about others is taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    said: String,
    networks: Vec<(u128, u32)>,
}

impl fmt::Display for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.said.is_empty() { "not set" } else { &self.said })
    }
}

/// IPv4 as it is written in IPv6, so that there is one kind of address.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

impl FromStr for Proxies {
    type Err = anyhow::Error;

    /// Addresses and networks, with commas between them: `10.0.0.0/8, ::1`.
    fn from_str(text: &str) -> anyhow::Result<Self> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let networks = parts.map(|part| {
            let (address, length) =
                part.split_once('/').map_or((part, None), |(a, l)| (a, Some(l)));
            let address: IpAddr =
                address.parse().with_context(|| format!("{part} is no address"))?;
            let longest = if address.is_ipv4() { 32 } else { 128 };
            let length: u32 = match length {
                None => longest,
                Some(length) => length.parse().with_context(|| format!("{part} is no network"))?,
            };
            // Everybody is nobody's proxy.
            if length == 0 || length > longest {
                bail!("{part} is no network of proxies");
            }
            Ok((bits(address), length + 128 - longest))
        });
        let networks: Vec<_> = networks.collect::<anyhow::Result<_>>()?;
        let said = if networks.is_empty() { String::new() } else { text.trim().to_owned() };
        Ok(Self { said, networks })
    }
}

impl Proxies {
    fn has(&self, address: IpAddr) -> bool {
        let address = bits(address);
        self.networks.iter().any(|&(network, length)| (address ^ network).leading_zeros() >= length)
    }

    /// The nearest address that is none of ours. What stands before it in the header anybody may have written.
    pub fn peer(&self, connected: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.has(connected) {
            return connected;
        }
        let lines = headers.get_all("x-forwarded-for");
        let named: Vec<_> =
            lines.iter().flat_map(|line| line.as_bytes().split(|&b| b == b',')).collect();
        let mut nearest = connected;
        for name in named.into_iter().rev() {
            let address = std::str::from_utf8(name).ok().and_then(|name| name.trim().parse().ok());
            let Some(address) = address else { break };
            nearest = address;
            if !self.has(address) {
                break;
            }
        }
        nearest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(proxies: &str, connected: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        let proxies: Proxies = proxies.parse().unwrap();
        proxies.peer(connected.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn only_proxies_of_ours_are_believed_and_only_about_whom_they_saw() {
        let spoofed = ["1.2.3.4", "9.9.9.9, 203.0.113.7"];
        assert_eq!(peer("", "127.0.0.1", &spoofed), "127.0.0.1");
        assert_eq!(peer("10.0.0.0/8", "192.0.2.1", &spoofed), "192.0.2.1");
        assert_eq!(peer("127.0.0.1", "127.0.0.1", &spoofed), "203.0.113.7");
        assert_eq!(
            peer("::1,10.0.0.0/8", "::1", &["9.9.9.9, 203.0.113.7, 10.1.2.3"]),
            "203.0.113.7"
        );
        assert_eq!(peer("10.0.0.0/8", "::ffff:10.0.0.1", &["203.0.113.7"]), "203.0.113.7");
        assert_eq!(peer("2001:db8::/32", "2001:db8:1::1", &["2001:db9::1"]), "2001:db9::1");
    }

    #[test]
    fn what_cannot_be_read_is_where_it_ends() {
        assert_eq!(peer("127.0.0.1", "127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(peer("127.0.0.1", "127.0.0.1", &["9.9.9.9, nonsense"]), "127.0.0.1");
        assert_eq!(peer("127.0.0.1,10.0.0.1", "127.0.0.1", &["nonsense, 10.0.0.1"]), "10.0.0.1");
    }

    #[test]
    fn settings_that_cannot_be_meant_are_refused() {
        for wrong in ["everybody", "0.0.0.0/0", "::/0", "10.0.0.0/33", "10.0.0.0/x"] {
            assert!(wrong.parse::<Proxies>().is_err(), "{wrong}");
        }
        assert_eq!(" , ".parse::<Proxies>().unwrap(), Proxies::default());
    }
}
