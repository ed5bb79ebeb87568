//! Seas, rivers and lakes: their surface, glints, waves and foam.

#![expect(clippy::float_arithmetic, reason = "it places what is drawn")]

use super::super::canvas::{Canvas, Fill, Spot, ellipse, polygon, rect};
use super::super::colour::Colour;
use super::super::dice::{Noise, cosine, sine, smooth};
use super::motif::Motif;
use super::palette::Hour;
use super::scene::Scene;
use super::sky;

/// The water's own colours, far and near.
fn colours(scene: &Scene) -> (Colour, Colour) {
    let [_, upper, lower, horizon] = scene.palette.sky;
    let deep = match scene.hour {
        Hour::Day => Colour::hex(0x1f6f84).mix(upper, 0.25),
        Hour::Dawn | Hour::Dusk => upper.mix(scene.palette.near, 0.45),
        Hour::Night => scene.palette.near.mix(upper, 0.35),
    };
    let deep =
        if scene.has_any(&[Motif::Storm, Motif::Fog, Motif::Rain]) { deep.mix(scene.palette.near, 0.3) } else { deep };
    (lower.mix(horizon, 0.35).mix(deep, 0.28), deep.mix(scene.palette.near, 0.22))
}

/// Open water from the horizon to the foot of the picture.
pub(super) fn sea(canvas: &mut Canvas, scene: &Scene) {
    let (far, near) = colours(scene);
    let line = scene.horizon;
    canvas.fill(rect(-0.1, line, canvas.width() + 0.1, 1.2), &Fill::down(line, 1.0, far, near));
    let shine = scene.palette.haze().lighter(0.2);
    let stops = vec![(0.0, shine, 0.55), (1.0, shine, 0.0)];
    canvas.fill(
        rect(-0.1, line, canvas.width() + 0.1, line + 0.05),
        &Fill::Along((0.0, line), (0.0, line + 0.05), stops),
    );
    if !scene.has_any(&[Motif::Storm]) {
        glitter(canvas, scene, line, 1.0);
        swell(canvas, scene, line, near);
    }
}

/// Long low swells, darker on their near side.
fn swell(canvas: &mut Canvas, scene: &Scene, line: f32, near: Colour) {
    let mut dice = scene.dice("swell");
    let crest = scene.palette.sky[3];
    for _ in 0..110 {
        let part = dice.unit();
        let y = line + 0.012 + (1.0 - line) * part * part;
        let wide = (0.03 + 0.26 * part * part) * dice.between(0.5, 1.4);
        let thick = 0.0010 + 0.0065 * part * part;
        let x = dice.between(-0.1, canvas.width() + 0.1);
        let light = dice.chance(0.4);
        let (colour, cover) = if light { (crest, 0.20) } else { (near.darker(0.25), 0.30) };
        canvas.fill(lens((x, y), wide, thick), &Fill::Flat(colour, cover));
    }
}

fn lens(at: Spot, wide: f32, thick: f32) -> Option<tiny_skia::Path> {
    polygon(&[
        (at.0 - wide, at.1),
        (at.0 - wide * 0.4, at.1 - thick * 0.8),
        (at.0 + wide * 0.3, at.1 - thick),
        (at.0 + wide, at.1),
        (at.0 + wide * 0.4, at.1 + thick * 0.7),
        (at.0 - wide * 0.3, at.1 + thick),
    ])
}

/// The path of light below sun or moon.
pub(super) fn glitter(canvas: &mut Canvas, scene: &Scene, line: f32, end: f32) {
    if scene.has_any(&[Motif::Rain, Motif::Fog, Motif::Storm]) && !scene.has_any(&[Motif::Sun, Motif::Moon]) {
        return;
    }
    let mut dice = scene.dice("glitter");
    let (x, _) = sky::light(canvas, scene);
    let colour = if scene.dark() { scene.palette.light.mix(scene.palette.sky[3], 0.4) } else { scene.palette.light };
    let strong = if scene.hour == Hour::Day { 0.5 } else { 0.85 };
    for _ in 0..260 {
        let part = dice.unit();
        let y = line + 0.004 + (end - line) * part * part;
        let spread = 0.03 + 0.13 * part;
        let off = dice.around(spread) + dice.around(spread * 0.5);
        let wide = (0.006 + 0.035 * part) * dice.between(0.4, 1.3);
        let thick = 0.0008 + 0.0030 * part;
        let cover =
            strong * (1.0 - (off / (spread * 1.5)).abs()).max(0.0) * dice.between(0.4, 1.0) * (1.0 - part * 0.5);
        canvas.shine(lens((x + off, y), wide, thick), &Fill::Flat(colour, cover));
    }
}

/// Rows of breaking waves, larger towards us.
pub(super) fn waves(canvas: &mut Canvas, scene: &Scene, from: f32, rows: u8) {
    let (far, near) = colours(scene);
    let mut dice = scene.dice("waves");
    let foam = Colour::hex(0xf4f7f4).mix(scene.palette.haze(), if scene.dark() { 0.5 } else { 0.15 });
    for row in 0..rows {
        let part = (f32::from(row) + 0.5) / f32::from(rows);
        let base = from + (1.02 - from) * part * part.max(0.4);
        let high = 0.014 + 0.085 * part * part;
        let pace = 3.4 - 2.0 * part;
        let noise = Noise::of(&mut dice);
        let phase = dice.unit();
        let crest = |x: f32| {
            let roll = sine(x * pace + phase + noise.at(x * pace * 0.7) * 0.32);
            // Sharp crests over round troughs.
            base - high
                * (1.0 - (1.0 - roll.max(-1.0)).max(0.0) * 0.5).powi(3)
                * (0.75 + 0.45 * noise.at(x * 2.1 + 9.0))
        };
        let mut spots = vec![(-0.1, 1.2)];
        let mut x = -0.1;
        while x < canvas.width() + 0.1 {
            spots.push((x, crest(x)));
            x += 0.008;
        }
        spots.push((canvas.width() + 0.1, 1.2));
        let body = far.mix(near, 0.25 + 0.75 * part);
        canvas
            .fill(polygon(&spots), &Fill::down(base - high, base + high * 1.8, body.lighter(0.14), body.darker(0.30)));
        let ridge: Vec<Spot> = spots.iter().copied().filter(|spot| spot.1 < 1.1).collect();
        crests(canvas, &ridge, base, high, foam, part);
        for _ in 0..u32::from(row) * 5 {
            let Some(spot) = dice.pick(&ridge).copied().filter(|spot| spot.1 < base - high * 0.4) else { continue };
            let at = (spot.0 + dice.around(0.03), spot.1 - dice.unit() * high * 0.5);
            let size = dice.between(0.0008, 0.0034) * (0.5 + part);
            canvas.fill(ellipse(at, size, size), &Fill::Flat(foam, dice.between(0.3, 0.8)));
        }
    }
}

/// Foam where a wave stands high: a strip that tapers to both sides.
fn crests(canvas: &mut Canvas, ridge: &[Spot], base: f32, high: f32, foam: Colour, part: f32) {
    let weight = |spot: &Spot| smooth((base - spot.1) / high * 1.6 - 0.55);
    let mut strip: Vec<Spot> = ridge.to_vec();
    strip.extend(ridge.iter().rev().map(|spot| (spot.0, spot.1 + 0.0004 + weight(spot) * (0.004 + 0.018 * part))));
    canvas.fill(polygon(&strip), &Fill::Flat(foam, 0.35 + 0.4 * part));
}

/// Spray that is thrown up where water meets rock.
pub(super) fn spray(canvas: &mut Canvas, scene: &Scene, at: Spot, size: f32) {
    let mut dice = scene.dice("spray");
    let foam = Colour::hex(0xf6f8f5).mix(scene.palette.haze(), if scene.dark() { 0.4 } else { 0.1 });
    for _ in 0..170 {
        let turn = 0.5 + dice.unit() * 0.5;
        let way = dice.unit() * size;
        let spot = (at.0 + cosine(turn) * way * 1.2, at.1 + sine(turn) * way);
        let drop = dice.between(0.0010, 0.0070) * (1.0 - way / size * 0.75);
        canvas.fill(ellipse(spot, drop, drop), &Fill::Flat(foam, dice.between(0.25, 0.8)));
    }
    canvas.glow(at, size * 0.9, foam, 0.22);
}

/// Still water that mirrors what stands above it.
pub(super) fn lake(canvas: &mut Canvas, scene: &Scene, line: f32) {
    let (far, near) = colours(scene);
    canvas.fill(rect(-0.1, line, canvas.width() + 0.1, 1.2), &Fill::down(line, 1.0, far, near));
    let noise = Noise::of(&mut scene.dice("ripples"));
    canvas.reflect(line, 1.0, scene.palette.sky[2], 0.78, noise);
    let shine = scene.palette.sky[3];
    let stops = vec![(0.0, shine, 0.5), (1.0, shine, 0.0)];
    canvas.fill(
        rect(-0.1, line, canvas.width() + 0.1, line + 0.014),
        &Fill::Along((0.0, line), (0.0, line + 0.014), stops),
    );
    glitter(canvas, scene, line, 0.95);
}

/// Where a river runs: its middle and half its width at a height.
fn course(scene: &Scene, width: f32, top: f32) -> impl Fn(f32) -> Spot {
    let mut dice = scene.dice("river");
    let (phase, bend) = (dice.unit(), dice.between(0.16, 0.26));
    let middle = dice.between(0.38, 0.62) * width;
    move |y: f32| {
        let part = ((y - top) / (1.0 - top)).clamp(0.0, 1.0);
        let swing = sine(phase + (1.0 - (1.0 - part) * (1.0 - part)) * 1.15) * bend * (0.25 + part * 0.9);
        (middle + swing, 0.008 + 0.24 * part * part + 0.03 * part)
    }
}

/// A river that winds towards us through open land.
pub(super) fn river(canvas: &mut Canvas, scene: &Scene, top: f32) {
    let course = course(scene, canvas.width(), top);
    let mut dice = scene.dice("banks");
    let noise = Noise::of(&mut dice);
    let steps = 90u8;
    let heights = || (0..=steps).map(|step| top + (1.05 - top) * f32::from(step) / f32::from(steps));
    let band = |grow: f32| {
        let bank = |y: f32, sign: f32| {
            let (x, half) = course(y);
            (x + sign * half * (grow + 0.10 * noise.rough(y * 14.0 + sign * 9.0, 3)), y)
        };
        let mut spots: Vec<Spot> = heights().map(|y| bank(y, -1.0)).collect();
        spots.extend(heights().rev().map(|y| bank(y, 1.0)));
        polygon(&spots)
    };
    let [_, upper, lower, horizon] = scene.palette.sky;
    canvas.fill(band(1.16), &Fill::Flat(scene.palette.near, 0.34));
    let (_, near) = colours(scene);
    let stops = vec![
        (0.0, horizon, 1.0),
        (0.3, lower, 1.0),
        (0.7, upper.mix(lower, 0.4), 1.0),
        (1.0, near.mix(upper, 0.5), 1.0),
    ];
    canvas.fill(band(1.0), &Fill::Along((0.0, top), (0.0, 1.0), stops));
    for _ in 0..130 {
        let part = dice.unit();
        let y = top + 0.02 + (0.98 - top) * part;
        let (x, half) = course(y);
        let wide = half * dice.between(0.08, 0.3);
        let spot = (x + dice.around(half * 0.62), y);
        canvas
            .fill(lens(spot, wide, 0.0007 + 0.0028 * part), &Fill::Flat(horizon.lighter(0.4), dice.between(0.15, 0.5)));
    }
}
