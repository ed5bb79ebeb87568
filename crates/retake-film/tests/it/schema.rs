//! The published schema is the one in the fixtures.

use retake_film::plan;

#[test]
fn the_schema_is_the_one_that_was_published() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/plan.schema.json");
    let published = std::fs::read_to_string(path).unwrap_or_default();
    let made = plan::schema();
    if published != made {
        std::fs::write(path, &made).expect("the fixtures can be written");
    }
    assert_eq!(published, made, "the schema changed; it has been written anew: look at the difference");
}
