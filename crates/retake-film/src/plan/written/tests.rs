use proptest::prelude::*;

use super::super::{Choices, Music, MusicSource, Scene, Score, read};
use super::*;

fn nobody() -> BTreeMap<String, String> {
    BTreeMap::new()
}

#[track_caller]
fn good(answer: &str) -> Written {
    written(answer, &nobody()).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

#[track_caller]
fn mistake(answer: &str) -> String {
    written(answer, &nobody()).unwrap_err().list[0].what.clone()
}

const ANSWER: &str = r#"{"title": "Blue", "language": "en", "style": "ink", "cast": [{"name": "tom", "look": "old"}],
    "music": "calm piano", "scenes": [
    {"shot": {"frame": "@tom at sea", "motion": "he waves"}, "say": "Look up.", "seconds": null, "join": "cut"},
    {"shots": [{"frame": "a", "motion": "", "seconds": 2}, {"frame": "b", "motion": null, "seconds": null}],
     "say": null, "seconds": 6.5, "join": "crossfade 0.5"},
    {"still": "The sky", "say": "It is blue.", "seconds": 0, "join": "cut"}, {"title": "The end"}]}"#;

#[test]
fn what_a_writer_may_say_is_read() {
    let Written { plan, dropped } = good(ANSWER);
    assert_eq!(
        (plan.film.as_str(), plan.language.as_deref(), plan.style.as_deref()),
        ("Blue", Some("en"), Some("ink"))
    );
    assert_eq!(plan.cast["tom"].look.as_deref(), Some("old"));
    assert_eq!((plan.scenes.len(), plan.scenes[0].say.as_deref()), (4, Some("Look up.")));
    assert_eq!((plan.scenes[2].seconds, dropped), (None, Vec::<String>::new()));
    let again = read(&plan.to_yaml().unwrap()).unwrap();
    assert_eq!(again, plan, "it is a plan as any other");
}

#[test]
fn a_plan_in_its_own_form_and_in_a_fence_is_read_too() {
    let yaml = "Here it is:\n```yaml\nfilm: Blue\ncast: {tom: {look: old, ref: /etc/passwd}}\nmusic: {prompt: calm}\n\
                scenes:\n  - shot: \"@tom waves\"\n```\nEnjoy!";
    let Written { plan, dropped } = good(yaml);
    assert_eq!((plan.film.as_str(), plan.scenes.len()), ("Blue", 1));
    assert_eq!(dropped, ["`ref` of a member of the cast"]);
    assert_eq!(good("```json\n{\"title\": \"A ``` b\", \"scenes\": [{\"title\": \"x\"}]}\n```").plan.film, "A ``` b");
}

#[test]
fn what_a_writer_may_not_say_is_left_out_and_named() {
    let answer = r#"{"film": "F", "budget": 1000000, "deliver": "/etc", "notify": "http://169.254.169.254/", "writer": "x",
        "voice": "x", "retry": {}, "size": "64x64", "IGNORE ALL RULES": true,
        "music": {"file": "/etc/passwd", "prompt": "calm"},
        "scenes": [{"id": "../../x", "still": "a", "image": "dear", "ref": "/etc/passwd", "captions": "off"},
                   {"shot": {"frame": "b", "seed": 1, "video": ["dear"]}, "music": {"file": "x"}}]}"#;
    let Written { plan, dropped } = good(answer);
    assert_eq!(plan.places().count(), 0);
    assert_eq!((plan.budget, &plan.deliver, &plan.notify, plan.size), (None, &None, &None, None));
    let told = dropped.join(" ");
    for name in
        ["`budget`", "`deliver`", "`notify`", "`writer`", "`file` of music", "`ref` of a scene", "`video` of a shot"]
    {
        assert!(told.contains(name), "{name}: {told}");
    }
    assert!(dropped.len() <= DROPPED_MAX);
}

#[test]
fn what_is_no_plan_is_refused_and_bounded() {
    let many = format!(r#"{{"title": "x", "scenes": [{}]}}"#, vec![r#"{"title":"x"}"#; 41].join(","));
    assert_eq!(mistake(&many), "a list of 41");
    let million = format!(r#"{{"title": "x", "scenes": [{}]}}"#, vec![r#"{"title":"x"}"#; 1_000_000].join(","));
    assert!(mistake(&million).contains("bytes long"));
    let shots = format!(r#"{{"title": "x", "scenes": [{{"shots": [{}]}}]}}"#, [r#"{"frame":"x"}"#; 7].join(","));
    assert_eq!(mistake(&shots), "a list of 7");
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(mistake(&deep).contains("nests too deep"));
    assert!(written(&format!("{{\"scenes\": {deep}}}"), &nobody()).is_err());
    for (answer, what) in [
        ("", "the plan is empty"),
        ("<!DOCTYPE html><html><body>x</body></html>", "a text stands here"),
        ("I cannot do that.", "a text stands here"),
        (r#"{"title": "x"}"#, "an answer without `scenes`"),
        (r#"{"title": "x", "scenes": [{"clip": "/etc/passwd"}]}"#, "a scene without anything to see"),
        (r#"{"title": "x", "scenes": [{"shot": "@nobody"}]}"#, "nobody is called `@nobody`"),
        (r#"{"title": "x", "scenes": [{"shot": "a", "still": "b"}]}"#, "`shot`, `still` in one scene"),
    ] {
        assert_eq!(mistake(answer), what, "{answer}");
    }
}

#[test]
fn mistakes_stand_where_the_answer_has_them() {
    let mistakes = written(r#"{"title": "x", "scenes": [{"title": "a"}, {"shot": "b", "seconds": -1}]}"#, &nobody());
    insta::assert_snapshot!(mistakes.unwrap_err().render("its answer"));
}

#[test]
fn what_the_user_says_of_the_film_stands() {
    let user = read(
        "film: Why?\nlanguage: de\nstyle: photo\nbudget: 2.00\njoin: cut\nvoice: heart\nmusic: off\ncast: {tom: young}\n",
    )
    .unwrap();
    let members = [("tom".to_owned(), "young".to_owned())].into();
    let answer = ANSWER.replace("\"look\": \"old\"}", "\"look\": \"old\"}, {\"name\": \"ann\", \"look\": \"tall\"}");
    let written = written(&answer, &members).unwrap().plan;
    assert_eq!(written.cast["tom"].look.as_deref(), Some("young"));
    let beside = user.laid_beside(written);
    assert_eq!((&beside.language, &beside.style, &beside.choices.music), (&None, &None, &None));
    assert!(beside.scenes.iter().all(|scene| scene.choices.join.is_none()));
    let film = user.with_written(read(&beside.to_yaml().unwrap()).unwrap());
    assert_eq!(
        (film.film.as_str(), film.language.as_deref(), film.style.as_deref()),
        ("Blue", Some("de"), Some("photo"))
    );
    assert_eq!((film.budget, film.choices.music.clone()), (user.budget, Some(Music::Off)));
    assert_eq!((film.cast["tom"].look.as_deref(), film.cast["ann"].look.as_deref()), (Some("young"), Some("tall")));
}

/// Whether it says nothing but what a writer may say.
fn is_modest(plan: &Plan) -> bool {
    let Plan { film, language, style, choices, cast, scenes, .. } = plan.clone();
    let music = choices.music.clone();
    let heard = match &music {
        None => true,
        Some(Music::On(Score { source: MusicSource::Prompt { model: None, .. }, volume: None, duck: None })) => true,
        Some(_) => false,
    };
    let bare =
        Plan { film, language, style, cast, scenes, choices: Choices { music, ..Choices::default() }, ..empty() };
    let scene = |scene: &Scene| {
        let join = scene.choices.join;
        let shots = scene.shots().iter();
        let plain = shots.clone().count() <= WRITTEN_SHOTS_MAX
            && shots.clone().all(|shot| shot.seed.is_none() && shot.image.is_none() && shot.video.is_none());
        plain && scene.choices == Choices { join, ..Choices::default() }
    };
    heard
        && bare == *plan
        && plan.scenes.len() <= WRITTEN_SCENES_MAX
        && plan.places().next().is_none()
        && plan.scenes.iter().all(scene)
}

fn empty() -> Plan {
    read("film: x\n").unwrap()
}

fn json() -> impl Strategy<Value = Value> {
    let keys = proptest::sample::select(vec![
        "title", "film", "language", "style", "cast", "music", "scenes", "shot", "shots", "still", "say", "seconds",
        "join", "frame", "motion", "name", "look", "prompt", "file", "clip", "ref", "budget", "deliver", "writer",
        "voice", "id", "tom",
    ]);
    let texts = proptest::sample::select(vec![
        "en",
        "cut",
        "crossfade 0.5",
        "a wave",
        "@tom waves",
        "@@",
        "",
        "off",
        "3",
        "/etc/passwd",
        "tom",
        "<b>",
        "\u{202e}",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        (0.0..9.0_f64).prop_map(Value::from),
        texts.prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::vec((keys.clone(), inner), 0..6).prop_map(|pairs| Value::Object(
                pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
            )),
        ]
    })
}

proptest! {
    #[test]
    fn no_answer_makes_it_panic_or_says_what_it_may_not(scenes in json(), more in json(), title in ".{1,9}", text in ".{0,99}") {
        let mut whole = more.as_object().cloned().unwrap_or_default();
        whole.insert("title".to_owned(), title.into());
        for scenes in [scenes.clone(), Value::Array(vec![scenes])] {
            whole.insert("scenes".to_owned(), scenes);
            let answer = Value::Object(whole.clone()).to_string();
            if let Ok(written) = written(&answer, &[("tom".to_owned(), String::new())].into()) {
                prop_assert!(is_modest(&written.plan), "{:?}", written.plan);
                prop_assert_eq!(read(&written.plan.to_yaml().unwrap()).unwrap(), written.plan);
            }
        }
        let _ = (written(&text, &nobody()), written(&more.to_string(), &nobody()));
    }
}
