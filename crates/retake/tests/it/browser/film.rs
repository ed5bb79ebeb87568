//! The life of a film before one page that stays open: through a fault, a power cut and a gap, to its end.

use std::time::Duration;

use retake_rehearsal::{Kind, Pace, Script};
use serde_json::json;

use super::{Browser, serve};
use crate::cli::paid::Stage;

const FILM: &str = "film: A keeper
size: 320x180
budget: 9.00
min_clips: 1
image: [flux-dev]
video: [seedance-lite]
scenes:
  - {id: storm, shot: Waves hit a lighthouse at night, seconds: 1}
  - {id: lamp, shot: A keeper lights a lamp, seconds: 1}
  - {id: lens, shot: A lens bends the light, seconds: 1}
";

/// The first clip of one scene fails and is made again; those of another fail until nobody tries any more.
const FAULTS: &str = "rules:
  - {kind: video, at: submit, prompt: keeper, takes: 1, do: {fail: Worker crashed}}
  - {kind: video, at: submit, prompt: lens, takes: [1, 2, 3], do: {fail: Worker crashed}}
";

/// How long a clip takes: long enough to be seen under way.
const CLIP: Duration = Duration::from_millis(2_500);

/// Whether some take of a scene has this outcome on the page.
fn has_take(scene: u32, outcome: &str) -> String {
    format!("[...document.querySelectorAll('#s{scene} .takes span')].some(take => take.textContent === '{outcome}')")
}

#[test]
fn a_film_is_made_before_a_page_that_stays_open() {
    let Some(browser) = Browser::open() else { return };
    let mut pace = Pace::quick();
    pace.work.insert(Kind::Video, CLIP);
    let stage = Stage::new(Script::read(FAULTS).unwrap(), pace, "");
    let mut service = serve(&stage, "127.0.0.1:0");
    let page = browser.make(&service, FILM);

    // It fills in, while the page is the same one all the time.
    browser.value("(window.same = true)");
    browser.until(
        "a picture",
        "document.querySelector('.sheet img')?.complete && 'going' in document.getElementById('stand').dataset",
    );
    browser.is_content();

    // The power is cut with the page open: it says so, and finds back by itself.
    let at = service.at.clone();
    drop(service);
    browser.until("word of the loss", "document.getElementById('lost').textContent.includes('connection is lost')");
    service = serve(&stage, &at);
    browser.until("the way back", "document.getElementById('lost').textContent === ''");
    let lost = browser.complaints();
    assert!(
        lost.iter().all(|complaint| complaint.source == "network" && complaint.text.contains("net::ERR_")),
        "{lost:#?}"
    );

    // A fault and its recovery; a clip, and then a gap.
    browser.until("a fault", &has_take(2, "failed"));
    browser.until("its recovery", &has_take(2, "kept"));
    browser.until("a clip", "document.querySelector('#s2 video.clip')");
    browser.stands("partial");
    assert!(browser.text("document.querySelector('#s2 .why').textContent").contains("Worker crashed"));
    assert!(browser.text("document.getElementById('says').textContent").contains("with 2 of 3 scenes; missing: lens"));
    assert_eq!(browser.value("window.same"), json!(true), "the page was never left");
    browser.is_content();

    // The gap is made again, then a scene that had come out well.
    browser.press("#do-retry button");
    browser.stands("completed");
    browser.until("the scene", &has_take(3, "kept"));
    let bought = stage.bill().taken();
    browser.press("#s1-more summary");
    browser.press("#s1-more .again button");
    browser.until("another take", "document.querySelectorAll('#s1 .takes li').length > 2");
    browser.stands("completed");
    assert!(stage.bill().taken() > bought);

    // It plays to its end, from a chapter on.
    browser.until("the film", "document.getElementById('player')?.readyState >= 1");
    browser.press("a[data-at]");
    browser.until("its end", "document.getElementById('player').ended");
    assert!(browser.value("document.getElementById('player').duration").as_f64().unwrap() >= 2.9);
    browser.is_content();
    assert_eq!(service.settled(&page), "completed");
    redo_in_other_words(&browser, &stage, &page);
    browser.is_content();
}

/// A scene is wanted otherwise, and its new picture comes to a page of its own, which nobody loads again.
fn redo_in_other_words(browser: &Browser, stage: &Stage, page: &str) {
    let picture = "(document.querySelector('#s1 img')?.src ?? document.querySelector('#s1 video')?.poster)";
    let (before, bought) = (browser.text(picture), stage.bill().taken());
    if browser.value("document.getElementById('s1-more').open") == json!(false) {
        browser.press("#s1-more summary");
    }
    browser.press("#s1-otherwise summary");
    browser.write("#s1-w1", "Waves hit a lighthouse <b>at noon</b>");
    browser.press("#s1-o1 button");
    browser.until("another run", &format!("location.pathname.startsWith('/runs/') && location.pathname !== '{page}'"));
    browser.value("(window.same = true)");
    browser.until("its new picture", &format!("{picture} && {picture} !== '{before}'"));
    browser.stands("completed");
    assert_eq!(browser.value("window.same"), json!(true), "the page was never left");
    // A picture and a clip of one scene, and nothing else.
    assert_eq!(stage.bill().taken(), bought + 2);
    let words = "document.querySelector('#s1-w1').value";
    browser.until("its words", &format!("{words} === 'Waves hit a lighthouse <b>at noon</b>'"));
}

#[test]
fn a_page_is_there_at_once_and_can_be_read_on_any_screen() {
    let Some(browser) = Browser::open() else { return };
    let stage = Stage::new(Script::calm(), Pace::quick(), "");
    let service = serve(&stage, "127.0.0.1:0");
    let page = browser.make(&service, FILM);
    assert_eq!(service.settled(&page), "completed");
    for address in ["/", "/new", &page] {
        browser.go(&format!("{}{address}", service.origin()));
        browser.until("the first paint", "performance.getEntriesByName('first-contentful-paint').length");
        let paint = browser.value("performance.getEntriesByName('first-contentful-paint')[0].startTime");
        // How long that takes depends on the machine: it is told, not judged.
        let what = if address == page { "a run" } else { address };
        eprintln!("{what}: first paint after {} ms", paint.as_f64().unwrap().round());
        for width in [390, 820, 1440] {
            browser.resize(width);
            assert_eq!(
                browser.value("document.documentElement.scrollWidth > innerWidth"),
                json!(false),
                "{address} at {width}"
            );
        }
    }
    browser.is_content();
}
