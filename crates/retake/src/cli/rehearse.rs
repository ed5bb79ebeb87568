//! `retake rehearse`.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use retake_engine::money::Money;
use retake_rehearsal::{Pace, Script};

use super::desk::{Desk, Outcome};
use super::go::{Begun, Sums, begin, go_and_count};
use super::show;
use crate::app::{Account, Depth, Rehearsal, odd, script, stage};
use crate::door::Door;
use crate::door::wire::Started;
use crate::ui::words::{self, dollars};

/// Make the film of a plan with a server of our own in the place of every provider
///
/// It speaks as the providers do, makes small pictures and clips, has prices and costs nothing. With `--faults` it lets
/// things go wrong, so that you can see what becomes of them before you trust retake with money. What is made in a
/// rehearsal is never used in a real film.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  retake rehearse film.yaml\n  retake rehearse film.yaml --faults storm\n  retake rehearse film.yaml --faults my-faults.yaml --json\n  retake rehearse --list"
)]
pub(crate) struct Rehearse {
    /// The plan
    #[arg(value_name = "FILE", required_unless_present_any = ["list", "schema"])]
    file: Option<PathBuf>,
    /// What goes wrong: the name of a script, or a file
    #[arg(long, value_name = "NAME|FILE")]
    faults: Option<String>,
    /// Let local makers stand in where a plan asks for what is not there
    #[arg(long)]
    allow_fallback: bool,
    /// As fast as it goes, not as fast as one can look
    #[arg(long)]
    quick: bool,
    /// List the scripts that come along
    #[arg(long)]
    list: bool,
    /// The form of a script, as a JSON Schema
    #[arg(long, conflicts_with = "list")]
    schema: bool,
}

impl Rehearse {
    pub(super) fn act(self, desk: &Desk) -> Outcome {
        if self.list {
            return list(desk);
        }
        if self.schema {
            desk.data(&Script::schema())?;
            return Ok(super::exit::Code::Complete);
        }
        let Some(file) = &self.file else { return Err(odd()) };
        let script = script(self.faults.as_deref(), &desk.around.folder)?;
        let is_named = desk.global.data_dir.is_some() || desk.around.data_dir().is_some();
        let ground = stage(desk.ground_of(file)?, is_named);
        let pace = if self.quick { Pace::quick() } else { Pace::lively() };
        let (ground, rehearsal) = Rehearsal::begin(ground, script, pace)?;
        let mut order = desk.order(&ground, file)?;
        (order.allow_fallback, order.agreed) = (self.allow_fallback, true);
        crate::app::draft_of(&ground, &order, Depth::Words)?;
        desk.say("a rehearsal: nothing is paid, and nothing of it is used in a real film");
        let way = desk.way(ground, true);
        let mut door = Door::open(&way)?;
        let (code, sums) = match begin(desk, &way, &mut door, &mut order, &|_| Ok(()), false)? {
            Begun::Goes(Started { run, warnings, .. }, interrupt) => {
                show::warnings(desk, &warnings);
                go_and_count(desk, door, run, &interrupt)?
            }
            Begun::Ends(code) => (code, Sums::default()),
            Begun::Wrote(_) => return Err(odd()),
        };
        desk.say(told(&rehearsal.account(), &sums).trim_end());
        rehearsal.end();
        Ok(code)
    }
}

fn list(desk: &Desk) -> Outcome {
    if desk.global.json {
        let names: Vec<_> =
            Script::NAMES.iter().map(|(name, about)| serde_json::json!({"name": name, "about": about})).collect();
        desk.document(&names)?;
    } else {
        let lines: Vec<String> = Script::NAMES.iter().map(|(name, about)| format!("{name:<16} {about}\n")).collect();
        desk.data(&lines.concat())?;
    }
    Ok(super::exit::Code::Complete)
}

/// What the other side says of it, and what it was not asked for.
fn told(account: &Account, sums: &Sums) -> String {
    let mut text = String::from("what the other side says:\n");
    let orders = words::several(account.taken, "order");
    let requests = words::several(usize::try_from(account.requests).unwrap_or(usize::MAX), "request");
    let charged = Money::from_micros(account.charged_micros);
    let wasted = dollars(Money::from_micros(account.wasted_micros));
    let _ = writeln!(text, "  taken    {orders}, in {requests}");
    let _ = writeln!(text, "  charged  {} of play money", dollars(charged));
    let _ = writeln!(text, "  wasted   {wasted}: charged, and failed or never fetched");
    let _ = writeln!(text, "  saved    {}: made before, and not bought again", dollars(sums.saved));
    // What a provider charges beyond its price, and says to nobody, is found in its bill alone.
    let more = charged.less(sums.booked);
    if !more.is_zero() {
        let _ = writeln!(
            text,
            "  beware   {} was charged that nobody told us: a provider that raises its price in silence is beyond \
             our books and our cap",
            dollars(more)
        );
    }
    match account.troubles {
        _ if account.taken == 0 => text.push_str(
            "  nothing was ordered: all of it was made in an earlier rehearsal; change the plan, or remove \
             .retake-rehearsal to begin anew\n",
        ),
        Some(0) => text.push_str("  nothing went wrong this time: `--seed 2` brings other weather\n"),
        Some(1) => text.push_str("  survived one thing that went wrong\n"),
        Some(count) => drop(writeln!(text, "  survived {count} things that went wrong")),
        None => {}
    }
    for leak in &account.leaks {
        let _ = writeln!(text, "  a key was shown where it must not be: {leak}");
    }
    text
}
