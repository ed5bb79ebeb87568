//! Replicate: predictions are created, asked about, and listed.
//!
//! Nothing recognises a repeated creation. The list shows inputs for an hour, so a seed of ours is a mark there.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::Method as Verb;
use retake_engine::fault::{Class, Fault};
use retake_engine::moment::Moment;
use retake_engine::money::Money;
use retake_engine::performer::Candidate;
use serde_json::{Value, json};

use super::hook::Keys;
use super::http::{Auth, Http, Reply, Said};
use super::request::Field;
use super::{
    Call, Card, Fell, Made, Order, Progress, Provider, Published, Request, Safety, Standard, Submitted, Unheard, Word,
    Work, fields, http, read,
};

/// What holds of it unless somebody says otherwise.
pub(super) const STANDARD: Standard = Standard {
    name: "replicate",
    base_url: "https://api.replicate.com",
    keys: &["REPLICATE_API_TOKEN"],
    needs_key: true,
    keyless_elsewhere: false,
    described: false,
    per_minute: 600,
    concurrency: 8,
    request_timeout: Duration::from_secs(30),
    poll_every: Duration::from_secs(2),
    safety: Safety::List,
    grace: Duration::from_secs(60),
    lag: Duration::from_secs(5),
    keeps: Some(Duration::from_secs(3_600)),
    open: |seller| Ok(Arc::new(Replicate(Http::new(seller, Auth::Bearer)?, Keys::default()))),
};

/// How many pages of its list are read.
const PAGES_MAX: u32 = 20;
/// What is small enough to go along as text.
const INLINE_MAX: usize = 256 * 1000;
/// How long to wait where a throttled answer does not say.
const THROTTLED: Duration = Duration::from_secs(5);

#[derive(Debug)]
struct Replicate(Http, Keys);

#[async_trait]
impl Provider for Replicate {
    fn request(&self, order: &Order<'_>) -> Result<Request, Fault> {
        let (model, input) = (&order.card.model, fields(order));
        let mark = order.seed.filter(|_| order.seed_is_mark && order.card.inputs.contains_key("seed"));
        let (path, body) = match model.split_once(':') {
            Some((_, version)) => ("v1/predictions".to_owned(), json!({ "version": version, "input": input })),
            None => (format!("v1/models/{model}/predictions"), json!({ "input": input })),
        };
        Ok(Request::post(path, &body, order.units()).marked(mark.map(|seed| seed.to_string())))
    }

    async fn upload(&self, mime: &'static str, bytes: Arc<[u8]>) -> Result<Option<String>, Fault> {
        if bytes.len() <= INLINE_MAX {
            return Ok(None);
        }
        let field = Field { name: "content".into(), value: http::base64(&bytes), file: Some(mime.to_owned()) };
        let reply = self.0.hand_over("v1/files", &[field]).await?;
        if !reply.is_ok() {
            return Err(self.0.refused(&reply, said(&reply)));
        }
        let address = reply.json().and_then(|file| Some(file.pointer("/urls/get")?.as_str()?.to_owned()));
        address.map(Some).ok_or_else(|| self.0.garbled(false, "it took a file and does not say where it is"))
    }

    async fn submit(&self, _: &Card, request: &Request) -> Result<Submitted, Fell> {
        let reply = self.0.submit(request).await?;
        if !reply.is_ok() {
            return Err(self.0.refused(&reply, said(&reply)).into());
        }
        let ticket = reply.json().and_then(|prediction| read::ticket(prediction.get("id")));
        Ok(Submitted::Ticket(ticket.ok_or_else(|| self.0.garbled(true, "it accepted without an id"))?))
    }

    async fn poll(&self, work: Work<'_>) -> Result<Progress, Fell> {
        let Some(prediction) = self.prediction(work).await? else { return Ok(Progress::Gone) };
        let status = prediction.get("status").and_then(Value::as_str).unwrap_or_default();
        let ended = |class, charge: Option<Money>, message: &str| Err(self.0.fell(class, charge, message));
        let error = prediction.get("error").map(read::text).unwrap_or_default();
        match status {
            // Where files come along while it is not over yet, the rest is waited for.
            "succeeded" => Ok(Progress::Succeeded { charge: None }),
            // What is paid by output costs nothing where there is none.
            "failed" => ended(read::class_of(&error), Some(Money::ZERO), &error),
            "aborted" => ended(Class::Transient, Some(Money::ZERO), "it was given up before it had begun"),
            "canceled" => ended(Class::Transient, None, "it was cancelled"),
            "starting" => Ok(Progress::Pending { after: None, begun: false }),
            _ => Ok(Progress::Pending { after: None, begun: true }),
        }
    }

    async fn fetch(&self, work: Work<'_>) -> Result<Made, Fell> {
        let prediction = self.prediction(work).await?;
        let prediction = prediction.ok_or_else(|| self.0.ended(Class::Defective, "what it made is gone"))?;
        let output = prediction.get("output").unwrap_or(&Value::Null);
        let files = read::files(output);
        let text = files.is_empty().then(|| read::words(output)).flatten();
        if files.is_empty() && text.is_none() {
            let removed = prediction.get("data_removed").and_then(Value::as_bool) == Some(true);
            let why = if removed { "what it made was removed" } else { "it succeeded and made nothing" };
            return Err(self.0.ended(Class::Defective, why).into());
        }
        Ok(Made { files, text, answer: self.0.kept(&prediction), ..Made::default() })
    }

    async fn cancel(&self, work: Work<'_>) -> Result<(), Fault> {
        let path = format!("v1/predictions/{}/cancel", work.ticket);
        let reply = self.0.tell(Verb::POST, &path, None).await?;
        // One that is over or unknown needs no cancelling.
        if reply.is_ok() || matches!(reply.status, 404 | 409 | 422) {
            Ok(())
        } else {
            Err(self.0.refused(&reply, said(&reply)))
        }
    }

    async fn find(&self, card: &Card, request: &Request, since: Moment) -> Result<Vec<Candidate>, Fault> {
        let sent = request.json().unwrap_or_default();
        let mut found = Vec::new();
        let mut path = format!("v1/predictions?created_after={}", http::date(since));
        for _ in 0..PAGES_MAX {
            let reply = self.0.get(&path).await?;
            if !reply.is_ok() {
                return Err(self.0.refused(&reply, said(&reply)));
            }
            let page = self.0.told_by(&reply)?;
            let Some(shown) = page.get("results").and_then(Value::as_array) else {
                return Err(self.0.garbled(false, "its list is none"));
            };
            found.extend(shown.iter().filter_map(|one| candidate(one, card, request, &sent, since)));
            // The newest come first: a page that ends before we began is the last that matters.
            let oldest = shown.iter().filter_map(created).min();
            match page.get("next").and_then(Value::as_str).filter(|next| !next.is_empty()) {
                Some(next) if oldest.is_none_or(|oldest| oldest >= since) => next.clone_into(&mut path),
                Some(_) | None => return Ok(found),
            }
        }
        // What lies further back was not seen: that it is not there cannot be said.
        if found.is_empty() { Err(self.0.garbled(false, "its list is too long to look through")) } else { Ok(found) }
    }

    fn calling(&self, request: &Request, address: &str) -> Option<Request> {
        request.with(&[("webhook", address.into()), ("webhook_events_filter", json!(["completed"]))])
    }

    async fn hear(&self, call: Call<'_>) -> Result<Word, Unheard> {
        let ask = || async {
            let reply = self.0.get("v1/webhooks/default/secret").await?;
            if reply.is_ok() { self.0.told_by(&reply) } else { Err(self.0.refused(&reply, said(&reply))) }
        };
        let fits = |secret: &Value| call.standard(read::field(secret, "key").unwrap_or_default());
        let id = self.1.check(call.now, ask, fits).await?;
        Ok(Word { id, ticket: read::ticket(call.json().get("id")), ends: true })
    }

    async fn published(&self, card: &Card) -> Result<Option<Published>, Fault> {
        let (model, version) = card.model.split_once(':').map_or((card.model.as_str(), None), |(a, b)| (a, Some(b)));
        let path = match version {
            Some(version) => format!("v1/models/{model}/versions/{version}"),
            None => format!("v1/models/{model}"),
        };
        let reply = self.0.get(&path).await?;
        let Some(answer) = reply.json() else {
            // Only its own words say that there is no such model: a page of a gateway is none.
            return if matches!(reply.status, 200..=299 | 404 | 410) {
                Ok(None)
            } else {
                Err(self.0.refused(&reply, said(&reply)))
            };
        };
        if !reply.is_ok() {
            return Err(self.0.refused(&reply, said(&reply)));
        }
        let schema = answer.pointer("/latest_version/openapi_schema").or_else(|| answer.get("openapi_schema"));
        let input = schema.and_then(|schema| schema.pointer("/components/schemas/Input"));
        Ok(input.zip(schema).map(|(input, schema)| Published::of_schema(input, schema)))
    }
}

impl Replicate {
    /// A prediction as it stands; nothing where it is not known.
    async fn prediction(&self, work: Work<'_>) -> Result<Option<Value>, Fault> {
        let reply = self.0.get(&format!("v1/predictions/{}", work.ticket)).await?;
        match reply.status {
            404 | 410 => Ok(None),
            _ if !reply.is_ok() => Err(self.0.refused(&reply, said(&reply))),
            _ => reply.json().map(Some).ok_or_else(|| self.0.garbled(false, "its answer is no JSON")),
        }
    }
}

/// What it says where it refuses. How long to wait stands in what it says, in one of three places.
fn said(reply: &Reply) -> Said {
    let answer = reply.json().unwrap_or_default();
    let part = |name: &str| answer.get(name).and_then(Value::as_str).map(str::to_owned);
    let message = part("detail").or_else(|| part("title"));
    let words = message.clone().unwrap_or_default();
    let wait = answer.get("retry_after").and_then(http::seconds).or_else(|| http::seconds_in(&words));
    let low = words.contains("in credit");
    let class = match reply.status {
        429 if read::is_credit(&words) => Some(Class::Denied),
        422 if read::is_policy(&words) => Some(Class::Rejected),
        _ => None,
    };
    Said {
        class,
        message,
        is_proof: false,
        retry_after: (reply.status == 429).then(|| wait.or_else(|| reply.retry_after()).unwrap_or(THROTTLED)),
        hint: low.then(|| "your credit is low, so Replicate lets you make six a minute: top it up".to_owned()),
    }
}

fn created(one: &Value) -> Option<Moment> {
    http::moment(one.get("created_at")?.as_str()?)
}

/// What of the list may be the take: never another model, nor another input.
fn candidate(one: &Value, card: &Card, request: &Request, sent: &Value, since: Moment) -> Option<Candidate> {
    let ticket = read::ticket(one.get("id"))?;
    // Clocks differ: what is a little older than our intent may be it all the same.
    let created = created(one).unwrap_or(since);
    if since.since(created) > Duration::from_secs(60) {
        return None;
    }
    let (name, version) = card.model.split_once(':').unwrap_or((&card.model, ""));
    let model = one.get("model").and_then(Value::as_str).unwrap_or_default();
    let shown_version = one.get("version").and_then(Value::as_str).unwrap_or_default();
    if !model.is_empty() && model != name && (version.is_empty() || shown_version != version) {
        return None;
    }
    let sent = sent.get("input").unwrap_or(&Value::Null);
    let likeness = read::likeness(card, request, sent, one.get("input"))?;
    Some(Candidate { ticket, created, likeness })
}
