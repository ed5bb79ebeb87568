use std::collections::BTreeMap;

use retake_engine::decide::Finished;
use retake_engine::fault::{Acceptance, Class, Fault};
use retake_engine::id::{RunId, TakeId};

use super::*;
use crate::catalogue::{Catalogue, cards};
use crate::plan;
use crate::providers::{Secret, Sellers};
use crate::schedule::{Setting, schedule};

/// Three scenes that share a route of voices.
fn film(route: &str) -> RunSpec {
    let text = format!(
        "{{film: Voices, voice: {route}, scenes: [{{id: storm, title: a, say: A lamp can only shine.}}, \
         {{id: lamp, title: b, say: Then it blinked.}}, {{id: end, title: c, say: And that was that.}}]}}"
    );
    let plan = plan::read(&text).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let mut sellers = Sellers::standard();
    for name in ["elevenlabs", "openai"] {
        let mut seller = sellers.find(name).unwrap().clone();
        seller.key = Some(Secret::new("k"));
        sellers.put(seller);
    }
    let catalogue = Catalogue::local(|_| None).with(&cards(&BTreeMap::new(), false).unwrap(), &sellers);
    let setting = Setting {
        catalogue: &catalogue,
        files: &BTreeMap::new(),
        name: "film",
        base: "",
        about: BTreeMap::new(),
        cap: Money::from_cents(500),
        account: "ann".into(),
        write_off_limit: Money::ZERO,
        policies: BTreeMap::new(),
        seed: None,
        until: None,
        allow_fallback: false,
    };
    schedule(&plan, &setting).unwrap().spec(RunId::default(), None, BTreeMap::new())
}

fn key_of(spec: &RunSpec, node: &NodeSpec, name: &EntryId) -> Key {
    steps::key(&look_of(spec, node, name, Vec::new()).unwrap())
}

type Told = (Fate, Option<String>, Money, Money);

/// What each voice comes to, with what is known of it by its scene and its entry.
fn voices(route: &str, known: &dyn Fn(&str, &str) -> Option<Memory>) -> Vec<Told> {
    let spec = film(route);
    let recall = |key: &Key| {
        let of = |node: &NodeSpec| {
            let entry = node.route.iter().find(|entry| key_of(&spec, node, entry) == *key)?;
            known(node.id.as_str().strip_suffix("/voice")?, entry.as_str())
        };
        spec.nodes.iter().find_map(of)
    };
    let voices = rows(&spec, &recall, &|_| None).into_iter().filter(|row| row.step == "voice");
    voices.map(|row| (row.fate, row.model, row.expected, row.worst)).collect()
}

fn spoken() -> Memory {
    let from = TakeId { run: RunId::default(), node: "x".into(), n: 1 };
    Memory::Finished(Finished { from, outputs: Outputs::default(), cost: Money::ZERO, extension: None })
}

#[test]
fn the_first_voice_is_expected_and_every_voice_may_have_to_be_paid() {
    let of = |route: &str| voices(route, &|_, _| None);
    let (first, second, both) = (of("rachel"), of("nova"), of("[rachel, nova]"));
    for ((first, second), both) in first.iter().zip(&second).zip(&both) {
        assert_eq!((both.1.as_deref(), both.2), (Some("rachel"), first.2));
        assert_eq!(both.3, first.3.plus(second.3));
    }
    // A picture is made by one of its route alone, but a voice by all of them; what is free costs nothing.
    assert_eq!(of("[rachel, heart]")[0].3, first[0].3);
}

#[test]
fn one_scene_that_is_yet_to_be_spoken_may_change_them_all() {
    let second = voices("nova", &|_, _| None);
    let told = voices("[rachel, nova]", &|scene, entry| (scene != "lamp" && entry == "rachel").then(spoken));
    assert_eq!(told[0], (Fate::Reuse, Some("rachel".to_owned()), Money::ZERO, second[0].3));
    assert_eq!((told[1].0, told[1].1.as_deref()), (Fate::Make, Some("rachel")));
    let all = voices("[rachel, nova]", &|_, entry| (entry == "rachel").then(spoken));
    assert!(all.iter().all(|told| told.3.is_zero()), "when all are there nobody changes");
}

#[test]
fn who_was_spoken_by_another_narrator_is_quoted_as_the_others_are() {
    let second = voices("nova", &|_, _| None);
    let told = voices("[rachel, nova]", &|scene, entry| match (scene, entry) {
        ("lamp", "rachel") => Some(Memory::Refused(Fault::new(Class::Rejected, Acceptance::No, "no"))),
        ("lamp" | "storm", "nova") | ("storm" | "end", "rachel") => Some(spoken()),
        _ => None,
    });
    let nova = Some("nova".to_owned());
    assert_eq!(told[..2], [(); 2].map(|()| (Fate::Reuse, nova.clone(), Money::ZERO, Money::ZERO)));
    assert_eq!((told[2].0, told[2].1.clone(), told[2].2), (Fate::Make, nova, second[2].2));
}
