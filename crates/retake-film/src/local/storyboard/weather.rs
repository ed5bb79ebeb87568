//! What is in the air: rain, snow, fog, lightning.

#![expect(clippy::float_arithmetic, reason = "it places what is drawn")]

use super::super::canvas::{Canvas, Fill, Spot, ellipse, polygon, polygons, rect};
use super::super::colour::Colour;
use super::super::dice::{Dice, Noise};
use super::motif::Motif;
use super::scene::Scene;

/// A bolt from the clouds, behind whatever stands on the ground.
pub(super) fn lightning(canvas: &mut Canvas, scene: &Scene) {
    let mut dice = scene.dice("lightning");
    let mut at = (canvas.width() * dice.between(0.2, 0.8), 0.02);
    canvas.glow((at.0, 0.1), 0.7, Colour::hex(0xcfd8ff), 0.45);
    let mut spots = vec![at];
    while at.1 < scene.horizon {
        at = (at.0 + dice.around(0.05), at.1 + dice.between(0.02, 0.05));
        spots.push(at);
        if dice.chance(0.25) {
            fork(canvas, &mut dice, at);
        }
    }
    canvas.line(&spots, 0.010, &Fill::Flat(Colour::hex(0xbfccff), 0.30));
    canvas.line(&spots, 0.0034, &Fill::Flat(Colour::WHITE, 0.95));
}

fn fork(canvas: &mut Canvas, dice: &mut Dice, from: Spot) {
    let side = if dice.chance(0.5) { 1.0 } else { -1.0 };
    let mut at = from;
    let mut spots = vec![at];
    for _ in 0..4 {
        at = (at.0 + side * dice.between(0.01, 0.035), at.1 + dice.between(0.008, 0.03));
        spots.push(at);
    }
    canvas.line(&spots, 0.0018, &Fill::Flat(Colour::WHITE, 0.7));
}

/// Everything that falls or drifts before the scene.
pub(super) fn before(canvas: &mut Canvas, scene: &Scene) {
    if scene.has(Motif::Fog) {
        fog(canvas, scene);
    }
    if scene.has(Motif::Rain) || (scene.has(Motif::Storm) && !scene.has_any(&[Motif::Snow, Motif::Desert])) {
        rain(canvas, scene);
    }
    if scene.has(Motif::Snow) {
        snow(canvas, scene);
    }
}

fn fog(canvas: &mut Canvas, scene: &Scene) {
    let mut dice = scene.dice("fog");
    let veil = scene.palette.haze();
    for layer in 0..4u8 {
        let y = scene.horizon - 0.10 + 0.13 * f32::from(layer);
        let noise = Noise::of(&mut dice);
        let mut spots: Vec<Spot> = (0..=30u8)
            .map(|step| f32::from(step) / 30.0)
            .map(|way| (way * (canvas.width() + 0.2) - 0.1, y - 0.05 + noise.rough(way * 3.0, 2) * 0.05))
            .collect();
        spots.push((canvas.width() + 0.1, y + 0.22));
        spots.push((-0.1, y + 0.22));
        let stops = vec![(0.0, veil, 0.0), (0.45, veil, 0.46), (1.0, veil, 0.0)];
        canvas.fill(polygon(&spots), &Fill::Along((0.0, y - 0.08), (0.0, y + 0.22), stops));
    }
    let whole = canvas.whole();
    canvas.fill(whole, &Fill::Flat(veil, 0.14));
}

fn rain(canvas: &mut Canvas, scene: &Scene) {
    let mut dice = scene.dice("rain");
    let slant = if scene.has(Motif::Storm) { 0.42 } else { 0.14 };
    let colour = scene.palette.sky[3].lighter(0.3);
    for (count, long, thick, cover) in
        [(330, 0.035, 0.0007, 0.20), (200, 0.060, 0.0011, 0.26), (60, 0.095, 0.0017, 0.30)]
    {
        let drops: Vec<[Spot; 4]> = (0..count)
            .map(|_| {
                let (x, y) = (dice.between(-0.1, canvas.width() + 0.4), dice.between(-0.1, 1.0));
                let long = long * dice.between(0.6, 1.3);
                [(x, y), (x + thick, y), (x - long * slant + thick, y + long), (x - long * slant, y + long)]
            })
            .collect();
        canvas.fill(polygons(drops.iter().map(|drop| &drop[..])), &Fill::Flat(colour, cover));
    }
    let whole = canvas.whole();
    canvas.fill(whole, &Fill::Flat(scene.palette.haze(), 0.05));
}

fn snow(canvas: &mut Canvas, scene: &Scene) {
    let mut dice = scene.dice("snow");
    for (count, size, cover) in [(260, 0.0016, 0.55), (130, 0.0030, 0.72), (34, 0.0065, 0.50), (9, 0.013, 0.22)] {
        for _ in 0..count {
            let at = (dice.between(0.0, canvas.width()), dice.unit());
            let size = size * dice.between(0.6, 1.25);
            canvas.fill(ellipse(at, size, size), &Fill::Flat(Colour::hex(0xfbfdff), cover));
        }
    }
    let veil = scene.palette.haze();
    let stops = vec![(0.0, veil, 0.0), (1.0, veil, 0.16)];
    canvas.fill(rect(-0.1, 0.0, canvas.width() + 0.1, 1.1), &Fill::Along((0.0, 0.2), (0.0, scene.horizon), stops));
}
