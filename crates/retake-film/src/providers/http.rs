//! The one client through which providers are spoken to.
//!
//! No proxy, no redirects, no retries of its own, a limit on everything; the key goes to the provider's own address and
//! nowhere else. It owns what a broken connection and a status mean by themselves; what a provider's words mean is for
//! the provider's file to say.

use std::time::Duration;

use ::base64::Engine as _;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, RequestBuilder, Url, redirect, retry};
use retake_engine::fault::{Acceptance, Class, Fault, Origin};
use retake_engine::moment::Moment;
use serde_json::Value;

use super::address::base;
use super::request::{Body, Field, Method, Request};
use super::seller::{Secret, Seller};

mod plain;
mod time;

pub use plain::{keepable, told};
pub use time::{date, moment, seconds, seconds_in};

/// How long it may take until a provider is reached.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a connection for questions is kept.
const IDLE: Duration = Duration::from_secs(30);
/// How much of an answer that is no JSON is looked at for people.
const GIST_MAX: usize = 16 << 10;
/// The largest answer that is read: media may come within it.
const ANSWER_MAX: usize = 384 << 20;
/// The longest explanation of a refusal that is read.
const REFUSAL_MAX: usize = 4 << 20;

/// How a key is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Auth {
    /// Not at all.
    None,
    /// As a bearer's.
    Bearer,
    /// After this word.
    Word(&'static str),
    /// In a header of its own.
    Header(&'static str),
    /// In a header that the installation names.
    Named(HeaderName),
}

/// A client of one provider.
#[derive(Debug, Clone)]
pub struct Http {
    name: String,
    base: Url,
    /// Other addresses of the same provider, to which its key may go.
    siblings: Vec<Url>,
    auth: Auth,
    key: Option<Secret>,
    headers: HeaderMap,
    timeout: Duration,
    /// For what is paid: a connection of its own each time, so that one that went stale is never the question.
    paid: Client,
    /// For questions.
    free: Client,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// What came before it.
    pub headers: HeaderMap,
    /// What it says.
    pub body: Vec<u8>,
}

/// What a provider's words for a failure come to, as far as its file can read them.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// What it says.
    pub message: Option<String>,
    /// What kind of failure it is, where the words say more than the status.
    pub class: Option<Class>,
    /// Whether its contract takes the answer as proof that nothing was accepted.
    pub is_proof: bool,
    /// How long it wants to be left alone.
    pub retry_after: Option<Duration>,
    /// The way out.
    pub hint: Option<String>,
}

impl Http {
    /// A client for a provider that is shown its key like this.
    ///
    /// # Errors
    ///
    /// Where its address is none, or its key cannot be sent.
    pub fn new(seller: &Seller, auth: Auth) -> Result<Self, Fault> {
        let invalid = |what: String, hint: &str| Fault::new(Class::Invalid, Acceptance::No, what).hint(hint);
        let base = base(&seller.base_url).map_err(|_| {
            let what = format!("the address of {} is none", seller.name);
            invalid(what, "correct `base_url`, such as https://api.example.com")
        })?;
        let unbuilt =
            |error: reqwest::Error| invalid(format!("no client for {}: {error}", seller.name), "retake doctor");
        let builder = || {
            Client::builder()
                .no_proxy()
                .redirect(redirect::Policy::none())
                .retry(retry::never())
                .connect_timeout(CONNECT)
                .user_agent(concat!("retake/", env!("CARGO_PKG_VERSION")))
        };
        let http = Self {
            name: seller.name.clone(),
            base,
            siblings: Vec::new(),
            auth,
            key: seller.key.clone(),
            headers: HeaderMap::new(),
            timeout: seller.request_timeout,
            paid: builder().pool_max_idle_per_host(0).build().map_err(unbuilt)?,
            free: builder().pool_idle_timeout(IDLE).build().map_err(unbuilt)?,
        };
        if http.auth != Auth::None && http.key.is_some() && http.shown().is_none() {
            return Err(invalid(
                format!("the key of {} cannot be sent", seller.name),
                "look for spaces and line ends in it",
            ));
        }
        Ok(http)
    }

    /// The same, for a provider that has other addresses too.
    #[must_use]
    pub fn with_sibling(mut self, address: &str) -> Self {
        self.siblings.extend(Url::parse(address));
        self
    }

    /// The same, with a header in every request.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// The name of the provider.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// An address below the provider's; one that is whole stays as it is.
    #[must_use]
    pub fn address(&self, path: &str) -> String {
        if path.starts_with("http://") || path.starts_with("https://") {
            return path.to_owned();
        }
        format!("{}/{}", self.base.as_str().trim_end_matches('/'), path.trim_start_matches('/'))
    }

    /// Sends a stored request, once. Whatever is not a proof that nothing was accepted says so.
    ///
    /// # Errors
    ///
    /// Where no answer came; the fault says whether anything can have been accepted.
    pub async fn submit(&self, request: &Request) -> Result<Reply, Fault> {
        let method = match request.method {
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
        };
        let mut call = self.call(&self.paid, method, &request.path)?;
        for (name, value) in &request.headers {
            call = call.header(name, value);
        }
        let call = match &request.body {
            Body::Json(text) => call.header("content-type", "application/json").body(text.clone()),
            Body::Form(fields) => form(call, fields)?,
        };
        self.answer(call, true).await
    }

    /// Asks for something.
    ///
    /// # Errors
    ///
    /// Where no answer came.
    pub async fn get(&self, path: &str) -> Result<Reply, Fault> {
        self.answer(self.call(&self.free, reqwest::Method::GET, path)?, false).await
    }

    /// Tells something that costs nothing and may be told twice.
    ///
    /// # Errors
    ///
    /// Where no answer came.
    pub async fn tell(&self, method: reqwest::Method, path: &str, body: Option<&Value>) -> Result<Reply, Fault> {
        let call = self.call(&self.free, method, path)?;
        let call = match body {
            Some(body) => call.header("content-type", "application/json").body(body.to_string()),
            None => call.header("content-length", "0"),
        };
        self.answer(call, false).await
    }

    /// Hands over the parts of a form, for nothing.
    ///
    /// # Errors
    ///
    /// Where no answer came.
    pub async fn hand_over(&self, path: &str, fields: &[Field]) -> Result<Reply, Fault> {
        self.answer(form(self.call(&self.free, reqwest::Method::POST, path)?, fields)?, false).await
    }

    /// Hands over bytes, for nothing.
    ///
    /// # Errors
    ///
    /// Where no answer came.
    pub async fn put(
        &self,
        method: reqwest::Method,
        path: &str,
        headers: &[(&str, String)],
        bytes: &[u8],
    ) -> Result<Reply, Fault> {
        let mut call = self.call(&self.free, method, path)?;
        for (name, value) in headers {
            call = call.header(*name, value);
        }
        self.answer(call.body(bytes.to_vec()), false).await
    }

    fn call(&self, client: &Client, method: reqwest::Method, path: &str) -> Result<RequestBuilder, Fault> {
        let url = Url::parse(&self.address(path)).map_err(|_| {
            Fault::new(Class::Invalid, Acceptance::No, format!("{} names an address that is none", self.name))
        })?;
        let ours = std::iter::once(&self.base).chain(&self.siblings).any(|own| own.origin() == url.origin());
        let mut call = client.request(method, url).timeout(self.timeout);
        if ours {
            call = call.headers(self.headers.clone());
            if let Some((name, value)) = self.shown() {
                call = call.header(name, value);
            }
        }
        Ok(call)
    }

    /// The key as it is shown; nothing where there is none, or it cannot be sent.
    fn shown(&self) -> Option<(HeaderName, HeaderValue)> {
        let key = self.key.as_ref()?.reveal();
        let (name, value) = match &self.auth {
            Auth::None => return None,
            Auth::Bearer => (AUTHORIZATION, format!("Bearer {key}")),
            Auth::Word(word) => (AUTHORIZATION, format!("{word} {key}")),
            Auth::Header(name) => (HeaderName::from_static(name), key.to_owned()),
            Auth::Named(name) => (name.clone(), key.to_owned()),
        };
        let mut value = HeaderValue::from_str(&value).ok()?;
        value.set_sensitive(true);
        Some((name, value))
    }

    /// The key for a download from the provider's own address.
    #[must_use]
    pub fn key_for(&self, address: &str) -> Option<(String, Secret)> {
        let url = Url::parse(address).ok()?;
        let ours = std::iter::once(&self.base).chain(&self.siblings).any(|own| own.origin() == url.origin());
        let (name, value) = self.shown().filter(|_| ours)?;
        Some((name.to_string(), Secret::new(value.to_str().ok()?)))
    }

    async fn answer(&self, call: RequestBuilder, paid: bool) -> Result<Reply, Fault> {
        let mut response = call.send().await.map_err(|error| self.broken(&error, paid))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let is_refusal = (400..500).contains(&status);
        let most = if is_refusal { REFUSAL_MAX } else { ANSWER_MAX };
        let mut body = Vec::new();
        // What announces itself as too large is not waited for.
        if response.content_length().is_some_and(|length| length > ANSWER_MAX as u64) && !is_refusal {
            return Err(self.garbled(paid, "its answer is too large"));
        }
        loop {
            match response.chunk().await {
                Ok(None) => return Ok(Reply { status, headers, body }),
                Ok(Some(chunk)) if body.len() + chunk.len() <= most => body.extend_from_slice(&chunk),
                // A refusal is one, however much of its reasons arrived.
                Ok(Some(_)) | Err(_) if is_refusal => return Ok(Reply { status, headers, body }),
                Ok(Some(_)) => return Err(self.garbled(paid, "its answer is too large")),
                Err(error) => return Err(self.broken(&error, paid)),
            }
        }
    }

    /// What a connection that broke means: what was never sent was never accepted.
    fn broken(&self, error: &reqwest::Error, paid: bool) -> Fault {
        let mut cause: &dyn std::error::Error = error;
        while let Some(source) = cause.source() {
            cause = source;
        }
        let why = self.scrubbed(&cause.to_string());
        let unsent = error.is_connect() || error.is_builder();
        let (acceptance, class) = match (unsent, paid) {
            (true, _) => (Acceptance::No, Class::Transient),
            (false, true) => (Acceptance::Unknown, Class::Unclear),
            (false, false) => (Acceptance::Unknown, Class::Transient),
        };
        let (what, origin) = match (unsent, error.is_timeout()) {
            (true, _) => (format!("{} cannot be reached: {why}", self.name), Origin::Network),
            (false, true) => (format!("{} did not answer in time", self.name), Origin::Timeout),
            (false, false) => (format!("the connection to {} broke: {why}", self.name), Origin::Network),
        };
        Fault::new(class, acceptance, what).from(origin)
    }

    /// An answer that makes no sense: whatever it answers may have been accepted.
    #[must_use]
    pub fn garbled(&self, paid: bool, why: &str) -> Fault {
        let class = if paid { Class::Unclear } else { Class::Transient };
        Fault::new(class, Acceptance::Unknown, format!("{}: {why}", self.name)).from(Origin::Provider)
    }

    /// What an answer that is no success means: by what was said, else by its status.
    #[must_use]
    pub fn refused(&self, reply: &Reply, said: Said) -> Fault {
        let (usual, proven) = by_status(reply.status);
        let proven = proven || said.is_proof;
        let class = match said.class {
            Some(class) if proven => class,
            None if proven && usual == Class::Unclear => Class::Transient,
            None if proven => usual,
            Some(_) | None => Class::Unclear,
        };
        let acceptance = if proven { Acceptance::No } else { Acceptance::Unknown };
        let message = said.message.unwrap_or_else(|| reply.gist());
        let message = format!("{} answered {}: {}", self.name, reply.status, self.scrubbed(&message));
        let fault = Fault::new(class, acceptance, message);
        let fault =
            if class == Class::Throttled { fault.from(Origin::RateLimit) } else { fault.from(Origin::Provider) };
        let fault = match said.retry_after.or_else(|| reply.retry_after()) {
            Some(wait) if matches!(class, Class::Throttled | Class::Transient) => fault.retry_after(wait),
            Some(_) | None => fault,
        };
        match said.hint.or_else(|| hint_of(class, &self.name)) {
            Some(hint) => fault.hint(hint),
            None => fault,
        }
    }

    /// The end of accepted work that failed: acceptance is beyond doubt.
    #[must_use]
    pub fn ended(&self, class: Class, message: &str) -> Fault {
        let message = format!("{}: {}", self.name, self.scrubbed(message));
        let fault = Fault::new(class, Acceptance::Yes, message).from(Origin::Provider);
        match hint_of(class, &self.name) {
            Some(hint) => fault.hint(hint),
            None => fault,
        }
    }

    /// A text in which the key does not stand, of bounded length.
    #[must_use]
    pub fn scrubbed(&self, text: &str) -> String {
        told(text, self.key.as_ref())
    }

    /// An answer as it may be kept: without keys, signed addresses and media.
    #[must_use]
    pub fn kept(&self, answer: &Value) -> String {
        keepable(answer, self.key.as_ref())
    }
}

/// What a status means by itself, and whether it proves that nothing was accepted.
const fn by_status(status: u16) -> (Class, bool) {
    match status {
        401..=403 => (Class::Denied, true),
        404 | 410 => (Class::Retired, true),
        429 => (Class::Throttled, true),
        400 | 405 | 406 | 411 | 413..=415 | 422 | 431 => (Class::Invalid, true),
        _ => (Class::Unclear, false),
    }
}

fn hint_of(class: Class, name: &str) -> Option<String> {
    match class {
        Class::Denied => Some(format!("look after the key and the credit of {name}, then `retake resume`")),
        Class::Rejected => Some("change the words or the picture, or add another model to the route".to_owned()),
        Class::Retired => Some("name another model: `retake models`".to_owned()),
        _ => None,
    }
}

fn form(call: RequestBuilder, fields: &[Field]) -> Result<RequestBuilder, Fault> {
    let invalid = || Fault::new(Class::Invalid, Acceptance::No, "a part of the form cannot be sent");
    let mut form = reqwest::multipart::Form::new();
    for field in fields {
        let part = match &field.file {
            None => reqwest::multipart::Part::text(field.value.clone()),
            Some(mime) => {
                let bytes = ::base64::prelude::BASE64_STANDARD.decode(&field.value).map_err(|_| invalid())?;
                let ending = mime.rsplit('/').next().unwrap_or("bin");
                let part = reqwest::multipart::Part::bytes(bytes).file_name(format!("file.{ending}"));
                part.mime_str(mime).map_err(|_| invalid())?
            }
        };
        form = form.part(field.name.clone(), part);
    }
    Ok(call.multipart(form))
}

/// Bytes as text.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    ::base64::prelude::BASE64_STANDARD.encode(bytes)
}

/// Text as bytes, where it is base64.
#[must_use]
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    ::base64::prelude::BASE64_STANDARD.decode(text.trim()).ok()
}

impl Reply {
    /// Whether it is a success.
    #[must_use]
    pub const fn is_ok(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// What it says, as JSON.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// A header as text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// How long it asks to be left alone, by its headers.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        crate::wire::retry_after(&self.headers, time::now())
    }

    /// How long it is until then by the clock of whoever answered; ours may differ.
    #[must_use]
    pub fn until(&self, moment: Moment) -> Option<Duration> {
        Some(moment.since(crate::wire::date(self.header("date")?)?).min(crate::wire::WAIT_MAX))
    }

    /// The beginning of what it says, for people; pages for browsers are only said to be such.
    #[must_use]
    pub fn gist(&self) -> String {
        let text = String::from_utf8_lossy(&self.body[..self.body.len().min(GIST_MAX)]);
        // A word that is cut off may be half a key, which nobody would recognise any more.
        let whole = if self.body.len() > GIST_MAX { text.rfind(char::is_whitespace) } else { Some(text.len()) };
        let text = text[..whole.unwrap_or(0)].trim();
        if text.is_empty() {
            "without a word".to_owned()
        } else if text.starts_with('<') {
            "with a page for browsers".to_owned()
        } else {
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        }
    }
}
