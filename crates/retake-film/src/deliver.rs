//! Brings a finished film to where it is wanted: a folder, or an object store.
//!
//! It owns what others see on the way: a whole film or none. It must not know plans, steps, or what the files hold; it
//! never tries again, and reads no environment: whoever calls hands over credentials, and decides what a failure leads
//! to.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

mod error;
mod folder;
mod slug;
mod store;

pub use error::Error;
pub use slug::slug;

/// The longest name of a delivered file, in bytes.
const NAME_BYTES_MAX: usize = 120;

/// Where a film goes.
#[derive(Clone, PartialEq, Eq)]
pub enum Goal {
    /// A folder, which is made where there is none.
    Folder(PathBuf),
    /// An object store.
    Store(Store),
}

/// An object store, and what opens it.
#[derive(Clone, PartialEq, Eq)]
pub struct Store {
    /// Its address, such as `s3://bucket/films/`, `gs://…` or `az://…`.
    pub url: String,
    /// Credentials, region, endpoint, by the names that object stores use, such as `aws_access_key_id`.
    pub options: BTreeMap<String, String>,
    /// How long one request may take.
    pub patience: Duration,
}

impl fmt::Debug for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => f.debug_tuple("Folder").field(path).finish(),
            Self::Store(store) => store.fmt(f),
        }
    }
}

/// The values of options are secrets.
impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.options.keys().collect();
        f.debug_struct("Store").field("url", &self.url).field("options", &names).finish_non_exhaustive()
    }
}

/// Where a file was brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its name there.
    pub name: String,
    /// Its path or its address.
    pub at: String,
    /// How large it is.
    pub bytes: u64,
    /// Whether it was written: one that was there with the same content is left alone.
    pub written: bool,
}

/// Brings files, each under a name, to their goal, in this order. What has its name there is whole.
///
/// # Errors
///
/// When one cannot be brought; those before it are there.
pub fn deliver(files: &[(&str, &Path)], goal: &Goal) -> Result<Vec<Place>, Error> {
    if let Some((name, _)) = files.iter().find(|(name, _)| !is_plain(name)) {
        return Err(Error::Refused {
            what: format!("the name `{}`", name.escape_debug()),
            why: "it may lead elsewhere",
        });
    }
    match goal {
        Goal::Folder(path) => files.iter().map(|(name, file)| folder::bring(path, name, file)).collect(),
        Goal::Store(store) => store::bring(files, store),
    }
}

/// Whether a name is that of a file, everywhere.
fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= NAME_BYTES_MAX
        && !name.starts_with(['.', '-'])
        && !name.contains(|letter: char| letter.is_control() || r#"/\:*?"<>|"#.contains(letter))
}
