//! To whom words may go in clear: to this machine and the networks around it, whatever a name says.
//!
//! A URL that spells a public address is refused at the start. A name may lead to one later, by a change or by malice, so
//! it is judged each time it is looked up, by the very addresses that are then connected to.

use std::fmt;
use std::net::SocketAddr;

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use crate::config::Reach;

/// Looks names up, and forgets what is public.
#[derive(Debug, Default)]
pub(super) struct Nearby(DefaultResolver);

/// A name that leads to public addresses alone.
#[derive(Debug)]
struct Public;

impl fmt::Display for Public {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("its name leads to a public address, which is not spoken to without https")
    }
}

impl std::error::Error for Public {}

impl Resolver for Nearby {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let found = self.0.resolve(uri, config, timeout)?;
        let mut near = self.empty();
        found.iter().copied().filter(is_near).for_each(|address| near.push(address));
        if near.is_empty() { Err(Error::Other(Box::new(Public))) } else { Ok(near) }
    }
}

fn is_near(address: &SocketAddr) -> bool {
    matches!(Reach::of(address.ip()), Reach::Loopback | Reach::Private)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where a host leads that needs no server of names.
    fn looked_up(host: &str) -> Result<Vec<String>, String> {
        let uri: Uri = format!("http://{host}:80/").parse().unwrap();
        match Nearby::default().resolve(&uri, &Config::default(), NextTimeout::default()) {
            Ok(found) => Ok(found.iter().map(ToString::to_string).collect()),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn what_is_public_is_not_found() {
        for near in ["127.0.0.1", "10.0.0.7", "192.168.1.1", "[::1]", "[fd00::7]"] {
            assert_eq!(looked_up(near), Ok(vec![format!("{near}:80")]));
        }
        for public in ["8.8.8.8", "0x08080808", "[2001:db8::1]", "[::ffff:8.8.8.8]", "0.0.0.0"] {
            let error = looked_up(public).unwrap_err();
            assert!(error.contains("without https"), "{public}: {error}");
        }
    }
}
