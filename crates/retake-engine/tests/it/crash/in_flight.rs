//! The trap of what is under way: bytes that have left are accepted after the process that sent them has died.

use super::books::Books;
use super::stage::{SCENES, SETTINGS, Setting, Stage, outcome};

const HELD: [&str; 2] = ["--hold", "acceptance"];

fn setting(name: &str) -> Setting {
    SETTINGS.into_iter().find(|setting| setting.name == name).unwrap()
}

/// Kills the program once its first bytes have arrived, and starts it again with so much grace. The provider accepts
/// what it holds when the program says `lost`, or when it has received something `again`.
fn killed_in_flight(name: &str, grace_ms: &str, accepts_when: &str) -> Result<Books, String> {
    let stage = Stage::with(setting(name), &format!("in-flight-{accepts_when}"), &HELD);
    let grace = ["--grace", grace_ms, "--story"];
    let running = stage.started(&grace)?;
    stage.until("received")?;
    drop(running);
    let mut running = stage.started(&grace)?;
    if accepts_when == "again" {
        stage.until("received")?;
    } else {
        running.hear(&[r#""event":"lost""#])?.ok_or("the lost submission goes unnoticed")?;
    }
    stage.tell("open")?;
    let outcome = outcome(&running.finish()?)?;
    let books = stage.books()?;
    if outcome.ending.as_deref() != Some("completed") {
        return Err(format!("it is not completed: {outcome:?}"));
    }
    stage.clear();
    Ok(books)
}

#[test]
fn what_is_accepted_after_our_death_is_waited_for_and_found() {
    let books = killed_in_flight("list", "1000", "lost").unwrap();
    assert_eq!((books.doubled(), books.lost(SCENES)), (0, 0));
}

#[test]
fn what_is_accepted_after_it_was_sent_again_is_known_by_its_key() {
    let books = killed_in_flight("key", "1000", "again").unwrap();
    assert_eq!((books.doubled(), books.lost(SCENES), books.replayed), (0, 0, 1));
}

/// Were nothing bought twice here, the tests above would prove nothing.
#[test]
fn without_grace_it_is_bought_twice() {
    assert_eq!(killed_in_flight("list", "0", "again").unwrap().doubled(), 1);
}
