//! Who looks at a page: the same as any caller, only that whoever is not let in is shown the way, not a code.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::{Frame, Refusal};
use crate::app::{Counter, Scope};
use crate::http::{Caller, Service};

/// Whoever looks.
pub(super) struct Visitor {
    caller: Caller,
    /// What stands around their pages.
    pub(super) frame: Frame,
}

impl Visitor {
    /// Their runs, for this purpose.
    pub(super) fn may(self, scope: Scope) -> Result<Counter, Refusal> {
        Ok(self.caller.may(scope)?)
    }
}

impl FromRequestParts<Service> for Visitor {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, Refusal> {
        // Whoever has to sign in first comes back to where they wanted to go.
        let back = if parts.method.is_safe() { parts.uri.path() } else { "/" }.to_owned();
        let caller = Caller::from_request_parts(parts, service).await;
        let caller = caller.map_err(|problem| Refusal { problem, back })?;
        Ok(Self { caller, frame: Frame { signed_in: service.needs_tokens() } })
    }
}
