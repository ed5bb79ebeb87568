//! Whole films by the real program and the real ffmpeg: killed, edited, broken, and looked at.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use retake_film::media::Tools;
use retake_film::media::sound::{LOUDNESS_LUFS, PEAK_MAX_DBTP, TOLERANCE_LU, measure};
use serde_json::Value;

use super::{Bench, Said};

/// A small film with a voice, captions, music, three kinds of scene and two kinds of join.
const FILM: &str = "
film: A small film
size: 320x180
voice: flite
music: {prompt: calm piano}
scenes:
  - {id: card, title: A small film}
  - {id: sea, shot: 'Waves at night, slow push in', say: The sea is wide and deep., join: crossfade 0.4}
  - {id: hill, still: A hill with trees, say: A hill is high., join: wipeleft 0.3}
  - {id: road, shots: [A river, 'A road, pan left'], say: And then there is a long road.}
";

fn summary(said: &Said) -> Value {
    let last = said.data.lines().last().unwrap_or_default();
    serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {}", said.data))
}

fn make(bench: &Bench, code: i32) -> Value {
    summary(&bench.run(&["run", "film.yaml", "--json"]).is(code))
}

fn film(bench: &Bench, summary: &Value) -> PathBuf {
    bench.path(summary["output"]["path"].as_str().expect("a path"))
}

/// A number that differs where bytes do: films are compared with one another alone.
fn hash(path: &Path) -> u64 {
    let bytes = std::fs::read(path).expect("a film");
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// What ffprobe says of a film.
fn probe(path: &Path, what: &[&str]) -> String {
    #[expect(clippy::disallowed_methods, reason = "it looks at what was made")]
    let said = Command::new("ffprobe").args(["-v", "error"]).args(what).arg(path).output().expect("ffprobe runs");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    String::from_utf8(said.stdout).expect("text")
}

fn frames(path: &Path) -> usize {
    let packets = probe(path, &["-select_streams", "v", "-show_entries", "packet=pts", "-of", "csv=p=0"]);
    packets.lines().filter(|line| !line.is_empty()).count()
}

/// The takes that a run really made, by node.
fn made(summary: &Value) -> Vec<String> {
    let scenes = summary["scenes"].as_array().expect("scenes").iter();
    let nodes = scenes.flat_map(|scene| scene["nodes"].as_array().expect("nodes"));
    let taken = nodes.filter(|node| !node["takes"].as_array().expect("takes").is_empty());
    let mut names: Vec<String> = taken.map(|node| node["id"].as_str().expect("an id").to_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_delivered_film_is_whole_in_step_and_as_loud_as_it_should_be() {
    let bench = Bench::new();
    bench.write("film.yaml", FILM);
    let summary = make(&bench, 0);
    assert_eq!(summary["status"], "completed");
    let path = film(&bench, &summary);
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(path.with_extension("json")).expect("a manifest")).expect("JSON");
    assert_eq!(frames(&path) as u64, manifest["frames"].as_u64().expect("frames"));
    let lengths = probe(&path, &["-show_entries", "stream=codec_type,start_time,duration", "-of", "csv=p=0"]);
    let of = |kind: &str| lengths.lines().find(|line| line.starts_with(kind)).expect("a stream").to_owned();
    let times = |line: &str| line.split(',').skip(1).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(times(&of("video")), times(&of("audio")), "sound and picture begin and end together");
    let loud = measure(&Tools::default(), &path).expect("it is heard");
    assert!((loud.integrated.expect("it is not silent") - LOUDNESS_LUFS).abs() <= TOLERANCE_LU, "{loud:?}");
    assert!(loud.peak.expect("it is not silent") <= PEAK_MAX_DBTP, "{loud:?}");
    let captions = std::fs::read_to_string(path.with_extension("vtt")).expect("captions");
    for words in ["The sea is wide", "A hill is high.", "long road."] {
        assert!(captions.contains(words), "{captions}");
    }
    assert!(lengths.contains("subtitle"), "{lengths}");
    bench.run(&["verify", path.to_str().expect("text")]).is(0);
    let page = bench.run(&["open"]).is(0).data;
    let page = std::fs::read_to_string(page.trim_end()).expect("a page");
    assert!(page.matches("data:image/jpeg").count() >= 5, "every clip has its picture");
    assert!(page.contains("The sea is wide and deep.") && page.contains("../../out/"), "words and the film");
}

#[test]
fn a_film_that_was_killed_on_the_way_is_the_same_to_the_byte() {
    let whole = Bench::new();
    whole.write("film.yaml", FILM);
    let wanted = hash(&film(&whole, &make(&whole, 0)));
    let killed = Bench::new();
    killed.write("film.yaml", FILM);
    let mut run = None;
    // It is killed after ever more of what happens, until it is done before its time has come.
    for records in [2, 12, 25, 40, 55, 70, 85] {
        let mut child =
            killed.command(&["run", "film.yaml", "--json"]).stdout(Stdio::piped()).spawn().expect("it starts");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let last = lines.map_while(Result::ok).take(records).last().unwrap_or_default();
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");
        let line: Value = serde_json::from_str(&last).unwrap_or_default();
        let id = line["run"].as_str().map(str::to_owned);
        assert!(run.is_none() || id.is_none() || run == id, "it goes on under its id");
        run = run.or(id);
    }
    let summary = make(&killed, 0);
    assert_eq!((summary["status"].as_str(), summary["run"].as_str()), (Some("completed"), run.as_deref()));
    assert_eq!(hash(&film(&killed, &summary)), wanted);
}

#[test]
fn an_edit_makes_no_more_than_it_must() {
    let bench = Bench::new();
    bench.write("film.yaml", FILM);
    make(&bench, 0);
    bench.write("film.yaml", &FILM.replace("A hill is high.", "A hill is not a mountain."));
    let edited = make(&bench, 0);
    assert_eq!(made(&edited), ["hill/ingest", "hill/join", "hill/voice"]);
    // One that is put before the others changes none of them but its neighbour, which now follows it.
    let before = FILM
        .replace("scenes:\n", "scenes:\n  - {id: first, title: Before}\n")
        .replace("A hill is high.", "A hill is not a mountain.");
    bench.write("film.yaml", &before);
    let inserted = make(&bench, 0);
    assert!(made(&inserted).iter().all(|node| node.starts_with("first/")), "{:?}", made(&inserted));
    let text = bench.run(&["plan", "film.yaml"]).is(0).data;
    assert!(text.contains("nothing has been spent"), "{text}");
}

#[test]
fn a_scene_that_fails_is_left_out_or_carded_and_filled_in_later() {
    for gaps in ["skip", "card"] {
        let bench = Bench::new();
        let broken = format!("{FILM}gaps: {gaps}\nmin_clips: 2\n").replace("A hill is high.", "Это холм.");
        bench.write("film.yaml", &broken);
        let summary = make(&bench, 3);
        assert_eq!(summary["status"], "partial", "{gaps}");
        let path = film(&bench, &summary);
        let manifest: Value =
            serde_json::from_slice(&std::fs::read(path.with_extension("json")).expect("it")).expect("JSON");
        assert_eq!(frames(&path) as u64, manifest["frames"].as_u64().expect("frames"), "{gaps}");
        let shown =
            manifest["scenes"].as_array().expect("scenes").iter().filter(|scene| scene["shown"] == true).count();
        assert_eq!(shown, if gaps == "card" { 4 } else { 3 });
        bench.run(&["verify", path.to_str().expect("text")]).is(0);
        // The mended plan makes what was missing, and reuses the rest.
        bench.write("film.yaml", &format!("{FILM}gaps: {gaps}\nmin_clips: 2\n"));
        let mended = make(&bench, 0);
        assert!(
            made(&mended).iter().all(|node| node.starts_with("hill/") || node.ends_with("/join")),
            "{:?}",
            made(&mended)
        );
    }
}

#[test]
fn too_few_scenes_are_no_film_and_nothing_is_lost() {
    let bench = Bench::new();
    bench.write("film.yaml", &format!("{FILM}min_clips: 4\n").replace("A hill is high.", "Это холм."));
    let summary = make(&bench, 5);
    assert_eq!((summary["status"].as_str(), summary["output"]["path"].as_str()), (Some("failed"), None));
    bench.write("film.yaml", &format!("{FILM}min_clips: 4\n"));
    let mended = make(&bench, 0);
    assert!(!made(&mended).contains(&"sea/ingest".to_owned()), "{:?}", made(&mended));
}

#[test]
fn a_redo_makes_a_picture_anew_and_a_pick_goes_back() {
    let bench = Bench::new();
    bench.write("film.yaml", FILM);
    let first = make(&bench, 0);
    let hashed = hash(&film(&bench, &first));
    bench.run(&["redo", "sea/voice"]).is(0);
    let again = summary(&bench.run(&["status", "--json"]).is(0));
    assert_eq!(again["run"], first["run"]);
    assert_eq!(hash(&film(&bench, &again)), hashed, "the same words sound the same");
    bench.run(&["pick", "sea/voice/1"]).is(0);
    bench.run(&["redo", "nobody"]).is(2).tells(&["nobody", "hint:"]);
}

#[test]
fn a_person_may_look_before_it_goes_on() {
    let bench = Bench::new();
    bench.write("film.yaml", FILM);
    let said = bench.run(&["run", "film.yaml", "--until", "storyboard", "--json"]).is(4);
    let paused = summary(&said);
    assert_eq!((paused["status"].as_str(), paused["reason"].as_str()), (Some("paused"), Some("review")));
    bench.run(&["resume"]).is(0);
    let done = summary(&bench.run(&["status", "--json"]).is(0));
    assert_eq!((&done["run"], done["status"].as_str()), (&paused["run"], Some("completed")));
}

#[test]
fn ten_thousand_titles_are_checked_and_planned() {
    let bench = Bench::new();
    let scenes: String = (0..10_000).map(|number| format!("  - title: Number {number}\n")).collect();
    bench.write("film.yaml", &format!("film: Long\nscenes:\n{scenes}"));
    bench.run(&["check", "film.yaml"]).is(0);
    let text = bench.run(&["plan", "film.yaml"]).is(0).data;
    assert!(text.contains("10,000 to make"), "{text}");
    assert!(text.contains("nothing has been spent"), "{text}");
    assert!(text.lines().count() < 100, "it can be read");
}

/// The artifact of a role that a run's journal names last.
fn artifact(bench: &Bench, role: &str) -> PathBuf {
    let said = bench.run(&["history", "--json"]).is(0).data;
    let at = said
        .rfind(&format!("\"role\":\"{role}\""))
        .or_else(|| said.rfind(&format!("\"role\": \"{role}\"")))
        .expect("a role");
    let hash = said[at..].split('"').find(|word| word.len() == 64).expect("a hash");
    bench.path(&format!(".retake/artifacts/{}/{}", &hash[..2], hash))
}

#[test]
fn what_is_lost_or_damaged_is_made_again_and_never_delivered() {
    let bench = Bench::new();
    bench.write("film.yaml", FILM);
    let path = film(&bench, &make(&bench, 0));
    let whole = hash(&path);
    // The film is damaged where it is kept, and wanted again.
    let kept = artifact(&bench, "film");
    assert!(kept.is_file(), "{}", kept.display());
    std::fs::remove_file(&kept).expect("it can be removed");
    std::fs::write(&kept, b"rubbish").expect("it can be written");
    bench.run(&["redo", "/deliver"]);
    assert_eq!(hash(&path), whole, "a whole film is not replaced by rubbish");
    make(&bench, 0);
    assert_eq!(hash(&path), whole);
    // All that was made is lost, and the film with it.
    std::fs::remove_dir_all(bench.path(".retake/artifacts")).expect("it can be removed");
    std::fs::remove_dir_all(bench.path("out")).expect("it can be removed");
    make(&bench, 0);
    assert_eq!(hash(&path), whole);
}

#[test]
fn where_a_person_wants_to_look_is_heeded_on_an_open_run_and_only_once() {
    let bench = Bench::new();
    bench.write("film.yaml", FILM);
    let until = |stage: &str| bench.run(&["run", "film.yaml", "--until", stage, "--json"]);
    let first = summary(&until("voice").is(4));
    assert_eq!(summary(&until("voice").is(4))["run"], first["run"], "it still waits");
    let second = summary(&until("storyboard").is(4));
    assert_eq!(second["reason"], "review");
    bench.run(&["resume"]).is(0);
    bench.run(&["redo", "sea/image"]).is(0);
}

#[test]
fn films_of_one_title_do_not_overwrite_each_other() {
    let bench = Bench::new();
    bench.write("film.yaml", FILM);
    bench.write("other.yaml", &FILM.replace("A hill is high.", "A hill is green."));
    let one = film(&bench, &make(&bench, 0));
    let other = film(&bench, &summary(&bench.run(&["run", "other.yaml", "--json"]).is(0)));
    assert_ne!(one, other);
    assert_ne!(hash(&one), hash(&other));
}
