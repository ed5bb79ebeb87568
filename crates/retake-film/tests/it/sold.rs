//! Those who sell, against a server that plays them: what is asked for arrives, what is charged is told, and what goes
//! wrong has its class.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use retake_engine::fault::{Acceptance, Class};
use retake_engine::moment::Moment;
use retake_engine::money::Money;
use retake_engine::performer::Likeness;
use retake_film::catalogue;
use retake_film::providers::{
    Card, Fell, File, Given, Made, Order, Progress, Provider, Secret, Seller, Standard, Submitted, Work,
};
use retake_rehearsal::{Options, Pace, Script, Server, key};
use serde_json::{Value, json};
use tempfile::TempDir;

struct Shop {
    server: Server,
    _folder: TempDir,
}

impl Shop {
    fn with(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let script = if script.is_empty() { Script::calm() } else { Script::read(script).unwrap() };
        let server = Server::start(Options {
            folder: folder.path().to_owned(),
            listen: ([127, 0, 0, 1], 0).into(),
            script,
            pace: Pace::quick(),
            seed: 7,
            ffmpeg: "ffmpeg".into(),
        })
        .unwrap();
        Self { server, _folder: folder }
    }

    fn seller(&self, name: &str) -> Seller {
        let mut seller = Standard::named(name).unwrap().seller(name);
        seller.base_url = self.server.base_url(name);
        seller.key = Some(Secret::new(&key(name)));
        seller.request_timeout = Duration::from_secs(60);
        seller.more.insert("project".to_owned(), "lamps".to_owned());
        seller
    }

    fn open(&self, name: &str) -> Arc<dyn Provider> {
        let seller = self.seller(name);
        (seller.standard.open)(&seller).unwrap()
    }
}

fn card(name: &str) -> Card {
    catalogue::cards(&BTreeMap::new(), false).unwrap().remove(name).unwrap()
}

fn order<'c>(card: &'c Card, prompt: &str) -> Order<'c> {
    Order {
        card,
        prompt: prompt.to_owned(),
        system: None,
        answer: None,
        image: None,
        end_image: None,
        refs: Vec::new(),
        audio: None,
        seconds: card.seconds.first().copied(),
        width: 1280,
        height: 720,
        seed: None,
        language: None,
        mark: "mark-1".to_owned(),
        seed_is_mark: false,
    }
}

/// A picture of one dot.
fn dot() -> Given {
    const DOT: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\0\x05\0\x01\xff\x89\x99=\x1d\0\0\0\0IEND\xaeB`\x82";
    Given::Inline { mime: "image/png", bytes: DOT.into() }
}

/// Does all of an order, as the engine would, and says what came of it.
async fn make(provider: &dyn Provider, order: &Order<'_>) -> Result<(Made, Option<Money>), Fell> {
    let request = provider.request(order)?;
    assert_eq!(provider.request(order)?, request, "the same order gives the same bytes");
    let ticket = match provider.submit(order.card, &request).await? {
        Submitted::Made(made) => {
            let charge = made.charge;
            return Ok((made, charge));
        }
        Submitted::Ticket(ticket) => ticket,
    };
    let work = Work { card: order.card, ticket: &ticket };
    for _ in 0..100_000 {
        match provider.poll(work).await? {
            Progress::Pending { .. } => tokio::task::yield_now().await,
            Progress::Succeeded { charge } => {
                let made = provider.fetch(work).await?;
                let charge = charge.or(made.charge);
                return Ok((made, charge));
            }
            Progress::Gone => panic!("it is gone"),
        }
    }
    panic!("it never ends");
}

fn alone<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// What an order of ours has that its model can take.
fn wish<'c>(card: &'c Card, prompt: &str) -> Order<'c> {
    let kind = card.kind.word();
    let schema = json!({"type": "object", "required": ["film"], "properties": {"film": {"type": "string"}}});
    Order {
        refs: if kind == "image" && card.max_refs > 0 { vec![dot()] } else { Vec::new() },
        image: (kind == "video").then(dot),
        answer: (kind == "code").then_some(schema),
        ..order(card, prompt)
    }
}

const ALL: [&str; 11] = [
    "gpt-luna",
    "gemini-lite",
    "haiku",
    "gpt-image",
    "gpt-image-fast",
    "nano-banana",
    "omni",
    "veo-fast",
    "nova",
    "rachel",
    "brian",
];

#[test]
fn what_is_asked_for_is_made_once_and_no_key_leaks() {
    alone(async {
        let shop = Shop::with("");
        for (n, name) in ALL.into_iter().enumerate() {
            let card = card(name);
            let provider = shop.open(&card.provider);
            assert_eq!(provider.published(&card).await, Ok(None), "{name}");
            let (made, charge) = make(&*provider, &wish(&card, "A lighthouse blinks at night")).await.unwrap();
            assert_eq!(made.files.is_empty(), made.text.is_some(), "{name}");
            if let Some(text) = made.text {
                let answer: Value = serde_json::from_str(&text).unwrap();
                assert!(answer["film"].is_string(), "{name}: {text}");
                assert!(charge.is_some(), "{name} counts its tokens");
            }
            if let Some(File::Address(address)) = made.files.first() {
                let (header, _) = provider.key_for(address).unwrap();
                assert!(["x-goog-api-key", "authorization"].contains(&header.as_str()), "{name}");
                assert_eq!(provider.key_for("https://elsewhere.example/a.mp4"), None);
            }
            assert_eq!(made.words.is_empty(), card.provider != "elevenlabs", "{name}");
            let bill = shop.server.bill();
            assert_eq!((bill.taken(), bill.leaks.len()), (n + 1, 0), "{name}");
        }
    });
}

#[test]
fn every_failure_has_its_class() {
    use Acceptance::{No, Unknown, Yes};
    use Class::{Denied, Invalid, Rejected, Retired, Throttled, Transient, Unclear};
    let gateway = "{status: {code: 502, page: gateway}}";
    let on_the_spot = ["gpt-luna", "gpt-image", "nova", "gemini-lite", "nano-banana", "haiku", "rachel"];
    let mut cases = Vec::new();
    for name in on_the_spot {
        cases.push((name, gateway, Unclear, Unknown));
        cases.push((name, "reset-after-accept", Unclear, Unknown));
        cases.push((name, "no-credit", Denied, No));
        cases.push((name, "retire", Retired, No));
        cases.push((name, "{throttle: {after: 2s, form: body}}", Throttled, No));
        cases.push((name, "refuse", Rejected, No));
    }
    for name in ["omni", "veo-fast"] {
        cases.push((name, gateway, Unclear, Unknown));
        cases.push((name, "{status: 503}", Transient, No));
        cases.push((name, "{status: 500}", Unclear, Unknown));
        cases.push((name, "{refuse: {when: end}}", Rejected, Yes));
        cases.push((name, "no-credit", Denied, No));
    }
    for name in ["gpt-luna", "gpt-image", "gemini-lite"] {
        cases.push((name, "{status: 503}", Transient, No));
        cases.push((name, "{status: 500}", Transient, No));
        cases.push((name, "{status: 504}", Unclear, Unknown));
    }
    for (name, effect) in [("haiku", "{status: 500}"), ("rachel", "{status: 503}"), ("gpt-luna", "truncate")] {
        cases.push((name, effect, Unclear, Unknown));
    }
    cases.push(("haiku", "{status: 529}", Transient, No));
    for name in ["gpt-luna", "gemini-lite", "haiku"] {
        cases.push((name, "cut-off", Invalid, Yes));
    }
    alone(async {
        let mut wrong = Vec::new();
        for (name, effect, class, acceptance) in cases {
            let shop = Shop::with(&format!("rules:\n  - {{at: submit, do: {effect}}}\n"));
            let card = card(name);
            match make(&*shop.open(&card.provider), &wish(&card, "A storm")).await {
                Ok(_) => wrong.push(format!("{name}, {effect}: it went well")),
                // Some refuse by a status, some by an answer: either way it is beyond doubt.
                Err(fell) if effect == "refuse" && fell.fault.class == class && fell.fault.acceptance != Unknown => {}
                Err(fell) if (fell.fault.class, fell.fault.acceptance) != (class, acceptance) => {
                    wrong.push(format!("{name}, {effect}: {:?}", fell.fault));
                }
                Err(_) => {}
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

#[test]
fn speech_whose_answer_was_lost_is_found() {
    alone(async {
        let shop = Shop::with("rules:\n  - {at: submit, nth: 1, do: reset-after-accept}\n");
        let card = card("rachel");
        let (provider, order) = (shop.open("elevenlabs"), wish(&card, "It learned to blink."));
        let request = provider.request(&order).unwrap();
        assert_eq!(provider.submit(&card, &request).await.unwrap_err().fault.acceptance, Acceptance::Unknown);
        let other = provider.request(&wish(&card, "Something else.")).unwrap();
        assert!(matches!(provider.submit(&card, &other).await, Ok(Submitted::Made(_))));
        let bill = shop.server.bill();
        let since = Moment::from_ms(bill.jobs[0].accepted);
        let found = provider.find(&card, &request, since).await.unwrap();
        let [one] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(one.likeness, Likeness::Same);
        let work = Work { card: &card, ticket: &one.ticket };
        assert!(matches!(provider.poll(work).await, Ok(Progress::Succeeded { charge: Some(_) })));
        let made = provider.fetch(work).await.unwrap();
        assert!(matches!(&made.files[..], [File::Bytes(bytes)] if !bytes.is_empty()));
        assert_eq!((shop.server.bill().taken(), shop.server.bill().doubled().len()), (2, 0));
    });
}

#[test]
fn a_key_that_is_none_is_said_to_be_none() {
    alone(async {
        let shop = Shop::with("");
        for name in ["gpt-luna", "gemini-lite", "veo-fast", "rachel", "haiku"] {
            let card = card(name);
            let mut seller = shop.seller(&card.provider);
            seller.key = Some(Secret::new("wrong-key-1234"));
            let provider = (seller.standard.open)(&seller).unwrap();
            let fault = make(&*provider, &wish(&card, "A storm")).await.unwrap_err().fault;
            assert_eq!((fault.class, fault.acceptance), (Class::Denied, Acceptance::No), "{name}: {fault:?}");
            assert!(fault.hint.is_some() && !format!("{fault:?}").contains("wrong-key"), "{name}: {fault:?}");
        }
        assert_eq!(shop.server.bill().taken(), 0);
    });
}
