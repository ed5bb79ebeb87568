//! What providers call about: work that has ended.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use retake_film::providers::{Call, Unheard};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::Problem;
use super::{Service, wait};
use crate::app::now;

/// The largest call: pictures may be in it that were sent along.
const CALL_BYTES: usize = 16 << 20;
/// After how many seconds it is worth calling again.
const AGAIN: u64 = 30;

/// Below this, whoever calls shows an address that nobody else knows, and calls by whatever name this server has there.
pub(super) const BELOW: &str = "/api/hooks/";

pub(super) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(hook)).layer(DefaultBodyLimit::max(CALL_BYTES))
}

/// A provider says that something has changed.
///
/// The address was given to the provider with its work. What it signs is held against the body as it came; what became
/// of the work is asked for in any case.
#[utoipa::path(post, path = "/api/hooks/{provider}/{token}", tag = "service", request_body(content = String, content_type = "application/json"),
    params(("provider" = String, Path, description = "Who calls"), ("token" = String, Path, description = "What the work is known by")),
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem), (status = 413, body = Problem),
        (status = 503, body = Problem)))]
async fn hook(
    State(service): State<Service>,
    Path((provider, token)): Path<(String, String)>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, Problem> {
    let body = body?;
    let none = || {
        Problem::missing("work that anybody would call about here")
            .hint("`serve.public_url` says where providers can call")
    };
    let studio = service.app.studio().ok_or_else(none)?;
    let text =
        |(name, value): (&HeaderName, &HeaderValue)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()));
    let headers: Vec<(String, String)> = headers.iter().filter_map(text).collect();
    let now = now();
    let (take, word) = match studio.hear(&provider, &token, Call { headers: &headers, body: &body, now }).await {
        Ok(heard) => heard,
        Err(Unheard::Nobody) => return Err(none()),
        Err(Unheard::Forged(why)) => {
            let hint = "only the provider's own calls count, as it sent them";
            return Err(Problem::new("unauthorized", format!("{provider} did not say this: {why}")).hint(hint));
        }
        Err(Unheard::Unsure(_)) => {
            let what = format!("nobody can say now whether {provider} calls");
            return Err(Problem::new("unsure", what).hint("call again").again_after(AGAIN));
        }
    };
    wait(move || Ok(service.app.called(&service.registry, &provider, &take, &word, now)?)).await?;
    Ok(StatusCode::NO_CONTENT)
}
