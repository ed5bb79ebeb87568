//! Room on the disk that is set aside, so that tickets can still be written down when it is full.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, fallocate};

/// The file that takes the room.
const BALLAST: &str = "ballast";

/// The room that is set aside.
#[derive(Debug)]
pub(super) struct Reserve {
    path: PathBuf,
    size: u64,
    held: bool,
}

impl Reserve {
    /// Sets room aside, as far as there is some.
    pub(super) fn hold(folder: &Path, size: u64) -> Self {
        let path = folder.join(BALLAST);
        let mut reserve = Self { path, size, held: false };
        reserve.held = reserve.take().is_ok();
        reserve
    }

    /// Gives it back to the disk.
    pub(super) fn release(&mut self) {
        self.held = false;
        // If even this fails the disk is as full as it was, and the next commit says so.
        let _ = OpenOptions::new().write(true).open(&self.path).and_then(|file| file.set_len(0));
    }

    /// Takes it again as soon as there is as much room as a start needs; says whether it is held.
    pub(super) fn regain(&mut self) -> bool {
        self.held = self.held || self.take().is_ok();
        self.held
    }

    fn take(&self) -> std::io::Result<()> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&self.path)?;
        if file.metadata()?.len() == self.size {
            return Ok(());
        }
        let taken = set_aside(&file, self.size);
        if taken.is_err() {
            let _ = file.set_len(0);
        }
        taken
    }
}

fn set_aside(file: &File, size: u64) -> std::io::Result<()> {
    file.set_len(0)?;
    match fallocate(file, FallocateFlags::empty(), 0, size) {
        Ok(()) => Ok(()),
        // Not every file system can; zeros take the room as well.
        Err(rustix::io::Errno::OPNOTSUPP) => {
            std::io::copy(&mut std::io::Read::take(std::io::repeat(0), size), &mut &*file).map(drop)
        }
        Err(errno) => Err(errno.into()),
    }
}
