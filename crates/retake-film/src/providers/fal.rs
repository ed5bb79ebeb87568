//! fal: requests wait in a queue, are asked about, and answer with what the model itself answered.
//!
//! Nothing recognises a repeated request. The platform's list shows inputs, so a seed of ours is a mark there. That a
//! request is completed does not say that it succeeded: its result is looked at before that is said.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::Method as Verb;
use retake_engine::fault::{Acceptance, Class, Fault};
use retake_engine::moment::Moment;
use retake_engine::performer::Candidate;
use serde_json::{Value, json};

use super::hook::Keys;
use super::http::{Auth, Http};
use super::{
    Call, Card, Fell, Made, Order, Progress, Provider, Published, Request, Safety, Seller, Standard, Submitted,
    Unheard, Word, Work, fields, http, read,
};

mod result;
mod trouble;

use trouble::Trouble;

/// Its queue.
const QUEUE: &str = "https://queue.fal.run";
/// Where it takes files.
const FILES: &str = "https://rest.fal.ai";
/// Where it shows what was asked for.
const PLATFORM: &str = "https://api.fal.ai";
/// Where it describes its models, to anybody.
const PAGES: &str = "https://fal.ai";

/// What holds of it unless somebody says otherwise.
pub(super) const STANDARD: Standard = Standard {
    name: "fal",
    base_url: QUEUE,
    keys: &["FAL_KEY"],
    needs_key: true,
    keyless_elsewhere: false,
    described: false,
    per_minute: 600,
    concurrency: 8,
    request_timeout: Duration::from_secs(30),
    poll_every: Duration::from_secs(2),
    safety: Safety::List,
    grace: Duration::from_secs(60),
    // Nobody says whether what still runs is shown, so what may run is waited for.
    lag: Duration::from_secs(300),
    keeps: Some(Duration::from_secs(7 * 86_400)),
    open: |seller| Ok(Arc::new(Fal::open(seller)?)),
};

/// How many pages of its list are read.
const PAGES_MAX: u32 = 20;
/// What is small enough to go along as text.
const INLINE_MAX: usize = 256 * 1000;

#[derive(Debug)]
struct Fal {
    http: Http,
    /// Where files and lists are; nothing where all of it lies below one address.
    files: &'static str,
    platform: &'static str,
    pages: &'static str,
    keys: Keys,
}

#[async_trait]
impl Provider for Fal {
    fn request(&self, order: &Order<'_>) -> Result<Request, Fault> {
        let mark = order.seed.filter(|_| order.seed_is_mark && order.card.inputs.contains_key("seed"));
        let input = Value::Object(fields(order));
        let request = Request::post(order.card.model.trim_matches('/'), &input, order.units());
        // Left to itself it runs a request again and again.
        Ok(request.header("x-fal-no-retry", "1").marked(mark.map(|seed| seed.to_string())))
    }

    async fn upload(&self, mime: &'static str, bytes: Arc<[u8]>) -> Result<Option<String>, Fault> {
        if bytes.len() <= INLINE_MAX {
            return Ok(None);
        }
        let ending = mime.rsplit('/').next().unwrap_or("bin");
        let wish = json!({ "file_name": format!("file.{ending}"), "content_type": mime });
        let path = format!("{}/storage/upload/initiate?storage_type=gcs", self.files);
        let reply = self.http.tell(Verb::POST, &path, Some(&wish)).await?;
        if !reply.is_ok() {
            return Err(self.http.refused(&reply, trouble::said(&reply)));
        }
        let place = self.http.told_by(&reply)?;
        let (Some(to), Some(file)) = (read::field(&place, "upload_url"), read::field(&place, "file_url")) else {
            return Err(self.http.garbled(false, "it takes files and does not say where"));
        };
        let reply = self.http.put(Verb::PUT, to, &[("content-type", mime.to_owned())], &bytes).await?;
        if !reply.is_ok() {
            return Err(self.http.refused(&reply, trouble::said(&reply)));
        }
        Ok(Some(self.http.address(file)))
    }

    async fn submit(&self, _: &Card, request: &Request) -> Result<Submitted, Fell> {
        let reply = self.http.submit(request).await?;
        if !reply.is_ok() {
            return Err(self.http.refused(&reply, trouble::said(&reply)).into());
        }
        let ticket = reply.json().and_then(|answer| read::ticket(answer.get("request_id")));
        Ok(Submitted::Ticket(ticket.ok_or_else(|| self.http.garbled(true, "it accepted without an id"))?))
    }

    async fn poll(&self, work: Work<'_>) -> Result<Progress, Fell> {
        let reply = self.http.get(&format!("{}/status", place(work))).await?;
        match reply.status {
            404 | 410 => return Ok(Progress::Gone),
            _ if !reply.is_ok() => return Err(self.http.refused(&reply, trouble::said(&reply)).into()),
            _ => {}
        }
        let status = self.http.told_by(&reply)?;
        let failed = Trouble::of_status(&status);
        match read::field(&status, "status").unwrap_or_default() {
            "IN_QUEUE" if failed.is_none() => Ok(Progress::Pending { after: None, begun: false }),
            "COMPLETED" => self.ending(work, failed).await,
            _ if failed.is_some() => self.ending(work, failed).await,
            _ => Ok(Progress::Pending { after: None, begun: true }),
        }
    }

    async fn fetch(&self, work: Work<'_>) -> Result<Made, Fell> {
        let reply = self.http.get(&place(work)).await?;
        match reply.status {
            404 | 410 => return Err(self.http.ended(Class::Defective, "what it made is gone").into()),
            _ if !reply.is_ok() => return Err(self.http.refused(&reply, trouble::said(&reply)).into()),
            _ => {}
        }
        let answer = self.http.told_by(&reply)?;
        let (files, text) = (result::files(&answer), result::text(&answer));
        if files.is_empty() && text.is_none() {
            return Err(self.http.ended(Class::Defective, "it succeeded and made nothing").into());
        }
        // What was charged was said when it ended.
        Ok(Made { files, text, words: result::words(&answer), answer: self.http.kept(&answer), charge: None })
    }

    async fn cancel(&self, work: Work<'_>) -> Result<(), Fault> {
        let reply = self.http.tell(Verb::PUT, &format!("{}/cancel", place(work)), None).await?;
        // One that is over or unknown needs no cancelling.
        if reply.is_ok() || matches!(reply.status, 400 | 404 | 409 | 410) {
            Ok(())
        } else {
            Err(self.http.refused(&reply, trouble::said(&reply)))
        }
    }

    async fn find(&self, card: &Card, request: &Request, since: Moment) -> Result<Vec<Candidate>, Fault> {
        let sent = request.json().unwrap_or_default();
        let start = read::from(since);
        let list = format!(
            "{}/v1/models/requests/by-endpoint?endpoint_id={}&start={}&limit=100&expand=payloads",
            self.platform,
            card.model.trim_matches('/'),
            http::date(start),
        );
        let mut found = Vec::new();
        let mut path = list.clone();
        for _ in 0..PAGES_MAX {
            let reply = self.http.get(&path).await?;
            if !reply.is_ok() {
                return Err(self.http.refused(&reply, trouble::said(&reply)));
            }
            let page = self.http.told_by(&reply)?;
            let Some(items) = page.get("items").and_then(Value::as_array) else {
                return Err(self.http.garbled(false, "its list is none"));
            };
            found.extend(items.iter().filter_map(|one| candidate(one, card, request, &sent, start)));
            match read::field(&page, "next_cursor") {
                Some(next) => path = format!("{list}&cursor={}", escaped(next)),
                None => return Ok(found),
            }
        }
        // What was not read to its end proves nothing.
        Err(self.http.garbled(false, "its list has no end"))
    }

    fn calling(&self, request: &Request, address: &str) -> Option<Request> {
        Some(Request { path: format!("{}?fal_webhook={}", request.path, escaped(address)), ..request.clone() })
    }

    async fn hear(&self, call: Call<'_>) -> Result<Word, Unheard> {
        let ask = || async {
            let reply = self.http.get(&format!("{}/.well-known/jwks.json", self.files)).await?;
            if reply.is_ok() {
                self.http.told_by(&reply)
            } else {
                Err(self.http.refused(&reply, trouble::said(&reply)))
            }
        };
        let id = self.keys.check(call.now, ask, |keys| call.fal(keys)).await?;
        Ok(Word { id, ticket: read::ticket(call.json().get("request_id")), ends: true })
    }

    async fn published(&self, card: &Card) -> Result<Option<Published>, Fault> {
        let model = card.model.trim_matches('/');
        let path = format!("{}/api/openapi/queue/openapi.json?endpoint_id={model}", self.pages);
        let reply = self.http.get(&path).await?;
        let answer = reply.json().unwrap_or_default();
        // Only its own words say that there is no such model: a page of a gateway is none.
        if reply.status == 404 && read::reason(&answer).is_some_and(|words| words.contains(model)) {
            let what = format!("{} knows no model {model}", self.http.name());
            return Err(Fault::new(Class::Retired, Acceptance::No, what).hint("name another model: `retake models`"));
        }
        Ok(if reply.is_ok() { result::schema(&answer) } else { None })
    }
}

impl Fal {
    fn open(seller: &Seller) -> Result<Self, Fault> {
        let http = Http::new(seller, Auth::Word("Key"))?;
        if seller.base_url.trim_end_matches('/') != QUEUE {
            return Ok(Self { http, files: "", platform: "", pages: "", keys: Keys::default() });
        }
        let http = http.with_sibling(FILES).with_sibling(PLATFORM);
        Ok(Self { http, files: FILES, platform: PLATFORM, pages: PAGES, keys: Keys::default() })
    }

    /// How a request ended that is over: its result says, with the status of the model's own answer.
    async fn ending(&self, work: Work<'_>, failed: Option<Trouble>) -> Result<Progress, Fell> {
        let reply = self.http.get(&place(work)).await?;
        let charge = reply.header("x-fal-billable-units").and_then(|count| read::units(&work.card.price, count));
        let end = |trouble: &Trouble| {
            let charge = charge.or_else(|| trouble.charge());
            Err(self.http.fell(trouble.class(), charge, &trouble.message))
        };
        match (Trouble::of_result(&reply), failed) {
            (Some(told), Some(failed)) => end(&told.or(failed)),
            (Some(told), None) => end(&told),
            (None, Some(failed)) => end(&failed),
            (None, None) if !reply.is_ok() => Err(self.http.refused(&reply, trouble::said(&reply)).into()),
            (None, None) => {
                let answer = self.http.told_by(&reply)?;
                if result::is_blank(&answer) {
                    let why = "it made a picture that may not be shown, and left it blank";
                    return Err(self.http.fell(Class::Rejected, charge, why));
                }
                if result::files(&answer).is_empty() && result::text(&answer).is_none() {
                    return Err(self.http.fell(Class::Defective, charge, "it succeeded and made nothing"));
                }
                Ok(Progress::Succeeded { charge })
            }
        }
    }
}

/// Where a request lies: below its application, whatever part of that was asked.
fn place(work: Work<'_>) -> String {
    format!("{}/requests/{}", application(&work.card.model), work.ticket)
}

fn application(model: &str) -> String {
    let model = model.trim_matches('/');
    let parts = if ["workflows/", "comfy/"].iter().any(|space| model.starts_with(space)) { 3 } else { 2 };
    model.split('/').take(parts).collect::<Vec<_>>().join("/")
}

fn escaped(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// What of the list may be the take: never another model, nor another input.
fn candidate(one: &Value, card: &Card, request: &Request, sent: &Value, start: Moment) -> Option<Candidate> {
    let ticket = read::ticket(one.get("request_id"))?;
    let when =
        ["sent_at", "created_at", "started_at"].into_iter().find_map(|name| http::moment(read::field(one, name)?));
    let created = when.unwrap_or(start);
    let model = read::field(one, "endpoint_id").unwrap_or(&card.model);
    if created < start || model.trim_matches('/') != card.model.trim_matches('/') {
        return None;
    }
    let shown = one.get("json_input").or_else(|| one.get("input"));
    let likeness = read::likeness(card, request, sent, shown)?;
    Some(Candidate { ticket, created, likeness })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use retake_engine::performer::Likeness;

    use super::super::rubbish;
    use super::*;

    fn card() -> Card {
        let card = json!({"provider": "fal", "kind": "image", "model": "fal-ai/flux/dev", "inputs": {"prompt": "prompt", "seed": "seed"}});
        serde_json::from_value(card).unwrap()
    }

    #[test]
    fn a_request_lies_below_its_application() {
        for (model, expected) in [
            ("fal-ai/flux/dev", "fal-ai/flux"),
            ("fal-ai/fast-sdxl", "fal-ai/fast-sdxl"),
            ("workflows/someone/storyboard/fast", "workflows/someone/storyboard"),
            ("comfy/someone/storyboard", "comfy/someone/storyboard"),
            ("/one", "one"),
        ] {
            assert_eq!(application(model), expected);
        }
    }

    #[test]
    fn other_hosts_are_its_own_at_its_usual_address_alone() {
        let usual = Fal::open(&STANDARD.seller("fal")).unwrap();
        assert_eq!((usual.files, usual.platform), (FILES, PLATFORM));
        let elsewhere = Seller { base_url: "http://127.0.0.1:9/fal/".into(), ..STANDARD.seller("fal") };
        let elsewhere = Fal::open(&elsewhere).unwrap();
        let path = format!("{}/v1/models", elsewhere.platform);
        assert_eq!(elsewhere.http.address(&path), "http://127.0.0.1:9/fal/v1/models");
    }

    #[test]
    fn the_take_is_recognised_by_its_seed() {
        let sent = json!({"prompt": "a cat", "seed": 7});
        let request = Request::post("x", &sent, super::super::Units::default()).marked(Some("7".into()));
        let start = http::moment("2026-11-21T00:00:00Z").unwrap();
        let item = |input: Value| json!({"request_id": "r1", "endpoint_id": "fal-ai/flux/dev", "sent_at": "2026-11-21T00:00:01Z", "json_input": input});
        let likeness = |one: Value| candidate(&one, &card(), &request, &sent, start).map(|found| found.likeness);
        assert_eq!(likeness(item(json!({"prompt": "a cat", "seed": 7, "steps": 3}))), Some(Likeness::Exact));
        assert_eq!(likeness(item(json!({"prompt": "a cat"}))), Some(Likeness::Same));
        assert_eq!(likeness(item(json!({"prompt": "a cat", "seed": 8}))), None);
        assert_eq!(likeness(item(Value::Null)), Some(Likeness::Unknown));
        assert_eq!(likeness(json!({"request_id": "r1", "endpoint_id": "fal-ai/flux/pro"})), None);
        assert_eq!(likeness(json!({"request_id": "r1", "sent_at": "2026-11-20T00:00:00Z"})), None);
    }

    proptest! {
        #[test]
        fn no_list_makes_it_panic(one in rubbish::json(&["request_id", "endpoint_id", "sent_at", "json_input", "seed"])) {
            let request = Request::post("x", &one, super::super::Units::default());
            let _ = candidate(&one, &card(), &request, &one, Moment::from_ms(0));
        }
    }
}
