//! `retake open`.

use std::time::Duration;

use clap::Args;
use retake_film::media::process::{Call, Limits, Program, Stop};

use super::desk::{Desk, Outcome};
use super::exit::Code;
use super::show;
use crate::app::{Trouble, album, tools};
use crate::ui;

/// See a run as a page: every scene, every take, what it cost
///
/// The page is written beside what the run has made, and shown where there is a screen.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  retake open\n  retake open 0198c2")]
pub(crate) struct Open {
    /// The run, by its id or the beginning of it [default: the newest]
    #[arg(value_name = "RUN")]
    run: Option<String>,
}

impl Open {
    pub(super) fn act(self, desk: &Desk) -> Outcome {
        let story = show::story_of(&desk.journal(self.run)?)?;
        let data = desk.data.get().cloned().unwrap_or_else(|| desk.project(&desk.around.folder).data);
        let ground = desk.ground(&desk.around.folder)?;
        let shown = album(&data, &tools(&ground.config), story.state());
        let folder = data.join("pages");
        let file = folder.join(format!("{}.html", story.state().spec().id));
        std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::write(&file, show::sheet(desk, &story, shown, &folder)))
            .map_err(|error| Trouble::file("write the page", &file, &error))?;
        if desk.global.json {
            desk.document(&serde_json::json!({"page": file}))?;
        } else {
            desk.data(&format!("{}\n", file.display()))?;
        }
        if desk.around.has_display() && ui::out::is_terminal() {
            browse(desk, &file);
        }
        Ok(Code::Complete)
    }
}

/// Shows a page, if that can be done; its path was said already.
fn browse(desk: &Desk, page: &std::path::Path) {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let second = Duration::from_secs(1);
    let limits = Limits {
        wall: 20 * second,
        cpu: 20 * second,
        memory_bytes: 64 << 30,
        file_bytes: 1 << 30,
        output_bytes: 1 << 20,
    };
    let mut call = Call::new(&Program::new(opener, "xdg-utils"), limits).arg(page);
    for name in
        ["DISPLAY", "WAYLAND_DISPLAY", "HOME", "XDG_RUNTIME_DIR", "XDG_CURRENT_DESKTOP", "DBUS_SESSION_BUS_ADDRESS"]
    {
        if let Some(value) = desk.around.get(name) {
            call = call.env(name, value);
        }
    }
    if call.run(&Stop::default()).is_err() {
        desk.say("open that file in a browser");
    }
}
