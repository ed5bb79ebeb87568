//! Verbs about a data directory in which nothing was made yet.

use super::Bench;

#[test]
fn looking_into_an_empty_data_directory_says_that_it_is_empty() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path(".retake")).unwrap();
    for verb in ["status", "history", "resume", "retry", "cancel", "open"] {
        bench.run(&[verb]).is(2).tells(&["no run here yet", "hint: `retake run FILE`"]);
    }
    bench.run(&["redo", "lamp"]).is(2);
    assert_eq!(bench.run(&["status", "--all"]).is(0).data, "");
    assert_eq!(bench.run(&["status", "--all", "--json"]).is(0).json(), serde_json::json!([]));
    assert_eq!(bench.run(&["ledger", "--json"]).is(0).json()["total"]["settled_usd"], "0.000000");
    assert_eq!(bench.run(&["gc"]).is(0).data, "removed 0 files, 0 MB\n");
}

#[test]
fn many_at_once_wait_for_each_other() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path(".retake")).unwrap();
    let mut all: Vec<_> = (0..6).map(|_| bench.command(&["status", "--all"]).spawn().unwrap()).collect();
    for child in &mut all {
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn a_folder_that_is_no_data_directory_is_said_so() {
    let bench = Bench::new();
    bench.write(".retake/retake.db", "this is no database, and never was one");
    bench.run(&["status"]).is(1).tells(&["hint:"]);
}
