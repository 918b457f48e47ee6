//! Names of this server and origins of pages, as settings have them. What could never match is refused, with what was
//! probably meant.

use std::net::IpAddr;

use super::value::Value;

/// A name or an address under which the server may be addressed, without port: `shop.example`, `[::1]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostName(String);

impl HostName {
    /// As it stands in a `Host` field, but for brackets.
    pub fn as_str(&self) -> &str {
        self.0.trim_start_matches('[').trim_end_matches(']')
    }

    /// Whether nobody but this machine is reached by it.
    pub fn is_loopback(&self) -> bool {
        is_loopback(self.as_str())
    }
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl Value for HostName {
    fn parse(text: &str) -> Result<Self, String> {
        let host = Self(text.to_owned());
        if text == "*" {
            return Err(
                "has \"*\", which would let any page on the web pass for this server: list its names"
                    .to_owned(),
            );
        }
        if let Some((_, rest)) = text.split_once("://") {
            let name = without_port(rest.split('/').next().unwrap_or_default());
            return Err(format!("has {text:?}, but takes names alone: {name:?}"));
        }
        if let Some(name) = text.strip_prefix('.') {
            return Err(format!("has {text:?}, but takes whole names, one by one: \"www.{name}\""));
        }
        if host.as_str().parse::<IpAddr>().is_ok() {
            return Ok(host);
        }
        let name = without_port(text);
        if name != text {
            return Err(format!("has {text:?}, but takes names without port: {name:?}"));
        }
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        if text.bytes().all(is_part) {
            Ok(host)
        } else {
            Err(format!("has {text:?}, which is no name of a host"))
        }
    }

    fn write(&self) -> String {
        self.0.clone()
    }
}

fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// The origin of pages that may call (RFC 6454), or every one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// Whether a page is of this origin, by its `Origin` field.
    pub fn is_of(&self, page: &str) -> bool {
        self.0 == "*" || self.0.trim_end_matches('/').eq_ignore_ascii_case(page)
    }

    /// Whether only pages of this machine have it.
    pub fn is_loopback(&self) -> bool {
        let authority = self.0.split_once("://").map_or("", |(_, rest)| rest.trim_end_matches('/'));
        is_loopback(without_port(authority).trim_start_matches('[').trim_end_matches(']'))
    }
}

impl Value for Origin {
    fn parse(text: &str) -> Result<Self, String> {
        let origin = Self(text.to_owned());
        if text == "*" {
            return Ok(origin);
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(format!("has {text:?}, but an origin has a scheme: \"https://{text}\""));
        };
        let authority = rest.trim_end_matches('/');
        match authority.split_once('/') {
            _ if scheme.is_empty() || authority.is_empty() || authority.contains(['?', '#', '@', ' ']) => {
                Err(format!("has {text:?}, which is no origin"))
            }
            Some((authority, _)) => {
                Err(format!("has {text:?}, but an origin has no path: \"{scheme}://{authority}\""))
            }
            // No browser says the usual port.
            None => match authority.strip_suffix(if scheme == "https" { ":443" } else { ":80" }) {
                Some(host) => Err(format!("has {text:?}, which browsers call \"{scheme}://{host}\"")),
                None => Ok(origin),
            },
        }
    }

    fn write(&self) -> String {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_never_match_is_refused_with_what_was_meant() {
        for (text, hint) in [
            ("*", "list its names"),
            ("https://shop.example", "\"shop.example\""),
            ("https://shop.example:8443/chat", "\"shop.example\""),
            ("shop.example:8443", "\"shop.example\""),
            ("[::1]:80", "\"[::1]\""),
            (".shop.example", "\"www.shop.example\""),
            ("shop example", "no name"),
        ] {
            let error = HostName::parse(text).unwrap_err();
            assert!(error.contains(hint), "{text}: {error}");
        }
        for (text, hint) in [
            ("page.example", "\"https://page.example\""),
            ("https://page.example/chat/", "\"https://page.example\""),
            ("https://", "no origin"),
            ("https://me@page.example", "no origin"),
            ("https://page.example:443", "\"https://page.example\""),
            ("http://page.example:80", "\"http://page.example\""),
        ] {
            let error = Origin::parse(text).unwrap_err();
            assert!(error.contains(hint), "{text}: {error}");
        }
    }

    #[test]
    fn names_and_addresses_are_taken() {
        for (text, name) in
            [("shop.example", "shop.example"), ("[::1]", "::1"), ("::1", "::1"), ("10.0.0.7", "10.0.0.7")]
        {
            assert_eq!(HostName::parse(text).unwrap().as_str(), name);
        }
        assert!(Origin::parse("https://Page.example:8443/").unwrap().is_of("https://page.example:8443"));
        assert!(Origin::parse("*").unwrap().is_of("null"));
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for text in ["localhost", "127.0.0.1", "127.8.0.1", "[::1]"] {
            assert!(HostName::parse(text).unwrap().is_loopback(), "{text}");
            assert!(Origin::parse(&format!("http://{text}:3000")).unwrap().is_loopback(), "{text}");
        }
        assert!(!HostName::parse("localhost.shop.example").unwrap().is_loopback());
        assert!(!Origin::parse("https://shop.example").unwrap().is_loopback());
        assert!(!Origin::parse("*").unwrap().is_loopback());
    }
}
