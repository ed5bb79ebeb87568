//! Moving pictures and sound: what ffmpeg does for us, and what we do better ourselves.
//!
//! It owns every call of ffmpeg. It must not know steps, providers, plans or where artifacts are kept: it is given
//! files and a folder, and leaves whole files or none.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub mod assemble;
pub mod canvas;
pub mod captions;
mod encode;
pub mod fit;
pub mod frames;
pub mod ingest;
pub mod inspect;
pub mod join;
pub mod language;
pub mod plate;
pub mod probe;
pub mod process;
pub mod raw;
pub mod segment;
pub mod sniff;
pub mod sound;
pub mod timeline;

pub use canvas::Canvas;
pub use encode::Quality;

use process::{Call, Limits, Program, Stop};

/// What one ffmpeg may take of address space.
const MEMORY_BYTES: u64 = 4 << 30;
/// The largest file that one ffmpeg may write.
const FILE_BYTES: u64 = 16 << 30;

/// The programs that are used, how long one may take, and what stops them.
#[derive(Debug, Clone)]
pub struct Tools {
    /// The one that does the work.
    pub ffmpeg: Program,
    /// The one that looks into files.
    pub ffprobe: Program,
    /// How long one call may take.
    pub patience: Duration,
    /// Stops all calls.
    pub stop: Stop,
}

impl Default for Tools {
    fn default() -> Self {
        Self {
            ffmpeg: Program::new("ffmpeg", "ffmpeg"),
            ffprobe: Program::new("ffprobe", "ffmpeg"),
            patience: Duration::from_secs(20 * 60),
            stop: Stop::default(),
        }
    }
}

impl Tools {
    fn limits(&self) -> Limits {
        Limits {
            wall: self.patience,
            cpu: self.patience.saturating_mul(2),
            memory_bytes: MEMORY_BYTES,
            file_bytes: FILE_BYTES,
            output_bytes: u64::MAX,
        }
    }

    /// An ffmpeg that says nothing but errors, reads no terminal, and overwrites what lies there.
    fn ffmpeg(&self) -> Call {
        self.ffmpeg_within(self.limits())
    }

    fn ffmpeg_within(&self, limits: Limits) -> Call {
        Call::new(&self.ffmpeg, limits).args(["-nostdin", "-hide_banner", "-v", "error", "-xerror", "-y"])
    }
}

/// What can go wrong with media.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A program failed.
    #[error(transparent)]
    Process(#[from] process::Error),
    /// A foreign file is not taken.
    #[error("{0}")]
    Refused(#[from] probe::Refusal),
    /// A file of ours could not be read or written.
    #[error("{what} `{}`: {source}", path.display())]
    File {
        /// What was tried.
        what: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// What was made is not what was planned.
    #[error("`{}` has {found} where {expected} was planned", path.display())]
    Mismatch {
        /// What was made.
        path: PathBuf,
        /// What should be there.
        expected: String,
        /// What is there.
        found: String,
    },
    /// What was asked for cannot be made.
    #[error("{0}")]
    Impossible(String),
}

impl Error {
    /// The way out, where there is one.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Process(error) => error.hint(),
            Self::Refused(refusal) => refusal.hint(),
            Self::File { .. } | Self::Mismatch { .. } | Self::Impossible(_) => None,
        }
    }

    fn file(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { what, path, source }
    }
}

/// A path as ffmpeg takes it: as a file whatever its name says, be it `-y`, `http:…` or `a%d`.
fn url(path: &Path) -> OsString {
    let mut url = OsString::from("file:");
    url.push(path);
    url
}

/// A file that is being made: it has its name only once it is whole.
#[derive(Debug)]
struct Part {
    whole: PathBuf,
    part: PathBuf,
    kept: bool,
}

impl Part {
    fn new(whole: PathBuf) -> Self {
        let mut part = whole.clone().into_os_string();
        part.push(".part");
        Self { whole, part: part.into(), kept: false }
    }

    fn path(&self) -> &Path {
        &self.part
    }

    /// Gives it its name.
    fn keep(mut self) -> Result<PathBuf, Error> {
        let synced = std::fs::File::open(&self.part).and_then(|file| file.sync_all());
        synced.map_err(Error::file("write", &self.whole))?;
        std::fs::rename(&self.part, &self.whole).map_err(Error::file("name", &self.whole))?;
        self.kept = true;
        Ok(std::mem::take(&mut self.whole))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.kept {
            let _ = std::fs::remove_file(&self.part);
        }
    }
}
