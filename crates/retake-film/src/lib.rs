//! Turns a plan into a film: plan, schedule, steps, providers, media. It knows nothing of terminals or servers.
//!
//! The makers that need no provider come first: [`local`].

pub mod local;
