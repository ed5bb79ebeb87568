//! Journals that earlier versions wrote: they fold and resume for ever.
//!
//! Files are only ever added. `RETAKE_BLESS=1` writes those of this version where there are none.

use std::path::{Path, PathBuf};

use crate::simulation::on_disk;
use retake_engine::journal::{Record, RunState, VERSION};
use retake_engine::sim::{Host, Scenario, play};

/// Seeds whose journals are rich, and the showcase with a node of every kind.
const SEEDS: [u64; 5] = [5, 21, 99, 1_234, 7_777];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn write(name: &str, journals: &[Vec<Record>]) {
    let folder = folder().join(format!("v{VERSION}"));
    std::fs::create_dir_all(&folder).unwrap();
    for (number, journal) in journals.iter().enumerate() {
        let path = folder.join(format!("{name}-{number}.jsonl"));
        if !path.exists() {
            let lines: String = journal.iter().map(|record| record.line() + "\n").collect();
            std::fs::write(path, lines).unwrap();
        }
    }
}

pub(crate) fn journals() -> Vec<(String, Vec<Record>)> {
    let mut found = Vec::new();
    for version in std::fs::read_dir(folder()).unwrap() {
        for file in std::fs::read_dir(version.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let records = text.lines().map(|line| Record::read(line).unwrap()).collect();
            found.push((path.display().to_string(), records));
        }
    }
    found.sort_by(|a: &(String, Vec<Record>), b| a.0.cmp(&b.0));
    found
}

#[test]
fn journals_of_every_version_fold_and_resume() {
    #[expect(clippy::disallowed_methods, reason = "the wish to bless comes from the environment")]
    if std::env::var_os("RETAKE_BLESS").is_some() {
        write("showcase", &Host::new(Scenario::showcase()).play().journals);
        SEEDS.iter().for_each(|seed| write(&format!("seed-{seed}"), &play(*seed).journals));
    }
    let journals = journals();
    assert!(journals.len() >= SEEDS.len(), "the golden journals are missing");
    for (path, records) in journals {
        RunState::fold(&records).unwrap_or_else(|illegal| panic!("{path}: {illegal}"));
        // Whole, and cut off wherever the process may have died.
        let cuts = (1..records.len()).step_by(1 + records.len() / 25).chain([records.len()]);
        for cut in cuts {
            let verdict = Host::resuming(Scenario::showcase(), vec![records[..cut].to_vec()]).play();
            assert_eq!(verdict.broken, None, "{path}, cut after {cut} of {} records", records.len());
            // On disk they resume in the same way; the first cuts and the whole show it.
            if cut <= records.len() / 5 || cut == records.len() {
                let folder = tempfile::tempdir().unwrap();
                let host = Host::resuming(Scenario::showcase(), vec![records[..cut].to_vec()]);
                let kept = host.kept_by(on_disk(folder.path().to_owned())).play();
                assert!(kept.journals == verdict.journals, "{path}, cut after {cut}, goes another way on disk");
            }
            assert!(verdict.outcomes.iter().all(|outcome| outcome.ending.is_some()), "{path}, cut after {cut}");
        }
    }
}

#[test]
fn what_this_version_writes_it_reads_back() {
    for journal in play(11).journals {
        for record in journal {
            assert_eq!(Record::read(&record.line()).unwrap(), record);
        }
    }
}
