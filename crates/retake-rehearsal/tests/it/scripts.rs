//! Scripts: those that come along, how they are read and written, what is said of mistakes, and whose turn it is.

use std::time::Duration;

use proptest::prelude::*;
use retake_rehearsal::faults::{At, CostLie, Effect, Form, HookLie, ListLie, Moment, Page, Rule, Script, Watch};
use retake_rehearsal::jobs::Kind;

/// One of each effect, with and without settings.
fn effects() -> Vec<Effect> {
    let time = Duration::from_millis(1500);
    let forms =
        [Form::Header, Form::Date, Form::Body, Form::Past, Form::Negative, Form::Huge, Form::Garbage, Form::None];
    let mut all: Vec<Effect> = forms.into_iter().map(|form| Effect::Throttle { after: time, form }).collect();
    all.extend([None, Some(402), Some(403), Some(429)].map(|status| Effect::NoCredit { status }));
    for accepted in [false, true] {
        all.extend([Page::Provider, Page::Gateway].map(|page| Effect::Status { code: 502, page, accepted }));
    }
    all.extend([false, true].map(|late| Effect::Refuse { late, input: None }));
    all.push(Effect::Refuse { late: true, input: Some("image".to_owned()) });
    all.extend([None, Some("CUDA: out of memory \"now\"".to_owned())].map(|text| Effect::Fail { text }));
    all.extend([CostLie::Missing, CostLie::Absurd, CostLie::Negative].map(Effect::Cost));
    all.extend([ListLie::Lag(time), ListLie::Drop, ListLie::Twice].map(Effect::List));
    all.extend([HookLie::Duplicate, HookLie::Late(time), HookLie::Forged, HookLie::None].map(Effect::Webhook));
    all.extend([
        Effect::ResetBeforeAccept,
        Effect::ResetAfterAccept,
        Effect::HangBeforeAccept,
        Effect::HangAfterAccept,
        Effect::Echo { code: 403, after: 0 },
        Effect::Echo { code: 500, after: 1990 },
        Effect::Drip { bytes_per_second: 100 },
        Effect::HalfDownload,
        Effect::Expired,
        Effect::WrongType,
        Effect::ZeroBytes,
        Effect::Html,
        Effect::TruncatedJson,
        Effect::Nsfw,
        Effect::Retire,
        Effect::Slow { by: time },
        Effect::Stuck,
        Effect::PriceRise { permille: 1500 },
        Effect::Forget,
        Effect::Die { down: time },
        Effect::Down,
        Effect::CutOff,
        Effect::BadPlan,
    ]);
    all
}

fn moment(at: At, prompt: &str) -> Moment<'_> {
    Moment {
        provider: "replicate",
        model: "bytedance/seedance-1-lite",
        kind: Some(Kind::Video),
        prompt,
        at,
        take: 1,
        n: 1,
        since_start: Duration::ZERO,
    }
}

fn script(yaml: &str) -> Watch {
    Watch::new(Script::read(yaml).unwrap_or_else(|mistakes| panic!("{mistakes:?}")), 0)
}

#[test]
fn those_that_come_along_can_be_read_and_say_what_they_show() {
    assert!(Script::NAMES.len() >= 12);
    for (name, about) in Script::NAMES {
        let text = Script::source(name).unwrap();
        let script = Script::read(text).unwrap_or_else(|mistakes| panic!("{name}: {mistakes:?}"));
        assert_eq!(script.about.as_deref(), Some(*about), "{name}");
        assert!(!script.rules.is_empty(), "{name}");
        assert_eq!(Script::named(name), Some(script), "{name}");
    }
    assert_eq!(Script::named("drizzle"), None);
}

#[test]
fn every_effect_survives_being_written() {
    for effect in effects() {
        let mut rule = Rule::always(effect.clone());
        rule.at = effect.places().first().copied();
        let script = Script { seed: 3, about: Some("it".to_owned()), rules: vec![Rule::always(effect), rule] };
        let text = script.to_json();
        assert_eq!(Script::read(&text).unwrap_or_else(|mistakes| panic!("{text}{mistakes:?}")), script);
    }
}

#[test]
fn every_selector_survives_being_written() {
    let rule = Rule {
        provider: Some("fal".to_owned()),
        model: Some("*seedance*".to_owned()),
        kind: Some(Kind::Image),
        prompt: Some("storm: \"it's\" #1".to_owned()),
        at: Some(At::Submit),
        nth: vec![1, 3],
        takes: vec![2],
        every: Some(5),
        share: Some(125),
        from: Some(Duration::from_secs(10)),
        to: Some(Duration::from_millis(40_500)),
        times: Some(1),
        effect: Effect::Stuck,
    };
    let script = Script { seed: 7, about: None, rules: vec![rule] };
    assert_eq!(Script::read(&script.to_json()).unwrap(), script);
}

#[test]
fn all_mistakes_are_told_at_once() {
    let said = Script::read(
        "seeds: 7
rules:
  - {at: submitt, model: \"*\", every: 0, do: {throttle: {after: 2, form: heder}}}
  - {at: poll, do: refuse}
  - {provider: replikate, share: 5, do: explode}
  - {prompt: storm, takes: [1, x], do: reset_after_accept}
  - {from: 40s, to: 10s, do: down}
  - {at: submit, throttle: 2s}
  - do: {status: 503, html: yes}
  - do: slow
  - {kind: image, do: cut-off}
  - {do: {status: 200}}
  - down
",
    )
    .unwrap_err();
    let told: Vec<String> = said.iter().map(|m| format!("{}: {} ({})", m.line, m.what, m.hint)).collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn what_is_no_script_is_refused_with_its_line() {
    let deep = format!("rules: {}{}", "[".repeat(40), "]".repeat(40));
    let long = format!("rules: []\n# {}", "x".repeat(1 << 17));
    for (text, line) in [
        ("", 1),
        ("~", 1),
        ("rules: [", 1),
        ("rules:\n  - {do: down\n", 2),
        ("rules: []\n---\nrules: []\n", 2),
        ("rules: &a []\nabout: *a\n", 2),
        ("rules: !!seq []\n", 1),
        ("42", 1),
        ("[]", 1),
        (&deep, 1),
        (&long, 1),
    ] {
        let mistakes = Script::read(text).unwrap_err();
        assert_eq!(mistakes[0].line, line, "{text:.40}: {mistakes:?}");
        assert!(mistakes.iter().all(|mistake| !mistake.hint.is_empty()), "{text:.40}");
    }
}

#[test]
fn the_schema_knows_every_word() {
    let schema = Script::schema();
    serde_json::from_str::<serde_json::Value>(&schema).unwrap();
    let words = effects().iter().map(Effect::name).chain(At::ALL.map(At::name)).collect::<Vec<_>>();
    let keys = ["provider", "model", "kind", "prompt", "nth", "takes", "every", "share", "from", "to", "times", "do"];
    for word in words.iter().chain(&keys) {
        assert!(schema.contains(&format!("\"{word}\"")), "the schema lacks `{word}`");
    }
}

#[test]
fn the_first_rule_that_applies_wins_and_each_counts_for_itself() {
    let watch = script("rules: [{at: submit, nth: 2, do: stuck}, {at: submit, every: 2, do: down}]");
    let told: Vec<_> = (0..4).map(|_| watch.ask(&moment(At::Submit, "a"))).collect();
    assert_eq!(told, [None, Some(Effect::Stuck), None, Some(Effect::Down)]);
    assert_eq!(watch.ask(&moment(At::Poll, "a")), None);
}

#[test]
fn selectors_choose() {
    let ask = |rule: &str, change: fn(&mut Moment<'_>)| {
        let mut moment = moment(At::Submit, "A Storm at sea");
        change(&mut moment);
        script(&format!("rules: [{rule}]")).ask(&moment).is_some()
    };
    let nothing = |_: &mut Moment<'_>| {};
    assert!(ask("{model: \"*seedance*\", do: down}", nothing));
    assert!(!ask("{model: seedance, do: down}", nothing));
    assert!(ask("{prompt: storm, do: down}", nothing));
    assert!(!ask("{prompt: calm, do: down}", nothing));
    assert!(ask("{provider: replicate, kind: video, do: down}", nothing));
    assert!(!ask("{provider: fal, do: down}", nothing));
    assert!(!ask("{kind: image, do: down}", nothing));
    assert!(!ask("{takes: 2, do: down}", nothing));
    assert!(ask("{takes: [2, 3], do: down}", |moment| moment.take = 3));
    assert!(!ask("{from: 10s, to: 40s, do: down}", nothing));
    assert!(ask("{from: 10s, to: 40s, do: down}", |moment| moment.since_start = Duration::from_secs(10)));
    assert!(!ask("{from: 10s, to: 40s, do: down}", |moment| moment.since_start = Duration::from_secs(40)));
    // Where no place is named, an effect happens where it can.
    assert!(!ask("{do: half-download}", nothing));
    assert!(ask("{do: half-download}", |moment| moment.at = At::Fetch));
    // What concerns texts alone leaves clips alone.
    assert!(!ask("{do: cut-off}", nothing));
    assert!(ask("{do: cut-off}", |moment| moment.kind = Some(Kind::Text)));
}

#[test]
fn at_most_so_often() {
    let watch = script("rules: [{do: down, times: 2}]");
    let told = (0..5).filter(|_| watch.ask(&moment(At::Poll, "a")).is_some()).count();
    assert_eq!(told, 2);
}

#[test]
fn dice_follow_the_seed_and_not_the_order() {
    let prompts: Vec<String> = (0..2000).map(|number| format!("scene {number}")).collect();
    let drawn = |seed: u32, backwards: bool| {
        let watch = script(&format!("seed: {seed}\nrules: [{{share: 5%, do: down}}]"));
        let mut hit: Vec<&String> = Vec::new();
        let mut order: Vec<&String> = prompts.iter().collect();
        if backwards {
            order.reverse();
        }
        hit.extend(order.into_iter().filter(|prompt| watch.ask(&moment(At::Submit, prompt)).is_some()));
        hit.sort();
        hit
    };
    assert_eq!(drawn(1, false), drawn(1, true));
    assert_ne!(drawn(1, false), drawn(2, false));
    let count = drawn(1, false).len();
    assert!((60..140).contains(&count), "{count} of 2000 at 5 %");
}

proptest! {
    #[test]
    fn rubbish_never_panics(text in any::<String>()) {
        let _ = Script::read(&text);
    }

    #[test]
    fn rubbish_in_the_shape_of_a_script_never_panics(
        key in "[a-z]{1,6}|at|do|share|from|nth|model",
        value in "\\PC{0,12}|[0-9.%a-z]{0,8}|\\[[0-9, -]{0,8}\\]|\\{[a-z-]{0,10}: [0-9a-z.%]{0,8}\\}",
        effect in "[a-z-]{0,12}|throttle|status|price-rise|list",
        setting in "[0-9.smh%x-]{0,20}|[a-z]{0,8}|\\{after: [0-9a-z]{0,6}\\}",
    ) {
        for mistake in Script::read(&format!("rules:\n  - {key}: {value}\n    do: {{{effect}: {setting}}}\n"))
            .err().into_iter().flatten() {
            prop_assert!(mistake.line >= 1 && !mistake.what.is_empty() && !mistake.hint.is_empty());
        }
    }
}
