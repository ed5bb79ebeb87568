//! Scales and the chords upon them. Knows no time and no voice.

/// A scale: which of the white keys it begins on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Lydian,
    Ionian,
    Mixolydian,
    Dorian,
    Aeolian,
    Phrygian,
}

/// Four chords, each by the step of the scale that it stands on.
pub(super) type Progression = [i32; 4];

impl Mode {
    /// Its pitches above the first.
    pub(super) fn steps(self) -> [u8; 7] {
        match self {
            Self::Lydian => [0, 2, 4, 6, 7, 9, 11],
            Self::Ionian => [0, 2, 4, 5, 7, 9, 11],
            Self::Mixolydian => [0, 2, 4, 5, 7, 9, 10],
            Self::Dorian => [0, 2, 3, 5, 7, 9, 10],
            Self::Aeolian => [0, 2, 3, 5, 7, 8, 10],
            Self::Phrygian => [0, 1, 3, 5, 7, 8, 10],
        }
    }

    /// Chords that go well after each other; none has a diminished fifth.
    pub(super) fn progressions(self) -> &'static [Progression] {
        match self {
            Self::Lydian => &[[0, 1, 0, 4], [0, 1, 5, 4], [0, 4, 1, 0]],
            Self::Ionian => &[[0, 4, 5, 3], [0, 5, 3, 4], [0, 3, 5, 4], [0, 2, 3, 4], [0, 3, 0, 4]],
            Self::Mixolydian => &[[0, 6, 3, 0], [0, 3, 6, 3], [0, 4, 3, 6]],
            Self::Dorian => &[[0, 3, 0, 6], [0, 6, 3, 0], [0, 2, 3, 6], [0, 4, 3, 6]],
            Self::Aeolian => &[[0, 5, 2, 6], [0, 3, 5, 6], [0, 5, 3, 4], [0, 2, 5, 6]],
            Self::Phrygian => &[[0, 1, 0, 6], [0, 5, 1, 0], [0, 3, 1, 6]],
        }
    }

    /// The chord that leads back to the beginning.
    pub(super) fn turn(self) -> i32 {
        match self {
            Self::Lydian | Self::Ionian => 4,
            Self::Mixolydian | Self::Dorian | Self::Aeolian => 6,
            Self::Phrygian => 1,
        }
    }

    /// The pitch of a step of the scale, counted on over the octaves, above a first pitch.
    pub(super) fn pitch(self, first: u8, step: i32) -> i32 {
        let within = usize::try_from(step.rem_euclid(7)).unwrap_or(0);
        let above = self.steps().get(within).copied().unwrap_or(0);
        i32::from(first) + step.div_euclid(7) * 12 + i32::from(above)
    }
}

/// The same pitch in the octave that begins at `low`.
pub(super) fn within(pitch: i32, low: i32) -> u8 {
    u8::try_from(low + (pitch - low).rem_euclid(12)).unwrap_or(60)
}
