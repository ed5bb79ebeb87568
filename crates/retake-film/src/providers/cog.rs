//! Cog: a model's own server. It makes what is asked for while the caller waits, and remembers nothing.
//!
//! A prediction is put under a name of ours. While it runs, the same again is recognised; what is over runs anew, which
//! costs nobody anything: the server is one's own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::Method as Verb;
use retake_engine::fault::{Class, Fault};
use retake_engine::id::Hash;
use retake_engine::moment::Moment;
use retake_engine::money::Money;
use retake_engine::performer::Candidate;
use serde_json::{Value, json};

use super::http::{Auth, Http, Reply, Said};
use super::request::{Body, Method};
use super::{
    Card, Fell, Made, Order, Progress, Provider, Published, Request, Safety, Secret, Standard, Submitted, Work, fields,
    read,
};

/// What holds of it unless somebody says otherwise.
pub(super) const STANDARD: Standard = Standard {
    name: "cog",
    base_url: "http://127.0.0.1:5000",
    keys: &["COG_TOKEN"],
    needs_key: false,
    keyless_elsewhere: false,
    per_minute: 0,
    concurrency: 1,
    // An answer comes when the work is done, and whoever hangs up cancels it.
    request_timeout: Duration::from_secs(600),
    poll_every: Duration::from_secs(2),
    safety: Safety::Key,
    grace: Duration::from_secs(60),
    lag: Duration::from_secs(5),
    keeps: None,
    open: |seller| Ok(Arc::new(Cog(Http::new(seller, Auth::Bearer)?))),
};

/// How long to leave it alone while it works for somebody else, or for an earlier sending of ours.
const BUSY: Duration = Duration::from_secs(2);
/// How long to leave it alone while it loads its model.
const SETUP: Duration = Duration::from_secs(5);

#[derive(Debug)]
struct Cog(Http);

#[async_trait]
impl Provider for Cog {
    fn request(&self, order: &Order<'_>) -> Result<Request, Fault> {
        let name = name(&order.mark);
        let body = json!({ "input": fields(order) });
        Ok(Request {
            method: Method::Put,
            path: format!("predictions/{name}"),
            headers: BTreeMap::new(),
            body: Body::Json(body.to_string()),
            mark: Some(name),
            units: order.units(),
            facts: BTreeMap::new(),
        })
    }

    async fn submit(&self, _: &Card, request: &Request) -> Result<Submitted, Fell> {
        let reply = self.0.submit(request).await?;
        match reply.status {
            202 => Err(self.0.garbled(true, "it is still at an earlier sending of the same").retry_after(BUSY).into()),
            200..=299 => {
                let answer = reply.json().ok_or_else(|| self.0.garbled(true, "its answer is no JSON"))?;
                self.outcome(&answer).map(Submitted::Made)
            }
            409 | 503 => Err(self.unavailable(&reply).await.into()),
            _ => Err(self.0.refused(&reply, said(&reply)).into()),
        }
    }

    async fn poll(&self, _: Work<'_>) -> Result<Progress, Fell> {
        // It answers on the spot and gives no tickets; what it made is not kept.
        Ok(Progress::Gone)
    }

    async fn fetch(&self, _: Work<'_>) -> Result<Made, Fell> {
        Err(self.0.ended(Class::Defective, "what it made is gone").into())
    }

    async fn cancel(&self, work: Work<'_>) -> Result<(), Fault> {
        let reply = self.0.tell(Verb::POST, &format!("predictions/{}/cancel", work.ticket), None).await?;
        // One that is over or unknown needs no cancelling.
        if reply.is_ok() || reply.status == 404 { Ok(()) } else { Err(self.0.refused(&reply, said(&reply))) }
    }

    fn key_for(&self, address: &str) -> Option<(String, Secret)> {
        self.0.key_for(address)
    }

    async fn find(&self, _: &Card, _: &Request, _: Moment) -> Result<Vec<Candidate>, Fault> {
        Err(self.0.unlisted())
    }

    async fn published(&self, _: &Card) -> Result<Option<Published>, Fault> {
        let reply = self.0.get("openapi.json").await?;
        // A server without a schema checks nothing and serves all the same.
        let Some(whole) = reply.json().filter(|_| reply.is_ok()) else { return Ok(None) };
        Ok(whole.pointer("/components/schemas/Input").map(|input| Published::of_schema(input, &whole)))
    }
}

impl Cog {
    /// How a prediction ended.
    fn outcome(&self, answer: &Value) -> Result<Made, Fell> {
        let error = answer.get("error").and_then(read::reason);
        // The server is one's own: what came to nothing costs nothing.
        let fell = |class, why: &str| Err(self.0.fell(class, Some(Money::ZERO), why));
        match read::field(answer, "status").unwrap_or_default() {
            "succeeded" => {
                let output = answer.get("output").unwrap_or(&Value::Null);
                let files = read::files(output);
                let text = if files.is_empty() { read::words(output) } else { None };
                if files.is_empty() && text.is_none() {
                    return fell(Class::Defective, "it succeeded and made nothing");
                }
                Ok(Made { files, text, answer: self.0.kept(answer), ..Made::default() })
            }
            "failed" => {
                let error = error.unwrap_or_else(|| "it failed without a word".to_owned());
                fell(read::class_of(&error), &error)
            }
            "canceled" | "aborted" => fell(Class::Transient, "it was cancelled"),
            _ => Err(self.0.garbled(true, "its answer does not say how it ended").into()),
        }
    }

    /// Why it takes nothing at the moment. A server whose worker died says the same as one that is busy, for ever; only
    /// its health tells them apart.
    async fn unavailable(&self, reply: &Reply) -> Fault {
        let told = said(reply);
        if !told.is_proof {
            return self.0.refused(reply, told);
        }
        let health = match self.0.get("health-check").await {
            Ok(health) => health.json().unwrap_or_default(),
            Err(_) => Value::Null,
        };
        self.unwell(reply, told, read::field(&health, "status").unwrap_or_default())
    }

    /// The same, in that state of health.
    fn unwell(&self, reply: &Reply, told: Said, health: &str) -> Fault {
        let dead = matches!(health, "UNHEALTHY" | "DEFUNCT" | "SETUP_FAILED");
        if dead {
            let what = format!("{} is dead ({health}): restart it", self.0.name());
            let hint = "restart the model's server, then `retake resume`".to_owned();
            let told = Said { class: Some(Class::Denied), message: Some(what), hint: Some(hint), ..told };
            return self.0.refused(reply, told);
        }
        let wait = if health == "STARTING" || reply.status == 503 { SETUP } else { BUSY };
        self.0.refused(reply, Said { class: Some(Class::Throttled), retry_after: Some(wait), ..told })
    }
}

/// A name that can stand in an address.
fn name(mark: &str) -> String {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !mark.is_empty() && mark.len() <= 100 && mark.bytes().all(fits) {
        return mark.to_owned();
    }
    Hash::of_text(mark).to_string()
}

/// What it says where it refuses. That it has no place, or no model yet, it says before it begins anything.
fn said(reply: &Reply) -> Said {
    let answer = reply.json().unwrap_or_default();
    let message = read::reason(&answer);
    let words = message.clone().unwrap_or_default();
    let is_proof = match reply.status {
        409 => words.contains("At capacity"),
        503 => words.contains("Setup has not finished"),
        _ => false,
    };
    let place = answer.pointer("/detail/0/loc").and_then(Value::as_array).into_iter().flatten();
    let place: Vec<String> = place.map(read::text).filter(|part| part != "body" && part != "input").take(8).collect();
    let message = message.map(|words| if place.is_empty() { words } else { format!("`{}`: {words}", place.join(".")) });
    Said { message, is_proof, ..Said::default() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use reqwest::header::HeaderMap;
    use retake_engine::fault::Acceptance;

    use super::super::{File, rubbish};
    use super::*;

    fn cog() -> Cog {
        Cog(Http::new(&STANDARD.seller("cog"), Auth::Bearer).unwrap())
    }

    fn reply(status: u16, body: &Value) -> Reply {
        Reply { status, headers: HeaderMap::new(), body: body.to_string().into_bytes() }
    }

    #[test]
    fn what_it_made_came_along() {
        let made = cog().outcome(&json!({"status": "succeeded", "output": "data:image/png;base64,AAAA"})).unwrap();
        assert_eq!(made.files, [File::Bytes(vec![0, 0, 0])]);
        let text = cog().outcome(&json!({"status": "succeeded", "output": ["once ", "upon"]})).unwrap();
        assert_eq!(text.text.as_deref(), Some("once upon"));
    }

    #[test]
    fn a_failure_is_told_by_its_words() {
        for (error, class) in [
            ("Prediction failed: RuntimeError: CUDA out of memory", Class::Invalid),
            ("Worker crashed", Class::Transient),
            ("NSFW content detected", Class::Rejected),
        ] {
            let fell = cog().outcome(&json!({"status": "failed", "error": error})).unwrap_err();
            assert_eq!(
                (fell.fault.class, fell.fault.acceptance, fell.charge),
                (class, Acceptance::Yes, Some(Money::ZERO))
            );
        }
        let empty = cog().outcome(&json!({"status": "succeeded", "output": []})).unwrap_err();
        assert_eq!(empty.fault.class, Class::Defective);
        let none = cog().outcome(&json!({"status": "thinking"})).unwrap_err();
        assert_eq!((none.fault.class, none.fault.acceptance), (Class::Unclear, Acceptance::Unknown));
    }

    #[test]
    fn a_dead_server_is_no_busy_one() {
        let full = reply(409, &json!({"error": "At capacity - all prediction slots busy", "status": "failed"}));
        let busy = cog().unwell(&full, said(&full), "BUSY");
        assert_eq!((busy.class, busy.acceptance, busy.retry_after), (Class::Throttled, Acceptance::No, Some(BUSY)));
        let dead = cog().unwell(&full, said(&full), "UNHEALTHY");
        assert_eq!((dead.class, dead.acceptance), (Class::Denied, Acceptance::No));
        let setup = reply(503, &json!({"error": "Setup has not finished yet. Wait until it has finished"}));
        let setup = cog().unwell(&setup, said(&setup), "STARTING");
        assert_eq!((setup.class, setup.retry_after), (Class::Throttled, Some(SETUP)));
        let gateway = reply(503, &json!("no upstream"));
        assert!(!said(&gateway).is_proof, "a gateway's word proves nothing");
    }

    #[test]
    fn the_input_that_is_wrong_is_named() {
        let wrong = json!({"detail": [{"loc": ["body", "input", "prompt"], "msg": "Field required"}]});
        assert_eq!(said(&reply(422, &wrong)).message.as_deref(), Some("`prompt`: Field required"));
    }

    #[test]
    fn a_mark_becomes_a_name() {
        assert_eq!(name("a7-b_9"), "a7-b_9");
        assert_eq!((name("a/../b").len(), name("").len()), (64, 64));
    }

    #[test]
    fn no_answer_makes_it_panic() {
        let cog = cog();
        proptest!(|(answer in rubbish::json(&["status", "output", "error", "detail", "loc"]), status in 100_u16..600)| {
            let reply = reply(status, &answer);
            let _ = (said(&reply), cog.outcome(&answer).is_ok());
        });
    }
}
