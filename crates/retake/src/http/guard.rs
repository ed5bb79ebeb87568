//! What every call passes: where it comes from, and what a browser is told about the answer.
//!
//! Where nobody needs a token, only this machine is served, under its own names: a page of somewhere else that has its
//! name point here is no page of ours.

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::Service;
use super::hooks::BELOW;
use super::problem::Problem;
use crate::app::now;
use crate::ui::log::{Entry, Weight};

/// What a page may load: only what comes from here, and no script but our file.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self'; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// The largest head of a request, as it is sent.
pub(super) const HEAD_BYTES: usize = 16 << 10;
/// The names of this machine.
const OURS: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// Refuses who comes from elsewhere, and seals the answer.
pub(super) async fn guard(State(service): State<Service>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let is_call = request.uri().path().starts_with(BELOW);
    let foreign = || if is_call { None } else { refuse(&service, request.method(), request.headers()) };
    let mut response = match odd(&request).or_else(foreign) {
        Some(problem) => problem.into_response(),
        None => next.run(request).await,
    };
    let (route, status) = (route.as_ref().map(MatchedPath::as_str), response.status());
    service.counts.call(route, status.as_u16());
    if status == StatusCode::INTERNAL_SERVER_ERROR {
        let says = Some(format!("{} {}", status.as_u16(), route.unwrap_or("?")));
        service.log.say(Entry { says, ..Entry::new(now(), Weight::Error, "request failed") });
    }
    let headers = response.headers_mut();
    let set = |headers: &mut HeaderMap, name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(headers, header::CONTENT_SECURITY_POLICY, POLICY);
    set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(headers, header::X_FRAME_OPTIONS, "DENY");
    set(headers, header::REFERRER_POLICY, "no-referrer");
    set(headers, header::CACHE_CONTROL, "no-store");
    set(headers, HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    response
}

/// What is wrong with a head, whoever sends it.
fn odd(request: &Request) -> Option<Problem> {
    let hosts = request.headers().get_all(header::HOST).iter().count();
    // One that stands twice is read in one way here and in another by whoever stands before us.
    if hosts > 1 || hosts == 0 && request.version() == Version::HTTP_11 {
        let what = format!("a request names its host once, not {hosts} times");
        return Some(Problem::new("invalid-request", what).field("Host"));
    }
    let bytes = head_bytes(request);
    (bytes > HEAD_BYTES).then(|| {
        Problem::new("head-too-large", format!("the head of this request has {bytes} bytes of {HEAD_BYTES}"))
            .hint("send fewer or shorter headers, or a shorter address")
    })
}

/// How long a head is, as it is written plainly.
fn head_bytes(request: &Request) -> usize {
    let (uri, method) = (request.uri(), request.method().as_str());
    let address = uri.path().len() + uri.query().map_or(0, |query| query.len() + 1);
    let line = method.len() + address + " ".len() + " HTTP/1.1\r\n".len();
    let header = |(name, value): (&HeaderName, &HeaderValue)| name.as_str().len() + value.len() + ": \r\n".len();
    line + request.headers().iter().map(header).sum::<usize>() + "\r\n".len()
}

fn refuse(service: &Service, method: &Method, headers: &HeaderMap) -> Option<Problem> {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let host = text(header::HOST).unwrap_or_default();
    if service.is_open && !is_ours(host) {
        let what = format!("`{host}` is no name of this machine");
        return Some(
            Problem::new("forbidden", what).hint("without tokens only this machine is served: call 127.0.0.1"),
        );
    }
    if method.is_safe() {
        return None;
    }
    // A browser says where a page comes from that asks; other programs say nothing.
    let site = text(HeaderName::from_static("sec-fetch-site"));
    let is_foreign = headers.contains_key(header::ORIGIN) && !is_from_here(headers)
        || site.is_some_and(|site| !["same-origin", "none"].contains(&site));
    is_foreign.then(|| Problem::new("forbidden", "a page of another site asks for this"))
}

/// Whether a page of ours asks, by what a browser says of it.
pub(super) fn is_from_here(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let (origin, host) = (text(header::ORIGIN), text(header::HOST).unwrap_or_default());
    let rest = origin.and_then(|origin| origin.split_once("://")).map(|(_, rest)| rest);
    rest.is_some_and(|rest| !rest.is_empty() && rest.eq_ignore_ascii_case(host))
}

/// Whether this names the machine itself, at whatever port.
fn is_ours(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map_or(host, |(inner, _)| &host[..inner.len() + 2]),
        None => host.split(':').next().unwrap_or(host),
    };
    OURS.iter().any(|ours| name.eq_ignore_ascii_case(ours))
}

#[cfg(test)]
mod tests {
    use super::is_ours;

    #[test]
    fn only_names_of_this_machine_are_ours() {
        for host in ["127.0.0.1", "127.0.0.1:80", "localhost:1", "LOCALHOST", "[::1]", "[::1]:80"] {
            assert!(is_ours(host), "{host}");
        }
        let others = [
            "",
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil.example:80",
            "[::2]",
            "[::1",
            "0",
            "10.0.0.1",
            "?",
        ];
        for host in others {
            assert!(!is_ours(host), "{host}");
        }
    }
}
