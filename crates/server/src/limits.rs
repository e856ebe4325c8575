//! Token buckets by account, address and name, in memory, bounded.

use crate::route::Rate;
use crate::settings::{Limit, RateLimits};
use daepyo_store::site::Allowance;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Whose bucket it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whose {
    /// An account's, by the person's number.
    Account(i64),
    /// A network's: an IPv4 address, or the upper 64 bits of an IPv6 address, of which one client has as many as it likes.
    Network(u64),
    /// A name's, by its digest.
    Name([u8; 32]),
}

impl Whose {
    /// The network of an address.
    pub fn network(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(four) => Self::Network(u64::from(four.to_bits())),
            // No network of IPv6 in use has so few upper bits that it could be taken for an IPv4 address.
            IpAddr::V6(six) => Self::Network(u64::try_from(six.to_bits() >> 64).unwrap_or(u64::MAX)),
        }
    }
}

/// Tokens left, in thousandths, and when that was counted.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    millitokens: u64,
    counted_ms: u64,
}

const MINUTE_US: u32 = 60_000_000;

type Buckets = BTreeMap<(Rate, Whose), Bucket>;

/// The buckets. The older half is forgotten when there are too many: whoever was not seen for long has a full one anyway.
#[derive(Debug)]
pub struct Limits {
    rules: RateLimits,
    kept: Mutex<(Buckets, Buckets)>,
}

impl Limits {
    pub(crate) fn new(rules: RateLimits) -> Self {
        Self { rules, kept: Mutex::default() }
    }

    /// Takes a token from a bucket. `now` is any clock that does not go back.
    ///
    /// Fails with the time in seconds after which there is one again.
    pub fn take(&self, rate: Rate, whose: Whose, now: Duration) -> Result<(), u64> {
        let Some(limit) = self.limit(rate, whose) else { return Ok(()) };
        let now_ms = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        let full = u64::from(limit.burst) * 1000;
        let per_minute = u64::from(limit.per_minute).max(1);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (young, old) = &mut *kept;
        let key = (rate, whose);
        if !young.contains_key(&key) {
            let found = old.remove(&key).unwrap_or(Bucket { millitokens: full, counted_ms: now_ms });
            if young.len() >= self.rules.most_buckets / 2 {
                *old = std::mem::take(young);
            }
            young.insert(key, found);
        }
        let Some(bucket) = young.get_mut(&key) else { return Ok(()) };
        // A minute has 60,000 ms, a token 1,000 thousandths.
        let gained = now_ms.saturating_sub(bucket.counted_ms).saturating_mul(per_minute) / 60;
        if gained > 0 {
            bucket.millitokens = bucket.millitokens.saturating_add(gained).min(full);
            bucket.counted_ms = now_ms;
        }
        match bucket.millitokens.checked_sub(1000) {
            Some(left) => {
                bucket.millitokens = left;
                Ok(())
            }
            None => Err(((1000 - bucket.millitokens) * 60).div_ceil(per_minute * 1000).max(1)),
        }
    }

    /// Buckets that are kept.
    pub fn kept(&self) -> usize {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.0.len() + kept.1.len()
    }

    fn limit(&self, rate: Rate, whose: Whose) -> Option<Limit> {
        let limit = match rate {
            Rate::Free => return None,
            Rate::Read => self.rules.read,
            Rate::Write => self.rules.write,
            Rate::SignIn => self.rules.sign_in,
            Rate::Costly => self.rules.costly,
        };
        let factor = match whose {
            Whose::Account(_) | Whose::Name(_) => 1,
            Whose::Network(_) => self.rules.address_factor,
        };
        // No server of many allows nothing at all.
        let share = |number: u32| (number.saturating_mul(factor) / self.rules.servers.max(1)).max(1);
        Some(Limit { burst: share(limit.burst), per_minute: share(limit.per_minute) })
    }

    /// What is allowed of attempts to sign in, by all servers together.
    pub(crate) fn allowance(&self, whose: Whose) -> Allowance {
        let factor = match whose {
            Whose::Account(_) | Whose::Name(_) => 1,
            Whose::Network(_) => self.rules.address_factor,
        };
        let per_minute = self.rules.sign_in.per_minute.saturating_mul(factor).max(1);
        let burst = self.rules.sign_in.burst.saturating_mul(factor).max(1);
        Allowance { burst, every_us: (MINUTE_US / per_minute).max(1) }
    }
}

#[cfg(test)]
mod tests {
    //! Buckets empty, fill again and stay few.
    use super::*;

    fn limits(most_buckets: usize) -> Limits {
        let read = Limit { burst: 2, per_minute: 60 };
        Limits::new(RateLimits { read, address_factor: 2, most_buckets, ..RateLimits::default() })
    }

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let limits = limits(10);
        let who = Whose::Account(1);
        let at = |ms| limits.take(Rate::Read, who, Duration::from_millis(ms));
        assert_eq!([at(0), at(0), at(0)], [Ok(()), Ok(()), Err(1)]);
        assert_eq!([at(999), at(1000), at(1000)], [Err(1), Ok(()), Err(1)]);
        assert_eq!(limits.take(Rate::Read, Whose::Account(2), Duration::ZERO), Ok(()));
        assert_eq!([at(600_000), at(600_000), at(600_000)], [Ok(()), Ok(()), Err(1)]);
    }

    #[test]
    fn an_address_has_several_times_as_much() {
        let limits = limits(10);
        let who = Whose::network(IpAddr::from([192, 0, 2, 1]));
        let taken = (0..6).filter(|_| limits.take(Rate::Read, who, Duration::ZERO).is_ok()).count();
        assert_eq!(taken, 4);
    }

    #[test]
    fn an_ipv6_network_is_one_client_and_a_mapped_address_is_its_ipv4_address() {
        let network = |text: &str| text.parse().map(Whose::network);
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
    }

    #[test]
    fn several_servers_share_what_is_allowed() {
        let read = Limit { burst: 8, per_minute: 60 };
        let limits = Limits::new(RateLimits { read, servers: 4, ..RateLimits::default() });
        let taken = |who| (0..9).filter(|_| limits.take(Rate::Read, who, Duration::ZERO).is_ok()).count();
        assert_eq!(taken(Whose::Account(1)), 2);
        let many = Limits::new(RateLimits { read, servers: 1000, ..RateLimits::default() });
        assert_eq!(many.take(Rate::Read, Whose::Account(1), Duration::ZERO), Ok(()));
        // What the store counts is not divided.
        let (name, network) = (Whose::Name([0; 32]), Whose::Network(1));
        assert_eq!(limits.allowance(name), Allowance { burst: 10, every_us: 10_000_000 });
        assert_eq!(limits.allowance(network), Allowance { burst: 100, every_us: 1_000_000 });
    }

    #[test]
    fn buckets_stay_few() {
        let limits = limits(10);
        for person in 0..1000 {
            assert_eq!(limits.take(Rate::Read, Whose::Account(person), Duration::ZERO), Ok(()));
        }
        assert!(limits.kept() <= 10, "{}", limits.kept());
    }
}
