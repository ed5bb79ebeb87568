//! What people and providers write is text, whatever it looks like.

use super::Service;
use crate::cli::Bench;

const PLAN: &str = r#"
film: "</title><script>alert(1)</script> \"quoted\" 'single' \u202Edetrevni {{ 7 * 7 }} &amp;"
size: 320x180
budget: 1.00
min_clips: 1
scenes:
  - {id: one, title: "<img src=x onerror=alert(1)>", seconds: 1}
  - {id: two, title: "\u2066\u200Fmarks\u2069 </textarea><script>alert(2)</script>", seconds: 1}
"#;

#[test]
fn what_was_written_is_shown_as_text_and_does_nothing() {
    let bench = Bench::new();
    let service = Service::start(&bench);
    let page = service.make(PLAN);
    assert_eq!(service.settled(&page), "completed");
    let run = page.rsplit('/').next().unwrap();
    let pages = [page.clone(), format!("{page}/board"), "/".to_owned(), "/list".to_owned(), format!("/new?run={run}")];
    for address in pages {
        let answer = service.get(&address);
        let text = answer.text();
        assert_eq!(answer.status, 200, "{text}");
        for tag in ["<script>", "<img src=x", "</textarea><script", "</title><script"] {
            assert!(!text.contains(tag), "{address}: `{tag}` in {text}");
        }
        assert!(text.contains("alert(1)"), "{address}: it is shown");
        for mark in ['\u{202e}', '\u{2066}', '\u{200f}'] {
            assert!(!text.contains(mark), "{address}: a mark that turns text around");
        }
    }
    let answer = service.form("/new/quote", &[("plan", "film: </textarea><script>alert(3)</script>: x\n")]);
    assert!(!answer.text().contains("<script>"), "{}", answer.text());
}
