//! Removes now and then what is kept no longer. What that is, is [`app`](crate::app)'s to say.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::{Service, wait};
use crate::app::{Amount, now};
use crate::ui::log::{Entry, Weight};

/// When it is looked for the first time: whoever has just started has more urgent things to do.
const FIRST: Duration = Duration::from_secs(600);

/// Removes for as long as the service lives.
pub(super) async fn carry(service: Service, mut closing: watch::Receiver<bool>) {
    let every = service.app.config().clear_every();
    let mut pause = FIRST.min(every);
    loop {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = closing.wait_for(|closed| *closed) => return,
        }
        pause = every;
        let app = Arc::clone(&service.app);
        let said = |weight, what, says| service.log.say(Entry { says: Some(says), ..Entry::new(now(), weight, what) });
        match wait(move || Ok(app.clear(false)?.all())).await {
            Ok(Amount { files: 0, .. }) => {}
            Ok(Amount { files, bytes }) => said(Weight::Info, "files removed", format!("{files} files, {bytes} bytes")),
            Err(problem) => said(Weight::Warn, "files not removed", problem.detail().to_owned()),
        }
    }
}
