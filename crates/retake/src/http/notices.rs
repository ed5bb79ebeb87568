//! Telling others: notices are sent until they are received, and can be looked at and sent again.
//!
//! Owns when a notice is sent again, and when it is given up.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use futures_util::StreamExt as _;
use futures_util::stream;
use retake_engine::id::RunId;
use retake_engine::moment::Moment;
use retake_film::download::Downloads;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::caller::Caller;
use super::figures::{Figures, one};
use super::problem::Problem;
use super::{Service, wait};
use crate::app::{Due, Registry, Scope, Told, now};

mod news;
mod sign;

use news::News;

/// How often one looks for what is to be told.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// How many are sent at once.
const AT_ONCE: usize = 8;
/// How many are taken up at a time.
const TAKEN: u32 = 64;
/// After how long a notice is sent again; the last one counts for all that follow.
const AGAIN: [Duration; 7] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(120),
    Duration::from_secs(600),
    Duration::from_secs(1800),
    Duration::from_secs(3600),
    Duration::from_secs(7200),
];
/// After how long it is given up.
const GIVEN_UP: Duration = Duration::from_secs(24 * 3600);
/// How many are listed.
const LISTED: u32 = 200;

pub(super) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(again)).routes(routes!(secret))
}

/// Tells others for as long as the service lives.
pub(super) async fn carry(service: Service, downloads: Downloads, mut closing: watch::Receiver<bool>) {
    let (app, registry) = (service.app, service.registry);
    let mut news = None;
    loop {
        let (app, kept, before) = (Arc::clone(&app), Arc::clone(&registry), news.take());
        let looked = wait(move || {
            let mut news = before.map_or_else(|| News::new(app, Arc::clone(&kept)), Ok)?;
            // What cannot be gathered now is gathered later; what was gathered before is sent all the same.
            let _ = news.gather();
            let due = kept.due(now(), TAKEN).unwrap_or_default();
            Ok((news, due))
        });
        let due = match looked.await {
            Ok((looked, due)) => {
                news = Some(looked);
                due
            }
            Err(_) => Vec::new(),
        };
        let is_busy = !due.is_empty();
        let sent =
            stream::iter(due).for_each_concurrent(AT_ONCE, |due| send(&registry, &downloads, &service.counts, due));
        let pause = async {
            sent.await;
            if !is_busy {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        tokio::select! {
            () = pause => {}
            _ = closing.wait_for(|closed| *closed) => return,
        }
    }
}

/// Sends a notice once, and notes how that went.
async fn send(registry: &Arc<Registry>, downloads: &Downloads, counts: &Figures, due: Due) {
    let kept = Arc::clone(registry);
    let account = due.account.clone();
    let Ok(secret) = wait(move || Ok(kept.secret(&account)?)).await else { return };
    let headers = sign::signed(&secret, &due.id, now(), &due.body);
    let answer = downloads.tell(&due.address, &headers, due.body.clone().into_bytes(), PATIENCE).await;
    let (is_received, said) = match answer {
        Ok(status) => ((200..300).contains(&status), format!("it answered {status}")),
        Err(error) => (false, error.to_string()),
    };
    let at = now();
    let next = if is_received { None } else { again_at(&due, at) };
    one(if is_received { &counts.told } else { &counts.untold });
    if !is_received && next.is_none() {
        one(&counts.given_up);
    }
    let kept = Arc::clone(registry);
    // What cannot be noted is sent again: its id is the same.
    let _ = wait(move || Ok(kept.told(&due, is_received.then_some(at), next, &said)?)).await;
}

/// When a notice that was not received is sent again; nothing where it is given up.
fn again_at(due: &Due, now: Moment) -> Option<Moment> {
    let tries = usize::try_from(due.tries).unwrap_or(usize::MAX).min(AGAIN.len() - 1);
    let next = now.after(AGAIN[tries]);
    (next <= due.created.after(GIVEN_UP)).then_some(next)
}

/// Which notices.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Which {
    /// Those about this run.
    #[param(value_type = Option<String>)]
    run: Option<Uuid>,
}

/// Notices, the newest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Notices {
    /// These, 200 at the most.
    notices: Vec<Told>,
}

/// What was told by `notify`, and what became of it.
#[utoipa::path(get, path = "/api/notices", tag = "notices", params(Which),
    responses((status = 200, body = Notices), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn list(caller: Caller, which: Result<Query<Which>, QueryRejection>) -> Result<Json<Notices>, Problem> {
    let counter = caller.may(Scope::Read)?;
    let run = which?.run.map(RunId);
    let notices = wait(move || Ok(counter.notices(run, LISTED)?)).await?;
    Ok(Json(Notices { notices }))
}

/// Send a notice again.
#[utoipa::path(post, path = "/api/notices/{notice}/replay", tag = "notices", params(("notice" = String, Path, description = "Its id")),
    responses((status = 202), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn again(caller: Caller, Path(notice): Path<String>) -> Result<StatusCode, Problem> {
    let counter = caller.may(Scope::Write)?;
    let found = wait(move || Ok(counter.tell_again(&notice, now())?)).await?;
    if found {
        Ok(StatusCode::ACCEPTED)
    } else {
        Err(Problem::missing("such notice").hint("GET /api/notices lists them"))
    }
}

/// What notices are signed with.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Secret {
    /// `whsec_` and the secret itself in Base64.
    secret: String,
}

/// The secret that notices are signed with, by the scheme of Standard Webhooks.
#[utoipa::path(get, path = "/api/notices/secret", tag = "notices",
    responses((status = 200, body = Secret), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn secret(caller: Caller) -> Result<Json<Secret>, Problem> {
    let counter = caller.may(Scope::Write)?;
    let secret = wait(move || Ok(counter.secret()?)).await?;
    Ok(Json(Secret { secret: sign::told(&secret) }))
}
