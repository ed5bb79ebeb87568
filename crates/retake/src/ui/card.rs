//! Cards: what went wrong, what it cost, what happens next, and the one command to type.
//!
//! Owns their form. What they say is put together in [`failure`] and [`pause`].

use super::paint::{Line, Look, Page, Tone};
use super::text;

pub mod failure;
pub mod pause;
pub mod resolve;

/// What a person is told of trouble.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Whether it can pass by itself.
    pub tone: Tone,
    /// What it is about, such as `lamp · video`.
    pub title: String,
    /// What it is, in words.
    pub what: String,
    /// What else there is to say, a paragraph each.
    pub rows: Vec<String>,
    /// The one command to type.
    pub command: String,
}

impl Card {
    /// The card, lightly boxed; a command is never broken, so that it can be copied.
    #[must_use]
    pub fn page(&self, look: &Look) -> Page {
        let mut page = Page::new();
        let room = look.measure().saturating_sub(2);
        let head = format!("{}: {}", text::safe(&self.title), text::safe(&self.what));
        for (at, line) in text::wrap(&head, room).iter().enumerate() {
            let edge = if at == 0 { "╭ " } else { "│ " };
            page.push(Line::new().with(self.tone, edge).with(Tone::Bold, line));
        }
        for row in self.rows.iter().filter(|row| !row.trim().is_empty()) {
            for line in text::wrap(&text::safe(row), room) {
                page.push(Line::new().with(self.tone, "│ ").and(&line));
            }
        }
        page.push(Line::new().with(self.tone, "╰ ").with(Tone::Busy, &self.command));
        page
    }

    /// The card as it is written. Commands are longer than narrow terminals at times; there the terminal wraps them.
    #[must_use]
    pub fn render(&self, look: &Look) -> String {
        let wide = Look { columns: usize::MAX, ..*look };
        self.page(look).render(&wide)
    }
}
