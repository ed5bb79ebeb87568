//! Pictures of what a run has made, small enough for a list.
//!
//! Owns how many are kept at hand and how many are made at a time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use retake_engine::id::Hash;
use tokio::sync::Semaphore;

use super::visitor::Visitor;
use super::{Refusal, named, see};
use crate::app::{Scope, Shot, first_sight};
use crate::http::{Problem, Service, wait};

/// How many stills are kept at hand.
const KEPT: usize = 256;
/// How many are made at a time.
const AT_ONCE: usize = 2;

static MAKING: Semaphore = Semaphore::const_new(AT_ONCE);
static HAND: Mutex<VecDeque<(Hash, Arc<[u8]>)>> = Mutex::new(VecDeque::new());

/// The address of a picture of this shot.
pub(super) fn address(shot: &Shot) -> Option<String> {
    match (shot.picture, shot.clip) {
        (Some(picture), _) => Some(format!("/api/artifacts/{picture}")),
        (None, Some(clip)) => Some(format!("/stills/{clip}")),
        (None, None) => None,
    }
}

/// The first picture of a run.
pub(super) async fn poster(
    State(service): State<Service>,
    visitor: Visitor,
    Path(run): Path<String>,
) -> Result<Response, Refusal> {
    let (run, counter) = (named(&run)?, visitor.may(Scope::Read)?);
    let found = wait(move || {
        service.tell(&counter, run, |story, _| {
            let scenes = story.film().scenes().iter().map(|scene| scene.nodes.as_slice());
            first_sight(story.state(), scenes).as_ref().and_then(address)
        })
    });
    Ok(see(&found.await?.ok_or_else(|| Problem::missing("picture of this run yet"))?))
}

/// A still of a stored clip.
pub(super) async fn still(visitor: Visitor, Path(hash): Path<String>, headers: HeaderMap) -> Result<Response, Refusal> {
    let counter = visitor.may(Scope::Read)?;
    let hash: Hash = hash.parse().map_err(|_| Problem::missing("such artifact"))?;
    let tag = format!("\"{hash}-still\"");
    let about =
        [(header::ETAG, tag.clone()), (header::CACHE_CONTROL, "private, max-age=31536000, immutable".to_owned())];
    let _place = MAKING.acquire().await.map_err(|_| Problem::internal())?;
    let jpeg = wait(move || {
        // Whoever may not see it is refused, whoever has had it made.
        counter.artifact(&hash)?;
        let kept =
            |hand: &VecDeque<(Hash, Arc<[u8]>)>| hand.iter().find(|(of, _)| *of == hash).map(|(_, jpeg)| jpeg.clone());
        if let Some(jpeg) = kept(&HAND.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(jpeg);
        }
        let jpeg: Arc<[u8]> = counter.still(&hash)?.into();
        let mut hand = HAND.lock().unwrap_or_else(PoisonError::into_inner);
        hand.push_back((hash, jpeg.clone()));
        let over = hand.len().saturating_sub(KEPT);
        hand.drain(..over);
        Ok(jpeg)
    });
    let jpeg = jpeg.await?;
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, about).into_response());
    }
    Ok((about, [(header::CONTENT_TYPE, "image/jpeg")], jpeg.to_vec()).into_response())
}
