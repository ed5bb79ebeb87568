//! Luma: generations are created, asked about, and listed, by an older interface and by the present one.
//!
//! Nothing recognises a repeated generation and nothing of ours can be left in one: its list finds it by its words alone.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::Method as Verb;
use retake_engine::fault::{Class, Fault};
use retake_engine::moment::Moment;
use retake_engine::performer::Candidate;
use serde_json::{Map, Value, json};

use super::http::{Auth, Http, Reply, Said};
use super::{
    Call, Card, Fell, File, Kind, Made, Order, Progress, Provider, Request, Safety, Seller, Standard, Submitted,
    Unheard, Word, Work, fields, http, read,
};

/// Where the present interface is.
const PRESENT: &str = "https://agents.lumalabs.ai";
/// Where the older one is.
const LEGACY: &str = "https://api.lumalabs.ai";

/// What holds of it unless somebody says otherwise.
pub(super) const STANDARD: Standard = Standard {
    name: "luma",
    base_url: PRESENT,
    keys: &["LUMA_AGENTS_API_KEY", "LUMAAI_API_KEY", "LUMA_API_KEY"],
    needs_key: true,
    keyless_elsewhere: false,
    described: false,
    per_minute: 60,
    concurrency: 5,
    request_timeout: Duration::from_secs(60),
    poll_every: Duration::from_secs(3),
    safety: Safety::ListWeak,
    grace: Duration::from_secs(60),
    lag: Duration::from_secs(10),
    keeps: None,
    open: |seller| Ok(Arc::new(Luma::open(seller)?)),
};

/// How many pages of its list are read, and how long each is.
const PAGES_MAX: usize = 20;
const PAGE: usize = 100;

#[derive(Debug)]
struct Luma {
    http: Http,
    /// Where the older interface is; nothing where both lie below one address.
    legacy: &'static str,
}

#[async_trait]
impl Provider for Luma {
    fn request(&self, order: &Order<'_>) -> Result<Request, Fault> {
        let (card, is_image) = (order.card, order.card.kind == Kind::Image);
        let mut body = fields(order);
        body.insert("model".to_owned(), card.model.as_str().into());
        let path = if is_legacy(&card.model) {
            keyframes(&mut body);
            format!("{}/{}", self.generations(card), if is_image { "image" } else { "video" })
        } else {
            body.entry("type").or_insert_with(|| if is_image { "image" } else { "video" }.into());
            pictures(&mut body);
            self.generations(card)
        };
        Ok(Request::post(path, &body.into(), order.units()))
    }

    async fn submit(&self, _: &Card, request: &Request) -> Result<Submitted, Fell> {
        let reply = self.http.submit(request).await?;
        if !reply.is_ok() {
            return Err(self.http.refused(&reply, said(&reply)).into());
        }
        let ticket = reply.json().and_then(|generation| read::ticket(generation.get("id")));
        Ok(Submitted::Ticket(ticket.ok_or_else(|| self.http.garbled(true, "it accepted without an id"))?))
    }

    async fn poll(&self, work: Work<'_>) -> Result<Progress, Fell> {
        match self.generation(work).await? {
            Some(generation) => self.progress(&generation),
            None => Ok(Progress::Gone),
        }
    }

    async fn fetch(&self, work: Work<'_>) -> Result<Made, Fell> {
        let generation = self.generation(work).await?;
        let generation = generation.ok_or_else(|| self.http.ended(Class::Defective, "what it made is gone"))?;
        let files = files(&generation, work.card.kind);
        if files.is_empty() {
            return Err(self.http.ended(Class::Defective, "it succeeded and made nothing").into());
        }
        Ok(Made { files, answer: self.http.kept(&generation), ..Made::default() })
    }

    async fn cancel(&self, work: Work<'_>) -> Result<(), Fault> {
        // The same call deletes what is finished: that is paid, and wanted.
        let Some(generation) = self.generation(work).await? else { return Ok(()) };
        if matches!(read::field(&generation, "state"), Some("completed" | "failed")) {
            return Ok(());
        }
        let path = format!("{}/{}", self.generations(work.card), work.ticket);
        let reply = self.http.tell(Verb::DELETE, &path, None).await?;
        if reply.is_ok() || matches!(reply.status, 404 | 409 | 410) {
            Ok(())
        } else {
            Err(self.http.refused(&reply, said(&reply)))
        }
    }

    /// Of the present interface nobody says that it calls.
    fn calling(&self, request: &Request, address: &str) -> Option<Request> {
        let calls = request.path.starts_with(&format!("{}/dream-machine/", self.legacy));
        calls.then(|| request.with(&[("callback_url", address.into())])).flatten()
    }

    /// Nothing proves that it calls but that nobody else knows the address: it is believed that something has changed,
    /// and nothing else of what it says.
    async fn hear(&self, call: Call<'_>) -> Result<Word, Unheard> {
        let answer = call.json();
        let ends = read::field(&answer, "state").is_none_or(|state| !["queued", "dreaming"].contains(&state));
        Ok(Word { id: call.content(), ticket: None, ends })
    }

    async fn find(&self, card: &Card, request: &Request, since: Moment) -> Result<Vec<Candidate>, Fault> {
        let sent = request.json().unwrap_or_default();
        let start = read::from(since);
        let mut found = Vec::new();
        for page in 0..PAGES_MAX {
            let path = format!("{}?limit={PAGE}&offset={}", self.generations(card), page * PAGE);
            let reply = self.http.get(&path).await?;
            if !reply.is_ok() {
                return Err(self.http.refused(&reply, said(&reply)));
            }
            let answer = self.http.told_by(&reply)?;
            let list = answer.get("generations").or_else(|| answer.get("items")).unwrap_or(&answer);
            let Some(list) = list.as_array() else { return Err(self.http.garbled(false, "its list is none")) };
            found.extend(list.iter().filter_map(|one| candidate(one, card, request, &sent, start)));
            // In which order they come nobody says, so it is read to its end.
            let more = answer.get("has_more").and_then(Value::as_bool).unwrap_or(list.len() >= PAGE);
            if !more || list.is_empty() {
                return Ok(found);
            }
        }
        // What was not read to its end proves nothing.
        Err(self.http.garbled(false, "its list has no end"))
    }
}

impl Luma {
    fn open(seller: &Seller) -> Result<Self, Fault> {
        let http = Http::new(seller, Auth::Bearer)?;
        if seller.base_url.trim_end_matches('/') != PRESENT {
            return Ok(Self { http, legacy: "" });
        }
        Ok(Self { http: http.with_sibling(LEGACY), legacy: LEGACY })
    }

    /// Where the generations of a model are.
    fn generations(&self, card: &Card) -> String {
        if is_legacy(&card.model) {
            format!("{}/dream-machine/v1/generations", self.legacy)
        } else {
            "/v1/generations".to_owned()
        }
    }

    /// A generation as it stands; nothing where it is not known.
    async fn generation(&self, work: Work<'_>) -> Result<Option<Value>, Fault> {
        let reply = self.http.get(&format!("{}/{}", self.generations(work.card), work.ticket)).await?;
        match reply.status {
            404 | 410 => Ok(None),
            _ if !reply.is_ok() => Err(self.http.refused(&reply, said(&reply))),
            _ => self.http.told_by(&reply).map(Some),
        }
    }

    fn progress(&self, generation: &Value) -> Result<Progress, Fell> {
        match read::field(generation, "state").unwrap_or_default() {
            "completed" => Ok(Progress::Succeeded { charge: None }),
            "failed" => {
                let code = read::field(generation, "failure_code").unwrap_or_default();
                let why = read::field(generation, "failure_reason").unwrap_or("it failed without a word");
                let class = if read::is_policy(code) { Class::Rejected } else { read::class_of(why) };
                // Whether a failure is billed nobody says.
                Err(self.http.fell(class, None, why))
            }
            "queued" => Ok(Progress::Pending { after: None, begun: false }),
            _ => Ok(Progress::Pending { after: None, begun: true }),
        }
    }
}

/// Whether a model belongs to the older interface.
fn is_legacy(model: &str) -> bool {
    ["ray-1", "ray-2", "ray-flash", "photon"].iter().any(|name| model.starts_with(name))
}

/// Keyframes as the older interface wants them: each says of which type it is.
fn keyframes(body: &mut Map<String, Value>) {
    let frames = body.get_mut("keyframes").and_then(Value::as_object_mut).map(Map::values_mut);
    for frame in frames.into_iter().flatten() {
        match frame {
            Value::String(_) => *frame = json!({ "type": "image", "url": frame.take() }),
            Value::Object(fields) => drop(fields.entry("type").or_insert_with(|| "image".into())),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {}
        }
    }
}

/// Pictures as the present interface wants them: by address, or with their bytes.
fn pictures(body: &mut Map<String, Value>) {
    let picture = |place: &mut Value| {
        let Value::String(text) = &*place else { return };
        *place = match text.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,")) {
            Some((mime, bytes)) => json!({ "data": bytes, "media_type": mime }),
            None => json!({ "url": text }),
        };
    };
    if let Some(refs) = body.get_mut("image_ref").and_then(Value::as_array_mut) {
        refs.iter_mut().for_each(picture);
    }
    body.get_mut("source").map(picture);
    if let Some(video) = body.get_mut("video").and_then(Value::as_object_mut) {
        for name in ["start_frame", "end_frame"] {
            video.get_mut(name).map(picture);
        }
    }
}

/// The files, the one that was wanted first; what only shows how far it came is left out.
fn files(generation: &Value, kind: Kind) -> Vec<File> {
    let wanted = if kind == Kind::Image { ["image", "video"] } else { ["video", "image"] };
    let assets = generation.get("assets").filter(|assets| assets.is_object());
    let files = wanted.into_iter().filter_map(|name| assets?.get(name)).flat_map(read::files).collect::<Vec<_>>();
    if !files.is_empty() {
        return files;
    }
    generation.get("output").map(read::files).unwrap_or_default()
}

/// What of the list may be the take: never another model, nor another input.
fn candidate(one: &Value, card: &Card, request: &Request, sent: &Value, start: Moment) -> Option<Candidate> {
    let ticket = read::ticket(one.get("id"))?;
    let created = read::field(one, "created_at").and_then(http::moment).unwrap_or(start);
    if created < start || read::field(one, "model").is_some_and(|model| model != card.model) {
        return None;
    }
    let likeness = read::likeness(card, request, sent, one.get("request"))?;
    Some(Candidate { ticket, created, likeness })
}

/// What it says where it refuses.
fn said(reply: &Reply) -> Said {
    let message = reply.json().and_then(|answer| read::reason(&answer));
    let words = message.clone().unwrap_or_default();
    let broke = read::is_credit(&words);
    let class = match reply.status {
        400 | 402 | 403 | 429 if broke => Some(Class::Denied),
        400 | 422 if read::is_policy(&words) => Some(Class::Rejected),
        _ => None,
    };
    let hint = broke.then(|| "buy credits at Luma, then `retake resume`".to_owned());
    Said { message, class, hint, ..Said::default() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use reqwest::header::HeaderMap;
    use retake_engine::fault::Acceptance;
    use retake_engine::performer::Likeness;

    use super::super::{Given, rubbish};
    use super::*;

    fn luma(base_url: &str) -> Luma {
        Luma::open(&Seller { base_url: base_url.into(), ..STANDARD.seller("luma") }).unwrap()
    }

    fn card(model: &str, image: &str) -> Card {
        let card = json!({"provider": "luma", "kind": "video", "model": model, "aspects": ["16:9"], "seconds_as": "5s",
            "inputs": {"prompt": "prompt", "image": image, "aspect": "aspect_ratio", "seconds": "duration"}});
        serde_json::from_value(card).unwrap()
    }

    fn order(card: &Card) -> Order<'_> {
        let (prompt, mark) = ("a cat".to_owned(), "m".to_owned());
        let image = Some(Given::Inline { mime: "image/png", bytes: Arc::from([0, 0, 0]) });
        Order {
            card,
            prompt,
            mark,
            image,
            system: None,
            answer: None,
            end_image: None,
            refs: Vec::new(),
            audio: None,
            seconds: Some(5),
            width: 1280,
            height: 720,
            seed: None,
            language: None,
            seed_is_mark: false,
        }
    }

    #[test]
    fn each_model_is_spoken_to_where_it_lives() {
        let (old, new) = (card("ray-2", "keyframes.frame0"), card("ray-3.2", "video.start_frame"));
        let sent = luma(PRESENT).request(&order(&old)).unwrap();
        assert_eq!(sent.path, "https://api.lumalabs.ai/dream-machine/v1/generations/video");
        let expected = json!({"model": "ray-2", "prompt": "a cat", "aspect_ratio": "16:9", "duration": "5s",
            "keyframes": {"frame0": {"type": "image", "url": "data:image/png;base64,AAAA"}}});
        assert_eq!(sent.json(), Some(expected));
        let sent = luma(PRESENT).request(&order(&new)).unwrap();
        assert_eq!(luma(PRESENT).http.address(&sent.path), "https://agents.lumalabs.ai/v1/generations");
        let sent = sent.json().unwrap();
        assert_eq!(sent["video"], json!({"start_frame": {"data": "AAAA", "media_type": "image/png"}}));
        assert_eq!(sent["type"], "video");
        let below = luma("http://127.0.0.1:9/luma");
        let path = below.request(&order(&old)).unwrap().path;
        assert_eq!(below.http.address(&path), "http://127.0.0.1:9/luma/dream-machine/v1/generations/video");
    }

    #[test]
    fn a_failure_is_told_by_its_words() {
        let of = |why: &str| luma(PRESENT).progress(&json!({"state": "failed", "failure_reason": why})).unwrap_err();
        let moderated = of("400: prompt not allowed because advanced moderation failed");
        assert_eq!((moderated.fault.class, moderated.fault.acceptance), (Class::Rejected, Acceptance::Yes));
        assert_eq!((of("no capacity").fault.class, of("no capacity").charge), (Class::Transient, None));
        let dreams = luma(PRESENT).progress(&json!({"state": "dreaming"})).unwrap();
        assert_eq!(dreams, Progress::Pending { after: None, begun: true });
    }

    #[test]
    fn both_interfaces_show_what_was_made() {
        let file = |name: &str| File::Address(format!("https://f.example/{name}"));
        let old = json!({"assets": {"image": "https://f.example/i.jpg", "video": "https://f.example/v.mp4",
            "progress_video": "https://f.example/p.mp4"}});
        assert_eq!(files(&old, Kind::Video), [file("v.mp4"), file("i.jpg")]);
        let new = json!({"output": [{"type": "video", "url": "https://f.example/v.mp4"}]});
        assert_eq!(files(&new, Kind::Video), [file("v.mp4")]);
        assert_eq!(files(&json!({"assets": {"video": null}}), Kind::Video), []);
    }

    #[test]
    fn its_list_is_compared_with_what_was_sent() {
        let card = card("ray-2", "keyframes.frame0");
        let request = luma(PRESENT).request(&order(&card)).unwrap();
        let sent = request.json().unwrap();
        let likeness =
            |one: Value| candidate(&one, &card, &request, &sent, Moment::from_ms(0)).map(|found| found.likeness);
        let shown = |prompt: &str| json!({"id": "g", "model": "ray-2", "request": {"prompt": prompt, "generation_type": "video"}});
        assert_eq!(likeness(shown("a cat")), Some(Likeness::Same));
        assert_eq!(likeness(shown("a dog")), None);
        assert_eq!(likeness(json!({"id": "g", "model": "ray-2"})), Some(Likeness::Unknown));
        assert_eq!(likeness(json!({"id": "g", "model": "ray-flash-2"})), None);
    }

    #[test]
    fn no_answer_makes_it_panic() {
        let luma = luma(PRESENT);
        proptest!(|(answer in rubbish::json(&["id", "state", "failure_reason", "assets", "output", "request", "keyframes", "video"]))| {
            let reply = Reply { status: 400, headers: HeaderMap::new(), body: answer.to_string().into_bytes() };
            let card = card("ray-2", "keyframes.frame0");
            let request = Request::post("x", &answer, super::super::Units::default());
            let _ = (said(&reply), luma.progress(&answer).is_ok(), files(&answer, Kind::Image));
            let _ = candidate(&answer, &card, &request, &answer, Moment::from_ms(0));
            if let Value::Object(mut body) = answer {
                keyframes(&mut body);
                pictures(&mut body);
            }
        });
    }
}
