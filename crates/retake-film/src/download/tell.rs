//! Says something to an address that a user named: one request, no redirect, and nothing of the answer but its status.

use std::time::Duration;

use super::hop::{Clients, post};
use super::{Downloads, Error, hop};

/// How much is said at the most.
const BYTES_MAX: usize = 256 << 10;

impl Downloads {
    /// Sends JSON to an address, under the same guard as everything that is fetched, and says which status came back.
    ///
    /// # Errors
    ///
    /// When nobody may be sent there, nobody answers, or not in time.
    pub async fn tell(
        &self,
        url: &str,
        headers: &[(&str, String)],
        body: Vec<u8>,
        timeout: Duration,
    ) -> Result<u16, Error> {
        let (url, way) = self.guard.read(url, &[])?;
        if body.len() > BYTES_MAX {
            return Err(Error::Large { at: crate::wire::told(&url), most_bytes: BYTES_MAX as u64 });
        }
        let clients: &Clients = &self.clients;
        let response = post(clients, way, &url, headers, body, timeout).await?;
        self.guard.reached(&url, way, hop::peer(&response))?;
        Ok(response.status().as_u16())
    }
}
