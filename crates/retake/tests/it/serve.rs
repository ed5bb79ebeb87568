//! The service as programs use it: the real one, on a real socket.

use std::net::SocketAddr;
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::cli::{Bench, listening};

mod call;
mod damaged;
mod delivered;
mod doors;
mod figures;
mod hooks;
mod kept;
mod limits;
mod lives;
mod logs;
mod notices;
mod otherwise;
mod plans;
mod prices;
mod tenants;
mod traces;
mod workflows;
mod written;

use call::{Answer, Call};

/// A film that needs no key and is made in a moment.
const PLAN: &str = "film: Two cards\nsize: 160x90\nscenes:\n  - {id: one, title: One, seconds: 1}\n  - {id: two, title: Two, seconds: 1}\n";

/// A service in a folder of its own. It is killed at the end.
struct Server {
    bench: Bench,
    child: Child,
    at: SocketAddr,
}

impl Server {
    fn new() -> Self {
        Self::start(Bench::new(), &[])
    }

    fn start(bench: Bench, more: &[&str]) -> Self {
        Self::start_with(bench, more, &[])
    }

    /// With these in its environment.
    fn start_with(bench: Bench, more: &[&str], with: &[(&str, &str)]) -> Self {
        let arguments =
            [&["serve", "--json"][..], if more.is_empty() { &["--listen", "127.0.0.1:0"][..] } else { more }];
        let mut command = bench.command(&arguments.concat());
        #[expect(clippy::disallowed_methods, reason = "what makes films is found where the machine has it")]
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command.envs(with.iter().copied());
        let (child, at) = listening(command.stderr(Stdio::null()));
        Self { bench, child, at: at.parse().unwrap() }
    }

    /// Ends it as a power cut would, and starts it again in the same folder.
    fn killed(mut self) -> Self {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let bench = std::mem::replace(&mut self.bench, Bench::new());
        drop(self);
        Self::start(bench, &[])
    }

    fn call(&self, method: &str, path: &str) -> Call {
        Call::new(self.at, method, path)
    }

    #[track_caller]
    fn get(&self, path: &str) -> Answer {
        self.call("GET", path).send()
    }

    #[track_caller]
    fn post_plan(&self, plan: &str) -> String {
        let answer = self.call("POST", "/api/runs").body("application/yaml", plan).send().is(202);
        answer.json()["run"].as_str().unwrap().to_owned()
    }

    /// The run, once it stands still.
    #[track_caller]
    fn ended(&self, run: &str) -> Value {
        for _ in 0..400 {
            let told = self.get(&format!("/api/runs/{run}?wait=5s")).is(200).json();
            if !["queued", "running"].contains(&told["status"].as_str().unwrap()) {
                return told;
            }
        }
        panic!("run {run} does not end");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
