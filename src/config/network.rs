//! An address or a network of addresses, as `trusted_proxies` names them. A leaf: imports nothing of ours.

use std::net::IpAddr;
use std::str::FromStr;

/// An IPv4 or IPv6 network; a single address is a network of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u32,
}

impl Network {
    /// Whether `address` is in it. An IPv4 address that comes mapped into IPv6 counts as the IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        let (network, address) = (self.address.to_canonical(), address.to_canonical());
        network.is_ipv4() == address.is_ipv4() && bits(network) >> self.rest() == bits(address) >> self.rest()
    }

    /// Bits behind the prefix, counted in 128. The prefix is at least 1, so the shift is always smaller than the word.
    fn rest(&self) -> u32 {
        128 - self.prefix
    }
}

/// The address at the left of 128 bits, so that one shift serves both families.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)) << 96,
        IpAddr::V6(address) => address.into(),
    }
}

impl FromStr for Network {
    type Err = String;

    /// `10.0.0.1`, `10.0.0.0/8`, `fd00::/8`. The prefix 0 is refused: it would trust everybody.
    fn from_str(text: &str) -> Result<Self, String> {
        let fault = || format!("`{text}` must be an address or a network, such as 10.0.0.1 or 10.0.0.0/8");
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.parse().map_err(|_| fault())?;
        let all = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(all), str::parse).map_err(|_| fault())?;
        match prefix {
            _ if address != address.to_canonical() => Err(format!("`{text}` is IPv4 in IPv6: write the IPv4 network")),
            0 => Err(format!("`{text}` would trust every address; name the proxies' own")),
            1.. if prefix <= all => Ok(Self { address, prefix }),
            _ => Err(fault()),
        }
    }
}

/// What counts as one address: all of an IPv4 address, the /64 of an IPv6 one, which one customer has (Nextcloud
/// CVE-2021-22915 is what counting single addresses leads to).
pub fn customer(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) >> 64 << 64).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::{Network, customer};

    fn within(network: &str, address: &str) -> bool {
        network.parse::<Network>().unwrap().contains(address.parse().unwrap())
    }

    #[test]
    fn holds_what_its_prefix_holds() {
        assert!(within("10.0.0.0/8", "10.255.0.1"));
        assert!(!within("10.0.0.0/8", "11.0.0.1"));
        assert!(within("10.1.2.3", "10.1.2.3") && !within("10.1.2.3", "10.1.2.2"));
        assert!(within("10.0.0.0/8", "::ffff:10.9.9.9"));
        assert!(within("fd00::/8", "fdff::1") && !within("fd00::/8", "fe80::1"));
        assert!(within("::1", "::1") && !within("::1", "0.0.0.1"));
        assert!(!within("128.0.0.0/1", "fe80::1"));
    }

    #[test]
    fn refuses_what_is_no_network() {
        for text in [
            "",
            "proxy",
            "10.0.0.0/33",
            "10.0.0.0/",
            "10.0.0.0/-1",
            "::/129",
            "0.0.0.0/0",
            "::/0",
            "10.0.0",
            "::ffff:10.0.0.0/104",
        ] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_ipv6_network_counts_as_one() {
        let of = |text: &str| customer(text.parse().expect("an address"));
        assert_eq!(of("2001:db8:1:2:3::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
