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

#[test]
fn ten_thousand_scenes_that_are_alike_get_ids_at_once() {
    let text = "film: Long\nscenes:\n".to_owned() + &"  - title: Again\n".repeat(10_000);
    let plan = read(&text);
    assert_eq!(plan.scenes[9_999].id.as_str(), "again-10000");
    assert_eq!(read(&plan::with_ids(&text).expect("it is a plan")), plan);
}

#[test]
fn ids_find_their_place_in_every_notation() {
    for text in [
        "film: a\r\nscenes:\r\n  - title: b\r\n    say: c\r\n",
        "film: a\nscenes:\n-\n  # a card\n  title: b\n- title: c # d\n",
        "{\n  \"film\": \"a\",\n  \"scenes\": [\n    {\n      \"title\": \"b\"\n    },\n    {\"say\": \"c\"}\n  ]\n}\n",
        "film: a\nscenes: [{title: b}, { # c\n  title: d}]\n",
        "scenes:\n  - &card\n    title: null card\nfilm: a\n",
        "film: a\nscenes:\n  - \"title\": b\n    'say': c\n",
    ] {
        let plan = read(text);
        let written = plan::with_ids(text).expect("ids can be written");
        assert_eq!(read(&written), plan);
        assert_eq!(written.matches("id").count() - text.matches("id").count(), plan.scenes.len(), "{written}");
        let lines = |text: &str| text.matches("\r\n").count() == text.matches('\n').count();
        assert_eq!(lines(&written), lines(text), "{written:?}");
    }
    let aliases = "film: a\nscenes: [&a {title: b}, *a]\n";
    assert!(plan::with_ids(aliases).is_err());
}

#[test]
fn a_scene_chooses_before_its_film() {
    let plan = read(EVERYTHING);
    let choices = plan.choices_of(&plan.scenes[1]);
    assert_eq!(choices.captions, Some(plan::Captions::Off));
    assert_eq!(choices.fit, Some(plan::Fit::Pad));
    assert_eq!(choices.retry.keys().copied().collect::<Vec<_>>(), ["deliver", "image", "video"]);
    assert_eq!(plan.places().count(), 6);
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
