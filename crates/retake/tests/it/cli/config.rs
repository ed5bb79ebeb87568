//! Whose word counts: default, user, project, environment, flags.

use super::{Bench, said};

/// The setting that says where ffmpeg is, as the doctor has it.
fn ffmpeg(said: &super::Said) -> String {
    let found = said.json();
    let finding = found.as_array().unwrap().iter().find(|finding| finding["what"] == "ffmpeg").unwrap();
    finding["found"].as_str().unwrap().to_owned()
}

#[test]
fn what_comes_later_wins() {
    let bench = Bench::new();
    let program = |name: &str| bench.write(name, "").display().to_string();
    let (user, project, environment, flag) =
        (program("u/ffmpeg"), program("p/ffmpeg"), program("e/ffmpeg"), program("f/ffmpeg"));
    let file = |program: &str| format!("[local]\nffmpeg = \"{program}\"\n");
    bench.write("home/.config/retake/retake.toml", &file(&user));
    assert_eq!(ffmpeg(&bench.run(&["doctor", "--json"])), user);
    bench.write("retake.toml", &file(&project));
    bench.write("deep/film.yaml", "film: One\n");
    for arguments in [&["doctor", "--json"][..], &["doctor", "deep/film.yaml", "--json"]] {
        assert_eq!(ffmpeg(&bench.run(arguments)), project);
    }
    bench.write("named.toml", &file(&flag));
    assert_eq!(ffmpeg(&bench.run(&["doctor", "--json", "--config", "named.toml"])), flag);
    let mut command = bench.command(&["doctor", "--json"]);
    command.env("RETAKE_LOCAL_FFMPEG", &environment);
    assert_eq!(ffmpeg(&said(command.output().unwrap())), environment);
}

#[test]
fn a_mistake_is_said_with_its_place() {
    let bench = Bench::new();
    bench.write("film.yaml", "film: One\n");
    bench.write("retake.toml", "[limits]\nrun_used = \"5\"\nday_usd = 5\n");
    bench.run(&["check", "film.yaml"]).is(2).tells(&["retake.toml:2", "did you mean `run_usd`?", "retake.toml:3"]);
    bench.run(&["doctor", "--config", "none.toml"]).is(2).tells(&["none.toml"]);
    std::fs::remove_file(bench.path("retake.toml")).unwrap();
    let mut command = bench.command(&["doctor"]);
    command.env("RETAKE_LIMITS_RUN_USED", "5");
    said(command.output().unwrap()).is(2).tells(&["RETAKE_LIMITS_RUN_USED", "did you mean `RETAKE_LIMITS_RUN_USD`?"]);
}

#[test]
fn the_data_directory_is_the_nearest_above_or_the_one_that_is_named() {
    let bench = Bench::new();
    let directory = |arguments: &[&str]| {
        let found = bench.run(arguments).json();
        let finding = found.as_array().unwrap().iter().find(|finding| finding["what"] == "data directory").unwrap();
        finding["found"].as_str().unwrap().split(',').next().unwrap().to_owned()
    };
    bench.write("a/b/film.yaml", "film: One\n");
    let expect = |name: &str| bench.path(name).display().to_string();
    assert_eq!(directory(&["doctor", "a/b/film.yaml", "--json"]), expect("a/b/.retake"));
    std::fs::create_dir(bench.path("a/.retake")).unwrap();
    assert_eq!(directory(&["doctor", "a/b/film.yaml", "--json"]), expect("a/.retake"));
    assert_eq!(directory(&["--data-dir", "else", "doctor", "a/b/film.yaml", "--json"]), expect("else"));
}
