//! What a person does about a run with the page's buttons: each is a form, and leads back to the run.

use axum::Form;
use axum::extract::Path;
use axum::extract::rejection::FormRejection;
use axum::response::Response;
use retake_engine::id::{RunId, TakeNo};
use retake_engine::journal::event::Verdict;
use retake_engine::money::Money;
use serde::Deserialize;

use super::visitor::Visitor;
use super::{Refusal, see};
use crate::app::{Scope, Wish};
use crate::door::wire::{Request, Resolution, Which};
use crate::http::{Problem, run_of, wait};

/// What the forms say; each says only what it needs.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Said {
    /// How, where there are several ways: `now`, `adopt`, `resend`, `abandon`.
    how: String,
    /// What is made anew.
    what: String,
    /// Which take.
    take: String,
    /// The provider's id of it.
    ticket: String,
    /// The new cap.
    usd: String,
    /// What is made anew is made in these words.
    words: String,
    /// The words that stood there.
    was: String,
    /// By this model.
    model: String,
}

impl Said {
    /// What is wanted otherwise, if anything is.
    fn wish(&self) -> Option<Wish> {
        // A browser ends lines in its own way.
        let plain = |text: &str| text.replace("\r\n", "\n").trim_end().to_owned();
        let words = Some(plain(&self.words)).filter(|words| !words.is_empty() && *words != plain(&self.was));
        let model = Some(self.model.trim().to_owned()).filter(|model| !model.is_empty());
        (words.is_some() || model.is_some()).then(|| Wish { what: self.what.clone(), words, model })
    }
}

type Deed = Box<dyn FnOnce(Which) -> Request + Send>;

/// Does it, and shows the run again, or the one that makes it otherwise.
pub(super) async fn act(
    visitor: Visitor,
    Path((run, deed)): Path<(String, String)>,
    said: Result<Form<Said>, FormRejection>,
) -> Result<Response, Refusal> {
    let run = run_of(&run)?;
    let back = format!("/runs/{run}");
    let refused = |problem: Problem| Refusal { problem, back: back.clone() };
    let Form(said) = said.map_err(|error| refused(Problem::new("invalid-request", error.body_text())))?;
    if let Some(wish) = said.wish().filter(|_| deed == "redo") {
        let counter = visitor.may(Scope::Write).map_err(|refusal| Refusal { back: back.clone(), ..refusal })?;
        let accepted = wait(move || counter.redo(run, &wish).map_err(Problem::undone)).await.map_err(refused)?;
        return Ok(see(&format!("/runs/{}", accepted.run)));
    }
    let (scope, deed) = meant(&deed, said).map_err(refused)?;
    let counter = visitor.may(scope).map_err(|refusal| Refusal { back: back.clone(), ..refusal })?;
    done(counter, run, deed).await.map_err(refused)?;
    Ok(see(&back))
}

async fn done(counter: crate::app::Counter, run: RunId, deed: Deed) -> Result<(), Problem> {
    wait(move || Ok(counter.tell(run, deed).map(drop)?)).await
}

fn meant(deed: &str, said: Said) -> Result<(Scope, Deed), Problem> {
    let Said { how, what, take, ticket, usd, .. } = said;
    Ok(match deed {
        "cancel" => (Scope::Write, Box::new(move |run| Request::Cancel { run, now: how == "now" })),
        "resume" => (Scope::Write, Box::new(Request::Resume)),
        "retry" => (Scope::Write, Box::new(Request::Retry)),
        "redo" => (Scope::Write, Box::new(move |run| Request::Redo { run, what })),
        "pick" => {
            let take = take_of(&take)?;
            (Scope::Write, Box::new(move |run| Request::Pick { run, take }))
        }
        "budget" => {
            let amount = usd.trim().trim_start_matches('$').to_owned();
            let cap: Money = amount.parse().map_err(|_| {
                Problem::new("invalid-request", format!("`{usd}` is no amount of money"))
                    .hint("write dollars such as 7.50")
            })?;
            (Scope::Budget, Box::new(move |run| Request::Budget { run, cap }))
        }
        "resolve" => {
            let (take, how) = (take_of(&take)?, resolution(&how, ticket.trim())?);
            (Scope::Budget, Box::new(move |run| Request::Resolve { run, take, how }))
        }
        _ => return Err(Problem::missing("such thing to do")),
    })
}

fn take_of(text: &str) -> Result<TakeNo, Problem> {
    text.parse().map_err(|error| Problem::new("invalid-request", format!("`{text}`: {error}")))
}

fn resolution(how: &str, ticket: &str) -> Result<Resolution, Problem> {
    match how {
        "adopt" if !ticket.is_empty() => Ok(Resolution::Adopt(ticket.into())),
        "resend" => Ok(Resolution::Verdict(Verdict::Resend)),
        "abandon" => Ok(Resolution::Verdict(Verdict::Abandon)),
        _ => Err(Problem::new("invalid-request", "nothing was said about this take")
            .hint("say that it is found, with the provider's id of it; or make it again; or do without")),
    }
}
