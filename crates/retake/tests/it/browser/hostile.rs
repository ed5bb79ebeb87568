//! Whatever somebody writes is text before a real browser too: none of it runs, and none of it is even tried.

use retake_rehearsal::{Pace, Script};
use serde_json::json;

use super::{Browser, serve};
use crate::cli::paid::Stage;

/// A title, words, names of scenes and files, and an answer of a provider.
const FILM: &str = r#"film: "</title><script>window.hurt = 1</script><img src=x onerror='window.hurt = 1'>"
size: 320x180
budget: 9.00
min_clips: 1
image: [flux-dev]
video: [seedance-lite]
scenes:
  - {id: shot, shot: "A lamp </textarea><svg onload='window.hurt = 1'>", seconds: 1}
  - {id: said, title: "<a href='javascript:window.hurt = 1'>here</a>", seconds: 1}
  - {id: file, clip: "http://127.0.0.1:9/%3Cimg%20src=x%20onerror=window.hurt=1%3E.mp4"}
"#;

const FAULTS: &str = r#"rules:
  - {kind: video, at: submit, do: {fail: "<iframe srcdoc='<script>parent.hurt = 1</script>'></iframe><img src=x onerror='window.hurt = 1'>"}}
"#;

#[test]
fn what_was_written_runs_nothing_in_a_browser() {
    let Some(browser) = Browser::open() else { return };
    let stage = Stage::new(Script::read(FAULTS).unwrap(), Pace::quick(), "");
    let service = serve(&stage, "127.0.0.1:0");
    let page = browser.make(&service, FILM);
    let run = page.trim_start_matches("/runs/").to_owned();
    service.until(&page, |run| !["queued", "running"].contains(&run["status"].as_str().unwrap()));
    let addresses = [&page, "/", &format!("/new?run={run}"), "/runs/<img src=x onerror=window.hurt=1>", "/<img src=x>"];
    for address in addresses {
        browser.go(&format!("{}{address}", service.origin()));
        browser.until("the page", "document.readyState === 'complete'");
        let hurt =
            "!!window.hurt || !!document.querySelector('iframe, [onload], [onerror], img[src=x], a[href^=javascript]')";
        assert_eq!(browser.value(hurt), json!(false), "{address}");
        assert_eq!(browser.value("document.querySelectorAll('script').length"), json!(1), "{address}");
        let complaints = browser.complaints();
        let is_expected = |text: &str| text.contains("status of 404");
        assert!(complaints.iter().all(|complaint| is_expected(&complaint.text)), "{address}: {complaints:#?}");
    }
    browser.go(&format!("{}{page}", service.origin()));
    browser.press("#s1-more summary");
    let all = browser.text("document.body.innerText");
    for shown in ["<script>window.hurt", "</textarea><svg", "<iframe srcdoc", ".mp4"] {
        assert!(all.contains(shown), "`{shown}` is not shown: {all}");
    }
}
