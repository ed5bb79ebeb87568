//! Proof that every rule of `invariants.rs` can fail, and that it lets pass what it should.

use crate::invariants::breaches;

#[track_caller]
fn check(path: &str, text: &str, expected: &[&str]) {
    let found: Vec<&str> = breaches(path, text).iter().map(|breach| breach.rule).collect();
    assert_eq!(found, expected, "{path}: {text}");
}

#[track_caller]
fn check_each(path: &str, rule: &str, samples: &[&str]) {
    for sample in samples {
        check(path, sample, &[rule]);
    }
}

#[test]
fn the_core_is_pure() {
    check_each(
        "retake-engine/src/decide/judge.rs",
        "invariant 1",
        &[
            "async fn go() {}",
            "answer.await",
            "use tokio::sync::mpsc;",
            "use std::{collections::HashMap, time::Instant};",
            "std::time::SystemTime::now()",
            "use std::thread;",
            "rand::random()",
            "std::fs::read(path)",
            "use std::net::TcpStream;",
            "Uuid::now_v7()",
            "fn hidden() {} #[cfg(feature = \"sim\")] use std::io;",
        ],
    );
    for calm in [
        "use std::time::Duration; // Instant",
        "const ASYNC: &str = \"async\";",
        "/// Tells nothing of [`std::time::Instant`].\nfn asynchronous() {}",
        "#[cfg(test)]\nmod tests { use std::fs; }",
    ] {
        check("retake-engine/src/decide/judge.rs", calm, &[]);
    }
    check("retake-engine/src/store/sqlite.rs", "use std::fs;", &[]);
    check("retake-engine/src/engine.rs", "async fn go() {}", &[]);
    check("retake-film/src/schedule.rs", "async fn go() {}", &[]);
}

#[test]
fn providers_neither_retry_nor_sleep() {
    check_each(
        "retake-film/src/providers/replicate.rs",
        "invariant 3",
        &["tokio::time::sleep(wait)", "use backon::Retryable;", "thread::sleep(wait)", "ExponentialBackoff::default()"],
    );
    check("retake-film/src/providers.rs", "sleep(wait)", &["invariant 3"]);
    check("retake-film/src/providers/replicate.rs", "fault.retry_after(wait); client.retry(retry::never())", &[]);
    check("retake-film/src/media/probe.rs", "sleep(wait)", &[]);
}

#[test]
fn only_process_starts_processes() {
    let samples = ["std::process::Command::new(\"ffmpeg\")", "use tokio::process::Command;", "posix_spawn(a)"];
    check_each("retake-film/src/media/probe.rs", "invariant 6", &samples);
    for sample in samples {
        check("retake-film/src/media/process.rs", sample, &[]);
        check("retake-film/src/media/process/group.rs", sample, &[]);
        check("retake/tests/it/main.rs", sample, &[]);
    }
}

#[test]
fn only_faces_know_exit_codes() {
    for room in
        ["retake-film/src/media/probe.rs", "retake/src/app/run.rs", "retake/src/door.rs", "retake/src/ui/card.rs"]
    {
        check(room, "std::process::ExitCode::from(2)", &["invariant 2"]);
    }
    for face in ["retake/src/main.rs", "retake/src/cli/exit.rs"] {
        check(face, "std::process::ExitCode::from(2)", &[]);
    }
}

#[test]
fn only_config_reads_the_environment() {
    let samples = ["std::env::var(\"HOME\")", "use std::env;", "env::args_os()"];
    check_each("retake/src/app.rs", "invariant 6", &samples);
    for sample in samples {
        check("retake/src/config.rs", sample, &[]);
        check("retake-film/build.rs", sample, &[]);
    }
    check("retake/src/app.rs", "env!(\"CARGO_PKG_VERSION\")", &[]);
}

#[test]
fn only_ui_prints() {
    let samples = ["println!(\"{a}\")", "eprint!(\"a\")", "dbg!(a)", "std::io::stdout().lock()"];
    check_each("retake/src/cli/run.rs", "invariant 6", &samples);
    for sample in samples {
        check("retake/src/ui/card.rs", sample, &[]);
        check("retake-engine/examples/demonstration.rs", sample, &[]);
        check("retake-engine/benches/fold.rs", sample, &[]);
    }
    check("retake/src/cli/run.rs", "writeln!(out, \"println!\")", &[]);
}

#[test]
fn money_is_never_a_float() {
    for room in ["money", "ledger", "admission/caps", "journal/event", "decide"] {
        let path = format!("retake-engine/src/{room}.rs");
        check_each(&path, "invariant 7", &["let a: f64 = b;", "1_f32", "wait.as_secs_f64()", "a as f64"]);
        check(&path, "let micros: u64 = 0xf64_00; // f64", &[]);
    }
    check("retake-engine/src/retry.rs", "let a: f64 = b;", &[]);
    check("retake-film/src/media/probe.rs", "let seconds: f64 = b;", &[]);
}

#[test]
fn arrows_between_rooms_point_down() {
    for (path, sample) in [
        ("retake-engine/src/decide.rs", "use crate::engine::Turn;"),
        ("retake-engine/src/decide/work.rs", "use crate::{id::NodeId, store};"),
        ("retake-engine/src/decide/work.rs", "use super::super::sim;"),
        ("retake-engine/src/journal.rs", "crate::decide::judge(a)"),
        ("retake-engine/src/graph/check.rs", "use crate::journal::Event;"),
        ("retake-engine/src/money.rs", "use super::fault::Fault;"),
        ("retake-engine/src/store.rs", "use crate::engine::Turn;"),
        ("retake-engine/src/cellar.rs", ""),
        ("retake/src/app/notify.rs", "use crate::ui::story::Story;"),
        ("retake/src/app.rs", "use crate::http;"),
        ("retake/src/ui/board.rs", "crate::cli::go();"),
    ] {
        check(path, sample, &["layers"]);
    }
    for (path, sample) in [
        ("retake-engine/src/sim/world.rs", "use crate::engine::Turn; use crate::store::Store;"),
        ("retake-engine/src/decide/work.rs", "use super::judge; use crate::decide::judge; use crate::journal::State;"),
        ("retake-engine/src/journal/event.rs", "use crate::performer::Outputs;"),
        ("retake-engine/src/graph/check.rs", "use super::NodeSpec; use crate::id::NodeId;"),
        ("retake-engine/src/lib.rs", "pub use crate::engine::Turn;"),
        ("retake/src/http/runs.rs", "use crate::app::App; use crate::ui::story::Story;"),
        ("retake/src/app/tests.rs", "use crate::ui::story::Story;"),
    ] {
        check(path, sample, &[]);
    }
    check("retake-engine/src/decide.rs", "use crate::*;", &["layers"]);
}

#[test]
fn arrows_between_crates_point_down() {
    check_each("retake-engine/src/engine.rs", "crates", &["use retake_film::plan;", "retake::app::run()"]);
    check("retake-film/src/plan.rs", "use retake::app;", &["crates"]);
    check("retake-rehearsal/src/server.rs", "use retake_engine::money::Money;", &["crates"]);
    check("retake-film/src/providers.rs", "use retake_rehearsal::Server;", &["crates"]);
    check("retake-film/tests/it/sold.rs", "use retake_rehearsal::Server;", &[]);
    check("retake-engine/tests/it/host.rs", "use retake_rehearsal::Server;", &["crates"]);
    check("retake-attic/src/lib.rs", "", &["crates"]);
    check("retake-film/src/plan.rs", "use retake_engine::money::Money;", &[]);
    check("retake/src/app.rs", "use retake_film::plan; use retake_engine::money::Money;", &[]);
}

#[test]
fn a_file_holds_one_idea() {
    check("retake-film/src/plan.rs", &"\n".repeat(501), &["size"]);
    check("retake-film/src/plan.rs", &"\n".repeat(500), &[]);
}
