//! `retake serve`.

use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;

use super::desk::{Desk, Outcome, opened};
use super::exit::Code;
use super::interrupt::Interrupt;
use super::journaling::{Form, notices};
use crate::app::{Films, Ground, Registry, Trouble, now};
use crate::door::{Door, Way};
use crate::http;
use crate::ui::log::{Entry, Weight};

/// Where the service answers where nobody says.
const LISTEN: &str = "127.0.0.1:7117";

/// Make films for programs and browsers
///
/// Runs that were open go on, and other terminals hand theirs in. Without tokens only this machine is served; `retake
/// token new` makes one. SIGTERM ends it in good order within seconds: nothing is lost, and the next start goes on.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  retake serve\n  retake serve --listen 127.0.0.1:0 --json\n  retake serve --listen 0.0.0.0:7117"
)]
pub(crate) struct Serve {
    /// Where to answer
    #[arg(long, value_name = "HOST:PORT", default_value = LISTEN)]
    listen: SocketAddr,
    /// How to write down what goes on, on stderr [default: what `serve.log` says]
    #[arg(long, value_name = "FORM")]
    log: Option<Form>,
}

impl Serve {
    pub(super) fn act(self, desk: &Desk) -> Outcome {
        let ground = Ground { craft: Arc::new(Films::listening()), ..desk.ground(&desk.around.folder)? };
        ground.project.make()?;
        let registry = Registry::open(&ground.project.data)?;
        if !self.listen.ip().is_loopback() && registry.is_open()? {
            let what = format!("`{}` can be reached by others, and nobody needs a token", self.listen);
            return Err(Trouble::refused(what).hint("`retake token new` makes one; or listen at 127.0.0.1"));
        }
        let listener = TcpListener::bind(self.listen).map_err(|error| {
            Trouble::usage(format!("cannot listen at {}: {error}", self.listen)).hint("name another with --listen")
        })?;
        let form = self.log.unwrap_or_else(|| Form::of(ground.config.log()));
        let log = form.start(desk.global.quiet)?;
        // Talk is for people: in a log for programs it would be no line.
        let say = |what, text: String| match form {
            Form::Json => log.say(Entry { says: Some(text), ..Entry::new(now(), Weight::Info, what) }),
            Form::Text | Form::Off => desk.say(&text),
        };
        if let Some(warning) = opened(&ground) {
            say("addresses opened", warning);
        }
        let way = match form {
            Form::Off => Way { stays: true, ..desk.way(ground, false) },
            Form::Text | Form::Json => {
                Way { stays: true, notice: notices(log.clone(), now), ..desk.way(ground, false) }
            }
        };
        let door = Door::open(&way)?;
        let Door::Here { app, server } = door else {
            let owner = door.owner().unwrap_or_default();
            return Err(Trouble::usage(format!("process {owner} owns the data directory"))
                .hint("end it, and what it had open goes on here"));
        };
        http::keep_log(&app, log.clone());
        let running = http::start(&app, Arc::new(registry), log.clone(), listener)?;
        let at = running.at();
        app.resume_all()?;
        if desk.global.json {
            desk.data(&format!(
                "{}\n",
                serde_json::json!({"listening": at.to_string(), "url": format!("http://{at}")})
            ))?;
        }
        say("listening", format!("retake answers at http://{at}"));
        // The first signal ends it in good order, the second one waits for nothing.
        let (ended, end) = channel();
        let running = Mutex::new(running);
        let stopped = Arc::clone(&app);
        let stop = move || {
            running.lock().unwrap_or_else(PoisonError::into_inner).stop();
            let stopped = stopped.stop();
            let _ = ended.send(stopped);
        };
        let (quiet, ending) = (desk.global.quiet, log.clone());
        let leave = move || {
            let text = "nothing new is begun; once more ends it at once";
            match form {
                Form::Json => {
                    let entry = Entry::new(now(), Weight::Info, "stopping");
                    ending.say(Entry { says: Some(text.to_owned()), ..entry });
                }
                Form::Text | Form::Off if quiet => {}
                Form::Text | Form::Off => drop(crate::ui::out::talk(&format!("stopping: {text}\n"))),
            }
        };
        let _interrupt = Interrupt::listen(Arc::new(stop), leave)?;
        let stopped = end.recv().map_err(|_| Trouble::internal("nobody can end this any more"))?;
        drop(server);
        log.end();
        stopped.map(|_| Code::Complete)
    }
}
