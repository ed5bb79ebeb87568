//! How mistakes read. Every text here is one that a person will see.

use std::fmt::Write as _;

use retake_film::plan;

/// Snapshots what is said of each of these plans.
#[track_caller]
fn check(name: &str, plans: &[&str]) {
    insta::assert_snapshot!(name, told(plans));
}

fn told(plans: &[&str]) -> String {
    let mut out = String::new();
    for text in plans {
        let said = match plan::read(text) {
            Ok(_) => "(a plan)\n".to_owned(),
            Err(mistakes) => mistakes.render("film.yaml"),
        };
        let _ = writeln!(out, "{said}----");
    }
    out
}

#[test]
fn all_mistakes_at_once() {
    check(
        "all_mistakes_at_once",
        &["\
film: Lighthouses
resolution: 1080p
size: 1279x720
budget: $6
fps: 23
voice: []
video: [kenburns, kenburns, \"a model\"]
join: swirl
captions: yes
cast:
  tom: {}
  Tom: {look: another}
scenes:
  - prompt: waves
    duration: 4
  - shot: a
    still: b
  - id: storm
    shot: \"@tim waves at @tom\"
    narration: hello
    seconds: 4s
  - id: Storm
    title: again
  - seconds: -1
    say:
min_clips: 9
delivr: out/
"],
    );
}

#[test]
fn the_plan_of_the_design() {
    check("the_plan_of_the_design", &[include_str!("../fixtures/design.yaml")]);
}

#[test]
fn keys_of_other_tools() {
    check(
        "keys_of_other_tools",
        &[
            "film: a\nscenes:\n  - {shot: b, duration: 4, voiceover: c, transition: fade, seed: 4}\n",
            "film: a\naspect_ratio: 16:9\nbgm: x\nsubtitles: true\ncharacters: {}\ntimeline: []\noutput: x\n",
            "film: a\nscenes: [{frame: b}, {look: b}, {model: c, shot: d}, {Shot: e}, {seconsd: 3, shot: f}, {hologram: g}]\n",
            "title: a\nversion: 2\napi_key: sk-very-secret\n",
        ],
    );
}

#[test]
fn wrong_shapes() {
    check(
        "wrong_shapes",
        &[
            "",
            "# only a comment\n",
            "just words",
            "- a\n- b\n",
            "film: [a]\nscenes: b\n",
            "film: a\nscenes: []\n",
            "film: a\nscenes: [b, [c], ~, {}]\n",
            "film: a\nfilm: b\n? [c]\n: d\n",
            "film: a\nscenes: [{shots: []}, {shots: a}, {shots: [{motion: b}]}, {shot: {frame: c, seconds: 0}}]\n",
            "film: a\nstyle:\ncast: [tom]\nmusic: theme.mp3\n",
            "film: a\nmusic: {file: a.mp3, prompt: b}\nretry: {attempts: 3, vidoe: {}, video: {attempts: 0, timeout: 10, jitter: maybe, patterns: [{class: bad}]}}\n",
        ],
    );
}

#[test]
fn wrong_values() {
    check(
        "wrong_values",
        &[
            "film: a\nsize: 16:9\n",
            "film: a\nsize: 3840x3840\n",
            "film: a\nsize: 9999999999x2\n",
            "film: a\nbudget: 0.0000001\nconcurrency: 0\nrounds: many\nseed: -1\nlanguage: English\nprofile: drfat\n",
            "film: a\nbudget: 1e3\njoin: crossfade 3\nfps: 24.0\n",
            "film: a\nmin_clips: 3\n",
            "film: a\nmin_clips: 3\nscenes: [{title: b}]\n",
            "film: a\nscenes: [{shots: [b, c, {frame: d, seconds: 3}], seconds: 4}]\n",
            "film: a\nscenes: [{manim: b}, {face: {who: tom}, say: c}]\n",
        ],
    );
}

#[test]
fn names_that_read_alike() {
    check(
        "names_that_read_alike",
        &[
            "film: a\nscenes: [{id: lamp, title: b}, {id: lamp, title: c}, {id: Lamp, title: d}, {id: l amp, title: e}]\n",
            "film: a\nscenes: [{id: scope, title: b}, {id: ѕсоре, title: c}, {id: \"a\\u200bb\", title: d}, {id: \" e\", title: f}]\n",
            "film: a\nscenes: [{id: \"\", title: b}, {id: \"a\\nb\", title: c}]\n",
            &format!("film: a\nscenes: [{{id: {}, title: b}}]\n", "x".repeat(201)),
            "film: a\ncast: {old tom: b, tom-2: c, \"\": d}\n",
        ],
    );
}

#[test]
fn files_and_addresses() {
    check(
        "files_and_addresses",
        &[
            "film: a\nscenes: [{clip: ftp://a/b}, {clip: file:///etc/passwd}, {clip: 'concat:a|b'}, {clip: artifact:12}, {clip: 'https://a b'}]\n",
            "film: a\nscenes:\n  - clip: https://me:hunter2@host/a.mp4\ndeliver: https://x\nnotify: mailto:me@x\n",
            "film: a\nscenes: [{clip: -y}, {clip: ../x}, {clip: \"%d.mp4\"}, {clip: \"it's\"}, {clip: 😀.mp4}]\n",
            "film: a\nscenes: [{clip: \"a\\0b\"}, {clip: \"a\\nb\"}]\n",
        ],
    );
}

#[test]
fn no_secret_is_shown() {
    for text in ["film: a\nscenes: [{token: hunter2, sya: b}]\n", "{film: a, deliver: 's3://me:hunter2@b/', notfy: c}"]
    {
        let said = plan::read(text).expect_err("it holds a secret");
        assert!(said.list.len() > 1 && !said.render("film.yaml").contains("hunter2"), "{said}");
    }
}

#[test]
fn hostile_texts() {
    let bomb = "film: a\nx0: &x0 [a, a, a, a, a, a, a, a, a, a]\n".to_owned()
        + &(1..9)
            .map(|n| format!("x{n}: &x{n} [{}]\n", vec![format!("*x{}", n - 1); 10].join(", ")))
            .collect::<String>();
    let chain = "film: a\nx0: &x0 [a]\n".to_owned()
        + &(1..5_000).map(|n| format!("x{n}: &x{n} [*x{}]\n", n - 1)).collect::<String>();
    check(
        "hostile_texts",
        &[
            &bomb,
            &chain,
            "film: &a [*a]\n",
            "film: *missing\n",
            &format!("film: {}\n", "[".repeat(100_000)),
            &format!("film: a\n{}", "- ".repeat(100_000)),
            &format!("film: {}", "a".repeat(10_000_000)),
            &format!("film: {}", "a".repeat(10_001)),
            &format!("film: a\nscenes: [{}]\n", "{title: b}, ".repeat(10_001)),
            "film: !!binary aGk=\n",
            "film: a\n---\nfilm: b\n",
            "film: \"a\\u0007b\"\n",
            "film: a\n<<: {style: b}\n",
            "film: a\nstyle: \u{202e}desrever\nfsp: \u{202e}24\n",
            "film: \u{1b}[31mred\n",
        ],
    );
    let many = "film: a\n".to_owned() + &(0..250).map(|n| format!("zz{n}: 1\n")).collect::<String>();
    let mistakes = plan::read(&many).expect_err("none of them is known");
    assert_eq!((mistakes.list.len(), mistakes.more), (100, 150));
    let said = plan::read_bytes(b"film: a\nstyle: \xff\n").expect_err("it is no text").render("film.yaml");
    insta::assert_snapshot!("bytes_that_are_no_text", said);
}

#[test]
fn slips_of_yaml() {
    check(
        "slips_of_yaml",
        &[
            "film: a\nscenes:\n  - shot: @tom waves\n",
            "film: a\nscenes:\n  - say: Note: it blinks\n",
            "film: a\nscenes:\n\t- say: b\n",
            "film: \"a\nscenes: []\n",
            "film: a\n scenes: []\n",
            "{\"film\": \"a\", \"scenes\": [}",
            "film: a\nscenes:\n  - shot: 灯台が光る、とても長い夜の海\n    sya: 灯\n  - {title: ................................................................................................, sya: b}\n",
        ],
    );
}
