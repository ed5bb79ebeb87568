//! The files that every page needs: one style, one script, one sign. Browsers keep them until they change.

use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest as _, Sha256};

use super::Refusal;
use crate::http::{Problem, is_known};

/// Every file: its name, its kind, its content.
const ALL: [(&str, &str, &str); 3] = [
    ("page.css", "text/css; charset=utf-8", include_str!("../../templates/page.css")),
    ("page.js", "text/javascript; charset=utf-8", include_str!("../../templates/page.js")),
    ("mark.svg", "image/svg+xml", include_str!("../../templates/mark.svg")),
];

/// One of them.
pub(super) async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Result<Response, Refusal> {
    let (_, kind, text) = ALL
        .into_iter()
        .find(|(known, ..)| *known == name)
        .ok_or_else(|| Refusal::from(Problem::missing("such address")))?;
    let hash = Sha256::digest(text);
    let tag = format!("\"{}\"", hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>());
    // Looked for each time, and sent only where it has changed: a page never runs with a script of another version.
    let about = [(header::ETAG, tag.clone()), (header::CACHE_CONTROL, "no-cache".to_owned())];
    if is_known(&headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, about).into_response());
    }
    Ok((about, [(header::CONTENT_TYPE, kind)], text).into_response())
}
