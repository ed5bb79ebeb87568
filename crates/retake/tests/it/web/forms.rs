//! What the buttons and the plan editor send.

use super::{CARDS, Service};
use crate::cli::Bench;

#[test]
fn a_quote_stands_beside_the_plan_and_nothing_is_made_by_it() {
    let bench = Bench::new();
    let service = Service::start(&bench);
    let quote = service.form("/new/quote", &[("plan", CARDS)]);
    quote.is_page(200).tells(&[
        "Reuse 0, make ",
        "<span class=\"price\">$0.00</span>",
        "the cap is $1.00",
        "film: A quiet word",
    ]);
    service.get("/").tells(&["No films yet."]);
    let page = service.make(CARDS);
    assert_eq!(service.settled(&page), "completed");
    let run = page.rsplit('/').next().unwrap();
    service.get(&format!("/new?run={run}")).is_page(200).tells(&["film: A quiet word", "Change the plan", "Reuse "]);
    service.get("/new?run=none").is_page(404);
}

#[test]
fn mistakes_are_told_with_their_lines_and_what_was_written_stays() {
    let bench = Bench::new();
    let service = Service::start(&bench);
    for path in ["/new/quote", "/new"] {
        let answer =
            service.form(path, &[("plan", "film: A\nscenez:\n  - {id: a, title: A}\n"), ("until", "storyboard")]);
        let status = if path == "/new" { 422 } else { 200 };
        answer.is_page(status).tells(&["scenez:", "data-line=\"2\"", "Line 2", "value=\"storyboard\" selected"]);
    }
    service.form("/new", &[("plan", "")]).is_page(422);
    service.form("/new", &[]).is_page(422);
    service.form("/new", &[("plan", &"film: A\n".repeat(200_000))]).is_page(400).tells(&["at most 1 MiB"]);
    let file = CARDS.replace("title: for nine days, seconds: 1", "clip: /etc/passwd");
    service.form("/new", &[("plan", &file)]).is_page(422).tells(&["cannot name files of the server"]);
    service.get("/").tells(&["No films yet."]);
}

#[test]
fn a_form_that_is_sent_twice_makes_one_film() {
    let bench = Bench::new();
    let service = Service::start(&bench);
    let send = |plan: &str| service.form("/new", &[("plan", plan), ("wish", "0198c2")]).header("location").to_owned();
    let first = send(CARDS);
    assert_eq!(send(&CARDS.replace('\n', "\r\n")), first, "however lines end");
    assert_ne!(send(&CARDS.replace("A quiet word", "Another")), first, "other words are another wish");
}

#[test]
fn deeds_lead_back_to_the_run_and_refusals_say_why() {
    let bench = Bench::new();
    let service = Service::start(&bench);
    let page = service.make(CARDS);
    assert_eq!(service.settled(&page), "completed");
    let redo = service.form(&format!("{page}/redo"), &[("what", "one")]);
    assert_eq!((redo.status, redo.header("location")), (303, page.as_str()));
    assert_eq!(service.settled(&page), "completed");
    for (deed, fields, status, words) in [
        ("retry", &[][..], 409, "Go back"),
        ("redo", &[("what", "<b>nobody</b>")], 409, "&#60;b&#62;nobody"),
        ("budget", &[("usd", "a lot")], 400, "dollars such as 7.50"),
        ("budget", &[("usd", "1e9")], 400, "no amount of money"),
        ("resolve", &[("take", "one/video/1")], 400, "nothing was said"),
        ("resolve", &[("take", "one/video/1"), ("how", "adopt")], 400, "nothing was said"),
        ("resolve", &[("take", "?"), ("how", "resend")], 400, "Go back"),
        ("pick", &[("take", "one/video/99")], 409, "Go back"),
        ("explode", &[], 404, "there is no such thing to do"),
    ] {
        let answer = service.form(&format!("{page}/{deed}"), fields);
        answer.is_page(status).tells(&[words, &format!("href=\"{page}\"")]);
    }
}

#[test]
fn what_another_site_sends_is_refused() {
    let bench = Bench::new();
    let service = Service::start(&bench);
    let page = service.make(CARDS);
    service.settled(&page);
    let origins = ["http://evil.example", "null", "https://127.0.0.1", ""];
    for path in ["/new", "/new/quote", "/signin", "/signout", &format!("{page}/cancel"), &format!("{page}/redo")] {
        for origin in origins {
            let answer = service.form_with(path, &[("Origin", origin)], &[("plan", CARDS), ("what", "one")]);
            assert_eq!(answer.status, 403, "{path} from `{origin}`: {}", answer.text());
        }
        assert_eq!(service.form_with(path, &[("Sec-Fetch-Site", "cross-site")], &[]).status, 403, "{path}");
    }
    let host = [("Host", "evil.example")];
    assert_eq!(service.ask("GET", "/", &host, "").status, 403, "a name of somewhere else");
}

#[test]
fn a_scene_is_redone_in_other_words_on_its_own_page() {
    let bench = Bench::new();
    let service = Service::start(&bench);
    let page = service.make(&CARDS.replace("title: for nine days", "still: \"Nine <b>days</b>\""));
    assert_eq!(service.settled(&page), "completed");
    service.get(&page).is_page(200).tells(&[
        "What is seen",
        "Nine &#60;b&#62;days&#60;/b&#62;</textarea>",
        "<optgroup label=\"Picture\"><option value=\"storyboard\">",
    ]);
    let send = |words: &str| {
        let fields = [("what", "two"), ("was", "Nine <b>days</b>"), ("words", words), ("model", "")];
        let answer = service.form(&format!("{page}/redo"), &fields);
        assert_eq!(answer.status, 303, "{}", answer.text());
        answer.header("location").to_owned()
    };
    let next = send("Ten\r\ndays ");
    assert_ne!(next, page);
    assert_eq!(send("Ten\r\ndays"), next, "pressed twice, made once");
    assert_eq!(service.settled(&next), "completed");
    service.get(&next).is_page(200).tells(&["Ten\ndays</textarea>"]);
    let same = [("what", "two"), ("was", "Ten\r\ndays"), ("words", "Ten\r\ndays"), ("model", "")];
    let answer = service.form(&format!("{next}/redo"), &same);
    assert_eq!((answer.status, answer.header("location")), (303, &*next), "the same words are made anew");
    let same = [("what", "two"), ("was", "Nine <b>days</b>"), ("words", "Nine <b>days</b>"), ("model", "")];
    service.form(&format!("{page}/redo"), &same).is_page(409).tells(&["has taken the place of this one"]);
    let refused = service.form(&format!("{next}/redo"), &[("what", "two"), ("words", "@nobody <i>")]);
    refused.is_page(422).tells(&["nobody is called", &format!("href=\"{next}\"")]);
}
