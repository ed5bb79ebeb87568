//! Says what a file is by its first bytes, never by its name.
//!
//! It owns the look into a file; the list of what is taken is that of `container`.

use std::io::Read;
use std::path::Path;

use super::Error;
use super::probe::Refusal;
pub use crate::container::{Container, Kind};
use crate::container::{LOOK_BYTES, container, is_text};

/// What these first bytes announce, whatever kind of content is expected.
#[must_use]
pub fn announced(first: &[u8]) -> Option<Container> {
    container(first)
}

/// Looks at a file's first bytes.
///
/// # Errors
///
/// When it cannot be read, is empty, a text, or no container of this kind.
pub fn sniff(path: &Path, kind: Kind) -> Result<Container, Error> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(Error::file("read", path))?;
    file.take(LOOK_BYTES as u64).read_to_end(&mut bytes).map_err(Error::file("read", path))?;
    if bytes.is_empty() {
        return Err(Refusal::Empty.into());
    }
    match container(&bytes) {
        Some(container) if container.kinds.contains(&kind) => Ok(container),
        Some(container) => Err(Refusal::Kind { wanted: kind, found: container.demuxer }.into()),
        None if is_text(&bytes) => Err(Refusal::Text.into()),
        None => Err(Refusal::Unknown.into()),
    }
}
