//! Every page, for runs wherever they stand.

use retake_rehearsal::{Pace, Script};

use super::{CARDS, Service};
use crate::cli::Bench;
use crate::cli::paid::Stage;

/// The most that a page transfers, without pictures and clips.
const PAGE_BYTES: usize = 100_000;

#[test]
fn a_list_without_films_says_what_to_do() {
    let bench = Bench::new();
    let service = Service::start(&bench);
    service.get("/").is_page(200).tells(&["<h1>Films</h1>", "No films yet.", "href=\"/new\"", "<main", "lang=\"en\""]);
    service.get("/list").is_page(200).tells(&["No films yet."]);
    service.get("/new").is_page(200).tells(&["<label for=\"plan\">", "film: A small storm", "Nothing is spent yet"]);
    service.get("/runs/0198c2").is_page(404).tells(&["there is no such run"]);
    service.get("/runs/01980000-0000-7000-8000-000000000000").is_page(404);
    service.get("/?before=0198c2").is_page(404);
    assert_eq!(service.get("/runs/01980000-0000-7000-8000-000000000000/poster").status, 404);
    service.ask("GET", "/none", &[("Accept", "text/html,*/*")], "").is_page(404).tells(&["there is no such page"]);
    for (path, accept) in [("/none", "*/*"), ("/api/none", "text/html")] {
        let answer = service.ask("GET", path, &[("Accept", accept)], "");
        assert_eq!((answer.status, answer.header("content-type")), (404, "application/problem+json"));
    }
    // An address that only a form is sent to: told as the rest is.
    let html = [("Accept", "text/html,*/*")];
    let run = "/runs/01980000-0000-7000-8000-000000000000";
    for (path, back) in [(&*format!("{run}/retry"), run), ("/new/quote", "/"), ("/signout", "/")] {
        let words = ["a button leads here", &format!("href=\"{back}\"")];
        service.ask("GET", path, &html, "").is_page(405).tells(&words);
        let plain = service.ask("GET", path, &[("Accept", "*/*")], "");
        assert_eq!((plain.status, plain.header("content-type")), (405, "application/problem+json"));
    }
    assert_eq!(service.get("/stills/00").status, 404);
    assert_eq!(service.get("/assets/none.css").status, 404);
}

#[test]
fn a_complete_film_is_shown_with_its_chapters_and_little_is_transferred() {
    let bench = Bench::new();
    let service = Service::start(&bench);
    let page = service.make(CARDS);
    assert_eq!(service.settled(&page), "completed");
    let run = service.get(&page);
    run.is_page(200).tells(&[
        "The film is done, with every scene.",
        "2 of 2",
        "$0.00 of $1.00",
        "<video id=\"player\" aria-label=\"The film\" controls",
        "data-at=\"0.000\"",
        "data-at=\"1.000\"",
        "<bdi>two</bdi>",
        "preload=\"none\" tabindex=\"0\"",
        "role=\"status\"",
    ]);
    let film = run.text().split(" src=\"/api/runs/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(service.get(&format!("/api/runs/{film}")).header("content-type"), "video/mp4");
    // A picture of what was made stands for the run in the list, and is made small here.
    let poster = service.get(&format!("{page}/poster"));
    assert_eq!(poster.status, 303);
    let picture = service.get(poster.header("location"));
    assert!(picture.header("content-type").starts_with("image/"), "{picture:?}");
    let clip = run.text().split("src=\"/api/artifacts/").nth(1).unwrap()[..64].to_owned();
    let still = service.get(&format!("/stills/{clip}"));
    assert_eq!((still.status, still.header("content-type")), (200, "image/jpeg"));
    assert!(still.body.starts_with(&[0xff, 0xd8]) && still.body.len() < 60_000);
    let [style, script, mark] = ["page.css", "page.js", "mark.svg"].map(|name| service.get(&format!("/assets/{name}")));
    let sum: usize = [&run, &style, &script, &mark].iter().map(|answer| answer.body.len()).sum();
    assert!(sum <= PAGE_BYTES, "{sum} bytes");
    let again = service.ask("GET", "/assets/page.js", &[("If-None-Match", script.header("etag"))], "");
    assert_eq!((again.status, again.body.len()), (304, 0));
    service.get("/").is_page(200).tells(&["A quiet word", "completed", "2 of 2 made", "just now"]);
    service.get(&format!("{page}/board")).is_page(200).tells(&["id=\"stand\" data-seq="]);
}

#[test]
fn a_film_with_a_gap_names_it_and_offers_what_helps() {
    let bench = Bench::new();
    let service = Service::start(&bench);
    let gap = format!("{CARDS}  - {{id: photograph, clip: \"http://127.0.0.1:9/old.mp4\"}}\n");
    let page = service.make(&gap);
    assert_eq!(service.settled(&page), "partial");
    service.get(&page).is_page(200).tells(&[
        "The film is there, with 2 of 3 scenes; missing: photograph.",
        "only https is fetched",
        "change the plan",
        &format!("action=\"{page}/retry\""),
        "name=\"what\" value=\"photograph\"",
    ]);
}

#[test]
fn a_long_film_is_shown_page_by_page() {
    let bench = Bench::new();
    let service = Service::start(&bench);
    let scenes: Vec<String> = (1..=60).map(|n| format!("  - {{id: s{n}, title: Scene {n}, seconds: 1}}\n")).collect();
    let page = service.make(&format!("film: Long\nsize: 320x180\nbudget: 1.00\nscenes:\n{}", scenes.concat()));
    assert_eq!(service.form(&format!("{page}/cancel"), &[("how", "now")]).status, 303);
    let text = |from: usize| service.get(&format!("{page}?from={from}")).is_page(200).text();
    let shown = |text: &str| text.matches("<li class=\"scene").count();
    let first = text(0);
    assert_eq!((shown(&first), first.contains("Scenes before"), first.contains("?from=24#scenes")), (24, false, true));
    let last = text(48);
    assert_eq!((shown(&last), last.contains("More scenes"), last.contains("?from=24#scenes")), (12, false, true));
    for from in ["1000000", "-1", "x", ""] {
        let text = service.get(&format!("{page}?from={from}")).is_page(200).text();
        assert_eq!((shown(&text), text.contains("Scenes before")), (24, false), "what is not there is the beginning");
    }
}

const PAID: &str = "
film: A keeper
size: 320x180
budget: 3.00
min_clips: 1
image: [flux-dev]
video: [seedance-lite]
scenes:
  - {id: storm, shot: Waves hit a lighthouse at night}
  - {id: lamp, shot: A keeper lights a lamp}
";

#[test]
fn a_run_is_followed_from_its_first_take_through_a_pause_to_its_end() {
    let stage = Stage::new(Script::calm(), Pace::lively(), "");
    let service = Service::of(stage.command(&["serve", "--listen", "127.0.0.1:0", "--json"]));
    let page = service.make(PAID);
    service.until(&page, |run| run["cost"]["reserved_usd"] != "0.000000");
    service.get(&page).is_page(200).tells(&[
        "running",
        "Stage 3 of 7: <strong>storyboard</strong>",
        "reserved",
        " data-going",
    ]);
    assert_eq!(service.form(&format!("{page}/budget"), &[("usd", "0.10")]).status, 303);
    assert_eq!(service.settled(&page), "paused");
    let text =
        service.get(&page).is_page(200).tells(&["The cap is reached.", "Raise the cap by $", "up to $"][..2]).text();
    let cap = text.split("name=\"usd\"").nth(1).unwrap().split("value=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(service.form(&format!("{page}/budget"), &[("usd", cap)]).header("location"), page);
    service.until(&page, |run| run["status"] != "paused" || run["cost"]["cap_usd"] != "0.100000");
    assert_eq!(service.form(&format!("{page}/budget"), &[("usd", "$3.00")]).status, 303);
    service.until(&page, |run| run["status"] == "completed");
    service.get(&page).is_page(200).tells(&["take 1</span> <span class=\"good\">kept", "flux-dev", "seedance-lite"]);
}
