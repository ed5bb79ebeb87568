//! How something is lowered while somebody speaks.

/// How long it takes to be lowered, and to come back, in moments.
const FALL: u64 = 9_600;
const RISE: u64 = 24_000;
/// Pauses shorter than this are no reason to come back.
const PAUSE: u64 = 48_000;

/// Where somebody speaks.
#[derive(Debug, Clone, Default)]
pub(super) struct Speech(Vec<(u64, u64)>);

impl Speech {
    /// From where each voice lies, first and past its last moment.
    pub(super) fn of(spans: impl Iterator<Item = (u64, u64)>) -> Self {
        let mut spans: Vec<_> = spans.collect();
        spans.sort_unstable();
        let mut merged: Vec<(u64, u64)> = Vec::new();
        for (from, to) in spans {
            match merged.last_mut() {
                Some(last) if from <= last.1 + PAUSE => last.1 = last.1.max(to),
                Some(_) | None => merged.push((from, to)),
            }
        }
        Self(merged)
    }

    /// How far something is lowered at a moment: 0 is not, 1 is all the way.
    pub(super) fn depth(&self, at: u64) -> f32 {
        let next = self.0.partition_point(|(_, to)| *to <= at);
        let ahead = self.0.get(next).map_or(0.0, |(from, _)| ramp((at + FALL).saturating_sub(*from), FALL));
        let behind = next.checked_sub(1).map_or(0.0, |last| 1.0 - ramp(at - self.0[last].1, RISE));
        ahead.max(behind)
    }
}

/// How much of the way is done.
pub(super) fn ramp(done: u64, whole: u64) -> f32 {
    if done >= whole {
        return 1.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "ramps are short")]
    let part = done as f32 / whole as f32;
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_low_while_somebody_speaks_and_comes_back() {
        let speech = Speech::of([(100_000, 200_000), (220_000, 300_000), (900_000, 950_000)].into_iter());
        let low = |at| speech.depth(at);
        assert!(low(0) <= 0.0 && low(600_000) <= 0.0);
        assert!(low(100_000) >= 1.0 && low(210_000) >= 1.0 && low(299_999) >= 1.0);
        assert!(low(95_000) > 0.4 && low(95_000) < 0.6);
        assert!(low(312_000) > 0.4 && low(312_000) < 0.6);
    }
}
