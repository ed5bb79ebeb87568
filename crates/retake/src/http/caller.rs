//! Who calls: a token's tenant with its scopes, or the only person there is.
//!
//! Owns how a token is shown. A handler gets at runs only by saying for which scope.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::extract::{FromRequestParts, Path};
use axum::http::header;
use axum::http::request::Parts;
use retake_engine::id::{AccountId, RunId};
use retake_engine::money::Money;
use uuid::Uuid;

use super::problem::Problem;
use super::{Service, now, wait};
use crate::app::{App, Counter, Scope};

/// Whoever calls.
#[derive(Clone)]
pub(super) struct Caller {
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
    pub(super) fn may(self, scope: Scope) -> Result<Counter, Problem> {
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
        let kept = std::sync::Arc::clone(&registry);
        if service.is_open && wait(move || Ok(kept.is_open()?)).await? {
            let scopes = Scope::ALL.to_vec();
            return Ok(Self { counter: Counter::new(app, registry, None), scopes });
        }
        let shown = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let none = || {
            Problem::new("unauthorized", "no token, or one that does not hold")
                .hint("send `Authorization: Bearer rtk_…`")
        };
        let token =
            shown.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let token = token.map(|(_, token)| token.trim().to_owned()).ok_or_else(none)?;
        let kept = std::sync::Arc::clone(&registry);
        let grant = wait(move || Ok(kept.grant(&token, now())?)).await?.ok_or_else(none)?;
        service.caps.hold(&app, &grant.account, grant.total)?;
        let account = Some(grant.account);
        Ok(Self { counter: Counter::new(app, registry, account), scopes: grant.scopes })
    }
}

/// The run that an address names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named(pub(super) RunId);

impl FromRequestParts<Service> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, Problem> {
        let Path(text) = Path::<String>::from_request_parts(parts, service).await?;
        let id = Uuid::try_parse(&text).map_err(|_| Problem::missing("such run").hint("GET /api/runs lists them"))?;
        Ok(Self(RunId(id)))
    }
}
