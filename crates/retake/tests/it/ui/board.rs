//! The live view.

use std::fmt::Write as _;

use retake_engine::fault::Class;
use retake_engine::performer::{Answer, Kind};

use super::studio::{FACTS, Studio, coloured, fault, film, half_way, look, nodes, partial, spec};

fn shown(studio: &Studio, columns: &[usize]) -> String {
    let board = studio.board();
    let mut out = String::new();
    for columns in columns {
        let look = look(*columns);
        let text = board.page(&look, studio.now).render(&look);
        assert!(text.lines().all(|line| retake::ui::text::width(line) <= *columns), "wider than {columns}:\n{text}");
        let _ = write!(out, "{:-<columns$}\n{text}", "");
    }
    out
}

#[test]
fn half_way_through() {
    insta::assert_snapshot!(shown(&half_way(), &[40, 80, 120]));
}

#[test]
fn half_way_through_in_colour() {
    let studio = half_way();
    let look = coloured(80);
    insta::assert_snapshot!(studio.board().page(&look, studio.now).render(&look).replace('\u{1b}', "^"));
}

#[test]
fn before_anything_has_begun() {
    insta::assert_snapshot!(shown(&film(), &[40, 80]));
}

#[test]
fn nothing_is_bought() {
    let mut studio = Studio::new(spec(nodes(&["storm", "lamp"], false)));
    studio.work("storm/voice");
    studio.work("storm/image");
    studio.pass(3);
    studio.work("storm/video");
    insta::assert_snapshot!(shown(&studio, &[40, 80]));
}

#[test]
fn looked_for_and_resting() {
    let mut studio = film();
    studio.buy("storm/image", 3, 4);
    studio.prepare("storm/video", 36);
    studio.answer("storm/video", Kind::Submit, Answer::Lost);
    studio.refuse("lamp/image", 3, fault(Class::Transient, "connection reset"));
    insta::assert_snapshot!(shown(&studio, &[80]));
}

#[test]
fn at_the_end() {
    insta::assert_snapshot!(shown(&partial(), &[80]));
}

#[test]
fn names_of_every_script_stand_in_their_columns() {
    let names = ["灯台の夜", "🌊🌊 wave", "مشهد", "a\u{202e}b", "a very long name of a scene that goes on and on"];
    let mut studio = Studio::new(spec(nodes(&names, false)));
    studio.work("灯台の夜/voice");
    insta::assert_snapshot!(shown(&studio, &[40, 80]));
}

#[test]
fn a_film_of_ten_thousand_scenes_fits_the_terminal() {
    let names: Vec<String> = (1..=10_000).map(|at| format!("scene-{at}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut studio = Studio::new(spec(nodes(&names, false)));
    for scene in ["scene-1", "scene-2"] {
        for step in ["voice", "image"] {
            studio.work(&format!("{scene}/{step}"));
        }
    }
    insta::assert_snapshot!(shown(&studio, &[80]));
}

#[test]
fn an_estimate_is_made_only_of_what_was_measured() {
    let mut studio = film();
    let left = |studio: &Studio| {
        let text = studio.board().page(&look(120), studio.now).render(&look(120));
        text.lines().find_map(|line| Some(line[line.find("about ")?..].to_owned()))
    };
    studio.buy("storm/voice", 2, 1);
    studio.buy("storm/image", 3, 4);
    assert_eq!(left(&studio), None, "no clip was made yet");
    studio.buy("storm/video", 36, 30);
    studio.work("storm/ingest");
    assert!(left(&studio).is_some_and(|text| text.ends_with("left, then assemble, deliver")), "{:?}", left(&studio));
    let mut studio = partial();
    assert_eq!(left(&studio), None, "nothing is left");
    studio.pass(1);
    assert_eq!(FACTS.len(), 4);
}

#[test]
fn the_film_is_put_together() {
    let mut studio = Studio::new(spec(nodes(&["storm"], false)));
    for step in ["voice", "image", "video", "ingest"] {
        studio.work(&format!("storm/{step}"));
    }
    studio.work("/sound");
    studio.pass(2);
    insta::assert_snapshot!(shown(&studio, &[40, 80]));
}
