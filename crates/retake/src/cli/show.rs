//! How verbs show runs: the one place where they call for pages.

use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::time::Duration;

use retake_engine::fault::Class;
use retake_engine::id::RunId;
use retake_engine::journal::{Illegal, Record};

use super::desk::Desk;
use super::pulse::{Looker, Pulse};
use crate::app::{Act, Album, Lesson, PLAN, Problem, Trouble, odd, relative};
use crate::door::wire::{Brief, Quoted, Wrote};
use crate::ui::live::Mode;
use crate::ui::script::{self, Script};
use crate::ui::sheet::Sheet;
use crate::ui::story::Story;
use crate::ui::{explain as faults, json, mistakes, out, runs as list, summary, table, words};

/// Where the live view is drawn.
#[derive(Debug)]
pub(crate) struct Talk;

impl io::Write for Talk {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        out::talk(&String::from_utf8_lossy(text)).map(|()| text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A run as it goes on.
pub(crate) struct Board {
    run: RunId,
    looker: Option<Looker>,
    watch: Option<Pulse>,
    story: Option<Story>,
    tells: bool,
}

impl Board {
    /// Nothing was seen yet.
    pub(crate) const fn new(run: RunId) -> Self {
        Self { run, looker: None, watch: None, story: None, tells: true }
    }

    /// The same, where its records are no answer to what was asked.
    pub(crate) const fn untold(run: RunId) -> Self {
        Self { run, looker: None, watch: None, story: None, tells: false }
    }

    /// The same with somebody to ask what stands in no record.
    pub(crate) fn asking(self, looker: Looker) -> Self {
        Self { looker: Some(looker), ..self }
    }

    /// Which run it shows.
    pub(crate) const fn run(&self) -> RunId {
        self.run
    }

    /// What was seen so far, as it is told.
    pub(crate) const fn story(&self) -> Option<&Story> {
        self.story.as_ref()
    }

    /// Shows what is new.
    pub(crate) fn see(&mut self, desk: &Desk, records: &[Record]) -> Result<(), Trouble> {
        let mode = match (desk.global.quiet || desk.global.json, out::is_terminal()) {
            (true, _) => Mode::Quiet,
            (false, true) => Mode::Live,
            (false, false) => Mode::Plain,
        };
        let mut told = String::new();
        // What happened before anybody looked is history.
        let is_history = self.story.is_none();
        for record in records {
            match &mut self.story {
                None => self.story = Some(Story::begin(record).map_err(broken)?),
                Some(story) => story.apply(record).map_err(broken)?,
            }
            match &mut self.watch {
                None => self.watch = Some(self.pulse(record, mode, desk)?),
                Some(watch) if is_history => watch.catch_up(record).map_err(broken)?,
                Some(watch) => watch.hear(record).map_err(broken)?,
            }
            if desk.global.json && self.tells {
                let _ = writeln!(told, "{}", json::line(self.run, record));
            }
        }
        if let Some(watch) = &self.watch {
            watch.draw();
        }
        if told.is_empty() { Ok(()) } else { desk.data(&told) }
    }

    fn pulse(&self, first: &Record, mode: Mode, desk: &Desk) -> Result<Pulse, Trouble> {
        Pulse::begin(first, mode, desk.around.no_colour(), self.looker.clone()).map_err(broken)
    }

    /// Takes the picture away.
    pub(crate) fn end(&mut self) {
        self.watch = None;
    }
}

#[expect(clippy::needless_pass_by_value, reason = "`map_err` hands over what it has")]
fn broken(error: Illegal) -> Trouble {
    Trouble::internal(error.to_string()).hint("this is a mistake of retake: please report it")
}

/// A journal as a story.
pub(crate) fn story_of(records: &[Record]) -> Result<Story, Trouble> {
    Story::read(records).map_err(broken)
}

/// How a run ended, or where it stands.
pub(crate) fn end(desk: &Desk, story: &Story) -> Result<(), Trouble> {
    let elapsed = story.worked();
    if desk.global.json {
        return desk.data(&format!("{}\n", json::summary(&json::Run::of(story, elapsed))));
    }
    let plan = story.state().spec().about.get(PLAN).map(AsRef::as_ref);
    let seen = |path: &str| desk.seen(plan, path);
    desk.data(&summary::render(story, elapsed, &seen, &out::data_look(desk.around.no_colour())))
}

/// Runs, the newest first, seen at the moment of the last change of any.
pub(crate) fn runs(desk: &Desk, runs: &[Brief]) -> Result<(), Trouble> {
    if desk.global.json {
        return desk.document(&runs.iter().rev().collect::<Vec<_>>());
    }
    let now = runs.iter().map(|brief| brief.changed).max().unwrap_or_default();
    let row = |brief: &Brief| {
        let summary = brief.summary.clone().ok_or_else(odd)?;
        Ok(list::Row { run: brief.run, summary, age: now.since(brief.created) })
    };
    let rows: Result<Vec<list::Row>, Trouble> = runs.iter().rev().map(row).collect();
    let look = out::data_look(desk.around.no_colour());
    desk.data(&list::page(&rows?, &look).render(&look))
}

/// What a plan would do and cost.
pub(crate) fn quote(desk: &Desk, quote: &Quoted) -> Result<(), Trouble> {
    if desk.global.json { desk.document(quote) } else { desk.data(&quote_text(desk, quote)) }
}

/// The same, for people.
pub(crate) fn quote_text(desk: &Desk, quote: &Quoted) -> String {
    // What no model makes is a matter of course: it is counted, not listed.
    let row = |row: &crate::app::Row| {
        Some(table::Row {
            model: row.model.clone()?,
            scene: row.scene.clone(),
            step: row.step.clone(),
            act: match row.fate {
                Act::Reuse => table::Act::Reuse,
                Act::Make => table::Act::Make,
            },
            length: row.lasts_ms.map(Duration::from_millis),
            expected: row.expected_usd,
            worst: row.worst_usd,
        })
    };
    let count = |fate: Act| quote.rows.iter().filter(|row| row.model.is_none() && row.fate == fate).count();
    let warning = |problem: &Problem| match &problem.scene {
        Some(scene) => format!("scene `{scene}`: {}", problem.what),
        None => problem.what.clone(),
    };
    let refusal = |problem: &Problem| {
        (format!("{}: {}", warning(problem), problem.why), problem.hint.clone().unwrap_or_default())
    };
    let shown = table::Quote {
        film: quote.film.clone(),
        rows: quote.rows.iter().filter_map(row).collect(),
        steps: (count(Act::Make), count(Act::Reuse)),
        cap: quote.cap_usd,
        spent: quote.spent_usd,
        warnings: quote.warnings.iter().map(warning).collect(),
        refusals: quote.keyless.iter().map(refusal).collect(),
        notes: quote.learned.iter().map(lesson).collect(),
    };
    let look = out::data_look(desk.around.no_colour());
    table::page(&shown, &look).render(&look)
}

/// What a model really costs, where that is not what it is priced at.
fn lesson(lesson: &Lesson) -> String {
    let Lesson { model, permille, takes } = lesson;
    let percent = format!("{}.{} %", permille / 10, permille % 10);
    let takes = words::several(usize::try_from(*takes).unwrap_or(usize::MAX), "take");
    format!("{model} was charged {percent} of what was reserved for it, by {takes}; `expected` counts on that")
}

/// What the writer of a plan should know.
pub(crate) fn warnings(desk: &Desk, warnings: &[Problem]) {
    for Problem { scene, what, why, hint } in warnings {
        let scene = scene.as_ref().map(|scene| format!("scene `{scene}`: ")).unwrap_or_default();
        let hint = hint.as_ref().map(|hint| format!("\n  hint: {hint}")).unwrap_or_default();
        desk.say(&format!("warning: {scene}{what}\n  {why}{hint}"));
    }
}

/// What was written for a plan, scene by scene.
pub(crate) fn wrote(desk: &Desk, wrote: &Wrote) {
    warnings(desk, &wrote.warnings);
    let here = desk.around.folder.canonicalize().unwrap_or_else(|_| desk.around.folder.clone());
    let script = Script {
        film: wrote.film.clone(),
        by: wrote.by.clone(),
        file: wrote.file.strip_prefix(&here).unwrap_or(&wrote.file).display().to_string(),
        scenes: wrote.scenes.iter().map(|scene| (scene.seen.clone(), scene.say.clone())).collect(),
        spent: wrote.spent_usd,
    };
    let look = out::talk_look(desk.around.no_colour());
    desk.say(script::page(&script, &look).render(&look).trim_end());
}

/// An event for machines.
pub(crate) fn event(run: RunId, record: &Record) -> String {
    json::line(run, record)
}

/// An event for people.
pub(crate) fn line(record: &Record) -> String {
    let value = serde_json::to_value(record).unwrap_or_default();
    let field = |name: &str| value.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let about = [field("take"), field("node")].into_iter().find(|name| !name.is_empty()).unwrap_or_default();
    crate::ui::text::safe(format!("{:>5}  {:<12} {about}", record.seq, field("event")).trim_end())
}

/// A run as a page for browsers.
pub(crate) fn sheet(desk: &Desk, story: &Story, album: Album, folder: &Path) -> String {
    let mut sheet = Sheet::of(story, story.worked());
    sheet.tell(&album.words);
    sheet.language = album.language.unwrap_or(sheet.language);
    let mut pictures = album.pictures;
    for scene in &mut sheet.scenes {
        scene.frames = pictures.remove(&scene.id).unwrap_or_default();
    }
    let plan = story.state().spec().about.get(PLAN).map(AsRef::as_ref);
    if let Some(film) = &mut sheet.film {
        let whole = desk.whole(plan, &film.path);
        film.path = whole.map_or_else(|| film.path.clone(), |whole| address(&relative(&whole, folder)));
        film.poster = sheet.scenes.first().and_then(|scene| scene.frames.first().cloned());
    }
    sheet.html()
}

/// A path as the address of a file, whatever letters it has.
fn address(path: &Path) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-~".contains(&byte);
    let each = path.as_os_str().as_encoded_bytes().iter();
    each.map(|byte| if plain(*byte) { char::from(*byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// What a class of faults means.
pub(crate) fn explain(desk: &Desk, word: Option<&str>) -> Result<(), Trouble> {
    let look = out::data_look(desk.around.no_colour());
    match word.map(|word| (word, faults::class(word))) {
        None if desk.global.json => desk.document(&Class::ALL.map(faults::told)),
        Some((_, Some(class))) if desk.global.json => desk.document(&faults::told(class)),
        None => desk.data(&faults::list(&look).render(&look)),
        Some((_, Some(class))) => desk.data(&faults::page(class, &look).render(&look)),
        Some((word, None)) => {
            let names = Class::ALL.map(crate::ui::words::class);
            let trouble = Trouble::usage(format!("there is no fault `{word}`"));
            let meant = mistakes::meant(word, names).map(|near| format!("did you mean `{near}`?"));
            Err(trouble.hint(meant.unwrap_or_else(|| "`retake explain` lists them".to_owned())))
        }
    }
}
