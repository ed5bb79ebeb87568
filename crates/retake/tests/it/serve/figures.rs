//! Figures: what the service says of itself, in the form that Prometheus reads.

use std::collections::BTreeMap;

use retake_rehearsal::{Pace, Script};

use super::call::Call;
use super::{PLAN, Server};
use crate::cli::paid::Stage;
use crate::web::Service;

/// Every figure by its name and labels. What is no line of the form fails.
fn figures(text: &str) -> BTreeMap<String, String> {
    let mut family = String::new();
    let mut found = BTreeMap::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert!(["gauge", "counter", "histogram"].contains(&kind), "{line}");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
            family = name.to_owned();
        } else if !line.starts_with("# HELP ") {
            assert!(line.starts_with(&family), "{line} stands in {family}");
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert!(value.parse::<f64>().is_ok(), "{line}");
            assert!(found.insert(name.to_owned(), value.to_owned()).is_none(), "{line} stands twice");
        }
    }
    found
}

#[track_caller]
fn at<'f>(found: &'f BTreeMap<String, String>, name: &str) -> &'f str {
    found.get(name).unwrap_or_else(|| panic!("{name} is missing in {found:#?}"))
}

#[track_caller]
fn count(found: &BTreeMap<String, String>, name: &str) -> u64 {
    at(found, name).parse().unwrap()
}

#[test]
fn what_goes_on_is_told_in_figures() {
    let server = Server::new();
    let run = server.post_plan(&PLAN.replace("Two cards", "A \\\"hostile\\\" } name"));
    server.ended(&run);
    server.get("/api/runs/01a2007c-8402-700a-be1e-fad219984a53").is(404);
    server.get("/no/such/page").is(404);
    let text = server.get("/metrics").is(200);
    assert!(text.header("content-type").unwrap().starts_with("text/plain; version=0.0.4"));
    assert!(!text.text().contains("hostile") && !text.text().contains(&run), "{}", text.text());
    let found = figures(&text.text());
    assert_eq!(count(&found, "retake_runs{status=\"completed\"}"), 1);
    assert!(count(&found, "retake_items{state=\"complete\"}") >= 2);
    let kept: u64 = found
        .iter()
        .filter(|(name, _)| name.starts_with("retake_takes_total") && name.contains("outcome=\"kept\""))
        .map(|(_, count)| count.parse::<u64>().unwrap())
        .sum();
    assert!(kept >= 3, "{found:#?}");
    let counted = |name: &str| count(&found, &format!("{name}_count"));
    assert_eq!(counted("retake_queue_seconds"), kept, "each take had waited for its place");
    assert!(counted("retake_commit_seconds") >= 3);
    assert_eq!(counted("retake_commit_seconds"), counted("retake_commit_writes"));
    assert!(count(&found, "retake_commit_writes_sum") >= counted("retake_commit_writes"));
    assert_eq!(count(&found, "retake_commit_seconds_bucket{le=\"+Inf\"}"), counted("retake_commit_seconds"));
    let call = |route: &str, status: &str| {
        count(&found, &format!("retake_http_requests_total{{route=\"{route}\",status=\"{status}\"}}"))
    };
    assert_eq!((call("/api/runs", "2xx"), call("/api/runs/{run}", "4xx"), call("other", "4xx")), (1, 1, 1));
    assert_eq!(count(&found, "retake_notices_total{outcome=\"received\"}"), 0);
}

const FILM: &str = "
film: A failure
size: 320x180
budget: 5.00
image: [storyboard]
video: [seedance-lite, kenburns]
scenes:
  - {id: storm, shot: Waves hit a lighthouse at night}
  - {id: lamp, shot: A keeper lights a lamp}
";

#[test]
fn money_faults_and_breakers_are_counted() {
    let script = "rules:\n  - {provider: replicate, at: submit, nth: [1], do: throttle}\n";
    let stage = Stage::new(Script::read(script).unwrap(), Pace::quick(), "");
    let service = Service::of(stage.command(&["serve", "--listen", "127.0.0.1:0", "--json"]));
    let page = service.make(FILM);
    assert_eq!(service.settled(&page), "completed");
    let found = figures(&Call::new(service.at.parse().unwrap(), "GET", "/metrics").send().is(200).text());
    let take = |class: &str, outcome: &str| {
        count(&found, &format!("retake_takes_total{{model=\"seedance-lite\",class=\"{class}\",outcome=\"{outcome}\"}}"))
    };
    assert_eq!((take("throttled", "refused"), take("none", "kept")), (1, 2));
    assert_ne!(at(&found, "retake_usd{kind=\"settled\"}"), "0.000000");
    assert_eq!(at(&found, "retake_usd{kind=\"reserved\"}"), "0.000000");
    assert!(found.keys().any(|name| name.starts_with("retake_breaker{provider=\"replicate\"")), "{found:#?}");
    assert_eq!(count(&found, "retake_provider_in_flight{provider=\"replicate\"}"), 0);
}
