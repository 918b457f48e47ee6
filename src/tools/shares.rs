//! How much of something each address has, and each network of many addresses: nobody gets more than a share of what all
//! need. It must not know what is counted.

use std::collections::BTreeMap;

use super::limiter::AddressKey;
use crate::config::Config;

/// Counts by address, and by IPv6 /48 as well. Holds nothing of those that have nothing.
#[derive(Clone, Debug, Default)]
pub struct Shares {
    counts: BTreeMap<AddressKey, usize>,
}

/// How much one may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    pub per_address: usize,
    /// As how many addresses an IPv6 /48 counts.
    pub site_addresses: usize,
}

impl Share {
    /// While so much of a limit is taken: less of the part that is kept.
    pub fn while_taken(config: &Config, per_address: usize, taken: usize, limit: usize) -> Self {
        let is_kept = taken >= config.for_strangers(limit);
        let most = if is_kept { Config::RESERVED_PER_ADDRESS } else { usize::MAX };
        Self { per_address: per_address.min(most), site_addresses: config.site_addresses }
    }

    fn of_site(self) -> usize {
        self.per_address.saturating_mul(self.site_addresses)
    }
}

impl Shares {
    /// Whether an address may have one more.
    pub fn has_place(&self, address: AddressKey, share: Share) -> bool {
        let fits_site = address.site().is_none_or(|site| self.of(site) < share.of_site());
        self.of(address) < share.per_address && fits_site
    }

    pub fn add(&mut self, address: AddressKey) {
        for key in [Some(address), address.site()].into_iter().flatten() {
            *self.counts.entry(key).or_default() += 1;
        }
    }

    /// Takes back what [`Shares::add`] has counted.
    pub fn remove(&mut self, address: AddressKey) {
        for key in [Some(address), address.site()].into_iter().flatten() {
            if let Some(count) = self.counts.get_mut(&key) {
                *count -= 1;
                if *count == 0 {
                    self.counts.remove(&key);
                }
            }
        }
    }

    fn of(&self, key: AddressKey) -> usize {
        self.counts.get(&key).copied().unwrap_or(0)
    }

    /// How many addresses have something.
    pub fn addresses(&self) -> usize {
        self.counts.keys().filter(|key| !key.is_site()).count()
    }

    /// All together.
    pub fn total(&self) -> usize {
        self.counts.iter().filter(|(key, _)| !key.is_site()).map(|(_, count)| count).sum()
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn key(text: &str) -> AddressKey {
        AddressKey::from(text.parse::<IpAddr>().unwrap())
    }

    #[test]
    fn an_address_has_its_share_and_a_network_one_of_so_many_addresses() {
        let share = Share { per_address: 2, site_addresses: 2 };
        let mut shares = Shares::default();
        for (address, fits) in [
            ("192.0.2.1", true),
            ("192.0.2.1", true),
            ("192.0.2.1", false),
            ("192.0.2.2", true),
            ("2001:db8:1:1::1", true),
            ("2001:db8:1:1::2", true),
            ("2001:db8:1:1::3", false),
            ("2001:db8:1:2::1", true),
            ("2001:db8:1:3::1", true),
            ("2001:db8:1:4::1", false),
            ("2001:db8:2:4::1", true),
        ] {
            assert_eq!(shares.has_place(key(address), share), fits, "{address}");
            if fits {
                shares.add(key(address));
            }
        }
        assert_eq!((shares.addresses(), shares.total()), (6, 8));
        shares.remove(key("2001:db8:1:1::9"));
        assert!(shares.has_place(key("2001:db8:1:4::1"), share), "a place that was given back");
        for address in ["192.0.2.1", "192.0.2.1", "192.0.2.2", "2001:db8:1:1::1", "2001:db8:1:2::1"] {
            shares.remove(key(address));
        }
        for address in ["2001:db8:1:3::1", "2001:db8:2:4::1"] {
            shares.remove(key(address));
        }
        assert!(shares.counts.is_empty());
    }
}
