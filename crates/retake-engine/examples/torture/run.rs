//! The role that is killed: it opens the store, goes on with what it finds there, and waits until nothing moves.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, Write};
use std::sync::Arc;

use retake_engine::admission::{Limits, Terms};
use retake_engine::engine::Command;
use retake_engine::host::{self, Host, Notice, Watch};
use retake_engine::journal::RunState;
use retake_engine::journal::event::Verdict;
use retake_engine::money::Money;

use crate::film::{RUN, once, spec};
use crate::options::Options;
use crate::outcome::Outcome;
use crate::outside::{self, Way};
use crate::tell;

/// Carries the run until it is over or waits for a person; carries a person's decisions out before that.
pub(crate) fn play(options: &Options) -> Result<Outcome, Box<dyn Error>> {
    let way = Way { port: options.port, class: options.class, synchronous: options.synchronous };
    let performer = Arc::new(outside::open(way)?);
    let host = Host::open(&options.dir, performer, host_options(options), |notice| tell(said(&notice)))?;
    if options.at_line {
        writeln!(io::stdout(), "ready")?;
        io::stdin().read_line(&mut String::new())?;
    }
    let spec = spec(options);
    let wish = once(&spec);
    host.create(spec, Some(wish))?;
    host.resume_all()?;
    for command in commands(options) {
        host.command(RUN, command)?;
    }
    let Some(outcome) = wait(host.watch(RUN, 0), options.story)? else {
        return Err(host.failure().map_or_else(|| "the host went away".into(), Into::into));
    };
    host.stop()?;
    Ok(outcome)
}

fn host_options(options: &Options) -> host::Options {
    let limits = Limits {
        submissions: options.concurrency,
        processes: 1,
        account: Money::MAX,
        day: Money::MAX,
        providers: BTreeMap::new(),
        default_terms: Terms::default(),
    };
    let mut usual = host::Options::new(limits);
    usual.store.reserve = options.reserve;
    usual
}

/// A notice in words that whoever conducts the test can wait for.
fn said(notice: &Notice) -> String {
    match notice {
        Notice::DiskFull => "the disk is full, nothing new is begun".into(),
        Notice::DiskHasRoom => "the disk has room again".into(),
        Notice::Stuck { why, .. } => format!("the run is stuck: {why}"),
        Notice::Failed(error) => format!("the store failed: {error}"),
    }
}

fn commands(options: &Options) -> Vec<Command> {
    let adopt = options.adopt.iter().cloned().map(|(take, ticket)| Command::Adopt { take, ticket });
    let resolve = |take: &_, verdict| Command::Resolve { take: Clone::clone(take), verdict };
    let resend = options.resend.iter().map(|take| resolve(take, Verdict::Resend));
    let abandon = options.abandon.iter().map(|take| resolve(take, Verdict::Abandon));
    adopt.chain(resend).chain(abandon).collect()
}

/// Reads along until the run stands still; nothing where the host ends before that.
fn wait(watch: Watch, aloud: bool) -> Result<Option<Outcome>, Box<dyn Error>> {
    let mut state: Option<RunState> = None;
    for records in watch {
        for record in &records? {
            if aloud {
                tell(record.line());
            }
            match &mut state {
                None => state = Some(RunState::begin(record)?),
                Some(state) => state.apply(record)?,
            }
        }
        if let Some(outcome) = state.as_ref().and_then(Outcome::of) {
            return Ok(Some(outcome));
        }
    }
    Ok(None)
}
