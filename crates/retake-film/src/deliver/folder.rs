//! A film in a folder: written beside its name, then named.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Error, Place};

/// What ends the names of what is being written.
const PART: &str = ".retake-part";
/// How much is compared at once.
const CHUNK_BYTES: usize = 1 << 16;

/// How many files this process has begun to write, so that each has a name of its own.
static BEGUN: AtomicU64 = AtomicU64::new(0);

/// Brings a file into a folder. Another film of that name is replaced: the folder is the user's, the name the film's.
pub(super) fn bring(folder: &Path, name: &str, file: &Path) -> Result<Place, Error> {
    fs::create_dir_all(folder).map_err(Error::at(folder))?;
    sweep(folder);
    let target = folder.join(name);
    let mut source = File::open(file).map_err(Error::source(file))?;
    let bytes = source.metadata().map_err(Error::source(file))?.len();
    let place = |written| Place { name: name.to_owned(), at: target.display().to_string(), bytes, written };
    if is_same(&target, file).map_err(Error::source(file))? {
        return Ok(place(false));
    }
    let part = Part::begin(folder, name)?;
    io::copy(&mut source, &mut &part.file).map_err(Error::at(&target))?;
    part.keep(&target)?;
    Ok(place(true))
}

/// Whether both hold the same. A target that cannot be read is replaced, whatever it holds.
fn is_same(target: &Path, file: &Path) -> io::Result<bool> {
    let Ok(mut there) = File::open(target) else { return Ok(false) };
    let mut here = File::open(file)?;
    if !there.metadata().is_ok_and(|is| is.is_file()) || there.metadata()?.len() != here.metadata()?.len() {
        return Ok(false);
    }
    let (mut one, mut two) = (vec![0; CHUNK_BYTES], vec![0; CHUNK_BYTES]);
    loop {
        let read = fill(&mut here, &mut one)?;
        match fill(&mut there, &mut two) {
            Ok(other) if other == read && one[..read] == two[..read] => {}
            Ok(_) | Err(_) => return Ok(false),
        }
        if read == 0 {
            return Ok(true);
        }
    }
}

/// Reads until the chunk is full or the file ends.
fn fill(file: &mut File, chunk: &mut [u8]) -> io::Result<usize> {
    let mut read = 0;
    while read < chunk.len() {
        match file.read(&mut chunk[read..]) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}

/// Removes what killed processes left: parts that nobody holds a lock on. Nothing depends on it.
fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let is_part = name.starts_with('.') && name.ends_with(PART);
        let is_left = || File::open(&path).is_ok_and(|file| file.try_lock().is_ok());
        if is_part && is_left() {
            let _ = fs::remove_file(&path);
        }
    }
}

/// A file that is being written, under a lock that says so.
struct Part {
    path: PathBuf,
    file: File,
    kept: bool,
}

impl Part {
    fn begin(folder: &Path, name: &str) -> Result<Self, Error> {
        let number = BEGUN.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!(".{name}.{}.{number}{PART}", std::process::id()));
        let file = OpenOptions::new().write(true).create_new(true).open(&path).map_err(Error::at(folder))?;
        // Without a lock somebody's sweep may take it for a leftover: then naming it fails, and it is tried again.
        let _ = file.try_lock();
        Ok(Self { path, file, kept: false })
    }

    fn keep(mut self, target: &Path) -> Result<(), Error> {
        self.file.sync_all().map_err(Error::at(target))?;
        fs::rename(&self.path, target).map_err(Error::at(target))?;
        self.kept = true;
        let folder = target.parent().unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(Error::at(target))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.kept {
            let _ = fs::remove_file(&self.path);
        }
    }
}
