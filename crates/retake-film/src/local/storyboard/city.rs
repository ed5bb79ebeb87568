//! Cities: skylines and streets.

#![expect(clippy::float_arithmetic, reason = "it places what is drawn")]

use super::super::canvas::{Canvas, Fill, Spot, polygon, polygons, rect};
use super::super::colour::Colour;
use super::super::dice::{Dice, Noise};
use super::motif::Motif;
use super::palette::Hour;
use super::scene::Scene;

/// How many windows are lit, and how strongly.
fn lamps(scene: &Scene) -> (f32, f32) {
    match scene.hour {
        Hour::Night => (0.42, 0.95),
        Hour::Dusk => (0.26, 0.85),
        Hour::Dawn => (0.10, 0.7),
        Hour::Day => (0.0, 0.0),
    }
}

/// Rows of houses against the sky, with haze between.
pub(super) fn skyline(canvas: &mut Canvas, scene: &Scene, foot: f32, tall: f32) {
    let mut dice = scene.dice("skyline");
    for layer in 0..4u8 {
        let part = f32::from(layer) / 3.0;
        let depth = 0.22 + 0.70 * part;
        let high = tall * (1.0 - 0.42 * part);
        let mut x = -0.05 - dice.unit() * 0.05;
        while x < canvas.width() + 0.05 {
            let wide = (0.045 + 0.055 * part) * dice.between(0.7, 1.7);
            let bulge = 1.0 - ((x / canvas.width() - 0.5) * 1.5).powi(2) * 0.45;
            let top = foot - high * dice.between(0.30, 1.0) * bulge;
            let hue = Colour::hex(0x56688a).mix(Colour::hex(0x9a6a5e), dice.unit() * 0.5);
            tower(canvas, scene, &mut dice, (x, top, x + wide, foot + 0.02), (hue, depth));
            x += wide * dice.between(0.86, 1.08);
        }
        let haze = scene.palette.haze();
        let stops = vec![(0.0, haze, 0.0), (1.0, haze, 0.5 * (1.0 - part))];
        canvas.fill(
            rect(-0.1, foot - high, canvas.width() + 0.1, foot + 0.02),
            &Fill::Along((0.0, foot - high * 0.8), (0.0, foot), stops),
        );
    }
}

fn tower(canvas: &mut Canvas, scene: &Scene, dice: &mut Dice, walls: (f32, f32, f32, f32), paint: (Colour, f32)) {
    let (left, top, right, foot) = walls;
    let (hue, depth) = paint;
    let wall = scene.palette.lit(hue, depth);
    let wide = right - left;
    let middle = (left + right) / 2.0;
    let roof = |spots: &[Spot], canvas: &mut Canvas| canvas.fill(polygon(spots), &Fill::flat(wall));
    match dice.below(7) {
        0 => roof(&[(left + wide * 0.25, top), (middle, top - wide * 0.9), (right - wide * 0.25, top)], canvas),
        1 => roof(
            &[
                (left + wide * 0.2, top),
                (left + wide * 0.2, top - wide * 0.35),
                (right - wide * 0.2, top - wide * 0.35),
                (right - wide * 0.2, top),
            ],
            canvas,
        ),
        2 => roof(&[(left, top), (left, top - wide * 0.4), (right, top)], canvas),
        3 => {
            let pin = [
                (middle - 0.0015, top),
                (middle - 0.0008, top - wide * 0.9),
                (middle + 0.0008, top - wide * 0.9),
                (middle + 0.0015, top),
            ];
            roof(&pin, canvas);
        }
        _ => {}
    }
    canvas.fill(rect(left, top, right, foot), &Fill::down(top, foot, wall, wall.mix(scene.palette.haze(), 0.25)));
    let sunny = scene.light.0 * canvas.width() < middle;
    let (from, to) = if sunny { (right - wide * 0.3, right) } else { (left, left + wide * 0.3) };
    canvas.fill(rect(from, top, to, foot), &Fill::Flat(scene.palette.near, 0.16));
    let (share, strength) = lamps(scene);
    let pitch = (0.0075 + 0.0085 * depth, 0.011 + 0.0105 * depth);
    let mut lit: Vec<[Spot; 4]> = Vec::new();
    let mut dark: Vec<[Spot; 4]> = Vec::new();
    let mut y = top + pitch.1 * 0.8;
    while y + pitch.1 * 0.6 < foot {
        let mut x = left + pitch.0 * 0.7;
        while x + pitch.0 * 0.6 < right - pitch.0 * 0.3 {
            let pane = [(x, y), (x + pitch.0 * 0.5, y), (x + pitch.0 * 0.5, y + pitch.1 * 0.5), (x, y + pitch.1 * 0.5)];
            if dice.chance(share) {
                lit.push(pane);
            } else {
                dark.push(pane);
            }
            x += pitch.0;
        }
        y += pitch.1;
    }
    let glass = if share > 0.0 { scene.palette.near } else { scene.palette.sky[1] };
    canvas.fill(polygons(dark.iter().map(|pane| &pane[..])), &Fill::Flat(glass, 0.20 + 0.14 * depth));
    canvas.fill(
        polygons(lit.iter().map(|pane| &pane[..])),
        &Fill::Flat(scene.palette.light, strength * (0.35 + 0.65 * depth)),
    );
}

/// A street between houses, running away from us.
pub(super) fn street(canvas: &mut Canvas, scene: &Scene) {
    let mut dice = scene.dice("street");
    let far = (canvas.width() * dice.between(0.44, 0.56), scene.horizon);
    let wide = canvas.width();
    let haze = scene.palette.haze();
    let road = scene.palette.lit(Colour::hex(0x5d6270), 0.9);
    canvas.fill(rect(-0.1, far.1, wide + 0.1, 1.1), &Fill::down(far.1, 1.0, haze.mix(road, 0.4), road.darker(0.15)));
    canvas.glow((far.0, far.1 - 0.04), 0.5, scene.palette.light, if scene.hour == Hour::Day { 0.35 } else { 0.55 });
    // Houses are told from far to near; `way` is how near: 0 at the end of the street.
    for side in [-1.0_f32, 1.0] {
        let steps = [0.06, 0.10, 0.16, 0.25, 0.40, 0.66, 1.15];
        for pair in steps.windows(2) {
            let [near_far, near]: [f32; 2] = [pair.first(), pair.last()].map(|way| way.copied().unwrap_or(0.1));
            let at = |way: f32| far.0 + side * (0.025 + way * wide * 0.46);
            let high = dice.between(0.9, 1.5);
            let y = |way: f32, height: f32| far.1 - (height * way * 0.72) + way * 0.30;
            let hue = dice.pick(&[0x6f6a86, 0x94645c, 0x4f6f82, 0xa98662, 0x5c6b78]).copied().unwrap_or(0x5c6b78);
            let depth = 0.30 + 0.65 * near.min(1.0);
            let wall = scene.palette.lit(Colour::hex(hue), depth);
            let front = [
                (at(near_far), y(near_far, high)),
                (at(near), y(near, high)),
                (at(near), y(near, 0.0)),
                (at(near_far), y(near_far, 0.0)),
            ];
            let stops = vec![(0.0, wall.mix(haze, 0.3), 1.0), (1.0, wall.darker(0.12), 1.0)];
            canvas.fill(polygon(&front), &Fill::Along((at(near_far), 0.0), (at(near), 0.0), stops));
            let end = [
                (at(near_far), y(near_far, high)),
                (at(near_far), y(near_far, 0.0)),
                (at(near_far) + side * 0.5, y(near_far, 0.0)),
                (at(near_far) + side * 0.5, y(near_far, high)),
            ];
            canvas.fill(polygon(&end), &Fill::Flat(wall.darker(0.2), if near_far > 0.5 { 0.0 } else { 0.35 }));
            windows(canvas, scene, &mut dice, (near_far, near, high), (&at, &y), depth);
        }
    }
    let mark = Colour::hex(0xe9e2cf).mix(road, 0.35);
    for dash in [0.10, 0.17, 0.29, 0.50, 0.84_f32] {
        let (top, bottom) = (far.1 + dash * 0.42, far.1 + dash * 1.3 * 0.42);
        let half = dash * 0.012;
        canvas.fill(
            polygon(&[
                (far.0 - half, top),
                (far.0 + half, top),
                (far.0 + half * 1.4, bottom),
                (far.0 - half * 1.4, bottom),
            ]),
            &Fill::Flat(mark, 0.7),
        );
    }
    for (way, side) in [(0.12, 1.0), (0.2, -1.0), (0.36, 1.0), (0.62, -1.0_f32)] {
        let foot = (far.0 + side * (0.012 + way * wide * 0.33), far.1 + way * 0.32);
        lamp_post(canvas, scene, foot, way * 0.66, -side);
    }
    if scene.has(Motif::Rain) {
        let noise = Noise::of(&mut dice);
        canvas.reflect(far.1 + 0.14, 1.0, scene.palette.sky[2], 0.42, noise);
    }
}

type Line<'a> = &'a dyn Fn(f32) -> f32;
type Plane<'a> = &'a dyn Fn(f32, f32) -> f32;

fn windows(
    canvas: &mut Canvas,
    scene: &Scene,
    dice: &mut Dice,
    span: (f32, f32, f32),
    map: (Line<'_>, Plane<'_>),
    depth: f32,
) {
    let (from, to, high) = span;
    let (at, y) = map;
    let (share, strength) = lamps(scene);
    for column in 0..4u8 {
        let part = |step: f32| from + (to - from) * (f32::from(column) + step) / 4.0;
        let (left, right) = (part(0.28), part(0.72));
        let mut level = 0.12;
        while level + 0.1 < high {
            let pane = [
                (at(left), y(left, level + 0.10)),
                (at(right), y(right, level + 0.10)),
                (at(right), y(right, level)),
                (at(left), y(left, level)),
            ];
            let lit = dice.chance(share * 1.1);
            let (colour, cover) =
                if lit { (scene.palette.light, strength) } else { (scene.palette.near, 0.25 + 0.15 * depth) };
            canvas.fill(polygon(&pane), &Fill::Flat(colour, cover));
            level += 0.20;
        }
    }
}

fn lamp_post(canvas: &mut Canvas, scene: &Scene, foot: Spot, tall: f32, inward: f32) {
    let dark = scene.palette.near.darker(0.2);
    let top = (foot.0, foot.1 - tall);
    let head = (top.0 + inward * tall * 0.12, top.1 - tall * 0.02);
    canvas.line(&[foot, top, head], tall * 0.018, &Fill::flat(dark));
    canvas.fill(
        rect(head.0 - tall * 0.03, head.1, head.0 + tall * 0.03, head.1 + tall * 0.05),
        &Fill::flat(dark.mix(scene.palette.light, 0.7)),
    );
    if scene.hour != Hour::Day {
        canvas.glow((head.0, head.1 + tall * 0.03), tall * 0.55, scene.palette.light, 0.75);
    }
}
