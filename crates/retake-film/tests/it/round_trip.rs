//! What is accepted can be written down and read again; ids stay; nothing panics.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use retake_film::plan::{self, Plan};

const LIGHTHOUSE: &str = include_str!("../fixtures/lighthouse.yaml");
const EVERYTHING: &str = include_str!("../fixtures/everything.yaml");

#[track_caller]
fn read(text: &str) -> Plan {
    plan::read(text).unwrap_or_else(|mistakes| panic!("{text}\n{}", mistakes.render("film.yaml")))
}

#[track_caller]
fn check_round(text: &str) {
    let plan = read(text);
    let yaml = plan.to_yaml().expect("what was read can be written");
    assert_eq!(read(&yaml), plan, "{yaml}");
    let json = serde_json::to_string(&plan).expect("what was read can be written");
    assert_eq!(read(&json), plan, "{json}");
    assert_eq!(read(&plan::with_ids(text).expect("ids can be written")), plan);
}

#[test]
fn the_samples_survive() {
    check_round(LIGHTHOUSE);
    check_round(EVERYTHING);
    check_round("film: Why is the sky blue?");
    check_round("{\"film\": \"\\ud83d\\ude00\", \"scenes\": [{\"say\": \"a\"}, {\n\t\"title\": \"b\"}]}");
    insta::assert_snapshot!(read(EVERYTHING).to_yaml().expect("it can be written"));
}

#[test]
fn ids_are_written_and_nothing_else_is_touched() {
    insta::assert_snapshot!(plan::with_ids(LIGHTHOUSE).expect("it is a plan"));
    let flow = "film: a\nscenes: [{title: b}, {\"title\": \"C d\"}]\n";
    insta::assert_snapshot!(plan::with_ids(flow).expect("it is a plan"));
    let again = plan::with_ids(LIGHTHOUSE).and_then(|text| plan::with_ids(&text));
    assert_eq!(again, plan::with_ids(LIGHTHOUSE));
}

#[test]
fn ten_thousand_scenes_are_read_at_once() {
    let mut text = "film: Long\nmin_clips: 10000\nscenes:\n".to_owned();
    for number in 0..10_000 {
        text.push_str(&format!(
            "  - title: Chapter {number}, in which something happens\n    say: And so it goes on.\n"
        ));
    }
    #[expect(clippy::disallowed_methods, reason = "a test may look at the clock")]
    let start = Instant::now();
    assert_eq!(read(&text).scenes.len(), 10_000);
    #[expect(clippy::disallowed_methods, reason = "a test may look at the clock")]
    let elapsed = start.elapsed();
    assert!(elapsed < Duration::from_secs(5), "it took {elapsed:?}");
}

/// Parts of plans, good and bad, from which texts are put together.
fn part() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "film: a\n",
            "scenes:\n",
            "  - shot: b\n",
            "  - say: c\n",
            "    say: d\n",
            "    id: e\n",
            "  - title: f\n",
            "cast: {g: h}\n",
            "  - still: '@g @@'\n",
            "join: fade\n",
            "&a ",
            "*a ",
            "<<: ",
            "[",
            "]",
            "{",
            "}",
            "- ",
            "|\n",
            "seconds: 1.5\n",
            "\t",
            "\u{feff}",
            "!!str ",
            "---\n",
            "# x\n",
            "? ",
            ": ",
            "budget: 1\n",
            "music: off\n",
            "'",
            "\"",
            "\r\n",
        ])
        .prop_map(str::to_owned),
        ".{0,6}",
    ]
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z0-9 ]{1,12}",
        "\\PC{1,12}",
        "[-:#&*!|>'\"%@`{}\\[\\], \n~a]{1,8}",
        prop::sample::select(vec![
            "null",
            "true",
            "1e3",
            "~",
            "off",
            "0x1f",
            " a ",
            "a\n",
            "\n\na\n b\n\n",
            "a: b",
            "<<"
        ])
        .prop_map(str::to_owned)
    ]
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(parts in prop::collection::vec(part(), 0..20)) {
        let text = parts.concat();
        match plan::read(&text) {
            Ok(plan) => {
                let yaml = plan.to_yaml().expect("what was read can be written");
                prop_assert_eq!(plan::read(&yaml), Ok(plan), "{}", yaml);
                let _ = plan::with_ids(&text);
            }
            Err(mistakes) => {
                prop_assert!(!mistakes.list.is_empty());
                prop_assert!(!mistakes.render("film.yaml").contains("\x1b"));
            }
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = plan::read_bytes(&bytes);
    }

    #[test]
    fn what_is_accepted_is_read_again(film in words(), style in words(), said in prop::collection::vec((words(), words()), 1..4)) {
        let scenes: Vec<_> = said.iter().map(|(title, say)| serde_json::json!({"title": title, "say": say})).collect();
        let text = serde_json::json!({"film": film, "style": style, "scenes": scenes}).to_string();
        if let Ok(plan) = plan::read(&text) {
            prop_assert_eq!(&plan.film, &film);
            let yaml = plan.to_yaml().expect("what was read can be written");
            prop_assert_eq!(plan::read(&yaml), Ok(plan), "{}", yaml);
        }
    }

    #[test]
    fn ids_stay_when_scenes_come_before(old in prop::collection::vec("[a-z]{1,6}( [a-z]{1,6}){0,9}", 1..5), new in "[A-Z]{7,9}( [a-z]{1,6}){0,9}") {
        let plan = |titles: &[&str]| {
            let scenes: Vec<_> = titles.iter().map(|title| serde_json::json!({"title": title})).collect();
            read(&serde_json::json!({"film": "a", "scenes": scenes}).to_string())
        };
        let old: Vec<&str> = old.iter().map(String::as_str).collect();
        let with_new: Vec<&str> = std::iter::once(new.as_str()).chain(old.iter().copied()).collect();
        prop_assert_eq!(&plan(&with_new).scenes[1..], &plan(&old).scenes[..]);
    }
}
