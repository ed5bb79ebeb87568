//! One process owns a folder, by a lock that names it and that ends with it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use super::Error;

/// The file that is locked.
const LOCK: &str = "owner.lock";
/// The most that is read of what an owner says of itself.
const NAME_MAX: u64 = 200;

/// The lock, while it is held.
#[derive(Debug)]
pub(super) struct Owner {
    _file: File,
}

impl Owner {
    /// Becomes the owner of a folder. The system takes the lock back however the process ends.
    pub(super) fn of(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(LOCK);
        let failed = |error: std::io::Error| Error::failed(format!("locking `{}`", path.display()), error);
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::Owned { folder: folder.display().to_string(), owner: named(&mut file) });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        // The name is for people: the lock holds without it, also where the disk is too full to write it down.
        let name = format!("process {}\n", std::process::id());
        if file.set_len(0).is_ok() {
            let _ = file.rewind().and_then(|()| file.write_all(name.as_bytes()));
        }
        Ok(Self { _file: file })
    }
}

fn named(file: &mut File) -> String {
    let mut name = String::new();
    let read = file.take(NAME_MAX).read_to_string(&mut name);
    if read.is_ok() && !name.trim().is_empty() { name.trim().to_owned() } else { "another process".to_owned() }
}

/// Makes a folder that survives a loss of power.
pub(super) fn make_folder(folder: &Path) -> Result<(), Error> {
    if folder.is_dir() {
        return Ok(());
    }
    let made: Vec<&Path> = folder.ancestors().take_while(|folder| !folder.is_dir()).collect();
    std::fs::create_dir_all(folder)
        .map_err(|error| Error::failed(format!("making the folder `{}`", folder.display()), error))?;
    made.into_iter().filter_map(Path::parent).try_for_each(sync_folder)
}

/// Makes the names in a folder survive a loss of power.
pub(super) fn sync_folder(folder: &Path) -> Result<(), Error> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let failed = |error| Error::failed(format!("syncing the folder `{}`", folder.display()), error);
    File::open(folder).and_then(|file| file.sync_all()).map_err(failed)
}
