//! The Gemini API: text and pictures on the spot, clips as interactions in the background.
//!
//! Nothing recognises a repetition, and nothing lists what was accepted. Finished clips lie at addresses of its own, which
//! want to see the key.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::Method as Verb;
use retake_engine::fault::{Class, Fault};
use retake_engine::moment::Moment;
use retake_engine::performer::Candidate;
use serde_json::Value;
use serde_json::json;

use super::gemini::{self, Door};
use super::http::{Auth, Http};
use super::{
    Call, Card, Fell, Kind, Made, Order, Progress, Provider, Published, Request, Safety, Secret, Standard, Submitted,
    Unheard, Word, Work, read,
};
use interactions::State;

mod interactions;

/// What holds of it unless somebody says otherwise. A picture may take minutes.
pub(super) const STANDARD: Standard = Standard {
    name: "google",
    base_url: "https://generativelanguage.googleapis.com",
    keys: &["GEMINI_API_KEY", "GOOGLE_API_KEY"],
    needs_key: true,
    keyless_elsewhere: false,
    described: false,
    per_minute: 60,
    concurrency: 4,
    request_timeout: Duration::from_secs(600),
    poll_every: Duration::from_secs(5),
    safety: Safety::None,
    grace: Duration::from_secs(60),
    lag: Duration::ZERO,
    keeps: Some(Duration::from_secs(2 * 86_400)),
    open: |seller| {
        let http = Http::new(seller, Auth::Header("x-goog-api-key"))?;
        Ok(Arc::new(Google { http, secret: seller.hook_secret.clone() }))
    },
};

/// Where clips are asked for.
const INTERACTIONS: &str = "v1beta/interactions";
const ON_THE_SPOT: Door = Door { on_the_spot: true, used_up: Class::Denied };
const IN_TIME: Door = Door { on_the_spot: false, used_up: Class::Denied };

#[derive(Debug)]
struct Google {
    http: Http,
    /// What its calls are signed with.
    secret: Option<Secret>,
}

#[async_trait]
impl Provider for Google {
    fn request(&self, order: &Order<'_>) -> Result<Request, Fault> {
        match order.card.kind {
            Kind::Code | Kind::Image => {
                let path = format!("v1beta/models/{}:generateContent", order.card.model);
                Ok(Request::post(path, &gemini::contents(order), order.units()))
            }
            Kind::Video => Ok(Request::post(INTERACTIONS, &interactions::body(order), order.units())),
            kind @ (Kind::Speech | Kind::Music | Kind::Align | Kind::Compile | Kind::Emotion | Kind::Rig) => {
                Err(self.http.unsold(kind))
            }
        }
    }

    async fn submit(&self, card: &Card, request: &Request) -> Result<Submitted, Fell> {
        let in_time = request.path == INTERACTIONS;
        let reply = self.http.submit(request).await?;
        if !reply.is_ok() {
            let door = if in_time { IN_TIME } else { ON_THE_SPOT };
            return Err(self.http.refused(&reply, gemini::said(&reply, door)).into());
        }
        if in_time {
            let id = gemini::name(self.http.read(&reply)?.get("id"));
            let id = id.ok_or_else(|| self.http.garbled(true, "it accepted without an id"))?;
            return Ok(Submitted::Ticket(id));
        }
        self.http.generated(card, &reply).map(Submitted::Made)
    }

    async fn poll(&self, work: Work<'_>) -> Result<Progress, Fell> {
        let Some(interaction) = self.interaction(work).await? else { return Ok(Progress::Gone) };
        let charge = gemini::charge(work.card, &interaction);
        match interactions::state(&interaction, &self.http) {
            State::Going { begun } => Ok(Progress::Pending { after: None, begun }),
            State::Made(_) => Ok(Progress::Succeeded { charge }),
            State::Bad(bad) => Err(self.http.bad(&bad, charge)),
        }
    }

    async fn fetch(&self, work: Work<'_>) -> Result<Made, Fell> {
        let gone = || self.http.fell(Class::Defective, None, "what it made is gone");
        let interaction = self.interaction(work).await?.ok_or_else(gone)?;
        match interactions::state(&interaction, &self.http) {
            State::Made(files) => Ok(Made { files, answer: self.http.kept(&interaction), ..Made::default() }),
            // It shows what it made a little later, or not any more.
            State::Going { .. } => Err(self.http.garbled(false, "it does not show what it made").into()),
            State::Bad(bad) => Err(self.http.bad(&bad, None)),
        }
    }

    async fn cancel(&self, work: Work<'_>) -> Result<(), Fault> {
        let reply = self.http.tell(Verb::POST, &format!("{INTERACTIONS}/{}/cancel", work.ticket), None).await?;
        // One that is over or unknown needs no cancelling.
        if reply.is_ok() || matches!(reply.status, 400 | 404 | 409) {
            Ok(())
        } else {
            Err(self.http.refused(&reply, gemini::said(&reply, IN_TIME)))
        }
    }

    async fn find(&self, _: &Card, _: &Request, _: Moment) -> Result<Vec<Candidate>, Fault> {
        Err(self.http.unlisted())
    }

    /// Its calls count only where it is known what they are signed with.
    fn calling(&self, request: &Request, address: &str) -> Option<Request> {
        let is_known = self.secret.is_some() && request.path == INTERACTIONS;
        let config = json!({ "uris": [address] });
        is_known.then(|| request.with(&[("webhook_config", config)])).flatten()
    }

    async fn hear(&self, call: Call<'_>) -> Result<Word, Unheard> {
        let secret = self.secret.as_ref().ok_or(Unheard::Nobody)?;
        let id = call.standard(secret.reveal())?;
        Ok(Word { id, ticket: read::ticket(call.json().pointer("/data/id")), ends: true })
    }

    fn key_for(&self, address: &str) -> Option<(String, Secret)> {
        self.http.key_for(address)
    }

    /// Some models that are gone are still shown by their name; what is asked of them then says so. Its list is no
    /// better: it leaves out names that work.
    async fn published(&self, card: &Card) -> Result<Option<Published>, Fault> {
        let reply = self.http.get(&format!("v1beta/models/{}", card.model)).await?;
        let said = gemini::said(&reply, IN_TIME);
        let named = said.message.as_ref().is_some_and(|message| message.contains(&card.model));
        let unasked = matches!(reply.status, 404 | 405 | 501) && !named;
        if reply.is_ok() || unasked { Ok(None) } else { Err(self.http.refused(&reply, said)) }
    }
}

impl Google {
    /// An interaction as it stands; nothing where it is not known.
    async fn interaction(&self, work: Work<'_>) -> Result<Option<Value>, Fault> {
        let reply = self.http.get(&format!("{INTERACTIONS}/{}", work.ticket)).await?;
        match reply.status {
            404 | 410 => Ok(None),
            _ if !reply.is_ok() => Err(self.http.refused(&reply, gemini::said(&reply, IN_TIME))),
            _ => self.http.told_by(&reply).map(Some),
        }
    }
}
