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

/// The variables by which keys are handed over.
const KEYS: [&str; 15] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT",
    "AWS_ALLOW_HTTP",
    "GOOGLE_SERVICE_ACCOUNT",
    "GOOGLE_SERVICE_ACCOUNT_KEY",
    "AZURE_STORAGE_ACCOUNT_NAME",
    "AZURE_STORAGE_ACCOUNT_KEY",
    "AZURE_STORAGE_SAS_KEY",
    "AZURE_STORAGE_CLIENT_ID",
    "AZURE_STORAGE_CLIENT_SECRET",
    "AZURE_STORAGE_TENANT_ID",
];

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

/// What opens object stores, by the names that they use, such as `aws_access_key_id`. It is printed nowhere.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Keys(BTreeMap<String, String>);

impl Keys {
    /// The variables of an environment that are such keys.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        Self(KEYS.iter().filter_map(|name| Some((name.to_lowercase(), variable(name)?))).collect())
    }

    /// Those that the store of an address knows.
    #[must_use]
    pub fn for_store(&self, url: &str) -> BTreeMap<String, String> {
        let kind = match url.split_once("://").map(|(scheme, _)| scheme) {
            Some("s3") => "aws_",
            Some("gs") => "google_",
            _ => "azure_",
        };
        self.0
            .iter()
            .filter(|(name, _)| name.starts_with(kind))
            .map(|(name, key)| (name.clone(), key.clone()))
            .collect()
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
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

/// An address under which anybody can fetch a file for so long, by where it was brought. It is a secret.
///
/// # Errors
///
/// When the store cannot be opened, or does not sign.
pub fn signed(name: &str, store: &Store, lasts: Duration) -> Result<String, Error> {
    if !is_plain(name) {
        return Err(Error::Refused {
            what: format!("the name `{}`", name.escape_debug()),
            why: "it may lead elsewhere",
        });
    }
    store::signed(name, store, lasts)
}

/// Whether a name is that of a file, everywhere.
fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= NAME_BYTES_MAX
        && !name.starts_with(['.', '-'])
        && !name.contains(|letter: char| letter.is_control() || r#"/\:*?"<>|"#.contains(letter))
}
