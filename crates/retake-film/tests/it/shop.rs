//! An object store of our own, as small as it can be: it speaks enough of S3 to take films, and misbehaves as told.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};

/// What it does to every request from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    /// What it is asked for.
    Fair,
    /// It answers with this status.
    Refuses(u16),
    /// It hangs up in the middle of the second part, and of any larger body.
    HangsUp,
    /// It answers with a failure to the end of an upload, as stores do: with a status that says success.
    FailsLate,
}

#[derive(Debug, Default)]
struct Stock {
    /// What is visible.
    objects: BTreeMap<String, (String, Vec<u8>)>,
    /// Parts of what is not.
    uploads: BTreeMap<String, BTreeMap<u32, Vec<u8>>>,
    kinds: BTreeMap<String, String>,
    requests: Vec<String>,
}

/// A store that runs until the test ends.
#[derive(Debug, Clone)]
pub(crate) struct Shop {
    stock: Arc<Mutex<Stock>>,
    mood: Arc<Mutex<Mood>>,
    pub(crate) endpoint: String,
}

struct Request {
    verb: String,
    path: String,
    query: String,
    host: String,
    kind: String,
    body: Vec<u8>,
}

impl Shop {
    pub(crate) fn open(mood: Mood) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("it has one"));
        let shop = Self { stock: Arc::default(), mood: Arc::new(Mutex::new(mood)), endpoint };
        let counter = shop.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let counter = counter.clone();
                std::thread::spawn(move || counter.serve(&stream));
            }
        });
        shop
    }

    /// What is visible: name, kind and content.
    pub(crate) fn objects(&self) -> Vec<(String, String, Vec<u8>)> {
        let stock = self.stock.lock().expect("nobody panicked");
        stock.objects.iter().map(|(name, (kind, body))| (name.clone(), kind.clone(), body.clone())).collect()
    }

    /// How many uploads are open.
    pub(crate) fn open_uploads(&self) -> usize {
        self.stock.lock().expect("nobody panicked").uploads.len()
    }

    /// What it was asked for: verb and path.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.stock.lock().expect("nobody panicked").requests.clone()
    }

    fn serve(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        while let Some(request) = self.read(&mut reader) {
            let (status, headers, body) = self.answer(&request);
            let length = body.len();
            let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n{headers}\r\n");
            let mut stream = stream;
            let sent = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
            // Whoever fetches wants one thing, and reads to the end.
            if sent.is_err() || request.verb == "GET" {
                return;
            }
        }
    }

    /// Reads a request, or hangs up.
    fn read(&self, reader: &mut BufReader<&TcpStream>) -> Option<Request> {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let mut words = line.split(' ');
        let (verb, target) = (words.next()?.to_owned(), words.next()?.to_owned());
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let (mut length, mut kind, mut signed, mut host) = (0, String::new(), false, String::new());
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim().split_once(": ") else { break };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.parse().ok()?,
                "content-type" => kind = value.to_owned(),
                "host" => host = value.to_owned(),
                "authorization" => signed = value.starts_with("AWS4-HMAC-SHA256 Credential=key/"),
                _ => {}
            }
        }
        assert!(signed || query.contains("X-Amz-Signature="), "{verb} {target} without a signature");
        let mood = *self.mood.lock().expect("nobody panicked");
        let cut = mood == Mood::HangsUp && (query.contains("partNumber=2") || (query.is_empty() && length > 1000));
        let mut body = vec![0; if cut { length / 2 } else { length }];
        reader.read_exact(&mut body).ok()?;
        self.stock.lock().expect("nobody panicked").requests.push(format!("{verb} {path}"));
        (!cut).then(|| Request { verb, path: path.to_owned(), query: query.to_owned(), host, kind, body })
    }

    fn answer(&self, request: &Request) -> (u16, String, String) {
        let mood = *self.mood.lock().expect("nobody panicked");
        if let Mood::Refuses(status) = mood {
            let code = if status == 403 { "AccessDenied" } else { "SlowDown" };
            let body = format!("<Error><Code>{code}</Code><Message>the secret words</Message></Error>");
            return (status, "retry-after: 7\r\n".to_owned(), body);
        }
        let mut stock = self.stock.lock().expect("nobody panicked");
        let name = request.path.clone();
        let fine = |body: &str| (200, "etag: \"e\"\r\n".to_owned(), body.to_owned());
        match (request.verb.as_str(), request.query.as_str()) {
            ("GET", query) if query.contains("X-Amz-Signature=") => match stock.objects.get(&name) {
                _ if !is_signed(request) => {
                    (403, String::new(), "<Error><Code>SignatureDoesNotMatch</Code></Error>".into())
                }
                Some((kind, body)) => {
                    (200, format!("content-type: {kind}\r\n"), String::from_utf8_lossy(body).into_owned())
                }
                None => (404, String::new(), String::new()),
            },
            ("PUT", "") => {
                stock.objects.insert(name, (request.kind.clone(), request.body.clone()));
                fine("")
            }
            ("POST", "uploads" | "uploads=") => {
                stock.uploads.insert(name.clone(), BTreeMap::new());
                stock.kinds.insert(name, request.kind.clone());
                let id = "<UploadId>one</UploadId>";
                fine(&format!(
                    "<InitiateMultipartUploadResult><Bucket>b</Bucket><Key>k</Key>{id}</InitiateMultipartUploadResult>"
                ))
            }
            ("PUT", query) => {
                let number = query.split('&').find_map(|pair| pair.strip_prefix("partNumber=")?.parse().ok());
                let parts = stock.uploads.get_mut(&name).expect("it was begun");
                parts.insert(number.expect("it has a number"), request.body.clone());
                fine("")
            }
            ("POST", _) if mood == Mood::FailsLate => {
                fine("<Error><Code>InternalError</Code><Message>the secret words</Message></Error>")
            }
            ("POST", _) => {
                let parts = stock.uploads.remove(&name).expect("it was begun");
                let kind = stock.kinds.remove(&name).expect("it was begun");
                stock.objects.insert(name, (kind, parts.into_values().flatten().collect()));
                let tag = "<ETag>\"e\"</ETag>";
                fine(&format!(
                    "<CompleteMultipartUploadResult><Bucket>b</Bucket><Key>k</Key>{tag}</CompleteMultipartUploadResult>"
                ))
            }
            ("DELETE", _) => {
                stock.uploads.remove(&name);
                (204, String::new(), String::new())
            }
            _ => (400, String::new(), String::new()),
        }
    }
}

/// Whether an address was signed with our key for just this, by version 4 of the scheme.
fn is_signed(request: &Request) -> bool {
    let Request { verb, path, query, host, .. } = request;
    let mut pairs: Vec<&str> = query.split('&').collect();
    pairs.sort_unstable();
    let (signature, pairs): (Vec<&str>, Vec<&str>) =
        pairs.into_iter().partition(|pair| pair.starts_with("X-Amz-Signature="));
    let value = |name: &str| pairs.iter().find_map(|pair| pair.strip_prefix(name)).unwrap_or_default();
    let (date, scope) = (value("X-Amz-Date="), value("X-Amz-Credential=").replace("%2F", "/"));
    let scope = scope.split_once('/').map_or("", |(_, scope)| scope);
    let whole = format!("{verb}\n{path}\n{}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD", pairs.join("&"));
    let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex(digest(&SHA256, whole.as_bytes()).as_ref()));
    let mac = |key: &[u8], what: &str| sign(&Key::new(HMAC_SHA256, key), what.as_bytes()).as_ref().to_vec();
    let key = scope.split('/').fold(b"AWS4hush".to_vec(), |key, part| mac(&key, part));
    signature == [format!("X-Amz-Signature={}", hex(&mac(&key, &text)))]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
