//! What a program may use.

use std::time::Duration;

/// What a program may use; past it, it is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long it may take.
    pub wall: Duration,
    /// How much it may compute, over all its threads.
    pub cpu: Duration,
    /// How much address space it may take; kept on Linux alone.
    pub memory_bytes: u64,
    /// How large a file it may write; kept on Linux alone.
    pub file_bytes: u64,
    /// How much it may write to its standard output.
    pub output_bytes: u64,
}

impl Limits {
    /// The arguments with which `prlimit` puts them on a program before it begins.
    pub(super) fn arguments(&self) -> [String; 5] {
        [
            format!("--as={}", self.memory_bytes),
            format!("--cpu={}", self.cpu.as_secs().max(1)),
            format!("--fsize={}", self.file_bytes),
            "--core=0".to_owned(),
            "--".to_owned(),
        ]
    }
}
