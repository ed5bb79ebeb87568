//! Runs graphs of nodes so that nothing is lost and nothing is paid twice.
//!
//! The heart is pure: [`journal`] folds what happened, [`decide`] proposes what to do next, [`admission`] grants or
//! refuses it across runs. [`engine`] binds the three into an actor that any host can carry, [`performer`] is its
//! outward face, [`store`] its memory. It knows nothing of films, models, HTTP or terminals.

pub mod admission;
pub mod decide;
pub mod engine;
pub mod fault;
pub mod graph;
pub mod host;
pub mod id;
pub mod journal;
pub mod ledger;
pub mod moment;
pub mod money;
pub mod mutant;
pub mod performer;
pub mod retry;
#[cfg(feature = "sim")]
pub mod sim;
pub mod store;
