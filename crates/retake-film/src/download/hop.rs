//! One request, and what its answer means.
//!
//! It owns the clients and what they must never do: follow, repeat, unpack, ask a proxy or keep a connection. It must
//! not know files.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION};
use reqwest::{Client, ClientBuilder, RequestBuilder, Response, redirect, retry};
use url::Url;

use super::error::last_words;
use super::guard::Way;
use super::resolve::{Private, Resolver};
use super::{Error, Found, Wish};
use crate::wire::{retry_after, told};

/// How long it may take until somebody is reached.
const CONNECT: Duration = Duration::from_secs(10);

/// The clients, and by which an address is reached.
#[derive(Debug, Clone)]
pub(super) struct Clients {
    open: Client,
    excepted: Client,
    /// Why nothing encrypted can be believed, where that is so. What is not encrypted needs no certificates.
    unbelievable: Option<String>,
}

impl Clients {
    /// One for the open world, one for the exceptions.
    pub(super) fn new(open: &Resolver, excepted: &Resolver) -> Result<Self, Error> {
        let setup = |error: reqwest::Error| Error::Setup(last_words(&error));
        match client(open).build() {
            Ok(open) => Ok(Self { open, excepted: client(excepted).build().map_err(setup)?, unbelievable: None }),
            Err(error) => Ok(Self {
                open: client(open).tls_certs_only([]).build().map_err(setup)?,
                excepted: client(excepted).tls_certs_only([]).build().map_err(setup)?,
                unbelievable: Some(last_words(&error)),
            }),
        }
    }

    fn by(&self, way: Way, url: &Url) -> Result<&Client, Error> {
        match (&self.unbelievable, way) {
            (Some(why), _) if url.scheme() == "https" => Err(Error::Setup(why.clone())),
            (_, Way::Open) => Ok(&self.open),
            (_, Way::Excepted) => Ok(&self.excepted),
        }
    }
}

/// A client that does one thing.
fn client(resolver: &Resolver) -> ClientBuilder {
    Client::builder()
        .user_agent("retake")
        // Each hop is judged before it is made.
        .redirect(redirect::Policy::none())
        .referer(false)
        .retry(retry::never())
        // A proxy would connect for us, to wherever it likes.
        .no_proxy()
        .dns_resolver(resolver.clone())
        // A connection is judged where it is made, and runtimes come and go.
        .pool_max_idle_per_host(0)
        .connect_timeout(CONNECT)
        // What is unpacked may be a thousand times as large.
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
        .http1_only()
}

/// What an answer means.
pub(super) enum Answer {
    /// The content comes.
    Content(Response),
    /// It is elsewhere.
    Moved(String),
}

/// Asks once.
pub(super) async fn ask(
    clients: &Clients,
    way: Way,
    url: &Url,
    header: Option<&(HeaderName, HeaderValue)>,
    wish: &Wish<'_>,
) -> Result<Response, Error> {
    let mut request = clients.by(way, url)?.get(url.clone()).header(ACCEPT_ENCODING, "identity");
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    sent(request, url, wish.idle).await
}

/// Says something, once.
pub(super) async fn post(
    clients: &Clients,
    way: Way,
    url: &Url,
    headers: &[(&str, String)],
    body: Vec<u8>,
    timeout: Duration,
) -> Result<Response, Error> {
    let mut request = clients.by(way, url)?.post(url.clone()).header(CONTENT_TYPE, "application/json").body(body);
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    sent(request, url, timeout).await
}

async fn sent(request: RequestBuilder, url: &Url, timeout: Duration) -> Result<Response, Error> {
    match tokio::time::timeout(timeout, request.send()).await {
        Err(_) => Err(Error::Slow { at: told(url), after: timeout }),
        Ok(Err(error)) if Private::is_behind(&error) => {
            Err(Error::Forbidden { at: told(url), why: super::guard::PRIVATE })
        }
        Ok(Err(error)) if error.is_timeout() => Err(Error::Slow { at: told(url), after: CONNECT }),
        Ok(Err(error)) => Err(Error::network(told(url), &error)),
        Ok(Ok(response)) => Ok(response),
    }
}

/// Reads an answer's head.
pub(super) fn read(response: Response, url: &Url, wish: &Wish<'_>) -> Result<Answer, Error> {
    let at = told(url);
    let status = response.status().as_u16();
    let headers = response.headers();
    match status {
        200 => {}
        301 | 302 | 303 | 307 | 308 => {
            let to = headers.get(LOCATION).and_then(|to| to.to_str().ok());
            return to.map(|to| Answer::Moved(to.to_owned())).ok_or(Error::Refused { at, status });
        }
        403 | 404 | 410 => return Err(Error::Gone { at, status }),
        429 => return Err(Error::Throttled { at, retry_after: retry_after(headers, None) }),
        503 if retry_after(headers, None).is_some() => {
            return Err(Error::Throttled { at, retry_after: retry_after(headers, None) });
        }
        _ => return Err(Error::Refused { at, status }),
    }
    let packed = headers.get_all(CONTENT_ENCODING).iter().any(|packing| packing != "identity");
    if packed {
        return Err(Error::Kind { at, expected: wish.kind, found: Found::Packed });
    }
    Ok(Answer::Content(response))
}

/// Who has answered.
pub(super) fn peer(response: &Response) -> Option<IpAddr> {
    response.remote_addr().map(|address| address.ip())
}
