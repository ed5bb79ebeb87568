//! Tokens: who may call, for whom, and for how long. Of a token only a hash of its secret is kept.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use retake_engine::id::AccountId;
use retake_engine::moment::Moment;
use retake_engine::money::Money;
use rusqlite::{OptionalExtension as _, Row, params};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::{Registry, broken, ms};
use crate::app::Trouble;

/// How tokens begin.
const PREFIX: &str = "rtk_";
/// How long a secret is.
const SECRET_BYTES: usize = 32;

/// What a token lets one do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, clap::ValueEnum)]
pub(crate) enum Scope {
    /// Look at runs, films, files.
    #[serde(rename = "runs:read")]
    #[value(name = "runs:read")]
    Read,
    /// Make films, stop them, try again.
    #[serde(rename = "runs:write")]
    #[value(name = "runs:write")]
    Write,
    /// Raise caps, and decide about held takes.
    #[serde(rename = "budget")]
    #[value(name = "budget")]
    Budget,
    /// See the figures of the whole server.
    #[serde(rename = "admin")]
    #[value(name = "admin")]
    Admin,
}

impl Scope {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Read, Self::Write, Self::Budget, Self::Admin];

    /// The word.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Read => "runs:read",
            Self::Write => "runs:write",
            Self::Budget => "budget",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Scope {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|scope| scope.word() == text).ok_or(())
    }
}

/// A token that is wanted.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// For whom.
    pub(crate) tenant: String,
    /// What it lets them do.
    pub(crate) scopes: Vec<Scope>,
    /// What they may spend in all; what was said before stands, where nothing is said.
    pub(crate) total: Option<Money>,
    /// Until when it holds.
    pub(crate) expires: Option<Moment>,
}

/// A token as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Token {
    /// Its id: the part of it that is no secret.
    pub(crate) id: String,
    /// For whom.
    pub(crate) tenant: String,
    /// What it lets them do.
    pub(crate) scopes: Vec<Scope>,
    /// What they may spend in all; nothing where that is what the configuration says.
    pub(crate) total_usd: Option<Money>,
    /// Since when.
    pub(crate) created: Moment,
    /// Until when.
    pub(crate) expires: Option<Moment>,
    /// When it was taken back.
    pub(crate) revoked: Option<Moment>,
}

/// What a token that was shown is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grant {
    /// Whose money is spent.
    pub(crate) account: AccountId,
    /// What may be done.
    pub(crate) scopes: Vec<Scope>,
    /// What they may spend in all; nothing where that is what the configuration says.
    pub(crate) total: Option<Money>,
}

impl Registry {
    /// Makes a token, which is told this once.
    pub(crate) fn new_token(&self, wanted: &Wanted, now: Moment) -> Result<(String, String), Trouble> {
        let (id, secret) = (random::<6>()?, random::<SECRET_BYTES>()?);
        let id = id.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let scopes = wanted.scopes.iter().map(|scope| scope.word()).collect::<Vec<_>>().join(" ");
        let mut connection = self.connection();
        let transaction = connection.transaction().map_err(broken)?;
        let first = "INSERT INTO tenants VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        let total = wanted.total.map(micros);
        transaction.execute(first, params![wanted.tenant, total]).map_err(broken)?;
        if wanted.total.is_some() {
            let sql = "UPDATE tenants SET total = ?2 WHERE name = ?1";
            transaction.execute(sql, params![wanted.tenant, total]).map_err(broken)?;
        }
        let sql = "INSERT INTO tokens VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL)";
        let hash = Sha256::digest(secret);
        let values = params![id, hash.as_slice(), wanted.tenant, scopes, ms(now), wanted.expires.map(ms)];
        transaction.execute(sql, values).map_err(broken)?;
        transaction.commit().map_err(broken)?;
        let token = format!("{PREFIX}{id}_{}", URL_SAFE_NO_PAD.encode(secret));
        Ok((id, token))
    }

    /// Takes a token back; says whether there was one.
    pub(crate) fn revoke(&self, id: &str, now: Moment) -> Result<bool, Trouble> {
        let sql = "UPDATE tokens SET revoked = coalesce(revoked, ?2) WHERE id = ?1";
        self.connection().execute(sql, params![id, ms(now)]).map(|changed| changed > 0).map_err(broken)
    }

    /// All tokens, the oldest first.
    pub(crate) fn tokens(&self) -> Result<Vec<Token>, Trouble> {
        let connection = self.connection();
        let sql = "SELECT id, tenant, scopes, total, created, expires, revoked FROM tokens
                   JOIN tenants ON name = tenant ORDER BY created, id";
        let mut statement = connection.prepare(sql).map_err(broken)?;
        let rows = statement.query_map([], token).map_err(broken)?;
        rows.collect::<Result<_, _>>().map_err(broken)
    }

    /// Whether anybody needs a token: as soon as one was ever made.
    pub(crate) fn is_open(&self) -> Result<bool, Trouble> {
        let sql = "SELECT NOT EXISTS (SELECT 1 FROM tokens)";
        let door = self.door();
        let asked = door.prepare_cached(sql).and_then(|mut asked| asked.query_row([], |row| row.get(0)));
        asked.map_err(broken)
    }

    /// What a token is worth that somebody shows; nothing where it is none, has expired or was taken back.
    pub(crate) fn grant(&self, token: &str, now: Moment) -> Result<Option<Grant>, Trouble> {
        let shown = token.strip_prefix(PREFIX).and_then(|rest| rest.split_once('_'));
        let Some((id, Ok(secret))) = shown.map(|(id, secret)| (id, URL_SAFE_NO_PAD.decode(secret))) else {
            return Ok(None);
        };
        let sql = "SELECT secret, tenant, scopes, total FROM tokens JOIN tenants ON name = tenant
                   WHERE id = ?1 AND revoked IS NULL AND (expires IS NULL OR expires > ?2)";
        let row = |row: &Row<'_>| {
            Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?, row.get(3)?))
        };
        let door = self.door();
        let asked =
            door.prepare_cached(sql).and_then(|mut asked| asked.query_row(params![id, ms(now)], row).optional());
        let found = asked.map_err(broken)?;
        let hash = Sha256::digest(&secret);
        Ok(found.filter(|(kept, ..)| verify_slices_are_equal(kept, &hash).is_ok()).map(
            |(_, tenant, scopes, total): (_, String, String, Option<i64>)| Grant {
                account: tenant.as_str().into(),
                scopes: scopes_of(&scopes),
                total: total.map(money),
            },
        ))
    }
}

fn scopes_of(text: &str) -> Vec<Scope> {
    text.split(' ').filter_map(|word| word.parse().ok()).collect()
}

fn token(row: &Row<'_>) -> rusqlite::Result<Token> {
    let moment = |ms: i64| Moment::from_ms(u64::try_from(ms).unwrap_or_default());
    Ok(Token {
        id: row.get(0)?,
        tenant: row.get(1)?,
        scopes: scopes_of(&row.get::<_, String>(2)?),
        total_usd: row.get::<_, Option<i64>>(3)?.map(money),
        created: moment(row.get(4)?),
        expires: row.get::<_, Option<i64>>(5)?.map(moment),
        revoked: row.get::<_, Option<i64>>(6)?.map(moment),
    })
}

fn micros(money: Money) -> i64 {
    i64::try_from(money.micros()).unwrap_or(i64::MAX)
}

fn money(micros: i64) -> Money {
    Money::from_micros(u64::try_from(micros).unwrap_or_default())
}

pub(super) fn random<const N: usize>() -> Result<[u8; N], Trouble> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| Trouble::internal("this machine gives no random numbers"))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Moment {
        Moment::from_ms(ms)
    }

    fn wanted(expires: Option<Moment>) -> Wanted {
        let (tenant, scopes) = ("ann".to_owned(), vec![Scope::Read, Scope::Write]);
        Wanted { tenant, scopes, total: Some(Money::from_cents(500)), expires }
    }

    #[test]
    fn a_token_is_worth_what_was_said_until_it_ends() {
        let folder = tempfile::tempdir().unwrap();
        let registry = Registry::open(folder.path()).unwrap();
        assert!(registry.is_open().unwrap());
        let (id, token) = registry.new_token(&wanted(Some(at(50))), at(10)).unwrap();
        assert!(!registry.is_open().unwrap());
        let grant = registry.grant(&token, at(49)).unwrap().unwrap();
        assert_eq!((grant.account.as_str(), grant.scopes), ("ann", vec![Scope::Read, Scope::Write]));
        assert_eq!(grant.total, Some(Money::from_cents(500)));
        assert_eq!(registry.grant(&token, at(50)).unwrap(), None, "it has expired");
        let (_, lasting) = registry.new_token(&wanted(None), at(11)).unwrap();
        // The file is another process's as well.
        let other = Registry::open(folder.path()).unwrap();
        assert!(other.grant(&lasting, at(1_000_000)).unwrap().is_some());
        assert!(other.revoke(&registry.tokens().unwrap()[1].id, at(60)).unwrap());
        assert_eq!(registry.grant(&lasting, at(61)).unwrap(), None, "it was taken back");
        assert!(!registry.is_open().unwrap(), "a door once locked stays so");
        assert!(!registry.revoke("none", at(60)).unwrap());
        assert_eq!(registry.tokens().unwrap()[0].id, id);
    }

    #[test]
    fn what_is_no_token_is_worth_nothing_and_no_secret_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let registry = Registry::open(folder.path()).unwrap();
        let (id, token) = registry.new_token(&wanted(None), at(10)).unwrap();
        // A secret may hold the sign that stands before it.
        let secret = token[PREFIX.len()..].split_once('_').map(|(_, secret)| secret).unwrap().to_owned();
        let flipped = format!("{PREFIX}{id}_{}", URL_SAFE_NO_PAD.encode([0; SECRET_BYTES]));
        for shown in ["", "rtk_", "rtk__", &id, &secret, &flipped, &format!("{token}A"), &token.to_uppercase()] {
            assert_eq!(registry.grant(shown, at(20)).unwrap(), None, "{shown}");
        }
        drop(registry);
        for file in std::fs::read_dir(folder.path()).unwrap().flatten() {
            let bytes = std::fs::read(file.path()).unwrap();
            let raw = URL_SAFE_NO_PAD.decode(&secret).unwrap();
            assert!(!bytes.windows(raw.len()).any(|part| part == raw), "{}", file.path().display());
            assert!(!String::from_utf8_lossy(&bytes).contains(&secret));
        }
    }
}
