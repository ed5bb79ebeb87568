//! What a model has written, as people look it over before anything is made of it.
//!
//! It is handed plain texts. They are a stranger's: none reaches a terminal as it came.

use retake_engine::money::Money;

use super::paint::{Line, Look, Page, Tone};
use super::text;
use super::words::{self, dollars};

/// Lines of one text that are shown.
const LINES_MAX: usize = 6;

/// A plan that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// The film's title.
    pub film: String,
    /// Who wrote it.
    pub by: String,
    /// Where it lies.
    pub file: String,
    /// Its scenes: what is seen, and what is said.
    pub scenes: Vec<(String, Option<String>)>,
    /// What that has cost.
    pub spent: Money,
}

/// The plan, scene by scene.
#[must_use]
pub fn page(script: &Script, look: &Look) -> Page {
    let mut page = Page::new();
    let room = look.measure();
    page.push(Line::new().with(Tone::Bold, &text::safe(&script.film)).fit(room));
    page.gap();
    let digits = script.scenes.len().to_string().len();
    for (at, (seen, said)) in script.scenes.iter().enumerate() {
        let number = text::pad_left(&(at + 1).to_string(), digits);
        paragraph(&mut page, &format!("  {number}  "), seen, Tone::Dim, room);
        if let Some(said) = said {
            paragraph(&mut page, &" ".repeat(digits + 4), &format!("“{said}”"), Tone::Plain, room);
        }
    }
    page.gap();
    let scenes = words::several(script.scenes.len(), "scene");
    let told = format!(
        "{scenes}, written by {} for {}; nothing else has been bought. They lie in {}: change them as you like",
        script.by,
        dollars(script.spent),
        script.file
    );
    for line in text::wrap(&text::safe(&told), room) {
        page.push(Line::new().with(Tone::Good, &line));
    }
    page
}

/// A text behind a margin, in a few lines.
fn paragraph(page: &mut Page, margin: &str, told: &str, tone: Tone, room: usize) {
    let lines = text::wrap(&text::safe(told), room.saturating_sub(text::width(margin)).max(8));
    for (at, line) in lines.iter().take(LINES_MAX).enumerate() {
        let is_cut = at + 1 == LINES_MAX && lines.len() > LINES_MAX;
        let line = if is_cut { format!("{line} …") } else { line.clone() };
        let margin = if at == 0 { margin.to_owned() } else { " ".repeat(text::width(margin)) };
        page.push(Line::new().with(Tone::Dim, &margin).with(tone, &line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scene_is_shown_with_its_words_and_safely() {
        let scene = |seen: &str, said: Option<&str>| (seen.to_owned(), said.map(str::to_owned));
        let script = Script {
            film: "Why the sky is \u{1b}[31mblue".to_owned(),
            by: "gpt-luna".to_owned(),
            file: "film.plan.yaml".to_owned(),
            scenes: vec![
                scene("“Why is the sky blue?”", None),
                scene(
                    "A child on a hill at noon, wide; slow tilt up to the empty sky, until nothing but blue is left in it",
                    Some("Look up. That colour is not painted on."),
                ),
                scene(&"word ".repeat(200), Some("Light is many colours at once.")),
            ],
            spent: Money::from_micros(2_140),
        };
        insta::assert_snapshot!(page(&script, &Look::PLAIN).render(&Look::PLAIN));
    }
}
