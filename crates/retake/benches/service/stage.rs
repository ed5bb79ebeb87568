//! The real service beside providers that are played in this process, and how both are measured.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use retake_rehearsal::{Kind, Options, PROVIDERS, Pace, Script, Server, key};
use tempfile::TempDir;

use crate::client::Client;

/// What a provider needs for anything: longer than any of this takes.
const WORK: Duration = Duration::from_secs(3_600);

/// A service in a folder of its own. It is killed at the end.
pub(crate) struct Stage {
    pub(crate) folder: TempDir,
    pub(crate) at: SocketAddr,
    child: Child,
    _providers: Server,
}

impl Stage {
    /// Providers take all that is sent, and are never done with it; so many may be in flight at once.
    pub(crate) fn new(submissions: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut pace = Pace::quick();
        for kind in [Kind::Video, Kind::Image] {
            pace.work.insert(kind, WORK);
        }
        pace.slots = 100_000;
        let kept = folder.path().join("providers");
        std::fs::create_dir_all(&kept).unwrap();
        let script = Script::calm();
        let options = Options { folder: kept, listen, script, pace, seed: 1, ffmpeg: "ffmpeg".into() };
        let providers = Server::start(options).unwrap();
        std::fs::write(folder.path().join("retake.toml"), settings(&providers, submissions)).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_retake"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--json"]).current_dir(folder.path());
        command.env("REPLICATE_API_TOKEN", key("replicate")).env("XDG_RUNTIME_DIR", folder.path());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told: serde_json::Value = serde_json::from_str(&line).unwrap();
        let at = told["listening"].as_str().unwrap().parse().unwrap();
        Self { folder, at, child, _providers: providers }
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(self.at)
    }

    /// Memory in MiB.
    pub(crate) fn memory(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        line.trim().trim_end_matches(" kB").parse().unwrap_or(0.0) / 1024.0
    }

    /// Ends it, and hands over what it has written.
    pub(crate) fn ended(mut self) -> TempDir {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap())
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn settings(server: &Server, submissions: usize) -> String {
    let mut text = format!("[limits]\nsubmissions = {submissions}\naccount_usd = \"500000\"\nday_usd = \"500000\"\n");
    let _ = writeln!(text, "[egress]\nallow = {:?}", server.egress());
    // Far more are accepted than anybody would let wait.
    let _ = writeln!(text, "[serve]\nqueue = 1000000\nqueue_items = 10000000\nconnections_per_address = 4000");
    for name in PROVIDERS {
        let address = server.base_url(name);
        let _ = writeln!(
            text,
            "[providers.{name}]\nbase_url = {address:?}\npoll_every = \"2s\"\nconcurrency = {submissions}\n\
             rate = \"100000/min\"\nrequest_timeout = \"20s\""
        );
    }
    text
}

/// A film of so many clips whose pictures are bought as well: nothing of it is made here.
pub(crate) fn plan(title: &str, clips: usize) -> String {
    let mut plan = format!("film: {title}\nsize: 320x180\nbudget: 1000\nconcurrency: {clips}\n");
    plan += "image: [flux-dev]\nvideo: [seedance-lite]\nscenes:\n";
    for clip in 0..clips {
        let _ = writeln!(plan, "  - {{shot: '{title}, clip number {clip}', seconds: 1}}");
    }
    plan
}

/// Where the store of a service lies.
pub(crate) fn data(folder: &Path) -> std::path::PathBuf {
    folder.join(".retake")
}
