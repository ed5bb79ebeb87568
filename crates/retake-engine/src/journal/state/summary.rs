//! What lists and status show of a run.

use serde::{Deserialize, Serialize};

use super::{RunState, Status};

/// What lists and status show of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Whether the run needs an actor.
    pub awake: bool,
}

impl RunState {
    /// What lists and status show of the run.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let over = matches!(self.status(), Status::Ended(_));
        Summary { awake: !over || self.index().open().next().is_some() || !self.index().held.is_empty() }
    }
}
