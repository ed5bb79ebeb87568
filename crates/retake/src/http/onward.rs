//! A plan that was sent without scenes: once they are written its film is begun, for nobody sits at a terminal to ask.
//!
//! Owns when that is looked for. What it comes to is [`app`](crate::app)'s to say; its cap is what the writing has left.

use std::sync::Arc;

use retake_engine::id::RunId;
use retake_engine::journal::event::Ending;
use retake_engine::journal::state::Status;
use tokio::sync::{mpsc, watch};

use super::{Service, wait};
use crate::app::{WRITES, now};
use crate::door::wire::Request;
use crate::ui::log::{Entry, Weight};

/// Hears of everything from now on.
pub(super) fn hear(service: &Service) -> mpsc::UnboundedReceiver<RunId> {
    // As many wait here as there are runs that have just written something.
    let (told, heard) = mpsc::unbounded_channel();
    service.app.listen(move |state, _| {
        let is_written = *state.status() == Status::Ended(Ending::Completed);
        if is_written && state.spec().about.contains_key(WRITES) {
            let _ = told.send(state.spec().id);
        }
    });
    heard
}

/// Begins films for as long as the service lives.
pub(super) async fn carry(
    service: Service,
    mut heard: mpsc::UnboundedReceiver<RunId>,
    mut closing: watch::Receiver<bool>,
) {
    let app = Arc::clone(&service.app);
    // What was written when nobody was here to go on.
    let left = wait(move || Ok(app.written()?)).await.unwrap_or_default();
    for run in left {
        begin(&service, run).await;
    }
    loop {
        let run = tokio::select! {
            run = heard.recv() => run,
            _ = closing.wait_for(|closed| *closed) => None,
        };
        let Some(run) = run else { return };
        begin(&service, run).await;
    }
}

async fn begin(service: &Service, run: RunId) {
    let app = Arc::clone(&service.app);
    let begun = wait(move || {
        if app.is_sent(run)? {
            app.answer(Request::Resume(Some(run.to_string())))?;
        }
        Ok(())
    });
    if let Err(problem) = begun.await {
        let entry = Entry::new(now(), Weight::Warn, "film not begun");
        service.log.say(Entry { run: Some(run), says: Some(problem.detail().to_owned()), ..entry });
    }
}
