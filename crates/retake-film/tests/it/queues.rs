//! The clients of those who queue, against a server that speaks from the other side.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use retake_engine::fault::{Acceptance, Class};
use retake_engine::id::Ticket;
use retake_engine::moment::Moment;
use retake_engine::performer::Likeness;
use retake_film::providers::seller::Secret;
use retake_film::providers::{Card, File, Given, Made, Order, Progress, Provider, Seller, Standard, Submitted, Work};
use retake_rehearsal::{Options, Pace, Script, Server, key};
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server, and the client of one of its providers.
struct Stage {
    _folder: TempDir,
    server: Server,
    name: &'static str,
    provider: Arc<dyn Provider>,
    card: Card,
}

impl Stage {
    fn of(card: Value) -> Self {
        Self::with(card, &[], Script::calm())
    }

    fn with(card: Value, more: &[(&str, &str)], script: Script) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let server = Server::start(Options {
            folder: folder.path().to_owned(),
            listen: ([127, 0, 0, 1], 0).into(),
            script,
            pace: Pace::quick(),
            seed: 7,
            ffmpeg: "ffmpeg".into(),
        });
        let (server, card): (_, Card) = (server.expect("a server"), serde_json::from_value(card).expect("a card"));
        let standard = Standard::named(&card.provider).expect("its standard");
        let mut seller: Seller = standard.seller(standard.name);
        seller.base_url = server.base_url(standard.name);
        seller.key = Some(Secret::new(&key(standard.name)));
        seller.more = more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let provider = (standard.open)(&seller).expect("a client");
        Self { _folder: folder, server, name: standard.name, provider, card }
    }

    fn order(&self) -> Order<'_> {
        Order {
            card: &self.card,
            prompt: "a lighthouse learns to blink".to_owned(),
            system: None,
            answer: None,
            image: None,
            end_image: None,
            refs: Vec::new(),
            audio: None,
            seconds: Some(5),
            width: 1280,
            height: 720,
            seed: Some(4_711),
            language: None,
            mark: "take-1".to_owned(),
            seed_is_mark: true,
        }
    }

    /// Orders, waits and fetches.
    async fn made(&self, order: &Order<'_>) -> (Made, Option<Ticket>) {
        let request = self.provider.request(order).expect("a request");
        assert_eq!(request, self.provider.request(order).expect("a request"), "the same order gives the same bytes");
        let ticket = match self.provider.submit(&self.card, &request).await.expect("an answer") {
            Submitted::Made(made) => return (made, None),
            Submitted::Ticket(ticket) => ticket,
        };
        let work = Work { card: &self.card, ticket: &ticket };
        let waiting = async {
            while let Progress::Pending { .. } = self.provider.poll(work).await.expect("an answer") {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.expect("it ends");
        assert!(matches!(self.provider.poll(work).await.expect("an answer"), Progress::Succeeded { .. }));
        let made = self.provider.fetch(work).await.expect("an answer");
        (made, Some(ticket))
    }

    /// What a list shows of an order that was made.
    async fn likeness(&self, order: &Order<'_>, ticket: &Ticket) -> Option<Likeness> {
        let request = self.provider.request(order).expect("a request");
        let found = self.provider.find(&self.card, &request, Moment::from_ms(120_000)).await.expect("an answer");
        found.into_iter().find(|one| one.ticket == *ticket).map(|one| one.likeness)
    }
}

fn play<T>(story: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(story)
}

fn address(made: &Made) -> &str {
    let Some(File::Address(address)) = made.files.first() else { panic!("no address: {made:?}") };
    address
}

fn flux() -> Value {
    json!({"provider": "fal", "kind": "image", "model": "fal-ai/flux/dev", "price": {"per_item": "0.03"},
        "sizes": ["landscape_16_9"], "inputs": {"prompt": "prompt", "seed": "seed", "size": "image_size"}})
}

#[test]
fn fal_is_asked_below_its_application_and_found_by_its_seed() {
    let stage = Stage::of(flux());
    play(async {
        let order = stage.order();
        let (made, ticket) = stage.made(&order).await;
        assert!(address(&made).starts_with("http"));
        let ticket = ticket.unwrap();
        assert_eq!(stage.likeness(&order, &ticket).await, Some(Likeness::Exact));
        let published = stage.provider.published(&stage.card).await.unwrap().expect("it is described");
        assert_eq!(published.differences(&stage.card), Vec::<String>::new());
        stage.provider.cancel(Work { card: &stage.card, ticket: &ticket }).await.unwrap();
        let gone = Work { card: &stage.card, ticket: &Ticket::from("80e732af-660e-45cd-bd63-580e4f2a94cc") };
        assert_eq!(stage.provider.poll(gone).await.unwrap(), Progress::Gone);
    });
}

#[test]
fn fal_takes_large_files_first() {
    let stage = Stage::of(flux());
    let file = play(stage.provider.upload("image/png", vec![7; 300_000].into())).unwrap().expect("an address");
    assert!(file.starts_with("http"), "{file}");
    assert_eq!(play(stage.provider.upload("image/png", vec![7; 3].into())).unwrap(), None);
}

#[test]
fn fal_has_models_that_are_gone() {
    let mut card = flux();
    card["model"] = "fal-ai/of-yesterday".into();
    let stage = Stage::of(card);
    let fault = play(stage.provider.published(&stage.card)).unwrap_err();
    assert_eq!((fault.class, fault.acceptance), (Class::Retired, Acceptance::No));
    let request = stage.provider.request(&stage.order()).unwrap();
    let fell = play(stage.provider.submit(&stage.card, &request)).unwrap_err();
    assert_eq!((fell.fault.class, fell.fault.acceptance), (Class::Retired, Acceptance::No));
}

#[test]
fn cog_answers_on_the_spot() {
    let stage = Stage::of(json!({"provider": "cog", "kind": "image", "model": "mine", "price": {"free": true},
        "inputs": {"prompt": "prompt", "seed": "seed"}}));
    play(async {
        let (made, ticket) = stage.made(&stage.order()).await;
        assert!(
            matches!(made.files.first(), Some(File::Bytes(bytes)) if bytes.starts_with(b"\x89PNG")) && ticket.is_none()
        );
        let published = stage.provider.published(&stage.card).await.unwrap().expect("it is described");
        assert_eq!(published.differences(&stage.card), Vec::<String>::new());
    });
}

#[test]
fn comfyui_is_given_a_graph_and_found_by_our_id() {
    let graph = json!({
        "3": {"class_type": "KSampler", "inputs": {"seed": 1, "latent_image": ["5", 0], "positive": ["6", 0]}},
        "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 48, "batch_size": 1}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ""}},
        "9": {"class_type": "SaveImage", "inputs": {"images": ["3", 0], "filename_prefix": "t"}}});
    let stage = Stage::of(json!({"provider": "comfyui", "kind": "image", "model": "still", "price": {"free": true},
        "defaults": {"workflow": graph},
        "inputs": {"prompt": "6.inputs.text", "seed": "3.inputs.seed", "width": "5.inputs.width", "height": "5.inputs.height"}}));
    play(async {
        let order = stage.order();
        let request = stage.provider.request(&order).unwrap();
        let before = stage.provider.find(&stage.card, &request, Moment::from_ms(0)).await.unwrap();
        assert_eq!(before, [], "nothing was sent yet");
        let (made, ticket) = stage.made(&order).await;
        assert!(address(&made).contains("/view?filename=retake-take-1"), "{}", address(&made));
        assert_eq!(stage.likeness(&order, &ticket.unwrap()).await, Some(Likeness::Exact));
        let name = stage.provider.upload("image/png", vec![7; 3].into()).await.unwrap().unwrap();
        assert!(name.starts_with("retake/"), "{name}");
    });
}

fn runway() -> Value {
    json!({"provider": "runway", "kind": "video", "model": "gen4_turbo", "price": {"per_second": "0.05"},
        "aspects": ["1280:720", "720:1280"], "inputs": {"prompt": "promptText", "image": "promptImage",
            "aspect": "ratio", "seconds": "duration", "seed": "seed"}})
}

#[test]
fn runway_says_what_it_cost() {
    let stage = Stage::of(runway());
    play(async {
        let image = Some(Given::Inline { mime: "image/png", bytes: Arc::from(&b"\x89PNG"[..]) });
        let (made, ticket) = stage.made(&Order { image, ..stage.order() }).await;
        assert!(address(&made).starts_with("http"));
        let ticket = ticket.unwrap();
        let work = Work { card: &stage.card, ticket: &ticket };
        let Progress::Succeeded { charge: Some(charge) } = stage.provider.poll(work).await.unwrap() else {
            panic!("no charge")
        };
        assert!(!charge.is_zero());
        // A wish to cancel what is finished leaves it there.
        stage.provider.cancel(work).await.unwrap();
        assert!(stage.provider.fetch(work).await.is_ok());
        let request = stage.provider.request(&stage.order()).unwrap();
        let fault = stage.provider.find(&stage.card, &request, Moment::from_ms(0)).await.unwrap_err();
        assert!(fault.message.contains("no list"), "an empty list would be a proof");
        let file = stage.provider.upload("image/png", vec![7; 300_000].into()).await.unwrap().unwrap();
        assert!(file.starts_with("runway://"), "{file}");
    });
}

#[test]
fn luma_is_found_by_its_words() {
    for model in ["ray-2", "ray-3.2"] {
        let stage =
            Stage::of(json!({"provider": "luma", "kind": "video", "model": model, "price": {"per_second": "0.1"},
            "aspects": ["16:9"], "seconds_as": "5s",
            "inputs": {"prompt": "prompt", "aspect": "aspect_ratio", "seconds": "duration"}}));
        play(async {
            let order = stage.order();
            let (made, ticket) = stage.made(&order).await;
            assert!(address(&made).starts_with("http"));
            let ticket = ticket.unwrap();
            assert_eq!(stage.likeness(&order, &ticket).await, Some(Likeness::Same));
            let other = Order { prompt: "something else".to_owned(), ..stage.order() };
            assert_eq!(stage.likeness(&other, &ticket).await, None);
            let work = Work { card: &stage.card, ticket: &ticket };
            stage.provider.cancel(work).await.unwrap();
            assert!(stage.provider.fetch(work).await.is_ok(), "what is finished is not deleted");
        });
    }
}

const JOBS: [(&str, &str); 16] = [
    ("submit_path", "/jobs"),
    ("ticket_at", "/job/id"),
    ("poll_path", "/jobs/{ticket}"),
    ("state_at", "/state"),
    ("done", "done"),
    ("failed", "broken, stopped"),
    ("waiting", "queued"),
    ("error_at", "/reason"),
    ("files_at", "/result/files/*/url"),
    ("cost_at", "/cost/usd"),
    ("cancel_path", "/jobs/{ticket}"),
    ("list_path", "/jobs?since={since}"),
    ("list_at", "/jobs"),
    ("list_ticket_at", "/id"),
    ("list_input_at", "/request"),
    ("auth", "header:X-Api-Key"),
];

#[test]
fn who_is_described_needs_no_code() {
    let card = json!({"provider": "http", "kind": "video", "model": "video-1", "price": {"per_item": "0.05"},
        "defaults": {"model": "video-1"}, "inputs": {"prompt": "prompt", "seed": "seed", "seconds": "seconds"}});
    let stage = Stage::with(card, &JOBS, Script::calm());
    play(async {
        let order = stage.order();
        let (made, ticket) = stage.made(&order).await;
        assert!(address(&made).starts_with("http"));
        let ticket = ticket.unwrap();
        assert_eq!(stage.likeness(&order, &ticket).await, Some(Likeness::Exact));
        let work = Work { card: &stage.card, ticket: &ticket };
        assert!(matches!(stage.provider.poll(work).await.unwrap(), Progress::Succeeded { charge: Some(_) }));
    });
}

#[test]
fn a_key_is_shown_to_nobody_else() {
    let stage = Stage::of(runway());
    let bill = play(async {
        stage.made(&stage.order()).await;
        stage.server.bill()
    });
    assert!(!format!("{bill:?}").contains(&key(stage.name)), "no key stands in what was written down");
}
