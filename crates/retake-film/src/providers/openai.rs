//! OpenAI, and servers that speak like it: text, pictures and speech.
//!
//! Nearly all of it is answered on the spot; nothing recognises a repetition, and nothing lists what was accepted. Text
//! may be written in the background instead, for a card whose defaults say `api = "responses"`: that has a ticket.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::Method as Verb;
use retake_engine::fault::Fault;
use retake_engine::moment::Moment;
use retake_engine::performer::Candidate;
use serde_json::Value;

use super::http::{Auth, Http, Reply};
use super::{
    Card, Fell, File, Kind, Made, Order, Progress, Provider, Published, Request, Safety, Standard, Submitted, Work,
    read,
};

mod ask;
mod words;

/// What holds of it unless somebody says otherwise. A picture may take minutes.
pub(super) const STANDARD: Standard = Standard {
    name: "openai",
    base_url: "https://api.openai.com",
    keys: &["OPENAI_API_KEY"],
    needs_key: true,
    keyless_elsewhere: true,
    per_minute: 300,
    concurrency: 8,
    request_timeout: Duration::from_secs(600),
    poll_every: Duration::from_secs(5),
    safety: Safety::None,
    grace: Duration::from_secs(60),
    lag: Duration::ZERO,
    keeps: None,
    open: |seller| {
        let mut seller = seller.clone();
        // Servers of one's own are often named together with the version.
        if let Some(base) = seller.base_url.trim_end_matches('/').strip_suffix("/v1") {
            seller.base_url = base.to_owned();
        }
        Ok(Arc::new(OpenAi(Http::new(&seller, Auth::Bearer)?)))
    },
};

#[derive(Debug)]
struct OpenAi(Http);

#[async_trait]
impl Provider for OpenAi {
    fn request(&self, order: &Order<'_>) -> Result<Request, Fault> {
        match order.card.kind {
            Kind::Code if ask::is_background(order.card) => Ok(ask::response(order)),
            Kind::Code => Ok(ask::chat(order)),
            Kind::Image if order.image.is_none() && order.refs.is_empty() => Ok(ask::picture(order)),
            Kind::Image => ask::edit(&self.0, order),
            Kind::Speech => ask::speech(&self.0, order),
            kind @ (Kind::Video | Kind::Music | Kind::Align | Kind::Compile | Kind::Emotion | Kind::Rig) => {
                Err(self.0.unsold(kind))
            }
        }
    }

    async fn submit(&self, card: &Card, request: &Request) -> Result<Submitted, Fell> {
        let background = request.path == ask::RESPONSES;
        let reply = self.0.submit(request).await?;
        if !reply.is_ok() {
            return Err(self.0.refused(&reply, words::said(&reply, !background)).into());
        }
        match request.path.as_str() {
            ask::RESPONSES => {
                let ticket = read::ticket(self.0.read(&reply)?.get("id"));
                let ticket = ticket.ok_or_else(|| self.0.garbled(true, "it accepted without an id"))?;
                Ok(Submitted::Ticket(ticket))
            }
            ask::SPEECH => self.spoken(reply).map(Submitted::Made),
            ask::CHAT => self.written(card, &reply).map(Submitted::Made),
            _ => self.pictured(card, &reply).map(Submitted::Made),
        }
    }

    async fn poll(&self, work: Work<'_>) -> Result<Progress, Fell> {
        let Some(answer) = self.response(work).await? else { return Ok(Progress::Gone) };
        let charge = words::charge(work.card, &answer);
        match read::field(&answer, "status").unwrap_or_default() {
            "completed" | "failed" | "cancelled" | "incomplete" => match words::responded(&answer) {
                Ok(_) => Ok(Progress::Succeeded { charge }),
                Err(bad) => Err(self.0.bad(&bad, charge)),
            },
            "queued" => Ok(Progress::Pending { after: None, begun: false }),
            _ => Ok(Progress::Pending { after: None, begun: true }),
        }
    }

    async fn fetch(&self, work: Work<'_>) -> Result<Made, Fell> {
        let answer = self.response(work).await?;
        let answer = answer.ok_or_else(|| self.0.bad(&answer_gone(), None))?;
        let text = words::responded(&answer).map_err(|bad| self.0.bad(&bad, None))?;
        Ok(Made { text: Some(text), answer: self.0.kept(&answer), ..Made::default() })
    }

    async fn cancel(&self, work: Work<'_>) -> Result<(), Fault> {
        let reply = self.0.tell(Verb::POST, &format!("{}/{}/cancel", ask::RESPONSES, work.ticket), None).await?;
        // One that is over or unknown needs no cancelling.
        if reply.is_ok() || matches!(reply.status, 400 | 404 | 409) {
            Ok(())
        } else {
            Err(self.0.refused(&reply, words::said(&reply, false)))
        }
    }

    async fn find(&self, _: &Card, _: &Request, _: Moment) -> Result<Vec<Candidate>, Fault> {
        Err(self.0.unlisted())
    }

    async fn published(&self, card: &Card) -> Result<Option<Published>, Fault> {
        let reply = self.0.get(&format!("v1/models/{}", card.model)).await?;
        let said = words::said(&reply, false);
        // A server of one's own may not know this question: only a model that is named as missing is.
        let unasked = matches!(reply.status, 404 | 405 | 501) && said.class.is_none();
        if reply.is_ok() || unasked { Ok(None) } else { Err(self.0.refused(&reply, said)) }
    }
}

impl OpenAi {
    /// A response as it stands; nothing where it is not known.
    async fn response(&self, work: Work<'_>) -> Result<Option<Value>, Fault> {
        let reply = self.0.get(&format!("{}/{}", ask::RESPONSES, work.ticket)).await?;
        match reply.status {
            404 | 410 => Ok(None),
            _ if !reply.is_ok() => Err(self.0.refused(&reply, words::said(&reply, false))),
            _ => self.0.told_by(&reply).map(Some),
        }
    }

    fn written(&self, card: &Card, reply: &Reply) -> Result<Made, Fell> {
        let answer = self.answer(reply, "choices")?;
        let charge = words::charge(card, &answer);
        let text = words::chatted(&answer).map_err(|bad| self.0.bad(&bad, charge))?;
        Ok(Made { text: Some(text), charge, answer: self.0.kept(&answer), ..Made::default() })
    }

    fn pictured(&self, card: &Card, reply: &Reply) -> Result<Made, Fell> {
        let answer = self.answer(reply, "data")?;
        let charge = words::charge(card, &answer);
        let files = words::pictured(&answer).map_err(|bad| self.0.bad(&bad, charge))?;
        Ok(Made { files, charge, answer: self.0.kept(&answer), ..Made::default() })
    }

    /// Speech comes as its bytes; what comes as JSON instead is none.
    fn spoken(&self, reply: Reply) -> Result<Made, Fell> {
        if reply.json().is_some_and(|answer| answer.is_object()) {
            let message = words::said(&reply, false).message.unwrap_or_else(|| reply.gist());
            return Err(self.0.fell(retake_engine::fault::Class::Defective, None, &message));
        }
        if reply.body.is_empty() {
            return Err(self.0.bad(&super::answer::Bad::empty(), None));
        }
        Ok(Made { files: vec![File::Bytes(reply.body)], ..Made::default() })
    }

    /// A success, which has this part or says why it has failed.
    fn answer(&self, reply: &Reply, part: &str) -> Result<Value, Fault> {
        let answer = self.0.read(reply)?;
        let makes_sense = answer.get(part).is_some() || answer.get("error").is_some_and(|error| !error.is_null());
        if makes_sense { Ok(answer) } else { Err(self.0.garbled(true, "its answer has nothing that was asked for")) }
    }
}

fn answer_gone() -> super::answer::Bad {
    super::answer::Bad::new(retake_engine::fault::Class::Defective, "what it wrote is gone")
}

#[cfg(test)]
pub(super) mod tests {
    use retake_engine::fault::{Acceptance, Class};
    use serde_json::json;

    use super::super::answer::trial;
    use super::*;

    pub(super) fn http() -> Http {
        Http::new(&STANDARD.seller("openai"), Auth::Bearer).unwrap()
    }

    #[test]
    fn an_address_may_have_the_version() {
        let mut seller = STANDARD.seller("mine");
        "http://127.0.0.1:8080/v1/".clone_into(&mut seller.base_url);
        assert!(seller.is_open());
        let shown = format!("{:?}", (STANDARD.open)(&seller).unwrap());
        assert!(shown.contains("8080") && !shown.contains("/v1"), "{shown}");
    }

    #[test]
    fn an_answer_that_makes_no_sense_may_have_been_paid_for() {
        let openai = OpenAi(http());
        let card = trial::card(json!({"provider": "openai", "kind": "code", "model": "m",
            "price": {"per_1m_input_tokens": "1.00", "per_1m_output_tokens": "10.00"}}));
        let unclear = openai.written(&card, &trial::reply(200, &json!({"ok": true}))).unwrap_err();
        assert_eq!((unclear.fault.class, unclear.fault.acceptance), (Class::Unclear, Acceptance::Unknown));
        let cut =
            json!({"choices": [{"finish_reason": "length"}], "usage": {"prompt_tokens": 10, "completion_tokens": 5}});
        let cut = openai.written(&card, &trial::reply(200, &cut)).unwrap_err();
        assert_eq!((cut.fault.class, cut.fault.acceptance), (Class::Invalid, Acceptance::Yes));
        assert_eq!(cut.charge, Some(retake_engine::money::Money::from_micros(60)));
        assert!(cut.fault.hint.is_some_and(|hint| hint.contains("max_output_tokens")));
    }

    #[test]
    fn speech_is_bytes() {
        let openai = OpenAi(http());
        let mut reply = trial::reply(200, &json!(null));
        reply.body = b"RIFF".to_vec();
        assert_eq!(openai.spoken(reply.clone()).unwrap().files, [File::Bytes(b"RIFF".to_vec())]);
        reply.body.clear();
        assert_eq!(openai.spoken(reply).unwrap_err().fault.class, Class::Defective);
        let failed = openai.spoken(trial::reply(200, &json!({"error": {"message": "no such voice"}}))).unwrap_err();
        assert!(failed.fault.message.contains("no such voice"), "{}", failed.fault.message);
    }
}
