//! Folders that survive a loss of power, and the claim on one.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::Error;

/// The file that is locked.
const LOCK: &str = "in-use.lock";

/// A folder in use: shared by all who use it, until their end, however it comes.
#[derive(Debug)]
pub(super) struct Claim {
    _file: File,
}

impl Claim {
    /// Claims a folder. Who is alone with it at this moment sweeps out what is unfinished: it is nobody's.
    pub(super) fn of(folder: &Path, unfinished: &Path) -> Result<Self, Error> {
        let path = folder.join(LOCK);
        let failed = |error| Error::at("claim", &path)(error);
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => sweep(unfinished)?,
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        // From here on it is shared. Where somebody sweeps meanwhile, this waits for them.
        file.lock_shared().map_err(failed)?;
        Ok(Self { _file: file })
    }
}

fn sweep(unfinished: &Path) -> Result<(), Error> {
    for path in entries(unfinished)? {
        let is_folder = fs::symlink_metadata(&path).is_ok_and(|is| is.is_dir());
        let removed = if is_folder { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.map_err(Error::at("sweep out", &path))?;
    }
    Ok(())
}

/// Makes a folder that survives a loss of power.
pub(super) fn make(folder: &Path) -> Result<(), Error> {
    if folder.is_dir() {
        return Ok(());
    }
    let made: Vec<&Path> = folder.ancestors().take_while(|folder| !folder.is_dir()).collect();
    fs::create_dir_all(folder).map_err(Error::at("make the folder", folder))?;
    made.into_iter().filter_map(Path::parent).try_for_each(sync)
}

/// Makes the names in a folder survive a loss of power.
pub(super) fn sync(folder: &Path) -> Result<(), Error> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder).and_then(|file| file.sync_all()).map_err(Error::at("sync", folder))
}

/// Makes all that was written to a folder's file system survive a loss of power; says whether the system knows how.
#[cfg(target_os = "linux")]
pub(super) fn sync_all(folder: &Path) -> Result<bool, Error> {
    let synced = File::open(folder).and_then(|file| rustix::fs::syncfs(&file).map_err(io::Error::from));
    synced.map_err(Error::at("sync", folder))?;
    Ok(true)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn sync_all(_folder: &Path) -> Result<bool, Error> {
    Ok(false)
}

/// Marks a file as wanted again: whoever sweeps out what nobody names goes by how long it has lain there.
pub(super) fn touch(path: &Path) {
    use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT, utimensat};
    let at = |tv_nsec| Timespec { tv_sec: 0, tv_nsec };
    let times = Timestamps { last_access: at(UTIME_OMIT), last_modification: at(UTIME_NOW) };
    // Who cannot mark it has it all the same.
    let _ = utimensat(CWD, path, &times, AtFlags::empty());
}

/// What lies in a folder.
pub(super) fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let read =
        fs::read_dir(folder).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>());
    read.map_err(Error::at("read", folder))
}
