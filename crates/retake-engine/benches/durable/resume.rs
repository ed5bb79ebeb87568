//! The way back: a process with a large run is killed, and another takes it up.

pub(crate) fn is_child() -> bool {
    false
}

pub(crate) fn child() {}

pub(crate) fn measure() {}
