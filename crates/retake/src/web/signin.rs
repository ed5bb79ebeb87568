//! The door of the page, where tokens are needed: a token becomes a cookie that no script can read.

use askama::Template;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use serde::Deserialize;

use super::{Frame, Refusal, asked, see, shown, with_status};
use crate::http::{Address, COOKIE, Problem, Service, wait};

/// How long a browser keeps a token; it may end before.
const KEPT_SECS: u64 = 30 * 24 * 3_600;

#[derive(Template)]
#[template(path = "signin.html")]
struct Door<'d> {
    frame: Frame,
    next: &'d str,
    wrong: Option<&'d str>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Onward {
    next: String,
}

/// Somebody who shows a token.
#[derive(Deserialize)]
pub(super) struct Shown {
    token: String,
    #[serde(default)]
    next: String,
}

/// Where to go on to: a page of ours.
fn onward(next: &str) -> &str {
    let is_ours = next.starts_with('/') && !next.starts_with("//") && next.bytes().all(|byte| byte.is_ascii_graphic());
    if is_ours && !next.contains('\\') { next } else { "/" }
}

/// The page that asks for a token.
pub(super) async fn page(
    State(service): State<Service>,
    next: Result<Query<Onward>, QueryRejection>,
) -> Result<Response, Refusal> {
    let Onward { next } = asked(next);
    if service.is_open()? {
        return Ok(see("/"));
    }
    Ok(shown(&Door { frame: Frame::default(), next: onward(&next), wrong: None }))
}

/// Lets somebody in whose token holds.
pub(super) async fn enter(
    State(service): State<Service>,
    Extension(from): Extension<Address>,
    headers: HeaderMap,
    form: Result<Form<Shown>, FormRejection>,
) -> Result<Response, Refusal> {
    let Form(Shown { token, next }) = form.map_err(|error| Problem::new("invalid-request", error.body_text()))?;
    let token = token.trim().to_owned();
    let (kept, next) = (token.clone(), onward(&next));
    if wait(move || service.grant(from, &kept)).await?.is_none() {
        let wrong = Some("This token does not hold here. It may have ended, or a part of it is missing.");
        return Ok(with_status(StatusCode::UNAUTHORIZED, &Door { frame: Frame::default(), next, wrong }));
    }
    let is_sealed = headers.get(header::ORIGIN).is_some_and(|origin| origin.as_bytes().starts_with(b"https://"));
    sealed(see(next), &token, KEPT_SECS, is_sealed)
}

/// Forgets the token.
pub(super) async fn leave() -> Result<Response, Refusal> {
    sealed(see("/signin"), "", 0, false)
}

fn sealed(mut response: Response, token: &str, seconds: u64, is_sealed: bool) -> Result<Response, Refusal> {
    let secure = if is_sealed { "; Secure" } else { "" };
    let cookie = format!("{COOKIE}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    let cookie = HeaderValue::from_str(&cookie).map_err(|_| Problem::internal())?;
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response.into_response())
}

#[cfg(test)]
mod tests {
    use super::onward;

    #[test]
    fn nobody_is_sent_on_to_another_site() {
        assert_eq!(onward("/runs/0198c2?x=1"), "/runs/0198c2?x=1");
        for next in ["", "//evil.example", "/\\evil.example", "https://evil.example", "javascript:1", "/a\r\nb", "/ü"]
        {
            assert_eq!(onward(next), "/", "{next}");
        }
    }
}
