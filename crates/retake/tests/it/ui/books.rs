//! The ledger, orphans, models and waits: what people read of paid work.

use std::time::Duration;

use retake::ui::ledger::{self, Caps, Ledger};
use retake::ui::models::{self, Row};
use retake::ui::paint::{Look, Page};
use retake::ui::{orphans, waits};
use retake_engine::admission::{Bears, Rate};
use retake_engine::fault::{Acceptance, Class};
use retake_engine::host::{Outlook, Waiting, Why};
use retake_engine::money::Money;
use retake_engine::performer::{Answer, Kind};

use super::studio::{Studio, fault, half_way, look, nodes, partial, spec};

fn shown(columns: &[usize], page: impl Fn(&Look) -> Page) -> String {
    let each = columns.iter().map(|columns| {
        let look = look(*columns);
        format!("{:-<columns$}\n{}", "", page(&look).render(&look))
    });
    each.collect::<Vec<_>>().join("\n")
}

/// A film of which one submission was never answered, and cannot be looked for.
fn held() -> Studio {
    let mut all = nodes(&["storm", "lamp"], true);
    for node in all.iter_mut().filter(|node| node.id.as_str() == "lamp/video") {
        node.route = vec!["hedra-one".into()];
    }
    let mut studio = Studio::new(spec(all));
    for node in ["storm/voice", "storm/image", "lamp/voice", "lamp/image"] {
        studio.buy(node, 3, 2);
    }
    studio.submit("storm/video", 36);
    studio.prepare("lamp/video", 90);
    let lost = retake_engine::fault::Fault::new(Class::Unclear, Acceptance::Unknown, "the connection was reset");
    studio.answer("lamp/video", Kind::Submit, Answer::Failed(lost.into()));
    studio.pass(40);
    studio
}

#[test]
fn the_ledger_names_every_take_and_adds_up_to_the_fold() {
    for studio in [half_way(), partial(), held()] {
        let story = studio.story();
        let caps = Caps { account: Money::from_cents(10_000), day: Money::from_cents(2_500), now: studio.now };
        let book = Ledger::of([&story], Some(caps));
        let fold = story.state().ledger();
        let sum = |of: fn(&ledger::Entry) -> Money| book.runs[0].takes.iter().map(of).sum::<Money>();
        assert_eq!(sum(|take| take.settled_usd), fold.settled());
        assert_eq!(sum(|take| take.reserved_usd), fold.reserved());
        assert_eq!(sum(|take| take.written_off_usd), fold.written_off());
        let models = |of: fn(&ledger::Model) -> Money| book.models.iter().map(of).sum::<Money>();
        assert_eq!(models(|model| model.settled_usd), fold.settled());
        assert_eq!(models(|model| model.reserved_usd), fold.reserved());
        let account = book.account.expect("all runs were looked at");
        assert_eq!((account.committed_usd, account.committed_today_usd), (fold.committed(), fold.committed()));
    }
}

#[test]
fn a_ledger_as_it_is_read() {
    let caps = Caps { account: Money::from_cents(10_000), day: Money::from_cents(2_500), now: held().now };
    let stories = [partial().story(), held().story()];
    let book = Ledger::of(&stories, Some(caps));
    insta::assert_snapshot!(shown(&[60, 80, 120], |look| ledger::page(&book, false, look)));
}

#[test]
fn a_ledger_of_nothing() {
    let book = Ledger::of(&[], None);
    insta::assert_snapshot!(shown(&[80], |look| ledger::page(&book, false, look)));
}

#[test]
fn orphans_say_until_when_they_can_be_had() {
    let studio = held();
    let keeps = |provider: &str| (provider == "replicate").then_some(Duration::from_secs(3_600));
    let story = studio.story();
    let soon = orphans::of(&story, &keeps, studio.now);
    let late = orphans::of(&story, &keeps, studio.now.after(Duration::from_secs(7_200)));
    let none = orphans::of(&partial().story(), &keeps, studio.now);
    insta::assert_snapshot!(shown(&[80], |look| {
        let mut page = orphans::page(&soon, look);
        page.gap();
        page.append(orphans::page(&late, look));
        page.gap();
        page.append(orphans::page(&none, look));
        page
    }));
}

fn outlook(studio: &Studio) -> Outlook {
    let waiting = |node: &str, model: &str, why: Why, secs: Option<u64>| Waiting {
        node: node.into(),
        model: Some(model.into()),
        provider: Some("replicate".into()),
        why,
        until: secs.map(|secs| studio.now.after(Duration::from_secs(secs))),
    };
    let rate = Rate { count: 600, per: Duration::from_secs(60) };
    Outlook {
        at: studio.now,
        nodes: vec![
            waiting("lens/video", "seedance-lite", Why::Asked, Some(12)),
            waiting("end/voice", "rachel", Why::Full { filled: 5, width: 5, concurrency: 8 }, None),
            waiting("end/image", "flux-dev", Why::Breaker { probing: false }, Some(30)),
        ],
        providers: vec![Bears { provider: "replicate".into(), filled: 5, width: 5, concurrency: 8, rate }],
    }
}

#[test]
fn why_it_does_not_go_faster() {
    let studio = half_way();
    let (story, outlook) = (studio.story(), outlook(&studio));
    insta::assert_snapshot!(shown(&[60, 80], |look| waits::page(&story, Some(&outlook), studio.now, look)));
    let told = waits::Told::of(&outlook, studio.now);
    insta::assert_snapshot!(serde_json::to_string_pretty(&told).unwrap());
}

#[test]
fn the_live_view_shows_what_is_waited_for() {
    let studio = half_way();
    let mut board = studio.board();
    board.look_out(Some(outlook(&studio)));
    insta::assert_snapshot!(shown(&[80], |look| board.page(look, studio.now)));
}

#[test]
fn a_wait_is_said_once_and_again_when_it_comes_back() {
    let studio = half_way();
    let (story, outlook) = (studio.story(), outlook(&studio));
    let mut said = waits::Said::default();
    let first = said.news(&story, &outlook, studio.now);
    insta::assert_snapshot!(first.join("\n"));
    let at = |secs| studio.now.after(Duration::from_secs(secs));
    assert!(said.news(&story, &outlook, at(30)).is_empty());
    assert!(said.news(&story, &Outlook::default(), at(50)).is_empty());
    assert_eq!(said.news(&story, &outlook, at(200)).len(), first.len());
}

fn row(name: &str, kind: &str, provider: &str, price: &str, set: Option<&str>) -> Row {
    let about = "cheap and steady; the usual first choice".to_owned();
    let (name, kind, provider, price) = (name.into(), kind.into(), provider.into(), price.into());
    let set = set.map(str::to_owned);
    Row { name, kind, provider, price, unverified: false, about, available: set.is_none(), own: false, set }
}

#[test]
fn the_table_of_models() {
    let token = Some("REPLICATE_API_TOKEN");
    let rows = [
        row("heart", "speech", "local", "free", None),
        Row { available: false, ..row("flite", "speech", "local", "free", None) },
        row("rachel", "speech", "elevenlabs", "$0.30/1k chars", Some("ELEVENLABS_API_KEY")),
        row("seedance-lite", "video", "replicate", "$0.036/s", token),
        Row { unverified: true, ..row("seedance-2", "video", "replicate", "$0.13/s", token) },
        row("kenburns", "video", "local", "free", None),
        Row { own: true, ..row("my-cog", "image", "cog", "free", None) },
        row("nano-banana-lite", "image", "google", "$0.04 each", Some("GEMINI_API_KEY")),
        row("gpt-luna", "code", "openai", "$0.15 in, $0.60 out /1M tok", None),
    ];
    insta::assert_snapshot!(shown(&[60, 80, 120], |look| models::page(&rows, look)));
    insta::assert_snapshot!(shown(&[80], |look| models::page(&[], look)));
}

#[test]
fn what_a_look_at_models_came_to() {
    let said = [
        "`prompt` is given as `text`, which the model does not take".to_owned(),
        "a length of 6 s is none that the model accepts".to_owned(),
    ];
    let gone = ["fal knows no model fal-ai/old".to_owned()];
    let key = ["set FAL_KEY".to_owned()];
    insta::assert_snapshot!(shown(&[80], |look| {
        let mut page = models::checked("flux-dev", "replicate", "agrees", &[], look);
        for (name, provider, finding, said) in [
            ("seedance-lite", "replicate", "differs", &said[..]),
            ("kling", "fal", "gone", &gone),
            ("gen45", "runway", "unpublished", &[]),
            ("flux-2", "fal", "unasked", &key),
            ("ray", "luma", "silent", &gone),
        ] {
            page.append(models::checked(name, provider, finding, said, look));
        }
        page
    }));
}

#[test]
fn a_fault_that_was_asked_for_is_waited_out_in_the_open() {
    let mut studio = Studio::new(spec(nodes(&["storm"], true)));
    let wait = fault(Class::Throttled, "429").retry_after(Duration::from_secs(12));
    studio.refuse("storm/image", 3, wait);
    let story = studio.story();
    insta::assert_snapshot!(shown(&[80], |look| waits::page(&story, None, studio.now, look)));
}
