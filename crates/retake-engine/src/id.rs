//! The names of things: every id is its own type, so that one cannot be handed over for another.
//!
//! Owns no rule about what the names mean.

use std::fmt;
use std::hash::{Hash as StdHash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A text that names one kind of thing; cheap to clone.
pub struct Name<Kind: ?Sized> {
    text: Arc<str>,
    kind: PhantomData<fn(&Kind)>,
}

/// The kinds that a [`Name`] can be of.
pub mod kind {
    /// A node of a run.
    #[derive(Debug)]
    pub enum Node {}
    /// Whose money is spent.
    #[derive(Debug)]
    pub enum Account {}
    /// Who sells a take.
    #[derive(Debug)]
    pub enum Provider {}
    /// What the provider sells it with.
    #[derive(Debug)]
    pub enum Model {}
    /// The provider's id of work that it has accepted.
    #[derive(Debug)]
    pub enum Ticket {}
    /// An entry of the run's catalogue, which routes list.
    #[derive(Debug)]
    pub enum Entry {}
    /// A retry policy of the run.
    #[derive(Debug)]
    pub enum Policy {}
}

/// One step of one scene in one run, such as `lamp/video`.
pub type NodeId = Name<kind::Node>;
/// Whose money is spent; finished keys are shared within it.
pub type AccountId = Name<kind::Account>;
/// Who sells a take.
pub type ProviderId = Name<kind::Provider>;
/// What the provider sells it with.
pub type ModelId = Name<kind::Model>;
/// The provider's id of work that it has accepted.
pub type Ticket = Name<kind::Ticket>;
/// The short name of a model or local maker in the run's catalogue.
pub type EntryId = Name<kind::Entry>;
/// The name of a retry policy, usually that of the step.
pub type PolicyId = Name<kind::Policy>;

impl<Kind: ?Sized> Name<Kind> {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl<Kind: ?Sized> From<&str> for Name<Kind> {
    fn from(text: &str) -> Self {
        Self { text: text.into(), kind: PhantomData }
    }
}

impl<Kind: ?Sized> From<String> for Name<Kind> {
    fn from(text: String) -> Self {
        Self { text: text.into(), kind: PhantomData }
    }
}

impl<Kind: ?Sized> Clone for Name<Kind> {
    fn clone(&self) -> Self {
        Self { text: Arc::clone(&self.text), kind: PhantomData }
    }
}

impl<Kind: ?Sized> PartialEq for Name<Kind> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<Kind: ?Sized> Eq for Name<Kind> {}

impl<Kind: ?Sized> PartialOrd for Name<Kind> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<Kind: ?Sized> Ord for Name<Kind> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.text.cmp(&other.text)
    }
}

impl<Kind: ?Sized> StdHash for Name<Kind> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl<Kind: ?Sized> fmt::Display for Name<Kind> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<Kind: ?Sized> fmt::Debug for Name<Kind> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

impl<Kind: ?Sized> Serialize for Name<Kind> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de, Kind: ?Sized> Deserialize<'de> for Name<Kind> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

/// One execution of one plan. A face makes it (`UUIDv7`); the engine only carries it. The default one is nobody's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub Uuid);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One attempt at a node, counted from 1: `run/node/n`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TakeId {
    /// The run that pays for it.
    pub run: RunId,
    /// What it is an attempt at.
    pub node: NodeId,
    /// Which attempt, from 1.
    pub n: u32,
}

impl fmt::Display for TakeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.run, self.node, self.n)
    }
}

impl TakeId {
    /// The take as the run's own journal names it.
    #[must_use]
    pub fn no(&self) -> TakeNo {
        TakeNo { node: self.node.clone(), n: self.n }
    }
}

/// A take within its run, written `node/n`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TakeNo {
    /// What it is an attempt at.
    pub node: NodeId,
    /// Which attempt, from 1.
    pub n: u32,
}

impl TakeNo {
    /// The same take, for those outside the run.
    #[must_use]
    pub fn of(&self, run: RunId) -> TakeId {
        TakeId { run, node: self.node.clone(), n: self.n }
    }
}

impl fmt::Display for TakeNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.node, self.n)
    }
}

/// Why a text is not a [`TakeNo`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a take is written as its node and a number from 1, such as lamp/video/2")]
pub struct NotATake;

impl FromStr for TakeNo {
    type Err = NotATake;

    fn from_str(text: &str) -> Result<Self, NotATake> {
        let (node, n) = text.rsplit_once('/').ok_or(NotATake)?;
        match n.parse() {
            Ok(n) if n > 0 && !node.is_empty() => Ok(Self { node: node.into(), n }),
            Ok(_) | Err(_) => Err(NotATake),
        }
    }
}

impl FromStr for TakeId {
    type Err = NotATake;

    fn from_str(text: &str) -> Result<Self, NotATake> {
        let (run, no) = text.split_once('/').ok_or(NotATake)?;
        let run = RunId(Uuid::try_parse(run).map_err(|_| NotATake)?);
        no.parse::<TakeNo>().map(|no| no.of(run))
    }
}

impl Serialize for TakeNo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TakeNo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// A SHA-256, written as 64 hexadecimal digits: names an artifact or stands for an identity.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// The hash of these parts. Each is preceded by its length, so that parts cannot run together.
    #[must_use]
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut digest = Sha256::new();
        for part in parts {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        Self(digest.finalize().into())
    }

    /// The hash of a text.
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        Self::of([text.as_bytes()])
    }

    /// A digest that was written down as it is.
    #[must_use]
    pub const fn from_bytes(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// The raw digest.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The first eight bytes as a number: the source of derived randomness.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.0.iter().take(8).fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
    }
}

impl Hash {
    /// The hexadecimal digits. Journals are full of them, so they are not left to the formatter.
    fn digits(&self) -> [u8; 64] {
        const DIGITS: [u8; 16] = *b"0123456789abcdef";
        let mut digits = [0; 64];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(self.0) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 0xf)];
        }
        digits
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.digits()).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is not a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a hash is 64 hexadecimal digits")]
pub struct NotAHash;

impl FromStr for Hash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return Err(NotAHash);
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let [high, low] = [pair[0], pair[1]].map(|digit| char::from(digit).to_digit(16));
            let (Some(high), Some(low)) = (high, low) else { return Err(NotAHash) };
            *byte = u8::try_from(high << 4 | low).map_err(|_| NotAHash)?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::Error;
        serializer.serialize_str(std::str::from_utf8(&self.digits()).map_err(S::Error::custom)?)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// The hash of everything that determines an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Key(pub Hash);

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_survives_being_written_and_read() {
        let hash = Hash::of_text("lamp/video");
        assert_eq!(hash.to_string().parse(), Ok(hash));
        for rubbish in ["", "12", &"g".repeat(64), &"é".repeat(32)] {
            assert_eq!(rubbish.parse::<Hash>(), Err(NotAHash), "{rubbish}");
        }
    }

    #[test]
    fn parts_of_a_hash_do_not_run_together() {
        assert_ne!(Hash::of([b"ab".as_slice(), b"c"]), Hash::of([b"a".as_slice(), b"bc"]));
    }
}
