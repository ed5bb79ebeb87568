//! Who calls: a token's tenant with its scopes, or the only person there is.
//!
//! Owns how a token is shown: in a header by programs, in a cookie by the page's own browser. A handler gets at runs only by saying for which scope.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use retake_engine::id::{AccountId, RunId};
use retake_engine::money::Money;
use uuid::Uuid;

use super::guard::is_from_here;
use super::problem::Problem;
use super::{Address, Service, wait};
use crate::app::{App, Counter, Scope};

/// The cookie in which the page's browser keeps its token.
pub(crate) const COOKIE: &str = "retake";

/// Whoever calls.
#[derive(Clone)]
pub(crate) struct Caller {
    counter: Counter,
    scopes: Vec<Scope>,
}

/// What the engine was told that accounts may spend.
#[derive(Default)]
pub(super) struct Told(Mutex<HashMap<AccountId, Option<Money>>>);

impl Told {
    /// Sees to it that the engine knows what an account may spend.
    fn hold(&self, app: &App, account: &AccountId, total: Option<Money>) -> Result<(), Problem> {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if told.get(account) != Some(&total) {
            app.set_cap(account.clone(), total)?;
            told.insert(account.clone(), total);
        }
        Ok(())
    }
}

impl Caller {
    /// Their runs, for this purpose.
    pub(crate) fn may(self, scope: Scope) -> Result<Counter, Problem> {
        if self.scopes.contains(&scope) {
            return Ok(self.counter);
        }
        let what = format!("this token has not the scope `{scope}`");
        Err(Problem::new("forbidden", what).hint(format!("`retake token new --scopes {scope}` makes one that has")))
    }
}

impl FromRequestParts<Service> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, Problem> {
        let app = std::sync::Arc::clone(&service.app);
        // Once a token was made, nobody is let in without.
        let registry = std::sync::Arc::clone(&service.registry);
        if service.is_open()? {
            let scopes = Scope::ALL.to_vec();
            return Ok(Self { counter: Counter::new(app, registry, None), scopes });
        }
        let none = || {
            Problem::new("unauthorized", "no token, or one that does not hold")
                .hint("send `Authorization: Bearer rtk_…`")
        };
        let token = shown(&parts.method, &parts.headers)?.ok_or_else(none)?.to_owned();
        let from = parts.extensions.get::<Address>().copied().ok_or_else(Problem::internal)?;
        let door = service.clone();
        let grant = wait(move || door.grant(from, &token)).await?.ok_or_else(none)?;
        service.caps.hold(&app, &grant.account, grant.total)?;
        let account = Some(grant.account);
        Ok(Self { counter: Counter::new(app, registry, account), scopes: grant.scopes })
    }
}

/// The token that is shown. A browser sends a cookie along whoever asks, so that one counts for a change only where a
/// page of ours provably asks.
fn shown<'h>(method: &Method, headers: &'h HeaderMap) -> Result<Option<&'h str>, Problem> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let words = value.to_str().ok().and_then(|value| value.split_once(' '));
        return Ok(words.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim()));
    }
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|all| all.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let token = pairs.find(|(name, _)| *name == COOKIE).map(|(_, token)| token);
    if token.is_some() && !method.is_safe() && !is_from_here(headers) {
        return Err(Problem::new("forbidden", "a cookie changes nothing unless a page of this server asks")
            .hint("send `Authorization: Bearer rtk_…`"));
    }
    Ok(token)
}

/// The run that an address names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named(pub(super) RunId);

impl FromRequestParts<Service> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, Problem> {
        let Path(text) = Path::<String>::from_request_parts(parts, service).await?;
        run_of(&text).map(Self)
    }
}

/// The run that is meant by an id.
pub(crate) fn run_of(text: &str) -> Result<RunId, Problem> {
    Uuid::try_parse(text).map(RunId).map_err(|_| Problem::missing("such run").hint("GET /api/runs lists them"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_cookie_counts_for_a_change_only_where_a_page_of_ours_asks() {
        let host = ("host", "films.example:8080");
        let cookie = ("cookie", "other=1; retake=rtk_a");
        let told = |method: &Method, more: &[(&'static str, &'static str)]| {
            let all = headers(&[&[host, cookie], more].concat());
            shown(method, &all).map(|token| token.map(str::to_owned)).map_err(|problem| problem.status().as_u16())
        };
        let token = Ok(Some("rtk_a".to_owned()));
        assert_eq!(told(&Method::GET, &[]), token);
        assert_eq!(told(&Method::POST, &[("origin", "https://films.example:8080")]), token);
        let others = [
            &[][..],
            &[("origin", "null")],
            &[("origin", "https://films.example")],
            &[("origin", "https://evil.example")],
            &[("origin", "https://films.example:8080.evil.example")],
            &[("origin", "films.example:8080")],
            &[("sec-fetch-site", "same-origin")],
        ];
        for more in others {
            assert_eq!(told(&Method::POST, more), Err(403), "{more:?}");
            assert_eq!(told(&Method::DELETE, more), Err(403), "{more:?}");
        }
    }

    #[test]
    fn a_header_is_what_counts_where_there_is_one() {
        let cookie = ("cookie", "retake=rtk_a");
        let of = |value| headers(&[cookie, ("authorization", value)]);
        assert_eq!(shown(&Method::POST, &of("bearer  rtk_b ")).unwrap(), Some("rtk_b"));
        assert_eq!(shown(&Method::GET, &of("Basic rtk_b")).unwrap(), None, "whoever shows another is not this one");
        assert_eq!(shown(&Method::GET, &of("rtk_b")).unwrap(), None);
        assert_eq!(shown(&Method::GET, &headers(&[("cookie", "retake2=rtk_a; xretake=rtk_a")])).unwrap(), None);
    }
}
