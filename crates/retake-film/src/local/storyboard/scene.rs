//! What a picture shows: one place, one hour, one light, chosen from the motifs of a prompt.
//!
//! Owns which motif wins over which, and the composition's few figures. Draws nothing.

#![expect(clippy::float_arithmetic, reason = "it places the horizon and the light")]

use std::collections::BTreeSet;

use retake_engine::id::Hash;

use super::super::canvas::Spot;
use super::super::dice::Dice;
use super::motif::{Motif, motifs};
use super::palette::{Hour, Palette};

/// Where a picture is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Open water to the horizon.
    Sea,
    /// Still water with land around.
    Lake,
    /// Running water between banks.
    River,
    /// Peaks above valleys.
    Mountains,
    /// Trees upon trees.
    Forest,
    /// Dunes.
    Desert,
    /// Open land.
    Field,
    /// Roofs against the sky.
    City,
    /// Between houses.
    Street,
    /// Far from any ground.
    Space,
    /// Under a roof.
    Room(Interior),
    /// No place at all: shapes.
    Abstract,
}

/// What a room is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is what its name says")]
pub enum Interior {
    Plain,
    Lab,
    Library,
    Kitchen,
    Workshop,
    Stairs,
    Lantern,
}

/// How near the camera stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is what its name says")]
pub enum Framing {
    Close,
    Middle,
    Wide,
}

/// What is to be drawn.
#[derive(Clone, Debug)]
pub struct Scene {
    /// Where it is set.
    pub place: Place,
    /// When.
    pub hour: Hour,
    /// How near.
    pub framing: Framing,
    /// All that the prompt asked for.
    pub wanted: BTreeSet<Motif>,
    pub(crate) palette: Palette,
    pub(crate) seed: Hash,
    /// The horizon's height.
    pub(crate) horizon: f32,
    /// Where sun or moon stand, as a share of the width and a height.
    pub(crate) light: Spot,
}

impl Scene {
    /// What a prompt asks for. The seed decides what it leaves open.
    #[must_use]
    pub fn of(prompt: &str, seed: u64) -> Self {
        let wanted = motifs(prompt);
        let seed = Hash::of([prompt.as_bytes(), &seed.to_be_bytes()]);
        let mut dice = Dice::of(seed, "scene");
        let has = |motif: Motif| wanted.contains(&motif);
        let place = place(&wanted);
        let hour = hour(&wanted, place, &mut dice);
        let framing = match () {
            () if has(Motif::Close) => Framing::Close,
            () if has(Motif::Wide) || has(Motif::Above) => Framing::Wide,
            () => Framing::Middle,
        };
        let palette = Palette::of(hour, &wanted, place == Place::Desert, place == Place::Space, &mut dice);
        let level = match place {
            Place::Sea => 0.60,
            Place::Lake | Place::River => 0.56,
            Place::Mountains | Place::Forest => 0.66,
            Place::Desert | Place::Field => 0.60,
            Place::City => 0.74,
            Place::Street => 0.56,
            Place::Space | Place::Room(_) | Place::Abstract => 0.70,
        };
        let tilt = match () {
            () if has(Motif::Above) => -0.24,
            () if has(Motif::Below) => 0.14,
            () if framing == Framing::Wide => 0.06,
            () => 0.0,
        };
        let horizon = (level + tilt + dice.around(0.03)).clamp(0.28, 0.84);
        let side = if dice.chance(0.5) { dice.between(0.22, 0.40) } else { dice.between(0.60, 0.78) };
        let height = match hour {
            Hour::Day => dice.between(0.14, 0.30),
            Hour::Dawn | Hour::Dusk => horizon - dice.between(0.06, 0.17),
            Hour::Night => dice.between(0.14, 0.28),
        };
        Self { place, hour, framing, palette, seed, horizon, light: (side, height), wanted }
    }

    pub(crate) fn has(&self, motif: Motif) -> bool {
        self.wanted.contains(&motif)
    }

    pub(crate) fn has_any(&self, motifs: &[Motif]) -> bool {
        motifs.iter().any(|motif| self.has(*motif))
    }

    /// Luck for one purpose, whatever else is drawn.
    pub(crate) fn dice(&self, purpose: &str) -> Dice {
        Dice::of(self.seed, purpose)
    }

    pub(crate) fn dark(&self) -> bool {
        self.hour == Hour::Night
    }

    /// How large a thing in the middle distance is, beside its usual size.
    pub(crate) fn scale(&self) -> f32 {
        match self.framing {
            Framing::Close => 1.7,
            Framing::Middle => 1.0,
            Framing::Wide => 0.62,
        }
    }
}

fn place(wanted: &BTreeSet<Motif>) -> Place {
    use Motif::{
        Astronaut, Beach, Boat, Book, Bridge, Castle, City, Clock, Crowd, Cup, Desert, Field, Figure, Fish, Forest,
        Garden, Island, Jungle, Kitchen, Lab, Lake, Lamp, Library, Lighthouse, Machine, Match, Mountain, Planet, River,
        Rocket, Room, Sea, Ship, Space, Stairs, Street, Table, Village, Wave, Whale, Window, Workshop,
    };
    let has = |motif: Motif| wanted.contains(&motif);
    let any = |motifs: &[Motif]| motifs.iter().any(|motif| wanted.contains(motif));
    let ground = [Sea, Lake, River, Mountain, Forest, Desert, Field, City, Street, Village, Beach, Island, Wave];
    let special = [
        (Stairs, Interior::Stairs),
        (Library, Interior::Library),
        (Lab, Interior::Lab),
        (Kitchen, Interior::Kitchen),
        (Workshop, Interior::Workshop),
    ];
    let outdoors = any(&ground) || any(&[Lighthouse, Castle, Bridge, Boat, Ship, Space]);
    let inside = special.iter().find(|(motif, _)| has(*motif)).map(|(_, interior)| *interior);
    let things = [Room, Match, Lamp, Book, Clock, Table, Machine, Cup, Window];
    match () {
        () if has(Space) && !any(&[Sea, Lake, River, Forest, City, Street, Room]) => Place::Space,
        () if let Some(interior) = inside
            && (!outdoors || has(Room) || interior == Interior::Stairs) =>
        {
            Place::Room(interior)
        }
        () if any(&[Planet, Astronaut, Rocket]) && !outdoors => Place::Space,
        () if any(&[Match, Lamp]) && !outdoors && !any(&[Table, Cup, Book, Room]) => Place::Room(Interior::Lantern),
        () if any(&things) && !outdoors => Place::Room(Interior::Plain),
        () if has(Street) => Place::Street,
        () if has(City) => Place::City,
        () if any(&[River, Lake]) && !any(&[Sea, Beach, Island, Lighthouse, Wave]) => {
            if has(River) {
                Place::River
            } else {
                Place::Lake
            }
        }
        () if any(&[Sea, Beach, Island, Wave, Lighthouse, Whale, Fish]) => Place::Sea,
        () if any(&[Boat, Ship]) && !any(&[Mountain, Forest, Field, Desert]) => Place::Sea,
        () if has(Desert) => Place::Desert,
        () if any(&[Forest, Jungle]) && !has(Mountain) => Place::Forest,
        () if has(Mountain) => Place::Mountains,
        () if any(&[Boat, Ship]) => Place::Lake,
        () if any(&[Field, Garden, Village, Castle, Bridge, Figure, Crowd]) => Place::Field,
        () if wanted.iter().any(|motif| {
            !matches!(motif, Motif::Warm | Motif::Cold | Motif::Grey)
                && !matches!(motif, Motif::Close | Motif::Wide | Motif::Above | Motif::Below)
        }) =>
        {
            Place::Field
        }
        () => Place::Abstract,
    }
}

fn hour(wanted: &BTreeSet<Motif>, place: Place, dice: &mut Dice) -> Hour {
    let has = |motif: Motif| wanted.contains(&motif);
    let luck = dice.unit();
    let indoors = matches!(place, Place::Room(_));
    match () {
        () if has(Motif::Night) => Hour::Night,
        () if has(Motif::Dusk) => Hour::Dusk,
        () if has(Motif::Dawn) => Hour::Dawn,
        () if has(Motif::Day) => Hour::Day,
        () if has(Motif::Moon) || has(Motif::Star) || has(Motif::Aurora) => Hour::Night,
        () if has(Motif::Match) || (indoors && has(Motif::Lamp)) => Hour::Night,
        () if has(Motif::Fire) && luck < 0.7 => Hour::Night,
        () if has(Motif::Lighthouse) && luck < 0.5 => Hour::Dusk,
        () if luck < 0.62 => Hour::Day,
        () if luck < 0.84 => Hour::Dawn,
        () => Hour::Dusk,
    }
}
