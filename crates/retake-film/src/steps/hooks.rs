//! Where providers call us when work has ended, and what is made of such calls.
//!
//! The address names the take, and nobody can make one up: it bears a code of ours. A call makes a question come sooner;
//! without any everything goes on as before, only later. Owns how seldom is asked while calls come.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use retake_engine::id::TakeId;

/// How often is asked about work whose end a provider will call about.
const SELDOM: Duration = Duration::from_secs(60);
/// How much of a code stands in an address.
const CODE_BYTES: usize = 16;
/// How many takes are remembered that were called about.
const CALLED_MOST: usize = 4_096;

/// Where providers reach us, and by what an address is known to be ours.
#[derive(Clone, PartialEq, Eq)]
pub struct Hooks {
    public: String,
    key: Vec<u8>,
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks").field("public", &self.public).finish_non_exhaustive()
    }
}

impl Hooks {
    /// Calls reach us below this address; the key is nobody else's.
    #[must_use]
    pub fn new(public: &str, key: Vec<u8>) -> Self {
        Self { public: public.trim_end_matches('/').to_owned(), key }
    }

    fn code(&self, provider: &str, take: &str) -> Vec<u8> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.key);
        let mut code = hmac::sign(&key, format!("{provider}\n{take}").as_bytes()).as_ref().to_vec();
        code.truncate(CODE_BYTES);
        code
    }

    /// Where this provider calls about this take.
    fn address(&self, provider: &str, take: &TakeId) -> String {
        let take = take.to_string();
        let code = URL_SAFE_NO_PAD.encode(self.code(provider, &take));
        format!("{}/api/hooks/{provider}/{}.{code}", self.public, URL_SAFE_NO_PAD.encode(take))
    }

    /// The take that such an address names.
    fn take(&self, provider: &str, token: &str) -> Option<TakeId> {
        let (take, code) = token.split_once('.')?;
        let take = String::from_utf8(URL_SAFE_NO_PAD.decode(take).ok()?).ok()?;
        let code = URL_SAFE_NO_PAD.decode(code).ok()?;
        aws_lc_rs::constant_time::verify_slices_are_equal(&code, &self.code(provider, &take)).ok()?;
        take.parse().ok()
    }
}

/// What is known of calls in this process.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    hooks: Option<Hooks>,
    heard: Mutex<Heard>,
}

#[derive(Debug, Default)]
struct Heard {
    /// Who has called when work had ended, the last time that one could see.
    reliable: BTreeMap<String, bool>,
    /// Takes that were called about and are not known to have ended.
    called: BTreeSet<TakeId>,
}

impl Calls {
    /// Calls to these addresses; none without.
    pub(crate) fn new(hooks: Option<Hooks>) -> Self {
        Self { hooks, heard: Mutex::default() }
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where this provider is to call about this take, if anybody listens.
    pub(crate) fn address(&self, provider: &str, take: &TakeId) -> Option<String> {
        self.hooks.as_ref().map(|hooks| hooks.address(provider, take))
    }

    /// The take that a call is about.
    pub(crate) fn take(&self, provider: &str, token: &str) -> Option<TakeId> {
        self.hooks.as_ref()?.take(provider, token)
    }

    /// A provider has called: it can be relied on. A take that has ended, it says, is asked about in the usual rhythm.
    pub(crate) fn called(&self, provider: &str, take: &TakeId, ends: bool) {
        let mut heard = self.heard();
        heard.reliable.insert(provider.to_owned(), true);
        if ends && heard.called.len() < CALLED_MOST {
            heard.called.insert(take.clone());
        }
    }

    /// After how long is asked again about work that goes on. Whoever has never called, or has left out a call, is asked
    /// as if there were none.
    pub(crate) fn seldom(&self, provider: &str, take: &TakeId) -> Option<Duration> {
        let heard = self.heard();
        let relies = self.hooks.is_some() && heard.reliable.get(provider) == Some(&true);
        (relies && !heard.called.contains(take)).then_some(SELDOM)
    }

    /// Work has ended, as an answer says. Where nobody had called about it, calls are not relied on.
    pub(crate) fn ended(&self, provider: &str, take: &TakeId) {
        let mut heard = self.heard();
        if !heard.called.remove(take)
            && let Some(reliable) = heard.reliable.get_mut(provider)
        {
            *reliable = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(n: u32) -> TakeId {
        format!("{}/storm/video/{n}", uuid::Uuid::from_u128(7)).parse().unwrap()
    }

    fn hooks() -> Hooks {
        Hooks::new("https://films.example/", vec![7; 32])
    }

    #[test]
    fn an_address_names_its_take_and_cannot_be_made_up() {
        let address = hooks().address("fal", &take(1));
        let token = address.strip_prefix("https://films.example/api/hooks/fal/").unwrap();
        assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)), "{token}");
        assert_eq!(hooks().take("fal", token), Some(take(1)));
        let (name, code) = token.split_once('.').unwrap();
        let other = URL_SAFE_NO_PAD.encode(take(2).to_string());
        let others =
            ["", ".", name, &format!("{name}."), &format!("{other}.{code}"), &format!("{token}A"), &token[1..]];
        for made_up in others {
            assert_eq!(hooks().take("fal", made_up), None, "{made_up}");
        }
        assert_eq!(hooks().take("luma", token), None, "whoever was given it is the only one who may use it");
        assert_eq!(Hooks::new("https://films.example", vec![8; 32]).take("fal", token), None);
        assert!(!format!("{:?}", hooks()).contains('7'), "the key is printed nowhere");
    }

    #[test]
    fn who_calls_is_asked_seldom_and_who_leaves_a_call_out_is_asked_as_before() {
        let calls = Calls::new(Some(hooks()));
        assert_eq!(calls.seldom("fal", &take(1)), None, "nobody has called yet");
        calls.called("fal", &take(1), true);
        assert_eq!(calls.seldom("fal", &take(1)), None, "what was called about is asked about at once");
        assert_eq!(calls.seldom("fal", &take(2)), Some(SELDOM));
        assert_eq!(calls.seldom("luma", &take(2)), None);
        calls.ended("fal", &take(1));
        assert_eq!(calls.seldom("fal", &take(2)), Some(SELDOM));
        calls.ended("fal", &take(2));
        assert_eq!(calls.seldom("fal", &take(3)), None, "it ended and nobody had called");
        calls.called("fal", &take(3), false);
        assert_eq!(calls.seldom("fal", &take(3)), Some(SELDOM), "it calls, and the work goes on");
        assert_eq!(Calls::new(None).seldom("fal", &take(1)), None);
    }
}
