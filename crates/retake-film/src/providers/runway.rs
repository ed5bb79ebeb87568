//! Runway: tasks are created, asked about, and say what they cost.
//!
//! There is no list of tasks and nothing recognises a repeated one: an answer that was lost stays lost.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::Method as Verb;
use retake_engine::fault::{Class, Fault};
use retake_engine::moment::Moment;
use retake_engine::performer::Candidate;
use serde_json::{Value, json};

use super::http::{Auth, Http, Reply, Said};
use super::request::Field;
use super::{
    Card, Fell, Kind, Made, Order, Progress, Provider, Request, Safety, Standard, Submitted, Work, fields, http, read,
};

/// What holds of it unless somebody says otherwise.
pub(super) const STANDARD: Standard = Standard {
    name: "runway",
    base_url: "https://api.dev.runwayml.com",
    keys: &["RUNWAYML_API_SECRET", "RUNWAY_API_KEY"],
    needs_key: true,
    keyless_elsewhere: false,
    per_minute: 60,
    concurrency: 5,
    request_timeout: Duration::from_secs(60),
    poll_every: Duration::from_secs(6),
    safety: Safety::None,
    grace: Duration::from_secs(60),
    lag: Duration::from_secs(5),
    keeps: Some(Duration::from_secs(86_400)),
    open: |seller| Ok(Arc::new(Runway(Http::new(seller, Auth::Bearer)?.with_header("x-runway-version", VERSION)))),
};

/// The version of its interface that is spoken here.
const VERSION: &str = "2024-11-06";
/// What is small enough to go along as text.
const INLINE_MAX: usize = 256 * 1000;
/// How many fields of a form it may ask for.
const FORM_MAX: usize = 32;

#[derive(Debug)]
struct Runway(Http);

#[async_trait]
impl Provider for Runway {
    fn request(&self, order: &Order<'_>) -> Result<Request, Fault> {
        let path = match order.card.kind {
            Kind::Image => "v1/text_to_image",
            Kind::Speech => "v1/text_to_speech",
            Kind::Music => "v1/sound_effect",
            _ if order.image.is_some() => "v1/image_to_video",
            _ => "v1/text_to_video",
        };
        Ok(Request::post(path, &body(order), order.units()))
    }

    async fn upload(&self, mime: &'static str, bytes: Arc<[u8]>) -> Result<Option<String>, Fault> {
        if bytes.len() <= INLINE_MAX {
            return Ok(None);
        }
        let ending = mime.rsplit('/').next().unwrap_or("bin");
        let wish = json!({ "filename": format!("file.{ending}"), "type": "ephemeral" });
        let reply = self.0.tell(Verb::POST, "v1/uploads", Some(&wish)).await?;
        if !reply.is_ok() {
            return Err(self.0.refused(&reply, said(&reply)));
        }
        let place = self.0.told_by(&reply)?;
        let (Some(to), Some(name)) = (read::field(&place, "uploadUrl"), read::field(&place, "runwayUri")) else {
            return Err(self.0.garbled(false, "it takes files and does not say where"));
        };
        let told = place.get("fields").and_then(Value::as_object).into_iter().flatten().take(FORM_MAX);
        let field =
            |(name, value): (&String, &Value)| Field { name: name.clone(), value: read::text(value), file: None };
        // The file comes last: what follows it is not read.
        let file = Field { name: "file".into(), value: http::base64(&bytes), file: Some(mime.to_owned()) };
        let parts: Vec<Field> = told.map(field).chain([file]).collect();
        let reply = self.0.hand_over(to, &parts).await?;
        if !reply.is_ok() {
            return Err(self.0.refused(&reply, said(&reply)));
        }
        Ok(Some(name.to_owned()))
    }

    async fn submit(&self, _: &Card, request: &Request) -> Result<Submitted, Fell> {
        let reply = self.0.submit(request).await?;
        if !reply.is_ok() {
            return Err(self.0.refused(&reply, said(&reply)).into());
        }
        let ticket = reply.json().and_then(|task| read::ticket(task.get("id")));
        Ok(Submitted::Ticket(ticket.ok_or_else(|| self.0.garbled(true, "it accepted without an id"))?))
    }

    async fn poll(&self, work: Work<'_>) -> Result<Progress, Fell> {
        match self.task(work).await? {
            Some(task) => self.progress(&task),
            None => Ok(Progress::Gone),
        }
    }

    async fn fetch(&self, work: Work<'_>) -> Result<Made, Fell> {
        let task = self.task(work).await?.ok_or_else(|| self.0.ended(Class::Defective, "what it made is gone"))?;
        let files = task.get("output").map(read::files).unwrap_or_default();
        if files.is_empty() {
            return Err(self.0.ended(Class::Defective, "it succeeded and made nothing").into());
        }
        Ok(Made { files, answer: self.0.kept(&task), ..Made::default() })
    }

    async fn cancel(&self, work: Work<'_>) -> Result<(), Fault> {
        // The same call deletes what is finished: that is paid, and wanted.
        let Some(task) = self.task(work).await? else { return Ok(()) };
        if matches!(read::field(&task, "status"), Some("SUCCEEDED" | "FAILED" | "CANCELLED")) {
            return Ok(());
        }
        let reply = self.0.tell(Verb::DELETE, &format!("v1/tasks/{}", work.ticket), None).await?;
        if reply.is_ok() || matches!(reply.status, 404 | 409 | 410) {
            Ok(())
        } else {
            Err(self.0.refused(&reply, said(&reply)))
        }
    }

    async fn find(&self, _: &Card, _: &Request, _: Moment) -> Result<Vec<Candidate>, Fault> {
        Err(self.0.unlisted())
    }
}

impl Runway {
    /// A task as it stands; nothing where it is not known.
    async fn task(&self, work: Work<'_>) -> Result<Option<Value>, Fault> {
        let reply = self.0.get(&format!("v1/tasks/{}", work.ticket)).await?;
        match reply.status {
            404 | 410 => Ok(None),
            _ if !reply.is_ok() => Err(self.0.refused(&reply, said(&reply))),
            _ => self.0.told_by(&reply).map(Some),
        }
    }

    fn progress(&self, task: &Value) -> Result<Progress, Fell> {
        let charge = task.pointer("/cost/credits").and_then(read::cents);
        match read::field(task, "status").unwrap_or_default() {
            "SUCCEEDED" => Ok(Progress::Succeeded { charge }),
            "FAILED" => {
                let code = read::field(task, "failureCode").unwrap_or_default();
                let why = read::field(task, "failure").unwrap_or("it failed without a word");
                let (class, about) = failure(code, why);
                let message =
                    format!("{about}{why}{}", if code.is_empty() { String::new() } else { format!(" ({code})") });
                Err(self.0.fell(class, charge, &message))
            }
            "CANCELLED" => Err(self.0.fell(Class::Transient, charge, "it was cancelled")),
            // Throttled is no failure: it waits for other work of ours.
            "PENDING" | "THROTTLED" => Ok(Progress::Pending { after: None, begun: false }),
            _ => Ok(Progress::Pending { after: None, begun: true }),
        }
    }
}

/// What is sent, with pictures as it wants them.
fn body(order: &Order<'_>) -> Value {
    let mut body = fields(order);
    body.insert("model".to_owned(), order.card.model.as_str().into());
    let name = |word: &str| order.card.inputs.get(word);
    if let (Some(image), Some(last)) = (name("image"), &order.end_image) {
        // Two pictures are one list, with the places that they have.
        if let Some(end) = name("end_image") {
            body.remove(end);
        }
        let frames = [(order.image.as_ref(), "first"), (Some(last), "last")].into_iter();
        let frames = frames.filter_map(|(given, position)| Some(json!({ "uri": given?.text(), "position": position })));
        body.insert(image.clone(), frames.collect());
    }
    if let Some(refs) = name("refs").and_then(|name| body.get_mut(name)).and_then(Value::as_array_mut) {
        for one in refs.iter_mut().filter(|one| one.is_string()) {
            *one = json!({ "uri": one.take() });
        }
    }
    body.into()
}

/// Which class a failed task is, and which input was refused.
fn failure(code: &str, why: &str) -> (Class, &'static str) {
    match code {
        _ if code.starts_with("SAFETY.INPUT.TEXT") => (Class::Rejected, "the prompt was refused: "),
        _ if code.starts_with("SAFETY.INPUT.IMAGE") => (Class::Rejected, "the picture was refused: "),
        _ if code.starts_with("SAFETY.INPUT") => (Class::Rejected, "an input was refused: "),
        _ if code.starts_with("SAFETY.OUTPUT") => (Class::Rejected, "what it made was refused: "),
        _ if code.starts_with("SAFETY") => (Class::Rejected, ""),
        _ if code.starts_with("ASSET") || code.starts_with("INPUT") => (Class::Invalid, ""),
        _ if code.starts_with("INTERNAL") => (Class::Transient, ""),
        _ => (read::class_of(why), ""),
    }
}

/// What it says where it refuses.
fn said(reply: &Reply) -> Said {
    let message = reply.json().and_then(|answer| read::reason(&answer));
    let lower = message.clone().unwrap_or_default().to_ascii_lowercase();
    let broke = lower.contains("credits");
    let class = match reply.status {
        400 | 402 | 403 | 429 if broke => Some(Class::Denied),
        400 | 422 if read::is_policy(&lower) => Some(Class::Rejected),
        _ => None,
    };
    let hint = broke.then(|| "buy credits at Runway, then `retake resume`".to_owned());
    Said { message, class, hint, ..Said::default() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use reqwest::header::HeaderMap;
    use retake_engine::fault::Acceptance;
    use retake_engine::money::Money;

    use super::super::{File, Given, rubbish};
    use super::*;

    fn runway() -> Runway {
        Runway(Http::new(&STANDARD.seller("runway"), Auth::Bearer).unwrap())
    }

    fn card() -> Card {
        let card = json!({"provider": "runway", "kind": "video", "model": "gen4_turbo", "aspects": ["1280:720", "720:1280"],
            "inputs": {"prompt": "promptText", "image": "promptImage", "end_image": "promptImage", "seconds": "duration",
                "aspect": "ratio", "seed": "seed", "refs": "referenceImages"}});
        serde_json::from_value(card).unwrap()
    }

    fn order(card: &Card) -> Order<'_> {
        let (prompt, mark) = ("a cat".to_owned(), "m".to_owned());
        Order {
            card,
            prompt,
            mark,
            system: None,
            answer: None,
            image: None,
            end_image: None,
            refs: Vec::new(),
            audio: None,
            seconds: Some(5),
            width: 1280,
            height: 720,
            seed: Some(7),
            language: None,
            seed_is_mark: false,
        }
    }

    #[test]
    fn a_request_names_its_pictures() {
        let card = card();
        let plain = runway().request(&order(&card)).unwrap();
        let expected =
            json!({"model": "gen4_turbo", "promptText": "a cat", "ratio": "1280:720", "duration": 5, "seed": 7});
        assert_eq!((plain.path.as_str(), plain.json()), ("v1/text_to_video", Some(expected)));
        let (first, last) = (Given::Address("runway://1".into()), Given::Address("runway://2".into()));
        let one = Order { image: Some(first.clone()), refs: vec![first.clone()], ..order(&card) };
        let sent = runway().request(&one).unwrap();
        assert_eq!(sent.path, "v1/image_to_video");
        let sent = sent.json().unwrap();
        assert_eq!(sent["promptImage"], "runway://1");
        assert_eq!(sent["referenceImages"], json!([{"uri": "runway://1"}]));
        let both = Order { image: Some(first), end_image: Some(last), ..order(&card) };
        let sent = runway().request(&both).unwrap().json().unwrap();
        let frames = json!([{"uri": "runway://1", "position": "first"}, {"uri": "runway://2", "position": "last"}]);
        assert_eq!(sent["promptImage"], frames);
    }

    #[test]
    fn credits_are_cents() {
        let done = json!({"status": "SUCCEEDED", "output": ["https://f.example/a.mp4"], "cost": {"credits": 25}});
        assert_eq!(runway().progress(&done).unwrap(), Progress::Succeeded { charge: Some(Money::from_cents(25)) });
        let free = json!({"status": "FAILED", "failure": "bad", "failureCode": "INTERNAL.BAD_OUTPUT.CODE01", "cost": {"credits": 0}});
        let fell = runway().progress(&free).unwrap_err();
        assert_eq!(
            (fell.fault.class, fell.fault.acceptance, fell.charge),
            (Class::Transient, Acceptance::Yes, Some(Money::ZERO))
        );
        let safety = json!({"status": "FAILED", "failure": "not this", "failureCode": "SAFETY.INPUT.TEXT"});
        let fell = runway().progress(&safety).unwrap_err();
        assert_eq!((fell.fault.class, fell.charge), (Class::Rejected, None));
        assert!(fell.fault.message.contains("the prompt was refused"), "{}", fell.fault.message);
        let waits = runway().progress(&json!({"status": "THROTTLED"})).unwrap();
        assert_eq!(waits, Progress::Pending { after: None, begun: false });
        assert_eq!(read::files(&done["output"]), [File::Address("https://f.example/a.mp4".into())]);
    }

    #[test]
    fn credits_that_are_not_there_are_no_mistake_of_the_request() {
        let words = json!({"error": "You do not have enough credits to run this task."});
        let reply = Reply { status: 400, headers: HeaderMap::new(), body: words.to_string().into_bytes() };
        let fault = runway().0.refused(&reply, said(&reply));
        assert_eq!((fault.class, fault.acceptance), (Class::Denied, Acceptance::No));
    }

    #[test]
    fn no_answer_makes_it_panic() {
        let runway = runway();
        proptest!(|(answer in rubbish::json(&["status", "cost", "credits", "failure", "failureCode", "error"]), status in 100_u16..600)| {
            let reply = Reply { status, headers: HeaderMap::new(), body: answer.to_string().into_bytes() };
            let _ = (said(&reply), runway.progress(&answer).is_ok());
        });
    }
}
