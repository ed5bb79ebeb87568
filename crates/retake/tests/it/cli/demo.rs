//! The demonstration: nothing of it touches what is here already.

use super::Bench;

#[test]
fn a_demonstration_below_films_of_ones_own_has_a_place_of_its_own() {
    let bench = Bench::new();
    bench.write("film.yaml", "film: Mine\nsize: 160x90\nscenes: [{title: Mine, seconds: 1}]\n");
    bench.run(&["run", "film.yaml"]).is(0);
    let said = bench.run(&["demo"]).is(0);
    for words in ["killed      once", "to the cent what the ledger says"] {
        assert!(said.data.contains(words), "`{words}` is missing in {}", said.data);
    }
    assert!(bench.path("retake-demo/.retake").is_dir());
    let mine = bench.run(&["status", "--all", "--json"]).is(0).json();
    assert_eq!(mine.as_array().unwrap().len(), 1, "{mine}");
}
