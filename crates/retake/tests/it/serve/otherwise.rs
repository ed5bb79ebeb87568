//! A redo with other words or another model, and what of a run's making is said by its call alone.

use serde_json::{Value, json};

use super::{PLAN, Server};
use crate::cli::Bench;
use crate::cli::lost::damage;

const SHOTS: &str = "# of mine
film: A lamp
size: 160x90
min_clips: 1
scenes:
  - {id: one, title: One, seconds: 1}   # the first
  - id: two
    still: A lamp on a table   # seen from above
    seconds: 1
";

fn redo(server: &Server, run: &str, body: &Value) -> super::Answer {
    server.call("POST", &format!("/api/runs/{run}/redo")).json(body).send()
}

fn run_of(answer: &super::Answer) -> String {
    answer.json()["run"].as_str().unwrap().to_owned()
}

/// Each node of a run that took something over.
fn reused(server: &Server, run: &str) -> Vec<String> {
    let history = server.get(&format!("/api/runs/{run}/history?limit=1000")).is(200).json();
    let events = history["events"].as_array().unwrap().iter();
    let taken = events.filter(|event| event["event"] == "reused");
    taken.map(|event| event["node"].as_str().unwrap().to_owned()).collect()
}

fn plans(server: &Server) -> Vec<String> {
    let posted = std::fs::read_dir(server.bench.path(".retake/posted")).into_iter().flatten();
    let files = posted.flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap());
    let paths = files.map(|file| file.unwrap().path()).filter(|path| path.is_file());
    paths.map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

#[test]
fn the_words_of_a_plan_lie_with_its_run_and_are_laid_out_once_somebody_wants_them() {
    let server = Server::new();
    server.call("POST", "/api/quotes").body("application/yaml", SHOTS).send().is(200);
    let run = server.post_plan(SHOTS);
    assert_eq!(server.ended(&run)["status"], "completed");
    assert_eq!(plans(&server), Vec::<String>::new());
    // All that a power cut may take: what was accepted is written down elsewhere.
    let server = server.killed();
    std::fs::remove_dir_all(server.bench.path(".retake/posted")).unwrap();
    assert!(server.get(&format!("/new?run={run}")).is(200).text().contains("A lamp"));
    assert_eq!(plans(&server), [SHOTS]);
    std::fs::remove_dir_all(server.bench.path(".retake/posted")).unwrap();
    let second = run_of(&redo(&server, &run, &json!({"what": "two", "words": "A lamp: it falls"})).is(202));
    assert_eq!(server.ended(&second)["status"], "completed");
    assert!(!reused(&server, &second).is_empty());
}

#[test]
fn other_words_make_the_same_film_anew_where_they_stand_and_nothing_else() {
    let server = Server::new();
    let first = server.post_plan(SHOTS);
    assert_eq!(server.ended(&first)["status"], "completed");
    let words = json!({"what": "two", "words": "A lamp: it falls"});
    let answer = redo(&server, &first, &words).is(202);
    let second = run_of(&answer);
    assert_ne!(second, first);
    assert_eq!(
        (answer.json()["url"].as_str(), answer.header("location")),
        (Some(&*format!("/api/runs/{second}")), Some(&*format!("/api/runs/{second}")))
    );
    assert_eq!(server.ended(&second)["status"], "completed");
    let made_by = |run: &str| server.get(&format!("/api/runs/{run}/manifest")).is(200).json()["run"].clone();
    assert_eq!((made_by(&first), made_by(&second)), (json!(first), json!(second)), "each has its own");
    redo(&server, &first, &json!({"what": "two"})).is(409).says("conflict");
    let taken = reused(&server, &second);
    assert!(taken.iter().any(|node| node.starts_with("one/")), "{taken:?}");
    assert!(!taken.contains(&"two/image".to_owned()), "{taken:?}");
    let texts = plans(&server);
    let [text] = &texts[..] else { panic!("one film has one plan: {texts:?}") };
    assert!(text.starts_with("# of mine\n") && text.contains("\"A lamp: it falls\"   # seen from above"), "{text}");
    // Twice is once, whoever sends it again.
    assert_eq!(run_of(&redo(&server, &first, &words).is(202)), second);
    assert_eq!(server.get("/api/runs").is(200).json()["runs"].as_array().unwrap().len(), 2);
    // Where another run has taken its place, nothing else is changed from there.
    redo(&server, &first, &json!({"what": "two", "words": "Other"})).is(409).says("conflict");
    let third = run_of(&redo(&server, &second, &json!({"what": "one", "words": "Uno"})).is(202));
    assert_eq!(server.ended(&third)["status"], "completed");
    assert!(!reused(&server, &third).iter().any(|node| node.starts_with("one/title")));
    assert!(reused(&server, &third).contains(&"two/image".to_owned()), "the words before hold on");
    // A power cut changes nothing of it.
    let server = server.killed();
    assert_eq!(run_of(&redo(&server, &second, &json!({"what": "one", "words": "Uno"})).is(202)), third);
}

#[test]
fn what_was_damaged_is_made_again_with_what_is_wanted_otherwise() {
    let server = Server::new();
    let first = server.post_plan(SHOTS);
    assert_eq!(server.ended(&first)["status"], "completed");
    assert!(damage(&server.bench) > 6);
    let second = run_of(&redo(&server, &first, &json!({"what": "two", "words": "A lamp that falls"})).is(202));
    assert_eq!(server.ended(&second)["status"], "completed");
    assert!(damage(&server.bench) > 6);
    let third = server.call("POST", &format!("/api/runs/{second}/retry")).send().is(200).json();
    let third = third["run"].as_str().unwrap().to_owned();
    assert_ne!(third, second, "what is lost is made by a run in its place");
    assert_eq!(server.ended(&third)["status"], "completed");
    server.call("POST", &format!("/api/runs/{third}/retry")).send().is(409);
}

#[test]
fn what_cannot_be_had_otherwise_is_told_and_leaves_the_plan_as_it_was() {
    let server = Server::new();
    let run = server.post_plan(SHOTS);
    server.ended(&run);
    for (body, status, code, words) in [
        (json!({"what": "tow", "words": "x"}), 409, "conflict", "did you mean `two`"),
        (json!({"what": "two", "words": "@nobody walks"}), 422, "invalid-plan", "nobody is called"),
        (json!({"what": "two", "words": " "}), 422, "invalid-plan", "empty"),
        (json!({"what": "two", "model": "flux-devv"}), 409, "conflict", "did you mean `flux-dev`"),
        (json!({"what": "two", "model": "kenburns"}), 409, "conflict", "films"),
        (json!({"what": "one", "model": "storyboard"}), 409, "conflict", "draws"),
        (json!({"what": "two/image", "model": "kenburns"}), 409, "conflict", "cannot make"),
        (json!({"what": "two", "model": "flux-dev"}), 402, "refused", "REPLICATE_API_TOKEN"),
        (json!({"what": "two/voice", "words": "x"}), 409, "conflict", "two/voice"),
        (json!({"what": "two", "wrods": "x"}), 400, "invalid-request", "wrods"),
    ] {
        let answer = redo(&server, &run, &body).is(status).says(code);
        assert!(answer.text().contains(words), "`{words}` is missing in {}", answer.text());
    }
    assert_eq!(plans(&server), [SHOTS]);
    assert_eq!(server.get("/api/runs").is(200).json()["runs"].as_array().unwrap().len(), 1);
    let same = redo(&server, &run, &json!({"what": "two", "words": "A lamp on a table"})).is(202);
    assert_eq!(run_of(&same), run, "what it says already is made anew");
    assert_eq!(server.ended(&run)["status"], "completed");
}

#[test]
fn a_file_of_ones_own_is_never_written() {
    let bench = Bench::new();
    bench.write("film.yaml", SHOTS);
    bench.write("other.yaml", &format!("{SHOTS}  - {{id: three, clip: mine.mp4}}\ndeliver: out\n"));
    bench.run(&["run", "film.yaml"]).is(0);
    let server = Server::start(bench, &[]);
    let first = server.get("/api/runs").is(200).json()["runs"][0]["run"].as_str().unwrap().to_owned();
    let words = json!({"what": "two", "words": "A lamp falls"});
    let copy = run_of(&redo(&server, &first, &words).is(202));
    assert_eq!(server.ended(&copy)["status"], "completed");
    assert!(reused(&server, &copy).iter().any(|node| node.starts_with("one/")));
    assert_eq!(run_of(&redo(&server, &first, &words).is(202)), copy, "twice is once");
    assert_eq!(std::fs::read_to_string(server.bench.path("film.yaml")).unwrap(), SHOTS);
    // In words that the file has by now and its run has not, what the file says is made.
    server.bench.write("film.yaml", &SHOTS.replace("A lamp on a table", "A lamp stands"));
    let stands = run_of(&redo(&server, &first, &json!({"what": "two", "words": "A lamp stands"})).is(202));
    assert!(![&first, &copy].contains(&&stands));
    assert_eq!(server.ended(&stands)["status"], "completed");
    // What can only be had beside the file is told, with where it stands.
    let text = SHOTS.replace("film: A lamp\n", "film: A lamp\ndeliver: out\n");
    server.bench.write("film.yaml", &text);
    let refused = redo(&server, &first, &json!({"what": "two", "words": "Another"})).is(409).says("conflict");
    for word in ["`film.yaml`", "line 8", "scene `two`", "retake run film.yaml"] {
        assert!(refused.text().contains(word), "`{word}` is missing in {}", refused.text());
    }
}

#[test]
fn a_terminal_edits_a_plan_that_was_sent_beside_the_service_and_without_it() {
    let mut server = Server::new();
    let first = server.post_plan(SHOTS);
    assert_eq!(server.ended(&first)["status"], "completed");
    let redo = |server: &Server, run: &str, words: &str| {
        let said = server.bench.run(&["redo", "two", "--words", words, "--run", run, "--json"]).is(0);
        let last: Value = serde_json::from_str(said.data.lines().last().unwrap()).unwrap();
        assert_eq!(last["status"], "completed", "{last}");
        last["run"].as_str().unwrap().to_owned()
    };
    let second = redo(&server, &first, "A lamp falls");
    assert_ne!(second, first);
    assert!(reused(&server, &second).iter().any(|node| node.starts_with("one/")));
    assert!(plans(&server)[0].contains("still: A lamp falls   # seen from above"), "{:?}", plans(&server));
    server.bench.run(&["redo", "two", "--words", "Other", "--run", &first]).is(2).tells(&["has taken the place"]);
    // Whoever is alone with the folder owns it meanwhile.
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    let third = redo(&server, &second, "A lamp stands");
    assert!(plans(&server)[0].contains("still: A lamp stands"), "{:?}", plans(&server));
    let server = server.killed();
    assert!(reused(&server, &third).iter().any(|node| node.starts_with("one/")));
}

#[test]
fn a_scene_that_was_written_is_edited_where_it_was_written() {
    let server = Server::new();
    let run = server.post_plan("film: Why is the sky blue?\nsize: 160x90\nbudget: 1.00\n");
    server.ended(&run);
    let full = server.get(&format!("/api/runs/{run}?include=nodes")).is(200).json();
    let scene = full["scenes"][0]["id"].as_str().unwrap().to_owned();
    let second = run_of(&redo(&server, &run, &json!({"what": scene, "words": "Blue, and more blue"})).is(202));
    assert_ne!(second, run);
    let told = server.ended(&second);
    assert!(["completed", "partial"].contains(&told["status"].as_str().unwrap()), "{told}");
    let texts = plans(&server);
    assert!(
        texts.iter().any(|text| text.contains("Written by retake") && text.contains("Blue, and more blue")),
        "{texts:?}"
    );
    assert!(texts.iter().any(|text| text.starts_with("film: Why is the sky blue?\nsize")), "{texts:?}");
    // What is done about such a run is done about its film.
    let resumed = server.call("POST", &format!("/api/runs/{second}/resume")).send();
    assert!([200, 409].contains(&resumed.status), "{}", resumed.text());
    redo(&server, &second, &json!({"what": scene})).is(200);
    server.ended(&second);
}

#[test]
fn how_patiently_a_run_is_tried_is_said_with_its_call() {
    let server = Server::new();
    let send = |query: &str, key: &str| {
        let call = server.call("POST", &format!("/api/runs?{query}")).header("Idempotency-Key", key);
        call.body("application/yaml", PLAN).send()
    };
    let retry = "retry=%7B%22ingest%22%3A%7B%22attempts%22%3A7%7D%7D";
    let run = run_of(&send(retry, "a").is(202));
    assert_eq!(run_of(&send(retry, "a").is(202)), run);
    send("", "a").is(422).says("key-reused");
    assert_eq!(server.ended(&run)["status"], "completed");
    let history = server.get(&format!("/api/runs/{run}/history?limit=1")).is(200).json();
    let created = history["events"][0].to_string();
    assert!(created.contains("\"attempts\":7"), "{created}");
    let wrong = send("retry=%7B%22vidoe%22%3A%7B%22attempts%22%3A7%7D%7D", "b").is(400).says("invalid-request").json();
    assert_eq!(wrong["field"], "retry");
    assert!(wrong["mistakes"][0]["hint"].as_str().unwrap().contains("`video`"), "{wrong}");
    // It changes no key: the same in other patience is taken over, and a redo keeps it.
    let again = run_of(&send("", "c").is(202));
    server.ended(&again);
    assert!(!reused(&server, &again).is_empty());
    let otherwise = run_of(&redo(&server, &run, &json!({"what": "one", "words": "Uno"})).is(202));
    let history = server.get(&format!("/api/runs/{otherwise}/history?limit=1")).is(200).json();
    assert!(history["events"][0].to_string().contains("\"attempts\":7"));
}
