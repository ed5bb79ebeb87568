//! Calls of providers that were taken in: one that comes again is not taken in twice.

use std::time::Duration;

use retake_engine::moment::Moment;
use rusqlite::{OptionalExtension as _, params};

use super::{Registry, broken, ms};
use crate::app::Trouble;

/// How long a call is remembered: none is sent again for so long, and one this old counts for nothing.
const KEPT: Duration = Duration::from_secs(24 * 3_600);
/// The name under which the secret in the addresses of calls is kept: no account's.
const NOBODY: &str = "";

impl Registry {
    /// Whether a call was taken in before.
    pub(crate) fn has_call(&self, provider: &str, id: &str) -> Result<bool, Trouble> {
        let sql = "SELECT 1 FROM calls WHERE provider = ?1 AND id = ?2";
        let found = self.connection().query_row(sql, [provider, id], |_| Ok(())).optional();
        found.map(|found| found.is_some()).map_err(broken)
    }

    /// Notes that a call was taken in.
    pub(crate) fn keep_call(&self, provider: &str, id: &str, now: Moment) -> Result<(), Trouble> {
        let oldest = ms(now) - i64::try_from(KEPT.as_millis()).unwrap_or(i64::MAX);
        let connection = self.connection();
        connection.execute("DELETE FROM calls WHERE at < ?1", [oldest]).map_err(broken)?;
        let sql = "INSERT INTO calls VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
        connection.execute(sql, params![provider, id, ms(now)]).map(drop).map_err(broken)
    }

    /// By what an address is known to be ours; made when it is first asked for.
    pub(crate) fn hook_key(&self) -> Result<Vec<u8>, Trouble> {
        self.secret(&NOBODY.into())
    }
}
