//! A take that may have been bought and that nobody can find: the page says so, and takes a person's word.

use retake_rehearsal::{Pace, Script};

use super::Service;
use crate::cli::paid::{CLIPS, Stage};

/// A film whose first clip was ordered, and nobody knows whether that arrived.
fn held() -> (Stage, Service, String) {
    let script = "rules:\n  - {provider: replicate, at: submit, nth: [1], do: reset-after-accept}\n";
    let script = Script::read(script).unwrap();
    let stage = Stage::new(script, Pace::quick(), "[models.seedance-lite]\ndedupe = \"none\"\n");
    let service = Service::of(stage.command(&["serve", "--listen", "127.0.0.1:0", "--json"]));
    let page = service.make(CLIPS);
    assert_eq!(service.settled(&page), "paused");
    (stage, service, page)
}

/// The take for which the page asks a word.
fn asked(service: &Service, page: &str) -> String {
    let answer = service.get(page);
    answer.is_page(200).tells(&[
        "A take waits for your word.",
        "It may have been bought from seedance-lite at replicate: $0.18 is reserved for it.",
        &format!("action=\"{page}/resolve\""),
        "value=\"adopt\"",
        "value=\"resend\"",
        "value=\"abandon\"",
    ]);
    let text = answer.text();
    assert!(!text.contains(&format!("{page}/resume")), "it goes on with a word alone");
    text.split("name=\"take\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[test]
fn a_held_take_is_found_and_nothing_is_ordered_again() {
    let (stage, service, page) = held();
    let take = asked(&service, &page);
    let known = service.get(&format!("/api{page}?include=nodes")).text();
    let lost = stage.bill().jobs.iter().find(|job| !known.contains(&job.ticket)).unwrap().ticket.clone();
    let form = [("take", take.as_str()), ("ticket", &lost), ("how", "adopt")];
    assert_eq!(service.form(&format!("{page}/resolve"), &form).header("location"), page);
    service.until(&page, |run| run["status"] == "completed");
    assert_eq!(stage.bill().taken(), 2);
}

#[test]
fn a_held_take_is_done_without() {
    let (stage, service, page) = held();
    let take = asked(&service, &page);
    let form = [("take", take.as_str()), ("ticket", ""), ("how", "abandon")];
    assert_eq!(service.form(&format!("{page}/resolve"), &form).status, 303);
    service.until(&page, |run| run["status"] == "partial");
    service.get(&page).is_page(200).tells(&["with 1 of 2 scenes", "written off", &format!("action=\"{page}/retry\"")]);
    assert_eq!(stage.bill().taken(), 2);
}
