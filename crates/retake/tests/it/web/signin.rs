//! Tokens in a browser: a cookie that no script reads, that changes nothing for other sites, and shows only one's own.

use super::{CARDS, Service};
use crate::cli::Bench;

fn token(bench: &Bench, tenant: &str, scopes: &str) -> String {
    let said = bench.run(&["token", "new", tenant, "--scopes", scopes, "--json"]).is(0);
    said.json()["token"].as_str().unwrap().to_owned()
}

/// The cookie that somebody gets for a token.
fn cookie(service: &Service, token: &str) -> String {
    let answer = service.form("/signin", &[("token", token), ("next", "/new")]);
    assert_eq!((answer.status, answer.header("location")), (303, "/new"), "{}", answer.text());
    let set = answer.header("set-cookie").to_owned();
    for part in ["; HttpOnly", "; SameSite=Strict", "; Path=/"] {
        assert!(set.contains(part), "{set}");
    }
    set.split(';').next().unwrap().to_owned()
}

#[test]
fn whoever_has_no_token_is_shown_the_door_and_whoever_has_one_their_films_alone() {
    let bench = Bench::new();
    std::fs::create_dir_all(bench.path(".retake")).unwrap();
    let [ann, bob, eye] =
        [("ann", "runs:read,runs:write"), ("bob", "runs:read,runs:write,budget"), ("ann", "runs:read")]
            .map(|(tenant, scopes)| token(&bench, tenant, scopes));
    let service = Service::start(&bench);
    let to_the_door = service.get("/");
    assert_eq!((to_the_door.status, to_the_door.header("location")), (303, "/signin"));
    assert_eq!(service.get("/new?run=1").header("location"), "/signin?next=/new");
    service.get("/signin?next=//evil.example").is_page(200).tells(&["type=\"password\"", "name=\"next\" value=\"/\""]);
    service.form("/signin", &[("token", "rtk_0_0")]).is_page(401).tells(&["role=\"alert\""]);
    assert_eq!(service.form("/signin", &[("token", "rtk_0_0\r\nSet-Cookie: a=b")]).status, 401);
    let [ann, bob, eye] = [ann, bob, eye].map(|token| cookie(&service, &token));
    let origin = service.origin();
    let as_one = |cookie: &str, path: &str, origin: Option<&str>, fields: &[(&str, &str)]| {
        let headers: Vec<(&str, &str)> =
            [("Cookie", cookie)].into_iter().chain(origin.map(|from| ("Origin", from))).collect();
        service.form_with(path, &headers, fields)
    };
    let made = as_one(&ann, "/new", Some(&origin), &[("plan", CARDS)]);
    assert_eq!(made.status, 303, "{}", made.text());
    let page = made.header("location").to_owned();
    let get = |cookie: &str, path: &str| service.ask("GET", path, &[("Cookie", cookie)], "");
    get(&ann, &page).is_page(200).tells(&["Sign out"]);
    get(&eye, &page).is_page(200);
    // Without a word of where it comes from, a cookie changes nothing: at the page as at the API.
    assert_eq!(as_one(&ann, &format!("{page}/cancel"), None, &[]).status, 403);
    assert_eq!(as_one(&ann, &format!("/api{page}/cancel"), None, &[]).status, 403);
    assert_eq!(as_one(&ann, &format!("{page}/cancel"), Some("http://evil.example"), &[]).status, 403);
    assert_eq!(as_one(&eye, &format!("{page}/cancel"), Some(&origin), &[]).status, 403, "who may only look");
    assert_eq!(
        as_one(&ann, &format!("{page}/budget"), Some(&origin), &[("usd", "9")]).status,
        403,
        "who may not raise caps"
    );
    // What is somebody else's is not there.
    get(&bob, "/").is_page(200).tells(&["No films yet."]);
    let run = page.rsplit('/').next().unwrap();
    for path in [page.clone(), format!("{page}/board"), format!("{page}/poster"), format!("/new?run={run}")] {
        assert_eq!(get(&bob, &path).status, 404, "{path}");
    }
    for deed in ["cancel", "resume", "retry", "redo", "budget"] {
        let fields = [("usd", "9.00"), ("what", "one")];
        assert_eq!(as_one(&bob, &format!("{page}/{deed}"), Some(&origin), &fields).status, 404, "{deed}");
    }
    let left = as_one(&ann, "/signout", Some(&origin), &[]);
    assert!(left.header("set-cookie").starts_with("retake=; Path=/; Max-Age=0"), "{left:?}");
}
