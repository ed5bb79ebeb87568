//! A call, as a provider's file reads it.

use hyper::HeaderMap;
use hyper::body::Bytes;
use serde_json::Value;

pub(crate) use hyper::Method;

/// How many segments a path may have.
const SEGMENTS_MOST: usize = 64;

/// A request below a provider's path.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// What is to be done.
    pub(crate) method: Method,
    /// The path below the provider's name, segment by segment, decoded.
    pub(crate) path: Vec<String>,
    /// The query, decoded.
    pub(crate) query: Vec<(String, String)>,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body.
    pub(crate) body: Bytes,
}

impl Call {
    /// The segments of the path, to match on.
    pub(crate) fn segments(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }

    /// A header, where it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// A value of the query.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// What came with it in words: its headers, the key among them, and its query.
    pub(crate) fn told(&self) -> String {
        let headers = self.headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        // What says who calls comes first: whoever shortens a message is to meet it.
        let (keys, rest): (Vec<_>, Vec<_>) =
            headers.partition(|(name, _)| name.contains("auth") || name.contains("key") || name.contains("token"));
        let lines = keys.into_iter().chain(rest).map(|(name, value)| format!("{name}: {value}"));
        let query = self.query.iter().map(|(name, value)| format!("{name}={}", encode(value)));
        lines.chain(query).collect::<Vec<_>>().join(" ")
    }

    /// The body as JSON, if it is.
    pub(crate) fn json(&self) -> Result<Value, String> {
        serde_json::from_slice(&self.body).map_err(|error| error.to_string())
    }

    /// The body as a JSON object; null where there is none.
    pub(crate) fn object(&self) -> Option<Value> {
        self.json().ok().filter(Value::is_object)
    }
}

/// The segments of a path, decoded; none where one of them is not text.
pub(crate) fn segments(path: &str) -> Option<Vec<String>> {
    let parts = path.split('/').filter(|part| !part.is_empty());
    let decoded: Option<Vec<String>> = parts.take(SEGMENTS_MOST + 1).map(|part| decode(part, false)).collect();
    decoded.filter(|parts| parts.len() <= SEGMENTS_MOST)
}

/// The values of a query, decoded; what is not text is left out.
pub(crate) fn query(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty()).take(SEGMENTS_MOST);
    let split = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    split.filter_map(|(key, value)| Some((decode(key, true)?, decode(value, true)?))).collect()
}

/// Text as it can stand in a query.
pub(crate) fn encode(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

fn decode(text: &str, plus: bool) -> Option<String> {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let pair = [bytes.next()?, bytes.next()?];
                u8::from_str_radix(std::str::from_utf8(&pair).ok()?, 16).ok()?
            }
            b'+' if plus => b' ',
            other => other,
        });
    }
    String::from_utf8(out).ok()
}
