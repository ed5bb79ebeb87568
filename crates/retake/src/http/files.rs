//! Files that are sent, for plans to name.

use axum::Json;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, StatusCode, header};
use futures_util::{StreamExt as _, TryStreamExt as _};
use serde::Serialize;
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::caller::Caller;
use super::problem::Problem;
use super::{Service, wait};
use crate::app::{Scope, now};

/// The largest file.
const FILE_BYTES: u64 = 512 << 20;

pub(super) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(upload)).layer(DefaultBodyLimit::disable())
}

/// A file that was taken.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Taken {
    /// What a plan calls it: `artifact:HASH`.
    artifact: String,
    /// Where it can be looked at.
    url: String,
    /// How large it is.
    bytes: u64,
    /// What it is.
    media_type: &'static str,
    /// How long it lasts; nothing for a picture.
    seconds: Option<f64>,
    /// How many pixels it is wide.
    width: Option<u32>,
    /// How many it is high.
    height: Option<u32>,
}

/// Send a picture, a clip or a sound.
///
/// The body is the file itself, 512 MiB at the most. What it is, is told by its content.
#[utoipa::path(post, path = "/api/files", tag = "media", request_body(content = String, content_type = "application/octet-stream"),
    responses((status = 201, body = Taken), (status = 401, body = Problem), (status = 403, body = Problem), (status = 413, body = Problem),
        (status = 415, body = Problem)))]
async fn upload(caller: Caller, headers: HeaderMap, body: Body) -> Result<(StatusCode, Json<Taken>), Problem> {
    let counter = caller.may(Scope::Write)?;
    let large = || Problem::new("too-large", format!("a file has at most {} MiB", FILE_BYTES >> 20));
    let said = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if said.is_some_and(|length| length > FILE_BYTES) {
        return Err(large());
    }
    let at = counter.clone();
    let arriving = wait(move || Ok(at.room()?)).await?;
    let unwritten = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::StorageFull => Problem::new("full", "the disk is full"),
        _ => Problem::internal(),
    };
    let mut file = File::create(arriving.file()).await.map_err(unwritten)?;
    let mut pieces = body.into_data_stream().map_err(|_| Problem::new("invalid-request", "the file broke off"));
    let mut length = 0;
    while let Some(piece) = pieces.next().await {
        let piece = piece?;
        length += piece.len() as u64;
        if length > FILE_BYTES {
            return Err(large());
        }
        file.write_all(&piece).await.map_err(unwritten)?;
    }
    file.flush().await.map_err(unwritten)?;
    drop(file);
    let upload = wait(move || {
        counter.take(&arriving, now()).map_err(|trouble| match trouble.kind {
            crate::app::Kind::Usage => Problem::new("wrong-media-type", trouble.what).hinted(trouble.hint),
            _ => trouble.into(),
        })
    })
    .await?;
    let (hash, size) = (upload.hash, upload.size);
    Ok((
        StatusCode::CREATED,
        Json(Taken {
            artifact: format!("artifact:{hash}"),
            url: format!("/api/artifacts/{hash}"),
            bytes: upload.bytes,
            media_type: upload.mime,
            seconds: upload.duration.map(|duration| duration.as_secs_f64()),
            width: size.map(|(width, _)| width),
            height: size.map(|(_, height)| height),
        }),
    ))
}
