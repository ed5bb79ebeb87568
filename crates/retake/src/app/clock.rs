//! The time of the world outside. Nothing of a run is decided by it.

use retake_engine::moment::Moment;

/// What time it is: for tokens, which end, and for people, who are told how long ago something was.
#[expect(clippy::disallowed_methods, reason = "this is where faces look at a clock")]
pub(crate) fn now() -> Moment {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Moment::default().after(since)
}
