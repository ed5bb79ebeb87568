//! Drawing in place, plain lines, and quiet.

use retake::ui::live::{Mode, Watch};
use retake::ui::paint::Look;

use super::studio::{half_way, look};

fn watched(mode: Mode, look: Look) -> String {
    let studio = half_way();
    let journal = studio.journal();
    let mut out = Vec::new();
    let mut watch = Watch::begin(&journal[0], mode, look, &mut out).unwrap();
    for record in &journal[1..] {
        watch.hear(record).unwrap();
        watch.tick(record.at, look).unwrap();
    }
    watch.tick(studio.now, look).unwrap();
    drop(watch);
    String::from_utf8(out).unwrap()
}

#[test]
fn without_a_terminal_there_is_a_line_for_each_thing_that_happens() {
    let text = watched(Mode::Plain, look(80));
    assert!(!text.contains('\u{1b}'));
    insta::assert_snapshot!(text);
}

#[test]
fn quiet_says_nothing_that_nobody_must_act_on() {
    assert_eq!(watched(Mode::Quiet, look(80)), "");
}

/// As much of a terminal as the drawing uses.
struct Screen {
    columns: usize,
    lines: Vec<String>,
    at: usize,
}

impl Screen {
    fn shown(text: &str, columns: usize) -> Self {
        let mut screen = Self { columns, lines: vec![String::new()], at: 0 };
        let mut rest = text;
        while let Some(letter) = rest.chars().next() {
            rest = &rest[letter.len_utf8()..];
            match letter {
                '\n' => screen.down(),
                '\r' => {}
                '\u{1b}' => {
                    let end = rest.find(|letter: char| letter.is_ascii_alphabetic()).unwrap();
                    screen.obey(&rest[1..=end]);
                    rest = &rest[end + 1..];
                }
                letter => {
                    if retake::ui::text::width(&screen.lines[screen.at]) == screen.columns {
                        screen.down();
                    }
                    screen.lines[screen.at].push(letter);
                }
            }
        }
        screen
    }

    fn down(&mut self) {
        self.at += 1;
        if self.at == self.lines.len() {
            self.lines.push(String::new());
        }
    }

    fn obey(&mut self, code: &str) {
        match code {
            "0J" => {
                self.lines.truncate(self.at + 1);
                self.lines[self.at].clear();
            }
            "?2026h" | "?2026l" => {}
            _ => self.at -= code.strip_suffix('A').expect("nothing else is used").parse::<usize>().unwrap(),
        }
    }
}

#[test]
fn what_is_left_on_the_terminal_is_what_was_said() {
    let text = watched(Mode::Live, look(80));
    let screen = Screen::shown(&text, 80);
    insta::assert_snapshot!(screen.lines.join("\n"));
}

#[test]
fn no_more_than_ten_pictures_a_second_are_drawn() {
    let studio = half_way();
    let journal = studio.journal();
    let mut out = Vec::new();
    let mut watch = Watch::begin(&journal[0], Mode::Live, look(80), &mut out).unwrap();
    for ms in 0..1_000 {
        watch.tick(journal[0].at.after(std::time::Duration::from_millis(ms)), look(80)).unwrap();
    }
    drop(watch);
    assert_eq!(String::from_utf8(out).unwrap().matches("\u{1b}[?2026h").count(), 10);
}

#[test]
fn a_terminal_that_is_made_narrower_shows_no_picture_twice() {
    let studio = half_way();
    let journal = studio.journal();
    let mut out = Vec::new();
    let mut watch = Watch::begin(&journal[0], Mode::Live, look(80), &mut out).unwrap();
    watch.tick(studio.now, look(80)).unwrap();
    watch.tick(studio.now.after(std::time::Duration::from_secs(1)), look(40)).unwrap();
    drop(watch);
    // The terminal is narrow for all of it: the first picture wraps, as it does when a window shrinks.
    let screen = Screen::shown(&String::from_utf8(out).unwrap(), 40);
    assert_eq!(screen.lines.join(""), "");
}
