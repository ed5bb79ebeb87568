//! What providers call about: whose call it is, by its signature over the bytes as they came.
//!
//! A call is a hint and no more: that something has changed, and which work it is about. What became of the work is
//! asked for.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::{hmac, signature};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use retake_engine::fault::{Acceptance, Class, Fault};
use retake_engine::id::{Hash, Ticket};
use retake_engine::moment::Moment;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// How far the clocks of both may be apart, and how late a call may be that somebody has kept.
const APART: Duration = Duration::from_secs(300);
/// How long what a provider signs with is believed.
const KEPT: Duration = Duration::from_secs(24 * 3_600);
/// How soon it is asked for again, however many calls do not fit it.
const AGAIN: Duration = Duration::from_secs(60);

/// A call as it came in.
#[derive(Debug, Clone, Copy)]
pub struct Call<'c> {
    /// Its headers, their names in small letters.
    pub headers: &'c [(String, String)],
    /// Its body, byte for byte.
    pub body: &'c [u8],
    /// When it came.
    pub now: Moment,
}

/// What a call says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Its name, the same however often it comes.
    pub id: String,
    /// The work that it is about, where its sender is proved and says so.
    pub ticket: Option<Ticket>,
    /// Whether the work has ended, as it says.
    pub ends: bool,
}

/// Why a call counts for nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unheard {
    /// It is not the provider's, or too old.
    Forged(&'static str),
    /// Nobody can say now whose it is.
    Unsure(Fault),
    /// There is nobody of this name who calls.
    Nobody,
}

impl Call<'_> {
    /// A header.
    fn header(&self, name: &str) -> Result<&str, Unheard> {
        let mut found = self.headers.iter().filter(|(known, _)| known == name);
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Ok(value),
            (Some(_), Some(_)) => Err(Unheard::Forged("it has a header twice")),
            (None, _) => Err(Unheard::Forged("it is not signed")),
        }
    }

    /// Whether it was sent about now, by its own word in seconds.
    fn is_of_now(&self, seconds: &str) -> Result<(), Unheard> {
        let plain = seconds.bytes().all(|byte| byte.is_ascii_digit());
        let sent = seconds.parse().ok().filter(|_| plain).and_then(|seconds: u64| seconds.checked_mul(1_000));
        let sent = Moment::from_ms(sent.ok_or(Unheard::Forged("it has no time"))?);
        let apart = self.now.since(sent).max(sent.since(self.now));
        if apart > APART { Err(Unheard::Forged("its time is more than five minutes off")) } else { Ok(()) }
    }

    /// What it says, as JSON.
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(self.body).unwrap_or_default()
    }

    fn digest(&self) -> Hash {
        Hash::from_bytes(Sha256::digest(self.body).into())
    }

    /// A name for a call that has none of its own: the same content is the same call.
    pub(super) fn content(&self) -> String {
        self.digest().to_string()
    }

    /// The name of a call that is signed by the scheme of Standard Webhooks with this secret.
    pub(super) fn standard(&self, secret: &str) -> Result<String, Unheard> {
        let (id, sent) = (self.header("webhook-id")?, self.header("webhook-timestamp")?);
        let signatures = self.header("webhook-signature")?;
        self.is_of_now(sent)?;
        let key = match secret.strip_prefix("whsec_") {
            Some(coded) => STANDARD.decode(coded).map_err(|_| Unheard::Forged("its secret cannot be read"))?,
            None => secret.as_bytes().to_vec(),
        };
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
        let signed = [id.as_bytes(), b".", sent.as_bytes(), b".", self.body].concat();
        let fits = |one: &str| {
            let coded = one.strip_prefix("v1,").and_then(|coded| STANDARD.decode(coded).ok());
            coded.is_some_and(|signature| hmac::verify(&key, &signed, &signature).is_ok())
        };
        if signatures.split_whitespace().any(fits) {
            Ok(id.to_owned())
        } else {
            Err(Unheard::Forged("its signature does not fit"))
        }
    }

    /// The name of a call that is signed as fal signs, with one of these public keys, which come as JWKS.
    pub(super) fn fal(&self, keys: &Value) -> Result<String, Unheard> {
        let part = |name: &str| self.header(&format!("x-fal-webhook-{name}"));
        let (request, user, sent) = (part("request-id")?, part("user-id")?, part("timestamp")?);
        let signature = unhex(part("signature")?).ok_or(Unheard::Forged("its signature cannot be read"))?;
        self.is_of_now(sent)?;
        let signed = format!("{request}\n{user}\n{sent}\n{}", self.digest());
        let keys = keys.get("keys").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let mut keys = keys.iter().filter_map(|key| URL_SAFE_NO_PAD.decode(key.get("x")?.as_str()?).ok());
        let fits = |key: Vec<u8>| {
            let key = signature::UnparsedPublicKey::new(&signature::ED25519, key);
            key.verify(signed.as_bytes(), &signature).is_ok()
        };
        if keys.any(fits) { Ok(request.to_owned()) } else { Err(Unheard::Forged("its signature does not fit")) }
    }
}

/// What a provider signs with, as it says itself.
#[derive(Default)]
pub(super) struct Keys(Mutex<Option<(Moment, Option<Value>)>>);

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Keys {
    /// Holds a call against them. They are asked for when they are first needed, and again when they may be others;
    /// whoever forges calls cannot have them asked for all the time.
    pub(super) async fn check<A: Future<Output = Result<Value, Fault>>>(
        &self,
        now: Moment,
        ask: impl FnOnce() -> A,
        fits: impl Fn(&Value) -> Result<String, Unheard>,
    ) -> Result<String, Unheard> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let age = known.as_ref().map_or(KEPT, |(asked, _)| now.since(*asked));
        let known = known.and_then(|(_, keys)| keys);
        let found = known.as_ref().map(&fits);
        match found {
            Some(Ok(id)) if age < KEPT => return Ok(id),
            Some(Err(unheard)) if age < AGAIN => return Err(unheard),
            None if age < AGAIN => return Err(unsure()),
            Some(_) | None => {}
        }
        let asked = ask().await;
        let keys = asked.as_ref().ok().cloned().or(known);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, keys));
        match asked {
            Ok(keys) => fits(&keys),
            Err(fault) => Err(Unheard::Unsure(fault)),
        }
    }
}

fn unsure() -> Unheard {
    Unheard::Unsure(Fault::new(Class::Transient, Acceptance::No, "what it signs with could not be found out"))
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SENT: u64 = 1_614_265_330;
    const FITS: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn at(seconds: u64) -> Moment {
        Moment::from_ms(seconds * 1_000)
    }

    fn headers(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn standard(id: &str, sent: &str, signatures: &str, body: &[u8], now: u64) -> Result<String, Unheard> {
        let headers = headers(&[("webhook-id", id), ("webhook-timestamp", sent), ("webhook-signature", signatures)]);
        Call { headers: &headers, body, now: at(now) }.standard(SECRET)
    }

    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";

    #[test]
    fn a_call_by_the_standard_counts_where_any_of_its_signatures_fits() {
        let sent = SENT.to_string();
        let well = |signatures: &str, now| standard(ID, &sent, signatures, BODY, now);
        for signatures in
            [FITS.to_owned(), format!("v1,AAAA {FITS}"), format!("v0,x v1a,y {FITS} v1,!"), format!(" {FITS} ")]
        {
            assert_eq!(well(&signatures, SENT), Ok(ID.to_owned()), "{signatures}");
        }
        for now in [SENT - 300, SENT + 300] {
            assert_eq!(well(FITS, now), Ok(ID.to_owned()));
        }
    }

    #[test]
    fn a_call_that_is_not_the_providers_counts_for_nothing() {
        let sent = SENT.to_string();
        let refused = |found: Result<String, Unheard>| assert!(matches!(found, Err(Unheard::Forged(_))), "{found:?}");
        for signatures in ["", "v1,", "v1,AAAA", &FITS.replacen("v1", "v0", 1), &FITS.to_lowercase(), &FITS[3..]] {
            refused(standard(ID, &sent, signatures, BODY, SENT));
        }
        refused(standard("msg_other", &sent, FITS, BODY, SENT));
        refused(standard(ID, &sent, FITS, br#"{"test": 2432232315}"#, SENT));
        refused(standard(ID, &sent, FITS, b"\xff\xfe", SENT));
        refused(standard(ID, &sent, FITS, BODY, SENT + 301));
        refused(standard(ID, &sent, FITS, BODY, SENT - 301));
        for sent in ["", "-1", "+1614265330", "1614265330.0", "99999999999999999999", "18446744073709551615", "now"] {
            refused(standard(ID, sent, FITS, BODY, SENT));
        }
        let twice = headers(&[
            ("webhook-id", ID),
            ("webhook-timestamp", &sent),
            ("webhook-signature", FITS),
            ("webhook-signature", FITS),
        ]);
        refused(Call { headers: &twice, body: BODY, now: at(SENT) }.standard(SECRET));
        refused(Call { headers: &[], body: BODY, now: at(SENT) }.standard(SECRET));
        let well = headers(&[("webhook-id", ID), ("webhook-timestamp", &sent), ("webhook-signature", FITS)]);
        for secret in ["", "whsec_", "whsec_!", &SECRET[6..]] {
            refused(Call { headers: &well, body: BODY, now: at(SENT) }.standard(secret));
        }
    }

    #[test]
    fn a_call_of_fal_counts_where_one_of_its_keys_has_signed_it() {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
        let other = Ed25519KeyPair::from_seed_unchecked(&[8; 32]).unwrap();
        let x = |pair: &Ed25519KeyPair| URL_SAFE_NO_PAD.encode(pair.public_key());
        let keys = json!({"keys": [{"x": 1}, {"x": "!"}, {"x": x(&other)}, {"x": x(&pair)}]});
        let call = |request: &str, body: &[u8], signature: &str, keys: &Value| {
            let sent = SENT.to_string();
            let headers = headers(&[
                ("x-fal-webhook-request-id", request),
                ("x-fal-webhook-user-id", "u"),
                ("x-fal-webhook-timestamp", &sent),
                ("x-fal-webhook-signature", signature),
            ]);
            Call { headers: &headers, body, now: at(SENT + 9) }.fal(keys)
        };
        let lines = format!("r\nu\n{SENT}\n{}", hex(&Sha256::digest(BODY)));
        let signature = hex(pair.sign(lines.as_bytes()).as_ref());
        assert_eq!(call("r", BODY, &signature, &keys), Ok("r".to_owned()));
        assert_eq!(call("r", BODY, &signature.to_uppercase(), &keys), Ok("r".to_owned()));
        let none = json!({"keys": []});
        let strangers = json!({"keys": [{"x": x(&other)}]});
        for (request, body, signature, keys) in [
            ("s", BODY, signature.as_str(), &keys),
            ("r", b"{}".as_slice(), &signature, &keys),
            ("r", BODY, &signature[2..], &keys),
            ("r", BODY, &signature[1..], &keys),
            ("r", BODY, "zz", &keys),
            ("r", BODY, "", &keys),
            ("r", BODY, &signature, &none),
            ("r", BODY, &signature, &strangers),
            ("r", BODY, &signature, &Value::Null),
        ] {
            assert!(matches!(call(request, body, signature, keys), Err(Unheard::Forged(_))), "{request} {signature}");
        }
    }

    #[tokio::test]
    async fn keys_are_asked_for_once_and_again_when_they_may_be_others() {
        let keys = Keys::default();
        let asked = std::cell::Cell::new(0);
        let check = async |now: u64, says: Option<&str>, wants: &str| {
            let ask = || async {
                asked.set(asked.get() + 1);
                says.map(Value::from).ok_or_else(|| Fault::new(Class::Transient, Acceptance::No, "down"))
            };
            let fits = |found: &Value| if found == wants { Ok("id".to_owned()) } else { Err(Unheard::Forged("no")) };
            keys.check(at(now), ask, fits).await
        };
        assert!(matches!(check(100_000, None, "a").await, Err(Unheard::Unsure(_))));
        assert!(matches!(check(100_059, Some("a"), "a").await, Err(Unheard::Unsure(_))), "not asked again so soon");
        assert_eq!(check(100_060, Some("a"), "a").await, Ok("id".to_owned()));
        assert_eq!(check(100_061, Some("z"), "a").await, Ok("id".to_owned()));
        assert_eq!(asked.get(), 2);
        // Whoever forges has them asked for once a minute at the most; the provider may have changed them.
        assert!(matches!(check(100_119, Some("b"), "b").await, Err(Unheard::Forged(_))));
        assert_eq!(asked.get(), 2);
        assert_eq!(check(100_120, Some("b"), "b").await, Ok("id".to_owned()));
        // Nobody answers: what is known goes on to count, for a day and not for ever.
        assert!(matches!(check(100_180, None, "c").await, Err(Unheard::Unsure(_))));
        assert_eq!(check(100_181, None, "b").await, Ok("id".to_owned()));
        assert_eq!(check(200_000, Some("c"), "c").await, Ok("id".to_owned()));
    }

    proptest! {
        #[test]
        fn no_rubbish_panics(
            id in "\\PC*", sent in "\\PC*", signature in "\\PC*", body in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let own = headers(&[
                ("webhook-id", &id), ("webhook-timestamp", &sent), ("webhook-signature", &signature),
                ("x-fal-webhook-request-id", &id), ("x-fal-webhook-user-id", &id),
                ("x-fal-webhook-timestamp", &sent), ("x-fal-webhook-signature", &signature),
            ]);
            let call = Call { headers: &own, body: &body, now: at(SENT) };
            prop_assert!(call.standard(SECRET).is_err());
            prop_assert!(call.fal(&call.json()).is_err());
        }
    }
}
