//! Which waits are worth a line where nothing is drawn: each once, until it has been over for a while.

use std::collections::BTreeMap;
use std::time::Duration;

use retake_engine::host::{Outlook, Waiting, Why};
use retake_engine::moment::Moment;

use super::{line, lowered_to};
use crate::ui::story::Story;
use crate::ui::words;

/// What comes back within this time is not said again.
const QUIET: Duration = Duration::from_secs(60);

/// What was said of waits, and when each was last seen.
#[derive(Debug, Clone, Default)]
pub struct Said {
    seen: BTreeMap<String, Moment>,
}

impl Said {
    /// The lines that are worth saying now.
    pub fn news(&mut self, story: &Story, outlook: &Outlook, now: Moment) -> Vec<String> {
        let mut groups: Vec<(String, Vec<&Waiting>)> = Vec::new();
        for waiting in outlook.nodes.iter().filter(|waiting| is_told(&waiting.why)) {
            let key = key(waiting);
            match groups.iter_mut().find(|(other, _)| *other == key) {
                Some((_, group)) => group.push(waiting),
                None => groups.push((key, vec![waiting])),
            }
        }
        let mut news = Vec::new();
        for (key, group) in groups {
            if self.is_new(key, now)
                && let Some(first) = group.first()
            {
                let ix = story.state().graph().find(&first.node);
                let title = ix.map_or_else(|| first.node.to_string(), |ix| story.film().place(ix).title());
                let more = group.len() - 1;
                let more = if more > 0 { format!(" and {} more", words::count(more)) } else { String::new() };
                news.push(format!("{title}{more} {}", line(first, now)));
            }
        }
        for bears in outlook.providers.iter().filter(|bears| bears.width < bears.concurrency) {
            if self.is_new(format!("width {} {}", bears.provider, bears.width), now) {
                news.push(lowered_to(bears));
            }
        }
        self.seen.retain(|_, last| now.since(*last) < QUIET);
        news
    }

    fn is_new(&mut self, key: String, now: Moment) -> bool {
        self.seen.insert(key, now).is_none_or(|last| now.since(last) >= QUIET)
    }
}

/// Whether it is out of the ordinary: that a film has more work than it may have in flight is not, and a failure's own
/// pause stands on its card.
const fn is_told(why: &Why) -> bool {
    !matches!(why, Why::Turn | Why::Concurrency { .. } | Why::Asked | Why::Backoff)
}

/// What makes it the same wait, whatever its time.
fn key(waiting: &Waiting) -> String {
    let about = match &waiting.why {
        Why::Breaker { .. } => waiting.model.as_ref().map(ToString::to_string).unwrap_or_default(),
        Why::Same { take, .. } => take.clone(),
        _ => String::new(),
    };
    format!("{:?} {:?} {about}", std::mem::discriminant(&waiting.why), waiting.provider)
}
