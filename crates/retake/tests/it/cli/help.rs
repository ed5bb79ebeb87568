//! What every verb says of itself.

use std::path::Path;

use super::Bench;

/// Every verb, as the help lists them.
fn verbs(bench: &Bench) -> Vec<String> {
    let help = bench.run(&["--help"]).is(0).data;
    let verbs = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| line.starts_with("  "));
    verbs.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

/// The reference is written from what the program says: `UPDATE=1` writes it anew.
#[test]
fn the_reference_says_what_the_program_says() {
    let bench = Bench::new();
    let mut expected = String::from(
        "# The command line\n\nWhat `retake --help` says, verb by verb. It is written by the tests, with `UPDATE=1`.\n",
    );
    let names = std::iter::once(String::new()).chain(verbs(&bench));
    for name in names {
        let arguments: Vec<&str> = [name.as_str(), "--help"].into_iter().filter(|word| !word.is_empty()).collect();
        let help = bench.run(&arguments).is(0).data;
        let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
        let title = format!("retake {name}");
        expected += &format!("\n## {}\n\n```text\n{}\n```\n", title.trim_end(), lines.join("\n").trim_end());
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cli.md");
    #[expect(clippy::disallowed_methods, reason = "whoever runs the test says whether it writes")]
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &expected).unwrap();
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(found == expected, "docs/cli.md is out of date; hint: UPDATE=1 cargo test -p retake the_reference");
}

#[test]
fn every_verb_says_what_it_does_with_an_example() {
    let bench = Bench::new();
    let verbs = verbs(&bench);
    assert!(verbs.len() > 20, "{verbs:?}");
    let mut all = bench.run(&["--help"]).is(0).data;
    for verb in verbs {
        let said = bench.run(&[verb.as_str(), "--help"]).is(0);
        assert!(said.data.contains(&format!("retake {verb}")), "{verb}: no example\n{}", said.data);
        all.push_str(&format!("\n---- retake {verb} --help\n{}", bench.run(&[verb.as_str(), "-h"]).is(0).data));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn global_flags_stand_before_or_after_the_verb() {
    let bench = Bench::new();
    bench.write("film.yaml", "film: One\nscenes:\n  - {shot: a storm}\n");
    for arguments in [["--json", "fmt", "film.yaml", "--check"], ["fmt", "film.yaml", "--check", "--json"]] {
        let said = bench.run(&arguments).is(2);
        assert_eq!(said.json()["status"], "refused");
    }
}

#[test]
fn shells_get_their_completions() {
    let bench = Bench::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(bench.run(&["completions", shell]).is(0).data.contains("retake"));
    }
}
