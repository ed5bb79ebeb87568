//! Pictures that are drawn anew.

use super::Bench;

/// The film of this plan, as it is and with its picture drawn anew.
fn redrawn(seed: &str, what: &str) -> [Vec<u8>; 2] {
    let bench = Bench::new();
    let plan =
        format!("film: A lamp\nsize: 320x180\n{seed}scenes: [{{id: lamp, still: A lamp on a hill, seconds: 1}}]\n");
    bench.write("film.yaml", &plan);
    let film = || std::fs::read(bench.path("out/film.mp4")).unwrap();
    bench.run(&["run", "film.yaml"]).is(0);
    let before = film();
    bench.run(&["redo", what]).is(0);
    [before, film()]
}

#[test]
fn a_picture_that_is_drawn_anew_is_another() {
    // A scene alone is its picture, not the way of a camera over it.
    for what in ["lamp/image", "lamp"] {
        let [before, after] = redrawn("", what);
        assert_ne!(before, after, "{what}");
    }
}

#[test]
fn a_picture_of_a_seed_of_the_plan_s_stays_what_it_is() {
    let [before, after] = redrawn("seed: 7\n", "lamp");
    assert_eq!(before, after);
}

const SHOTS: &str = "film: A lamp
size: 160x90
scenes:
  - {id: one, title: One, seconds: 1}
  - id: two
    still: A lamp on a table   # seen from above
    seconds: 1
";

fn runs(bench: &Bench) -> usize {
    bench.run(&["status", "--all", "--json"]).is(0).json().as_array().unwrap().len()
}

#[test]
fn who_has_a_file_of_their_own_is_told_the_line_to_change() {
    let bench = Bench::new();
    bench.write("film.yaml", SHOTS);
    bench.run(&["run", "film.yaml"]).is(0);
    bench.run(&["redo", "two", "--words", "A lamp: it falls"]).is(2).tells(&[
        "`film.yaml` is a file of yours",
        "(line 5, scene `two`)",
        "change line 6 to `still: \"A lamp: it falls\"   # seen from above`",
        "`retake run film.yaml`",
    ]);
    bench.run(&["redo", "two", "--model", "storyboard", "--json"]).is(2).tells(&["before line 6, write", "image:"]);
    assert_eq!(std::fs::read_to_string(bench.path("film.yaml")).unwrap(), SHOTS);
    assert_eq!(runs(&bench), 1);
    // Done as it was told, all else is reused.
    bench.write("film.yaml", &SHOTS.replace("A lamp on a table", "\"A lamp: it falls\""));
    let words = ["redo", "two", "--words", "A lamp: it falls"];
    bench.run(&words).is(2).tells(&["`film.yaml` says so already", "`retake run film.yaml` makes it"]);
    bench.run(&["run", "film.yaml"]).is(0);
    let film = || std::fs::read(bench.path("out/film.mp4")).unwrap();
    let before = film();
    // In the words that it has it is drawn anew.
    bench.run(&["redo", "two/image", "--words", "A lamp: it falls"]).is(0);
    assert!(film() != before);
    assert_eq!(runs(&bench), 2);
}

#[test]
fn what_cannot_be_had_otherwise_is_told_in_a_terminal_too() {
    let bench = Bench::new();
    bench.write("film.yaml", SHOTS);
    bench.run(&["run", "film.yaml"]).is(0);
    for (words, told) in [
        (["tow", "--words", "x"], "did you mean `two`"),
        (["two", "--words", "@nobody walks"], "nobody is called"),
        (["two", "--words", " "], "empty"),
        (["two", "--model", "flux-devv"], "did you mean `flux-dev`"),
        (["two", "--model", "kenburns"], "films"),
        (["two/voice", "--words", "x"], "two/voice"),
    ] {
        bench.run(&[&["redo"][..], &words].concat()).is(2).tells(&[told, "hint:"]);
    }
    assert_eq!(runs(&bench), 1);
}
