//! A film goes where it is wanted, whole or not at all.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use retake_engine::fault::Class;
use retake_film::deliver::{Error, Goal, Store, deliver};
use tempfile::TempDir;

use crate::shop::{Mood, Shop};

/// More than one part of an upload.
const LARGE: usize = (8 << 20) * 2 + 12_345;

fn folder() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder")
}

fn file(folder: &TempDir, name: &str, content: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, content).expect("it is written");
    path
}

fn large() -> Vec<u8> {
    (0..LARGE).map(|at| u8::try_from((at ^ (at >> 9)) & 0xff).expect("it fits")).collect()
}

fn store(endpoint: &str) -> Store {
    let options = [
        ("aws_access_key_id", "key"),
        ("aws_secret_access_key", "hush"),
        ("aws_endpoint", endpoint),
        ("aws_allow_http", "true"),
    ];
    Store {
        url: "s3://films/2026/".to_owned(),
        options: options.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        patience: Duration::from_secs(20),
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("it can be listed").flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_film_in_a_folder_is_replaced_only_by_another() {
    let from = folder();
    let (film, words) = (file(&from, "f", &large()), file(&from, "w", b"WEBVTT\n"));
    let out = from.path().join("deep/out");
    let goal = Goal::Folder(out.clone());
    let files = [("blink.mp4", film.as_path()), ("blink.vtt", words.as_path())];
    let first = deliver(&files, &goal).expect("it is delivered");
    assert!(first.iter().all(|place| place.written) && names(&out) == ["blink.mp4", "blink.vtt"]);
    let inode =
        |name: &str| std::os::unix::fs::MetadataExt::ino(&std::fs::metadata(out.join(name)).expect("it is there"));
    let time = |name: &str| std::fs::metadata(out.join(name)).and_then(|is| is.modified()).expect("it is there");
    let before = (inode("blink.mp4"), time("blink.mp4"), inode("blink.vtt"));

    std::fs::write(&words, b"WEBVTT!\n").expect("it is written");
    // A viewer that has the old one open keeps it.
    let open = std::fs::File::open(out.join("blink.vtt")).expect("it is there");
    let again = deliver(&files, &goal).expect("it is delivered");
    assert_eq!(again.iter().map(|place| place.written).collect::<Vec<_>>(), [false, true]);
    assert_eq!((inode("blink.mp4"), time("blink.mp4")), (before.0, before.1));
    assert_ne!(inode("blink.vtt"), before.2);
    assert_eq!(std::io::read_to_string(open).expect("it can be read"), "WEBVTT\n");
    assert_eq!(std::fs::read(out.join("blink.vtt")).expect("it is there"), b"WEBVTT!\n");
    assert_eq!(again[0].at, out.join("blink.mp4").display().to_string());
}

#[test]
fn what_a_killed_delivery_left_is_swept_and_nothing_else() {
    let from = folder();
    let film = file(&from, "f", b"film");
    let out = from.path().join("out");
    std::fs::create_dir(&out).expect("a folder");
    for left in [".blink.mp4.123.0.retake-part", "mine.retake-part", ".mine", "other.mp4"] {
        std::fs::write(out.join(left), "x").expect("it is written");
    }
    let busy = std::fs::File::create(out.join(".tide.mp4.7.0.retake-part")).expect("it is written");
    busy.lock().expect("it is locked");
    deliver(&[("blink.mp4", &film)], &Goal::Folder(out.clone())).expect("it is delivered");
    let left = [".mine", ".tide.mp4.7.0.retake-part", "blink.mp4", "mine.retake-part", "other.mp4"];
    assert_eq!(names(&out), left);
}

#[test]
fn folders_and_names_that_cannot_be_are_refused() {
    let from = folder();
    let film = file(&from, "f", b"film");
    for name in ["", "-y", "..", "a/b", ".hidden", "a\nb", "nul:"] {
        let refused = deliver(&[(name, &film)], &Goal::Folder(from.path().join("out")));
        assert!(matches!(refused, Err(Error::Refused { .. })), "{name:?}");
    }
    let blocked = deliver(&[("a.mp4", &film)], &Goal::Folder(film.join("out")));
    assert!(matches!(blocked, Err(Error::Refused { .. })), "what is in the way does not go by itself: {blocked:?}");
    let missing = deliver(&[("a.mp4", &from.path().join("none"))], &Goal::Folder(from.path().join("out")));
    assert!(matches!(missing, Err(Error::Source { .. })), "{missing:?}");
    assert!(names(&from.path().join("out")).is_empty());
}

#[test]
fn films_of_every_size_reach_the_store() {
    let from = folder();
    let shop = Shop::open(Mood::Fair);
    let (film, words) = (file(&from, "f", &large()), file(&from, "w", b"WEBVTT\n"));
    let files = [("łódź.mp4", film.as_path()), ("blink.vtt", words.as_path())];
    let places = deliver(&files, &Goal::Store(store(&shop.endpoint))).expect("it is delivered");
    assert_eq!(places[1].at, "s3://films/2026/blink.vtt");
    let objects = shop.objects();
    let [(other, text, small), (name, kind, content)] = objects.as_slice() else { panic!("{}", objects.len()) };
    assert_eq!((name.as_str(), kind.as_str()), ("/films/2026/blink.vtt", "text/vtt; charset=utf-8"));
    assert_eq!((other.as_str(), text.as_str()), ("/films/2026/%C5%82%C3%B3d%C5%BA.mp4", "video/mp4"));
    assert!(content == b"WEBVTT\n" && *small == large());
    assert_eq!(shop.open_uploads(), 0);
}

#[test]
fn each_trouble_of_a_store_is_told_apart_and_tried_once() {
    let from = folder();
    let film = file(&from, "f", b"film");
    let of = |mood: Mood| {
        let shop = Shop::open(mood);
        let failed = deliver(&[("a.mp4", &film)], &Goal::Store(store(&shop.endpoint))).expect_err("it fails");
        assert_eq!(shop.requests().len(), 1, "{mood:?}: trying again is the engine's");
        assert!(!format!("{failed} {failed:?} {:?}", failed.hint()).contains("secret"), "{failed:?}");
        failed
    };
    let denied = of(Mood::Refuses(403));
    assert_eq!(denied.to_string(), "`s3://films/2026/a.mp4` does not let us in: it answered 403 AccessDenied");
    assert_eq!(denied.class(), Class::Denied);
    assert!(matches!(of(Mood::Refuses(404)), Error::Missing { .. }));
    let throttled = of(Mood::Refuses(503));
    assert!(
        matches!(throttled, Error::Throttled { retry_after: Some(wait), .. } if wait == Duration::from_secs(7)),
        "{throttled:?}"
    );
    assert!(matches!(of(Mood::Refuses(500)), Error::Network { .. }));
    assert!(matches!(of(Mood::Refuses(507)), Error::Full { .. }));
    assert!(matches!(of(Mood::Refuses(400)), Error::Failed { .. }));

    let nobody = std::net::TcpListener::bind("127.0.0.1:0").and_then(|gone| gone.local_addr()).expect("a port");
    let failed =
        deliver(&[("a.mp4", &film)], &Goal::Store(store(&format!("http://{nobody}")))).expect_err("nobody is there");
    assert!(matches!(failed, Error::Network { .. }) && failed.class() == Class::Transient, "{failed:?}");
}

#[test]
fn half_an_upload_is_seen_by_nobody_and_given_up() {
    let from = folder();
    let (film, small) = (file(&from, "f", &large()), file(&from, "s", &[7; 5000]));
    for mood in [Mood::HangsUp, Mood::FailsLate] {
        let shop = Shop::open(mood);
        let goal = Goal::Store(store(&shop.endpoint));
        let failed = deliver(&[("a.mp4", &film)], &goal).expect_err("it is cut off");
        assert!(matches!(failed, Error::Network { .. }), "{failed:?}");
        assert!(shop.objects().is_empty() && shop.open_uploads() == 0, "{mood:?}: {:?}", shop.requests());
        if mood == Mood::HangsUp {
            let failed = deliver(&[("b.mp4", &small)], &goal).expect_err("it is cut off");
            assert!(matches!(failed, Error::Network { .. }), "{failed:?}");
            assert!(shop.objects().is_empty());
        }
    }
}

#[test]
fn without_credentials_nothing_leaves() {
    let from = folder();
    let film = file(&from, "f", b"film");
    let bare = |url: &str, options: &[(&str, &str)]| {
        let options: BTreeMap<String, String> =
            options.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        let goal = Goal::Store(Store { url: url.to_owned(), options, patience: Duration::from_secs(5) });
        assert!(!format!("{goal:?}").contains("hush"));
        deliver(&[("a.mp4", &film)], &goal).expect_err("it is refused")
    };
    for url in ["s3://films/a", "gs://films/a", "az://films/a"] {
        assert!(matches!(bare(url, &[]), Error::Denied { .. }), "{url}");
    }
    for (name, value) in [("azure_use_azure_cli", "true"), ("azure_storage_use_emulator", "true"), ("no_such", "hush")]
    {
        assert!(matches!(bare("az://films/a", &[(name, value)]), Error::Refused { .. }), "{name}");
    }
    for url in ["file:///tmp/a", "memory:///", "http://films/a", "films"] {
        assert!(matches!(bare(url, &[]), Error::Refused { .. }), "{url}");
    }
    let shop = Shop::open(Mood::Fair);
    let mut shut = store(&shop.endpoint);
    shut.options.remove("aws_allow_http");
    deliver(&[("a.mp4", &film)], &Goal::Store(shut)).expect_err("it is not encrypted");
    assert!(shop.requests().is_empty());
}
