//! Keys that can be found wherever they get to, and providers that repeat to us whatever we sent them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use retake_rehearsal::{Pace, Script, marked_key};

use super::super::{Said, said};
use super::{KEYS, Stage, WORKFLOW};

/// How every key begins: letters that stand nowhere else, and some that are written differently in addresses.
const SIGN: &str = "cN4/+QzX";
/// More room for those who answer only when they are done, and a project for who needs one.
const SETTINGS: &str = r#"
[limits]
submissions = 16
[providers.vertex.settings]
project = "p"
[providers.http.settings]
submit_path = "/jobs"
ticket_at = "/job/id"
poll_path = "/jobs/{ticket}"
state_at = "/state"
done = "done"
failed = "broken, stopped"
waiting = "queued"
error_at = "/reason"
files_at = "/result/files/*/url"
cost_at = "/cost/usd"
cancel_path = "/jobs/{ticket}"
list_path = "/jobs?since={since}"
list_at = "/jobs"
list_ticket_at = "/id"
list_input_at = "/request"
auth = "header:X-Api-Key"
[models.my-http]
provider = "http"
kind = "image"
model = "picture-1"
inputs = { prompt = "prompt", seed = "seed" }
defaults = { model = "picture-1", kind = "image" }
price = { per_item = "0.05" }
"#;
/// The variables of servers of one's own, which need no key and may be given one.
const OPEN: [(&str, &str); 3] = [("COG_TOKEN", "cog"), ("COMFYUI_TOKEN", "comfyui"), ("RETAKE_HTTP_KEY", "http")];
const FILM: &str = "
film: A film of everybody
size: 320x180
budget: 9.00
min_clips: 1
gaps: card
captions: off
image: storyboard
video: kenburns
scenes:
  - {id: replicate, still: A lamp by replicate, image: flux-dev, say: One lamp., voice: nova}
  - {id: fal, still: A lamp by fal, seconds: 1, image: flux-2}
  - {id: openai, still: A lamp by openai, seconds: 1, image: gpt-image-fast}
  - {id: google, still: A lamp by google, seconds: 1, image: nano-banana-lite}
  - {id: runway, still: A lamp by runway, seconds: 1, image: gen4-image}
  - {id: luma, still: A lamp by luma, seconds: 1, image: uni}
  - {id: vertex, shot: A lamp by vertex, seconds: 1, image: flux-schnell, video: veo-lite}
  - {id: elevenlabs, title: A lamp, say: Spoken by elevenlabs., voice: brian}
  - {id: cog, still: A lamp by cog, seconds: 1, image: my-cog}
  - {id: comfyui, still: A lamp by comfyui, seconds: 1, image: my-comfyui}
  - {id: http, still: A lamp by http, seconds: 1, image: my-http}
";
const PROMPT: &str = "film: How do ships float?\nsize: 320x180\nbudget: 9.00\nwriter: haiku\n";

/// The key of a provider: no two are alike.
fn canary(provider: &str) -> String {
    marked_key(&format!("{SIGN}{provider}9pLm2Kd8Rt5HyW"), provider)
}

/// A provider that repeats what it was sent, at every sort of request, in its own words and so that it is cut; and work
/// whose end names the key.
fn echoes(submit: &str) -> Script {
    let mut text = String::from("rules:\n");
    for (_, name) in KEYS.into_iter().chain(OPEN) {
        let _ = write!(text, "{}", submit.replace("PROVIDER", name));
        if ["replicate", "fal", "runway", "luma", "vertex"].contains(&name) {
            let said = format!("the key {} is odd", canary(name));
            let _ = writeln!(text, "  - {{provider: {name}, at: submit, nth: 3, do: {{fail: '{said}'}}}}");
        }
        for at in ["poll", "find", "upload", "schema"] {
            let _ = writeln!(text, "  - {{provider: {name}, at: {at}, nth: 1, do: {{echo: 500}}}}");
            let _ =
                writeln!(text, "  - {{provider: {name}, at: {at}, nth: 2, do: {{echo: {{code: 503, after: 340}}}}}}");
        }
        let _ = writeln!(text, "  - {{provider: {name}, at: fetch, nth: 1, do: {{echo: 503}}}}");
    }
    Script::read(&text).unwrap_or_else(|mistakes| panic!("{mistakes:?}\n{text}"))
}

/// Every form in which the beginning of a key may show up.
fn signs() -> Vec<Vec<u8>> {
    let escaped = SIGN.replace('/', "%2F").replace('+', "%2B");
    let reversed: String = SIGN.chars().rev().collect();
    let mut signs = vec![SIGN.to_owned(), escaped.to_lowercase(), escaped, reversed];
    for before in 0..3 {
        let bytes = [&b"..."[..before], SIGN.as_bytes()].concat();
        let text = base64(&bytes);
        let inner = text[(before * 8).div_ceil(6)..bytes.len() * 8 / 6].to_owned();
        signs.push(inner.replace('+', "-").replace('/', "_"));
        signs.push(inner);
    }
    signs.into_iter().collect::<BTreeSet<String>>().into_iter().map(String::into_bytes).collect()
}

/// Bytes in base64, without what fills it up.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: Vec<u8> = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    let letter = |six: &[u8]| LETTERS[usize::from((0..6).fold(0, |sum, bit| sum << 1 | six.get(bit).unwrap_or(&0)))];
    bits.chunks(6).map(|six| char::from(letter(six))).collect()
}

/// Looks for keys, and remembers where one was found.
struct Search {
    signs: Vec<Vec<u8>>,
    found: Vec<String>,
    looked: usize,
}

impl Search {
    fn new() -> Self {
        Self { signs: signs(), found: Vec::new(), looked: 0 }
    }

    fn bytes(&mut self, place: &str, bytes: &[u8]) {
        self.looked += 1;
        for sign in &self.signs {
            let first = sign[0];
            let mut from = 0;
            while let Some(at) = bytes[from..].iter().position(|byte| *byte == first).map(|at| from + at) {
                if bytes[at..].starts_with(sign) {
                    let around = &bytes[at.saturating_sub(60)..bytes.len().min(at + 60)];
                    self.found.push(format!("{place}: {}", String::from_utf8_lossy(around)));
                    return;
                }
                from = at + 1;
            }
        }
    }

    fn said(&mut self, what: &str, said: &Said) {
        self.bytes(&format!("stdout of {what}"), said.data.as_bytes());
        self.bytes(&format!("stderr of {what}"), said.talk.as_bytes());
    }

    fn folder(&mut self, folder: &Path) {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                // What the server keeps is the server's.
                if !entry.ends_with("providers") {
                    self.folder(&entry);
                }
            } else if let Ok(bytes) = std::fs::read(&entry) {
                self.bytes(&entry.display().to_string(), &bytes);
            }
        }
    }

    /// What the children of a process, and theirs, were given; says who they were.
    fn children(&mut self, of: u32, met: &mut BTreeMap<u32, String>) {
        let mut family = BTreeSet::from([of]);
        let numbers =
            std::fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        let mut all: Vec<u32> = numbers.collect();
        all.sort_unstable();
        for process in all {
            let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
            // The parent is the second word behind the name, which may hold anything.
            let parent = stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1)?.parse().ok());
            if !parent.is_some_and(|parent| family.contains(&parent)) {
                continue;
            }
            family.insert(process);
            let read = |name: &str| std::fs::read(format!("/proc/{process}/{name}")).unwrap_or_default();
            let (words, environment) = (read("cmdline"), read("environ"));
            let own = std::fs::read(format!("/proc/{of}/cmdline")).unwrap_or_default();
            // Until it has begun its own program, it is we ourselves.
            if words.is_empty() || words == own {
                continue;
            }
            let name = String::from_utf8_lossy(words.split(|byte| *byte == 0).next().unwrap_or_default()).into_owned();
            self.bytes(&format!("the arguments of {name}"), &words);
            self.bytes(&format!("the environment of {name}"), &environment);
            met.insert(process, name);
        }
        let own = std::fs::read(format!("/proc/{of}/cmdline")).unwrap_or_default();
        self.bytes("our own arguments", &own);
    }

    #[track_caller]
    fn nothing(&self) {
        assert!(self.found.is_empty(), "{} places:\n{}", self.found.len(), self.found.join("\n"));
    }
}

/// Says where the key is of a server that as a rule has none.
fn lock(stage: &Stage) {
    stage.set("[providers.comfyui]\n", "[providers.comfyui]\nkey_env = \"COMFYUI_TOKEN\"\n");
}

/// The program with keys that can be found, as talkative as it can be made.
fn command(stage: &Stage, arguments: &[&str]) -> Command {
    let mut command = stage.keyed(arguments, &|name| canary(name));
    command.envs(OPEN.map(|(variable, name)| (variable, canary(name))));
    command.env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full");
    command
}

/// Runs it, and looks at every program that it starts meanwhile.
fn watched(stage: &Stage, search: &mut Search, arguments: &[&str]) -> (Said, usize) {
    let mut child = command(stage, arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (id, mut met) = (child.id(), BTreeMap::new());
    // Somebody has to read meanwhile, or it could not go on.
    let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let [out, err] = [Box::new(out) as Box<dyn std::io::Read + Send>, Box::new(err)].map(|mut pipe| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = pipe.read_to_end(&mut bytes);
            bytes
        })
    });
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        search.children(id, &mut met);
    };
    let output = std::process::Output { status, stdout: out.join().unwrap(), stderr: err.join().unwrap() };
    (said(output), met.len())
}

/// Every verb that tells of a run, in both its forms.
fn ask_all(stage: &Stage, search: &mut Search) {
    let all: [&[&str]; 11] = [
        &["status"],
        &["status", "--why"],
        &["status", "--all"],
        &["history"],
        &["ledger", "--all"],
        &["orphans"],
        &["models"],
        &["plan", "film.yaml"],
        &["doctor"],
        &["doctor", "--settings"],
        &["open"],
    ];
    for arguments in all {
        for form in [&[][..], &["--json"]] {
            let arguments = [arguments, form].concat();
            let said = said(command(stage, &arguments).output().unwrap());
            search.said(&arguments.join(" "), &said);
        }
    }
    search.folder(&stage.bench.path("."));
}

#[test]
fn no_key_is_found_anywhere_though_every_provider_repeats_it() {
    // The second answer is cut where the key stands.
    let submit = "  - {provider: PROVIDER, at: submit, nth: 1, do: {echo: 429}}\n  \
                  - {provider: PROVIDER, at: submit, nth: 2, do: {echo: {code: 429, after: 16350}}}\n";
    let stage = Stage::new(echoes(submit), Pace::quick(), &format!("{SETTINGS}{WORKFLOW}"));
    lock(&stage);
    stage.set("request_timeout = \"2s\"", "request_timeout = \"60s\"");
    stage.set("\ntimeout = \"10s\"", "\ntimeout = \"300s\"");
    stage.bench.write("film.yaml", FILM);
    stage.bench.write("prompt.yaml", PROMPT);
    let mut search = Search::new();
    let mut programs = 0;
    // Some of what is repeated reads like a refusal: whoever has mended it goes on.
    for lives in 1..=6 {
        let (said, met) = watched(&stage, &mut search, &["run", "film.yaml", "--yes", "--json"]);
        search.said("run", &said);
        programs += met;
        if said.code == Some(0) {
            break;
        }
        assert!(said.code == Some(4) && lives < 6, "{}\n{}", said.data, said.talk);
    }
    assert!(programs > 0, "media were made by programs");
    // The echoes were heard: what was said of them is there, without the key.
    let history = stage.run(&["history", "--json"]).is(0).data;
    assert!(history.contains("***"), "nobody repeated anything");
    let (said, _) = watched(&stage, &mut search, &["run", "prompt.yaml", "--yes", "--until", "voice", "--json"]);
    search.said("run", &said);
    assert!(stage.bill().asked("anthropic", "submit") >= 3, "{}\n{}", said.data, said.talk);
    ask_all(&stage, &mut search);
    let bought: BTreeSet<String> = stage.bill().jobs.into_iter().map(|job| job.provider).collect();
    assert_eq!(bought.len(), KEYS.len() + OPEN.len(), "everybody was bought from: {bought:?}");
    assert!(search.looked > 100, "{} places", search.looked);
    search.nothing();
    assert_eq!(stage.bill().leaks, Vec::<String>::new());
}

#[test]
fn who_is_refused_is_told_without_the_key() {
    for code in [401, 400] {
        let stage = Stage::new(
            echoes(&format!("  - {{provider: PROVIDER, at: submit, do: {{echo: {code}}}}}\n")),
            Pace::quick(),
            &format!("{SETTINGS}{WORKFLOW}"),
        );
        lock(&stage);
        stage.bench.write("film.yaml", FILM);
        let mut search = Search::new();
        for form in [&["run", "film.yaml", "--yes"][..], &["run", "film.yaml", "--yes", "--json"]] {
            let said = said(command(&stage, form).output().unwrap());
            assert_ne!(said.code, Some(0), "{}", said.data);
            search.said("run", &said);
        }
        ask_all(&stage, &mut search);
        search.nothing();
        assert_eq!(stage.bill().taken(), 0);
    }
}
