//! What a tracer saw: which thread made which call, in which order.

use std::collections::BTreeMap;

/// The calls by which a process changes anything outside itself.
pub(crate) const WRITES: [&str; 28] = [
    "write",
    "pwrite64",
    "writev",
    "pwritev",
    "pwritev2",
    "sendto",
    "sendmsg",
    "sendmmsg",
    "fsync",
    "fdatasync",
    "sync_file_range",
    "ftruncate",
    "truncate",
    "fallocate",
    "rename",
    "renameat",
    "renameat2",
    "unlink",
    "unlinkat",
    "rmdir",
    "mkdir",
    "mkdirat",
    "link",
    "linkat",
    "symlinkat",
    "openat",
    "copy_file_range",
    "fchmod",
];

/// One call, as it was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    /// The name of its thread.
    pub(crate) thread: String,
    pub(crate) name: String,
    /// The how many-th call of this name of its thread it is, from 1: what the tracer counts by.
    pub(crate) nth: usize,
    /// The file that it is about, where it is about one.
    pub(crate) path: Option<String>,
    /// Its arguments, as far as the tracer shows them.
    pub(crate) arguments: String,
    /// In which line it began, and in which it had ended, if it has.
    pub(crate) began: usize,
    pub(crate) ended: Option<usize>,
    /// What came of it.
    pub(crate) result: String,
}

impl Call {
    /// Whether it changes anything: a file that is opened may have been there before.
    pub(crate) fn writes(&self) -> bool {
        self.name != "openat" || self.arguments.contains("O_CREAT")
    }
}

/// Every call that a tracer has seen begin, the first one first.
pub(crate) fn calls(text: &str) -> Vec<Call> {
    let mut names = BTreeMap::<&str, &str>::new();
    let lines: Vec<(&str, &str, &str)> = text.lines().filter_map(split).collect();
    for (id, name, _) in &lines {
        // A thread bears the name of its parent until it has taken its own.
        names.insert(id, if *name == "torture" { "main" } else { name });
    }
    let mut counts = BTreeMap::<(&str, &str), usize>::new();
    let mut open = BTreeMap::<&str, usize>::new();
    let mut calls = Vec::<Call>::new();
    for (at, (id, _, rest)) in lines.iter().enumerate() {
        if rest.starts_with("<... ") {
            if let Some(call) = open.remove(id) {
                calls[call].ended = Some(at);
                calls[call].result = result(rest).into();
            }
            continue;
        }
        let Some((name, arguments)) = rest.split_once('(').filter(|(name, _)| !name.contains(' ')) else { continue };
        let unfinished = rest.ends_with("<unfinished ...>");
        let nth = counts.entry((id, name)).and_modify(|count| *count += 1).or_insert(1);
        calls.push(Call {
            thread: names[id].into(),
            name: name.into(),
            nth: *nth,
            path: path(name, arguments),
            arguments: arguments.into(),
            began: at,
            ended: (!unfinished).then_some(at),
            result: if unfinished { String::new() } else { result(rest).into() },
        });
        if unfinished {
            open.insert(id, calls.len() - 1);
        }
    }
    calls
}

/// The thread's id and name, and what it did.
fn split(line: &str) -> Option<(&str, &str, &str)> {
    let (id, rest) = line.split_once('<')?;
    let (name, rest) = rest.split_once('>')?;
    id.bytes().all(|digit| digit.is_ascii_digit()).then_some((id, name, rest.trim_start()))
}

fn result(rest: &str) -> &str {
    rest.rsplit_once(" = ").map_or("", |(_, result)| result)
}

/// The file of a call: that of its descriptor, or the name that it is given.
fn path(name: &str, arguments: &str) -> Option<String> {
    let named = ["openat", "rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir", "mkdirat", "rmdir"];
    let path = if named.contains(&name) {
        arguments.split('"').nth(1)?
    } else {
        arguments.split_once('<')?.1.split('>').next()?
    };
    path.starts_with('/').then(|| path.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"10<torture> openat(AT_FDCWD, "/lib/libc.so.6", O_RDONLY|O_CLOEXEC) = 3</lib/libc.so.6>
10<torture> mkdir("/data", 0777)        = 0
11<torture> openat(AT_FDCWD, "/data/a", O_RDWR|O_CREAT, 0666 <unfinished ...>
12<outside> sendto(5<socket:[77]>, ""..., 180, MSG_NOSIGNAL, NULL, 0 <unfinished ...>
11<writer> <... openat resumed>)   = 4</data/a>
11<writer> pwrite64(4</data/a>, ""..., 24, 0) = 24
12<outside> <... sendto resumed>) = ?
10<torture> +++ killed by SIGKILL +++
"#;

    #[test]
    fn calls_are_counted_by_thread_and_by_file() {
        let calls = calls(TEXT);
        let short: Vec<_> = calls.iter().map(|call| (call.thread.as_str(), call.name.as_str(), call.nth)).collect();
        assert_eq!(
            short,
            [
                ("main", "openat", 1),
                ("main", "mkdir", 1),
                ("writer", "openat", 1),
                ("outside", "sendto", 1),
                ("writer", "pwrite64", 1)
            ]
        );
        assert_eq!(calls[4].path.as_deref(), Some("/data/a"));
        assert_eq!((calls[2].began, calls[2].ended, calls[2].result.as_str()), (2, Some(4), "4</data/a>"));
        assert_eq!((calls[3].path.as_deref(), calls[3].result.as_str()), (None, "?"));
        assert_eq!(calls.iter().map(Call::writes).collect::<Vec<_>>(), [false, true, true, true, true]);
    }
}
