//! Where outputs are kept: files that are named by the SHA-256 of their content.
//!
//! It owns the promise that what has its name is whole. It must not know what the files hold, who made them or who still
//! needs them. Several processes may keep files in one folder; two that keep the same content do no harm.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use retake_engine::id::Hash;

mod draft;
mod error;
mod folder;
mod workspace;

pub use error::Error;
pub use workspace::Workspace;

use draft::{Digest, Draft};
use folder::{Claim, sync};

/// The folder of what is unfinished. It lies beside the artifacts, so that a rename is all it takes to finish.
const UNFINISHED: &str = "unfinished";
/// How much is read at once.
const CHUNK_BYTES: usize = 1 << 16;
/// From how many files on one sync of the whole file system is quicker than one of each file. It waits for what others
/// have written as well, so a few files are better synced by themselves.
const GROUP_MIN: usize = 16;

/// A folder of artifacts.
#[derive(Debug)]
pub struct Artifacts {
    folder: PathBuf,
    _claim: Claim,
}

/// An artifact that lies in the folder. Whether its content is what its name says is seen by [`Artifacts::verify`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    /// Its name.
    pub hash: Hash,
    /// How large it is.
    pub bytes: u64,
}

impl Artifacts {
    /// Opens a folder, and makes it where there is none. Whoever opens it while nobody else uses it sweeps out what
    /// killed processes left unfinished.
    ///
    /// # Errors
    ///
    /// When the folder cannot be made, read or claimed.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        folder::make(&folder.join(UNFINISHED))?;
        let claim = Claim::of(folder, &folder.join(UNFINISHED))?;
        Ok(Self { folder: folder.to_owned(), _claim: claim })
    }

    /// Keeps these bytes.
    ///
    /// # Errors
    ///
    /// When they cannot be written.
    pub fn put_bytes(&self, bytes: &[u8]) -> Result<Hash, Error> {
        let hash = Digest::of(bytes);
        if !self.has(&hash)? {
            self.finish(Draft::of_bytes(&self.unfinished(), bytes)?, &hash)?;
        }
        Ok(hash)
    }

    /// Keeps a copy of a file, which stays as it is.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or its copy not be written.
    pub fn put_file(&self, path: &Path) -> Result<Hash, Error> {
        let (draft, hash) = Draft::of_file(&self.unfinished(), path)?;
        if !self.has(&hash)? {
            self.finish(draft, &hash)?;
        }
        Ok(hash)
    }

    /// Keeps a file and takes it from where it lies, such as a workspace, without copying it where that can be done.
    /// Nobody may write to it any more.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or neither be renamed nor copied.
    pub fn move_file(&self, path: &Path) -> Result<Hash, Error> {
        let (hash, _) = Digest::of_file(path)?;
        let is_file = fs::symlink_metadata(path).is_ok_and(|is| is.is_file());
        if self.has(&hash)? || !is_file || !self.rename(path, &hash)? {
            // Hashed once more while it is copied: the name fits what is kept.
            let hash = self.put_file(path)?;
            fs::remove_file(path).map_err(Error::at("remove", path))?;
            return Ok(hash);
        }
        Ok(hash)
    }

    /// Keeps many small contents at the price of one: all are on the disk before the first has its name.
    ///
    /// # Errors
    ///
    /// When one cannot be written; some may be kept all the same.
    pub fn put_many<'a>(&self, contents: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<Hash>, Error> {
        let (mut hashes, mut drafts) = (Vec::new(), Vec::new());
        for bytes in contents {
            let hash = Digest::of(bytes);
            if !hashes.contains(&hash) && !self.has(&hash)? {
                drafts.push((Draft::of_bytes(&self.unfinished(), bytes)?, hash));
            }
            hashes.push(hash);
        }
        if drafts.len() < GROUP_MIN || !folder::sync_all(&self.folder)? {
            drafts.into_iter().try_for_each(|(draft, hash)| self.finish(draft, &hash))?;
            return Ok(hashes);
        }
        let mut shelves: Vec<PathBuf> = Vec::new();
        for (draft, hash) in drafts {
            let shelf = self.shelf(&hash)?;
            draft.name(&shelf.join(hash.to_string()))?;
            shelves.push(shelf);
        }
        shelves.sort();
        shelves.dedup();
        shelves.iter().try_for_each(|shelf| sync(shelf))?;
        Ok(hashes)
    }

    /// Where an artifact lies, if it is there.
    #[must_use]
    pub fn path(&self, hash: &Hash) -> Option<PathBuf> {
        let path = self.place(hash);
        fs::symlink_metadata(&path).is_ok_and(|is| is.is_file()).then_some(path)
    }

    /// The content of an artifact that is not larger than this, and is what its name says.
    ///
    /// # Errors
    ///
    /// When it is missing, damaged, too large or cannot be read.
    pub fn read(&self, hash: &Hash, most_bytes: u64) -> Result<Vec<u8>, Error> {
        let path = self.path(hash).ok_or(Error::Missing { hash: *hash })?;
        let failed = |error| Error::at("read", &path)(error);
        let file = File::open(&path).map_err(failed)?;
        let bytes = file.metadata().map_err(failed)?.len();
        if bytes > most_bytes {
            return Err(Error::Large { hash: *hash, bytes, most_bytes });
        }
        let mut content = Vec::new();
        file.take(most_bytes).read_to_end(&mut content).map_err(failed)?;
        if Digest::of(&content) != *hash {
            return Err(Error::Damaged { hash: *hash, path });
        }
        Ok(content)
    }

    /// Reads all of an artifact, and says how large it is if it is what its name says.
    ///
    /// # Errors
    ///
    /// When it is missing, damaged or cannot be read.
    pub fn verify(&self, hash: &Hash) -> Result<u64, Error> {
        let path = self.path(hash).ok_or(Error::Missing { hash: *hash })?;
        let (found, bytes) = Digest::of_file(&path)?;
        if found == *hash { Ok(bytes) } else { Err(Error::Damaged { hash: *hash, path }) }
    }

    /// All artifacts, in the order of their names. What else lies in the folder is passed over.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read.
    pub fn list(&self) -> Result<Vec<Listed>, Error> {
        let mut listed = Vec::new();
        for shelf in folder::entries(&self.folder)?.into_iter().filter(|entry| is_shelf(entry)) {
            for path in folder::entries(&shelf)? {
                let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                let Some(hash) = name.parse().ok().filter(|hash| self.place(hash) == path) else { continue };
                match fs::symlink_metadata(&path) {
                    Ok(is) if is.is_file() => listed.push(Listed { hash, bytes: is.len() }),
                    Ok(_) => {}
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(Error::at("read", &path)(error)),
                }
            }
        }
        listed.sort_unstable();
        Ok(listed)
    }

    /// Reads these artifacts, and removes those that are not what their names say: what is lost is made again.
    pub fn take_away_damaged(&self, hashes: impl IntoIterator<Item = Hash>) {
        for hash in hashes {
            if matches!(self.verify(&hash), Err(Error::Damaged { .. })) {
                // What cannot be taken away is found again by whoever needs it, and told then.
                let _ = self.remove(&hash);
            }
        }
    }

    /// Removes an artifact, and says whether it was there.
    ///
    /// # Errors
    ///
    /// When it cannot be removed.
    pub fn remove(&self, hash: &Hash) -> Result<bool, Error> {
        let path = self.place(hash);
        match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(Error::at("remove", &path)(error)),
        }
    }

    /// A folder to work in, which is nobody else's and goes when it is dropped. The name helps whoever looks.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub fn workspace(&self, name: &str) -> Result<Workspace, Error> {
        Workspace::new(&self.unfinished(), name)
    }

    fn unfinished(&self) -> PathBuf {
        self.folder.join(UNFINISHED)
    }

    fn place(&self, hash: &Hash) -> PathBuf {
        let name = hash.to_string();
        self.folder.join(&name[..2]).join(name)
    }

    /// The folder that an artifact's name is put into. It is there from then on.
    fn shelf(&self, hash: &Hash) -> Result<PathBuf, Error> {
        let shelf = self.folder.join(&hash.to_string()[..2]);
        folder::make(&shelf)?;
        Ok(shelf)
    }

    /// Whether an artifact is there and is what its name says; if so, it is there for good. One that is damaged counts
    /// as missing to whoever has its content in hand: it is written again.
    fn has(&self, hash: &Hash) -> Result<bool, Error> {
        match self.verify(hash) {
            // Whoever named it may have been killed before the name was on the disk.
            Ok(_) => {
                folder::touch(&self.place(hash));
                self.shelf(hash).and_then(|shelf| sync(&shelf)).map(|()| true)
            }
            Err(Error::Missing { .. } | Error::Damaged { .. }) => Ok(false),
            Err(other) => Err(other),
        }
    }

    /// Names a file that lies elsewhere, if that is on the same file system. It stays where it is when that fails.
    fn rename(&self, path: &Path, hash: &Hash) -> Result<bool, Error> {
        let shelf = self.shelf(hash)?;
        draft::protect(path)?;
        match fs::rename(path, shelf.join(hash.to_string())) {
            Ok(()) => sync(&shelf).map(|()| true),
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => Ok(false),
            Err(error) => Err(Error::at("name", path)(error)),
        }
    }

    fn finish(&self, draft: Draft, hash: &Hash) -> Result<(), Error> {
        let shelf = self.shelf(hash)?;
        draft.sync()?;
        draft.name(&shelf.join(hash.to_string()))?;
        sync(&shelf)
    }
}

/// Whether a folder is one of those that artifacts lie in.
fn is_shelf(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.len() == 2 && name.bytes().all(|byte| byte.is_ascii_hexdigit()) && path.is_dir()
}

#[cfg(test)]
mod tests;
