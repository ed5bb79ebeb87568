//! The contract of the providers, cell by cell: every provider against every fault that its server can play.
//!
//! The real clients speak to the rehearsal. What each cell has to come to stands in one table, derived from
//! `docs/provider-contract.md`; where client and table differ, one of the three is wrong.

mod faults;
mod lacks;
mod ledger;
mod rows;
mod stage;
mod trial;

use faults::{At, FAULTS, OTHERWISE, Want, What};
use rows::{ROWS, Row, Way};

/// What a cell has to come to.
fn wanted(row: Row, fault: &faults::Fault) -> Want {
    let &(name, at, _, want) = fault;
    let said = line(row, name).map(|(_, want)| want);
    said.unwrap_or_else(|| cannot(row, at).map_or(want, Want::Cannot))
}

/// The first line of what is otherwise that fits, and what it says.
fn line(row: Row, fault: &str) -> Option<(usize, Want)> {
    let fits = |rows: &[&str]| rows.iter().any(|start| row.name.starts_with(start));
    let found = OTHERWISE.iter().position(|(rows, faults, ..)| faults.contains(&fault) && fits(rows))?;
    Some((found, OTHERWISE[found].2))
}

/// Why nothing of a kind can happen to a provider.
fn cannot(row: Row, at: At) -> Option<&'static str> {
    match at {
        At::Poll | At::Collect | At::Cancel if row.way == Way::OnTheSpot => Some("its answer is the work"),
        At::Download if row.way != Way::File => Some("what it makes comes along"),
        At::Find if !row.finds => Some("it has no list"),
        At::Upload if !row.uploads => Some("it takes no files beforehand"),
        At::Describe if !row.describes => Some("it is not asked about models"),
        _ => None,
    }
}

/// Plays all cells of a row.
fn keeps(name: &str) {
    let row = Row::named(name);
    let mut wrong = Vec::new();
    for fault in FAULTS {
        let &(fault_name, at, what, _) = fault;
        let want = wanted(row, fault);
        if matches!(want, Want::Cannot(_)) {
            continue;
        }
        if let Err(why) = trial::play(row, at, what, want) {
            wrong.push(format!("{name} × {fault_name}: {why}"));
        }
    }
    assert!(wrong.is_empty(), "{} cells are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

macro_rules! rows {
    ($($test:ident: $name:literal),+ $(,)?) => {
        $(#[test] fn $test() { keeps($name); })+
        /// The rows that are played.
        const PLAYED: &[&str] = &[$($name),+];
    };
}

rows! {
    replicate_keeps_the_contract: "replicate",
    fal_keeps_the_contract: "fal",
    openai_keeps_the_contract_for_text: "openai-text",
    openai_keeps_the_contract_in_the_background: "responses",
    openai_keeps_the_contract_for_pictures: "openai-image",
    openai_keeps_the_contract_for_speech: "openai-speech",
    google_keeps_the_contract_for_text: "google-text",
    google_keeps_the_contract_for_pictures: "google-image",
    google_keeps_the_contract_for_clips: "google-video",
    vertex_keeps_the_contract: "vertex",
    elevenlabs_keeps_the_contract: "elevenlabs",
    anthropic_keeps_the_contract: "anthropic",
    runway_keeps_the_contract: "runway",
    luma_keeps_the_contract: "luma",
    cog_keeps_the_contract: "cog",
    comfyui_keeps_the_contract: "comfyui",
    a_described_provider_keeps_the_contract: "http",
}

#[test]
fn every_provider_is_played() {
    assert!(ROWS.iter().all(|row| PLAYED.contains(&row.name)));
    for standard in retake_film::providers::STANDARD {
        assert!(ROWS.iter().any(|row| row.provider == standard.name), "{}", standard.name);
    }
}

#[test]
fn every_line_of_the_table_is_needed() {
    for (at, (rows, faults, ..)) in OTHERWISE.iter().enumerate() {
        for fault in *faults {
            assert!(FAULTS.iter().any(|(name, ..)| name == fault), "there is no fault {fault}");
            let used = ROWS.iter().any(|row| line(*row, fault).is_some_and(|(found, _)| found == at));
            assert!(used, "nobody is meant by {rows:?} × {fault}");
        }
    }
}

#[test]
fn every_effect_that_a_script_knows_is_played() {
    let schema: serde_json::Value = serde_json::from_str(&retake_rehearsal::Script::schema()).unwrap();
    let mut names = Vec::new();
    for kind in ["/$defs/Plain/oneOf", "/$defs/Set/oneOf"] {
        for one in schema.pointer(kind).unwrap().as_array().unwrap() {
            let name = one.get("const").or_else(|| one.pointer("/required/0")).unwrap();
            names.push(name.as_str().unwrap().to_owned());
        }
    }
    assert!(names.len() > 30, "{names:?}");
    for name in names {
        let plays = |effect: &str| effect.trim_start_matches('{').starts_with(&name);
        let played = FAULTS.iter().any(|(_, _, what, _)| matches!(what, What::Script(effect) if plays(effect)));
        assert!(played, "nothing is said of `{name}`");
    }
}
