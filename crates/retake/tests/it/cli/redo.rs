//! Pictures that are drawn anew.

use super::Bench;

/// The film of this plan, as it is and with its picture drawn anew.
fn redrawn(seed: &str) -> [Vec<u8>; 2] {
    let bench = Bench::new();
    let plan =
        format!("film: A lamp\nsize: 320x180\n{seed}scenes: [{{id: lamp, still: A lamp on a hill, seconds: 1}}]\n");
    bench.write("film.yaml", &plan);
    let film = || std::fs::read(bench.path("out/film.mp4")).unwrap();
    bench.run(&["run", "film.yaml"]).is(0);
    let before = film();
    bench.run(&["redo", "lamp/image"]).is(0);
    [before, film()]
}

#[test]
fn a_picture_that_is_drawn_anew_is_another() {
    let [before, after] = redrawn("");
    assert_ne!(before, after);
}

#[test]
fn a_picture_of_a_seed_of_the_plan_s_stays_what_it_is() {
    let [before, after] = redrawn("seed: 7\n");
    assert_eq!(before, after);
}
