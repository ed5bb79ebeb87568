//! Calls over one connection that stays open, as plainly as they can be made.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// The longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Client {
    at: SocketAddr,
    line: Option<TcpStream>,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Client {
    pub(crate) const fn new(at: SocketAddr) -> Self {
        Self { at, line: None }
    }

    pub(crate) fn get(&mut self, path: &str) -> Option<Answer> {
        self.call(&format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.at))
    }

    pub(crate) fn post(&mut self, path: &str, kind: &str, body: &str) -> Option<Answer> {
        let head = format!("POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: {kind}\r\n", self.at);
        self.call(&format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()))
    }

    /// Nothing where the service hung up.
    fn call(&mut self, text: &str) -> Option<Answer> {
        let answer = self.try_call(text);
        if answer.is_none() {
            self.line = None;
        }
        answer
    }

    fn try_call(&mut self, text: &str) -> Option<Answer> {
        let line = match &mut self.line {
            Some(line) => line,
            None => {
                let line = TcpStream::connect(self.at).ok()?;
                line.set_nodelay(true).ok()?;
                line.set_read_timeout(Some(PATIENCE)).ok()?;
                self.line.insert(line)
            }
        };
        line.write_all(text.as_bytes()).ok()?;
        let (mut bytes, mut some) = (Vec::new(), [0; 16 << 10]);
        loop {
            let read = line.read(&mut some).ok().filter(|read| *read > 0)?;
            bytes.extend_from_slice(&some[..read]);
            let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
            let head = std::str::from_utf8(&bytes[..end]).ok()?.to_ascii_lowercase();
            let length: usize = head.split("content-length: ").nth(1)?.lines().next()?.parse().ok()?;
            if bytes.len() >= end + 4 + length {
                let body = String::from_utf8_lossy(&bytes[end + 4..]).into_owned();
                return Some(Answer { status: head.get(9..12)?.parse().ok()?, body });
            }
        }
    }
}
