//! What providers call about: it makes a question come sooner, brings back a ticket whose answer was lost, counts once,
//! and counts for nothing where it is not the provider's.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use retake_rehearsal::{Bill, Pace, Script};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::call::Call;
use crate::cli::paid::{Stage, slow};
use crate::web::Service;

/// Where the net ends and the server begins: every call is passed on, and kept with what was answered.
struct Way {
    listener: TcpListener,
    calls: Arc<Mutex<Vec<Passed>>>,
}

/// A call that was passed on.
#[derive(Clone)]
struct Passed {
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    status: u16,
}

impl Way {
    fn new() -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").unwrap(), calls: Arc::default() }
    }

    fn url(&self) -> String {
        format!("http://{}", self.listener.local_addr().unwrap())
    }

    /// Passes on, until the test ends, what comes for this server.
    fn lead_to(&self, server: SocketAddr) {
        let (listener, calls) = (self.listener.try_clone().unwrap(), Arc::clone(&self.calls));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let calls = Arc::clone(&calls);
                std::thread::spawn(move || pass(&stream, server, &calls));
            }
        });
    }

    fn passed(&self) -> Vec<Passed> {
        self.calls.lock().unwrap().clone()
    }
}

fn pass(stream: &TcpStream, server: SocketAddr, calls: &Mutex<Vec<Passed>>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    for line in reader.by_ref().lines() {
        let line = line.ok().filter(|line| !line.is_empty());
        let Some((name, value)) = line.as_deref().and_then(|line| line.split_once(": ")) else { break };
        headers.push((name.to_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length")?.1.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let mut passed = Passed { path, headers, body, status: 0 };
    passed.status = again(server, &passed, |_| true);
    let told = format!("HTTP/1.1 {} .\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", passed.status);
    calls.lock().unwrap().push(passed);
    (&mut &*stream).write_all(told.as_bytes()).ok()
}

/// Makes a call with these of its headers.
fn again(server: SocketAddr, passed: &Passed, keeps: impl Fn(&str) -> bool) -> u16 {
    let call = Call::new(server, "POST", &passed.path);
    let kept = passed
        .headers
        .iter()
        .filter(|(name, _)| keeps(name) && !["connection", "content-length"].contains(&name.as_str()));
    let call = kept.fold(call, |call, (name, value)| call.header(name, value));
    call.body_alone(&passed.body).send().status
}

/// The providers, the way from them, and a server that they can call.
struct Called {
    stage: Stage,
    way: Way,
    _service: Service,
    at: SocketAddr,
}

impl Called {
    fn new(script: &str, pace: Pace, more: &str) -> Self {
        Self::with(script, pace, more, &|_| {})
    }

    /// The same, with something else set before the server starts.
    fn with(script: &str, pace: Pace, more: &str, set: &dyn Fn(&Stage)) -> Self {
        let way = Way::new();
        let more = format!("[serve]\npublic_url = {:?}\n{more}", way.url());
        let stage = Stage::new(Script::read(script).unwrap(), pace, &more);
        set(&stage);
        let service = Service::of(secret(stage.command(&["serve", "--json", "--listen", "127.0.0.1:0"])));
        let at = service.at.parse().unwrap();
        way.lead_to(at);
        Self { stage, way, _service: service, at }
    }

    fn made(&self, plan: &str) -> Value {
        let run = Call::new(self.at, "POST", "/api/runs").body("application/yaml", plan).send().is(202).json();
        let path = format!("/api/runs/{}?wait=5s&include=nodes", run["run"].as_str().unwrap());
        let told = (0..60).find_map(|_| {
            let told = Call::new(self.at, "GET", &path).send().is(200).json();
            (!["queued", "running"].contains(&told["status"].as_str().unwrap())).then_some(told)
        });
        told.unwrap_or_else(|| panic!("{plan} does not end"))
    }

    fn bill(&self) -> Bill {
        self.stage.bill()
    }
}

/// The program, with what google's calls are signed with, which only its own console tells.
fn secret(mut command: std::process::Command) -> std::process::Command {
    let digest = Sha256::digest("secret/1/google");
    command.env("CALLS_OF_GOOGLE", format!("whsec_{}", STANDARD.encode(&digest[..24])));
    command
}

fn stills(model: &str, count: usize) -> String {
    let scene = |at: usize| format!("  - {{id: s{at}, still: Wave {at} hits a lighthouse, seconds: 1}}\n");
    let scenes: String = (0..count).map(scene).collect();
    format!("film: Called\nsize: 320x180\nbudget: 9.00\nimage: {model}\ncaptions: off\nscenes:\n{scenes}")
}

#[test]
fn whoever_calls_is_asked_seldom() {
    let photon = "[models.photon]\nprovider = \"luma\"\nkind = \"image\"\nmodel = \"photon-1\"\n\
                  inputs = { prompt = \"prompt\" }\nprice = { per_item = \"0.02\" }\n";
    for (model, provider) in [("flux-dev", "replicate"), ("flux-2", "fal"), ("photon", "luma")] {
        let called = Called::new("rules: []", slow(700), photon);
        assert_eq!(called.made(&stills(model, 1))["status"], "completed", "{model}");
        let first = called.bill().asked(provider, "poll");
        // Luma calls when the work begins as well.
        assert!(first >= 5 || provider == "luma", "{provider} is asked often before it has ever called: {first}");
        assert_eq!(called.made(&stills(model, 5))["status"], "completed", "{model}");
        let then = called.bill().asked(provider, "poll") - first;
        // Four pictures: each is asked about once while it is made, and when it is called about.
        assert!(then <= 4 * 4, "{provider} calls, and is asked {then} times");
        let passed = called.way.passed();
        assert!(passed.len() >= 5 && passed.iter().all(|call| call.status == 204), "{provider}");
        assert_eq!(called.bill().taken(), 5, "what was made is reused");
    }
}

#[test]
fn calls_that_are_signed_with_a_secret_from_elsewhere_count_where_it_is_known() {
    let plan = "film: Called\nsize: 320x180\nbudget: 9.00\nvideo: omni\nscenes:\n  - {id: s, shot: Waves at night, seconds: 3}\n";
    let named = "[providers.google]\nwebhook_secret_env = \"CALLS_OF_GOOGLE\"";
    let known = Called::with("rules: []", slow(300), "", &|stage| stage.set("[providers.google]", named));
    assert_eq!(known.made(plan)["status"], "completed");
    let passed = known.way.passed();
    assert!(!passed.is_empty() && passed.iter().all(|call| call.status == 204), "{}", passed.len());
    let unknown = Called::new("rules: []", slow(300), "");
    assert_eq!(unknown.made(plan)["status"], "completed");
    assert!(unknown.way.passed().is_empty(), "nobody is told to call who would not be believed");
}

#[test]
fn a_call_counts_once_and_only_as_its_provider_made_it() {
    for model in ["flux-dev", "flux-2"] {
        let called = Called::new("rules: []", slow(100), "");
        let told = called.made(&stills(model, 1));
        assert_eq!(told["status"], "completed");
        let passed = called.way.passed().first().cloned().expect("it has called");
        let everything = |_: &str| true;
        let status = |changed: Passed| again(called.at, &changed, everything);
        assert_eq!(status(passed.clone()), 204, "it may come again");
        let mut elsewhere = passed.clone();
        elsewhere.headers.retain(|(name, _)| name != "host");
        elsewhere.headers.push(("host".into(), "films.example.org".into()));
        assert_eq!(status(elsewhere), 204, "by whatever name the server has outside");
        let with = |change: &dyn Fn(&mut Passed)| {
            let mut changed = passed.clone();
            change(&mut changed);
            status(changed)
        };
        let set = |call: &mut Passed, ending: &str, value: &str| {
            let found = call.headers.iter_mut().find(|(name, _)| name.ends_with(ending)).unwrap();
            found.1 = value.to_owned();
        };
        assert_eq!(with(&|call| call.body.push(b' ')), 401);
        assert_eq!(with(&|call| call.body = b"\xff\xfe".to_vec()), 401);
        assert_eq!(with(&|call| call.body.clear()), 401);
        assert_eq!(with(&|call| set(call, "-timestamp", "1614265330")), 401);
        assert_eq!(with(&|call| set(call, "-timestamp", "4102444800")), 401);
        assert_eq!(with(&|call| set(call, "-signature", "v0,AAAA")), 401);
        assert_eq!(again(called.at, &passed, |name| !name.ends_with("-signature")), 401);
        assert_eq!(again(called.at, &passed, |name| !name.ends_with("-timestamp")), 401);
        let (place, token) = passed.path.rsplit_once('/').unwrap();
        for path in [
            format!("{place}/{}", &token[1..]),
            format!("{place}/{token}A"),
            format!("/api/hooks/luma/{token}"),
            format!("{place}/..%2F.."),
        ] {
            assert_eq!(with(&|call| call.path.clone_from(&path)), 404, "{path}");
        }
        assert_eq!(with(&|call| call.body = vec![b'x'; (16 << 20) + 1]), 413);
        let path = format!("/api/runs/{}?include=nodes", told["run"].as_str().unwrap());
        let now = Call::new(called.at, "GET", &path).send().is(200).json();
        assert_eq!(now["seq"], told["seq"], "nothing of all that was written down");
        assert_eq!(called.bill().taken(), 1);
    }
}

#[test]
fn who_is_lied_to_asks_as_often_as_ever() {
    for lie in ["forged", "none", "duplicate", "{late: 400ms}"] {
        let called = Called::new(&format!("rules: [{{at: submit, do: {{webhook: {lie}}}}}]"), slow(300), "");
        let told = called.made(&stills("flux-dev", 3));
        assert_eq!(told["status"], "completed", "{lie}: {told}");
        assert_eq!((called.bill().taken(), called.bill().doubled().len()), (3, 0), "{lie}");
        let wanted = if lie == "forged" { 401 } else { 204 };
        assert!(called.way.passed().iter().all(|call| call.status == wanted), "{lie}");
    }
}

const LOST: &str = "rules: [{at: submit, nth: 1, do: reset-after-accept}]";

#[test]
fn a_call_brings_back_what_was_paid_for_and_not_answered() {
    let only = "dedupe = \"webhook\"";
    let plan = stills("flux-dev", 1);
    let deaf = Stage::new(Script::read(LOST).unwrap(), slow(100), "");
    deaf.set("lag = \"100ms\"", &format!("lag = \"100ms\"\n{only}"));
    deaf.bench.write("film.yaml", &plan);
    let told = deaf.make(&[]);
    assert_eq!(deaf.bill().taken(), 2, "nobody calls, so it is written off and made again: {told}");
    let called =
        Called::with(LOST, slow(100), "", &|stage| stage.set("grace = \"400ms\"", &format!("grace = \"20s\"\n{only}")));
    let told = called.made(&plan);
    assert_eq!((told["status"].as_str(), called.bill().taken()), (Some("completed"), 1), "{told}");
    assert_eq!(told["cost"]["written_off_usd"], "0.000000");
}
