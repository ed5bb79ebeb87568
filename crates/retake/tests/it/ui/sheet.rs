//! The contact sheet.

use retake::ui::sheet::Sheet;
use retake_engine::fault::Class;

use super::studio::{Studio, fault, half_way, nodes, partial, spec};

fn sheet(studio: &Studio) -> Sheet {
    let story = studio.story();
    Sheet::of(&story, story.elapsed(studio.now))
}

#[test]
fn a_partial_film() {
    let html = sheet(&partial()).html();
    // The style is looked at, not read.
    let (before, rest) = html.split_once("<style>").unwrap();
    let (_, after) = rest.split_once("</style>").unwrap();
    insta::assert_snapshot!(format!("{before}<style>…</style>{after}"));
}

#[test]
fn hostile_texts_are_only_texts() {
    let evil = "</li><script>alert(1)</script>\" onload='x' <img src=https://elsewhere.example/a>&#x6a;";
    let mut studio = Studio::new(spec(nodes(&[evil], true)));
    studio.refuse(&format!("{evil}/image"), 3, fault(Class::Rejected, evil));
    let mut sheet = sheet(&studio);
    sheet.title = evil.into();
    sheet.language = evil.into();
    sheet.run = evil.into();
    sheet.next = evil.into();
    for scene in &mut sheet.scenes {
        (scene.say, scene.shows) = (evil.into(), evil.into());
        scene.frames = vec![b"jpeg".to_vec()];
    }
    sheet.film = Some(retake::ui::sheet::FilmFile { path: evil.into(), length: evil.into(), poster: Some(vec![1]) });
    let html = sheet.html();
    let start = html.find("</head>").unwrap();
    for banned in ["<script", "onload='", "<img src=h", "src=\"http", "href=\"http", "</li><"] {
        assert!(!html[start..].contains(banned), "{banned} in {html}");
    }
    // Every tag that opens is one of ours, and quotes stay inside of their attributes.
    let tags = [
        "a", "bdi", "body", "code", "dd", "details", "div", "dl", "dt", "footer", "h1", "h2", "h3", "header", "html",
        "img", "li", "main", "ol", "p", "rect", "section", "span", "strong", "summary", "svg", "table", "tbody", "td",
        "th", "thead", "tr", "head",
    ];
    for piece in html[start..].split('<').skip(1) {
        let name = piece.trim_start_matches('/').split(|letter: char| !letter.is_ascii_alphanumeric()).next().unwrap();
        assert!(tags.contains(&name), "<{piece}");
    }
}

#[test]
fn nothing_is_asked_of_anybody() {
    let html = sheet(&half_way()).html();
    assert!(html.contains("default-src 'none'"));
    for outside in ["http:", "https:", "//", "url(", "@import", "<link", "<script", "<iframe"] {
        assert!(!html.contains(outside), "{outside}");
    }
}

#[test]
fn every_picture_says_what_it_shows() {
    let mut sheet = sheet(&partial());
    for scene in &mut sheet.scenes {
        scene.frames = vec![b"one".to_vec(), b"two".to_vec()];
    }
    let html = sheet.html();
    assert_eq!(html.matches("<img ").count(), 10);
    assert_eq!(html.matches("alt=\"Scene ").count(), 10);
    assert!(html.contains("alt=\"Scene 1, shot 2: storm\""));
    assert_eq!(html.matches("<h1 ").count(), 1);
}
