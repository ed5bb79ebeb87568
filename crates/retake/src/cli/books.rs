//! The stories of all runs of a data directory: what the verbs that look over the money have in common.

use std::sync::Arc;

use super::desk::Desk;
use super::show::story_of;
use crate::app::{Trouble, odd};
use crate::config::Config;
use crate::door::wire::{Reply, Request};
use crate::ui::story::Story;

/// What was written down of every run, and what is set.
pub(crate) struct Books {
    /// What is set.
    pub(crate) config: Arc<Config>,
    /// The runs, the oldest first.
    pub(crate) stories: Vec<Story>,
}

impl Books {
    /// Reads one run, or all of them, through one door.
    pub(crate) fn open(desk: &Desk, run: Option<&str>) -> Result<Self, Trouble> {
        let (mut door, way) = desk.door(false)?;
        let ids: Vec<String> = match run {
            Some(run) => vec![run.to_owned()],
            None => match door.ask(&way, &Request::List)? {
                Reply::Runs(runs) => runs.iter().map(|brief| brief.run.to_string()).collect(),
                _ => return Err(odd()),
            },
        };
        let mut stories = Vec::with_capacity(ids.len());
        for id in ids {
            match door.ask(&way, &Request::Journal(Some(id)))? {
                Reply::Records(records) => stories.push(story_of(&records)?),
                _ => return Err(odd()),
            }
        }
        Ok(Self { config: way.ground.config, stories })
    }
}
