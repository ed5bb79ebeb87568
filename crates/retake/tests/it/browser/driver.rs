//! A browser without a window, and the few things that a person does with one.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

/// Whoever drives the browser, by its name.
const DRIVER: &str = "chromedriver";
/// How often something is waited for, and how long each time.
const LOOKS: usize = 60;
const LOOK_MS: u64 = 1_000;
/// The longest wait for the driver's answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// What an element is called on the wire.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// It looks nowhere but here: no updates, no names of elsewhere.
const ARGUMENTS: [&str; 12] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
    "--mute-audio",
    "--window-size=1280,1000",
];

/// A browser. It is ended with the test.
pub(super) struct Browser {
    driver: Child,
    at: SocketAddr,
    session: String,
    _profile: tempfile::TempDir,
}

/// Something that the browser has to say unasked.
#[derive(Debug)]
pub(super) struct Complaint {
    pub(super) source: String,
    pub(super) text: String,
}

impl Browser {
    /// A new one; nothing where this machine has none.
    pub(super) fn open() -> Option<Self> {
        #[expect(clippy::disallowed_methods, reason = "the browser is another program")]
        let mut command = Command::new(DRIVER);
        let command = command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let Ok(mut driver) = command.spawn() else {
            #[expect(clippy::print_stderr, reason = "who runs the tests is to know what was not tested")]
            {
                eprintln!("skipped: there is no {DRIVER}; hint: sudo apt-get install chromium chromium-driver");
            }
            return None;
        };
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok);
        let port = |line: String| line.strip_suffix('.')?.split_once("started successfully on port ")?.1.parse().ok();
        let port: u16 = lines.find_map(port).unwrap();
        let at = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let profile = tempfile::tempdir().unwrap();
        let place = format!("--user-data-dir={}", profile.path().display());
        let arguments: Vec<&str> = ARGUMENTS.into_iter().chain([place.as_str()]).collect();
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL"},
        }}});
        let mut browser = Self { driver, at, session: String::new(), _profile: profile };
        let session = browser.tell("POST", "", &wanted);
        browser.session = format!("/{}", session["sessionId"].as_str().unwrap());
        Some(browser)
    }

    #[track_caller]
    fn ask(&self, method: &str, what: &str, body: &Value) -> Result<Value, String> {
        let body = if method == "POST" { body.to_string() } else { String::new() };
        let mut stream = TcpStream::connect(self.at).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let head = format!("{method} /session{}{what} HTTP/1.1\r\nHost: {}\r\n", self.session, self.at);
        let head = format!("{head}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
        stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
        // It leaves the connection open, whatever it is asked: what counts is what it says of the length.
        let (mut answer, mut length) = (BufReader::new(stream), 0);
        let mut line = String::new();
        answer.read_line(&mut line).unwrap();
        let is_done = line.contains(" 200 ");
        while line != "\r\n" {
            line.clear();
            answer.read_line(&mut line).unwrap();
            if let Some(bytes) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = bytes.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        answer.read_exact(&mut body).unwrap();
        let value = serde_json::from_slice::<Value>(&body).unwrap()["value"].take();
        if is_done { Ok(value) } else { Err(value.to_string()) }
    }

    #[track_caller]
    fn tell(&self, method: &str, what: &str, body: &Value) -> Value {
        self.ask(method, what, body).unwrap_or_else(|error| panic!("{method} {what}: {error}"))
    }

    #[track_caller]
    pub(super) fn go(&self, address: &str) {
        self.tell("POST", "/url", &json!({"url": address}));
    }

    /// What an expression of the page comes to.
    #[track_caller]
    pub(super) fn value(&self, expression: &str) -> Value {
        self.tell("POST", "/execute/sync", &json!({"script": format!("return {expression};"), "args": []}))
    }

    #[track_caller]
    pub(super) fn text(&self, expression: &str) -> String {
        self.value(expression).as_str().unwrap_or_default().to_owned()
    }

    /// Waits until an expression of the page is true; the page itself looks, whenever it is drawn.
    #[track_caller]
    pub(super) fn until(&self, what: &str, expression: &str) {
        let script = format!(
            "const told = arguments[0], start = performance.now();
            const is = () => {{ try {{ return !!({expression}); }} catch {{ return false; }} }};
            const look = () => is() ? told(true) : performance.now() - start > {LOOK_MS} ? told(false) : setTimeout(look, 20);
            look();"
        );
        // A page that is left while it looks is no answer: the next one is asked.
        let is_so = |_| {
            let said = self.ask("POST", "/execute/async", &json!({"script": script, "args": []}));
            said.is_ok_and(|said| said == json!(true))
        };
        if !(0..LOOKS).any(is_so) {
            panic!("{what} does not come: {}", self.text("document.body.innerText"));
        }
    }

    #[track_caller]
    fn element(&self, selector: &str) -> String {
        let found = self.tell("POST", "/element", &json!({"using": "css selector", "value": selector}));
        format!("/element/{}", found[ELEMENT].as_str().unwrap())
    }

    /// Presses what stands there, as with a mouse.
    #[track_caller]
    pub(super) fn press(&self, selector: &str) {
        let element = self.element(selector);
        self.tell("POST", &format!("{element}/click"), &json!({}));
    }

    /// Writes into a field, as with a keyboard.
    #[track_caller]
    pub(super) fn write(&self, selector: &str, text: &str) {
        let element = self.element(selector);
        self.tell("POST", &format!("{element}/clear"), &json!({}));
        self.tell("POST", &format!("{element}/value"), &json!({"text": text}));
    }

    /// Makes its window so wide.
    #[track_caller]
    pub(super) fn resize(&self, width: u32) {
        self.tell("POST", "/window/rect", &json!({"width": width, "height": 1_000}));
    }

    /// What it has complained of since it was asked last: errors, warnings, and whatever the policy of the page forbids.
    #[track_caller]
    pub(super) fn complaints(&self) -> Vec<Complaint> {
        let said = self.tell("POST", "/se/log", &json!({"type": "browser"}));
        let word = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        let complaint = |entry| Complaint { source: word(entry, "source"), text: word(entry, "message") };
        said.as_array().unwrap().iter().map(complaint).collect()
    }

    #[track_caller]
    pub(super) fn is_content(&self) {
        let complaints = self.complaints();
        assert!(complaints.is_empty(), "{complaints:#?}");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It ends the browser, which is no child of ours; then there is nothing left for the driver to do.
        let _ = self.ask("DELETE", "", &Value::Null);
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
