//! Vertex AI: clips as operations, text and pictures on the spot.
//!
//! Nothing recognises a repetition, and nothing lists the operations of its own models. Its key is an access token, which
//! lives for an hour.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::Method as Verb;
use retake_engine::fault::{Class, Fault};
use retake_engine::moment::Moment;
use retake_engine::money::Money;
use retake_engine::performer::Candidate;
use serde_json::{Value, json};

use super::gemini::{self, Door};
use super::http::{Auth, Http, Reply, Said};
use super::{
    Card, Fell, Kind, Made, Order, Progress, Provider, Published, Request, Safety, Secret, Seller, Standard, Submitted,
    Work,
};
use veo::State;

mod veo;

/// What holds of it unless somebody says otherwise. A picture may take minutes.
pub(super) const STANDARD: Standard = Standard {
    name: "vertex",
    base_url: "https://aiplatform.googleapis.com",
    keys: &["GOOGLE_ACCESS_TOKEN", "VERTEX_ACCESS_TOKEN"],
    needs_key: true,
    keyless_elsewhere: false,
    per_minute: 30,
    concurrency: 4,
    request_timeout: Duration::from_secs(600),
    poll_every: Duration::from_secs(10),
    safety: Safety::None,
    grace: Duration::from_secs(60),
    lag: Duration::ZERO,
    keeps: None,
    open: |seller| Ok(Arc::new(Vertex::new(seller)?)),
};

/// Where it works, where nobody says otherwise.
const LOCATION: &str = "us-central1";
const ON_THE_SPOT: Door = Door { on_the_spot: true, used_up: Class::Throttled };
const IN_TIME: Door = Door { on_the_spot: false, used_up: Class::Throttled };

#[derive(Debug)]
struct Vertex {
    http: Http,
    /// What stands before the name of a model; nothing where no project is named.
    models: Option<String>,
}

#[async_trait]
impl Provider for Vertex {
    fn request(&self, order: &Order<'_>) -> Result<Request, Fault> {
        let hint = "set `project` of this provider, such as `project = \"my-project\"`";
        let models = self.models.as_ref().ok_or_else(|| self.http.unfit("it is not said for which project", hint))?;
        let path = |verb: &str| format!("v1/{models}/{}:{verb}", order.card.model);
        match order.card.kind {
            Kind::Code | Kind::Image => {
                Ok(Request::post(path("generateContent"), &gemini::contents(order), order.units()))
            }
            Kind::Video => {
                let body = veo::body(&self.http, order)?;
                Ok(Request::post(path("predictLongRunning"), &body, order.units()))
            }
            kind @ (Kind::Speech | Kind::Music | Kind::Align | Kind::Compile | Kind::Emotion | Kind::Rig) => {
                Err(self.http.unsold(kind))
            }
        }
    }

    async fn submit(&self, card: &Card, request: &Request) -> Result<Submitted, Fell> {
        let on_the_spot = request.path.ends_with(":generateContent");
        let reply = self.http.submit(request).await?;
        if !reply.is_ok() {
            let said = said(&reply, if on_the_spot { ON_THE_SPOT } else { IN_TIME });
            return Err(self.http.refused(&reply, said).into());
        }
        if on_the_spot {
            return self.http.generated(card, &reply).map(Submitted::Made);
        }
        let name = gemini::name(self.http.read(&reply)?.get("name"));
        let name = name.ok_or_else(|| self.http.garbled(true, "it accepted without a name of the operation"))?;
        Ok(Submitted::Ticket(name))
    }

    async fn poll(&self, work: Work<'_>) -> Result<Progress, Fell> {
        let Some(operation) = self.operation(work).await? else { return Ok(Progress::Gone) };
        match veo::state(&operation) {
            State::Going => Ok(Progress::Pending { after: None, begun: true }),
            State::Made(_) => Ok(Progress::Succeeded { charge: None }),
            // What is paid is the second of a clip: without one there is nothing to pay.
            State::Bad(bad) => Err(self.http.bad(&bad, Some(Money::ZERO))),
            State::Elsewhere => Err(self.elsewhere()),
        }
    }

    async fn fetch(&self, work: Work<'_>) -> Result<Made, Fell> {
        let gone = || self.http.fell(Class::Defective, None, "what it made is gone");
        let operation = self.operation(work).await?.ok_or_else(gone)?;
        match veo::state(&operation) {
            State::Made(files) => Ok(Made { files, answer: self.http.kept(&operation), ..Made::default() }),
            State::Going => Err(self.http.garbled(false, "it does not show what it made").into()),
            State::Bad(bad) => Err(self.http.bad(&bad, None)),
            State::Elsewhere => Err(self.elsewhere()),
        }
    }

    async fn cancel(&self, work: Work<'_>) -> Result<(), Fault> {
        let reply = self.http.tell(Verb::POST, &format!("v1/{}:cancel", work.ticket), Some(&json!({}))).await?;
        // One that is over or unknown needs no cancelling, and not every model can be stopped.
        if reply.is_ok() || matches!(reply.status, 400 | 404 | 405 | 409 | 501) {
            Ok(())
        } else {
            Err(self.http.refused(&reply, said(&reply, IN_TIME)))
        }
    }

    async fn find(&self, _: &Card, _: &Request, _: Moment) -> Result<Vec<Candidate>, Fault> {
        Err(self.http.unlisted())
    }

    fn key_for(&self, address: &str) -> Option<(String, Secret)> {
        self.http.key_for(address)
    }

    async fn published(&self, card: &Card) -> Result<Option<Published>, Fault> {
        let reply = self.http.get(&format!("v1/publishers/google/models/{}", card.model)).await?;
        let said = said(&reply, IN_TIME);
        // What it does not know is the model only where it names it.
        let named = said.message.as_ref().is_some_and(|message| message.contains(&card.model));
        let unasked = matches!(reply.status, 404 | 405 | 501) && !named;
        if reply.is_ok() || unasked { Ok(None) } else { Err(self.http.refused(&reply, said)) }
    }
}

impl Vertex {
    fn new(seller: &Seller) -> Result<Self, Fault> {
        let setting = |name: &str| seller.more.get(name).map(|text| text.trim()).filter(|text| is_name(text));
        let location = setting("location").unwrap_or(LOCATION);
        let mut seller = seller.clone();
        // Each place has an address of its own, but for the one that is everywhere.
        if seller.base_url.trim_end_matches('/') == STANDARD.base_url && location != "global" {
            seller.base_url = format!("https://{location}-aiplatform.googleapis.com");
        }
        let models = setting("project")
            .map(|project| format!("projects/{project}/locations/{location}/publishers/google/models"));
        Ok(Self { http: Http::new(&seller, Auth::Bearer)?, models })
    }

    /// An operation as it stands; nothing where it is not known. Its name says which model to ask.
    async fn operation(&self, work: Work<'_>) -> Result<Option<Value>, Fault> {
        let name = work.ticket.as_str();
        let named = name.split_once("/operations/").map(|(model, _)| model.to_owned());
        let model = named.or_else(|| Some(format!("{}/{}", self.models.as_ref()?, work.card.model)));
        let Some(model) = model else { return Ok(None) };
        let asked = json!({ "operationName": name });
        let reply = self.http.tell(Verb::POST, &format!("v1/{model}:fetchPredictOperation"), Some(&asked)).await?;
        match reply.status {
            404 | 410 => Ok(None),
            _ if !reply.is_ok() => Err(self.http.refused(&reply, said(&reply, IN_TIME))),
            _ => self.http.told_by(&reply).map(Some),
        }
    }

    /// A clip was made and paid for, and lies where nobody here can go.
    fn elsewhere(&self) -> Fell {
        let mut fell = self.http.fell(Class::Defective, None, "the clip lies in a bucket of its own");
        fell.fault.hint = Some("take `parameters.storageUri` out of the model's defaults".to_owned());
        fell
    }
}

fn said(reply: &Reply, door: Door) -> Said {
    let mut said = gemini::said(reply, door);
    if reply.status == 401 {
        said.hint = Some("its access token lives for an hour: set a new one, then `retake resume`".to_owned());
    }
    said
}

/// Whether a text can stand in an address as it is.
fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() < 100
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_:.".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::super::answer::trial;
    use super::*;

    fn seller() -> Seller {
        let mut seller = STANDARD.seller("vertex");
        seller.more.insert("project".to_owned(), "lamps".to_owned());
        seller
    }

    #[test]
    fn place_and_project_stand_in_the_address() {
        let card = trial::card(json!({"provider": "vertex", "kind": "video", "model": "veo"}));
        let order = trial::order(&card, "Waves");
        let mut seller = seller();
        let vertex = Vertex::new(&seller).unwrap();
        let path = vertex.request(&order).unwrap().path;
        assert_eq!(path, "v1/projects/lamps/locations/us-central1/publishers/google/models/veo:predictLongRunning");
        assert_eq!(vertex.http.address("v1"), "https://us-central1-aiplatform.googleapis.com/v1");
        seller.more.insert("location".to_owned(), "global".to_owned());
        assert_eq!(Vertex::new(&seller).unwrap().http.address("v1"), "https://aiplatform.googleapis.com/v1");
        "http://127.0.0.1:9/vertex".clone_into(&mut seller.base_url);
        assert_eq!(Vertex::new(&seller).unwrap().http.address("v1"), "http://127.0.0.1:9/vertex/v1");
        seller.more.clear();
        let fault = Vertex::new(&seller).unwrap().request(&order).unwrap_err();
        assert!(fault.hint.is_some_and(|hint| hint.contains("project")));
        let text = trial::card(json!({"provider": "vertex", "kind": "code", "model": "gemini"}));
        let path = vertex.request(&trial::order(&text, "Why?")).unwrap().path;
        assert!(path.ends_with("/gemini:generateContent"), "{path}");
    }

    #[test]
    fn a_token_that_is_over_says_so() {
        let reply = trial::reply(401, &json!({"error": {"status": "UNAUTHENTICATED", "message": "expired"}}));
        let fault = Vertex::new(&seller()).unwrap().http.refused(&reply, said(&reply, IN_TIME));
        assert_eq!(fault.class, Class::Denied);
        assert!(fault.hint.is_some_and(|hint| hint.contains("hour")));
    }
}
