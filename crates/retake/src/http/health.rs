//! Whether the service is well, and what it can be asked.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::Problem;
use super::{Service, document, wait};

pub(super) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(healthz)).routes(routes!(readyz)).routes(routes!(openapi))
}

/// Whether the process lives.
#[utoipa::path(get, path = "/healthz", tag = "service", responses((status = 200, body = String)))]
async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether it takes new work.
#[utoipa::path(get, path = "/readyz", tag = "service", responses((status = 200, body = String), (status = 503, body = Problem)))]
async fn readyz(State(service): State<Service>) -> Result<&'static str, Problem> {
    if *service.closing.borrow() {
        return Err(Problem::new("leaving", "the service is about to stop"));
    }
    if let Some(trouble) = service.app.failure() {
        return Err(Problem::new("leaving", trouble.what).hint("start it again: work that is open is found again"));
    }
    match wait(move || Ok(service.app.has_room_on_disk())).await? {
        Ok(()) => Ok("ready\n"),
        Err(trouble) => Err(Problem::new("not-ready", trouble.what).hinted(trouble.hint)),
    }
}

/// This description.
#[utoipa::path(get, path = "/api/openapi.json", tag = "service", responses((status = 200, body = Object)))]
async fn openapi() -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "no-cache")], Json(document()))
}
