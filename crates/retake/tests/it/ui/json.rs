//! What programs read.

use retake::ui::json::{self, Run};
use retake_engine::journal::Record;
use serde_json::Value;

use super::studio::{film, half_way, partial};

#[test]
fn the_summary_of_a_partial_film() {
    let story = partial().story();
    let text = json::summary(&Run::of(&story, story.worked()));
    let value: Value = serde_json::from_str(&text).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&value).unwrap());
    assert!(text.starts_with(r#"{"run":"#) && !text.contains('\n'));
}

#[test]
fn the_summary_has_these_names_and_no_others() {
    let studio = half_way();
    let story = studio.story();
    let value = serde_json::to_value(Run::of(&story, story.elapsed(studio.now))).unwrap();
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    let sorted = |text: &str| {
        let mut words: Vec<&str> = text.split(' ').collect();
        words.sort_unstable();
        words.join(" ")
    };
    let node = &value["scenes"][0]["nodes"][0];
    for (found, wanted) in [
        (names(&value), "run film status reason elapsed_s output items scenes cost progress"),
        (names(&value["items"]), "pending generating complete failed failed_permanent reused"),
        (names(&value["scenes"][0]), "id state nodes"),
        (names(node), "id state model takes fault"),
        (names(&node["takes"][0]), "n model outcome fault ticket cost_usd"),
        (names(&value["cost"]), "cap_usd settled_usd reserved_usd written_off_usd saved_by_reuse_usd"),
        (names(&value["progress"]), "stage stage_number stages completed_steps total_steps percentage"),
    ] {
        assert_eq!(sorted(&found), sorted(wanted));
    }
    assert_eq!(value["cost"]["cap_usd"], "6.000000");
    assert!(value["output"].is_null() && value["reason"].is_null());
    assert!(json::summary(&Run::of(&story, story.worked())).contains(r#""elapsed_s":"#));
}

#[test]
fn events_are_the_records_and_name_their_run() {
    let studio = half_way();
    let run = studio.story().state().spec().id;
    for record in studio.journal() {
        let line = json::line(run, &record);
        assert!(!line.contains('\n') && line.starts_with(&format!(r#"{{"run":"{run}","v":1,"seq":{}"#, record.seq)));
        let mut value: serde_json::Map<String, Value> = serde_json::from_str(&line).unwrap();
        value.remove("run");
        if let Some(spec) = value.remove("spec") {
            value.insert("run".into(), spec);
        }
        let back: Record = serde_json::from_value(Value::Object(value)).unwrap();
        assert_eq!(back, record);
    }
    assert_eq!(film().journal()[0].seq, 1);
}
