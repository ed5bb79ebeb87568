//! Films in object stores: who asks for one gets an address that opens it for a while, and nothing else.

use super::call::Call;
use super::{PLAN, Server};
use crate::cli::Bench;

#[path = "../../../../retake-film/tests/it/shop.rs"]
#[expect(dead_code, reason = "here the store is always fair, and is asked only for films")]
mod shop;

use shop::{Mood, Shop};

#[test]
fn a_film_in_a_store_is_fetched_by_an_address_that_was_signed_for_it_alone() {
    let (shop, bench) = (Shop::open(Mood::Fair), Bench::new());
    bench.write("retake.toml", "[serve]\ndeliver = [\"s3://films/\"]\n");
    let keys = [
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "hush"),
        ("AWS_ENDPOINT", &*shop.endpoint),
        ("AWS_ALLOW_HTTP", "true"),
    ];
    let server = Server::start_with(bench, &[], &keys);
    let run = server.post_plan(&format!("{PLAN}deliver: s3://films/new\n"));
    assert_eq!(server.ended(&run)["status"], "completed");
    let answer = server.get(&format!("/api/runs/{run}/delivery")).is(200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let told = answer.json();
    let url = told["url"].as_str().unwrap();
    assert!(url.contains("/films/new/two-cards.mp4?") && url.contains("X-Amz-Expires=3600"), "{url}");
    assert!(told["expires"].as_u64().is_some() && !url.contains("hush"), "{told}");
    let (_, rest) = url.split_once("://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let fetch = |path: &str| Call::new(host.parse().unwrap(), "GET", &format!("/{path}")).send();
    let film = fetch(path).is(200);
    assert_eq!(film.header("content-type"), Some("video/mp4"));
    let forged = path.replace("X-Amz-Expires=3600", "X-Amz-Expires=360000");
    fetch(&forged).is(403);
    fetch(&path.replace("two-cards.mp4", "two-cards.json")).is(403);
    // What everybody may know of a run holds no such address.
    for path in [format!("/api/runs/{run}?include=nodes"), format!("/api/runs/{run}"), format!("/runs/{run}")] {
        assert!(!server.get(&path).is(200).text().contains("X-Amz-Signature"), "{path}");
    }
}

#[test]
fn a_film_in_a_folder_is_fetched_from_the_service_and_none_is_told_so() {
    let server = Server::new();
    let run = server.post_plan(PLAN);
    let early = server.get(&format!("/api/runs/{run}/delivery"));
    assert!([200, 404].contains(&early.status), "{}", early.text());
    server.ended(&run);
    let told = server.get(&format!("/api/runs/{run}/delivery")).is(200).json();
    assert_eq!(told["url"], format!("/api/runs/{run}/film"));
    assert!(told["expires"].is_null(), "{told}");
    server.get(told["url"].as_str().unwrap()).is(200);
    let failed = server.post_plan("film: X\nsize: 160x90\nscenes: [{clip: 'https://127.0.0.1:9/x.mp4'}]\n");
    server.ended(&failed);
    server.get(&format!("/api/runs/{failed}/delivery")).is(404).says("not-found");
}
