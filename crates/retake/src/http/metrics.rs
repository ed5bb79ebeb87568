//! Figures of the whole server, as Prometheus reads them.
//!
//! Counted from what journals say, when somebody asks: nothing is kept that could be wrong.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use axum::http::header;
use axum::response::IntoResponse;
use retake_engine::money::Money;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::caller::Caller;
use super::problem::Problem;
use super::{Service, wait};
use crate::app::{Counter, Filter, Scope};

/// The form that is written.
const FORM: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(super) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(metrics))
}

/// Figures for Prometheus. It takes the scope `admin`.
#[utoipa::path(get, path = "/metrics", tag = "service",
    responses((status = 200, body = String), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn metrics(caller: Caller) -> Result<impl IntoResponse, Problem> {
    let counter = caller.may(Scope::Admin)?;
    let text = wait(move || told(&counter)).await?;
    Ok(([(header::CONTENT_TYPE, FORM)], text))
}

fn told(counter: &Counter) -> Result<String, Problem> {
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
            ("wasted", summary.written_off),
            ("overrun", summary.overrun),
            ("saved", summary.saved_by_reuse),
        ] {
            let all = money.entry(word).or_default();
            *all = all.plus(sum);
        }
        waits += usize::from(summary.awake);
    }
    let mut text = String::new();
    let mut family = |name: &str, help: &str, label: &str, values: Vec<(&str, String)>| {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
        for (word, value) in values {
            let _ = writeln!(text, "{name}{{{label}=\"{word}\"}} {value}");
        }
    };
    let counts = |counts: BTreeMap<&'static str, usize>| {
        counts.into_iter().map(|(word, count)| (word, count.to_string())).collect()
    };
    family("retake_runs", "Runs, by where they stand.", "status", counts(status));
    family("retake_items", "Items of all runs, by where they stand.", "state", counts(items));
    let dollars = money.into_iter().map(|(word, sum)| (word, sum.to_string())).collect();
    family("retake_usd", "Money of all runs, in US dollars.", "kind", dollars);
    let _ = writeln!(
        text,
        "# HELP retake_awake Runs that somebody has to carry.\n# TYPE retake_awake gauge\nretake_awake {waits}"
    );
    Ok(text)
}
