//! A provider that is described in the configuration: where to ask, and what stands where in its answers.
//!
//! Its standard is `http`. It offers what its description says: without a list, an answer that was lost stays lost.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use retake_engine::fault::{Class, Fault};
use retake_engine::moment::Moment;
use retake_engine::money::Money;
use retake_engine::performer::Candidate;
use serde_json::Value;

use super::http::{Http, Reply, Said};
use super::request::Body;
use super::{
    Card, Fell, File, Made, Order, Progress, Provider, Request, Safety, Secret, Seller, Standard, Submitted, Work,
    fields, http, read,
};

mod point;
mod shape;

use shape::Shape;

/// What holds of it unless somebody says otherwise. It has no address: that is for the installation to say.
pub(super) const STANDARD: Standard = Standard {
    name: "http",
    base_url: "",
    keys: &["RETAKE_HTTP_KEY"],
    needs_key: false,
    keyless_elsewhere: false,
    per_minute: 60,
    concurrency: 4,
    request_timeout: Duration::from_secs(60),
    poll_every: Duration::from_secs(2),
    safety: Safety::None,
    grace: Duration::from_secs(60),
    lag: Duration::from_secs(5),
    keeps: None,
    open: |seller| Ok(Arc::new(Described::open(seller)?)),
};

#[derive(Debug)]
struct Described {
    http: Http,
    shape: Shape,
}

#[async_trait]
impl Provider for Described {
    fn request(&self, order: &Order<'_>) -> Result<Request, Fault> {
        let mark = order.seed.filter(|_| order.seed_is_mark && order.card.inputs.contains_key("seed"));
        let body = self.shape.body(&Value::Object(fields(order)), &order.card.model, &order.mark);
        Ok(Request {
            method: self.shape.submit_method,
            path: shape::filled(&self.shape.submit_path, &order.card.model, &order.mark),
            headers: BTreeMap::new(),
            body: Body::Json(body.to_string()),
            mark: mark.map(|seed| seed.to_string()),
            units: order.units(),
            facts: BTreeMap::new(),
        })
    }

    async fn submit(&self, _: &Card, request: &Request) -> Result<Submitted, Fell> {
        let reply = self.http.submit(request).await?;
        if !reply.is_ok() {
            return Err(self.http.refused(&reply, self.said(&reply)).into());
        }
        let answer = reply.json().ok_or_else(|| self.http.garbled(true, "its answer is no JSON"))?;
        let Some(poll) = &self.shape.poll else { return self.on_the_spot(&answer).map(Submitted::Made) };
        let ticket = read::ticket(point::first(&answer, &poll.ticket_at));
        let none = || self.http.garbled(true, "it accepted, and there is no id at `ticket_at`");
        Ok(Submitted::Ticket(ticket.ok_or_else(none)?))
    }

    async fn poll(&self, work: Work<'_>) -> Result<Progress, Fell> {
        match self.job(work).await? {
            Some(answer) => self.progress(&answer),
            None => Ok(Progress::Gone),
        }
    }

    async fn fetch(&self, work: Work<'_>) -> Result<Made, Fell> {
        let answer = self.job(work).await?.ok_or_else(|| self.http.ended(Class::Defective, "what it made is gone"))?;
        // What was charged was said when it was done.
        self.made(&answer).map(|made| Made { charge: None, ..made })
    }

    async fn cancel(&self, work: Work<'_>) -> Result<(), Fault> {
        // Where it cannot be told to stop, it will end by itself, and that is learned.
        let Some((verb, path)) = &self.shape.cancel else { return Ok(()) };
        let reply = self.http.tell(verb.clone(), &shape::ticketed(path, work.ticket), None).await?;
        if reply.is_ok() || matches!(reply.status, 404 | 409 | 410) {
            Ok(())
        } else {
            Err(self.http.refused(&reply, self.said(&reply)))
        }
    }

    fn key_for(&self, address: &str) -> Option<(String, Secret)> {
        self.http.key_for(address)
    }

    async fn find(&self, card: &Card, request: &Request, since: Moment) -> Result<Vec<Candidate>, Fault> {
        let Some(list) = &self.shape.list else { return Err(self.http.unlisted()) };
        let start = read::from(since);
        let reply = self.http.get(&list.path.replace("{since}", &http::date(start))).await?;
        if !reply.is_ok() {
            return Err(self.http.refused(&reply, self.said(&reply)));
        }
        let answer = self.http.told_by(&reply)?;
        let Some(shown) = point::first(&answer, &list.at).and_then(Value::as_array) else {
            return Err(self.http.garbled(false, "there is no list at `list_at`"));
        };
        let sent = request.json().map(|body| self.shape.input_of(&body)).unwrap_or_default();
        let candidate = |one: &Value| {
            let ticket = read::ticket(point::first(one, &list.ticket_at))?;
            let created = list.created_at.as_ref().and_then(|at| point::first(one, at)).and_then(Value::as_str);
            let created = created.and_then(http::moment).unwrap_or(start);
            let input = list.input_at.as_ref().and_then(|at| point::first(one, at));
            let likeness = read::likeness(card, request, &sent, input)?;
            (created >= start).then_some(Candidate { ticket, created, likeness })
        };
        Ok(shown.iter().filter_map(candidate).collect())
    }
}

impl Described {
    fn open(seller: &Seller) -> Result<Self, Fault> {
        let shape = Shape::read(&seller.name, &seller.more)?;
        Ok(Self { http: Http::new(seller, shape.auth.clone())?, shape })
    }

    /// What it shows of a job; nothing where it does not know it.
    async fn job(&self, work: Work<'_>) -> Result<Option<Value>, Fault> {
        let Some(poll) = &self.shape.poll else { return Ok(None) };
        let reply = self.http.get(&shape::ticketed(&poll.path, work.ticket)).await?;
        match reply.status {
            404 | 410 => Ok(None),
            _ if !reply.is_ok() => Err(self.http.refused(&reply, self.said(&reply))),
            _ => self.http.told_by(&reply).map(Some),
        }
    }

    fn progress(&self, answer: &Value) -> Result<Progress, Fell> {
        let Some(poll) = &self.shape.poll else { return Ok(Progress::Gone) };
        let Some(state) = point::first(answer, &poll.state_at).filter(|state| !state.is_null()) else {
            return Err(self.http.garbled(false, "there is no state at `state_at`").into());
        };
        let state = read::text(state).trim().to_ascii_lowercase();
        if poll.done.contains(&state) {
            return Ok(Progress::Succeeded { charge: self.cost(answer) });
        }
        if poll.failed.contains(&state) {
            let told = self.shape.error_at.as_ref().and_then(|at| point::first(answer, at)).and_then(read::reason);
            let why = told.unwrap_or_else(|| "it failed without a word".to_owned());
            return Err(self.http.fell(read::class_of(&why), self.cost(answer), &why));
        }
        Ok(Progress::Pending { after: None, begun: !poll.waiting.contains(&state) })
    }

    /// What came with the answer itself, where nothing has to be waited for.
    fn on_the_spot(&self, answer: &Value) -> Result<Made, Fell> {
        let told = self.shape.error_at.as_ref().and_then(|at| point::first(answer, at)).and_then(read::reason);
        match told {
            Some(why) => Err(self.http.fell(read::class_of(&why), self.cost(answer), &why)),
            None => self.made(answer),
        }
    }

    fn made(&self, answer: &Value) -> Result<Made, Fell> {
        let all = |at: &Option<point::Pointer>| at.as_ref().map(|at| point::all(answer, at)).unwrap_or_default();
        let files: Vec<File> = all(&self.shape.files_at).into_iter().flat_map(|value| self.files(value)).collect();
        let text: String = all(&self.shape.text_at).into_iter().filter_map(read::words).collect();
        let text = Some(text).filter(|text| !text.is_empty());
        let charge = self.cost(answer);
        if files.is_empty() && text.is_none() {
            return Err(self.http.fell(Class::Defective, charge, "it succeeded, and there is nothing at `files_at`"));
        }
        Ok(Made { files, text, charge, answer: self.http.kept(answer), ..Made::default() })
    }

    /// The files that a value names; an address may be one below its own.
    fn files(&self, value: &Value) -> Vec<File> {
        match value {
            Value::String(path) if path.starts_with('/') => vec![File::Address(self.http.address(path))],
            _ => read::files(value),
        }
    }

    fn cost(&self, answer: &Value) -> Option<Money> {
        self.shape.cost_at.as_ref().and_then(|at| point::first(answer, at)).and_then(read::dollars)
    }

    /// What it says where it refuses.
    fn said(&self, reply: &Reply) -> Said {
        let answer = reply.json().unwrap_or_default();
        let told = self.shape.error_at.as_ref().and_then(|at| point::first(&answer, at)).and_then(read::reason);
        let message = told.or_else(|| read::reason(&answer));
        let words = message.clone().unwrap_or_default();
        let class = match reply.status {
            400 | 402 | 403 | 429 if read::is_credit(&words) => Some(Class::Denied),
            400 | 403 | 422 if read::is_policy(&words) => Some(Class::Rejected),
            _ => None,
        };
        let retry_after = answer.get("retry_after").and_then(http::seconds).filter(|_| reply.status == 429);
        Said { message, class, retry_after, ..Said::default() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use retake_engine::fault::Acceptance;
    use serde_json::json;

    use super::super::rubbish;
    use super::*;

    fn described(more: &[(&str, &str)]) -> Described {
        let jobs = [
            ("submit_path", "/jobs"),
            ("ticket_at", "/job/id"),
            ("poll_path", "/jobs/{ticket}"),
            ("state_at", "/state"),
            ("done", "done"),
            ("failed", "broken"),
            ("waiting", "queued"),
            ("error_at", "/error"),
            ("files_at", "/result/files/*/url"),
            ("cost_at", "/cost/usd"),
        ];
        let mut seller = Seller { base_url: "http://127.0.0.1:9/http".into(), ..STANDARD.seller("farm") };
        seller.more = jobs.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Described::open(&seller).unwrap()
    }

    #[test]
    fn a_job_is_read_where_its_description_says() {
        let farm = described(&[]);
        let done = json!({"state": "Done", "result": {"files": [{"url": "/files/1"}, {"url": "https://f.example/2"}]}, "cost": {"usd": "0.05"}});
        assert_eq!(farm.progress(&done).unwrap(), Progress::Succeeded { charge: Some(Money::from_cents(5)) });
        let made = farm.made(&done).unwrap();
        let here = File::Address("http://127.0.0.1:9/http/files/1".into());
        assert_eq!(made.files, [here, File::Address("https://f.example/2".into())]);
        let state = |word: &str| farm.progress(&json!({"state": word})).unwrap();
        assert_eq!(state("queued"), Progress::Pending { after: None, begun: false });
        assert_eq!(state("a state of tomorrow"), Progress::Pending { after: None, begun: true });
        let broken =
            farm.progress(&json!({"state": "broken", "error": "NSFW content", "cost": {"usd": 0.01}})).unwrap_err();
        assert_eq!((broken.fault.class, broken.charge), (Class::Rejected, Some(Money::from_cents(1))));
        let mute = farm.progress(&json!({"status": "done"})).unwrap_err();
        assert_eq!(mute.fault.acceptance, Acceptance::Unknown);
        assert_eq!(farm.made(&json!({"result": {"files": []}})).unwrap_err().fault.class, Class::Defective);
    }

    #[test]
    fn no_answer_makes_it_panic() {
        let farm = described(&[]);
        proptest!(|(answer in rubbish::json(&["state", "result", "files", "url", "cost", "usd", "error", "job"]))| {
            let _ = (farm.progress(&answer).is_ok(), farm.made(&answer).is_ok());
        });
    }
}
