use proptest::prelude::*;

use super::*;
use crate::plan;

fn of(prompt: &str) -> Plan {
    let text = serde_json::json!({"film": prompt}).to_string();
    write(prompt, &plan::read(&text).expect("it is a plan"))
}

/// What a person hears and sees of a plan.
fn told(plan: &Plan) -> String {
    let seen = |scene: &Scene| match &scene.kind {
        Kind::Shot(shot) => format!("shot:  {}", shot.frame),
        Kind::Still(words) => format!("still: {words}"),
        Kind::Title(words) => format!("title: {words}"),
        Kind::Shots(_) | Kind::Clip(_) => "another kind".to_owned(),
    };
    let line = |scene: &Scene| match &scene.say {
        Some(say) => format!("  {}\n    \"{say}\"", seen(scene)),
        None => format!("  {}", seen(scene)),
    };
    let music = match &plan.choices.music {
        Some(Music::On(Score { source: MusicSource::Prompt { prompt, .. }, .. })) => prompt.clone(),
        _ => "other music".to_owned(),
    };
    format!("{:?}\n{}\n  music: {music}", plan.film, plan.scenes.iter().map(line).collect::<Vec<_>>().join("\n"))
}

#[test]
fn what_is_written_can_be_read_aloud() {
    let prompts = [
        "Why is the sky blue?",
        "How lighthouses learned to blink",
        "Make a 30 second video about the life of bees",
        "Black holes",
        "explain how bread rises",
        "Save the whales!",
        "Warum ist der Himmel blau?",
        "A lighthouse stands alone. An old keeper climbs the stairs. He lights the lamp.\nUse warm colours in every scene.",
        "the city that never sleeps",
        "Freedom",
        "-y",
        "🦀🎬",
        "?!…",
        "say \"hello\" to me@home",
        "مرحبا بالعالم",
    ];
    insta::assert_snapshot!(prompts.map(|prompt| told(&of(prompt))).join("\n\n"));
}

#[test]
fn what_the_user_chose_stays() {
    let text = "{film: The sea, size: 1080x1920, fps: 30, music: off, join: cut, seed: 7, captions: burn, \
                voice: [heart], cast: {tom: old keeper}}";
    let base = plan::read(text).expect("it is a plan");
    let written = write("@tom and the sea", &base);
    assert_eq!(Plan { scenes: Vec::new(), ..written.clone() }, base);
    assert!(written.scenes.iter().all(|scene| scene.choices.join.is_none()));
    let Kind::Shot(shot) = &written.scenes[1].kind else { panic!("a shot comes second") };
    assert!(shot.frame.starts_with("@tom and the sea"), "{}", shot.frame);
    assert_eq!(written.scenes[0].kind, Kind::Title("Tom and the sea".to_owned()));
}

#[test]
fn a_film_in_another_language_says_the_users_words_alone() {
    let base = plan::read("{film: Warum ist der Himmel blau?, language: de}").expect("it is a plan");
    let written = write("Warum ist der Himmel blau?", &base);
    let said: Vec<&str> = written.scenes.iter().filter_map(|scene| scene.say.as_deref()).collect();
    assert_eq!(said, ["Warum ist der Himmel blau?"]);
    let base = plan::read("{film: Why is the sky blue?, language: de}").expect("it is a plan");
    assert!(write("Why is the sky blue?", &base).scenes.iter().all(|scene| scene.say.is_none()));
}

fn part() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,12}",
        "\\PC{0,40}",
        "[a-z]{1,8}( [a-z]{1,8}){0,6}[.?!]? ",
        prop::sample::select(vec![
            "-y",
            "\n",
            "\r\n",
            "@tom ",
            "@",
            "@@",
            "\"",
            "'",
            ": ",
            "# ",
            "null",
            "~",
            "\u{202e}",
            "🦀",
            "why is ",
            "Make a video about ",
            "explain ",
            "\u{0}",
            "\t",
            "- ",
            "? ",
            "… ",
            "The sea. ",
            "{",
            "]",
            "%",
            "\\",
            "true",
            "1e3",
        ])
        .prop_map(str::to_owned),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_prompt_becomes_a_plan(parts in prop::collection::vec(part(), 0..12), cast: bool, language in prop::option::of("(en|de|ja)")) {
        let prompt = parts.concat();
        let mut base = plan::read(if cast { "{film: a, cast: {tom: b}}" } else { "{film: a}" }).expect("it is a plan");
        base.film.clear();
        base.language = language;
        let written = write(&prompt, &base);
        prop_assert!((5..=7).contains(&written.scenes.len()), "{}", written.scenes.len());
        prop_assert_eq!(&write(&prompt, &base), &written);
        let yaml = written.to_yaml().expect("it can be written");
        prop_assert_eq!(plan::read(&yaml), Ok(written), "{}", yaml);
    }

    #[test]
    fn a_long_prompt_is_cut(word in "[a-z]{1,30}", count in 100usize..3_000) {
        let prompt = format!("{word} ").repeat(count);
        let base = plan::read("{film: a}").expect("it is a plan");
        let written = write(&prompt, &base);
        prop_assert!(plan::read(&written.to_yaml().expect("it can be written")).is_ok());
        prop_assert!(matches!(&written.scenes[0].kind, Kind::Title(title) if title.chars().count() <= TITLE_CHARS_MAX));
    }
}
