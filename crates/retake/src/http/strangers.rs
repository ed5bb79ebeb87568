//! How often an address may show a token that is none, so that nobody can guess without end.
//!
//! Owns a bucket for each address that was wrong lately. Whoever is shut out is let in again after a while; a token that
//! was right before is looked at whatever else comes from its address, so that nobody can lock out their neighbour.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use super::problem::Problem;

/// How many addresses are remembered.
const ADDRESSES: usize = 4_096;
/// How many tokens are remembered that were right.
const TOKENS: usize = 4_096;
/// How much of an IPv6 address tells one guest from another: whoever has one has all that begin so.
const PREFIX: u128 = !(u64::MAX as u128);

/// From where a call comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Address(IpAddr);

impl From<IpAddr> for Address {
    fn from(ip: IpAddr) -> Self {
        Self(match ip.to_canonical() {
            IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from(u128::from(ip) & PREFIX)),
            ip @ IpAddr::V4(_) => ip,
        })
    }
}

/// How often an address was wrong: what it has left is counted in the time that brings it back.
#[derive(Debug, Clone, Copy)]
struct Debt {
    /// When all of it will be forgiven.
    until: Duration,
}

#[derive(Debug, Default)]
struct Memory {
    debts: HashMap<Address, Debt>,
    right: HashSet<[u8; 32]>,
}

/// Who was wrong lately.
#[derive(Debug)]
pub(super) struct Strangers {
    /// How long it takes until one mistake is forgiven, and all that one may have.
    each: Duration,
    most: Duration,
    began: Instant,
    memory: Mutex<Memory>,
}

impl Strangers {
    /// For so many mistakes in so much time.
    pub(super) fn new((count, per): (u32, Duration)) -> Self {
        Self { each: per / count.max(1), most: per, began: Instant::now(), memory: Mutex::default() }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this token is looked at now.
    pub(super) fn admit(&self, from: Address, token: &str) -> Result<(), Problem> {
        let memory = self.memory();
        match wait(memory.debts.get(&from), self.each, self.most, self.began.elapsed()) {
            Some(wait) if !memory.right.contains(&digest(token)) => {
                let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
                Err(Problem::new("too-many", "too many tokens were shown that do not hold")
                    .hint("wait, and send the token that `retake token new` has printed")
                    .again_after(seconds.max(1)))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// What came of looking at it.
    pub(super) fn was(&self, is_right: bool, from: Address, token: &str) {
        let now = self.began.elapsed();
        let mut memory = self.memory();
        if is_right {
            if memory.right.len() >= TOKENS {
                memory.right.clear();
            }
            memory.right.insert(digest(token));
            return;
        }
        if memory.debts.len() >= ADDRESSES && !memory.debts.contains_key(&from) {
            forget(&mut memory.debts, now);
        }
        let debt = memory.debts.entry(from).or_insert(Debt { until: now });
        debt.until = debt.until.max(now) + self.each;
    }
}

/// How long until this address may be wrong once more; nothing where it may now.
fn wait(debt: Option<&Debt>, each: Duration, most: Duration, now: Duration) -> Option<Duration> {
    let owed = debt?.until.saturating_sub(now);
    // It may have all but the last one behind it.
    (owed + each).checked_sub(most).filter(|wait| !wait.is_zero())
}

/// Makes room: first those who owe nothing any more, then whoever owes least.
fn forget(debts: &mut HashMap<Address, Debt>, now: Duration) {
    debts.retain(|_, debt| debt.until > now);
    let least = debts.iter().min_by_key(|(_, debt)| debt.until).map(|(from, _)| *from);
    if let Some(least) = least.filter(|_| debts.len() >= ADDRESSES) {
        debts.remove(&least);
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        text.parse::<IpAddr>().unwrap().into()
    }

    #[test]
    fn whoever_guesses_waits_and_nobody_else_does() {
        let strangers = Strangers::new((3, Duration::from_secs(3_600)));
        let (bad, good) = (address("10.0.0.1"), address("10.0.0.2"));
        for n in 0..3 {
            strangers.admit(bad, &format!("rtk_{n}")).unwrap();
            strangers.was(false, bad, &format!("rtk_{n}"));
        }
        let problem = strangers.admit(bad, "rtk_new").unwrap_err();
        assert_eq!(problem.status().as_u16(), 429);
        strangers.admit(good, "rtk_new").unwrap();
        strangers.was(true, good, "rtk_right");
        strangers.admit(bad, "rtk_right").unwrap();
    }

    #[test]
    fn a_mistake_is_forgiven_after_its_time_and_not_before() {
        let (each, most) = (Duration::from_secs(10), Duration::from_secs(30));
        let at =
            |until, now| wait(Some(&Debt { until: Duration::from_secs(until) }), each, most, Duration::from_secs(now));
        assert_eq!(wait(None, each, most, Duration::ZERO), None);
        assert_eq!(at(20, 0), None, "one is left");
        assert_eq!(at(30, 0), Some(Duration::from_secs(10)));
        assert_eq!(at(30, 9), Some(Duration::from_secs(1)));
        assert_eq!(at(30, 10), None);
        assert_eq!(at(30, 1_000), None);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let strangers = Strangers::new((2, Duration::from_secs(3_600)));
        for n in 0..10_000_u32 {
            strangers.was(false, IpAddr::from(n.to_be_bytes()).into(), "rtk_0");
            strangers.was(true, address("::1"), &format!("rtk_{n}"));
        }
        let memory = strangers.memory();
        assert!(memory.debts.len() <= ADDRESSES && memory.right.len() <= TOKENS);
        assert_eq!(address("2001:db8::1"), address("2001:db8::2"), "one guest has many addresses");
        assert_eq!(address("::ffff:10.0.0.1"), address("10.0.0.1"));
    }
}
