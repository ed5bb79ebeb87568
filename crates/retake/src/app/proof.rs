//! Whether a stored file is what its name says, read once for each as it lies there.
//!
//! Owns what was found, for as long as nothing about the file is another than it was then. It must not know where files
//! lie, nor what becomes of one that is damaged.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::{Mutex, PoisonError};

use retake_engine::id::Hash;
use sha2::{Digest as _, Sha256};

use super::stamp::Stamp;

/// Of how many files it is remembered.
const KEPT: usize = 1024;
/// How much is read at a time.
const PIECE: usize = 256 << 10;

static FOUND: Mutex<VecDeque<Found>> = Mutex::new(VecDeque::new());

/// What was found of a file.
struct Found {
    hash: Hash,
    stamp: Stamp,
    is_whole: bool,
}

/// Whether the content of a file has this hash, where that was found out and nothing about it has changed.
pub(crate) fn known(file: &File, hash: &Hash) -> io::Result<Option<bool>> {
    let stamp = Stamp::of(&file.metadata()?);
    let found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(found.iter().find(|one| one.hash == *hash && one.stamp == stamp).map(|one| one.is_whole))
}

/// Finds out whether the content of a file has this hash: all of it is read, once. Where somebody reads on in it stays
/// the same.
pub(crate) fn prove(file: &File, hash: &Hash) -> io::Result<bool> {
    if let Some(is_whole) = known(file, hash)? {
        return Ok(is_whole);
    }
    let stamp = Stamp::of(&file.metadata()?);
    let is_whole = hash_of(file)? == *hash;
    // What was written to meanwhile is looked at again by whoever comes next.
    if Stamp::of(&file.metadata()?) == stamp {
        let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
        found.retain(|one| one.hash != *hash || !one.stamp.is_of_same_file(&stamp));
        found.push_back(Found { hash: *hash, stamp, is_whole });
        let over = found.len().saturating_sub(KEPT);
        found.drain(..over);
    }
    Ok(is_whole)
}

fn hash_of(file: &File) -> io::Result<Hash> {
    let (mut digest, mut piece, mut at) = (Sha256::new(), vec![0; PIECE], 0);
    loop {
        match file.read_at(&mut piece, at)? {
            0 => return Ok(Hash::from_bytes(digest.finalize().into())),
            read => {
                digest.update(&piece[..read]);
                at += read as u64;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{FileExt as _, MetadataExt as _};
    use std::path::Path;

    use super::*;

    fn kept(folder: &Path, name: &str, content: &[u8]) -> (File, Hash) {
        let path = folder.join(name);
        std::fs::write(&path, content).unwrap();
        let file = File::options().read(true).write(true).open(path).unwrap();
        (file, Hash::from_bytes(Sha256::digest(content).into()))
    }

    #[test]
    fn a_file_is_read_once_and_again_when_it_was_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let (file, hash) = kept(folder.path(), "film", b"a film");
        assert_eq!(known(&file, &hash).unwrap(), None);
        assert!(prove(&file, &hash).unwrap());
        assert_eq!(known(&file, &hash).unwrap(), Some(true));
        let before = file.metadata().unwrap();
        // As long as it was, and as old as it was, as far as anybody can say so.
        while file.metadata().unwrap().ctime_nsec() == before.ctime_nsec() {
            file.write_all_at(b"A film", 0).unwrap();
            file.set_modified(before.modified().unwrap()).unwrap();
        }
        assert_eq!(known(&file, &hash).unwrap(), None);
        assert!(!prove(&file, &hash).unwrap());
        assert_eq!(known(&file, &hash).unwrap(), Some(false), "what is damaged is not read again and again either");
    }

    #[test]
    fn what_is_remembered_has_an_end() {
        let folder = tempfile::tempdir().unwrap();
        let (first, hash) = kept(folder.path(), "first", b"first");
        prove(&first, &hash).unwrap();
        for number in 0..KEPT {
            let (file, hash) = kept(folder.path(), "another", number.to_string().as_bytes());
            prove(&file, &hash).unwrap();
        }
        assert!(FOUND.lock().unwrap().len() <= KEPT);
        assert!(prove(&first, &hash).unwrap(), "what was forgotten is read again");
    }
}
