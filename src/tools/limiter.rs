//! Sliding windows: how often somebody may do something, exactly.
//!
//! It must not know what is counted, nor read a clock: `now` is an argument. A window keeps the instants themselves, not
//! a counter per minute, so that ten a minute means ten in *any* minute, not twenty around the full one. Read
//! [`crate::tools::timer`] for another module in which time is an argument. Where people come in bursts, `bucket` is kinder.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::vocabulary::Millis;

mod bucket;
pub use bucket::{Bucket, Pace};

/// What one subject has done lately: at most `limit` instants. Holds no heap memory while empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// Oldest first.
    instants: VecDeque<Millis>,
}

impl Window {
    /// Nothing done yet.
    pub const fn new() -> Self {
        Self { instants: VecDeque::new() }
    }

    /// Whether nothing is remembered; what has grown old is remembered until [`Window::forget`].
    pub fn is_empty(&self) -> bool {
        self.instants.is_empty()
    }

    /// Counts one action at `now`, if that makes at most `limit` in the last `span`. A `limit` of 0 is none: nothing is
    /// counted. What is refused is not counted either, so that trying does not lengthen the wait.
    ///
    /// # Errors
    /// How long to wait until it would be allowed, at least 1 ms if `span` is.
    pub fn check(&mut self, now: Millis, limit: u32, span: Millis) -> Result<(), Millis> {
        if limit == 0 {
            return Ok(());
        }
        self.forget(now, span);
        self.peek(now, limit, span)?;
        self.instants.push_back(now);
        Ok(())
    }

    /// Answers as [`Window::check`] would, and counts nothing.
    ///
    /// # Errors
    /// As for [`Window::check`].
    pub fn peek(&self, now: Millis, limit: u32, span: Millis) -> Result<(), Millis> {
        if limit == 0 {
            return Ok(());
        }
        // All is well from the moment the `limit`-th last action has left the window.
        let decisive =
            self.instants.len().checked_sub(limit as usize).and_then(|place| self.instants.get(place));
        match decisive {
            Some(&instant) if instant + span > now => Err(instant + span - now),
            _ => Ok(()),
        }
    }

    /// Forgets what was done `span` or longer before `now`.
    pub fn forget(&mut self, now: Millis, span: Millis) {
        while self.instants.front().is_some_and(|&instant| instant + span <= now) {
            self.instants.pop_front();
        }
        if self.instants.is_empty() {
            self.instants = VecDeque::new();
        }
    }
}

/// A [`Window`] for each of many subjects, of which at most so many are remembered.
///
/// When there are too many, the one that has been silent longest is forgotten: whoever floods us with new subjects
/// cannot make us forget one that is busy. Ask one limiter with one span only, or [`Limiter::purge`] forgets too much.
#[derive(Clone, Debug)]
pub struct Limiter<K> {
    max_subjects: usize,
    subjects: BTreeMap<K, Subject>,
    /// The subjects once more, the one silent longest first.
    by_activity: BTreeMap<Activity, K>,
    checks: u64,
}

#[derive(Clone, Debug)]
struct Subject {
    window: Window,
    active: Activity,
}

/// When a subject was checked last; the count of the check makes it unique.
type Activity = (Millis, u64);

impl<K: Ord + Copy> Limiter<K> {
    /// Remembers at most `max_subjects`; with 0, every check is of a stranger and allowed.
    pub const fn new(max_subjects: usize) -> Self {
        Self { max_subjects, subjects: BTreeMap::new(), by_activity: BTreeMap::new(), checks: 0 }
    }

    /// Subjects remembered.
    pub fn len(&self) -> usize {
        self.subjects.len()
    }

    pub fn is_empty(&self) -> bool {
        self.subjects.is_empty()
    }

    /// [`Window::check`] for one subject. Being refused counts as activity. O(log n).
    ///
    /// # Errors
    /// How long to wait until it would be allowed.
    pub fn check(&mut self, now: Millis, key: K, limit: u32, span: Millis) -> Result<(), Millis> {
        if limit == 0 || self.max_subjects == 0 {
            return Ok(());
        }
        self.checks += 1;
        let active = (now, self.checks);
        if let Some(subject) = self.subjects.get_mut(&key) {
            self.by_activity.remove(&subject.active);
            subject.active = active;
            self.by_activity.insert(active, key);
            return subject.window.check(now, limit, span);
        }
        while self.subjects.len() >= self.max_subjects {
            self.drop_most_silent();
        }
        let mut window = Window::new();
        let verdict = window.check(now, limit, span);
        self.subjects.insert(key, Subject { window, active });
        self.by_activity.insert(active, key);
        verdict
    }

    /// [`Window::peek`] for one subject: counts nothing, and is no activity. O(log n).
    ///
    /// # Errors
    /// How long to wait until it would be allowed.
    pub fn peek(&self, now: Millis, key: K, limit: u32, span: Millis) -> Result<(), Millis> {
        self.subjects.get(&key).map_or(Ok(()), |subject| subject.window.peek(now, limit, span))
    }

    /// Forgets who has done nothing for `span`. O(log n) for each of them.
    pub fn purge(&mut self, now: Millis, span: Millis) {
        while self.by_activity.first_key_value().is_some_and(|(active, _)| active.0 + span <= now) {
            self.drop_most_silent();
        }
    }

    fn drop_most_silent(&mut self) {
        if let Some((_, key)) = self.by_activity.pop_first() {
            self.subjects.remove(&key);
        }
    }
}

impl Limiter<AddressKey> {
    /// [`Limiter::check`] for an address, and for its network, which counts as so many addresses.
    ///
    /// # Errors
    /// How long to wait until it would be allowed.
    pub fn check_shared(
        &mut self,
        now: Millis,
        address: AddressKey,
        limit: u32,
        site_addresses: usize,
        span: Millis,
    ) -> Result<(), Millis> {
        self.peek_shared(now, address, limit, site_addresses, span)?;
        if let Some(site) = address.site() {
            self.check(now, site, of_site(limit, site_addresses), span)?;
        }
        self.check(now, address, limit, span)
    }

    /// The same, and counts nothing.
    ///
    /// # Errors
    /// As for [`Limiter::check_shared`].
    pub fn peek_shared(
        &self,
        now: Millis,
        address: AddressKey,
        limit: u32,
        site_addresses: usize,
        span: Millis,
    ) -> Result<(), Millis> {
        if let Some(site) = address.site() {
            self.peek(now, site, of_site(limit, site_addresses), span)?;
        }
        self.peek(now, address, limit, span)
    }
}

fn of_site(limit: u32, site_addresses: usize) -> u32 {
    limit.saturating_mul(u32::try_from(site_addresses).unwrap_or(u32::MAX))
}

/// An address as far as one household or office can choose it: IPv4 whole, IPv6 by its first 64 bits, since whoever has
/// one address of a /64 has them all. An IPv4 address mapped into IPv6 counts as IPv4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AddressKey(Kept);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kept {
    V4(u32),
    V6(u64),
    /// The first 48 bits, as many as a house or a company is given.
    Site(u64),
}

impl From<IpAddr> for AddressKey {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self(Kept::V4(u32::from(address))),
            IpAddr::V6(address) => {
                let [a, b, c, d, e, f, g, h, ..] = address.octets();
                Self(Kept::V6(u64::from_be_bytes([a, b, c, d, e, f, g, h])))
            }
        }
    }
}

impl AddressKey {
    /// The network of an IPv6 address, of which one owner may have 65,536 addresses; IPv4 has none that are known.
    pub fn site(self) -> Option<Self> {
        match self.0 {
            Kept::V6(prefix) => Some(Self(Kept::Site(prefix >> 16))),
            Kept::V4(_) | Kept::Site(_) => None,
        }
    }

    /// Whether this is a network of many addresses.
    pub fn is_site(self) -> bool {
        matches!(self.0, Kept::Site(_))
    }
}

impl fmt::Display for AddressKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kept::V4(address) => write!(f, "{}", Ipv4Addr::from(address)),
            Kept::V6(prefix) => write!(f, "{}/64", Ipv6Addr::from(u128::from(prefix) << 64)),
            Kept::Site(prefix) => write!(f, "{}/48", Ipv6Addr::from(u128::from(prefix) << 80)),
        }
    }
}

#[cfg(test)]
mod tests;
