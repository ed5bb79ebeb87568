//! What breaks inside the host: it ends, and says why.

use std::sync::mpsc::channel;

use super::*;
use retake_engine::decide::Look;
use retake_engine::id::Key;
use retake_engine::store;

struct Keyless;

impl Performer for Keyless {
    fn key(&self, look: &Look) -> Key {
        panic!("as the test wants: {:?}", look.key())
    }

    fn start(&self, _: Action, _: Line) {}
}

#[test]
fn a_panic_in_the_loop_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (sender, notices) = channel();
    let host =
        Host::open(folder.path(), Arc::new(Keyless), options(), move |notice| drop(sender.send(notice))).unwrap();
    let error = host.create(chain(1, "local", 1), None).unwrap_err();
    let told = notices.recv_timeout(PATIENCE).unwrap();
    assert!(
        matches!(&told, Notice::Failed(store::Error::Failed { why, .. }) if why.contains("as the test")),
        "{told:?}"
    );
    assert!(matches!(error, Error::Stopping | Error::Store(store::Error::Failed { .. })), "{error:?}");
    assert!(matches!(host.failure(), Some(store::Error::Failed { .. })), "{:?}", host.failure());
    assert!(matches!(host.stop(), Err(Error::Store(store::Error::Failed { .. }))));
}
