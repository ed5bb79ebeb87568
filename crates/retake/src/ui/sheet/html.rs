//! The page itself: escaped text, embedded pictures, no script, nothing from elsewhere.

use std::fmt::Write as _;

use retake_engine::journal::state::ItemState;
use retake_engine::money::Money;

use super::{FilmFile, Sheet, SheetNode, SheetScene, SheetTake};
use crate::ui::words::{dollars, span};

const STYLE: &str = include_str!("style.css");
/// Whatever a text may try: the page runs nothing and asks nobody.
const POLICY: &str =
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
/// The parts of a bar.
const BAR: u128 = 1_000;

/// A text as it may stand anywhere in the page.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(' '),
            letter if letter.is_control() => out.push('\u{fffd}'),
            // It would turn around what follows it in the page.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.push('\u{fffd}'),
            letter => out.push(letter),
        }
    }
    out
}

/// A path as an address that leads to nothing but a file.
fn address(path: &str) -> String {
    let mut out = String::from(if path.starts_with('/') { "file://" } else { "./" });
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// Bytes as base 64.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let at = |place: usize| u32::from(three.get(place).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4 {
            let letter = usize::try_from(bits >> (18 - 6 * place) & 63).unwrap_or(0);
            out.push(if place > three.len() { '=' } else { char::from(LETTERS[letter]) });
        }
    }
    out
}

fn picture(jpeg: &[u8], alt: &str) -> String {
    format!("<img src=\"data:image/jpeg;base64,{}\" alt=\"{}\">", base64(jpeg), escape(alt))
}

/// The word of a language, if it looks like one.
fn language(text: &str) -> &str {
    let fits = !text.is_empty() && text.len() <= 35 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if fits { text } else { "en" }
}

pub(super) fn page(sheet: &Sheet) -> String {
    let mut out = String::new();
    let title = escape(&sheet.title);
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"robots\" content=\"noindex\">\n<title>{title} · {}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n",
        sheet.status
    );
    head(sheet, &mut out);
    out.push_str("<main>\n");
    if let Some(film) = &sheet.film {
        film_file(film, &sheet.title, &mut out);
    }
    let _ = writeln!(out, "<h2>Scenes</h2>\n<ol class=\"scenes\">");
    for (at, scene) in sheet.scenes.iter().enumerate() {
        one_scene(at + 1, scene, language(&sheet.language), &mut out);
    }
    out.push_str("</ol>\n");
    if !sheet.own.is_empty() {
        out.push_str("<h2>The film as a whole</h2>\n");
        table(&sheet.own, &mut out);
    }
    out.push_str("</main>\n");
    let _ = write!(out, "<footer>Run {} · made with retake</footer>\n</body>\n</html>\n", escape(&sheet.run));
    out
}

fn head(sheet: &Sheet, out: &mut String) {
    let made = sheet.scenes.iter().filter(|scene| scene.state == ItemState::Complete).count();
    let lang = language(&sheet.language);
    let status = if sheet.status == "failed" { "run-failed" } else { sheet.status };
    let _ = write!(
        out,
        "<header>\n<h1 lang=\"{lang}\" dir=\"auto\">{}</h1>\n<p class=\"lead\"><span class=\"state {status}\">{}</span> \
         <span>next: <code>{}</code></span></p>\n<dl class=\"facts\">\n",
        escape(&sheet.title),
        sheet.status,
        escape(&sheet.next)
    );
    let mut fact = |name: &str, text: &str| {
        let _ = writeln!(out, "<div><dt>{name}</dt><dd>{}</dd></div>", escape(text));
    };
    fact("Scenes made", &format!("{made} of {}", sheet.scenes.len()));
    fact("Time at work", &span(sheet.elapsed));
    if !sheet.saved.is_zero() {
        fact("Saved by reuse", &dollars(sheet.saved));
    }
    meter(sheet, out);
    out.push_str("</dl>\n</header>\n");
}

fn meter(sheet: &Sheet, out: &mut String) {
    let share = |amount: Money| {
        let share = u128::from(amount.micros()) * BAR / u128::from(sheet.cap.micros()).max(1);
        share.min(BAR)
    };
    let (spent, reserved) = (share(sheet.spent), share(sheet.reserved));
    let reserved = reserved.min(BAR - spent);
    let mut text = format!("{} of {}", dollars(sheet.spent), dollars(sheet.cap));
    if !sheet.reserved.is_zero() {
        let _ = write!(text, ", {} reserved", dollars(sheet.reserved));
    }
    let _ = writeln!(
        out,
        "<div class=\"meter\"><dt>Spent</dt><dd>{text}<svg class=\"bar\" viewBox=\"0 0 {BAR} 10\" \
         preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"spent\" width=\"{spent}\" height=\"10\"/>\
         <rect class=\"reserved\" x=\"{spent}\" width=\"{reserved}\" height=\"10\"/></svg></dd></div>"
    );
}

fn film_file(film: &FilmFile, title: &str, out: &mut String) {
    let FilmFile { path, length, poster } = film;
    let link = address(path);
    out.push_str("<section class=\"film\" aria-label=\"The film\">\n");
    if let Some(poster) = poster {
        let _ = writeln!(out, "<a href=\"{link}\">{}</a>", picture(poster, &format!("Play {title}")));
    }
    let _ = writeln!(
        out,
        "<div><p><strong>{}</strong></p>\n<p><a href=\"{link}\"><code>{}</code></a></p></div>\n</section>",
        escape(length),
        escape(path)
    );
}

/// How a state reads on the page.
const fn word(state: ItemState, reused: bool) -> (&'static str, &'static str) {
    match state {
        ItemState::Complete if reused => ("reused", "reused"),
        ItemState::Complete => ("complete", "made"),
        ItemState::Generating => ("generating", "working"),
        ItemState::Pending => ("pending", "waits"),
        ItemState::Failed => ("failed", "to be tried again"),
        ItemState::FailedPermanent => ("failed_permanent", "missing"),
    }
}

fn one_scene(number: usize, scene: &SheetScene, lang: &str, out: &mut String) {
    let (class, state) = word(scene.state, scene.reused);
    let _ = writeln!(out, "<li class=\"scene\">");
    if scene.frames.is_empty() {
        let _ = writeln!(out, "<div class=\"blank\">{}</div>", if state == "made" { "no picture" } else { state });
    } else {
        out.push_str("<div class=\"frames\">");
        for (at, frame) in scene.frames.iter().enumerate() {
            let shows = if scene.shows.is_empty() { &scene.id } else { &scene.shows };
            let of = if scene.frames.len() > 1 { format!(", shot {}", at + 1) } else { String::new() };
            out.push_str(&picture(frame, &format!("Scene {number}{of}: {shows}")));
        }
        out.push_str("</div>\n");
    }
    let _ = writeln!(
        out,
        "<div class=\"text\">\n<div class=\"title\"><h3><bdi>{number}. {}</bdi></h3><span class=\"state {class}\">{state}</span></div>",
        escape(&scene.id)
    );
    for text in [&scene.say, &scene.shows].into_iter().filter(|text| !text.is_empty()).take(1) {
        let _ = writeln!(out, "<p class=\"words\" lang=\"{lang}\" dir=\"auto\">{}</p>", escape(text));
    }
    if let Some(fault) = scene.fault.as_ref().filter(|_| scene.state == ItemState::FailedPermanent) {
        let _ = writeln!(out, "<p class=\"fault\">{}</p>", escape(fault));
    }
    takes(scene, out);
    out.push_str("</div>\n</li>\n");
}

fn takes(scene: &SheetScene, out: &mut String) {
    let all = || scene.nodes.iter().flat_map(|node| &node.takes);
    let cost: Money = all().map(|take| take.cost).sum();
    let (number, failed) = (all().count(), all().filter(|take| take.outcome == "failed").count());
    let noun = if number == 1 { "take" } else { "takes" };
    let failed = if failed > 0 { format!(", {failed} failed") } else { String::new() };
    let _ = writeln!(out, "<details><summary>{number} {noun}{failed} · {}</summary>", dollars(cost));
    table(&scene.nodes, out);
    out.push_str("</details>\n");
}

fn table(nodes: &[SheetNode], out: &mut String) {
    out.push_str(
        "<table>\n<thead><tr><th scope=\"col\">Step</th><th scope=\"col\">By</th><th scope=\"col\">Take</th>\
         <th scope=\"col\">Cost</th></tr></thead>\n<tbody>\n",
    );
    for node in nodes {
        if node.takes.is_empty() {
            let (class, state) = word(node.state, node.reused);
            row(&node.work, &node.model, class, state, "", out);
        }
        for (at, take) in node.takes.iter().enumerate() {
            let SheetTake { n, model, outcome, fault, cost, paid } = take;
            let work = if at == 0 { node.work.as_str() } else { "" };
            let text = format!("{n}: {}", outcome.replace('_', " "));
            row(work, model, outcome, &text, &if *paid { dollars(*cost) } else { "free".to_owned() }, out);
            if let Some(fault) = fault {
                let _ = writeln!(out, "<tr class=\"why\"><td colspan=\"4\">{}</td></tr>", escape(fault));
            }
        }
    }
    out.push_str("</tbody>\n</table>\n");
}

fn row(work: &str, model: &str, class: &str, text: &str, cost: &str, out: &mut String) {
    let _ = writeln!(
        out,
        "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"{class}\">{}</td><td>{cost}</td></tr>",
        escape(work),
        escape(model),
        escape(text)
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_written_as_everybody_reads_them() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
        assert_eq!(base64(&[0xff, 0xd8, 0xff]), "/9j/");
    }

    #[test]
    fn no_path_is_an_address_of_another_kind() {
        assert_eq!(address("out/the lamp.mp4"), "./out/the%20lamp.mp4");
        assert_eq!(address("javascript:alert(1)"), "./javascript%3Aalert%281%29");
        assert_eq!(address("/tmp/a\"b"), "file:///tmp/a%22b");
        assert_eq!(address("//elsewhere.example/a"), "file:////elsewhere.example/a");
    }

    #[test]
    fn no_text_is_markup() {
        assert_eq!(escape("<a href='x'>&\"\u{0}\u{202e}"), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;\u{fffd}\u{fffd}");
        assert_eq!((language("pt-BR"), language("\"><script>")), ("pt-BR", "en"));
    }
}
