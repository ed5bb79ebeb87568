use std::collections::BTreeMap;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

fn store() -> (TempDir, Artifacts) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Artifacts::open(&folder.path().join("artifacts")).expect("it opens");
    (folder, store)
}

/// Everything that lies unfinished.
fn unfinished(store: &Artifacts) -> usize {
    fs::read_dir(store.unfinished()).expect("it is there").count()
}

/// Writes something else under a name, as a failing disk would.
fn damage(store: &Artifacts, hash: &Hash, content: &[u8]) {
    let path = store.path(hash).expect("it is there");
    fs::remove_file(&path).expect("it goes");
    fs::write(path, content).expect("it is written");
}

#[test]
fn names_are_what_anybody_computes() {
    let (_folder, store) = store();
    let hash = store.put_bytes(b"abc").expect("it is kept");
    assert_eq!(hash.to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    let path = store.path(&hash).expect("it is there");
    assert!(path.ends_with(format!("ba/{hash}")));
    assert!(fs::metadata(&path).expect("it is there").permissions().readonly());
}

#[derive(Debug, Clone)]
enum Deed {
    Bytes(usize),
    File(usize),
    Move(usize),
    Many(Vec<usize>),
    Remove(usize),
    Damage(usize),
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let content = 0..6_usize;
    let deed = prop_oneof![
        content.clone().prop_map(Deed::Bytes),
        content.clone().prop_map(Deed::File),
        content.clone().prop_map(Deed::Move),
        prop::collection::vec(content.clone(), 0..6).prop_map(Deed::Many),
        content.clone().prop_map(Deed::Remove),
        content.prop_map(Deed::Damage),
    ];
    prop::collection::vec(deed, 1..12)
}

/// Contents of every kind of size: none, one, a chunk and its neighbours, several chunks.
fn content(which: usize) -> Vec<u8> {
    let size = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 7][which];
    (0..size).map(|at| u8::try_from((at * 31 + which) % 251).expect("it fits")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever was done: what was put is there and whole, what was removed is gone, what is damaged is said to be, and
    /// nothing is left unfinished.
    #[test]
    fn it_holds_what_was_put(deeds in deeds()) {
        let (folder, store) = store();
        let mut model: BTreeMap<Hash, (usize, bool)> = BTreeMap::new();
        for deed in deeds {
            let loose = folder.path().join("loose");
            match deed {
                Deed::Bytes(which) => {
                    model.insert(store.put_bytes(&content(which)).expect("it is kept"), (which, true));
                }
                Deed::File(which) => {
                    fs::write(&loose, content(which)).expect("it is written");
                    model.insert(store.put_file(&loose).expect("it is kept"), (which, true));
                    prop_assert_eq!(fs::read(&loose).expect("it stays"), content(which));
                    fs::write(&loose, "changed afterwards").expect("it stays the caller's");
                }
                Deed::Move(which) => {
                    let own = store.workspace("it's ../../mine").expect("it is made");
                    let inside = own.path().join("clip.mp4");
                    fs::write(&inside, content(which)).expect("it is written");
                    model.insert(store.move_file(&inside).expect("it is kept"), (which, true));
                    prop_assert!(!inside.exists());
                }
                Deed::Many(many) => {
                    let contents: Vec<Vec<u8>> = many.iter().map(|which| content(*which)).collect();
                    let hashes = store.put_many(contents.iter().map(Vec::as_slice)).expect("they are kept");
                    prop_assert_eq!(hashes.len(), many.len());
                    model.extend(hashes.into_iter().zip(many.into_iter().map(|which| (which, true))));
                }
                Deed::Remove(which) => {
                    let hash = Digest::of(&content(which));
                    prop_assert_eq!(store.remove(&hash).expect("it goes"), model.remove(&hash).is_some());
                }
                Deed::Damage(which) => {
                    let hash = Digest::of(&content(which));
                    if let Some(entry) = model.get_mut(&hash) {
                        damage(&store, &hash, b"something else");
                        entry.1 = false;
                    }
                }
            }
        }
        let listed: Vec<Hash> = store.list().expect("it can be listed").into_iter().map(|listed| listed.hash).collect();
        prop_assert_eq!(listed, model.keys().copied().collect::<Vec<_>>());
        for (hash, (which, well)) in model {
            if well {
                prop_assert_eq!(store.read(&hash, u64::MAX).expect("it is whole"), content(which));
                prop_assert_eq!(store.verify(&hash).expect("it is whole"), content(which).len() as u64);
            } else {
                let said = [store.verify(&hash).map(drop), store.read(&hash, u64::MAX).map(drop)];
                let damaged = said.iter().all(|said| matches!(said, Err(Error::Damaged { .. })));
                prop_assert!(damaged, "{said:?}");
            }
        }
        prop_assert_eq!(unfinished(&store), 0);
    }
}

#[test]
fn what_is_too_large_or_missing_is_said_to_be() {
    let (folder, store) = store();
    let hash = store.put_bytes(b"four").expect("it is kept");
    assert!(matches!(store.read(&hash, 3), Err(Error::Large { bytes: 4, most_bytes: 3, .. })));
    let other = Hash::of_text("never put");
    assert!(matches!(store.read(&other, 9), Err(Error::Missing { .. })));
    assert!(matches!(store.put_file(&folder.path().join("none")), Err(Error::Failed { what: "read", .. })));
    assert_eq!(unfinished(&store), 0);
}

#[test]
fn a_group_is_kept_whole() {
    let (_folder, store) = store();
    let contents: Vec<Vec<u8>> = (0..3 * GROUP_MIN).map(|n| n.to_string().into_bytes()).collect();
    let hashes = store.put_many(contents.iter().map(Vec::as_slice)).expect("they are kept");
    for (hash, content) in hashes.iter().zip(&contents) {
        assert_eq!(store.read(hash, 9).expect("it is whole"), *content);
    }
    assert_eq!(unfinished(&store), 0);
}

#[test]
fn a_link_is_no_artifact() {
    let (folder, store) = store();
    let hash = store.put_bytes(b"whole").expect("it is kept");
    let path = store.path(&hash).expect("it is there");
    fs::rename(&path, folder.path().join("elsewhere")).expect("it moves");
    std::os::unix::fs::symlink(folder.path().join("elsewhere"), &path).expect("it is linked");
    assert_eq!(store.path(&hash), None);
    assert_eq!(store.list().expect("it can be listed"), []);
    assert_eq!(store.put_bytes(b"whole").expect("it is kept again"), hash);
    assert!(store.path(&hash).is_some());
}

#[test]
fn only_who_is_alone_sweeps() {
    let (folder, store) = store();
    let at = folder.path().join("artifacts");
    let own = std::mem::ManuallyDrop::new(store.workspace("voice").expect("it is made"));
    fs::write(own.path().join("half"), "x").expect("it is written");
    let second = Artifacts::open(&at).expect("it opens");
    assert!(own.path().join("half").exists(), "somebody else swept it out");
    let left = own.path().to_owned();
    drop(store);
    drop(Artifacts::open(&at).expect("it opens"));
    assert!(left.exists(), "one was still there");
    drop(second);
    let alone = Artifacts::open(&at).expect("it opens");
    assert_eq!(unfinished(&alone), 0);
}

#[test]
fn workspaces_are_never_shared() {
    let (_folder, store) = store();
    let (one, two) = (store.workspace("a").expect("it is made"), store.workspace("a").expect("it is made"));
    assert_ne!(one.path(), two.path());
    let path = one.path().to_owned();
    drop(one);
    assert!(!path.exists() && two.path().exists());
}

#[test]
fn errors_are_told_apart_and_say_the_way_out() {
    let at = |kind| Error::at("write", Path::new("artifacts"))(io::Error::from(kind));
    assert!(matches!(at(io::ErrorKind::StorageFull), Error::Full { .. }));
    assert!(matches!(at(io::ErrorKind::QuotaExceeded), Error::Full { .. }));
    assert!(matches!(at(io::ErrorKind::ReadOnlyFilesystem), Error::Denied { .. }));
    assert!(matches!(at(io::ErrorKind::PermissionDenied), Error::Denied { .. }));
    assert!(matches!(at(io::ErrorKind::InvalidData), Error::Failed { .. }));
    let full = at(io::ErrorKind::StorageFull);
    assert_eq!(full.to_string(), "write `artifacts`: the disk is full");
    assert!(full.hint().is_some() && at(io::ErrorKind::InvalidData).hint().is_none());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_and_no_artifact() {
    use std::io::Write as _;
    // What the system says where there is no room, by a device that never has any.
    let full = fs::OpenOptions::new().write(true).open("/dev/full").and_then(|mut file| file.write_all(b"x"));
    assert!(matches!(Error::at("write", Path::new("x"))(full.expect_err("it is full")), Error::Full { .. }));
}

#[test]
fn what_is_put_again_counts_as_new() {
    let (_folder, store) = store();
    let hash = store.put_bytes(b"old").unwrap();
    let path = store.path(&hash).unwrap();
    let modified = || std::fs::metadata(&path).unwrap().modified().unwrap();
    let written = modified();
    std::fs::File::open(&path).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
    assert_eq!(store.put_bytes(b"old").unwrap(), hash);
    assert!(modified() >= written, "whoever sweeps would take it for old");
}
