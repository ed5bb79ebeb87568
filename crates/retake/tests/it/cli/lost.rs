//! Stored files that were damaged: one run makes all of them again, and says what it does.

use super::Bench;

const FILM: &str = "
film: Three cards
size: 320x180
scenes:
  - {id: storm, still: Waves at night, seconds: 1}
  - {id: lamp, still: A lamp, seconds: 1}
  - {id: ship, still: A ship, seconds: 1}
";

/// Cuts every stored file.
pub(crate) fn damage(bench: &Bench) -> usize {
    let shelves = std::fs::read_dir(bench.path(".retake/artifacts")).unwrap().map(|shelf| shelf.unwrap().path());
    let files = shelves.filter(|shelf| shelf.is_dir()).flat_map(|shelf| std::fs::read_dir(shelf).unwrap());
    let files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    for file in &files {
        // They may only be read; what takes their place may be anything.
        std::fs::remove_file(file).unwrap();
        std::fs::write(file, "cut").unwrap();
    }
    files.len()
}

#[test]
fn one_run_makes_again_all_that_was_damaged() {
    let bench = Bench::new();
    bench.write("film.yaml", FILM);
    bench.run(&["run", "film.yaml"]).is(0);
    let first = std::fs::read(bench.path("out/film.mp4")).unwrap();
    assert!(damage(&bench) > 6);
    std::fs::remove_file(bench.path("out/film.mp4")).unwrap();
    let said = bench.run(&["run", "film.yaml"]).is(0).tells(&["delivering it again"]);
    assert!(said.data.contains("all 3 scenes made"), "{}", said.data);
    assert_eq!(std::fs::read(bench.path("out/film.mp4")).unwrap(), first, "it is the same film");
}

#[test]
fn what_is_found_damaged_on_the_way_is_no_fault_of_the_plan() {
    let bench = Bench::new();
    bench.write("film.yaml", FILM);
    bench.run(&["run", "film.yaml"]).is(0);
    damage(&bench);
    // Another plan uses what was made before, and only finds out when it opens it.
    bench.write("other.yaml", &FILM.replace("Three cards", "The same"));
    let said = bench.run(&["run", "other.yaml"]);
    assert_ne!(said.code, Some(0), "{}", said.data);
    let said = said.tells(&["that was made is lost from the data folder"]);
    assert!(said.data.contains("to make again what is lost from the data folder:"), "{}", said.data);
    bench.run(&["run", "other.yaml"]).is(0);
    // Whoever changes a plan has what was made of it looked through first.
    damage(&bench);
    bench.write("film.yaml", &FILM.replace("A lamp", "A lamp that falls"));
    bench.run(&["run", "film.yaml"]).is(0);
}

#[test]
fn a_retry_makes_again_what_was_damaged_beside_a_film_that_was_delivered() {
    let bench = Bench::new();
    bench.write("film.yaml", FILM);
    bench.run(&["run", "film.yaml"]).is(0);
    let first = std::fs::read(bench.path("out/film.mp4")).unwrap();
    let count = damage(&bench);
    bench.run(&["retry"]).is(0);
    let again = damage(&bench);
    assert!(again >= count - 1, "{again} of {count} are there again: all but the manifest of the run before");
    assert!(std::fs::read(bench.path("out/film.mp4")).unwrap() == first, "it is the same film");
    // What was written since is made when somebody says so.
    bench.write("film.yaml", &FILM.replace("A ship", "A ship that sinks"));
    bench.run(&["retry"]).is(2).tells(&["is lost from the data folder", "its plan was changed since", "`retake run "]);
    bench.run(&["run", "film.yaml"]).is(0);
}
