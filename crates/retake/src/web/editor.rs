//! The plan editor: what somebody writes, and beside it what making it would do and cost. Nothing is spent by looking.

use std::io::Read as _;

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::response::Response;
use retake_engine::id::{Hash, RunId};
use retake_engine::store::Once;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::visitor::Visitor;
use super::{Frame, Refusal, asked, plain, see, shown, with_status};
use crate::app::{Act, Counter, Post, Scope, Until, new_run};
use crate::door::wire::Quoted;
use crate::http::{BODY_BYTES, Problem, Wrong, run_of, wait};
use crate::ui::words::dollars;

/// What an empty editor begins with.
const FIRST: &str = "film: A small storm
size: 1280x720
budget: 2.00
scenes:
  - {id: opening, title: A small storm}
  - id: storm
    still: Waves hit a lighthouse at night
    say: For two thousand years a lighthouse could only shine.
  - id: lamp
    still: A keeper climbs the stairs with a lantern
    say: Then keepers learned to make it blink.
";

/// What stands beside the plan.
enum Beside {
    /// Nothing was asked yet.
    Nothing,
    Quote(Quote),
    Problem {
        title: &'static str,
        what: String,
        hint: Option<String>,
        mistakes: Vec<Wrong>,
    },
}

struct Quote {
    reuse: usize,
    make: usize,
    expected: String,
    worst: String,
    cap: String,
    is_dear: bool,
    rows: Vec<Row>,
    warnings: Vec<(String, String)>,
    keyless: Vec<(String, String)>,
}

struct Row {
    node: String,
    is_reused: bool,
    model: String,
    expected: String,
}

#[derive(Template)]
#[template(path = "editor.html")]
struct Editor {
    frame: Frame,
    plan: String,
    rows: usize,
    until: String,
    allow_fallback: bool,
    wish: String,
    /// The run whose plan it was.
    of: Option<String>,
    beside: Beside,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Which {
    run: Option<String>,
}

/// A plan as the form sends it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Written {
    plan: String,
    until: String,
    allow_fallback: Option<String>,
    /// What makes it the same wish, if it is sent twice.
    wish: String,
    of: Option<String>,
}

impl Written {
    fn post(&self, counter: &Counter) -> Post {
        let until = match self.until.as_str() {
            "voice" => Some(Until::Voice),
            "storyboard" => Some(Until::Storyboard),
            _ => None,
        };
        let allow_fallback = self.allow_fallback.is_some();
        // A browser ends lines in its own way.
        let plan = self.plan.replace("\r\n", "\n").into_bytes();
        let body = Hash::from_bytes(
            Sha256::new().chain_update(&plan).chain_update(format!("{until:?} {allow_fallback}")).finalize().into(),
        );
        // The same words of the same page are made once, however often the button is pressed.
        let key: String = self.wish.chars().filter(char::is_ascii_alphanumeric).take(64).collect();
        let once = (!key.is_empty()).then(|| Once { key: format!("page-{key}-{body}"), body });
        Post { plan, account: counter.account(), seed: None, until, allow_fallback, retry: None, once }
    }

    fn editor(self, frame: Frame, beside: Beside) -> Editor {
        let Self { plan, until, allow_fallback, wish, of } = self;
        let rows = plan.lines().count().clamp(18, 40);
        let of = of.filter(|of| run_of(of).is_ok());
        Editor { frame, plan, rows, until, allow_fallback: allow_fallback.is_some(), wish, of, beside }
    }
}

/// The editor, empty or with the plan of a run.
pub(super) async fn page(visitor: Visitor, which: Result<Query<Which>, QueryRejection>) -> Result<Response, Refusal> {
    let frame = visitor.frame;
    let counter = visitor.may(Scope::Read)?;
    let Which { run } = asked(which);
    let wish = new_run().to_string();
    let of = run.clone();
    let (plan, beside) = match run.as_deref().map(run_of).transpose()? {
        None => (FIRST.to_owned(), Beside::Nothing),
        Some(run) => {
            wait(move || {
                let plan = plan_of(&counter, run)?;
                let beside = look(&counter, &Written { plan: plan.clone(), ..Written::default() });
                Ok((plan, beside))
            })
            .await?
        }
    };
    Ok(shown(&Written { plan, wish, of, ..Written::default() }.editor(frame, beside)))
}

/// The plan that a run was made of, as it lies there now.
fn plan_of(counter: &Counter, run: RunId) -> Result<String, Problem> {
    let none = || Problem::missing("plan of this run any more").hint("write a new one: /new");
    let summary = counter.find(run)?.summary.ok_or_else(none)?;
    let path = counter.plan_of(&summary).ok_or_else(none)?;
    let mut text = String::new();
    let most = u64::try_from(BODY_BYTES).unwrap_or(u64::MAX);
    let file = std::fs::File::open(path).map_err(|_| none())?;
    file.take(most).read_to_string(&mut text).map_err(|_| none())?;
    Ok(text)
}

/// What making it would do and cost.
pub(super) async fn quote(visitor: Visitor, form: Result<Form<Written>, FormRejection>) -> Result<Response, Refusal> {
    let frame = visitor.frame;
    let counter = visitor.may(Scope::Read)?;
    let written = read(form)?;
    let (written, beside) = wait(move || {
        let beside = look(&counter, &written);
        Ok((written, beside))
    })
    .await?;
    Ok(shown(&written.editor(frame, beside)))
}

/// Makes it; where that is refused, says why beside the plan.
pub(super) async fn make(visitor: Visitor, form: Result<Form<Written>, FormRejection>) -> Result<Response, Refusal> {
    let frame = visitor.frame;
    let counter = visitor.may(Scope::Write)?;
    let written = read(form)?;
    let post = written.post(&counter);
    match wait(move || Ok(counter.post(&post)?)).await {
        Ok(accepted) => Ok(see(&format!("/runs/{}", accepted.run))),
        Err(problem) => Ok(with_status(problem.status(), &written.editor(frame, problem.into()))),
    }
}

fn read(form: Result<Form<Written>, FormRejection>) -> Result<Written, Problem> {
    let most = BODY_BYTES >> 20;
    let too_much = |error: FormRejection| {
        Problem::new("invalid-request", error.body_text()).hint(format!("a plan has at most {most} MiB"))
    };
    form.map(|Form(written)| written).map_err(too_much)
}

fn look(counter: &Counter, written: &Written) -> Beside {
    match counter.quote(&written.post(counter)).map_err(Problem::from) {
        Ok(quoted) => Beside::Quote(quoted.into()),
        Err(problem) => problem.into(),
    }
}

impl From<Problem> for Beside {
    fn from(problem: Problem) -> Self {
        let wrong = |wrong: &Wrong| Wrong {
            line: wrong.line,
            column: wrong.column,
            what: plain(&wrong.what),
            why: plain(&wrong.why),
            hint: plain(&wrong.hint),
        };
        let mistakes: Vec<Wrong> = problem.mistakes().iter().map(wrong).collect();
        let what = if mistakes.is_empty() { plain(problem.detail()) } else { String::new() };
        Self::Problem { title: problem.title(), what, hint: problem.way_out().map(plain), mistakes }
    }
}

impl From<Quoted> for Quote {
    fn from(quoted: Quoted) -> Self {
        let told = |all: Vec<crate::app::Problem>| {
            let one = |problem: crate::app::Problem| {
                let scene = problem.scene.map(|scene| format!("{scene}: ")).unwrap_or_default();
                (plain(&format!("{scene}{}", problem.what)), plain(&problem.hint.unwrap_or(problem.why)))
            };
            all.into_iter().map(one).collect()
        };
        Self {
            reuse: quoted.count(Act::Reuse),
            make: quoted.count(Act::Make),
            expected: dollars(quoted.expected_usd),
            worst: dollars(quoted.worst_usd),
            cap: dollars(quoted.cap_usd),
            is_dear: quoted.expected_usd > quoted.cap_usd,
            warnings: told(quoted.warnings),
            keyless: told(quoted.keyless),
            rows: quoted
                .rows
                .into_iter()
                .map(|row| Row {
                    node: plain(&row.node),
                    is_reused: row.fate == Act::Reuse,
                    model: plain(&row.model.unwrap_or_default()),
                    expected: dollars(row.expected_usd),
                })
                .collect(),
        }
    }
}
