//! Figures of the whole server, as Prometheus reads them.
//!
//! Where runs stand and what they cost is counted from what journals say, when somebody asks: nothing is kept that could
//! be wrong. What only happens, such as takes, waits and calls, is counted since the process began. A label is a word of
//! ours, a model or a provider, never what a tenant wrote.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use retake_engine::admission::Breaking;
use retake_engine::money::Money;
use retake_engine::store::commits::Seen;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::caller::Caller;
use super::problem::Problem;
use super::{Service, wait};
use crate::app::{Counter, Fate, Filter, Scope};
use crate::ui::words;

/// The form that is written.
const FORM: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(super) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(metrics))
}

/// Figures for Prometheus. It takes the scope `admin`.
#[utoipa::path(get, path = "/metrics", tag = "service",
    responses((status = 200, body = String), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn metrics(State(service): State<Service>, caller: Caller) -> Result<impl IntoResponse, Problem> {
    let counter = caller.may(Scope::Admin)?;
    let text = wait(move || {
        let mut page = Page::default();
        runs(&counter, &mut page)?;
        takes(&service, &mut page);
        engine(&service, &mut page);
        calls(&service, &mut page);
        Ok(page.text)
    })
    .await?;
    Ok(([(header::CONTENT_TYPE, FORM)], text))
}

/// What is written.
#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    /// A family of figures, each with its labels.
    fn family<'l>(
        &mut self,
        (name, kind, help): (&str, &str, &str),
        values: impl IntoIterator<Item = (Vec<(&'l str, String)>, String)>,
    ) {
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in values {
            self.value(name, &labels, &value);
        }
    }

    fn value(&mut self, name: &str, labels: &[(&str, String)], value: &impl Display) {
        let labels: Vec<String> = labels.iter().map(|(label, word)| format!("{label}=\"{}\"", escaped(word))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.text, "{name}{labels} {value}");
    }

    /// Figures that stand alone.
    fn one(&mut self, family: (&str, &str, &str), value: impl Display) {
        self.family(family, [(Vec::new(), value.to_string())]);
    }

    /// Figures by a single label.
    fn by<'w>(
        &mut self,
        family: (&str, &str, &str),
        label: &'static str,
        values: impl IntoIterator<Item = (&'w str, String)>,
    ) {
        self.family(family, values.into_iter().map(|(word, value)| (vec![(label, word.to_owned())], value)));
    }

    /// How values are spread; their unit is so many of the ones that were counted.
    fn spread(&mut self, name: &str, help: &str, seen: &Seen, unit: u64) {
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} histogram");
        let (bucket, all) = (format!("{name}_bucket"), seen.count);
        for (bound, count) in &seen.below {
            self.value(&bucket, &[("le", decimal(*bound, unit))], count);
        }
        self.value(&bucket, &[("le", "+Inf".to_owned())], &all);
        self.value(&format!("{name}_sum"), &[], &decimal(seen.sum, unit));
        self.value(&format!("{name}_count"), &[], &all);
    }
}

/// A label's text as the form wants it.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// A number in a larger unit, exactly: 2500 thousandths are 2.5.
fn decimal(value: u64, unit: u64) -> String {
    let (whole, part) = (value / unit, value % unit);
    if part == 0 {
        return whole.to_string();
    }
    let digits = unit.ilog10() as usize;
    let part = format!("{part:0digits$}");
    format!("{whole}.{}", part.trim_end_matches('0'))
}

/// Where runs stand, and what they cost.
fn runs(counter: &Counter, page: &mut Page) -> Result<(), Problem> {
    let runs = counter.list(&Filter::default(), usize::MAX)?.runs;
    let (mut status, mut items): (BTreeMap<&str, usize>, BTreeMap<&str, usize>) = Default::default();
    let mut money: BTreeMap<&str, Money> = BTreeMap::new();
    let mut waits = 0;
    for summary in runs.iter().filter_map(|brief| brief.summary.as_ref()) {
        *status.entry(summary.status.word()).or_default() += 1;
        let all = &summary.items;
        for (word, count) in [
            ("pending", all.pending),
            ("generating", all.generating),
            ("complete", all.complete),
            ("failed", all.failed),
            ("failed_permanent", all.failed_permanent),
        ] {
            *items.entry(word).or_default() += count;
        }
        for (word, sum) in [
            ("settled", summary.settled),
            ("reserved", summary.reserved),
            ("written_off", summary.written_off),
            ("overrun", summary.overrun),
            ("saved", summary.saved_by_reuse),
        ] {
            let all = money.entry(word).or_default();
            *all = all.plus(sum);
        }
        waits += usize::from(summary.awake);
    }
    let counts = |counts: BTreeMap<&'static str, usize>| {
        counts.into_iter().map(|(word, count)| (word, count.to_string())).collect::<Vec<_>>()
    };
    page.by(("retake_runs", "gauge", "Runs, by where they stand."), "status", counts(status));
    page.by(("retake_items", "gauge", "Items of all runs, by where they stand."), "state", counts(items));
    let dollars = money.into_iter().map(|(word, sum)| (word, sum.to_string()));
    page.by(("retake_usd", "gauge", "Money of all runs, in US dollars."), "kind", dollars);
    page.one(("retake_awake", "gauge", "Runs that somebody has to carry."), waits);
    Ok(())
}

const fn fate(fate: Fate) -> &'static str {
    match fate {
        Fate::Kept => "kept",
        Fate::Spare => "spare",
        Fate::Failed => "failed",
        Fate::Refused => "refused",
        Fate::Unclear => "unclear",
        Fate::Cleared => "cleared",
        Fate::Held => "held",
        Fate::WrittenOff => "written_off",
    }
}

/// What became of takes, and how long nodes waited.
fn takes(service: &Service, page: &mut Page) {
    let takes = service.figures.takes().into_iter().map(|(kind, count)| {
        let model = kind.model.as_ref().map_or("other", |model| model.as_str()).to_owned();
        let class = kind.class.map_or("none", words::class).to_owned();
        (vec![("model", model), ("class", class), ("outcome", fate(kind.fate).to_owned())], count.to_string())
    });
    page.family(
        ("retake_takes_total", "counter", "Takes, by model, by what they failed by, and by what became of them."),
        takes,
    );
    let waits = service.figures.waits_ms.seen();
    page.spread("retake_queue_seconds", "How long a node that could go ahead waited for its place.", &waits, 1_000);
}

/// Nodes, providers, and the store.
fn engine(service: &Service, page: &mut Page) {
    // Where nothing goes on any more, all else can still be told.
    let moment = service.app.moment().unwrap_or_default();
    let nodes = moment.nodes.into_iter().map(|(state, count)| (state.word(), count.to_string()));
    page.by(
        ("retake_nodes", "gauge", "Nodes of runs that somebody has to carry, by where they stand."),
        "state",
        nodes,
    );
    let used: Vec<_> =
        moment.providers.iter().map(|bears| (bears.provider.as_str(), bears.filled.to_string())).collect();
    page.by(("retake_provider_in_flight", "gauge", "Calls in flight at a provider."), "provider", used);
    let width: Vec<_> =
        moment.providers.iter().map(|bears| (bears.provider.as_str(), bears.width.to_string())).collect();
    page.by(("retake_provider_width", "gauge", "Calls in flight that a provider bears now."), "provider", width);
    let breakers = moment.breakers.into_iter().map(|(provider, model, breaking)| {
        let value = match breaking {
            Breaking::Closed => 0,
            Breaking::Probing => 1,
            Breaking::Resting => 2,
        };
        let labels = vec![("provider", provider.as_str().to_owned()), ("model", model.as_str().to_owned())];
        (labels, value.to_string())
    });
    page.family(
        (
            "retake_breaker",
            "gauge",
            "Whether takes of a model are let through: 0 yes, 1 one that tries, 2 none for now.",
        ),
        breakers,
    );
    let commits = service.app.commits();
    let spans = "How long a commit of the store took, the sync with it.";
    page.spread("retake_commit_seconds", spans, &commits.spans_us.seen(), 1_000_000);
    page.spread("retake_commit_writes", "How many writes a commit of the store took.", &commits.sizes.seen(), 1);
}

/// What the service did.
fn calls(service: &Service, page: &mut Page) {
    let calls = service.counts.calls().into_iter();
    let calls =
        calls.map(|((route, kind), count)| (vec![("route", route), ("status", kind.to_owned())], count.to_string()));
    page.family(("retake_http_requests_total", "counter", "Calls, by route and kind of answer."), calls);
    let read = |count: &AtomicU64| count.load(Ordering::Relaxed).to_string();
    let counts = &service.counts;
    let notices = [("received", &counts.told), ("failed", &counts.untold), ("given_up", &counts.given_up)];
    let notices = notices.map(|(word, count)| (word, read(count)));
    page.by(("retake_notices_total", "counter", "Sendings of notices, by what became of them."), "outcome", notices);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_written_with_exact_bounds() {
        let mut page = Page::default();
        let seen = Seen { below: vec![(250, 1), (2_500, 3), (1_000_000, 3)], count: 4, sum: 3_000_250 };
        page.spread("x_seconds", "How long.", &seen, 1_000_000);
        insta::assert_snapshot!(page.text, @r#"
        # HELP x_seconds How long.
        # TYPE x_seconds histogram
        x_seconds_bucket{le="0.00025"} 1
        x_seconds_bucket{le="0.0025"} 3
        x_seconds_bucket{le="1"} 3
        x_seconds_bucket{le="+Inf"} 4
        x_seconds_sum 3.00025
        x_seconds_count 4
        "#);
    }

    #[test]
    fn a_label_ends_where_it_should() {
        let mut page = Page::default();
        page.by(("x", "gauge", "X."), "word", [("a\"} 1\nb\\", "2".to_owned())]);
        assert_eq!(page.text, "# HELP x X.\n# TYPE x gauge\nx{word=\"a\\\"} 1\\nb\\\\\"} 2\n");
    }
}
