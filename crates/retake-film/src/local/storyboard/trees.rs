//! Trees and the woods they make.

#![expect(clippy::float_arithmetic, reason = "it places what is drawn")]

use super::super::canvas::{Canvas, Fill, Spot, pebble, polygon, rect};
use super::super::colour::Colour;
use super::super::dice::{Dice, cosine, sine};
use super::land::{Ridge, ground};
use super::motif::Motif;
use super::scene::Scene;
use super::sky;

/// A conifer with its foot at a spot.
pub(super) fn conifer(
    canvas: &mut Canvas,
    dice: &mut Dice,
    foot: Spot,
    tall: f32,
    colour: Colour,
    snow: Option<Colour>,
) {
    let half = tall * dice.between(0.17, 0.24);
    let tiers = 7u8;
    let mut left = Vec::new();
    let mut right = Vec::new();
    let top = foot.1 - tall;
    for tier in 0..tiers {
        let way = f32::from(tier + 1) / f32::from(tiers);
        let y = top + tall * 0.94 * way;
        let reach = half * (0.12 + 0.88 * way) * dice.between(0.82, 1.1);
        left.push((foot.0 - reach, y + tall * 0.015));
        left.push((foot.0 - reach * 0.52, y - tall * 0.015));
        right.push((foot.0 + reach, y + tall * 0.015));
        right.push((foot.0 + reach * 0.52, y - tall * 0.015));
    }
    let mut spots = vec![(foot.0, top)];
    spots.extend(left.iter().copied());
    spots.extend(right.iter().rev().copied());
    let trunk = tall * 0.018;
    canvas.fill(
        rect(foot.0 - trunk, foot.1 - tall * 0.08, foot.0 + trunk, foot.1 + tall * 0.01),
        &Fill::flat(colour.darker(0.3)),
    );
    canvas.fill(polygon(&spots), &Fill::down(top, foot.1, colour.lighter(0.06), colour.darker(0.16)));
    if let Some(snow) = snow {
        for pair in left.chunks_exact(2).chain(right.chunks_exact(2)).step_by(1) {
            if let [tip, inner] = pair {
                let lift = tall * 0.035;
                let cap = [
                    *tip,
                    (inner.0, inner.1),
                    (foot.0 + (inner.0 - foot.0) * 0.4, inner.1 - lift * 1.4),
                    (tip.0 * 0.6 + foot.0 * 0.4, tip.1 - lift),
                ];
                canvas.fill(polygon(&cap), &Fill::Flat(snow, 0.9));
            }
        }
    }
}

/// A leafy tree with its foot at a spot; bare in winter.
pub(super) fn leafy(
    canvas: &mut Canvas,
    dice: &mut Dice,
    foot: Spot,
    tall: f32,
    colours: (Colour, Colour),
    bare: bool,
) {
    let (leaves, wood) = colours;
    let trunk = tall * 0.035;
    let crown = (foot.0 + dice.around(tall * 0.05), foot.1 - tall * 0.66);
    let stem = [
        (foot.0 - trunk * 1.5, foot.1),
        (foot.0 - trunk * 0.6, crown.1),
        (foot.0 + trunk * 0.6, crown.1),
        (foot.0 + trunk * 1.5, foot.1),
    ];
    canvas.fill(polygon(&stem), &Fill::flat(wood));
    for step in 0..7u8 {
        let turn = 0.55 + 0.40 * f32::from(step) / 6.0;
        let reach = tall * dice.between(0.22, 0.38);
        let from = (foot.0, foot.1 - tall * dice.between(0.36, 0.55));
        let to = (crown.0 + cosine(turn) * reach, crown.1 + tall * 0.08 + sine(turn) * reach);
        canvas.line(&[from, ((from.0 + to.0) / 2.0, from.1 * 0.35 + to.1 * 0.65), to], trunk * 0.5, &Fill::flat(wood));
        if bare {
            for _ in 0..3 {
                let twig = (to.0 + dice.around(tall * 0.13), to.1 - dice.unit() * tall * 0.12);
                canvas.line(&[to, twig], trunk * 0.2, &Fill::flat(wood));
            }
        }
    }
    if bare {
        return;
    }
    for pass in 0..3u8 {
        let colour = leaves.darker(0.22).mix(leaves.lighter(0.16), f32::from(pass) / 2.0);
        for _ in 0..9 {
            let (turn, way) = (dice.unit(), dice.unit() * tall * 0.24);
            let lift = tall * 0.035 * f32::from(pass);
            let at = (crown.0 + cosine(turn) * way * 1.25 - lift * 0.4, crown.1 + sine(turn) * way * 0.9 - lift);
            let size = tall * dice.between(0.12, 0.20) * (1.0 - 0.22 * f32::from(pass));
            canvas.fill(blob(dice, at, size), &Fill::flat(colour));
        }
    }
}

fn blob(dice: &mut Dice, at: Spot, size: f32) -> Option<tiny_skia::Path> {
    let spots: Vec<Spot> = (0..9u8)
        .map(|step| {
            let turn = f32::from(step) / 9.0;
            let reach = size * dice.between(0.8, 1.2);
            (at.0 + cosine(turn) * reach, at.1 + sine(turn) * reach * 0.86)
        })
        .collect();
    pebble(&spots)
}

/// A palm with its foot at a spot.
pub(super) fn palm(canvas: &mut Canvas, dice: &mut Dice, foot: Spot, tall: f32, colour: Colour) {
    let lean = dice.around(tall * 0.32);
    let top = (foot.0 + lean, foot.1 - tall);
    let bend = (foot.0 + lean * 0.25, foot.1 - tall * 0.5);
    let half = tall * 0.020;
    let stem = [
        (foot.0 - half * 1.5, foot.1),
        (bend.0 - half, bend.1),
        (top.0 - half * 0.6, top.1),
        (top.0 + half * 0.6, top.1),
        (bend.0 + half, bend.1),
        (foot.0 + half * 1.5, foot.1),
    ];
    canvas.fill(polygon(&stem), &Fill::flat(colour.darker(0.12)));
    for step in 0..9u8 {
        let turn = 0.47 + 0.56 * f32::from(step) / 8.0 + dice.around(0.02);
        let reach = tall * dice.between(0.30, 0.42);
        let tip = (top.0 + cosine(turn) * reach, top.1 + sine(turn) * reach * 0.5 + reach * 0.38);
        let rise = (top.0 + cosine(turn) * reach * 0.55, top.1 + sine(turn) * reach * 0.62 - reach * 0.10);
        let under = (rise.0, rise.1 + reach * 0.18);
        canvas.fill(pebble(&[top, top, rise, tip, tip, under]), &Fill::flat(colour));
    }
}

/// A row of trees along a ridge.
pub(super) fn row(canvas: &mut Canvas, scene: &Scene, dice: &mut Dice, ridge: Ridge, tall: f32, depth: f32) {
    let own = ground(scene);
    let hue = if scene.has(Motif::Snow) { Colour::hex(0x3f5f66) } else { own.darker(0.18) };
    let snow = scene.has(Motif::Snow).then(|| scene.palette.lit(Colour::hex(0xf2f6fa), depth).lighter(0.1));
    let autumn = scene.has(Motif::Warm);
    let mut x = -0.05;
    while x < canvas.width() + 0.05 {
        let other = if autumn {
            Colour::hex(if dice.chance(0.5) { 0xd9452b } else { 0xe8a63a })
        } else {
            Colour::hex(0x2f5a50)
        };
        let colour = scene.palette.lit(hue.mix(other, dice.unit() * if autumn { 0.9 } else { 0.35 }), depth);
        let size = tall * dice.between(0.62, 1.15);
        let foot = (x, ridge.at(x) + tall * 0.06);
        if scene.has(Motif::Palm) || (scene.has(Motif::Jungle) && dice.chance(0.45)) {
            palm(canvas, dice, foot, size, colour);
        } else if scene.has(Motif::Jungle) || (scene.has(Motif::Warm) && dice.chance(0.75)) {
            leafy(canvas, dice, foot, size * 0.85, (colour, colour.darker(0.4)), false);
        } else {
            conifer(canvas, dice, foot, size, colour, snow);
        }
        x += tall * dice.between(0.12, 0.42);
    }
}

/// Rows of trees on falling ground, with haze between.
pub(super) fn forest(canvas: &mut Canvas, scene: &Scene, top: f32) -> Ridge {
    let mut dice = scene.dice("forest");
    let mut last = Ridge::new(&mut dice, top, 0.04, 1.2, 3);
    for layer in 0..5u8 {
        let part = f32::from(layer) / 4.0;
        let ridge = Ridge::new(&mut dice, top + (0.97 - top) * part, 0.06, 1.2, 3);
        let depth = 0.24 + 0.70 * part;
        let tall = 0.085 + 0.20 * part;
        row(canvas, scene, &mut dice, ridge, tall, depth);
        let own = ground(scene);
        ridge.fill(canvas, scene.palette.lit(own.darker(0.1), depth), scene.palette.lit(own.darker(0.35), depth));
        let haze = scene.palette.haze();
        let base = ridge.at(0.5);
        let stops = vec![(0.0, haze, 0.0), (1.0, haze, 0.42 * (1.0 - part))];
        canvas.fill(
            rect(-0.1, base - tall, canvas.width() + 0.1, base + 0.2),
            &Fill::Along((0.0, base - tall), (0.0, base + 0.12), stops),
        );
        last = ridge;
    }
    last
}

/// Among the trunks, with light between them.
pub(super) fn among(canvas: &mut Canvas, scene: &Scene) -> f32 {
    let mut dice = scene.dice("among");
    let haze = scene.palette.haze();
    let floor = 0.80;
    let whole = canvas.whole();
    canvas.fill(whole, &Fill::down(0.0, floor, scene.palette.sky[2].mix(haze, 0.4), haze.lighter(0.1)));
    let from = sky::light(canvas, scene);
    canvas.glow((from.0, floor * 0.45), 0.75, scene.palette.light, if scene.dark() { 0.25 } else { 0.6 });
    let own = ground(scene);
    for layer in 0..5u8 {
        let part = f32::from(layer) / 4.0;
        let depth = 0.14 + 0.84 * part;
        let bark = scene.palette.lit(Colour::hex(0x5a5148).mix(own, 0.25), depth);
        let base = floor - 0.12 + 0.22 * part;
        let mut x = dice.between(-0.05, 0.1);
        while x < canvas.width() + 0.05 {
            let half = (0.005 + 0.020 * part) * dice.between(0.6, 1.3);
            let lean = dice.around(0.02);
            let trunk = [
                (x - half * 1.8, base + 0.02),
                (x - half, base - 0.08),
                (x + lean - half * 0.75, -0.05),
                (x + lean + half * 0.75, -0.05),
                (x + half, base - 0.08),
                (x + half * 1.8, base + 0.02),
            ];
            let edge = bark.mix(haze, 0.25 * (1.0 - part) + 0.10);
            canvas.fill(
                polygon(&trunk),
                &Fill::Along((x - half, 0.0), (x + half, 0.0), vec![(0.0, bark.darker(0.15), 1.0), (1.0, edge, 1.0)]),
            );
            for _ in 0..dice.below(3) {
                let y = dice.between(0.05, 0.45);
                let side = if dice.chance(0.5) { 1.0 } else { -1.0 };
                canvas.line(
                    &[(x + lean * 0.5, y), (x + side * half * 6.0, y - 0.03 - part * 0.03)],
                    half * 0.35,
                    &Fill::flat(bark),
                );
            }
            x += (0.10 + 0.16 * part) * dice.between(0.5, 1.4);
        }
        let ridge = Ridge::new(&mut dice, base, 0.025, 1.6, 3);
        ridge.fill(canvas, scene.palette.lit(own, depth), scene.palette.lit(own.darker(0.35), depth));
        if layer < 3 && !scene.dark() {
            for _ in 0..2 {
                let (x, wide) = (from.0 + dice.around(0.5), dice.between(0.03, 0.08));
                let slant = (x - from.0) * 0.9 + 0.10;
                let shaft = [(x, -0.05), (x + wide, -0.05), (x + wide * 2.0 + slant, base), (x + slant, base)];
                canvas.shine(
                    polygon(&shaft),
                    &Fill::Along(
                        (0.0, 0.0),
                        (0.0, base),
                        vec![(0.0, scene.palette.light, 0.20), (1.0, scene.palette.light, 0.0)],
                    ),
                );
            }
        }
    }
    let dark = scene.palette.lit(own.darker(0.5), 1.0);
    for _ in 0..46 {
        let x = dice.between(0.0, canvas.width());
        let size = dice.between(0.03, 0.075);
        for leaf in 0..5u8 {
            let turn = 0.55 + 0.10 * f32::from(leaf);
            let tip = (x + cosine(turn) * size, 1.0 + sine(turn) * size * 1.1);
            canvas.fill(polygon(&[(x - 0.004, 1.02), tip, (x + 0.004, 1.02)]), &Fill::Flat(dark, 0.9));
        }
    }
    floor + 0.10
}
