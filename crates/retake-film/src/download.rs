//! Fetches foreign addresses, and never from where it must not: reference pictures of users, outputs of providers.
//!
//! It owns the guard against being sent into somebody's own network, and the limits of what comes. It must not know
//! plans, steps, providers or where artifacts are kept: it fills a file that the caller names. What it looks at is the
//! first bytes alone; whether a file is any good is seen by `media`. It never tries again.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use reqwest::Response;
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use retake_engine::id::Hash;
use url::Url;

mod address;
mod data;
mod egress;
mod error;
mod guard;
mod hop;
mod resolve;
mod sink;
mod tell;
#[cfg(test)]
mod tests;

pub use crate::container::Kind;
pub use egress::Egress;
pub use error::{Error, Found};
pub use resolve::Lookup;

use crate::wire::redacted;
use guard::Guard;
use hop::{Answer, Clients};
use resolve::Resolver;
use sink::Sink;

/// How often a content may be elsewhere.
const HOPS_MAX: usize = 3;
/// The longest name of a kind of content.
const MIME_MAX: usize = 100;

/// Fetches foreign addresses, and never from where it must not.
#[derive(Debug, Clone)]
pub struct Downloads {
    guard: Guard,
    clients: Clients,
}

/// What is to be fetched, and within which limits.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'w> {
    /// What it must be; nothing takes whatever comes.
    pub kind: Option<Kind>,
    /// How large it may be.
    pub most_bytes: u64,
    /// How long all of it may take.
    pub timeout: Duration,
    /// How long nothing may come.
    pub idle: Duration,
    /// What opens it.
    pub header: Option<Header<'w>>,
    /// The ends of hosts that it may come from, such as `replicate.delivery`; none means any public host.
    pub hosts: &'w [&'w str],
}

/// A header with a secret value, and who may see it.
#[derive(Clone, Copy)]
pub struct Header<'w> {
    /// Its name, such as `authorization`.
    pub name: &'w str,
    /// Its value, which is printed nowhere.
    pub value: &'w str,
    /// The only origin that it is sent to, such as `https://api.example.org`. Once a redirect has left it, never again.
    pub origin: &'w str,
}

impl fmt::Debug for Header<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Header").field("name", &self.name).field("origin", &self.origin).finish_non_exhaustive()
    }
}

/// What was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Got {
    /// How large it is.
    pub bytes: u64,
    /// The hash of its content.
    pub sha256: Hash,
    /// What the sender calls it, such as `video/mp4`: a hint, no proof.
    pub mime: Option<String>,
    /// What its first bytes say; nothing where they are those of no media that is taken.
    pub kind: Option<Kind>,
}

impl Downloads {
    /// Makes ready to fetch. A machine without certificates reaches the exceptions that are not encrypted, and says why
    /// it reaches nothing else.
    ///
    /// # Errors
    ///
    /// When there is nothing to fetch by.
    pub fn new(egress: Egress) -> Result<Self, Error> {
        Self::with_lookup(egress, resolve::system())
    }

    /// The same, with names looked up by somebody else. What they say is judged as ever.
    ///
    /// # Errors
    ///
    /// When there is nothing to fetch by.
    pub fn with_lookup(egress: Egress, lookup: Lookup) -> Result<Self, Error> {
        Self::guarded(Guard { egress, is_public: address::is_public }, lookup)
    }

    fn guarded(guard: Guard, lookup: Lookup) -> Result<Self, Error> {
        let open = Resolver { lookup: lookup.clone(), is_open: guard.is_public };
        let clients = Clients::new(&open, &Resolver { lookup, is_open: |_| true })?;
        Ok(Self { guard, clients })
    }

    /// Streams an address into a file. Until all has come it has `.part` after its name; whatever fails, or whoever
    /// drops this, nothing is left. It needs a runtime with time and network.
    ///
    /// # Errors
    ///
    /// When it may not be fetched, cannot be, is not what it should be, or the file cannot be written.
    pub async fn get(&self, url: &str, wish: &Wish<'_>, into: &Path) -> Result<Got, Error> {
        let fetched = tokio::time::timeout(wish.timeout, self.fetch(url, wish, into)).await;
        fetched.unwrap_or_else(|_| Err(Error::Slow { at: redacted(url), after: wish.timeout }))
    }

    async fn fetch(&self, url: &str, wish: &Wish<'_>, into: &Path) -> Result<Got, Error> {
        let sink = |at| Sink::open(into, wish.kind, wish.most_bytes, at);
        let (sink, mime) = if let Some(data) = data::of(url) {
            let mut sink = sink(redacted(url))?;
            let mime = data::pour(data, &mut sink).await?;
            (sink, mime)
        } else {
            let (response, at) = self.find(url, wish).await?;
            let mut sink = sink(at)?;
            let mime = response.headers().get(CONTENT_TYPE).and_then(|value| mime(value.to_str().ok()?));
            pour(response, wish, &mut sink).await?;
            (sink, mime)
        };
        let filled = sink.finish().await?;
        Ok(Got { bytes: filled.bytes, sha256: filled.sha256, mime, kind: filled.kind })
    }

    /// Goes from hop to hop to where the content is.
    async fn find(&self, text: &str, wish: &Wish<'_>) -> Result<(Response, String), Error> {
        let (mut url, mut way) = self.guard.read(text, wish.hosts)?;
        let mut header = wish.header.as_ref().map(|header| secret(header, &url)).transpose()?.flatten();
        for _ in 0..=HOPS_MAX {
            let response = hop::ask(&self.clients, way, &url, header.as_ref(), wish).await?;
            self.guard.reached(&url, way, hop::peer(&response))?;
            match hop::read(response, &url, wish)? {
                Answer::Content(response) => return Ok((response, crate::wire::told(&url))),
                Answer::Moved(to) => {
                    let (next, by) = self.guard.onward(&url, &to, wish.hosts)?;
                    header = header.filter(|_| next.origin() == url.origin());
                    (url, way) = (next, by);
                }
            }
        }
        Err(Error::Forbidden { at: redacted(text), why: "it leads on and on" })
    }
}

/// The header as it is sent to this address; nothing where it may not see it.
fn secret(header: &Header<'_>, url: &Url) -> Result<Option<(HeaderName, HeaderValue)>, Error> {
    let wrong = || Error::Address { at: crate::wire::told(url), why: "what is to open it cannot be sent" };
    let origin = Url::parse(header.origin).map_err(|_| wrong())?.origin();
    let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(|_| wrong())?;
    let mut value = HeaderValue::from_str(header.value).map_err(|_| wrong())?;
    value.set_sensitive(true);
    Ok((origin == url.origin()).then_some((name, value)))
}

/// Puts what comes into a sink.
async fn pour(mut response: Response, wish: &Wish<'_>, sink: &mut Sink<'_>) -> Result<(), Error> {
    let promised = response.content_length();
    sink.expects(promised.unwrap_or_default())?;
    let short = |sink: &Sink<'_>| Error::Short { at: sink.at.clone(), got: sink.bytes(), promised };
    loop {
        match tokio::time::timeout(wish.idle, response.chunk()).await {
            Err(_) => return Err(Error::Slow { at: sink.at.clone(), after: wish.idle }),
            Ok(Err(_)) => return Err(short(sink)),
            Ok(Ok(Some(piece))) => sink.take(&piece).await?,
            Ok(Ok(None)) if promised.is_some_and(|promised| promised != sink.bytes()) => return Err(short(sink)),
            Ok(Ok(None)) => return Ok(()),
        }
    }
}

/// The name of a kind of content, without what is said beside it.
fn mime(text: &str) -> Option<String> {
    let name = text.split(';').next()?.trim().to_ascii_lowercase();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/.+-_".contains(&byte);
    (name.len() <= MIME_MAX && name.contains('/') && name.bytes().all(is_plain)).then_some(name)
}
