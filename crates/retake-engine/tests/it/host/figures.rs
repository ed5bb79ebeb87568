//! What a host says of itself: how much waits, what was committed, and what that cost.

use std::sync::mpsc::channel;

use retake_engine::admission::Breaking;
use retake_engine::host::Crowd;
use retake_engine::journal::state::ItemState;

use super::*;

#[test]
fn what_waits_is_counted_and_nothing_is_left_of_it_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let performer = Arc::new(Held::default());
    let host = open(folder.path(), &performer);
    let runs = [chain(1, "local", 2), chain(2, "local", 3)];
    for (n, spec) in runs.iter().enumerate() {
        host.create(spec.clone(), None).unwrap();
        assert_eq!(host.crowd().runs, n + 1, "whoever was told that a run is there finds it counted");
    }
    host.create(runs[0].clone(), None).unwrap_err();
    assert_eq!(host.crowd().runs, 2, "what was refused is not there");
    let nodes: usize = host.figures().unwrap().nodes.values().sum();
    assert_eq!(nodes, 5);
    host.stop().unwrap();
    drop(host);
    // Those who were there before count from the beginning, whether they are carried or not.
    let performer = Arc::new(Held::default());
    let host = open(folder.path(), &performer);
    assert_eq!(host.crowd().runs, 2);
    host.resume_all().unwrap();
    let serve = Arc::clone(&performer);
    std::thread::scope(|scope| {
        scope.spawn(move || serve.serve(5));
        for spec in &runs {
            until_over(&host, spec.id);
        }
    });
    assert_eq!(host.crowd(), Crowd::default());
}

#[test]
fn whoever_listens_hears_all_that_was_committed_in_its_order() {
    let folder = tempfile::tempdir().unwrap();
    let host = open(folder.path(), &Arc::new(Well));
    let (ear, heard) = channel();
    host.listen(move |state, records| drop(ear.send((state.spec().id, records.to_vec()))));
    let runs: Vec<RunId> = [("exact", 1), ("local", 2)]
        .into_iter()
        .map(|(entry, number)| {
            let spec = chain(number, entry, 3);
            let run = spec.id;
            host.create(spec, None).unwrap();
            run
        })
        .collect();
    for run in &runs {
        until_over(&host, *run);
    }
    let figures = host.figures().unwrap();
    assert!(figures.breakers.iter().all(|(_, _, breaking)| *breaking == Breaking::Closed), "{figures:?}");
    assert!(!figures.breakers.is_empty() && figures.providers.iter().all(|bears| bears.filled == 0), "{figures:?}");
    let is_done = |state: &ItemState| *state == ItemState::Complete;
    assert!(figures.nodes.keys().all(is_done), "what is over is counted as it ended, or not at all");
    host.stop().unwrap();
    let (commits, journals) = (host.commits().sizes.seen(), runs.iter().map(|run| (*run, host.journal(*run).unwrap())));
    let journals: Vec<_> = journals.collect();
    drop(host);
    let all: Vec<(RunId, Vec<Record>)> = heard.iter().collect();
    for (run, journal) in journals {
        let told: Vec<Record> =
            all.iter().filter(|(of, _)| *of == run).flat_map(|(_, records)| records.iter().cloned()).collect();
        assert_eq!(told, journal);
    }
    assert!(commits.count > 0 && commits.sum >= commits.count);
}
