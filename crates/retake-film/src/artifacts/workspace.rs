//! A folder to work in.

use std::fs;
use std::path::{Path, PathBuf};

use super::Error;
use super::draft::fresh;

/// How much of a workspace's name is used.
const NAME_MAX: usize = 40;

/// A folder that is nobody else's. It goes when it is dropped, with all that was not kept.
#[derive(Debug)]
pub struct Workspace {
    path: PathBuf,
}

impl Workspace {
    pub(super) fn new(folder: &Path, name: &str) -> Result<Self, Error> {
        // Whatever the name holds, it leads nowhere else.
        let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
        let name: String = name.chars().take(NAME_MAX).map(plain).collect();
        let path = folder.join(fresh(&format!("work-{name}")));
        fs::create_dir(&path).map_err(Error::at("make the folder", &path))?;
        Ok(Self { path })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}
