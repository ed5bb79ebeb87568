//! Films and stored files, in whole or in part.

use std::fs::File as Opened;
use std::io::SeekFrom;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use retake_engine::id::Hash;
use retake_engine::journal::RunState;
use retake_engine::moment::Moment;
use retake_film::media::sniff::announced;
use serde::Serialize;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::caller::{Caller, Named};
use super::problem::Problem;
use super::tags::{FOREVER, is_known};
use super::whole::{damaged, gone, whole};
use super::{Service, wait};
use crate::app::{Scope, now};
use crate::ui::json::Output;

/// How long an address of a store is good.
const SIGNED: Duration = Duration::from_secs(3_600);
/// How much is read at a time.
const PIECE: usize = 64 << 10;

pub(super) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(film))
        .routes(routes!(delivery))
        .routes(routes!(manifest))
        .routes(routes!(artifact))
}

/// The film of a run.
#[utoipa::path(get, path = "/api/runs/{run}/film", tag = "media",
    params(("run" = String, Path, description = "Its id"), ("Range" = Option<String>, Header, description = "A part of it")),
    responses((status = 200, body = String, content_type = "video/mp4"), (status = 206, body = String, content_type = "video/mp4"), (status = 304),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 416, body = Problem),
        (status = 500, body = Problem, description = "It was damaged where it is stored, and is not sent: make it again")))]
async fn film(
    State(service): State<Service>,
    caller: Caller,
    Named(run): Named,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let counter = caller.may(Scope::Read)?;
    let (stored, delivered, hash) = wait(move || {
        let output = service.stories.with(&counter, run, |story, _| Output::of(story.state()))?;
        let none =
            || Problem::missing("film of this run yet").hint(format!("GET /api/runs/{run} says where it stands"));
        let output = output.ok_or_else(none)?;
        let hash: Hash = output.sha256.and_then(|hash| hash.parse().ok()).ok_or_else(none)?;
        let summary = counter.find(run)?.summary.ok_or_else(none)?;
        let delivered = output.path.and_then(|path| counter.beside_plan(&summary, &path));
        Ok((counter.artifact(&hash).ok(), delivered, hash))
    })
    .await?;
    let stored = match stored {
        Some(path) => whole(path, hash, "film").await,
        None => Err(gone()),
    };
    let file = match (stored, delivered) {
        (Ok(file), _) => file,
        (Err(why), None) => return Err(why),
        // It was delivered, and what was kept of it may be gone. Where another film lies there by now, it is gone as well.
        (Err(why), Some(path)) => whole(path, hash, "film").await.map_err(|_| why)?,
    };
    send(file, &hash, "film", &headers).await
}

/// Where a film that was delivered can be fetched.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Delivered {
    /// Of one in a store, an address for anybody who has it, until it expires; else an address of this server.
    #[schema(example = "https://films.s3.amazonaws.com/blink.mp4?X-Amz-Expires=3600&X-Amz-Signature=…")]
    url: String,
    /// When the address is no longer good, in milliseconds since 1970; null where it stays.
    #[schema(value_type = Option<u64>)]
    expires: Option<Moment>,
}

/// Where the film of a run can be fetched: from the store it was delivered to, by whoever has the address, for an hour.
///
/// The address is a secret until it expires. A film in a folder is fetched from this server.
#[utoipa::path(get, path = "/api/runs/{run}/delivery", tag = "media", params(("run" = String, Path, description = "Its id")),
    responses((status = 200, body = Delivered), (status = 401, body = Problem), (status = 402, body = Problem, description = "The store's keys are not here"),
        (status = 403, body = Problem), (status = 404, body = Problem, description = "Nothing was delivered yet")))]
async fn delivery(State(service): State<Service>, caller: Caller, Named(run): Named) -> Result<Response, Problem> {
    let counter = caller.may(Scope::Read)?;
    let told = wait(move || {
        let none =
            || Problem::missing("film of this run yet").hint(format!("GET /api/runs/{run} says where it stands"));
        let output = service.stories.with(&counter, run, |story, _| Output::of(story.state()))?;
        let path = output.and_then(|output| output.path).ok_or_else(none)?;
        // Counted from before it is signed: it is never good for less than it says.
        let until = now().after(SIGNED);
        Ok(match counter.signed(&path, SIGNED)? {
            Some(url) => Delivered { url, expires: Some(until) },
            None => Delivered { url: format!("/api/runs/{run}/film"), expires: None },
        })
    })
    .await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(told)).into_response())
}

/// The manifest that a run has made.
fn manifest_of(state: &RunState) -> Option<Hash> {
    let goal = state.graph().find(&state.spec().goal)?;
    let made = &state.nodes()[goal].outputs()?.artifacts;
    made.iter().find(|artifact| &*artifact.role == "manifest").map(|artifact| artifact.hash)
}

/// What a film was made of: every scene, every take, every hash.
#[utoipa::path(get, path = "/api/runs/{run}/manifest", tag = "media", params(("run" = String, Path, description = "Its id")),
    responses((status = 200, body = Object), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 500, body = Problem, description = "It was damaged where it is stored, and is not sent: make it again")))]
async fn manifest(State(service): State<Service>, caller: Caller, Named(run): Named) -> Result<Response, Problem> {
    let counter = caller.may(Scope::Read)?;
    let (path, hash) = wait(move || {
        let none = || Problem::missing("manifest of this run yet");
        let hash = service.stories.with(&counter, run, |story, _| manifest_of(story.state()))?.ok_or_else(none)?;
        // Beside the film lies that of the run which delivered last.
        Ok((counter.artifact(&hash)?, hash))
    })
    .await?;
    let mut text = Vec::new();
    let failed = |_| damaged("manifest", &hash);
    File::from_std(whole(path, hash, "manifest").await?).read_to_end(&mut text).await.map_err(failed)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], text).into_response())
}

/// A stored file, by the SHA-256 of its content.
#[utoipa::path(get, path = "/api/artifacts/{hash}", tag = "media",
    params(("hash" = String, Path, description = "64 hexadecimal digits"), ("Range" = Option<String>, Header, description = "A part of it")),
    responses((status = 200, body = String, content_type = "application/octet-stream"), (status = 206, body = String, content_type = "application/octet-stream"),
        (status = 304), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 416, body = Problem),
        (status = 500, body = Problem, description = "It was damaged where it is stored, and is not sent: make it again")))]
async fn artifact(caller: Caller, Path(hash): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let counter = caller.may(Scope::Read)?;
    let hash: Hash = hash.parse().map_err(|_| Problem::missing("such artifact"))?;
    let path = wait(move || Ok(counter.artifact(&hash)?)).await?;
    send(whole(path, hash, "artifact").await?, &hash, "artifact", &headers).await
}

/// A part of a file: from where, and how much.
type Part = (u64, u64);

/// Sends a file whose content has this hash.
async fn send(file: Opened, hash: &Hash, name: &'static str, headers: &HeaderMap) -> Result<Response, Problem> {
    // It was read through a moment ago.
    let cut = |_| damaged(name, hash);
    let mut file = File::from_std(file);
    let size = file.metadata().await.map_err(cut)?.len();
    let mut head = vec![0; 512.min(usize::try_from(size).unwrap_or(512))];
    file.read_exact(&mut head).await.map_err(cut)?;
    let kind = announced(&head).map_or("application/octet-stream", |container| container.mime());
    let tag = format!("\"{hash}\"");
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let mut response = Response::builder()
        .header(header::ETAG, &tag)
        .header(header::ACCEPT_RANGES, "bytes")
        .header(header::CACHE_CONTROL, FOREVER);
    if is_known(headers, &tag) {
        return response.status(StatusCode::NOT_MODIFIED).body(Body::empty()).map_err(|_| Problem::internal());
    }
    let wanted = text(header::RANGE).filter(|_| text(header::IF_RANGE).is_none_or(|one| one == tag));
    let (from, length) = match wanted.map_or(Ok(None), |range| part_of(range, size)) {
        Ok(None) => (0, size),
        Ok(Some((from, length))) => {
            let last = from + length - 1;
            response = response
                .status(StatusCode::PARTIAL_CONTENT)
                .header(header::CONTENT_RANGE, format!("bytes {from}-{last}/{size}"));
            (from, length)
        }
        Err(()) => {
            let mut refused = Problem::new("no-such-range", format!("it has {size} bytes")).into_response();
            let range = HeaderValue::from_str(&format!("bytes */{size}")).map_err(|_| Problem::internal())?;
            refused.headers_mut().insert(header::CONTENT_RANGE, range);
            return Ok(refused);
        }
    };
    // Only what browsers show and cannot run is shown in them.
    let shown = ["video/", "audio/", "image/"].iter().any(|family| kind.starts_with(family));
    let disposition = if shown { "inline".to_owned() } else { format!("attachment; filename=\"{name}\"") };
    file.seek(SeekFrom::Start(from)).await.map_err(cut)?;
    let pieces = stream::try_unfold((file, length), |(mut file, left)| async move {
        if left == 0 {
            return Ok::<_, std::io::Error>(None);
        }
        let mut piece = vec![0; PIECE.min(usize::try_from(left).unwrap_or(PIECE))];
        let read = file.read(&mut piece).await?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        piece.truncate(read);
        Ok(Some((piece, (file, left - read as u64))))
    });
    response
        .header(header::CONTENT_TYPE, kind)
        .header(header::CONTENT_LENGTH, length)
        .header(header::CONTENT_DISPOSITION, disposition)
        .body(Body::from_stream(pieces))
        .map_err(|_| Problem::internal())
}

/// The part that a `Range` names; nothing where it is to be ignored.
fn part_of(range: &str, size: u64) -> Result<Option<Part>, ()> {
    let Some(spec) = range.strip_prefix("bytes=").filter(|spec| !spec.contains(',')) else { return Ok(None) };
    let Some((first, last)) = spec.trim().split_once('-') else { return Ok(None) };
    let number = |text: &str| text.parse::<u64>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    match (first, last) {
        ("", last) => match number(last) {
            None => Ok(None),
            Some(0) => Err(()),
            Some(length) if size > 0 => Ok(Some((size - length.min(size), length.min(size)))),
            Some(_) => Err(()),
        },
        (first, last) => {
            let end = if last.is_empty() { Some(u64::MAX) } else { number(last) };
            match (number(first), end) {
                (Some(from), Some(end)) if end < from => Ok(None),
                (Some(from), Some(_)) if from >= size => Err(()),
                (Some(from), Some(end)) => Ok(Some((from, end.min(size - 1) - from + 1))),
                _ => Ok(None),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::part_of;

    #[test]
    fn a_part_is_named_in_the_usual_forms_and_rubbish_is_ignored() {
        for (range, part) in [
            ("bytes=0-", Ok(Some((0, 10)))),
            ("bytes=3-5", Ok(Some((3, 3)))),
            ("bytes=9-99", Ok(Some((9, 1)))),
            ("bytes=-4", Ok(Some((6, 4)))),
            ("bytes=-40", Ok(Some((0, 10)))),
            ("bytes=10-", Err(())),
            ("bytes=-0", Err(())),
            ("bytes=5-3", Ok(None)),
            ("bytes=0-1,3-4", Ok(None)),
            ("bytes=a-b", Ok(None)),
            ("bytes=+1-2", Ok(None)),
            ("lines=1-2", Ok(None)),
            ("bytes=18446744073709551616-", Ok(None)),
        ] {
            assert_eq!(part_of(range, 10), part, "{range}");
        }
        assert_eq!(part_of("bytes=0-", 0), Err(()));
    }
}
