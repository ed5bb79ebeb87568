//! A rehearsal: the same film, the same clients, and a server of our own in the place of every provider.
//!
//! Owns what is different in a rehearsal: addresses, keys, patience, the folder and the account. What is made in one is
//! never used in a film that is paid for.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use retake_rehearsal::faults::Mistake;
use retake_rehearsal::{Bill, Options, PROVIDERS, Pace, Script, Server, key};
use serde::Serialize;

use super::{Ground, Project, Trouble};
use crate::config::Stage;

/// What the data directory of rehearsals is called, beside that of films.
pub(crate) const REHEARSALS: &str = ".retake-rehearsal";
/// The folder in it in which the server keeps its log.
const SERVER: &str = "server";

/// A rehearsal that goes on.
pub(crate) struct Rehearsal {
    server: Server,
    before: Bill,
    is_scripted: bool,
}

/// What the server says that it took and charged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Account {
    /// How many orders it accepted.
    pub(crate) taken: usize,
    /// What it charged for them, in micro-dollars.
    pub(crate) charged_micros: u64,
    /// What of that brought nothing: it failed, or nobody fetched it.
    pub(crate) wasted_micros: u64,
    /// How often it was asked for anything.
    pub(crate) requests: u64,
    /// How often it had something go wrong, as its script says; nothing where it has none.
    pub(crate) troubles: Option<u64>,
    /// Where a key was shown to somebody who should not have seen it.
    pub(crate) leaks: Vec<String>,
}

/// The ground of a rehearsal of what stands on this ground.
pub(crate) fn stage(ground: Ground, named: bool) -> Ground {
    let Ground { project, config, craft } = ground;
    let beside = project.data.parent().unwrap_or(Path::new(".")).join(REHEARSALS);
    let project = if named { project } else { Project { data: beside } };
    Ground { project, config, craft }
}

impl Rehearsal {
    /// Starts the server, and puts it in the place of every provider.
    pub(crate) fn begin(mut ground: Ground, script: Script, pace: Pace) -> Result<(Ground, Self), Trouble> {
        ground.project.make()?;
        let ffmpeg = ground.config.local().ffmpeg.unwrap_or_else(|| PathBuf::from("ffmpeg"));
        let is_scripted = script != Script::calm();
        let server = serve(&ground.project.data.join(SERVER), script, pace, ffmpeg)?;
        let stages = PROVIDERS.iter().map(|name| {
            let address = server.base_url(name);
            ((*name).to_owned(), Stage { address, key: key(name) })
        });
        Arc::make_mut(&mut ground.config).rehearse(stages.collect(), server.egress());
        let before = server.bill();
        Ok((ground, Self { server, before, is_scripted }))
    }

    /// What the server says of this rehearsal; what it did in earlier ones is left out.
    pub(crate) fn account(&self) -> Account {
        let bill = self.server.bill();
        let earlier = self.before.jobs.len();
        let jobs = bill.jobs.get(earlier..).unwrap_or_default();
        let asked = |bill: &Bill| bill.requests.values().flat_map(|counts| counts.values()).sum::<u64>();
        Account {
            taken: jobs.len(),
            charged_micros: jobs.iter().map(|line| line.charged_micros).sum(),
            wasted_micros: jobs.iter().filter(|line| line.wasted).map(|line| line.charged_micros).sum(),
            requests: asked(&bill).saturating_sub(asked(&self.before)),
            troubles: self.is_scripted.then(|| self.server.troubles()),
            leaks: bill.leaks,
        }
    }

    /// Ends it.
    pub(crate) fn end(self) {
        self.server.stop();
    }
}

/// A server that plays the providers, and keeps its log in this folder.
pub(super) fn serve(folder: &Path, script: Script, pace: Pace, ffmpeg: PathBuf) -> Result<Server, Trouble> {
    std::fs::create_dir_all(folder).map_err(|error| Trouble::file("make the folder", folder, &error))?;
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let options = Options { folder: folder.to_owned(), listen, script, pace, seed: 1, ffmpeg };
    Server::start(options).map_err(|error| unplayed(&error))
}

/// Why nobody plays the providers.
fn unplayed(error: &retake_rehearsal::Error) -> Trouble {
    match error {
        retake_rehearsal::Error::Folder { folder, source } if source.kind() == std::io::ErrorKind::WouldBlock => {
            let place = folder.parent().unwrap_or(folder).display();
            Trouble::usage(format!("another rehearsal is under way in {place}"))
                .hint("wait for its end, or rehearse elsewhere: add `--data-dir FOLDER`")
        }
        retake_rehearsal::Error::Listen { source, .. }
        | retake_rehearsal::Error::Folder { source, .. }
        | retake_rehearsal::Error::Threads(source) => Trouble::usage(format!("no rehearsal: {error}: {source}")),
    }
}

/// The script of this name, or in this file.
pub(crate) fn script(named: Option<&str>, folder: &Path) -> Result<Script, Trouble> {
    let Some(named) = named else { return Ok(Script::calm()) };
    if let Some(script) = Script::named(named) {
        return Ok(script);
    }
    let file = folder.join(named);
    if !file.is_file() {
        let names: Vec<&str> = Script::NAMES.iter().map(|(name, _)| *name).collect();
        let what = format!("`{named}` is no script of faults and no file");
        let near = crate::config::nearest(named, &names).map(|near| format!("did you mean `{near}`?"));
        return Err(Trouble::usage(what).hint(near.unwrap_or_else(|| format!("there are {}", names.join(", ")))));
    }
    let text = std::fs::read_to_string(&file).map_err(|error| Trouble::file("read the script", &file, &error))?;
    let told = |mistakes: Vec<Mistake>| {
        let line =
            |mistake: &Mistake| format!("{}:{}: {}\n  = hint: {}", named, mistake.line, mistake.what, mistake.hint);
        Trouble::usage(mistakes.iter().map(line).collect::<Vec<_>>().join("\n"))
    };
    Script::read(&text).map_err(told)
}
