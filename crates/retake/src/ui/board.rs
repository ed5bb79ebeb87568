//! The live view of a run: it is fed with records, and shows where everything stands.
//!
//! It knows nothing but the stream of events and the moment that it is told, so that it shows a run of this process, of
//! another one, and of last week in the same way.

use std::collections::BTreeMap;

use retake_engine::graph::Ix;
use retake_engine::host::Outlook;
use retake_engine::journal::state::ItemState;
use retake_engine::journal::{Illegal, Record};
use retake_engine::moment::Moment;

use super::card::Card;
use super::card::failure::Trouble;
use super::paint::{Line, Look, Page, Tone};
use super::stage::Stage;
use super::story::Story;
use super::words;

mod feed;
mod left;
mod meter;
mod row;
mod window;

pub use meter::meter;
pub use row::{face, lost};

/// Something that happened and of which people are told once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// As a line.
    Line(Line),
    /// As a card: it can pass by itself, or the film goes on without it.
    Card(Card),
    /// As a card: somebody has to do something.
    Call(Card),
}

/// The live view of a run.
#[derive(Debug, Clone)]
pub struct Board {
    story: Story,
    /// Failures of which it is not known yet what follows.
    troubles: BTreeMap<Ix, Trouble>,
    /// How many nodes were looked at for `buys`.
    looked_at: usize,
    buys: bool,
    /// What its owner told last of what stands in no journal.
    outlook: Option<Outlook>,
}

impl Board {
    /// The view after a run's first record.
    ///
    /// # Errors
    /// Says so where the record begins no run.
    pub fn begin(first: &Record) -> Result<Self, Illegal> {
        let story = Story::begin(first)?;
        let mut board = Self { story, troubles: BTreeMap::new(), looked_at: 0, buys: false, outlook: None };
        board.look_at_routes();
        Ok(board)
    }

    /// Goes on by a record, and says what people are to be told of it.
    ///
    /// # Errors
    /// Says why it cannot follow; the board is then not to be used further.
    pub fn hear(&mut self, record: &Record) -> Result<Vec<News>, Illegal> {
        self.story.apply(record)?;
        self.look_at_routes();
        Ok(feed::news(&self.story, &mut self.troubles, record))
    }

    /// Takes in what the owner of the run knows of the moment.
    pub fn look_out(&mut self, outlook: Option<Outlook>) {
        self.outlook = outlook;
    }

    /// What was looked at last.
    #[must_use]
    pub const fn outlook(&self) -> Option<&Outlook> {
        self.outlook.as_ref()
    }

    fn seen(&self, now: Moment) -> row::Seen<'_> {
        row::Seen { story: &self.story, outlook: self.outlook.as_ref(), now }
    }

    /// The story that it tells.
    #[must_use]
    pub const fn story(&self) -> &Story {
        &self.story
    }

    fn look_at_routes(&mut self) {
        let graph = self.story.state().graph();
        let paid = |ix: Ix| (0..graph.node(ix).spec.route.len()).any(|entry| graph.offer(ix, entry).is_some());
        self.buys = self.buys || (self.looked_at..graph.len()).any(paid);
        self.looked_at = graph.len();
    }

    /// The view now, no higher than the terminal.
    #[must_use]
    pub fn page(&self, look: &Look, now: Moment) -> Page {
        let mut page = self.header(look, now);
        page.gap();
        let own = self.own_rows(look, now);
        // A line for the counts, two gaps, and one that stays free so that nothing scrolls.
        let taken = page.lines.len() + own.len() + 4;
        let rows = look.rows.saturating_sub(taken).max(3);
        window::scenes(self.seen(now), look, rows, &mut page);
        if !own.is_empty() {
            page.gap();
            page.lines.extend(own);
        }
        page.gap();
        page.push(self.counts());
        page.lines.truncate(look.rows.saturating_sub(1).max(4));
        page
    }

    fn header(&self, look: &Look, now: Moment) -> Page {
        let state = self.story.state();
        let mut page = Page::new();
        let run = format!("run {}", words::short(state.spec().id));
        let title =
            Line::new().with(Tone::Bold, &super::text::fit(&super::text::safe(title(&self.story)), look.measure()));
        let room = look.measure().saturating_sub(run.len());
        if title.width() + 2 <= room {
            page.push(title.up_to(room).with(Tone::Dim, &run));
        } else {
            page.push(title);
            page.push(Line::new().with(Tone::Dim, &run));
        }
        let stage = Stage::of(self.story.film(), state);
        let stage = format!("stage {} of {}: {}", stage.number(), Stage::ALL.len(), stage.word());
        let elapsed = words::span(self.story.elapsed(now));
        let left = left(&self.story, now).unwrap_or_default();
        let parts = [(Tone::Busy, &*stage), (Tone::Plain, &elapsed), (Tone::Plain, &left)];
        page.lines.extend(flow(parts, look));
        page.append(meter(self.story.state().ledger(), self.buys, look));
        let throttled = self.outlook.iter().flat_map(|outlook| &outlook.providers);
        for bears in throttled.filter(|bears| bears.width < bears.concurrency) {
            page.push(Line::new().with(Tone::Trouble, &super::waits::provider(bears)).fit(look.measure()));
        }
        page
    }

    /// What is the film's own and has begun, or is all that is left.
    fn own_rows(&self, look: &Look, now: Moment) -> Vec<Line> {
        let state = self.story.state();
        let shown = |ix: &&Ix| !matches!(state.item_state(**ix), None | Some(ItemState::Pending | ItemState::Complete));
        self.story.film().own().iter().filter(shown).map(|ix| row::own(self.seen(now), *ix, look)).collect()
    }

    fn counts(&self) -> Line {
        window::Counts::of(&self.story).line()
    }
}

/// What a node is at, as the view has it; nothing where it only waits for others.
#[must_use]
pub fn at_work(story: &Story, outlook: Option<&Outlook>, ix: Ix, now: Moment) -> Option<String> {
    row::node(row::Seen { story, outlook, now }, ix)
}

/// About how long the run will still take, where its own takes tell.
#[must_use]
pub fn left(story: &Story, now: Moment) -> Option<String> {
    left::left(story, now).map(|left| left.words())
}

/// The title of the film, or what stands for it.
#[must_use]
pub fn title(story: &Story) -> &str {
    words::title(&story.state().spec().about)
}

/// The parts in one line where they fit, else one below the other.
fn flow<'a>(parts: impl IntoIterator<Item = (Tone, &'a str)>, look: &Look) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for (tone, text) in parts.into_iter().filter(|(_, text)| !text.is_empty()) {
        let fits = |line: &Line| line.width() + 3 + super::text::width(text) <= look.measure();
        match lines.pop() {
            Some(line) if fits(&line) => lines.push(line.with(Tone::Dim, " · ").with(tone, text)),
            Some(line) => lines.extend([line, Line::new().with(tone, text)]),
            None => lines.push(Line::new().with(tone, text)),
        }
    }
    lines
}
