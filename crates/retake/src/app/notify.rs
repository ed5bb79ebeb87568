//! Telling others of a run: what is worth telling, and how it is signed.
//!
//! Standard Webhooks: an id that stays the same, a time, a signature over both and the body. What is told is kept before
//! it is sent, together with how far the run was listened to: after a power cut nothing is left out, and what was told
//! twice has the same id.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use retake_engine::id::RunId;
use retake_engine::journal::Event;
use retake_engine::journal::state::ItemState;
use retake_engine::moment::Moment;
use retake_engine::store::Listed;
use serde_json::json;

use super::registry::{Due, Registry};
use super::run::NOTIFY;
use super::{App, Trouble};
use crate::ui::json::Run;
use crate::ui::story::Story;

impl App {
    /// Writes down what is to be told of every run that names somebody, and of which something has happened since.
    pub(crate) fn gather(&self, registry: &Registry) -> Result<(), Trouble> {
        for listed in self.host.list()? {
            let address = listed.summary.as_ref().and_then(|summary| summary.about.get(NOTIFY));
            if let Some(address) = address.map(ToString::to_string) {
                self.gather_of(&listed, &address, registry)?;
            }
        }
        Ok(())
    }

    fn gather_of(&self, listed: &Listed, address: &str, registry: &Registry) -> Result<(), Trouble> {
        let run = listed.run;
        let (seq, mut scenes) = registry.heard(run)?;
        if seq >= listed.seq {
            return Ok(());
        }
        let records = self.host.journal(run)?;
        let last = records.last().map_or(seq, |record| record.seq);
        let story = Story::read(&records).map_err(|why| Trouble::internal(format!("run {run}: {why}")))?;
        let mut due = Vec::new();
        let note = |id: String, kind: String, at: Moment, data: serde_json::Value| {
            let body = json!({"type": kind, "timestamp": at.ms(), "data": data}).to_string();
            let due =
                Due { id, account: listed.account.clone(), address: address.to_owned(), body, created: at, tries: 0 };
            (kind, due)
        };
        for scene in story.film().scenes() {
            let state = scene.state(story.film(), story.state());
            let word = match state {
                ItemState::Complete => "completed",
                ItemState::FailedPermanent => "failed",
                ItemState::Pending | ItemState::Generating | ItemState::Failed => continue,
            };
            if scenes.insert(scene.id.clone(), word.to_owned()).is_none_or(|before| before != word) {
                let at = records.last().map_or(listed.changed, |record| record.at);
                let data = json!({"run": run.to_string(), "scene": scene.id, "state": state.word()});
                due.push(note(id(run, last, Some(&scene.id)), format!("scene.{word}"), at, data));
            }
        }
        for record in records.iter().filter(|record| record.seq > seq) {
            let then = match &record.event {
                Event::Ended { .. } | Event::Paused { .. } => {
                    Story::read(records.iter().take_while(|other| other.seq <= record.seq))
                }
                _ => continue,
            };
            let then = then.map_err(|why| Trouble::internal(format!("run {run}: {why}")))?;
            let run_then = Run::of(&then, then.worked());
            let (kind, status) = (format!("run.{}", run_then.status), run_then.status);
            let data = json!({"run": run.to_string(), "film": run_then.film, "status": status, "reason": run_then.reason,
                "items": run_then.items, "cost": run_then.cost});
            due.push(note(id(run, record.seq, None), kind, record.at, data));
        }
        registry.hear(run, &(last, scenes), &due)
    }
}

/// The id of a notice: what it is about, so that it is the same whenever it is written.
fn id(run: RunId, seq: u64, scene: Option<&str>) -> String {
    let scene = scene.map(|scene| retake_engine::id::Hash::of([scene.as_bytes()]).to_string());
    let scene = scene.map(|hash| format!("_{}", &hash[..12])).unwrap_or_default();
    format!("msg_{}_{seq}{scene}", run.0.simple())
}

/// The headers by which whoever receives a notice knows that it is ours.
pub(crate) fn signed(secret: &[u8], id: &str, now: Moment, body: &str) -> [(&'static str, String); 3] {
    let seconds = now.ms() / 1000;
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let signature = hmac::sign(&key, format!("{id}.{seconds}.{body}").as_bytes());
    [
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", seconds.to_string()),
        ("webhook-signature", format!("v1,{}", STANDARD.encode(signature))),
    ]
}

/// A secret as it is handed to whoever checks signatures.
pub(crate) fn told_secret(secret: &[u8]) -> String {
    format!("whsec_{}", STANDARD.encode(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_signed_as_the_standard_has_it() {
        // The example of the standard itself.
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let at = Moment::from_ms(1_614_265_330_000);
        let headers = signed(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, r#"{"test": 2432232314}"#);
        assert_eq!(headers[2].1, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
