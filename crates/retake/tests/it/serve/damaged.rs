//! What was damaged where it is stored: it is never sent as if it were whole.

use std::fs::Permissions;
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::{Answer, PLAN, Server};
use crate::cli::Bench;
use crate::cli::lost::damage;

/// Changes one byte of a file: it is as long as it was.
fn spoil(file: &Path) {
    std::fs::set_permissions(file, Permissions::from_mode(0o600)).unwrap();
    let open = std::fs::File::options().read(true).write(true).open(file).unwrap();
    let (mut byte, at) = ([0], open.metadata().unwrap().len() / 2);
    open.read_exact_at(&mut byte, at).unwrap();
    open.write_all_at(&[!byte[0]], at).unwrap();
}

fn stored(bench: &Bench, hash: &str) -> PathBuf {
    bench.path(&format!(".retake/artifacts/{}/{hash}", &hash[..2]))
}

/// Nothing of it is sent, in whole or in part.
#[track_caller]
fn is_damaged(server: &Server, path: &str) {
    let ask = |range: &str| server.call("GET", path).header("Range", range).send();
    let answers = [server.get(path), ask("bytes=0-9"), ask("bytes=-9"), ask("bytes=0-")];
    for answer in answers.map(|answer| answer.is(500).says("damaged")) {
        assert_eq!((answer.header("etag"), answer.header("content-range")), (None, None), "{}", answer.head);
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        for word in ["not what was made", "/retry", "retake run FILE"] {
            assert!(answer.text().contains(word), "`{word}` is missing in {}", answer.text());
        }
        assert!(!answer.text().contains(".retake"), "where it lies is nobody's business: {}", answer.text());
    }
    let head = server.call("HEAD", path).send().is(500);
    assert_eq!((head.header("etag"), head.body.len()), (None, 0), "{}", head.head);
}

#[test]
fn what_was_damaged_is_never_sent_as_if_it_were_whole() {
    let bench = Bench::new();
    bench.write("film.yaml", PLAN);
    bench.run(&["run", "film.yaml"]).is(0);
    let server = Server::start(bench, &[]);
    let run = server.get("/api/runs").is(200).json()["runs"][0]["run"].as_str().unwrap().to_owned();
    let path = format!("/api/runs/{run}/film");
    let film = server.get(&path).is(200);
    let hash = film.header("etag").unwrap().trim_matches('"').to_owned();
    let artifact = format!("/api/artifacts/{hash}");
    assert_eq!(server.get(&artifact).is(200).body, film.body, "it has been read through by now");
    spoil(&stored(&server.bench, &hash));
    is_damaged(&server, &artifact);
    let same = |answer: Answer| assert_eq!((answer.header("etag"), &answer.body), (film.header("etag"), &film.body));
    same(server.get(&path).is(200));
    assert_eq!(server.call("GET", &path).header("Range", "bytes=4-7").send().is(206).body, film.body[4..8]);
    // What was delivered is the user's: they may have put something else there.
    std::fs::write(server.bench.path("out/film.mp4"), "mine").unwrap();
    is_damaged(&server, &path);
    std::fs::remove_file(stored(&server.bench, &hash)).unwrap();
    server.get(&path).is(404).says("not-found");
    // What lies there again as it was made is sent again.
    std::fs::write(stored(&server.bench, &hash), &film.body).unwrap();
    same(server.get(&path).is(200));
    same(server.get(&artifact).is(200));
    // What it says to call makes it again.
    spoil(&stored(&server.bench, &hash));
    is_damaged(&server, &artifact);
    let again = server.call("POST", &format!("/api/runs/{run}/retry")).send().is(200).json();
    assert_eq!(server.ended(again["run"].as_str().unwrap())["status"], "completed");
    same(server.get(&artifact).is(200));
}

#[test]
fn pictures_and_manifests_are_held_against_their_names_and_a_retry_makes_all_of_it_again() {
    let server = Server::new();
    let run = server.post_plan(PLAN);
    assert_eq!(server.ended(&run)["status"], "completed");
    let film = server.get(&format!("/api/runs/{run}/film")).is(200);
    let still = format!("/stills/{}", film.header("etag").unwrap().trim_matches('"'));
    assert!(damage(&server.bench) > 6);
    server.get(&format!("/api/runs/{run}/manifest")).is(500).says("damaged");
    let refused = server.get(&still).is(500).text();
    assert!(refused.contains("What is stored is not what was made"), "{refused}");
    let again = server.call("POST", &format!("/api/runs/{run}/retry")).send().is(200).json();
    let again = again["run"].as_str().unwrap().to_owned();
    assert_eq!(server.ended(&again)["status"], "completed");
    assert_eq!(server.get(&format!("/api/runs/{again}/film")).is(200).body, film.body);
    assert_eq!(server.get(&format!("/api/runs/{run}/film")).is(200).body, film.body, "it is the same film");
    server.get(&still).is(200);
    server.get(&format!("/api/runs/{again}/manifest")).is(200);
}
