//! Where the files of a plan are: paths, addresses, stored artifacts. Looks at the words alone, never at a disk.

use std::fmt;

use serde::{Serialize, Serializer};

use super::mistake::{Complaint, quoted};

/// Where something is that the plan brings along.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A path, relative to the plan.
    File(String),
    /// An address on the web.
    Url(String),
    /// The hash of something that was stored before.
    Artifact(String),
}

/// Where the film goes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Goal {
    /// A folder, relative to the plan.
    Folder(String),
    /// An address of an object store.
    Store(String),
}

const STORES: [&str; 7] = ["s3", "gs", "az", "azure", "abfs", "abfss", "adl"];

impl Place {
    pub(crate) fn read(text: &str) -> Result<Self, Complaint> {
        let refuse = |why: &str, hint: String| Err(Complaint::new(quoted(text), why, hint));
        match scheme(text) {
            None => Ok(Self::File(text.to_owned())),
            Some("artifact") => {
                let hash = &text["artifact:".len()..];
                let is_hash = hash.len() == 64 && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
                if is_hash {
                    return Ok(Self::Artifact(hash.to_owned()));
                }
                refuse(
                    "an artifact is named by 64 hexadecimal digits in lower case",
                    "write `artifact:HASH` as the upload answered".to_owned(),
                )
            }
            Some("http" | "https") => web(text).map(|()| Self::Url(text.to_owned())),
            Some("file") => refuse("files are named by their path", "write the path alone".to_owned()),
            Some(_) => {
                let hint = if text.contains("://") {
                    "download it and write its path".to_owned()
                } else {
                    "write `./` before the name of a file".to_owned()
                };
                refuse("only http, https and paths are read", hint)
            }
        }
    }
}

impl Goal {
    /// The goal that this names, which was read before.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self::read(text).unwrap_or_else(|_| Self::Folder(text.to_owned()))
    }

    pub(crate) fn read(text: &str) -> Result<Self, Complaint> {
        match scheme(text) {
            None => Ok(Self::Folder(text.to_owned())),
            Some(scheme) if STORES.contains(&scheme) => {
                authority(text, "a store address").map(|()| Self::Store(text.to_owned()))
            }
            Some(_) => Err(Complaint::new(
                quoted(text),
                "a film is delivered to a folder or an object store",
                "write a folder, or an address such as `s3://bucket/films/`",
            )),
        }
    }
}

/// An address on the web, with nothing secret in it.
pub(crate) fn web(text: &str) -> Result<(), Complaint> {
    if !matches!(scheme(text), Some("http" | "https")) {
        return Err(Complaint::new(quoted(text), "an address on the web is expected", "write `https://host/path`"));
    }
    authority(text, "an address")
}

fn authority(text: &str, of: &str) -> Result<(), Complaint> {
    let rest = text.split_once("://").map(|(_, rest)| rest).unwrap_or_default();
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.contains('@') {
        // The address is not repeated: what stands before the sign is a secret.
        let hint = "take name and password out: secrets come from the environment";
        return Err(Complaint::new("an address with a password", "a plan holds no secrets", hint).hiding());
    }
    if host.is_empty()
        || text.contains(char::is_whitespace)
        || text.contains(['"', '<', '>', '\\', '^', '`', '{', '|', '}'])
    {
        let why = format!("{of} is a scheme, a host and a path, without spaces and quotes");
        return Err(Complaint::new(quoted(text), why, "write `%20` for a space, and the host after `//`"));
    }
    Ok(())
}

/// What stands before the colon, where it is no drive letter and no part of a path.
fn scheme(text: &str) -> Option<&str> {
    let (scheme, _) = text.split_once(':')?;
    let is_word = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.,_".contains(&byte));
    (scheme.len() > 1 && is_word && scheme.starts_with(|first: char| first.is_ascii_alphabetic())).then_some(scheme)
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(text) | Self::Url(text) => f.write_str(text),
            Self::Artifact(hash) => write!(f, "artifact:{hash}"),
        }
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for Goal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Folder(text) | Self::Store(text) => serializer.serialize_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_names_are_names() {
        for text in ["-y", "../x", "%d.png", "it's \"q\".png", "C:\\clip.mp4", "a/b:c.mp4", "./concat:a", "😀.png"] {
            assert_eq!(Place::read(text), Ok(Place::File(text.to_owned())));
        }
    }

    #[test]
    fn other_forms_are_refused() {
        for text in [
            "ftp://a/b",
            "file:///etc/passwd",
            "concat:a|b",
            "data:text/plain,a",
            "http://",
            "https:// a",
            "artifact:abc",
        ] {
            assert!(Place::read(text).is_err(), "{text}");
        }
        let secret = Place::read("https://me:hunter2@host/a.mp4").expect_err("it holds a password");
        assert!(!format!("{secret:?}").contains("hunter2"));
    }

    #[test]
    fn films_go_to_folders_and_stores() {
        assert!(matches!(Goal::read("out/"), Ok(Goal::Folder(_))));
        assert!(matches!(Goal::read("s3://films/a/"), Ok(Goal::Store(_))));
        assert!(Goal::read("https://host/a").is_err());
        assert!(Goal::read("s3://").is_err());
    }
}
