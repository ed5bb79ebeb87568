//! Turns a plan into a film: plan, schedule, steps, providers, media. It knows nothing of terminals or servers.
//!
//! Empty until the first of its rooms is built; the engine below it comes first.
