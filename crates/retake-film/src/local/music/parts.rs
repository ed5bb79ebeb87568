//! Who plays what, when: chords, broken chords, bass, a melody that leaves room, and drums.
//!
//! Times are whole bars of the loop: the tempo gives way to its length.

#![expect(clippy::float_arithmetic, reason = "it weighs how hard a key is struck")]

use retake_engine::id::Hash;

use super::super::dice::Dice;
use super::harmony::{Mode, Progression, within};
use super::mood::{Beat, Mood};
use super::{Note, RATE, Voice};

/// Slots of a beat in which a broken chord or a melody may step.
const SLOTS: u64 = 2;

/// Broken chords: which tone of the ladder sounds in each half beat; below zero none.
const FOUR: [[i8; 8]; 6] = [
    [0, 1, 2, 3, 4, 3, 2, 1],
    [0, 2, 1, 3, 2, 4, 3, 1],
    [0, -1, 2, 3, -1, 2, 4, -1],
    [0, 2, 4, -1, 3, -1, 2, -1],
    [0, 3, 2, 4, -1, 3, 2, -1],
    [2, 0, 3, 1, 4, -1, 3, 1],
];
const THREE: [[i8; 6]; 4] = [[0, 2, 3, 4, 3, 2], [0, -1, 2, 3, 2, -1], [0, 2, 4, -1, 3, -1], [0, 3, 2, 4, 3, -1]];

/// Rhythms of a melody's bar: where a note begins, and how long it is, in half beats.
const SUNG_FOUR: [&[(u64, u64)]; 6] = [
    &[(0, 3), (3, 1), (4, 4)],
    &[(0, 2), (2, 2), (4, 4)],
    &[(0, 6), (6, 2)],
    &[(2, 2), (4, 2), (6, 2)],
    &[(0, 4), (4, 3), (7, 1)],
    &[(0, 3), (3, 3), (6, 2)],
];
const SUNG_THREE: [&[(u64, u64)]; 4] =
    [&[(0, 4), (4, 2)], &[(0, 2), (2, 2), (4, 2)], &[(0, 3), (3, 1), (4, 2)], &[(0, 5)]];

/// The loop's bars, and where in it they are.
struct Grid<'m> {
    mood: &'m Mood,
    bars: u64,
    moments: u64,
    chords: Vec<i32>,
}

/// All notes of a score.
pub(super) fn write(mood: &Mood, seed: Hash, moments: u32) -> Vec<Note> {
    let grid = Grid::new(mood, seed, u64::from(moments));
    let mut notes = Vec::new();
    grid.bed(&mut notes, &mut Dice::of(seed, "bed"));
    grid.broken(&mut notes, &mut Dice::of(seed, "keys"));
    grid.bass(&mut notes);
    if let Some(voice) = mood.lead {
        grid.melody(&mut notes, &mut Dice::of(seed, "melody"), voice);
    }
    grid.drums(&mut notes, &mut Dice::of(seed, "drums"));
    notes.sort_by_key(|note| (note.start, note.voice, note.pitch));
    notes
}

impl<'m> Grid<'m> {
    fn new(mood: &'m Mood, seed: Hash, moments: u64) -> Self {
        let bar = u64::from(RATE) * 60 * mood.meter / mood.bpm;
        let bars = ((moments + bar / 2) / bar).max(1);
        // Phrases are even, where the tempo has to give way by little.
        let bars = if bars > 5 { bars + bars % 2 } else { bars };
        let mut dice = Dice::of(seed, "chords");
        let known = mood.mode.progressions();
        let mut one = || dice.pick(known).copied().unwrap_or([0; 4]);
        let (first, second) = (one(), one());
        let mut chords: Vec<i32> = (0..bars).map(|bar| chord(bar, &first, &second)).collect();
        if bars > 1
            && let Some(last) = chords.last_mut()
        {
            *last = mood.mode.turn();
        }
        Self { mood, bars, moments, chords }
    }

    /// The sample at which a half beat of a bar begins; past the last bar it is the loop's end.
    fn at(&self, bar: u64, slot: u64) -> u64 {
        let slots = self.mood.meter * SLOTS;
        (bar * slots + slot) * self.moments / (self.bars * slots)
    }

    fn note(&self, voice: Voice, pitch: u8, bar: u64, slots: (u64, u64), force: f32) -> Note {
        let (start, end) = (self.at(bar, slots.0), self.at(bar, slots.0 + slots.1));
        let small = |moment: u64| u32::try_from(moment).unwrap_or(u32::MAX);
        let side = (f32::from(pitch) - 66.0) / 40.0;
        Note { voice, pitch, start: small(start), length: small(end - start), force, side: side.clamp(-0.6, 0.6) }
    }

    fn mode(&self) -> Mode {
        self.mood.mode
    }

    fn bars(&self) -> impl Iterator<Item = (u64, i32)> + '_ {
        (0..self.bars).zip(self.chords.iter().copied())
    }

    /// How far the piece has come up, from less at its beginning to all of it.
    fn rise(&self, bar: u64) -> f32 {
        if self.bars < 6 || bar >= 2 { 1.0 } else { 0.72 }
    }

    /// Held chords, close together, so that each moves little to the next.
    fn bed(&self, notes: &mut Vec<Note>, dice: &mut Dice) {
        let slots = self.mood.meter * SLOTS;
        for (bar, chord) in self.bars() {
            let tones: &[i32] = if self.mood.rich { &[0, 2, 4, 6] } else { &[0, 2, 4] };
            for (index, tone) in tones.iter().enumerate() {
                // With a seventh, the root is left to the bass.
                if self.mood.rich && index == 0 {
                    continue;
                }
                let low = if self.mood.bed == Voice::Strings && index == 0 { 48 } else { 55 };
                let pitch = within(self.mode().pitch(self.mood.tonic, chord + tone), low);
                let mut note = self.note(self.mood.bed, pitch, bar, (0, slots), 0.72 * self.rise(bar));
                note.side = dice.around(0.7);
                notes.push(note);
            }
        }
    }

    /// The keys of a broken chord: its tones upwards from near the middle.
    fn ladder(&self, chord: i32, rung: i8, low: i32) -> u8 {
        let first = i32::from(within(self.mode().pitch(self.mood.tonic, chord), low));
        let rung = i32::from(rung);
        let tone = [0, 2, 4].get(usize::try_from(rung.rem_euclid(3)).unwrap_or(0)).copied().unwrap_or(0);
        let root = self.mode().pitch(self.mood.tonic, chord);
        let above = self.mode().pitch(self.mood.tonic, chord + tone) - root;
        u8::try_from(first + above + rung.div_euclid(3) * 12).unwrap_or(60)
    }

    fn broken(&self, notes: &mut Vec<Note>, dice: &mut Dice) {
        let low = if self.mood.keys == Voice::Bells { 62 } else { 52 };
        let is_four = self.mood.meter == 4;
        let mut one = || -> Vec<i8> {
            if is_four {
                dice.pick(&FOUR).map(|figure| figure.to_vec()).unwrap_or_default()
            } else {
                dice.pick(&THREE).map(|figure| figure.to_vec()).unwrap_or_default()
            }
        };
        let (usual, other) = (one(), one());
        let hold = if self.mood.density == 1 { 4 } else { 3 };
        for (bar, chord) in self.bars() {
            let figure = if bar % 4 == 3 { &other } else { &usual };
            for (slot, rung) in (0_u64..).zip(figure) {
                let off = *rung < 0 || (self.mood.density == 1 && slot % 2 == 1);
                if off {
                    continue;
                }
                let stress = match slot {
                    0 => 0.20,
                    _ if slot % 2 == 0 => 0.08,
                    _ => 0.0,
                };
                let force = (0.58 + stress + dice.around(0.09)) * self.rise(bar);
                let mut note = self.note(self.mood.keys, self.ladder(chord, *rung, low), bar, (slot, hold), force);
                // Hands are never quite together.
                note.start += u32::try_from(dice.below(u64::from(RATE) / 140)).unwrap_or(0);
                notes.push(note);
            }
        }
    }

    fn bass(&self, notes: &mut Vec<Note>) {
        let slots = self.mood.meter * SLOTS;
        let low = 36;
        for (bar, chord) in self.bars() {
            let root = within(self.mode().pitch(self.mood.tonic, chord), low);
            let fifth = within(self.mode().pitch(self.mood.tonic, chord + 4), low);
            let force = 0.66 * self.rise(bar);
            if self.mood.pulse {
                for slot in 0..slots {
                    let force = if slot % 4 == 0 { 0.95 } else { 0.62 } * self.rise(bar);
                    let mut note = self.note(Voice::Pluck, root + 12, bar, (slot, 1), force);
                    note.side = -0.2;
                    notes.push(note);
                }
            }
            if self.mood.beat == Beat::Soft && self.mood.meter == 4 {
                for (slot, long, pitch) in [(0, 3, root), (3, 1, root), (4, 3, fifth), (7, 1, root)] {
                    notes.push(self.low(pitch, bar, (slot, long), force));
                }
            } else {
                notes.push(self.low(root, bar, (0, slots), force));
            }
        }
    }

    fn low(&self, pitch: u8, bar: u64, slots: (u64, u64), force: f32) -> Note {
        Note { side: 0.0, ..self.note(Voice::Bass, pitch, bar, slots, force) }
    }

    /// A tune of two bars that comes back, bent to the chords, and rests in between.
    fn melody(&self, notes: &mut Vec<Note>, dice: &mut Dice, voice: Voice) {
        let rhythms: &[&[(u64, u64)]] = if self.mood.meter == 4 { &SUNG_FOUR } else { &SUNG_THREE };
        let calls: Vec<&[(u64, u64)]> = (0..2).filter_map(|_| dice.pick(rhythms).copied()).collect();
        let turns: Vec<i32> = (0..8).map(|_| dice.pick(&[-2, -1, -1, 1, 1, 2]).copied().unwrap_or(1)).collect();
        let low = if voice == Voice::Bells { 74 } else { 67 };
        let mut place = i32::try_from(dice.below(3)).unwrap_or(0) * 2 + 7;
        for (bar, chord) in self.bars() {
            let phrase = bar % 4;
            if phrase == 3 || (self.bars >= 8 && bar < 2) {
                continue;
            }
            let slots = self.mood.meter * SLOTS;
            let last = [(0, slots)];
            let rhythm = if phrase == 2 {
                &last[..]
            } else {
                calls.get(usize::try_from(phrase).unwrap_or(0)).copied().unwrap_or(&last)
            };
            for (index, (slot, long)) in rhythm.iter().enumerate() {
                let turn = turns.get((usize::try_from(phrase).unwrap_or(0) * 4 + index) % 8).copied().unwrap_or(1);
                place = reflected(place + turn);
                if *slot % 4 == 0 || *long >= 3 {
                    place = nearest_tone(place, chord);
                }
                // A seventh above the root of its own chord's neighbour would rub; the tune keeps to the scale.
                let pitch = self.sung(place, low);
                let force = 0.66 + if *slot == 0 { 0.12 } else { 0.0 } + dice.around(0.06);
                let mut note = self.note(voice, pitch, bar, (*slot, *long), force);
                note.side = 0.12;
                notes.push(note);
            }
        }
    }

    /// A step of the scale as a key, counted from the first tonic above `low` less an octave.
    fn sung(&self, place: i32, low: i32) -> u8 {
        let base = i32::from(within(i32::from(self.mood.tonic), low - 12));
        let above = self.mode().pitch(0, place - 4);
        u8::try_from(base + above).unwrap_or(72)
    }

    fn drums(&self, notes: &mut Vec<Note>, dice: &mut Dice) {
        let slots = self.mood.meter * SLOTS;
        for bar in 0..self.bars {
            if self.bars >= 8 && bar < 2 {
                continue;
            }
            let mut hit = |voice, slot, force: f32, side| {
                let note = self.note(voice, 60, bar, (slot, 1), force);
                notes.push(Note { side, ..note });
            };
            match self.mood.beat {
                Beat::Off => {}
                Beat::Soft => {
                    for slot in 0..slots {
                        let force = if slot % 2 == 1 { 0.95 } else { 0.5 } + dice.around(0.12);
                        hit(Voice::Shaker, slot, force, 0.3);
                        if slot % 4 == 0 {
                            hit(Voice::Kick, slot, 0.75, 0.0);
                        }
                    }
                }
                Beat::Large => {
                    hit(Voice::Drum, 0, 1.0, -0.1);
                    hit(Voice::Drum, slots / 2 + 1, 0.55, 0.2);
                    if bar % 2 == 1 {
                        hit(Voice::Drum, slots - 2, 0.6, 0.25);
                        hit(Voice::Drum, slots - 1, 0.75, 0.15);
                    }
                }
            }
        }
    }
}

/// The chord of a bar: two progressions, of which the second comes in every third group of four.
fn chord(bar: u64, first: &Progression, second: &Progression) -> i32 {
    let from = if bar / 4 % 3 == 2 { second } else { first };
    usize::try_from(bar % 4).ok().and_then(|index| from.get(index)).copied().unwrap_or(0)
}

/// The tone of a chord that is nearest to a step of the scale.
fn nearest_tone(place: i32, chord: i32) -> i32 {
    [0, -1, 1, -2, 2]
        .into_iter()
        .map(|way| place + way)
        .find(|step| [0, 2, 4].contains(&(step - 4 - chord).rem_euclid(7)))
        .unwrap_or(place)
}

/// A place within the range of a tune.
fn reflected(place: i32) -> i32 {
    const RANGE: (i32, i32) = (3, 13);
    match place {
        low if low < RANGE.0 => RANGE.0 + (RANGE.0 - low),
        high if high > RANGE.1 => RANGE.1 - (high - RANGE.1),
        inside => inside,
    }
}
