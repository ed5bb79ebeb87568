//! Far from any ground: stars, nebulae, planets with rings, rockets, moons.

#![expect(clippy::float_arithmetic, reason = "it places what is drawn")]

use super::super::canvas::{Canvas, Fill, Spot, ellipse, pebble, polygon};
use super::super::colour::Colour;
use super::super::dice::{Dice, Noise, cosine, sine};
use super::motif::Motif;
use super::scene::Scene;
use super::{figures, sky};

/// Draws all of it.
pub(super) fn draw(canvas: &mut Canvas, scene: &Scene) {
    let mut dice = scene.dice("space");
    let [top, upper, lower, glow] = scene.palette.sky;
    let whole = canvas.whole();
    canvas.fill(
        whole,
        &Fill::Along(
            (0.0, 0.0),
            (canvas.width() * 0.4, 1.0),
            vec![(0.0, top, 1.0), (0.6, upper, 1.0), (1.0, top.mix(upper, 0.5), 1.0)],
        ),
    );
    nebula(canvas, &mut dice, lower, glow);
    sky::stars(canvas, &mut dice, 1.6, true);
    let wide = canvas.width();
    let planet = scene.has_any(&[Motif::Planet]) || dice.chance(0.75);
    if planet {
        let side = if scene.light.0 < 0.5 { 0.66 } else { 0.34 };
        let radius = 0.22 * scene.scale().max(0.75);
        globe(canvas, scene, &mut dice, (wide * side, 0.46), radius.min(0.34), true);
        let moon = (wide * (1.0 - side) * dice.between(0.7, 1.1), dice.between(0.15, 0.3));
        globe(canvas, scene, &mut dice, moon, 0.035, false);
    }
    if scene.has(Motif::Rocket) || (!scene.has(Motif::Astronaut) && !planet) {
        rocket(canvas, scene, (wide * if scene.light.0 < 0.5 { 0.32 } else { 0.68 }, 0.56), 0.34);
    }
    if scene.has(Motif::Astronaut) {
        figures::astronaut(
            canvas,
            scene,
            (wide * if scene.light.0 < 0.5 { 0.33 } else { 0.67 }, 0.56),
            0.36 * scene.scale().min(1.4),
        );
    }
}

fn nebula(canvas: &mut Canvas, dice: &mut Dice, lower: Colour, glow: Colour) {
    let noise = Noise::of(dice);
    let wide = canvas.width();
    for step in 0..46u8 {
        let way = f32::from(step) / 45.0;
        let at = (way * wide * 1.1 - 0.05, 0.74 - way * 0.5 + noise.rough(way * 4.0, 3) * 0.30);
        let size = 0.14 + 0.20 * (noise.at(way * 11.0) * 0.5 + 0.5);
        let hue = lower.mix(glow, noise.at(way * 6.0 + 30.0) * 0.5 + 0.5);
        canvas.glow((at.0 + dice.around(0.1), at.1 + dice.around(0.12)), size, hue, 0.24);
    }
}

fn globe(canvas: &mut Canvas, scene: &Scene, dice: &mut Dice, at: Spot, radius: f32, main: bool) {
    let hues = [0xd98a5b, 0x6fa3b8, 0xc96f7f, 0xd9b36b, 0x7f8fc9].map(Colour::hex);
    let hue = dice.pick(&hues).copied().unwrap_or(Colour::WHITE);
    let hue = if main { hue } else { Colour::hex(0xb9b2a8) };
    let ringed = main && (scene.has(Motif::Planet) || dice.chance(0.6));
    let tilt = dice.between(-0.10, -0.05);
    if main {
        canvas.glow(at, radius * 2.1, hue, 0.32);
    }
    if ringed {
        rings(canvas, at, radius, tilt, hue, false);
    }
    canvas.fill(ellipse(at, radius, radius), &Fill::flat(hue));
    if main {
        let noise = Noise::of(dice);
        for band in 0..9u8 {
            let y = (f32::from(band) + 0.5) / 9.0 * 2.0 - 1.0;
            let half = (1.0 - y * y).max(0.0).sqrt() * radius;
            let thick = radius * 0.10 * (0.4 + 0.6 * noise.at(f32::from(band) * 1.7).abs());
            let colour = if band % 2 == 0 { hue.lighter(0.28) } else { hue.darker(0.22) };
            let spots: Vec<Spot> = (0..=16u8)
                .map(|step| f32::from(step) / 8.0 - 1.0)
                .map(|x| (at.0 + x * half, at.1 + y * radius * 0.94 - thick * (1.0 - x * x)))
                .chain(
                    (0..=16u8)
                        .rev()
                        .map(|step| f32::from(step) / 8.0 - 1.0)
                        .map(|x| (at.0 + x * half, at.1 + y * radius * 0.94 + thick * (1.0 - x * x))),
                )
                .collect();
            canvas.fill(pebble(&spots), &Fill::Flat(colour, 0.45));
        }
    }
    let away = if scene.light.0 < 0.5 { -0.42 } else { 0.42 };
    let lamp = (at.0 + radius * away, at.1 - radius * 0.35);
    let dark = scene.palette.sky[0].darker(0.3);
    let stops = vec![(0.0, dark, 0.0), (0.45, dark, 0.08), (0.75, dark, 0.62), (1.0, dark, 0.94)];
    canvas.fill(ellipse(at, radius * 1.003, radius * 1.003), &Fill::Round(lamp, radius * 1.55, stops));
    if ringed {
        rings(canvas, at, radius, tilt, hue, true);
    }
}

/// The half of the rings that is behind the planet, or the one before it.
fn rings(canvas: &mut Canvas, at: Spot, radius: f32, tilt: f32, hue: Colour, before: bool) {
    for (inner, outer, cover) in [(1.38, 1.62, 0.75), (1.66, 1.98, 0.55), (2.03, 2.12, 0.35)] {
        let half = |reach: f32| -> Vec<Spot> {
            (0..=48u8)
                .map(|step| {
                    let turn = f32::from(step) / 96.0 + if before { 0.0 } else { 0.5 };
                    let (x, y) = (cosine(turn) * reach * radius, sine(turn) * reach * radius * 0.24);
                    (at.0 + x - y * tilt * 4.0, at.1 + y + x * tilt * 4.0)
                })
                .collect()
        };
        let mut spots = half(outer);
        spots.extend(half(inner).into_iter().rev());
        canvas.fill(polygon(&spots), &Fill::Flat(hue.lighter(0.4), cover));
    }
}

/// A rocket that rises on its flame.
pub(super) fn rocket(canvas: &mut Canvas, scene: &Scene, at: Spot, tall: f32) {
    let (x, y) = at;
    let half = tall * 0.13;
    let pale = Colour::hex(0xf0e9dc);
    let red = Colour::hex(0xd9523f);
    canvas.glow((x, y + tall * 0.72), tall * 0.8, scene.palette.light, 0.75);
    for (grow, colour) in [(1.0, Colour::hex(0xff8a3c)), (0.6, Colour::hex(0xffe08a))] {
        let flame = [
            (x - half * 0.6 * grow, y + tall * 0.48),
            (x - half * 0.5 * grow, y + tall * 0.62),
            (x, y + tall * (0.5 + 0.55 * grow)),
            (x, y + tall * (0.5 + 0.55 * grow)),
            (x + half * 0.5 * grow, y + tall * 0.62),
            (x + half * 0.6 * grow, y + tall * 0.48),
        ];
        canvas.fill(pebble(&flame), &Fill::Flat(colour, 0.95));
    }
    for side in [-1.0, 1.0_f32] {
        let fin = [
            (x + side * half * 0.75, y + tall * 0.18),
            (x + side * half * 1.9, y + tall * 0.46),
            (x + side * half * 1.7, y + tall * 0.56),
            (x + side * half * 0.6, y + tall * 0.47),
        ];
        canvas.fill(polygon(&fin), &Fill::flat(red.darker(if side > 0.0 { 0.25 } else { 0.0 })));
    }
    let body = [
        (x, y - tall * 0.56),
        (x + half, y - tall * 0.30),
        (x + half * 1.15, y + tall * 0.1),
        (x + half * 0.7, y + tall * 0.52),
        (x - half * 0.7, y + tall * 0.52),
        (x - half * 1.15, y + tall * 0.1),
        (x - half, y - tall * 0.30),
    ];
    canvas.fill(
        pebble(&body),
        &Fill::Along(
            (x - half, 0.0),
            (x + half, 0.0),
            vec![(0.0, pale, 1.0), (0.55, pale.darker(0.08), 1.0), (1.0, pale.darker(0.42), 1.0)],
        ),
    );
    canvas.fill(ellipse((x, y - tall * 0.10), half * 0.42, half * 0.42), &Fill::flat(red.darker(0.35)));
    canvas.fill(ellipse((x, y - tall * 0.10), half * 0.30, half * 0.30), &Fill::flat(Colour::hex(0x9fd3e6)));
}
