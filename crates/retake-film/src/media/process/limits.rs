//! What a program may use.

use std::io;
use std::time::Duration;

use rustix::process::Pid;

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
    /// Puts them on a process that has just been started, before it has seen anything foreign.
    #[cfg(target_os = "linux")]
    pub(super) fn impose(&self, pid: Pid) -> io::Result<()> {
        use rustix::process::{Resource, Rlimit, prlimit};

        let cpu_s = self.cpu.as_secs().max(1);
        let limits = [
            (Resource::As, self.memory_bytes),
            (Resource::Cpu, cpu_s),
            (Resource::Fsize, self.file_bytes),
            (Resource::Core, 0),
        ];
        for (resource, most) in limits {
            match prlimit(Some(pid), resource, Rlimit { current: Some(most), maximum: Some(most) }) {
                // It has ended already.
                Ok(_) | Err(rustix::io::Errno::SRCH) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Elsewhere a process cannot be limited from outside.
    #[cfg(not(target_os = "linux"))]
    #[expect(clippy::unnecessary_wraps, reason = "it can fail on Linux")]
    pub(super) fn impose(&self, _: Pid) -> io::Result<()> {
        Ok(())
    }
}
