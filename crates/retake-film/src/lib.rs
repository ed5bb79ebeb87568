//! Turns a plan into a film: plan, schedule, steps, providers, media. It knows nothing of terminals or servers.

pub mod media;
pub mod plan;
