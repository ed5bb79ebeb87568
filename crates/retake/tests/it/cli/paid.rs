//! Films that are paid for, by the real program against a server that plays the providers: what is charged there is held
//! against the ledger here, through faults and kills.

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Command, Stdio};
use std::time::Duration;

use retake_rehearsal::{Bill, Options, PROVIDERS, Pace, Script, Server, key};
use serde_json::Value;

use super::{Bench, Said, said};

mod keys;
mod left;
mod narrators;
mod patience;
mod prices;
mod races;
mod rehearsed;
mod waits;

/// The variables in which providers' keys are looked for.
const KEYS: [(&str, &str); 9] = [
    ("REPLICATE_API_TOKEN", "replicate"),
    ("FAL_KEY", "fal"),
    ("OPENAI_API_KEY", "openai"),
    ("GEMINI_API_KEY", "google"),
    ("GOOGLE_ACCESS_TOKEN", "vertex"),
    ("ELEVENLABS_API_KEY", "elevenlabs"),
    ("ANTHROPIC_API_KEY", "anthropic"),
    ("RUNWAYML_API_SECRET", "runway"),
    ("LUMAAI_API_KEY", "luma"),
];

/// A folder with the program in it, and the providers beside it.
pub(crate) struct Stage {
    pub(crate) bench: Bench,
    server: Server,
}

impl Stage {
    /// The providers, with what goes wrong; `more` goes into the configuration.
    pub(crate) fn new(script: Script, pace: Pace, more: &str) -> Self {
        let bench = Bench::new();
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let folder = bench.path("providers");
        std::fs::create_dir_all(&folder).unwrap();
        let server = Server::start(Options { folder, listen, script, pace, seed: 1, ffmpeg: "ffmpeg".into() }).unwrap();
        let mut settings = format!("[egress]\nallow = {:?}\n", server.egress());
        for name in PROVIDERS {
            let address = server.base_url(name);
            settings += &format!(
                "[providers.{name}]\nbase_url = {address:?}\npoll_every = \"40ms\"\nrequest_timeout = \"2s\"\n\
                 grace = \"400ms\"\nlag = \"100ms\"\ncancel_grace = \"300ms\"\n"
            );
        }
        for step in ["voice", "image", "video", "music", "code"] {
            settings += &format!("[retry.{step}]\nfirst_delay = \"20ms\"\nmax_delay = \"200ms\"\ntimeout = \"10s\"\n");
        }
        bench.write("retake.toml", &format!("{settings}{more}"));
        Self { bench, server }
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.keyed(arguments, &|name| key(name))
    }

    /// The program, with these keys.
    fn keyed(&self, arguments: &[&str], key: &dyn Fn(&str) -> String) -> Command {
        let mut command = self.bench.command(arguments);
        command.envs(KEYS.map(|(variable, name)| (variable, key(name))));
        command
    }

    /// Sets another value in the configuration.
    pub(crate) fn set(&self, before: &str, now: &str) {
        let settings = std::fs::read_to_string(self.bench.path("retake.toml")).unwrap();
        assert!(settings.contains(before), "{settings}");
        self.bench.write("retake.toml", &settings.replace(before, now));
    }

    /// The moments at which something was ordered, by the server's own log: accepted or not.
    fn tried(&self) -> Vec<u64> {
        let log = std::fs::read_to_string(self.bench.path("providers/log.ndjson")).unwrap();
        let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter_map(|line| line["tried"]["at"].as_u64()).collect()
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        said(self.command(arguments).output().unwrap())
    }

    pub(crate) fn bill(&self) -> Bill {
        self.server.bill()
    }

    /// The film of the plan, with whatever comes of it; killed with -9 after so many events, again and again.
    pub(crate) fn make(&self, kills: &[usize]) -> Value {
        for records in kills {
            let mut child = self.command(&["run", "film.yaml", "--yes", "--json"]);
            let mut child = child.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
            let lines = BufReader::new(child.stdout.take().unwrap()).lines();
            let _ = lines.map_while(Result::ok).take(*records).count();
            child.kill().unwrap();
            child.wait().unwrap();
        }
        let said = self.run(&["run", "film.yaml", "--yes", "--json"]);
        let last = said.data.lines().last().unwrap_or_default();
        serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {}\n{}", said.data, said.talk))
    }
}

pub(crate) fn micros(usd: &Value) -> u64 {
    let (whole, part) = usd.as_str().unwrap().split_once('.').unwrap();
    whole.parse::<u64>().unwrap() * 1_000_000 + part.parse::<u64>().unwrap()
}

/// What must hold of every paid film, whatever went wrong.
#[track_caller]
fn the_books_agree(stage: &Stage, summary: &Value) {
    let cost = &summary["cost"];
    let [cap, settled, reserved, off] =
        ["cap_usd", "settled_usd", "reserved_usd", "written_off_usd"].map(|name| micros(&cost[name]));
    let bill = stage.bill();
    let charged = bill.charged();
    let told = format!("{cost}\n{:#?}", bill.jobs);
    assert!(charged <= cap, "the bill is within the cap: {charged} of {cap}\n{told}");
    assert!(settled + off + reserved <= cap, "so is the ledger\n{told}");
    assert!(charged <= settled + off + reserved, "nothing is charged that is not in the ledger\n{told}");
    assert!(settled <= charged + off + reserved, "nothing is in the ledger that was not charged\n{told}");
    assert_eq!(bill.leaks, Vec::<String>::new());
}

/// Work that lasts this long.
pub(crate) fn slow(ms: u64) -> Pace {
    let mut pace = Pace::quick();
    pace.work.values_mut().for_each(|work| *work = Duration::from_millis(ms));
    pace
}

/// A workflow that a ComfyUI of one's own runs.
pub(crate) const WORKFLOW: &str = r#"[models.my-comfyui.defaults.workflow]
3 = {class_type = "KSampler", inputs = {seed = 1, steps = 20, cfg = 8, sampler_name = "euler", scheduler = "normal", denoise = 1, model = ["4", 0], positive = ["6", 0], negative = ["7", 0], latent_image = ["5", 0]}}
4 = {class_type = "CheckpointLoaderSimple", inputs = {ckpt_name = "model.safetensors"}}
5 = {class_type = "EmptyLatentImage", inputs = {width = 512, height = 512, batch_size = 1}}
6 = {class_type = "CLIPTextEncode", inputs = {text = "", clip = ["4", 1]}}
7 = {class_type = "CLIPTextEncode", inputs = {text = "", clip = ["4", 1]}}
8 = {class_type = "VAEDecode", inputs = {samples = ["3", 0], vae = ["4", 2]}}
9 = {class_type = "SaveImage", inputs = {filename_prefix = "retake", images = ["8", 0]}}
"#;

/// A film of one picture that is bought.
const PICTURE: &str = "
film: A bought picture
size: 320x180
budget: 1.00
image: flux-dev
captions: off
scenes:
  - {id: storm, still: Waves hit a lighthouse at night, seconds: 1}
";

/// A film of two clips that are bought, of which one is enough.
pub(crate) const CLIPS: &str = "
film: Two bought clips
size: 320x180
budget: 5.00
min_clips: 1
image: [storyboard]
video: [seedance-lite]
scenes:
  - {id: storm, shot: Waves hit a lighthouse at night}
  - {id: lamp, shot: A keeper lights a lamp}
";

const FILM: &str = "
film: A small paid film
size: 320x180
budget: 9.00
image: [flux-dev, storyboard]
video: [seedance-lite, kenburns]
scenes:
  - {id: storm, shot: Waves hit a lighthouse at night}
  - {id: lamp, shot: A keeper lights a lamp}
  - {id: lens, shot: A lens bends the light}
  - {id: ship, shots: [A ship at sea, The harbour]}
";

#[test]
fn a_paid_film_is_made_and_the_bill_is_the_ledger() {
    let stage = Stage::new(Script::calm(), Pace::quick(), "");
    stage.bench.write("film.yaml", FILM);
    let summary = stage.make(&[]);
    assert_eq!(summary["status"], "completed", "{summary}");
    assert_eq!(micros(&summary["cost"]["settled_usd"]), stage.bill().charged());
    assert_eq!(stage.bill().taken(), 10, "five pictures and five clips");
    the_books_agree(&stage, &summary);
    // What is made is made: nothing is bought again, by nobody.
    let again = stage.make(&[]);
    assert_eq!((again["status"].as_str(), stage.bill().taken()), (Some("completed"), 10));
}

#[test]
fn storms_and_kills_cost_nothing_twice() {
    for (name, seed) in [("storm", 1), ("hurricane", 2), ("lost-answers", 3)] {
        let text = Script::source(name).unwrap().replace("seed: ", "# seed: ");
        let script = Script::read(&format!("seed: {seed}\n{text}")).unwrap();
        let stage = Stage::new(script, Pace::quick(), "");
        stage.bench.write("film.yaml", FILM);
        let summary = stage.make(&[12, 45, 90, 140]);
        let status = summary["status"].as_str().unwrap();
        assert!(["completed", "partial", "paused"].contains(&status), "{name}: {summary}");
        the_books_agree(&stage, &summary);
    }
}
