//! Files that somebody sends, to be named in plans as `artifact:HASH`.
//!
//! Owns what is taken: pictures, clips and sound that can be read, within limits.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use retake_engine::id::Hash;
use retake_engine::moment::Moment;
use retake_film::artifacts::{Artifacts, Workspace};
use retake_film::film::ARTIFACTS;
use retake_film::media::probe::probe;
use retake_film::media::sniff::{Kind, announced};

use super::counter::Counter;
use super::trouble::unkept;
use super::{Trouble, tools};

/// How much of a file says what it is.
const HEAD_BYTES: u64 = 64;

/// Room for a file that is on its way.
pub(crate) struct Arriving {
    artifacts: Artifacts,
    room: Workspace,
}

/// A file that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Upload {
    /// The hash of its content.
    pub(crate) hash: Hash,
    /// How large it is.
    pub(crate) bytes: u64,
    /// What it is.
    pub(crate) mime: &'static str,
    /// How long it lasts; nothing for a picture.
    pub(crate) duration: Option<Duration>,
    /// How many pixels it is wide and high.
    pub(crate) size: Option<(u32, u32)>,
}

impl Arriving {
    /// Where it is written.
    pub(crate) fn file(&self) -> PathBuf {
        self.room.path().join("upload")
    }
}

impl Counter {
    /// Makes room for a file.
    pub(crate) fn room(&self) -> Result<Arriving, Trouble> {
        let artifacts = Artifacts::open(&self.data().join(ARTIFACTS)).map_err(unkept)?;
        let room = artifacts.workspace("upload").map_err(unkept)?;
        Ok(Arriving { artifacts, room })
    }

    /// Takes a file that has arrived, if it is one that films are made of.
    pub(crate) fn take(&self, arrived: &Arriving, now: Moment) -> Result<Upload, Trouble> {
        let file = arrived.file();
        let first = first(&file)?;
        let is_nothing = || {
            Trouble::usage("it is no picture, clip or sound that is read here")
                .hint("send PNG, JPEG, WebP, MP4, MOV, Matroska, WAV, MP3, AAC, FLAC or Ogg")
        };
        let container = announced(&first).ok_or_else(is_nothing)?;
        let tools = tools(self.config());
        let look = |kind: &Kind| probe(&tools, &file, *kind);
        let mut looks = container.kinds.iter().map(look);
        let found = looks.find_map(Result::ok);
        let refused = || {
            let why = container.kinds.first().map(|kind| probe(&tools, &file, *kind));
            let why = why.and_then(Result::err).map(|error| error.to_string()).unwrap_or_default();
            Trouble::usage(format!("it cannot be used: {why}")).hint("look at it with a player, and send it again")
        };
        let found = found.ok_or_else(refused)?;
        let bytes = std::fs::metadata(&file).map_err(|error| Trouble::file("read", &file, &error))?.len();
        let hash = arrived.artifacts.move_file(&file).map_err(unkept)?;
        self.registry().uploaded(&self.account(), &hash, bytes, now)?;
        let size = found.picture.as_ref().map(|picture| (picture.shape.width, picture.shape.height));
        Ok(Upload { hash, bytes, mime: container.mime(), duration: found.duration, size })
    }
}

fn first(file: &Path) -> Result<Vec<u8>, Trouble> {
    let failed = |error: std::io::Error| Trouble::file("read", file, &error);
    let mut bytes = Vec::new();
    std::fs::File::open(file).map_err(failed)?.take(HEAD_BYTES).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}
