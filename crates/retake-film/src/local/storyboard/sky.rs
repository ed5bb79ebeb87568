//! Everything above the horizon: the sky's colours, stars, sun, moon, clouds, northern lights, rainbows.

#![expect(clippy::float_arithmetic, reason = "it places what is drawn")]

use super::super::canvas::{Canvas, Fill, Spot, ellipse, pebble, polygon, rect};
use super::super::colour::Colour;
use super::super::dice::{Dice, Noise, cosine, sine, smooth};
use super::motif::Motif;
use super::palette::Hour;
use super::scene::Scene;

/// Draws the sky down to the horizon and a little below.
pub(super) fn draw(canvas: &mut Canvas, scene: &Scene) {
    let [top, upper, lower, horizon] = scene.palette.sky;
    let end = scene.horizon + 0.02;
    let stops = vec![(0.0, top, 1.0), (0.42, upper, 1.0), (0.78, lower, 1.0), (1.0, horizon, 1.0)];
    let whole = canvas.whole();
    canvas.fill(whole, &Fill::Along((0.0, 0.0), (0.0, end), stops));
    let overcast = scene.has_any(&[Motif::Storm, Motif::Rain, Motif::Fog]);
    if scene.dark() && (!overcast || scene.has(Motif::Star)) {
        stars(canvas, &mut scene.dice("stars"), scene.horizon, scene.has(Motif::Star));
    }
    if scene.has(Motif::Aurora) {
        aurora(canvas, scene);
    }
    let hidden = overcast && !scene.has_any(&[Motif::Sun, Motif::Moon]);
    if !hidden {
        luminary(canvas, scene);
    }
    if scene.has(Motif::Rainbow) {
        rainbow(canvas, scene);
    }
    clouds(canvas, scene);
}

/// Where the light stands on this stage.
pub(super) fn light(canvas: &Canvas, scene: &Scene) -> Spot {
    (scene.light.0 * canvas.width(), scene.light.1)
}

/// Stars, most of them faint.
pub(super) fn stars(canvas: &mut Canvas, dice: &mut Dice, down: f32, many: bool) {
    let count = if many { 420 } else { 170 };
    for _ in 0..count {
        let at = (dice.between(0.0, canvas.width()), dice.unit() * down);
        let faint = dice.unit();
        let size = 0.0007 + 0.0016 * faint * faint * faint;
        let alpha = dice.between(0.25, 0.95) * (1.0 - at.1 / down * 0.8);
        let colour = if dice.chance(0.25) { Colour::hex(0xffe6c4) } else { Colour::hex(0xeaf2ff) };
        canvas.fill(ellipse(at, size, size), &Fill::Flat(colour, alpha));
        if faint > 0.985 {
            canvas.glow(at, 0.012, colour, 0.5);
        }
    }
}

fn luminary(canvas: &mut Canvas, scene: &Scene) {
    let at = light(canvas, scene);
    let colour = scene.palette.light;
    let close = if scene.has_any(&[Motif::Sun, Motif::Moon]) { 1.25 } else { 1.0 };
    match scene.hour {
        Hour::Night => {
            if !scene.has(Motif::Moon) && scene.dice("moon").chance(0.35) {
                return;
            }
            let radius = 0.048 * close;
            canvas.glow(at, radius * 7.0, scene.palette.sky[3], 0.55);
            let face = Fill::Along(
                (at.0 - radius, at.1 - radius),
                (at.0 + radius, at.1 + radius),
                vec![(0.0, Colour::hex(0xfffbee), 1.0), (1.0, colour.mix(scene.palette.sky[2], 0.25), 1.0)],
            );
            canvas.fill(ellipse(at, radius, radius), &face);
            let mut dice = scene.dice("craters");
            for _ in 0..7 {
                let (turn, way) = (dice.unit(), dice.between(0.1, 0.66) * radius);
                let size = dice.between(0.07, 0.2) * radius;
                let spot = (at.0 + cosine(turn) * way, at.1 + sine(turn) * way);
                canvas.fill(ellipse(spot, size, size * 0.92), &Fill::Flat(scene.palette.sky[2], 0.16));
            }
        }
        Hour::Day => {
            canvas.glow(at, 0.62, colour, 0.5);
            canvas.fill(ellipse(at, 0.046 * close, 0.046 * close), &Fill::Flat(colour.lighter(0.4), 0.96));
        }
        Hour::Dawn | Hour::Dusk => {
            canvas.glow(at, 0.95, scene.palette.sky[3], 0.55);
            canvas.glow(at, 0.34, colour, 0.75);
            let radius = 0.074 * close;
            let face =
                Fill::down(at.1 - radius, at.1 + radius, colour.lighter(0.5), colour.mix(scene.palette.sky[3], 0.3));
            canvas.fill(ellipse(at, radius, radius), &face);
        }
    }
}

fn clouds(canvas: &mut Canvas, scene: &Scene) {
    let mut dice = scene.dice("clouds");
    let heavy = scene.has(Motif::Storm);
    let grey = scene.has_any(&[Motif::Rain, Motif::Fog, Motif::Snow]);
    let count = match () {
        () if heavy => 15,
        () if scene.has(Motif::Cloud) => 11,
        () if grey => 8,
        () if scene.dark() => dice.below(4),
        () => 3 + dice.below(4),
    };
    let [top, upper, lower, horizon] = scene.palette.sky;
    let glad = scene.has(Motif::Cloud) && scene.hour == Hour::Day && !heavy;
    for index in 0..count {
        let height = dice.between(0.04, scene.horizon * if heavy { 0.62 } else { 0.78 });
        let part = height / scene.horizon;
        let size = (0.24 - 0.15 * part) * dice.between(0.7, 1.5) * if heavy { 1.7 } else { 1.0 };
        let at = (dice.between(-0.1, canvas.width() + 0.1), height);
        let (crown, foot) = match () {
            () if heavy => (upper.mix(lower, dice.between(0.1, 0.7)), top.mix(upper, dice.between(0.2, 0.8))),
            () if scene.hour == Hour::Day => (Colour::WHITE.mix(horizon, 0.2), lower.mix(upper, 0.25)),
            () if scene.dark() => (upper.mix(lower, 0.5), upper.mix(lower, 0.2)),
            () => (horizon.mix(scene.palette.light, 0.3), lower.mix(upper, 0.5)),
        };
        let cover = if heavy { 0.72 } else { dice.between(0.35, 0.75) };
        if glad && index % 2 == 0 {
            cumulus(canvas, &mut dice, at, size * 1.1, (crown.lighter(0.4), foot));
        } else {
            streak(canvas, &mut dice, at, size, (crown, foot), cover);
        }
    }
}

/// A flat, drawn-out cloud with a tapering end on each side.
fn streak(canvas: &mut Canvas, dice: &mut Dice, at: Spot, size: f32, colours: (Colour, Colour), cover: f32) {
    let thick = size * dice.between(0.07, 0.15);
    let noise = Noise::of(dice);
    let edge = |way: f32, height: f32, seed: f32| {
        let taper = smooth((1.0 - (way * 2.0 - 1.0).abs()) * 1.9);
        height * taper * (0.55 + 0.45 * noise.rough(way * 5.0 + seed, 3) + 0.35)
    };
    let ways = || (0..=28u8).map(|step| f32::from(step) / 28.0);
    let place = |way: f32| at.0 + (way - 0.5) * size * 2.4;
    let mut spots: Vec<Spot> = ways().map(|way| (place(way), at.1 - edge(way, thick, 0.0))).collect();
    spots.extend(ways().rev().map(|way| (place(way), at.1 + edge(way, thick * 0.32, 40.0))));
    let stops = vec![(0.0, colours.0, cover), (1.0, colours.1, cover * 0.5)];
    canvas.fill(pebble(&spots), &Fill::Along((0.0, at.1 - thick), (0.0, at.1 + thick * 0.4), stops));
}

/// A heaped cloud on a level foot.
fn cumulus(canvas: &mut Canvas, dice: &mut Dice, at: Spot, size: f32, colours: (Colour, Colour)) {
    let puffs: Vec<(Spot, f32)> = (0..9u8)
        .map(|step| {
            let way = f32::from(step) / 8.0 * 2.0 - 1.0;
            let radius = size * (0.10 + 0.20 * (1.0 - way * way)) * dice.between(0.75, 1.15);
            ((at.0 + way * size * 0.72, at.1 - radius * 0.72), radius)
        })
        .collect();
    let fill = Fill::Along(
        (0.0, at.1 - size * 0.5),
        (0.0, at.1 + size * 0.03),
        vec![(0.0, colours.0, 0.96), (0.65, colours.0.mix(colours.1, 0.3), 0.96), (1.0, colours.1, 0.9)],
    );
    for (spot, radius) in &puffs {
        let bottom = (spot.1 + radius).min(at.1);
        let ring: Vec<Spot> = (0..26u8)
            .map(|step| {
                let turn = f32::from(step) / 26.0;
                (spot.0 + cosine(turn) * radius, (spot.1 + sine(turn) * radius).min(bottom))
            })
            .collect();
        canvas.fill(polygon(&ring), &fill);
    }
}

fn aurora(canvas: &mut Canvas, scene: &Scene) {
    let mut dice = scene.dice("aurora");
    let hues = [Colour::hex(0x4ff0a8), Colour::hex(0x3fc9c0), Colour::hex(0x9a6cf0)];
    for (layer, hue) in (0..3u8).zip(hues) {
        let noise = Noise::of(&mut dice);
        let base = scene.horizon * (0.72 - 0.14 * f32::from(layer));
        let steps = 90u16;
        for step in 0..steps {
            let way = f32::from(step) / f32::from(steps);
            let x = way * (canvas.width() + 0.2) - 0.1;
            let foot = base + noise.rough(way * 3.0, 3) * 0.16;
            let tall = 0.16 + 0.20 * (noise.at(way * 23.0) * 0.5 + 0.5);
            let alpha = 0.20 * (0.35 + 0.65 * (noise.at(way * 9.0 + 50.0) * 0.5 + 0.5));
            let wide = canvas.width() / f32::from(steps) * 2.2;
            let stops =
                vec![(0.0, hue, 0.0), (0.75, hue, alpha), (0.95, hue.lighter(0.3), alpha * 1.6), (1.0, hue, 0.0)];
            canvas.shine(rect(x, foot - tall, x + wide, foot), &Fill::Along((0.0, foot - tall), (0.0, foot), stops));
        }
    }
}

fn rainbow(canvas: &mut Canvas, scene: &Scene) {
    let middle = canvas.width() * (1.0 - scene.light.0);
    let at = (middle, scene.horizon + 0.12);
    let hues = [0xff5a4d, 0xffa24d, 0xffe066, 0x7fd67f, 0x5aa7e6, 0x8a6fd1];
    let inner = 0.86;
    let mut stops = vec![(0.0, Colour::WHITE, 0.0), (inner - 0.02, Colour::WHITE, 0.0)];
    let mut way = 0.99;
    let mut bands = Vec::new();
    for hue in hues {
        bands.push((way, Colour::hex(hue), 0.34));
        way -= 0.02;
    }
    stops.extend(bands.into_iter().rev());
    stops.push((1.0, Colour::WHITE, 0.0));
    canvas.shine(ellipse(at, 0.62, 0.62), &Fill::Round(at, 0.62, stops));
}
