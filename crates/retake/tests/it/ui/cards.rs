//! Cards of trouble and of pauses.

use std::fmt::Write as _;
use std::time::Duration;

use retake::ui::board::{Board, News};
use retake::ui::card::pause::{self, Refused};
use retake_engine::fault::{Acceptance, Class, Fault};
use retake_engine::graph::NodeSpec;
use retake_engine::journal::event::RunSpec;
use retake_engine::money::Money;
use retake_engine::performer::{Answer, Kind};

use super::studio::{Studio, coloured, fault, film, half_way, look, nodes, spec};

/// All cards that the journal leads to, at these widths.
fn cards(studio: &Studio, columns: &[usize]) -> String {
    let journal = studio.journal();
    let mut board = Board::begin(&journal[0]).unwrap();
    let mut out = String::new();
    for record in &journal[1..] {
        for news in board.hear(record).unwrap() {
            let (News::Card(card) | News::Call(card)) = news else { continue };
            for columns in columns {
                let text = card.render(&look(*columns));
                let _ = writeln!(out, "{:-<columns$}\n{text}", "");
            }
        }
    }
    out
}

#[test]
fn throttled_and_rejected() {
    insta::assert_snapshot!(cards(&half_way(), &[40, 80, 120]));
}

#[test]
fn in_colour() {
    let studio = half_way();
    let journal = studio.journal();
    let mut board = Board::begin(&journal[0]).unwrap();
    let news: Vec<News> = journal[1..].iter().flat_map(|record| board.hear(record).unwrap()).collect();
    let card = news.iter().find_map(|news| if let News::Card(card) = news { Some(card) } else { None }).unwrap();
    insta::assert_snapshot!(card.render(&coloured(80)).replace('\u{1b}', "^"));
}

#[test]
fn another_model_then_the_end() {
    let mut studio = film();
    studio.buy("storm/image", 3, 4);
    for _ in 0..3 {
        studio.submit("storm/video", 36);
        let black = Fault::new(Class::Defective, Acceptance::Yes, "the clip is wholly black");
        studio.answer("storm/video", Kind::Poll, Answer::Failed(black.into()));
        studio.pass(60);
    }
    insta::assert_snapshot!(cards(&studio, &[80]));
}

#[test]
fn unclear_then_held() {
    let nodes = vec![NodeSpec {
        route: vec!["hedra-one".into()],
        policy: Some("step".into()),
        item: true,
        ..NodeSpec::gate("the keeper's host/video")
    }];
    let mut studio = Studio::new(spec(nodes));
    studio.prepare("the keeper's host/video", 90);
    studio.answer("the keeper's host/video", Kind::Submit, Answer::Lost);
    studio.pass(60);
    studio.answer("the keeper's host/video", Kind::Find, Answer::Candidates(Vec::new()));
    studio.pass(60);
    insta::assert_snapshot!(cards(&studio, &[40, 80]));
}

#[test]
fn every_class_when_it_is_for_good() {
    let mut out = String::new();
    for class in [Class::Rejected, Class::Invalid, Class::Retired, Class::Broken, Class::Exhausted, Class::Internal] {
        let mut studio = film();
        studio.refuse("storm/image", 3, fault(class, "as the provider says"));
        out += &cards(&studio, &[80]);
    }
    insta::assert_snapshot!(out);
}

#[test]
fn hostile_messages_stay_in_their_card() {
    let mut studio = film();
    let text = "a\u{1b}[2J\u{1b}]0;owned\u{7}\r\n╰ rm -rf /\u{202e}".repeat(3);
    studio.refuse("storm/image", 3, Fault::new(Class::Rejected, Acceptance::No, text).hint("b\u{9b}31m"));
    let text = cards(&studio, &[60]);
    assert!(!text.contains(|letter: char| letter.is_control() && letter != '\n'));
    insta::assert_snapshot!(text);
}

fn capped(cents: u64) -> RunSpec {
    RunSpec { cap: Money::from_cents(cents), ..spec(nodes(&["storm"], true)) }
}

#[test]
fn the_cap_is_reached() {
    let mut studio = Studio::new(capped(20));
    studio.buy("storm/voice", 2, 1);
    studio.buy("storm/image", 3, 1);
    studio.prepare("storm/video", 36);
    insta::assert_snapshot!(cards(&studio, &[40, 80]));
}

#[test]
fn a_provider_refuses_us() {
    let mut studio = Studio::new(RunSpec { rounds: 0, ..spec(nodes(&["storm"], true)) });
    let no = || fault(Class::Denied, "401: no such key").retry_after(Duration::ZERO);
    studio.refuse("storm/voice", 2, no());
    studio.refuse("storm/image", 3, no());
    insta::assert_snapshot!(cards(&studio, &[80]));
}

#[test]
fn a_person_is_to_look() {
    let mut nodes = nodes(&["storm"], true);
    for node in nodes.iter_mut().filter(|node| node.id.as_str() == "storm/scene") {
        node.review = true;
    }
    let mut studio = Studio::new(spec(nodes));
    studio.buy("storm/voice", 2, 1);
    studio.buy("storm/image", 3, 1);
    studio.buy("storm/video", 36, 1);
    studio.work("storm/ingest");
    insta::assert_snapshot!(cards(&studio, &[80]));
}

#[test]
fn refused_before_it_begins_and_interrupted() {
    let [spent, expected, worst, cap] = [42, 735, 2_205, 600].map(Money::from_cents);
    let refused = pause::refused(&Refused { spent, expected, worst, cap }, "films/the keeper.yaml");
    let gone = pause::interrupted(&half_way().story());
    insta::assert_snapshot!([refused, gone].map(|card| card.render(&look(80))).concat());
}

#[test]
fn what_no_round_could_save_is_told_with_its_last_take() {
    let mut studio = Studio::new(RunSpec { rounds: 1, ..spec(nodes(&["storm"], true)) });
    studio.buy("storm/voice", 2, 1);
    for _ in 0..4 {
        studio.refuse("storm/image", 3, fault(Class::Transient, "503: come back later"));
        studio.pass(20);
    }
    insta::assert_snapshot!(cards(&studio, &[80]));
}
