//! A file that is being written: it has its name only once it is whole and on the disk.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use retake_engine::id::Hash;
use sha2::{Digest as _, Sha256};

use super::{CHUNK_BYTES, Error};

/// What an artifact may be used for: to be read.
const MODE: u32 = 0o444;

/// How many drafts and workspaces this process has begun, so that each has a name of its own.
static BEGUN: AtomicU64 = AtomicU64::new(0);

/// A name that nobody else uses: no other process of this machine, and nothing else in this one.
pub(super) fn fresh(name: &str) -> String {
    format!("{name}.{}.{}", std::process::id(), BEGUN.fetch_add(1, Ordering::Relaxed))
}

/// The hash of a content, byte for byte as anybody can compute it.
pub(super) struct Digest(Sha256);

impl Digest {
    pub(super) fn of(bytes: &[u8]) -> Hash {
        Hash::from_bytes(Sha256::digest(bytes).into())
    }

    /// The hash and the size of a file.
    pub(super) fn of_file(path: &Path) -> Result<(Hash, u64), Error> {
        let mut file = File::open(path).map_err(Error::at("read", path))?;
        let mut digest = Self(Sha256::new());
        let mut bytes = 0;
        pour(&mut file, path, |chunk| {
            digest.0.update(chunk);
            bytes += chunk.len() as u64;
            Ok(())
        })?;
        Ok((Hash::from_bytes(digest.0.finalize().into()), bytes))
    }
}

/// Hands over a file piece by piece.
fn pour(file: &mut File, path: &Path, mut each: impl FnMut(&[u8]) -> Result<(), Error>) -> Result<(), Error> {
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match file.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(read) => each(&chunk[..read])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Error::at("read", path)(error)),
        }
    }
}

/// Makes a file's content survive a loss of power.
fn sync(path: &Path) -> Result<(), Error> {
    File::open(path).and_then(|file| file.sync_all()).map_err(Error::at("write", path))
}

/// Makes a file one that is only read, and its content survive a loss of power.
pub(super) fn protect(path: &Path) -> Result<(), Error> {
    fs::set_permissions(path, fs::Permissions::from_mode(MODE)).map_err(Error::at("protect", path))?;
    sync(path)
}

/// A file without its name. It goes when it is dropped.
#[derive(Debug)]
pub(super) struct Draft {
    path: PathBuf,
    named: bool,
}

impl Draft {
    fn begin(folder: &Path) -> Result<(Self, File), Error> {
        let path = folder.join(fresh("part"));
        let file = OpenOptions::new().write(true).create_new(true).mode(MODE).open(&path);
        Ok((Self { path: path.clone(), named: false }, file.map_err(Error::at("write", &path))?))
    }

    /// A file of these bytes.
    pub(super) fn of_bytes(folder: &Path, bytes: &[u8]) -> Result<Self, Error> {
        let (draft, mut file) = Self::begin(folder)?;
        file.write_all(bytes).map_err(Error::at("write", &draft.path))?;
        Ok(draft)
    }

    /// A copy of a file, hashed while it is copied, so that the name fits the copy whatever becomes of the file.
    pub(super) fn of_file(folder: &Path, path: &Path) -> Result<(Self, Hash), Error> {
        let mut source = File::open(path).map_err(Error::at("read", path))?;
        let (draft, mut file) = Self::begin(folder)?;
        let mut digest = Sha256::new();
        pour(&mut source, path, |chunk| {
            digest.update(chunk);
            file.write_all(chunk).map_err(Error::at("write", &draft.path))
        })?;
        Ok((draft, Hash::from_bytes(digest.finalize().into())))
    }

    /// Makes its content survive a loss of power.
    pub(super) fn sync(&self) -> Result<(), Error> {
        sync(&self.path)
    }

    /// Gives it its name, in place of whatever has it. Its content must be on the disk by now.
    pub(super) fn name(mut self, name: &Path) -> Result<(), Error> {
        fs::rename(&self.path, name).map_err(Error::at("name", name))?;
        self.named = true;
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.named {
            let _ = fs::remove_file(&self.path);
        }
    }
}
