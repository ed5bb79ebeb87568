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
use super::{Refusal, see};
use crate::app::{Counter, Scope, Shot, first_sight};
use crate::http::{FOREVER, Problem, Service, is_known, run_of, wait, whole};

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
    let (run, counter) = (run_of(&run)?, visitor.may(Scope::Read)?);
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
    let about = [(header::ETAG, tag.clone()), (header::CACHE_CONTROL, FOREVER.to_owned())];
    // Whoever may not see it is refused, whoever has had it made.
    let clip = wait({
        let counter = counter.clone();
        move || Ok(counter.artifact(&hash)?)
    });
    let clip = clip.await?;
    if is_known(&headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, about).into_response());
    }
    let jpeg = match at_hand(&hash) {
        Some(jpeg) => jpeg,
        None => {
            whole(clip.clone(), hash, "clip").await?;
            let _place = MAKING.acquire().await.map_err(|_| Problem::internal())?;
            wait(move || make(&counter, &hash, &clip)).await?
        }
    };
    Ok((about, [(header::CONTENT_TYPE, "image/jpeg")], jpeg.to_vec()).into_response())
}

fn at_hand(hash: &Hash) -> Option<Arc<[u8]>> {
    let hand = HAND.lock().unwrap_or_else(PoisonError::into_inner);
    hand.iter().find(|(of, _)| of == hash).map(|(_, jpeg)| jpeg.clone())
}

fn make(counter: &Counter, hash: &Hash, clip: &std::path::Path) -> Result<Arc<[u8]>, Problem> {
    // Somebody may have had it made while one waited.
    if let Some(jpeg) = at_hand(hash) {
        return Ok(jpeg);
    }
    let jpeg: Arc<[u8]> = counter.still(clip)?.into();
    let mut hand = HAND.lock().unwrap_or_else(PoisonError::into_inner);
    hand.push_back((*hash, jpeg.clone()));
    let over = hand.len().saturating_sub(KEPT);
    hand.drain(..over);
    Ok(jpeg)
}
