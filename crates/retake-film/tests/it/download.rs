//! What is fetched comes whole or not at all, and never from where it must not.

use std::future::Future;
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use retake_engine::fault::Class;
use retake_film::download::{Downloads, Egress, Error, Found, Got, Header, Kind, Lookup, Wish};
use tempfile::TempDir;

use crate::site::{Canary, Site};

mod hostile;

const WISH: Wish<'_> = Wish {
    kind: None,
    most_bytes: 64 << 20,
    timeout: Duration::from_secs(20),
    idle: Duration::from_secs(20),
    header: None,
    hosts: &[],
};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and what follows";

/// Every host that a test names is this machine.
fn home() -> Lookup {
    Arc::new(|_| Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]))
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(future)
}

/// Downloads that may reach these sites, and where they put things.
struct Desk {
    downloads: Downloads,
    folder: TempDir,
}

impl Desk {
    fn with(sites: &[&Site]) -> Self {
        let egress = Egress::read(sites.iter().map(|site| &site.host)).expect("they can be read");
        let downloads = Downloads::with_lookup(egress, home()).expect("they are made");
        Self { downloads, folder: tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder") }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("got")
    }

    fn get(&self, url: &str, wish: &Wish<'_>) -> Result<Got, Error> {
        run(self.downloads.get(url, wish, &self.path()))
    }

    /// Fetches what must fail, leave nothing behind and tell nothing of what is asked for.
    fn fail(&self, url: &str, wish: &Wish<'_>) -> Error {
        let error = self.get(url, wish).expect_err("it fails");
        let left = std::fs::read_dir(self.folder.path()).expect("it can be listed").count();
        assert_eq!(left, 0, "{error} has left something");
        let said = format!("{error} {error:?} {:?}", error.hint());
        assert!(!said.contains("hush"), "{said}");
        assert!(error.hint().is_some(), "{error}");
        error
    }
}

#[test]
fn what_is_there_comes_whole() {
    let site = Site::open(|_, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-type: Image/PNG; q=1\r\n\r\n")?;
        for byte in PNG {
            stream.write_all(&[b'1', b'\r', b'\n', *byte, b'\r', b'\n'])?;
        }
        stream.write_all(b"0\r\n\r\n")
    });
    let desk = Desk::with(&[&site]);
    let got = desk.get(&site.url("/a.png?sig=1"), &Wish { kind: Some(Kind::Image), ..WISH }).expect("it comes");
    assert_eq!((got.bytes, got.mime.as_deref(), got.kind), (PNG.len() as u64, Some("image/png"), Some(Kind::Image)));
    assert_eq!(std::fs::read(desk.path()).expect("it is there"), PNG);
    assert_eq!(got.sha256.to_string(), "2f5377edb154bb5666bfb85ae12a37b889f68ae11cd880fb0c4164912aac0ff4");
    let head = site.heads().remove(0).to_lowercase();
    assert!(head.starts_with("get /a.png?sig=1 http/1.1\r\n") && head.contains("accept-encoding: identity"), "{head}");
}

fn moved(to: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n")
}

#[test]
fn a_redirect_is_followed_three_times() {
    let site = Site::open(|path, stream| {
        let left: u32 = path[1..].trim_end_matches("?hush").parse().unwrap_or_default();
        if left == 0 {
            return stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfilm");
        }
        stream.write_all(moved(&format!("{}?hush", left - 1)).as_bytes())
    });
    let desk = Desk::with(&[&site]);
    assert_eq!(desk.get(&site.url("/3"), &WISH).expect("it comes").bytes, 4);
    std::fs::remove_file(desk.path()).expect("it was there");
    for chain in ["/4", "/20"] {
        let before = site.heads().len();
        let error = desk.fail(&site.url(chain), &WISH);
        assert!(matches!(error, Error::Forbidden { why: "it leads on and on", .. }), "{error}");
        assert_eq!(site.heads().len() - before, 4, "{chain}");
    }
    let round = Site::open(|path, stream| stream.write_all(moved(path).as_bytes()));
    let error = Desk::with(&[&round]).fail(&round.url("/round"), &WISH);
    assert!(matches!(error, Error::Forbidden { .. }) && round.heads().len() == 4, "{error}");
    let nowhere = Site::open(|_, stream| stream.write_all(b"HTTP/1.1 302 Found\r\ncontent-length: 0\r\n\r\n"));
    let error = Desk::with(&[&nowhere]).fail(&nowhere.url("/"), &WISH);
    assert!(matches!(error, Error::Refused { status: 302, .. }), "{error}");
}

#[test]
fn a_secret_stays_with_its_origin() {
    let back: Arc<std::sync::Mutex<String>> = Arc::default();
    let there = Arc::clone(&back);
    let other = Site::open(move |_, stream| {
        let to = there.lock().expect("nobody panicked").clone();
        stream.write_all(moved(&to).as_bytes())
    });
    let away = other.url("/away");
    let first = Site::open(move |path, stream| match path {
        "/start" => stream.write_all(moved("/near").as_bytes()),
        "/near" => stream.write_all(moved(&away).as_bytes()),
        _ => stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfilm"),
    });
    *back.lock().expect("nobody panicked") = first.url("/back");
    let origin = format!("http://{}", first.host);
    let header = Header { name: "Authorization", value: "Bearer hush", origin: &origin };
    let desk = Desk::with(&[&first, &other]);
    let wish = Wish { header: Some(header), ..WISH };
    desk.get(&first.url("/start"), &wish).expect("it comes");
    let told: Vec<(String, bool)> = first
        .heads()
        .iter()
        .map(|head| (head.split(' ').nth(1).expect("a path").to_owned(), head.contains("hush")))
        .collect();
    let told: Vec<(&str, bool)> = told.iter().map(|(path, told)| (path.as_str(), *told)).collect();
    assert_eq!(told, [("/start", true), ("/near", true), ("/back", false)], "what came back was sent by somebody else");
    assert!(other.heads().iter().all(|head| !head.contains("hush") && !head.contains("referer")));
    desk.get(&other.url("/"), &wish).expect("it comes");
    assert!(other.heads().iter().chain(&first.heads()[3..]).all(|head| !head.contains("hush")));
}

#[test]
fn each_refusal_is_told_apart_and_asked_once() {
    let of = |head: &'static str| {
        let site = Site::open(move |_, stream| write!(stream, "HTTP/1.1 {head}\r\ncontent-length: 4\r\n\r\nhush"));
        let error = Desk::with(&[&site]).fail(&site.url("/a/film.mp4?sig=hush"), &WISH);
        assert_eq!(site.heads().len(), 1, "{head}: trying again is the engine's");
        error
    };
    for (head, gone) in [("403 Forbidden", 403), ("404 Not Found", 404), ("410 Gone", 410)] {
        let error = of(head);
        assert!(matches!(error, Error::Gone { status, .. } if status == gone), "{error}");
        assert_eq!(error.class(), Class::Defective);
    }
    let seven = Some(Duration::from_secs(7));
    for (head, wait) in [
        ("429 Too Many Requests\r\nretry-after: 7", seven),
        ("429 Too Many Requests", None),
        ("503 Unavailable\r\nretry-after-ms: 7000", seven),
        ("429 X\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\nretry-after: Sun, 06 Nov 1994 08:49:44 GMT", seven),
    ] {
        let error = of(head);
        assert!(matches!(error, Error::Throttled { retry_after, .. } if retry_after == wait), "{head}: {error:?}");
    }
    for (head, answered) in [("503 Unavailable", 503), ("500 X", 500), ("401 X", 401), ("206 X", 206), ("304 X", 304)] {
        let error = of(head);
        assert!(matches!(error, Error::Refused { status, .. } if status == answered), "{head}: {error:?}");
    }
    assert!(of("404 Not Found").to_string().ends_with("/…film.mp4` is gone: it answered 404"));
    assert!(matches!(of("200 OK\r\ncontent-encoding: gzip"), Error::Kind { found: Found::Packed, .. }));
}

#[test]
fn what_is_too_large_is_not_taken() {
    let promised = Site::open(|_, stream| stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10737418240\r\n\r\nx"));
    let error = Desk::with(&[&promised]).fail(&promised.url("/"), &WISH);
    assert!(matches!(error, Error::Large { most_bytes, .. } if most_bytes == WISH.most_bytes), "{error}");

    let endless = Site::open(|_, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
        loop {
            stream.write_all(&[7; 1 << 16])?;
        }
    });
    let error = Desk::with(&[&endless]).fail(&endless.url("/"), &WISH);
    assert!(matches!(error, Error::Large { .. }), "{error}");
    let exact = Site::with(b"four");
    let desk = Desk::with(&[&exact]);
    assert!(matches!(desk.fail(&exact.url("/"), &Wish { most_bytes: 3, ..WISH }), Error::Large { .. }));
    assert_eq!(desk.get(&exact.url("/"), &Wish { most_bytes: 4, ..WISH }).expect("it fits").bytes, 4);
}

#[test]
fn what_breaks_off_is_not_taken() {
    let of = |answer: &'static [u8]| {
        let site = Site::open(move |_, stream| stream.write_all(answer));
        Desk::with(&[&site]).fail(&site.url("/"), &WISH)
    };
    let error = of(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf.");
    assert!(matches!(error, Error::Short { got: 5, promised: Some(10), .. }), "{error:?}");
    assert_eq!(error.class(), Class::Transient);
    let error = of(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhalf.\r\n");
    assert!(matches!(error, Error::Short { got: 5, promised: None, .. }), "{error:?}");
    let error = of(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    assert!(matches!(error, Error::Short { got: 0, .. }) && error.to_string().ends_with("is empty"), "{error:?}");
    for head in [&b""[..], b"HTTP/1.1 200", b"\x16\x03\x01\x02", b"HTTP/1.1 200 OK\r\ncontent-length: ten\r\n\r\n"] {
        let error = of(head);
        assert!(matches!(error, Error::Network { .. }), "{error:?}");
    }
    let gone = std::net::TcpListener::bind("127.0.0.1:0").and_then(|gone| gone.local_addr()).expect("a port");
    let egress = Egress::read([gone.to_string()]).expect("it can be read");
    let downloads = Downloads::with_lookup(egress, home()).expect("they are made");
    let desk = Desk { downloads, ..Desk::with(&[]) };
    let error = desk.fail(&format!("http://{gone}/?hush"), &WISH);
    assert!(matches!(error, Error::Network { .. }), "{error:?}");
}

#[test]
fn whoever_dawdles_is_not_waited_for() {
    let idle = Duration::from_millis(60);
    for head in [&b""[..], b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf."] {
        let site = Site::open(move |_, stream| {
            stream.write_all(head)?;
            // Until the other side hangs up.
            stream.read(&mut [0]).map(drop)
        });
        let error = Desk::with(&[&site]).fail(&site.url("/"), &Wish { idle, ..WISH });
        assert!(matches!(error, Error::Slow { after, .. } if after == idle), "{error:?}");
    }
    let drip = Site::open(move |_, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")?;
        stream.set_read_timeout(Some(idle / 6))?;
        loop {
            // The other side says nothing; that takes as long as it may.
            let _ = stream.read(&mut [0]);
            stream.write_all(b"x")?;
        }
    });
    let timeout = Duration::from_millis(300);
    let error = Desk::with(&[&drip]).fail(&drip.url("/"), &Wish { timeout, ..WISH });
    assert!(matches!(error, Error::Slow { after, .. } if after == timeout), "{error:?}");
}

#[test]
fn what_is_something_else_is_not_taken() {
    let of = |body: &'static [u8], kind| {
        let site = Site::with(body);
        let desk = Desk::with(&[&site]);
        desk.get(&site.url("/"), &Wish { kind, ..WISH }).map(|got| got.kind)
    };
    let found = |body, kind| match of(body, Some(kind)) {
        Err(Error::Kind { found, expected, .. }) if expected == Some(kind) => found,
        other => panic!("{other:?}"),
    };
    assert_eq!(found(b"<html>sorry</html>", Kind::Video), Found::Text);
    assert_eq!(found(b"#EXTM3U\nfile:///etc/passwd", Kind::Audio), Found::Text);
    assert_eq!(found(b"PK\x03\x04", Kind::Image), Found::Unknown);
    assert_eq!(found(PNG, Kind::Video), Found::Media(Kind::Image));
    assert_eq!(of(b"\0\0\0\x20ftypisom", Some(Kind::Audio)).expect("it comes"), Some(Kind::Audio));
    assert_eq!(of(b"\0\0\0\x20ftypisom", None).expect("it comes"), Some(Kind::Video));
    assert_eq!(of(b"{\"words\": []}", None).expect("it comes"), None);
}

#[test]
fn a_content_may_stand_in_its_address() {
    let desk = Desk::with(&[]);
    let content = |url: &str| {
        let got = desk.get(url, &Wish { most_bytes: 200_000, ..WISH }).expect(url);
        let content = std::fs::read(desk.path()).expect("it is there");
        assert_eq!(got.bytes, content.len() as u64, "{url}");
        (content, got.mime)
    };
    let plain = |mime: Option<&str>| (b"film".to_vec(), mime.map(str::to_owned));
    assert_eq!(content("data:video/MP4;base64,ZmlsbQ=="), plain(Some("video/mp4")));
    assert_eq!(content("DATA:;charset=x;BASE64,Zm%6CsbQ"), plain(None));
    assert_eq!(content("data:text/plain,fi%6cm#hush"), plain(Some("text/plain")));
    let long: String = "Zmls\n".repeat(50_000);
    assert_eq!(content(&format!("data:a/b;base64,{long}")).0, b"fil".repeat(50_000));
    std::fs::remove_file(desk.path()).expect("it was there");
    for wrong in ["data:", "data:video/mp4;base64", "data:;base64,====", "data:;base64,a", "data:;base64,hush?"] {
        let error = desk.fail(wrong, &WISH);
        assert!(matches!(error, Error::Address { .. }), "{wrong}: {error}");
    }
    let padded = format!("data:;base64,{}", "AAA=".repeat(1 << 15));
    assert!(matches!(desk.fail(&padded, &WISH), Error::Address { .. }));
    assert!(matches!(desk.fail("data:,", &WISH), Error::Short { got: 0, .. }));
    let page = desk.fail("data:text/html,hush", &Wish { kind: Some(Kind::Image), ..WISH });
    assert!(matches!(page, Error::Kind { found: Found::Text, .. }), "{page}");
    for large in [format!("data:,{}", "x".repeat(1 << 20)), format!("data:;base64,{}", "AAAA".repeat(1 << 19))] {
        assert!(matches!(desk.fail(&large, &Wish { most_bytes: 200_000, ..WISH }), Error::Large { .. }));
    }
}

#[test]
fn a_file_that_cannot_be_written_is_named() {
    let site = Site::with(b"film");
    let desk = Desk::with(&[&site]);
    let path = desk.folder.path().join("none").join("got");
    let error = run(desk.downloads.get(&site.url("/"), &WISH, &path)).expect_err("there is no folder");
    assert!(matches!(&error, Error::File { path: part, .. } if part.ends_with("none/got.part")), "{error}");
    std::fs::create_dir_all(desk.path().join("in the way")).expect("a folder");
    let error = desk.get(&site.url("/"), &WISH).expect_err("something is in the way");
    assert!(matches!(&error, Error::File { what: "name", .. }), "{error}");
    assert!(!desk.folder.path().join("got.part").exists());
}

#[test]
fn whoever_gives_up_leaves_nothing_behind() {
    let site = Site::open(|_, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n")?;
        stream.write_all(&vec![7; 5 << 20])?;
        stream.read(&mut [0]).map(drop)
    });
    let desk = Desk::with(&[&site]);
    let part = desk.folder.path().join("got.part");
    run(async {
        let (url, path) = (site.url("/"), desk.path());
        let wish = Wish { most_bytes: u64::MAX, ..WISH };
        let mut get = Box::pin(desk.downloads.get(&url, &wish, &path));
        while !part.exists() {
            let step = tokio::time::timeout(Duration::from_millis(1), &mut get).await;
            assert!(step.is_err(), "it ended: {step:?}");
        }
        drop(get);
    });
    assert!(!part.exists() && !desk.path().exists());
}

#[test]
#[ignore = "the next tests start it in a process of its own, with an environment of its own"]
fn somebody_fetches_in_this_environment() {
    let host = std::fs::read_to_string("site").expect("it is written");
    let name = host.replace("127.0.0.1", "films.example");
    let egress = Egress::read([&host, &name]).expect("they can be read");
    let downloads = Downloads::with_lookup(egress, home()).expect("they are made");
    for (host, into) in [(host, "one"), (name, "two")] {
        run(downloads.get(&format!("http://{host}/"), &WISH, Path::new(into))).expect("it comes");
    }
    let error = run(downloads.get("https://films.example/", &WISH, Path::new("three"))).expect_err("it is private");
    std::fs::write("said", error.to_string()).expect("it is written");
}

/// What somebody got and was told in this environment.
fn fetch_in(environment: &[(&str, &str)]) -> String {
    let site = Site::with(b"film");
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    std::fs::write(folder.path().join("site"), &site.host).expect("it is written");
    let myself = std::env::current_exe().expect("it is known");
    #[expect(clippy::disallowed_methods, reason = "an environment belongs to a whole process")]
    let mut command = std::process::Command::new(myself);
    command.args(["--ignored", "--exact", "download::somebody_fetches_in_this_environment"]);
    command.current_dir(folder.path()).envs(environment.iter().copied()).env_remove("no_proxy").env_remove("NO_PROXY");
    let done = command.output().expect("it starts");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
    for into in ["one", "two"] {
        assert_eq!(std::fs::read(folder.path().join(into)).expect("it came"), b"film");
    }
    std::fs::read_to_string(folder.path().join("said")).expect("it was told")
}

#[test]
fn a_proxy_of_the_environment_is_not_asked() {
    let canary = Canary::new();
    let proxy = format!("http://127.0.0.1:{}", canary.port);
    let names = ["http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"];
    let said = fetch_in(&names.map(|name| (name, proxy.as_str())));
    assert!(!canary.was_hit(), "the proxy was asked");
    assert_eq!(said, "`films.example/` is not fetched: it leads into a private network");
}

#[cfg(target_os = "linux")]
#[test]
fn a_machine_without_certificates_still_reaches_the_exceptions() {
    let said = fetch_in(&[("SSL_CERT_FILE", "none"), ("SSL_CERT_DIR", "none")]);
    assert!(said.starts_with("no https address can be fetched: ") && said.contains("certificates"), "{said}");
}

#[test]
fn no_content_in_an_address_is_larger_than_it_may_be() {
    let desk = Desk::with(&[]);
    let texts = "\\PC{0,80}|(image/png)?(;base64)?,[A-Za-z0-9+/=%#\\n ]{0,400}";
    proptest!(|(text in texts, most_bytes in 0_u64..200)| {
        if let Ok(got) = desk.get(&format!("data:{text}"), &Wish { most_bytes, ..WISH }) {
            prop_assert!(got.bytes <= most_bytes);
        }
    });
}
