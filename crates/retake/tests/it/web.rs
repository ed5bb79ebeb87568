//! The page as a browser gets it: the real program on a real socket, asked in plain HTTP.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::cli::{Bench, listening};

mod forms;
mod held;
mod hostile;
mod pages;
mod signin;

/// The longest that anything here may take.
const LONG: Duration = Duration::from_secs(60);

/// How many changes are looked at while something is waited for.
const LOOKS: usize = 2_000;

/// A service that is ended with the test.
pub(crate) struct Service {
    child: Child,
    pub(crate) at: String,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Service {
    pub(crate) fn start(bench: &Bench) -> Self {
        Self::of(bench.command(&["serve", "--listen", "127.0.0.1:0", "--json"]))
    }

    pub(crate) fn of(command: Command) -> Self {
        Self::spawn(command, Stdio::null())
    }

    /// The same, of which is kept what it says.
    pub(crate) fn heard(command: Command) -> Self {
        Self::spawn(command, Stdio::piped())
    }

    fn spawn(mut command: Command, talk: Stdio) -> Self {
        let (child, at) = listening(command.stderr(talk));
        Self { child, at }
    }

    /// Ends it in good order, and gives what it said.
    pub(crate) fn ended(mut self) -> String {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        let mut talk = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut talk).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0), "{talk}");
        talk
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.at)
    }

    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut stream = TcpStream::connect(&self.at).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        if !headers.iter().any(|(name, _)| *name == "Host") {
            head += &format!("Host: {}\r\n", self.at);
        }
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
        stream.write_all(head.as_bytes()).unwrap();
        let mut all = Vec::new();
        stream.read_to_end(&mut all).unwrap();
        Answer::read(&all)
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], "")
    }

    /// A form as a page of ours sends it.
    pub(crate) fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.form_with(path, &[("Origin", &self.origin())], fields)
    }

    pub(crate) fn form_with(&self, path: &str, headers: &[(&str, &str)], fields: &[(&str, &str)]) -> Answer {
        let body: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let kind = [("Content-Type", "application/x-www-form-urlencoded")];
        self.ask("POST", path, &[&kind, headers].concat(), &body.join("&"))
    }

    /// The address of the page of the run of this plan.
    pub(crate) fn make(&self, plan: &str) -> String {
        let answer = self.form("/new", &[("plan", plan)]);
        assert_eq!(answer.status, 303, "{}", answer.text());
        answer.header("location").to_owned()
    }

    /// Waits until a run stands there.
    pub(crate) fn until(&self, page: &str, is_there: impl Fn(&Value) -> bool) -> Value {
        let mut seq = 0;
        for _ in 0..LOOKS {
            let run: Value = serde_json::from_str(&self.get(&format!("/api{page}?wait=30s&seq={seq}")).text()).unwrap();
            if is_there(&run) {
                return run;
            }
            seq = run["seq"].as_u64().unwrap();
        }
        panic!("{page} does not come so far");
    }

    pub(crate) fn settled(&self, page: &str) -> String {
        let run = self.until(page, |run| !["queued", "running"].contains(&run["status"].as_str().unwrap()));
        run["status"].as_str().unwrap().to_owned()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Answer {
    fn read(all: &[u8]) -> Self {
        let end = all.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(all[..end].to_vec()).unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers: BTreeMap<String, String> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let mut body = all[end + 4..].to_vec();
        if headers.get("transfer-encoding").is_some_and(|how| how == "chunked") {
            body = unchunked(&body);
        }
        Self { status, headers, body }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    #[track_caller]
    pub(crate) fn tells(&self, words: &[&str]) -> &Self {
        let text = self.text();
        for word in words {
            assert!(text.contains(word), "`{word}` is missing in: {text}");
        }
        self
    }

    /// Whatever a page holds, it runs nothing of its own and styles nothing.
    #[track_caller]
    pub(crate) fn is_page(&self, status: u16) -> &Self {
        let text = self.text();
        assert_eq!(self.status, status, "{text}");
        assert_eq!(self.header("content-type"), "text/html; charset=utf-8");
        assert!(self.header("content-security-policy").starts_with("default-src 'none'; script-src 'self';"));
        assert_eq!(self.header("referrer-policy"), "same-origin", "a form of ours says where it comes from");
        assert_eq!(
            text.matches("<script").count(),
            text.matches("<script src=\"/assets/page.js\" defer></script>").count()
        );
        for inline in ["<style", " style=", " onclick=", " onload=", " onerror=", "javascript:"] {
            assert!(!text.contains(inline), "`{inline}` in: {text}");
        }
        self
    }
}

fn unchunked(mut body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    loop {
        let end = body.windows(2).position(|two| two == b"\r\n").unwrap();
        let size = usize::from_str_radix(std::str::from_utf8(&body[..end]).unwrap(), 16).unwrap();
        if size == 0 {
            return whole;
        }
        whole.extend_from_slice(&body[end + 2..end + 2 + size]);
        body = &body[end + 4 + size..];
    }
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// A film that costs nothing and is there at once.
pub(crate) const CARDS: &str = "
film: A quiet word
size: 320x180
budget: 1.00
min_clips: 1
scenes:
  - {id: one, title: Nobody had seen the keeper, seconds: 1}
  - {id: two, title: for nine days, seconds: 1}
";
