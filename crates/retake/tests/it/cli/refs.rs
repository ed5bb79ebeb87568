//! Pictures that others should resemble, and what lies at an address: whole films through the real clients.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use retake_rehearsal::{Options, Pace, Script, Server, key};
use serde_json::Value;

use super::{Bench, Said};

/// A provider to play with, and a folder whose films are made by it.
struct Stage {
    bench: Bench,
    server: Server,
}

impl Stage {
    fn new(script: &str, more_egress: &[String]) -> Self {
        let bench = Bench::new();
        let folder = bench.path("server");
        std::fs::create_dir_all(&folder).unwrap();
        let script = if script.is_empty() { Script::calm() } else { Script::read(script).unwrap() };
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let options = Options { folder, listen, script, pace: Pace::quick(), seed: 1, ffmpeg: "ffmpeg".into() };
        let server = Server::start(options).unwrap();
        let allow: Vec<String> = server.egress().iter().chain(more_egress).map(|at| format!("{at:?}")).collect();
        let mut toml = format!("[egress]\nallow = [{}]\n", allow.join(", "));
        for name in ["replicate", "google"] {
            let _ = write!(toml, "[providers.{name}]\nbase_url = {:?}\npoll_every = \"20ms\"\n", server.base_url(name));
        }
        for step in ["image", "video"] {
            let _ = write!(toml, "[retry.{step}]\nfirst_delay = \"5ms\"\nmax_delay = \"20ms\"\n");
        }
        bench.write("retake.toml", &toml);
        Self { bench, server }
    }

    fn run(&self, plan: &str) -> Said {
        self.bench.write("film.yaml", plan);
        let mut command = self.bench.command(&["run", "film.yaml", "--yes", "--json"]);
        for (variable, provider) in [("REPLICATE_API_TOKEN", "replicate"), ("GEMINI_API_KEY", "google")] {
            command.env(variable, key(provider));
        }
        super::said(command.output().unwrap())
    }

    /// What stands in the summary that people read.
    fn told(&self) -> String {
        self.bench.run(&["status"]).data
    }

    fn manifest(&self) -> String {
        std::fs::read_to_string(self.bench.path("out/film.json")).unwrap()
    }

    /// Whatever was ordered, as the server took it in: the beginning of its prompt, and how many pictures came with it.
    fn orders(&self) -> Vec<(String, usize)> {
        let mut all: Vec<(String, usize)> = Vec::new();
        let folder = self.bench.path("server");
        let lines = std::fs::read_to_string(folder.join("log.ndjson")).unwrap();
        let files = std::fs::read_dir(folder.join("orders")).unwrap();
        let filed = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
        for text in lines.lines().map(str::to_owned).chain(filed) {
            let Ok(value) = serde_json::from_str::<Value>(&text) else { continue };
            find(&value, &mut all);
        }
        all.sort();
        all.dedup();
        all
    }
}

/// The orders within this.
fn find(value: &Value, all: &mut Vec<(String, usize)>) {
    let Some(fields) = value.as_object() else { return };
    if let (Some(prompt), Some(input)) = (fields.get("prompt").and_then(Value::as_str), fields.get("input"))
        && fields.contains_key("model")
        && !input.is_null()
    {
        let text = input.to_string();
        let pictures = text.matches("data:image/png;base64,").count()
            + text.matches("\"inlineData\"").count()
            + text.matches("/files/").count();
        all.push((prompt.chars().take(18).collect(), pictures));
    }
    fields.values().for_each(|value| find(value, all));
}

/// A picture or clip out of ffmpeg, so small that it goes along in a request.
fn make(path: &Path, arguments: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    #[expect(clippy::disallowed_methods, reason = "it makes what a user would bring")]
    let mut command = std::process::Command::new("ffmpeg");
    let said = command.args(["-v", "error", "-y"]).args(arguments.split(' ')).arg(path).output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
}

/// Somebody who hands out a file, and counts who asks.
struct Host {
    at: SocketAddr,
    asked: Arc<AtomicUsize>,
}

impl Host {
    fn of(content: Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&asked);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                counter.fetch_add(1, Ordering::SeqCst);
                let mut request = [0; 4096];
                let _ = stream.read(&mut request);
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", content.len());
                let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&content));
            }
        });
        Self { at, asked }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

const PICTURE: &str = "-f lavfi -i testsrc2=s=200x120 -frames:v 1";

#[test]
fn a_shot_resembles_those_whom_it_names() {
    let elsewhere = Bench::new();
    make(&elsewhere.path("ann.jpg"), PICTURE);
    let host = Host::of(std::fs::read(elsewhere.path("ann.jpg")).unwrap());
    let stage = Stage::new("", &[host.at.to_string()]);
    make(&stage.bench.path("mood.webp"), PICTURE);
    let plan = format!(
        "film: Keepers\nsize: 320x180\nbudget: 3\nimage: seedream\nstyle: ink\n\
         cast: {{tom: {{look: a grey beard}}, ann: {{ref: 'http://{}/ann.jpg'}}}}\n\
         scenes:\n  - {{id: a, shot: '@tom and @ann climb', seconds: 1, ref: mood.webp}}\n  \
         - {{id: b, still: '@tom waits', seconds: 1}}\n",
        host.at
    );
    stage.run(&plan).is(0);
    let orders = stage.orders();
    let of = |prompt: &str| orders.iter().filter(|order| order.0.starts_with(prompt)).collect::<Vec<_>>();
    assert_eq!(of("tom alone").len(), 1, "he is drawn once: {orders:?}");
    assert_eq!(of("tom alone")[0].1, 0);
    assert_eq!(of("tom and ann climb")[0].1, 3, "{orders:?}");
    assert_eq!(of("tom waits")[0].1, 1, "{orders:?}");
    assert_eq!(host.asked(), 1);
    // What is there is asked for no more, however the rest of the plan changes.
    stage.run(&plan.replace("waits", "sleeps")).is(0);
    assert_eq!((host.asked(), stage.server.bill().taken()), (1, 4));
    assert!(stage.server.bill().leaks.is_empty());
}

/// A picture too large to go along in a request to Replicate.
const LARGE: &str = "-f lavfi -i nullsrc=s=600x400,geq=random(1)*255:128:128 -frames:v 1";

#[test]
fn what_cannot_be_handed_over_is_done_without_unless_it_is_required() {
    let script = "about: nothing is taken in\nrules:\n  - {at: upload, do: {status: 500}}\n";
    let stage = Stage::new(script, &[]);
    make(&stage.bench.path("tom.png"), LARGE);
    let plan = "film: Keepers\nsize: 320x180\nbudget: 3\nimage: seedream\ncast: {tom: {ref: tom.png}}\n\
                scenes: [{id: a, still: '@tom climbs', seconds: 1}]\n";
    stage.run(plan).is(0);
    assert_eq!(stage.orders(), [("tom climbs".to_owned(), 0)]);
    assert!(stage.server.bill().asked("replicate", "upload") >= 2, "it is tried again before it is done without");
    assert!(stage.told().contains("without some of what it should resemble"), "{}", stage.told());
    assert!(stage.manifest().contains("\"refs\": \"`/reference` could not be handed over"), "{}", stage.manifest());
    let required = plan.replace("ref: tom.png", "ref: [tom.png, required]").replace("climbs", "rests");
    let said = stage.run(&required).is(5);
    assert!(said.data.contains("rests"), "{}", said.data);
    assert_eq!(stage.server.bill().taken(), 1, "nothing is bought without it");
}

#[test]
fn what_cannot_be_fetched_is_done_without_unless_it_is_required() {
    let canary = Host::of(b"secret".to_vec());
    let stage = Stage::new("", &[]);
    let plan = |places: &str| {
        format!(
            "film: Keepers\nsize: 320x180\nbudget: 3\nimage: seedream\n\
             scenes: [{{id: a, still: a lamp, seconds: 1, ref: [{places}]}}]\n"
        )
    };
    let hostile = [
        format!("'http://{}/a.png'", canary.at),
        format!("'https://{}/a.png'", canary.at),
        format!("'https://[::ffff:127.0.0.1]:{}/a.png'", canary.at.port()),
        format!("'https://localhost:{}/a.png'", canary.at.port()),
        "'https://169.254.169.254/latest/meta-data'".to_owned(),
        "'https://2130706433/a.png'".to_owned(),
    ];
    stage.run(&plan(&hostile.join(", "))).is(3);
    assert_eq!(stage.orders(), [("a lamp".to_owned(), 0)]);
    let manifest = stage.manifest();
    assert!(manifest.contains("\"refs\": \"`"), "{manifest}");
    assert!(manifest.contains("leads into a private network"), "{manifest}");
    assert!(stage.told().contains("without some of what it should resemble"), "{}", stage.told());
    stage.run(&plan(&format!("{}, required", hostile[0])).replace("a lamp", "a boat")).is(5);
    assert_eq!(stage.server.bill().taken(), 1, "nothing is bought without it");
    assert_eq!(canary.asked(), 0, "nobody was sent there");
}

#[test]
fn a_portrait_that_failed_is_done_without() {
    let script = "about: nobody is portrayed\nrules:\n  - {at: submit, prompt: tom alone, do: refuse}\n";
    let stage = Stage::new(script, &[]);
    let plan = "film: Keepers\nsize: 320x180\nbudget: 3\nimage: seedream\ncast: {tom: a grey beard}\n\
                scenes: [{id: a, still: '@tom climbs', seconds: 1}]\n";
    stage.run(plan).is(3);
    let orders = stage.orders();
    assert!(orders.contains(&("tom climbs. tom: a".to_owned(), 0)), "{orders:?}");
    assert!(stage.manifest().contains("\"refs\": \"the portrait of tom: replicate"), "{}", stage.manifest());
}

#[test]
fn clips_and_music_come_from_where_the_plan_says() {
    let elsewhere = Bench::new();
    make(&elsewhere.path("own.mp4"), "-f lavfi -i testsrc2=s=320x180:r=24:d=1 -pix_fmt yuv420p");
    make(&elsewhere.path("theme.mp3"), "-f lavfi -i sine=d=2");
    let clip = Host::of(std::fs::read(elsewhere.path("own.mp4")).unwrap());
    let music = Host::of(std::fs::read(elsewhere.path("theme.mp3")).unwrap());
    let stage = Stage::new("", &[clip.at.to_string(), music.at.to_string()]);
    let plan = format!(
        "film: Own\nsize: 320x180\nmusic: {{file: 'http://{}/theme.mp3'}}\nscenes: [{{id: a, clip: 'http://{}/own.mp4'}}]\n",
        music.at, clip.at
    );
    stage.run(&plan).is(0);
    stage.run(&plan.replace("film: Own", "film: Mine")).is(0);
    assert_eq!((clip.asked(), music.asked()), (1, 1), "what was fetched is kept");
    stage.bench.run(&["redo", "a"]).is(0);
    assert_eq!(clip.asked(), 2, "it is looked at anew when somebody asks for that");
    let gone = "ab".repeat(32);
    let absent = format!("film: Own\nsize: 320x180\nscenes: [{{id: a, clip: 'artifact:{gone}'}}]\n");
    stage.run(&absent).is(2).tells(&[&gone, "not among what is stored", "hint:"]);
}

#[test]
fn a_clip_is_never_fetched_from_where_it_must_not() {
    let canary = Host::of(b"secret".to_vec());
    let stage = Stage::new("", &[]);
    for address in [format!("http://{}/a.mp4", canary.at), format!("https://{}/a.mp4", canary.at)] {
        let said = stage.run(&format!("film: Own\nsize: 320x180\nscenes: [{{id: a, clip: '{address}'}}]\n")).is(5);
        let summary: Value = serde_json::from_str(said.data.lines().last().unwrap()).unwrap();
        assert_eq!(summary["scenes"][0]["nodes"][0]["fault"], "invalid", "{summary}");
    }
    assert!(stage.bench.run(&["history", "--json"]).data.contains("is not fetched"), "it says why");
    assert_eq!(canary.asked(), 0, "nobody was sent there");
}
