//! Storyboards: a frame drawn from the words of a prompt, like a screen-printed poster. It is a drawing that a program
//! made, labelled `procedural` wherever it is spoken of.
//!
//! Owns the order in which a scene's layers are put down. Knows no files and no clock: equal prompts, sizes and seeds
//! give equal bytes.

#![expect(clippy::float_arithmetic, reason = "it places what is drawn")]

mod city;
mod figures;
mod interior;
mod land;
mod motif;
mod palette;
mod scene;
mod sky;
mod space;
mod things;
mod trees;
mod water;
mod weather;

use super::canvas::{Canvas, Fill, Spot, byte_of, ellipse, rect};
use super::colour::Colour;
use super::dice::Dice;
use super::picture::{Picture, Size};
pub use motif::{Motif, motifs};
pub use palette::Hour;
pub use scene::{Framing, Interior, Place, Scene};

/// What a made picture is called in data, so that nobody takes it for a model's.
pub const LABEL: &str = "procedural";

/// Draws the frame that a prompt describes. The seed gives another frame for the same words.
#[must_use]
pub fn draw(prompt: &str, size: Size, seed: u64) -> Picture {
    let scene = Scene::of(prompt, seed);
    let mut canvas = Canvas::new(size);
    match scene.place {
        Place::Room(kind) => interior::draw(&mut canvas, &scene, kind),
        Place::Space => space::draw(&mut canvas, &scene),
        Place::Abstract => shapes(&mut canvas, &scene),
        _ => outdoors(&mut canvas, &scene),
    }
    develop(&mut canvas, &scene);
    canvas.finish()
}

fn outdoors(canvas: &mut Canvas, scene: &Scene) {
    sky::draw(canvas, scene);
    if scene.has(Motif::Lightning)
        || (scene.has(Motif::Storm) && scene.dice("bolt").chance(0.35) && !scene.has(Motif::Snow))
    {
        weather::lightning(canvas, scene);
    }
    if scene.has(Motif::Bird) || (scene.hour != Hour::Night && scene.dice("flock").chance(0.3)) {
        things::birds(canvas, scene);
    }
    if scene.has(Motif::Balloon) {
        things::balloons(canvas, scene);
    }
    let ground = ground(canvas, scene);
    stand(canvas, scene, &ground);
    weather::before(canvas, scene);
}

/// Where things may stand: the height of the ground at a place, and the height of the water's edge.
struct Ground {
    foot: f32,
    water: Option<f32>,
}

fn ground(canvas: &mut Canvas, scene: &Scene) -> Ground {
    let line = scene.horizon;
    let on_land = |foot: f32| Ground { foot, water: None };
    match scene.place {
        Place::Sea => {
            if scene.has(Motif::Mountain) {
                land::mountains(canvas, scene, line, 0.26);
            }
            if scene.has_any(&[Motif::House, Motif::Village, Motif::Castle, Motif::Windmill]) {
                // What is built needs ground, also by the sea.
                let coast = land::Ridge::new(&mut scene.dice("coast"), line - 0.018, 0.07, 1.1, 3);
                let own = scene.palette.lit(land::ground(scene), 0.62);
                coast.fill(canvas, own, own.darker(0.3));
            }
            water::sea(canvas, scene);
            if scene.has_any(&[Motif::Island, Motif::Palm]) {
                island(canvas, scene, line);
            }
            if scene.has_any(&[Motif::Storm, Motif::Wave]) {
                water::waves(canvas, scene, line + 0.01, if scene.has(Motif::Storm) { 7 } else { 5 });
            }
            if scene.has(Motif::Beach) || scene.has(Motif::Palm) {
                shore(canvas, scene);
            }
            Ground { foot: 0.94, water: Some(line + 0.08) }
        }
        Place::Lake => {
            backdrop(canvas, scene, line);
            water::lake(canvas, scene, line);
            Ground { foot: 0.97, water: Some(line + 0.16) }
        }
        Place::River => {
            backdrop(canvas, scene, line);
            let ridge = land::hills(canvas, scene, line, 3);
            water::river(canvas, scene, line + 0.05);
            land::blades(canvas, scene, ridge, 0.90);
            Ground { foot: 0.90, water: Some(0.80) }
        }
        Place::Mountains => {
            land::mountains(canvas, scene, line, 0.44);
            let ridge = land::hills(canvas, scene, line - 0.02, 3);
            let mut dice = scene.dice("pines");
            trees::row(canvas, scene, &mut dice, ridge, 0.13, 0.9);
            ridge.fill(
                canvas,
                scene.palette.lit(land::ground(scene).darker(0.12), 0.96),
                scene.palette.lit(land::ground(scene).darker(0.45), 1.0),
            );
            on_land(0.92)
        }
        Place::Forest => {
            let inside = scene.framing == Framing::Close
                || scene.has_any(&[Motif::Figure, Motif::Deer])
                || scene.dice("woods").chance(0.4);
            if inside && !scene.has_any(&[Motif::Above, Motif::Wide, Motif::Palm]) {
                return on_land(trees::among(canvas, scene));
            }
            if scene.has(Motif::Mountain) {
                land::mountains(canvas, scene, line, 0.34);
            }
            trees::forest(canvas, scene, line - 0.06);
            on_land(0.95)
        }
        Place::Desert => {
            land::dunes(canvas, scene, line);
            on_land(0.84)
        }
        Place::City => {
            city::skyline(canvas, scene, line, 0.52);
            water::lake(canvas, scene, line);
            Ground { foot: 0.97, water: Some(line + 0.14) }
        }
        Place::Street => {
            city::street(canvas, scene);
            on_land(0.88)
        }
        Place::Field | Place::Space | Place::Room(_) | Place::Abstract => {
            if scene.has(Motif::Mountain) {
                land::mountains(canvas, scene, line, 0.3);
            }
            if scene.has(Motif::Storm) {
                // Under the clouds a strip of sky is left, and the land stands dark against it.
                let stops = vec![(0.0, scene.palette.light, 0.0), (1.0, scene.palette.light, 0.55)];
                let strip = rect(-0.1, line - 0.17, canvas.width() + 0.1, line + 0.04);
                canvas.fill(strip, &Fill::Along((0.0, line - 0.17), (0.0, line), stops));
            }
            let ridge = land::hills(canvas, scene, line, 4);
            land::blades(canvas, scene, ridge, line + 0.12);
            on_land(0.84)
        }
    }
}

/// What stands behind water: mountains, woods, a town, or low hills.
fn backdrop(canvas: &mut Canvas, scene: &Scene, line: f32) {
    let mut dice = scene.dice("backdrop");
    if scene.has(Motif::Mountain) || (scene.place == Place::Lake && dice.chance(0.5)) {
        land::mountains(canvas, scene, line, 0.34);
    } else {
        let far = land::Ridge::new(&mut dice, line - 0.02, 0.10, 1.3, 4);
        far.fill(canvas, scene.palette.lit(land::ground(scene), 0.34), scene.palette.haze());
    }
    if scene.place == Place::Lake || scene.has(Motif::Forest) {
        let near = land::Ridge::new(&mut dice, line - 0.002, 0.022, 2.0, 3);
        trees::row(canvas, scene, &mut dice, near, 0.075, 0.62);
        near.fill(
            canvas,
            scene.palette.lit(land::ground(scene).darker(0.3), 0.66),
            scene.palette.lit(land::ground(scene).darker(0.4), 0.7),
        );
    }
}

fn island(canvas: &mut Canvas, scene: &Scene, line: f32) {
    let x = canvas.width() * (1.0 - scene.light.0);
    let tone = scene.palette.lit(land::ground(scene), 0.55);
    let heap: Vec<Spot> = (0..=20u8)
        .map(|step| f32::from(step) / 10.0 - 1.0)
        .map(|way| {
            (x + way * 0.30, line + 0.012 - (1.0 - way * way) * 0.085 * (1.0 + 0.25 * super::dice::sine(way * 1.3)))
        })
        .collect();
    canvas.fill(
        super::canvas::polygon(&heap),
        &Fill::down(line - 0.08, line + 0.01, tone.lighter(0.12), tone.darker(0.2)),
    );
    let mut dice = scene.dice("island");
    for _ in 0..6 {
        let foot = (x + dice.around(0.16), line - 0.045);
        trees::palm(canvas, &mut dice, foot, 0.11, scene.palette.lit(Colour::hex(0x2f5a48), 0.75));
    }
}

fn shore(canvas: &mut Canvas, scene: &Scene) {
    let mut dice = scene.dice("shore");
    let ridge = land::Ridge::new(&mut dice, 0.87, 0.10, 0.7, 2);
    let sand = scene.palette.lit(Colour::hex(0xe8cf9a), 0.92).mix(scene.palette.light, 0.1);
    let edge: Vec<Spot> = ridge.shape(canvas.width()).into_iter().map(|(x, y)| (x, y - 0.012)).collect();
    canvas.fill(super::canvas::polygon(&edge), &Fill::Flat(Colour::hex(0xf7f6ee).mix(scene.palette.haze(), 0.25), 0.8));
    ridge.fill(canvas, sand.darker(0.12), sand);
    if scene.has(Motif::Palm) {
        for share in [0.10, 0.20, 0.90] {
            let foot = (canvas.width() * share, 0.93);
            trees::palm(canvas, &mut dice, foot, 0.55, scene.palette.lit(Colour::hex(0x2a4f42), 1.0).darker(0.15));
        }
    }
}

/// Puts what the prompt names on the ground, the far before the near.
fn stand(canvas: &mut Canvas, scene: &Scene, ground: &Ground) {
    let wide = canvas.width();
    let scale = scene.scale();
    let left = scene.light.0 < 0.5;
    let place = |share: f32| wide * if left { share } else { 1.0 - share };
    let narrow = (wide / 1.2).min(1.0);
    let foot = ground.foot;
    let shore = ground.water.unwrap_or(foot);
    if scene.has(Motif::Castle) {
        things::castle(canvas, scene, (place(0.62), scene.horizon + 0.07), 0.46 * scale * narrow);
    }
    if scene.has(Motif::Bridge) && ground.water.is_some() {
        things::bridge(canvas, scene, shore - 0.17, shore + 0.05);
    }
    if scene.has(Motif::Windmill) {
        things::windmill(canvas, scene, (place(0.68), scene.horizon + 0.14), 0.46 * scale * narrow);
    }
    if scene.has_any(&[Motif::House, Motif::Village]) && !matches!(scene.place, Place::City | Place::Street) {
        let mut dice = scene.dice("village");
        let count = if scene.has(Motif::Village) { 6 } else { 1 };
        // By the water they stand on its far edge, never in it.
        let (base, sway) = match ground.water {
            Some(_) => (scene.horizon - 0.006, 0.006),
            None => (scene.horizon + 0.15, 0.02),
        };
        for index in 0..count {
            let size = if count > 1 { 0.10 * dice.between(0.8, 1.25) } else { 0.20 } * scale * narrow;
            let x = place(0.64)
                + (f32::from(u8::try_from(index).unwrap_or(0)) - f32::from(u8::try_from(count).unwrap_or(1)) / 2.0
                    + 0.5)
                    * 0.15
                    * narrow;
            things::house(canvas, scene, (x, base + dice.around(sway)), size);
        }
    }
    if scene.has(Motif::Lighthouse) {
        let tall = (0.50 * scale).min(0.74) * narrow;
        let rocks = ground.water.is_some();
        let base = if rocks { scene.horizon + 0.05 + 0.05 * scale } else { foot - 0.06 };
        things::lighthouse(canvas, scene, (place(0.68), base), tall, rocks);
        if scene.has_any(&[Motif::Storm, Motif::Wave]) && rocks {
            water::waves(canvas, scene, 0.84, 2);
        }
    }
    let face = scene.framing == Framing::Close && scene.has_any(&[Motif::Figure, Motif::Crowd]);
    if scene.has_any(&[Motif::Boat, Motif::Ship]) && ground.water.is_some() && !face {
        things::vessel(canvas, scene, (place(0.34), shore + 0.04), 0.24 * scale * narrow);
    }
    if scene.has(Motif::Whale) && ground.water.is_some() {
        things::whale(canvas, scene, (place(0.42), shore + 0.08), 0.22 * scale * narrow);
    }
    if scene.has(Motif::Rocket) {
        space::rocket(canvas, scene, (place(0.6), 0.40), 0.36 * narrow);
    }
    let alone = scene.place == Place::Field
        && scene.has(Motif::Storm)
        && !scene.has_any(&[Motif::House, Motif::Village, Motif::Castle, Motif::Windmill]);
    if (alone || scene.has(Motif::Tree))
        && !scene.has(Motif::Palm)
        && !matches!(scene.place, Place::Forest | Place::City)
    {
        let mut dice = scene.dice("tree");
        let leaves = scene.palette.lit(land::ground(scene).darker(0.15), 0.95);
        let colours = (leaves, scene.palette.lit(Colour::hex(0x4f3a2e), 1.0));
        trees::leafy(
            canvas,
            &mut dice,
            (place(0.70), foot),
            0.56 * scale.min(1.3) * narrow,
            colours,
            scene.has(Motif::Snow),
        );
    }
    if scene.has_any(&[Motif::Deer, Motif::Horse, Motif::Dog, Motif::Cat, Motif::Sheep]) {
        figures::beasts(canvas, scene, (place(0.52), foot), 0.26 * scale * narrow);
    }
    if scene.has_any(&[Motif::Figure, Motif::Crowd]) {
        if scene.framing == Framing::Close {
            figures::bust(canvas, scene, (place(0.40), 1.0), 0.64 * narrow.max(0.6));
        } else {
            figures::people(canvas, scene, (place(0.40), foot), 0.27 * scale * narrow);
        }
    }
    if scene.has(Motif::Fire) {
        things::fire(canvas, (place(0.58), foot), 0.055 * scale);
    }
}

/// A prompt without a place: a poster of discs and arcs.
fn shapes(canvas: &mut Canvas, scene: &Scene) {
    let mut dice: Dice = scene.dice("shapes");
    let [top, upper, lower, horizon] = scene.palette.sky;
    let wide = canvas.width();
    let whole = canvas.whole();
    canvas.fill(whole, &Fill::down(0.0, 1.0, horizon, lower));
    let at = (wide * dice.between(0.36, 0.64), dice.between(0.44, 0.58));
    for ring in (0..7u8).rev() {
        let radius = 0.10 + 0.10 * f32::from(ring);
        let tone = [top, upper, lower, scene.palette.light].get(usize::from(ring) % 4).copied().unwrap_or(upper);
        canvas.fill(
            ellipse(at, radius, radius),
            &Fill::Along(
                (at.0 - radius, at.1 - radius),
                (at.0 + radius, at.1 + radius),
                vec![(0.0, tone, 0.75), (1.0, tone.mix(lower, 0.5), 0.75)],
            ),
        );
    }
    canvas.fill(
        rect(-0.1, at.1 + 0.02, wide + 0.1, 1.1),
        &Fill::down(at.1, 1.0, upper.mix(scene.palette.near, 0.3), scene.palette.near),
    );
    for ring in 0..6u8 {
        let y = at.1 + 0.03 + 0.075 * f32::from(ring);
        let half = 0.62 - 0.08 * f32::from(ring) + dice.around(0.06);
        canvas.fill(
            ellipse((at.0 + dice.around(0.03), y), half, 0.012),
            &Fill::Flat(horizon, 0.42 - 0.05 * f32::from(ring)),
        );
    }
    canvas.glow(at, 0.6, scene.palette.light, 0.5);
}

/// Darkens the corners and lays the paper's grain over everything.
fn develop(canvas: &mut Canvas, scene: &Scene) {
    let mut dice = scene.dice("grain");
    let seed = dice.fork().next();
    let corner = if scene.dark() { 0.30 } else { 0.20 };
    canvas.develop(|number, x, y, pixel| {
        let far = (x * x * 0.8 + y * y * 0.8 - 0.35).max(0.0);
        let keep = 1.0 - corner * (far / 1.25).min(1.0);
        let speck = (number as u64 ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let bits = (speck ^ (speck >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40;
        let [_, _, _, _, _, one, two, three] = bits.to_be_bytes();
        let grain = (f32::from(one) + f32::from(two) + f32::from(three)) / 382.5 - 1.0;
        for part in pixel.iter_mut().take(3) {
            *part = byte_of(f32::from(*part) * keep + grain * 5.5);
        }
    });
}

#[cfg(test)]
mod tests;
