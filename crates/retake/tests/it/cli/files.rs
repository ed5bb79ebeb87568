//! Verbs about files: new, check, fmt, schema, verify, doctor.

use super::Bench;

const PLAN: &str = "# mine\nfilm: One   # the title\nscenes:\n  - shot: a storm\n    say: Hello\n  - {shot: a lamp}\n";

#[test]
fn a_new_plan_can_be_read_and_overwrites_nothing() {
    let bench = Bench::new();
    for (arguments, file) in [
        (&["new", "Why is the \"sky\" blue: really?"][..], "film.yaml"),
        (&["new", "../../etc/passwd"], "film-2.yaml"),
        (&["new", "One", "--out", "one.yaml"], "one.yaml"),
    ] {
        assert_eq!(bench.run(arguments).is(0).data, format!("{file}\n"));
        bench.run(&["fmt", file]).is(0);
    }
    bench.run(&["new", "Two", "--out", "one.yaml"]).is(2).tells(&["hint:", "overwritten"]);
    assert!(std::fs::read_to_string(bench.path("one.yaml")).unwrap().contains("One"));
    bench.run(&["new", "  "]).is(2);
    bench.run(&["new", "One", "--out", "none/one.yaml"]).is(2);
}

#[test]
fn ids_are_written_in_and_all_else_stays() {
    let bench = Bench::new();
    bench.write("film.yaml", PLAN);
    bench.run(&["fmt", "film.yaml", "--check"]).is(2).tells(&["hint: retake fmt film.yaml"]);
    assert_eq!(std::fs::read_to_string(bench.path("film.yaml")).unwrap(), PLAN);
    bench.run(&["fmt", "film.yaml"]).is(0);
    let text = std::fs::read_to_string(bench.path("film.yaml")).unwrap();
    insta::assert_snapshot!(text);
    bench.run(&["fmt", "film.yaml", "--check"]).is(0);
    std::os::unix::fs::symlink(bench.path("film.yaml"), bench.path("link.yaml")).unwrap();
    bench.write("film.yaml", PLAN);
    bench.run(&["fmt", "link.yaml"]).is(0);
    assert!(bench.path("link.yaml").is_symlink(), "a link goes on being one");
    assert_eq!(std::fs::read_to_string(bench.path("film.yaml")).unwrap(), text);
}

#[test]
fn mistakes_of_a_plan_are_usage_and_make_nothing() {
    let bench = Bench::new();
    bench.write("film.yaml", "film: One\nscenes:\n  - {shto: a storm}\n  - {id: a, shot: b, seconds: 0}\n");
    for verb in ["check", "plan", "run", "fmt"] {
        bench.run(&[verb, "film.yaml"]).is(2).tells(&["film.yaml:3", "did you mean `shot`?", "film.yaml:4"]);
    }
    std::fs::write(bench.path("film.yaml"), [0xff, 0xfe]).unwrap();
    bench.run(&["check", "film.yaml"]).is(2).tells(&["UTF-8"]);
    bench.run(&["check", "."]).is(2);
    assert!(!bench.path(".retake").exists());
}

#[test]
fn a_film_is_held_against_its_manifest() {
    let bench = Bench::new();
    bench.write("out/one.mp4", "abc");
    bench.run(&["verify", "out/one.mp4"]).is(2).tells(&["one.json", "hint:"]);
    let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    bench.write("out/one.json", &format!("{{\"film\": \"One\", \"sha256\": \"{hash}\"}}"));
    bench.run(&["verify", "out/one.mp4"]).is(0);
    assert_eq!(bench.run(&["verify", "out/one.json", "--json"]).is(0).json()["wrong"], serde_json::json!([]));
    bench.write("out/one.mp4", "abd");
    bench.run(&["verify", "out/one.mp4"]).is(5).tells(&["hint:", hash]);
    bench.write("out/one.json", "[]");
    bench.run(&["verify", "out/one.mp4"]).is(2);
}

#[test]
fn the_doctor_names_what_is_missing_and_how_to_mend_it() {
    let bench = Bench::new();
    bench.write("retake.toml", "[local]\nffmpeg = \"/none/ffmpeg\"\n");
    let said = bench.run(&["doctor", "--json"]).is(1);
    let found = said.json();
    let ffmpeg = found.as_array().unwrap().iter().find(|finding| finding["what"] == "ffmpeg").unwrap();
    assert_eq!(ffmpeg["health"], "missing");
    assert!(ffmpeg["hint"].as_str().is_some_and(|hint| !hint.is_empty()));
    assert!(bench.run(&["doctor"]).data.contains("retake.toml"));
    assert!(!bench.path(".retake").exists());
    assert!(bench.run(&["doctor", "--settings"]).is(0).data.contains("run_usd"));
}

#[test]
fn the_schema_is_json() {
    assert_eq!(Bench::new().run(&["schema"]).is(0).json()["title"], "Plan");
}

#[test]
fn how_patiently_a_run_is_tried_is_read_as_in_a_plan() {
    let bench = Bench::new();
    bench.write("film.yaml", "film: A card\nsize: 160x90\nscenes: [{id: one, title: One, seconds: 1}]\n");
    let run = |retry: &str| bench.run(&["run", "film.yaml", "--retry", retry]);
    run("{vidoe: {attempts: 2}}").is(2).tells(&["retry:1:2: unknown step `vidoe`", "did you mean `video`?"]);
    run("7").is(2).tells(&["a mapping of steps"]);
    run("{ingest: {attempts: 7}}").is(0);
    let history = bench.run(&["history", "--json"]).is(0);
    assert!(history.data.lines().next().is_some_and(|made| made.contains("\"attempts\":7")), "{}", history.data);
}
