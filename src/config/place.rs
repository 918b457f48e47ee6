//! Where a URL leads: to this machine, to a network of one's own, or out into the world.
//!
//! Customers' words go to no public address in clear. What stands in a setting is judged before the server starts; a name is
//! judged by the addresses it has when it is called, with the same rule.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Who can be met at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// This machine.
    Loopback,
    /// The networks around it: private, of one link, or shared behind one provider.
    Private,
    /// Anybody.
    Public,
    /// Nobody: it is no address of anything.
    Nowhere,
}

impl Reach {
    /// Whom one meets there.
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::of_v4(address),
            IpAddr::V6(address) => Self::of_v6(address),
        }
    }

    fn of_v4(address: Ipv4Addr) -> Self {
        let [first, second, ..] = address.octets();
        // 100.64/10 is RFC 6598.
        let is_shared = first == 100 && second & 0xc0 == 64;
        if address.is_loopback() {
            Self::Loopback
        } else if address.is_private() || address.is_link_local() || is_shared {
            Self::Private
        } else if first == 0 || address.is_multicast() || address.is_broadcast() {
            Self::Nowhere
        } else {
            Self::Public
        }
    }

    fn of_v6(address: Ipv6Addr) -> Self {
        if address.is_loopback() {
            Self::Loopback
        } else if address.is_unique_local() || address.is_unicast_link_local() {
            Self::Private
        } else if address.is_unspecified() || address.is_multicast() {
            Self::Nowhere
        } else {
            Self::Public
        }
    }
}

/// A URL without what somebody may have put before its host: a name and a password are nobody's business. Empty if it is no
/// URL.
pub(super) fn without_user(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return String::new() };
    let authority = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let host = rest[..authority].rfind('@').map_or(0, |at| at + 1);
    format!("{scheme}://{}", &rest[host..])
}

/// What is wrong with the base URL of a service, if anything is: a sentence without the URL, which may hold a password.
pub(super) fn fault(url: &str) -> Option<&'static str> {
    let https = url.starts_with("https://");
    if https && !cfg!(feature = "tls") {
        return Some("begins with https://, which needs a build with --features tls");
    }
    let Some(rest) = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")) else {
        return Some("must begin with http:// (or https:// in a build with --features tls)");
    };
    if url.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '?' | '#' | '\\')) {
        return Some("must be a scheme, a host and perhaps a path, without blanks, ?, # or \\");
    }
    let authority = rest.split('/').next().unwrap_or_default();
    if authority.contains('@') {
        return Some("must not hold a user or a password, which would be told to whoever reads the log");
    }
    let Some((host, is_port)) = host_and_port(authority) else {
        return Some("names no address in its brackets");
    };
    if host.is_empty() {
        return Some("names no host");
    }
    if !is_port {
        return Some("has a port that is not a number from 1 to 65535");
    }
    let address = match literal(host) {
        Host::Name => return None,
        Host::Wrong => return Some("names an address that is none"),
        Host::Address(address) => address,
    };
    match Reach::of(address) {
        Reach::Nowhere => Some("names an address at which nobody can be reached"),
        Reach::Public if !https => {
            Some("names a public address, to which customers' words go with https:// only")
        }
        Reach::Public | Reach::Private | Reach::Loopback => None,
    }
}

/// The host, in brackets if it has them, and whether what stands behind it is a port or nothing.
fn host_and_port(authority: &str) -> Option<(&str, bool)> {
    let end = if authority.starts_with('[') {
        authority.find(']')? + 1
    } else {
        authority.find(':').unwrap_or(authority.len())
    };
    let (host, behind) = authority.split_at(end);
    let is_port = match behind.strip_prefix(':') {
        None => behind.is_empty(),
        Some(port) => {
            port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
        }
    };
    Some((host, is_port))
}

enum Host {
    Name,
    Address(IpAddr),
    /// Neither.
    Wrong,
}

/// The address that a host spells, in any of the ways in which resolvers read one.
fn literal(host: &str) -> Host {
    if let Some(inner) = host.strip_prefix('[') {
        let address = inner.strip_suffix(']').and_then(|inner| inner.parse::<Ipv6Addr>().ok());
        return address.map_or(Host::Wrong, |address| Host::Address(address.into()));
    }
    let host = host.strip_suffix('.').unwrap_or(host);
    let last = host.rsplit('.').next().unwrap_or_default();
    let is_number = !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number && number(last).is_none() {
        return Host::Name;
    }
    spelt_v4(host).map_or(Host::Wrong, |address| Host::Address(address.into()))
}

/// `127.0.0.1`, and what else means it: `127.1`, `0x7f.0.0.1`, `0177.1`, `2130706433`.
fn spelt_v4(host: &str) -> Option<Ipv4Addr> {
    let parts: Vec<u32> = host.split('.').map(number).collect::<Option<_>>()?;
    let (last, first) = parts.split_last()?;
    // The last part fills what is left of the four bytes.
    let left = 4_usize.checked_sub(first.len()).filter(|left| *left > 0)?;
    let fits = |value: u32, bytes: usize| bytes == 4 || u64::from(value) < 1 << (8 * bytes);
    if !fits(*last, left) || !first.iter().all(|part| fits(*part, 1)) {
        return None;
    }
    let high = first.iter().zip([24, 16, 8]).map(|(part, shift)| part << shift).sum::<u32>();
    Some(Ipv4Addr::from(high + last))
}

/// Decimal, octal behind a zero, or hexadecimal.
fn number(text: &str) -> Option<u32> {
    let lower = text.to_ascii_lowercase();
    let (digits, radix) = match lower.strip_prefix("0x") {
        Some("") => ("0", 16),
        Some(hex) => (hex, 16),
        None if lower.len() > 1 && lower.starts_with('0') => (&lower[1..], 8),
        None => (&lower[..], 10),
    };
    // Not a sign, which the standard library would read.
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_plain.then(|| u32::from_str_radix(digits, radix).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_can_be_met_at_an_address() {
        for (address, reach) in [
            ("127.0.0.1", Reach::Loopback),
            ("127.9.9.9", Reach::Loopback),
            ("::1", Reach::Loopback),
            ("::ffff:127.0.0.1", Reach::Loopback),
            ("10.1.2.3", Reach::Private),
            ("172.31.0.1", Reach::Private),
            ("192.168.1.1", Reach::Private),
            ("169.254.1.1", Reach::Private),
            ("100.64.0.1", Reach::Private),
            ("100.127.255.255", Reach::Private),
            ("fd00::1", Reach::Private),
            ("fe80::1", Reach::Private),
            ("::ffff:10.0.0.1", Reach::Private),
            ("8.8.8.8", Reach::Public),
            ("172.32.0.1", Reach::Public),
            ("100.128.0.1", Reach::Public),
            ("2001:db8::1", Reach::Public),
            ("::ffff:8.8.8.8", Reach::Public),
            ("0.0.0.0", Reach::Nowhere),
            ("::", Reach::Nowhere),
            ("::ffff:0.0.0.0", Reach::Nowhere),
            ("224.0.0.1", Reach::Nowhere),
            ("255.255.255.255", Reach::Nowhere),
        ] {
            assert_eq!(Reach::of(address.parse().unwrap()), reach, "{address}");
        }
    }

    #[test]
    fn what_a_url_may_be() {
        for url in [
            "http://localhost",
            "http://127.0.0.1:11434/",
            "http://gpu.lan:8080/v1",
            "http://10.0.0.7/v1",
            "http://[::1]:8080/v1",
            "http://[fd00::7]",
            "http://0x7f.1",
            "http://2130706433",
            "http://0177.0.0.1",
            "http://[::ffff:10.0.0.7]/",
            "http://100.64.0.9",
            "http://api.example.com/v1",
            "http://x0.example",
            "http://cafe",
        ] {
            assert_eq!(fault(url), None, "{url}");
        }
        for (url, part) in [
            ("ftp://gpu", "must begin"),
            ("gpu:8080", "must begin"),
            ("HTTP://gpu", "must begin"),
            ("http://", "no host"),
            ("http:///v1", "no host"),
            ("http://:80", "no host"),
            ("http://me:secret@gpu", "password"),
            ("http://me@8.8.8.8", "password"),
            ("http://gpu/v1?key=secret", "without blanks"),
            ("http://gpu/a b", "without blanks"),
            ("http://gpu\\@8.8.8.8", "without blanks"),
            ("http://gpu:", "port"),
            ("http://gpu:0", "port"),
            ("http://gpu:65536", "port"),
            ("http://gpu:+80", "port"),
            ("http://[::1", "brackets"),
            ("http://[::1]x", "port"),
            ("http://[8.8.8.8]", "is none"),
            ("http://1.2.3.4.5", "is none"),
            ("http://256.1.1.1", "is none"),
            ("http://0.0.0.0", "nobody"),
            ("http://0", "nobody"),
            ("http://[::]", "nobody"),
            ("http://8.8.8.8", "public"),
            ("http://8.8.8.8./v1", "public"),
            ("http://134744072", "public"),
            ("http://0x08080808", "public"),
            ("http://010.8.8.8", "public"),
            ("http://8.526344", "public"),
            ("http://[::ffff:8.8.8.8]", "public"),
            ("http://[2001:db8::1]:80", "public"),
        ] {
            let fault = fault(url).unwrap_or_else(|| panic!("{url}"));
            assert!(fault.contains(part), "{url}: {fault}");
        }
        let https = fault("https://api.example.com/v1");
        assert_eq!(https.is_some(), !cfg!(feature = "tls"), "{https:?}");
    }

    #[test]
    fn a_url_is_told_without_its_user() {
        for (url, told) in [
            ("http://127.0.0.1:11434", "http://127.0.0.1:11434"),
            ("http://user:p@ss@gpu:80/a@b", "http://gpu:80/a@b"),
            ("http://user@gpu", "http://gpu"),
            ("", ""),
            ("secret", ""),
        ] {
            assert_eq!(without_user(url), told);
        }
    }
}
