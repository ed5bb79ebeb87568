//! Summaries, lists, tables, mistakes and explanations.

use std::fmt::Write as _;
use std::time::Duration;

use retake::ui::paint::{Look, Page};
use retake::ui::table::{Act, Quote, Row};
use retake::ui::{explain, mistakes, runs, summary, table};
use retake_engine::engine::Command;
use retake_engine::fault::Class;
use retake_engine::journal::event::{RunSpec, Stop};
use retake_engine::money::Money;

use super::studio::{FACTS, Studio, coloured, fault, film, half_way, look, nodes, partial, spec};

fn at(columns: &[usize], page: impl Fn(&Look) -> Page) -> String {
    let mut out = String::new();
    for columns in columns {
        let look = look(*columns);
        let text = page(&look).render(&look);
        let _ = writeln!(out, "{:-<columns$}\n{text}", "");
    }
    out
}

fn summed(studio: &Studio, columns: &[usize]) -> String {
    let story = studio.story();
    let mut out = String::new();
    for columns in columns {
        let text = summary::render(&story, story.elapsed(studio.now), &str::to_owned, &look(*columns));
        let _ = writeln!(out, "{:-<columns$}\n{text}", "");
    }
    out
}

#[test]
fn a_partial_film() {
    insta::assert_snapshot!(summed(&partial(), &[40, 80, 120]));
}

#[test]
fn a_partial_film_in_colour() {
    let story = partial().story();
    insta::assert_snapshot!(
        summary::render(&story, story.worked(), &str::to_owned, &coloured(80)).replace('\u{1b}', "^")
    );
}

#[test]
fn a_complete_film_of_which_most_was_there() {
    let mut studio = Studio::new(spec(nodes(&["storm"], true)));
    let make = |studio: &mut Studio| {
        studio.buy("storm/voice", 2, 1);
        studio.buy("storm/image", 3, 1);
        studio.buy("storm/video", 36, 1);
        studio.work("storm/ingest");
        studio.work("/sound");
        studio.work("/assemble");
        studio.deliver(&FACTS);
    };
    make(&mut studio);
    let mut again = spec(nodes(&["storm"], true));
    again.id = retake_engine::id::RunId(uuid::Uuid::from_u128(8));
    let studio = Studio::with(again, studio.into_store());
    insta::assert_snapshot!(summed(&studio, &[80]));
}

#[test]
fn under_way() {
    insta::assert_snapshot!(summed(&half_way(), &[40, 80]));
}

#[test]
fn failed() {
    let mut studio = Studio::new(spec(nodes(&["storm"], true)));
    studio.buy("storm/voice", 2, 1);
    studio.refuse("storm/image", 3, fault(Class::Invalid, "422: `size` must be a multiple of 8"));
    insta::assert_snapshot!(summed(&studio, &[40, 80]));
}

#[test]
fn paused() {
    let mut studio = Studio::new(RunSpec { cap: Money::from_cents(20), ..spec(nodes(&["storm"], true)) });
    studio.buy("storm/voice", 2, 1);
    studio.buy("storm/image", 3, 1);
    studio.prepare("storm/video", 36);
    insta::assert_snapshot!(summed(&studio, &[80]));
}

#[test]
fn cancelled() {
    let mut studio = half_way();
    studio.command(Command::Stop(Stop::Land));
    studio.land("lamp/video", 36);
    studio.land("host/voice", 2);
    insta::assert_snapshot!(summed(&studio, &[80]));
}

#[test]
fn the_list_of_runs() {
    let of = |studio: &Studio, secs| {
        let story = studio.story();
        let (run, summary) = (story.state().spec().id, story.state().summary());
        runs::Row { run, summary, age: Duration::from_secs(secs) }
    };
    let rows = [of(&half_way(), 75), of(&partial(), 7_200), of(&film(), 260_000)];
    insta::assert_snapshot!(at(&[40, 80], |look| runs::page(&rows, look)) + &at(&[80], |look| runs::page(&[], look)));
}

fn row(scene: Option<&str>, step: &str, act: Act, model: &str, tenths: Option<u64>, micros: u64) -> Row {
    Row {
        scene: scene.map(str::to_owned),
        step: step.into(),
        act,
        model: model.into(),
        length: tenths.map(|tenths| Duration::from_millis(tenths * 100)),
        expected: Money::from_micros(micros),
        worst: Money::from_micros(micros * 3),
    }
}

fn quote(cap: u64) -> Quote {
    let rows = vec![
        row(Some("storm"), "voice", Act::Reuse, "rachel", Some(39), 0),
        row(Some("storm"), "image", Act::Reuse, "flux-dev", None, 0),
        row(Some("storm"), "video", Act::Make, "seedance-lite", Some(50), 180_000),
        row(Some("lamp"), "voice", Act::Make, "rachel", Some(24), 15_000),
        row(Some("lamp"), "video 1", Act::Make, "seedance-lite", Some(50), 180_000),
        row(Some("lamp"), "video 2", Act::Make, "seedance-lite", Some(100), 360_000),
        row(Some("灯台守の長い長い夜"), "video", Act::Skip, "veo-fast", None, 0),
        row(None, "sound", Act::Make, "mixer", None, 0),
        row(None, "assemble", Act::Make, "joiner", Some(314), 0),
    ];
    let warnings =
        vec!["scene lamp: its words take 14 s, longer than the longest clip of seedance-lite (10 s); use shots".into()];
    Quote {
        steps: (12, 3),
        film: "How lighthouses learned to blink".into(),
        rows,
        cap: Money::from_cents(cap),
        spent: Money::from_cents(42),
        warnings,
        refusals: Vec::new(),
        notes: Vec::new(),
    }
}

#[test]
fn the_table_of_a_plan() {
    insta::assert_snapshot!(at(&[40, 60, 80, 120], |look| table::page(&quote(600), look)));
}

#[test]
fn a_plan_that_does_not_fit() {
    insta::assert_snapshot!(at(&[80], |look| table::page(&quote(50), look)));
}

#[test]
fn a_plan_without_its_key_is_quoted_and_says_so() {
    let why = "`seedance-lite` cannot be used here: replicate has no key here".to_owned();
    let hint = "set REPLICATE_API_TOKEN; or let something free stand in with `--allow-fallback`".to_owned();
    let learned = "rachel was charged 83.3 % of what was reserved for it, by 12 takes; `expected` counts on that";
    let quote = Quote { refusals: vec![(why, hint)], notes: vec![learned.into()], warnings: Vec::new(), ..quote(600) };
    insta::assert_snapshot!(at(&[80], |look| table::page(&quote, look)));
}

#[test]
fn a_plan_of_ten_thousand_rows() {
    let scene = |at: usize| {
        let id = format!("scene-{at}");
        [
            row(Some(&id), "voice", Act::Reuse, "rachel", Some(39), 0),
            row(Some(&id), "video", Act::Make, "seedance-lite", Some(50), 180_000),
        ]
    };
    let rows: Vec<Row> = (1..=5_000).flat_map(scene).collect();
    let long = Quote { rows, cap: Money::from_cents(100_000), ..quote(0) };
    insta::assert_snapshot!(at(&[60, 80], |look| table::page(&long, look)));
}

#[test]
fn mistakes_of_a_plan() {
    let plan = "film: 灯台の夜\nsize: 16:9\nscenes:\n  - {id: lamp, shto: a lamp, say: \"a long sentence, so that the line does not fit into a narrow terminal\", seconds: zero}\n";
    let found = retake_film::plan::read(plan).unwrap_err();
    insta::assert_snapshot!(at(&[40, 80, 120], |look| mistakes::page(&found, "film.yaml", look)));
}

#[test]
fn a_command_that_makes_no_sense() {
    let page = |look: &Look| {
        mistakes::usage(
            "there is no scene `lmap` in run 019973a4-f1c2",
            "its scenes are storm, lamp, lens, host and end",
            "did you mean `retake redo lamp`?",
            look,
        )
    };
    insta::assert_snapshot!(at(&[40, 80], page));
}

#[test]
fn explanations() {
    let mut out = at(&[40, 80], |look| explain::page(Class::Throttled, look));
    out += &at(&[80], |look| explain::unknown("throtled", look));
    out += &at(&[80], |look| explain::unknown("\u{1b}[2J", look));
    insta::assert_snapshot!(out);
}
