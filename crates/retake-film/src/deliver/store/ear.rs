//! Listens to what a store answers: the crate that talks to it says it only in words.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use object_store::ClientOptions;
use object_store::client::{HttpClient, HttpConnector, HttpError, HttpRequest, HttpResponse, HttpService};

use super::super::Error;

/// The longest wait that a store may ask for.
const WAIT_MAX: Duration = Duration::from_secs(3600);
/// The longest name of a store's own error.
const CODE_MAX: usize = 60;
/// How long it may take until a store is reached.
const CONNECT: Duration = Duration::from_secs(10);

/// The latest answer.
#[derive(Debug, Clone, Copy, Default)]
struct Heard {
    status: Option<u16>,
    retry_after: Option<Duration>,
    unreached: bool,
}

/// A listener between the store and the network.
#[derive(Debug, Clone, Default)]
pub(super) struct Ear {
    heard: Arc<Mutex<Heard>>,
    patience: Duration,
    is_plain_allowed: bool,
}

impl Ear {
    /// The same, for requests that may take so long, and go without encryption or not.
    pub(super) fn with(&self, patience: Duration, is_plain_allowed: bool) -> Self {
        Self { heard: Arc::clone(&self.heard), patience, is_plain_allowed }
    }

    fn note(&self, heard: Heard) {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = heard;
    }

    /// What went wrong, judged by the latest answer.
    pub(super) fn blame(&self, error: &object_store::Error, at: &str) -> Error {
        let heard = *self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let place = at.to_owned();
        let status = |code: u16| match name(error) {
            Some(name) => format!("it answered {code} {name}"),
            None => format!("it answered {code}"),
        };
        match heard.status {
            Some(code @ (401 | 403)) => Error::Denied { place, why: status(code) },
            Some(404) => Error::Missing { place },
            Some(429 | 503) => Error::Throttled { place, retry_after: heard.retry_after },
            Some(507) => Error::Full { place },
            // Stores may end an upload with a success that holds an error.
            Some(code @ (200..=299 | 408 | 500..)) => Error::Network { place, why: status(code) },
            Some(code) => Error::Failed { place, why: status(code) },
            None if heard.unreached => Error::Network { place, why: "there was no answer".to_owned() },
            None => Error::Failed { place, why: "its options make no sense".to_owned() },
        }
    }
}

/// The store's own name for what went wrong. The rest of what it says may repeat what was sent.
fn name(error: &object_store::Error) -> Option<String> {
    let text = error.to_string();
    let (_, rest) = text.split_once("<Code>")?;
    let (name, _) = rest.split_once("</Code>")?;
    (name.len() <= CODE_MAX && name.bytes().all(|byte| byte.is_ascii_alphanumeric())).then(|| name.to_owned())
}

impl HttpConnector for Ear {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        // No proxy that the environment names, and nowhere else than where the key belongs.
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .https_only(!self.is_plain_allowed)
            .connect_timeout(CONNECT.min(self.patience))
            .timeout(self.patience)
            .build()
            .map_err(|error| object_store::Error::Generic { store: "client", source: Box::new(error) })?;
        Ok(HttpClient::new(Listening { ear: self.clone(), client: HttpClient::new(client) }))
    }
}

/// A client whose answers are heard.
#[derive(Debug)]
struct Listening {
    ear: Ear,
    client: HttpClient,
}

#[async_trait::async_trait]
impl HttpService for Listening {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.ear.note(Heard { unreached: true, ..Heard::default() });
        let answer = self.client.execute(request).await?;
        let retry_after = crate::wire::retry_after(answer.headers(), None).map(|wait| wait.min(WAIT_MAX));
        self.ear.note(Heard { status: Some(answer.status().as_u16()), retry_after, unreached: false });
        Ok(answer)
    }
}
