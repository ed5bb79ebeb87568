//! Stored files that are sent, and are sent only if they are what their names say.
//!
//! Owns how many are read through at a time. It must not know what is sent of them.

use std::fs::File;
use std::path::PathBuf;

use retake_engine::id::Hash;
use tokio::sync::Semaphore;

use super::problem::Problem;
use super::wait;
use crate::app::{known, prove};

/// How many are read through at a time, by what their names begin with: who asks for the same twice waits for the same
/// reading.
const TURNS: usize = 4;

static READING: [Semaphore; TURNS] = [const { Semaphore::const_new(1) }; TURNS];

/// Opens a file whose content has this hash. What was read through once is opened at once, for as long as nobody has
/// written to it.
pub(crate) async fn whole(path: PathBuf, hash: Hash, what: &'static str) -> Result<File, Problem> {
    let (file, is_known) = wait(move || {
        let file = File::open(&path).map_err(|_| gone())?;
        let is_known = known(&file, &hash).map_err(|_| gone())?;
        Ok((file, is_known))
    })
    .await?;
    let turn = READING[usize::from(hash.as_bytes()[0]) % TURNS].acquire();
    match is_known {
        Some(true) => Ok(file),
        Some(false) => Err(damaged(what, &hash)),
        None => {
            let turn = turn.await.map_err(|_| Problem::internal())?;
            wait(move || {
                // Who hangs up does not end the reading, and whoever asks again does not begin another.
                let _turn = turn;
                if prove(&file, &hash).map_err(|_| gone())? { Ok(file) } else { Err(damaged(what, &hash)) }
            })
            .await
        }
    }
}

/// That there is nothing left of it.
pub(super) fn gone() -> Problem {
    Problem::missing("such file any more").hint("make it anew: POST /api/runs/RUN/redo")
}

/// That what lies there is not what was made.
pub(super) fn damaged(what: &str, hash: &Hash) -> Problem {
    let what = format!("the {what} {hash} was damaged: what lies there is not what was made, and is not sent");
    Problem::new("damaged", what).hint(
        "`POST /api/runs/RUN/retry` makes again what its run has lost; where its plan is a file that was changed since, \
         `retake run FILE`",
    )
}
