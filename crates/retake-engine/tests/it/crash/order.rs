//! The order of things, seen from outside: what must be on the disk is there before anything leaves that relies on it.
//!
//! Nothing but the bytes is believed: the intent's own record in a write to the log of the database, a sync of that
//! file, and only then the first byte to the provider.

use super::stage::{SCENES, SETTINGS, Setting, Stage, outcome};
use super::trace::{Call, calls};

/// What the tracer shows, with all the bytes.
const SHOWN: &str = "trace=write,pwrite64,?writev,?pwritev,fsync,fdatasync,sendto,?sendmsg";
/// More bytes than any call here carries.
const BYTES_MAX: &str = "1000000";

/// A text as the tracer writes it.
fn quoted(text: &str) -> String {
    text.replace('"', "\\\"")
}

/// The first write of the log of the database that holds this text.
fn written<'a>(calls: &'a [Call], text: &str) -> Option<&'a Call> {
    let to_log = |call: &&Call| call.path.as_deref().is_some_and(|path| path.ends_with("retake.db-wal"));
    calls.iter().filter(to_log).find(|call| call.arguments.contains(&quoted(text)))
}

/// The line by which a sync that began after this write has ended well.
fn synced(calls: &[Call], written: &Call) -> Option<usize> {
    let after = |call: &&Call| written.ended.is_some_and(|ended| call.began > ended);
    let syncs = calls.iter().filter(|call| ["fsync", "fdatasync"].contains(&call.name.as_str())).filter(after);
    let own = syncs.filter(|call| call.path == written.path && call.result.starts_with('0'));
    own.filter_map(|call| call.ended).min()
}

/// The first message to the provider that holds all of these.
fn sent<'a>(calls: &'a [Call], texts: &[&str]) -> Option<&'a Call> {
    let messages = calls
        .iter()
        .filter(|call| call.path.is_none() && ["sendto", "write", "writev", "sendmsg"].contains(&call.name.as_str()));
    messages.into_iter().find(|call| texts.iter().all(|text| call.arguments.contains(&quoted(text))))
}

/// Whether this record was safe before this message left.
fn check(calls: &[Call], record: &str, message: &[&str]) -> Result<(), String> {
    let written = written(calls, record).ok_or_else(|| format!("{record} is never written"))?;
    let synced = synced(calls, written).ok_or_else(|| format!("{record} is never synced"))?;
    let sent = sent(calls, message).ok_or_else(|| format!("{message:?} is never sent"))?;
    if synced < sent.began { Ok(()) } else { Err(format!("{message:?} leaves before {record} is safe")) }
}

fn order(setting: Setting) -> Result<usize, String> {
    let stage = Stage::new(setting, "order");
    let tracing = ["-s", BYTES_MAX, "-e", SHOWN].map(Into::into);
    let ended = outcome(&stage.traced("trace", &tracing)?)?;
    let books = stage.books()?;
    books.check_complete(&ended, SCENES)?;
    let calls = calls(&stage.trace("trace"));
    for entry in &books.accepted {
        let (take, ticket) = (&entry.take, &entry.ticket);
        let names_take = format!("\"take\":\"{take}\"");
        check(&calls, &format!("\"event\":\"intended\",{names_take}"), &["\"wants\":\"submit\"", &names_take])?;
        if !setting.synchronous {
            let names_ticket = format!("\"ticket\":\"{ticket}\"");
            let record = format!("\"event\":\"submitted\",{names_take},{names_ticket}");
            check(&calls, &record, &["\"wants\":\"poll\"", &names_ticket])?;
            check(&calls, &record, &["\"wants\":\"fetch\"", &names_ticket])?;
        }
    }
    stage.clear();
    Ok(books.accepted.len())
}

#[test]
fn nothing_is_sent_before_its_intent_is_safe_and_nothing_asked_about_before_its_ticket_is() {
    for setting in SETTINGS {
        assert_eq!(order(setting), Ok(SCENES), "{}", setting.name);
    }
}

#[test]
fn an_order_that_is_wrong_is_seen() {
    let write =
        r#"7<writer> pwrite64(5</data/retake.db-wal>, "..\"event\":\"intended\",\"take\":\"a/1\"..", 40, 0) = 40"#;
    let sync = "7<writer> fdatasync(5</data/retake.db-wal>) = 0";
    let send = r#"8<outside> sendto(6<socket:[9]>, "{\"wants\":\"submit\",\"take\":\"a/1\"}", 40, 0, NULL, 0) = 40"#;
    let (record, message) = (r#""event":"intended","take":"a/1""#, [r#""wants":"submit""#, r#""take":"a/1""#]);
    let judged = |lines: &[&str]| check(&calls(&lines.join("\n")), record, &message);
    assert_eq!(judged(&[write, sync, send]), Ok(()));
    for wrong in [vec![write, send, sync], vec![sync, write, send], vec![sync, send], vec![write, sync]] {
        assert!(judged(&wrong).is_err(), "{wrong:?}");
    }
    let failed = sync.replace("= 0", "= -1 EIO");
    assert!(judged(&[write, &failed, send]).is_err());
}
