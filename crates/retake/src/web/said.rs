//! What is said of a run at the top of its page: what goes on or what is wrong in one sentence, and what to do about it.

use retake_engine::graph::Ix;
use retake_engine::journal::event::{Cap, Ending, Pause};
use retake_engine::journal::state::{ItemState, Status, TakeState};

use super::plain;
use super::view::has_written;
use crate::ui::card::pause;
use crate::ui::stage::Stage;
use crate::ui::story::Story;
use crate::ui::summary;
use crate::ui::words::{self, dollars};

/// How many missing scenes are named.
const NAMED: usize = 3;

/// What goes on, and what to do.
pub(super) fn lead(story: &Story, made: usize, of: usize) -> (String, Option<String>) {
    let state = story.state();
    let scenes = || format!("{} of {}", words::count(made), words::several(of, "scene"));
    let advise = |lead: String, advice: &str| (lead, Some(advice.to_owned()));
    match state.status() {
        Status::Queued => ("It waits for its turn.".to_owned(), None),
        Status::Running if of == 0 => ("Its scenes are being written.".to_owned(), None),
        Status::Running if made == of => ("Every scene is there; the film is put together.".to_owned(), None),
        Status::Running => {
            let doing = doing(Stage::of(story.film(), state));
            (format!("{doing}: {} made.", is_are(made, &scenes())), None)
        }
        Status::Ended(Ending::Completed) if has_written(story) => {
            advise("Its scenes are written.".to_owned(), "The film is made by a run of its own.")
        }
        Status::Ended(Ending::Completed) => ("The film is done, with every scene.".to_owned(), None),
        Status::Ended(Ending::Partial) if made == of => {
            advise("The film is there, without some of its shots.".to_owned(), again(story))
        }
        Status::Ended(Ending::Partial) => {
            advise(format!("The film is there, with {}{}.", scenes(), missing(story)), again(story))
        }
        Status::Ended(Ending::Failed) => {
            advise(format!("No film yet: {} made{}.", is_are(made, &scenes()), missing(story)), again(story))
        }
        Status::Ended(Ending::Cancelled) => match story.superseded_by() {
            Some(_) => ("Another run of this film took its place.".to_owned(), None),
            None => {
                advise(format!("It was cancelled with {} made.", scenes()), "What is made is kept; resume goes on.")
            }
        },
        Status::Paused(pause) => paused(story, pause),
    }
}

/// What is done in a stage.
const fn doing(stage: Stage) -> &'static str {
    match stage {
        Stage::Plan => "Getting ready",
        Stage::Voice => "Speaking the words",
        Stage::Storyboard => "Drawing the pictures",
        Stage::Character => "Teaching characters to speak",
        Stage::Clips => "Making the clips",
        Stage::Assemble => "Putting the film together",
        Stage::Deliver => "Handing the film over",
    }
}

/// The scenes that are missing, by name.
fn missing(story: &Story) -> String {
    let (film, state) = (story.film(), story.state());
    let is_missing = |scene: &&crate::ui::film::Scene| scene.state(film, state) == ItemState::FailedPermanent;
    let names: Vec<String> = film.scenes().iter().filter(is_missing).map(|scene| plain(&scene.id)).collect();
    match names.len() {
        0 => String::new(),
        1..=NAMED => format!("; missing: {}", names.join(", ")),
        all => format!("; missing: {} and {} more", names[..NAMED].join(", "), words::count(all - NAMED)),
    }
}

/// What helps where something failed.
fn again(story: &Story) -> &'static str {
    if summary::is_the_plan_s(story) {
        "What failed cannot be made as the plan says it: change the plan. What is made is kept, and is not paid again."
    } else {
        "Retry makes only what failed; what is made is kept, and is not paid again."
    }
}

fn is_are(made: usize, what: &str) -> String {
    format!("{what} {}", if made == 1 { "is" } else { "are" })
}

fn paused(story: &Story, why: &Pause) -> (String, Option<String>) {
    let card = pause::card(story, why);
    let advice = match why {
        Pause::Budget { cap: Cap::Run, raise, .. } => {
            let to = story.state().ledger().cap().plus(*raise);
            format!(
                "Raise the cap by {} to {} or more, and it goes on. What is made is kept.",
                dollars(*raise),
                dollars(to)
            )
        }
        Pause::Budget { cap: Cap::Account, raise, .. } => {
            format!(
                "{} more would do: whoever runs this server raises the account's cap. Then resume.",
                dollars(*raise)
            )
        }
        Pause::Budget { cap: Cap::Day, .. } => {
            "Wait for tomorrow (UTC), or have the cap of the day raised. Then resume.".to_owned()
        }
        Pause::Overrun { over } => {
            format!(
                "Charges went {} over what the providers publish. Nothing more is bought until you resume.",
                dollars(*over)
            )
        }
        Pause::Deadline { .. } => "Set a later deadline in the plan, or resume. What is made is kept.".to_owned(),
        Pause::Credentials { provider } => {
            format!("Mend the key or the credit at {}, then resume.", plain(provider.as_str()))
        }
        Pause::Review { .. } => match held(story) {
            Some(_) => "Look at the provider whether it is there, and say below what becomes of it.".to_owned(),
            None => "Everything up to here is made. Resume, or change the plan.".to_owned(),
        },
    };
    let mut what = plain(&card.what);
    if let Some(first) = what.get(..1).map(str::to_uppercase) {
        what.replace_range(..1, &first);
    }
    (format!("{what}."), Some(advice))
}

/// The first node with a take that waits for a person.
pub(super) fn held(story: &Story) -> Option<Ix> {
    let is_held = |ix: &Ix| story.state().nodes()[*ix].takes.iter().any(|take| matches!(take.state, TakeState::Held));
    story.film().nodes().find(is_held)
}
