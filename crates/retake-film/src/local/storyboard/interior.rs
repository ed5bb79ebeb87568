//! Rooms: a wall, a floor, a window, and what the room is for.

#![expect(clippy::float_arithmetic, reason = "it places what is drawn")]

mod furniture;

use super::super::canvas::{Canvas, Fill, Spot, ellipse, pebble, polygon, rect};
use super::super::colour::Colour;
use super::super::dice::{Dice, cosine, sine};
use super::motif::Motif;
use super::palette::Hour;
use super::scene::{Framing, Interior, Scene};
use super::{figures, sky};
use furniture::{bench, books, desk_lamp, flame, flask, gears, hanging, hearth, pots, shelves, table, tools};

/// The colours of a room: wall, floor, wood, and how light it is.
struct Tones {
    wall: Colour,
    floor: Colour,
    wood: Colour,
}

impl Tones {
    fn of(scene: &Scene, dice: &mut Dice) -> Self {
        let walls = [0x4f7a78, 0xb8785a, 0x5a6a8c, 0x8a8f6a, 0x9a5f5f].map(Colour::hex);
        let wall = dice.pick(&walls).copied().unwrap_or(Colour::WHITE);
        let share = match scene.hour {
            Hour::Day => 0.06,
            Hour::Dawn => 0.22,
            Hour::Dusk => 0.38,
            Hour::Night => 0.66,
        };
        let shade = |colour: Colour| colour.mix(scene.palette.near, share);
        Self { wall: shade(wall), floor: shade(Colour::hex(0x8a6246)), wood: shade(Colour::hex(0x6e4630)) }
    }
}

/// Draws the room.
pub(super) fn draw(canvas: &mut Canvas, scene: &Scene, kind: Interior) {
    let mut dice = scene.dice("room");
    let tones = Tones::of(scene, &mut dice);
    let wide = canvas.width();
    let floor = 0.74;
    canvas.fill(rect(-0.1, -0.1, wide + 0.1, floor), &Fill::down(0.0, floor, tones.wall.darker(0.28), tones.wall));
    canvas.fill(rect(-0.1, floor, wide + 0.1, 1.1), &Fill::down(floor, 1.0, tones.floor, tones.floor.darker(0.45)));
    for board in 0..13u8 {
        let way = f32::from(board) / 6.0 - 1.0;
        canvas.line(
            &[(wide / 2.0 + way * wide * 0.55, floor), (wide / 2.0 + way * wide * 1.5, 1.1)],
            0.002,
            &Fill::Flat(tones.floor.darker(0.5), 0.4),
        );
    }
    canvas.fill(rect(-0.1, floor - 0.022, wide + 0.1, floor), &Fill::flat(tones.wall.darker(0.42)));
    let left = scene.light.0 < 0.5;
    let mirror = |share: f32| wide * if left { share } else { 1.0 - share };
    let lamp = (mirror(0.62), 0.30);
    match kind {
        Interior::Stairs => stairs(canvas, scene, &tones),
        Interior::Lantern => lantern(canvas, scene, &tones),
        Interior::Library => {
            shelves(canvas, scene, &mut dice, &tones, (0.0, wide, 0.02, floor));
            window(canvas, scene, &tones, (mirror(0.26), 0.30), (0.13, 0.24));
            table(canvas, &tones, (mirror(0.64), 0.70), 0.24);
            desk_lamp(canvas, scene, (mirror(0.64) + 0.13, 0.70));
            books(canvas, &mut dice, (mirror(0.64) - 0.12, 0.70), 0.09);
        }
        Interior::Lab => {
            window(canvas, scene, &tones, (mirror(0.24), 0.30), (0.15, 0.19));
            shelves(canvas, scene, &mut dice, &tones, (mirror(0.72) - 0.24, mirror(0.72) + 0.24, 0.14, 0.42));
            bench(canvas, &tones, 0.66);
            for step in 0..6u8 {
                let x = wide * (0.14 + 0.14 * f32::from(step)) + dice.around(0.03);
                flask(canvas, &mut dice, (x, 0.66), dice_size(step));
            }
            hanging(canvas, scene, (mirror(0.5), 0.16));
        }
        Interior::Kitchen => {
            window(canvas, scene, &tones, (mirror(0.30), 0.30), (0.17, 0.18));
            shelves(canvas, scene, &mut dice, &tones, (mirror(0.74) - 0.22, mirror(0.74) + 0.22, 0.16, 0.38));
            bench(canvas, &tones, 0.60);
            pots(canvas, &tones, &mut dice, wide, 0.60);
            hanging(canvas, scene, lamp);
        }
        Interior::Workshop => {
            window(canvas, scene, &tones, (mirror(0.28), 0.29), (0.16, 0.18));
            tools(canvas, &tones, &mut dice, mirror(0.72));
            bench(canvas, &tones, 0.63);
            gears(canvas, scene, (mirror(0.60), 0.63), 0.085);
            pots(canvas, &tones, &mut dice, wide * 0.9, 0.63);
            hanging(canvas, scene, lamp);
        }
        Interior::Plain => plain(canvas, scene, &mut dice, &tones, left),
    }
    if scene.has(Motif::Fire) && kind != Interior::Lantern {
        hearth(canvas, &tones, (mirror(0.86), floor + 0.01));
    }
    if scene.has_any(&[Motif::Figure, Motif::Crowd, Motif::Match]) {
        let near = scene.framing == Framing::Close || kind == Interior::Lantern;
        let x = mirror(if near { 0.36 } else { 0.44 });
        if near && scene.has(Motif::Match) {
            // Whoever holds a match looks at it.
            let turned = Scene { light: (1.0 - scene.light.0, scene.light.1), ..scene.clone() };
            figures::bust(canvas, &turned, (x, 1.0), 0.62);
        } else if near {
            figures::bust(canvas, scene, (x, 1.0), 0.62);
        } else if kind == Interior::Stairs {
            figures::people(canvas, scene, (wide * 0.385, 0.548), 0.34);
        } else {
            figures::people(canvas, scene, (x, 0.93), 0.56);
        }
        if scene.has(Motif::Match) {
            let ahead = if left { 1.0 } else { -1.0 };
            flame(canvas, scene, (x + ahead * 0.30, 0.60), -ahead);
        }
    }
    if scene.has_any(&[Motif::Cat, Motif::Dog]) {
        figures::beasts(canvas, scene, (mirror(0.75), 0.92), 0.36);
    }
}

fn dice_size(step: u8) -> f32 {
    0.055 + 0.02 * f32::from(step % 3)
}

/// A window with the sky behind it, and its light on the floor.
fn window(canvas: &mut Canvas, scene: &Scene, tones: &Tones, at: Spot, half: Spot) {
    let (left, right, top, foot) = (at.0 - half.0, at.0 + half.0, at.1 - half.1, at.1 + half.1);
    let frame = tones.wood;
    canvas.fill(rect(left - 0.016, top - 0.016, right + 0.016, foot + 0.016), &Fill::flat(frame));
    let [upper, _, lower, horizon] = scene.palette.sky;
    canvas.fill(
        rect(left, top, right, foot),
        &Fill::Along((0.0, top), (0.0, foot), vec![(0.0, upper, 1.0), (0.6, lower, 1.0), (1.0, horizon, 1.0)]),
    );
    if scene.dark() {
        let moon = (at.0 + half.0 * 0.4, at.1 - half.1 * 0.4);
        canvas.fill(ellipse(moon, half.0 * 0.2, half.0 * 0.2), &Fill::flat(scene.palette.light));
    }
    let far = scene.palette.lit(Colour::hex(0x5f7f6a), 0.5);
    canvas.fill(
        pebble(&[
            (left, foot),
            (left, foot - half.1 * 0.5),
            (at.0 - half.0 * 0.3, foot - half.1 * 0.75),
            (at.0 + half.0 * 0.3, foot - half.1 * 0.3),
            (right, foot - half.1 * 0.6),
            (right, foot),
        ]),
        &Fill::flat(far),
    );
    canvas.fill(rect(at.0 - 0.005, top, at.0 + 0.005, foot), &Fill::flat(frame));
    canvas.fill(rect(left, at.1 - 0.005, right, at.1 + 0.005), &Fill::flat(frame));
    canvas.fill(rect(left - 0.03, foot + 0.012, right + 0.03, foot + 0.028), &Fill::flat(frame.lighter(0.12)));
    let strength = if scene.dark() { 0.14 } else { 0.30 };
    let light = if scene.dark() { scene.palette.sky[3] } else { scene.palette.light };
    canvas.glow(at, half.1 * 2.6, light, strength);
    let slant = 0.22 * if scene.light.0 < 0.5 { 1.0 } else { -1.0 };
    let pool = [
        (left + slant * 0.8, 0.78),
        (right + slant * 0.8, 0.78),
        (right + slant * 1.8, 0.97),
        (left + slant * 1.8, 0.97),
    ];
    canvas.shine(polygon(&pool), &Fill::Flat(light, strength * 0.7));
    let shaft = [(left, top), (right, top), (right + slant * 1.8, 0.97), (left + slant * 1.8, 0.97)];
    canvas.shine(
        polygon(&shaft),
        &Fill::Along((0.0, top), (0.0, 0.97), vec![(0.0, light, strength * 0.35), (1.0, light, 0.0)]),
    );
}

/// Steps that wind up a round tower, with light from above.
fn stairs(canvas: &mut Canvas, scene: &Scene, tones: &Tones) {
    let wide = canvas.width();
    canvas.fill(
        rect(-0.1, -0.1, wide + 0.1, 1.1),
        &Fill::Along(
            (0.0, 0.0),
            (wide, 0.0),
            vec![
                (0.0, tones.wall.darker(0.65), 1.0),
                (0.5, tones.wall.lighter(0.05), 1.0),
                (1.0, tones.wall.darker(0.65), 1.0),
            ],
        ),
    );
    for course in 0..12u8 {
        let y = f32::from(course) * 0.09;
        canvas.line(
            &[(-0.1, y + 0.05), (wide * 0.25, y), (wide * 0.75, y), (wide + 0.1, y + 0.05)],
            0.0018,
            &Fill::Flat(Colour::BLACK, 0.18),
        );
    }
    canvas.glow((wide * 0.60, -0.02), 0.85, scene.palette.light, 0.75);
    let window_at = (wide * 0.30, 0.24);
    window(canvas, scene, tones, window_at, (0.055, 0.12));
    let stone = tones.floor.drained(0.4).lighter(0.10);
    for step in 0..17u8 {
        let way = f32::from(step) / 16.0;
        let (y, left) = (0.99 - way * 0.88, wide * (0.06 + 0.60 * way));
        let (reach, rise) = (wide * (0.44 - 0.16 * way), 0.062 - 0.022 * way);
        let light = stone.mix(scene.palette.light, 0.10 + 0.28 * way).darker(0.30 * (1.0 - way));
        canvas.fill(
            rect(left, y, left + reach, y + rise + 0.25 * (1.0 - way)),
            &Fill::down(y, y + rise * 2.2, light.darker(0.48), light.darker(0.72)),
        );
        canvas.fill(
            polygon(&[
                (left - 0.006, y),
                (left + reach, y),
                (left + reach - 0.03, y - rise * 0.36),
                (left + 0.024, y - rise * 0.36),
            ]),
            &Fill::flat(light),
        );
    }
    let rail: Vec<Spot> = (0..=16u8)
        .map(|step| f32::from(step) / 16.0)
        .map(|way| (wide * (0.07 + 0.60 * way), 0.99 - way * 0.88 - 0.20 + 0.07 * way))
        .collect();
    canvas.line(&rail, 0.010, &Fill::flat(tones.wood.darker(0.4)));
    for (index, spot) in rail.iter().enumerate() {
        if index % 2 == 0 {
            canvas.line(&[*spot, (spot.0, spot.1 + 0.17)], 0.004, &Fill::flat(tones.wood.darker(0.4)));
        }
    }
}

/// The top of a lighthouse: glass all round, and the great lamp.
fn lantern(canvas: &mut Canvas, scene: &Scene, tones: &Tones) {
    let wide = canvas.width();
    let [top, upper, lower, horizon] = scene.palette.sky;
    canvas.fill(
        rect(-0.1, -0.1, wide + 0.1, 0.70),
        &Fill::Along(
            (0.0, 0.0),
            (0.0, 0.70),
            vec![(0.0, top, 1.0), (0.5, upper, 1.0), (0.85, lower, 1.0), (1.0, horizon, 1.0)],
        ),
    );
    sky::stars(canvas, &mut scene.dice("stars"), 0.5, false);
    canvas.fill(
        rect(-0.1, 0.60, wide + 0.1, 0.72),
        &Fill::down(0.60, 0.72, lower.mix(scene.palette.near, 0.5), scene.palette.near),
    );
    let dark = tones.wood.darker(0.62);
    for bar in 0..6u8 {
        let x = wide * (f32::from(bar) + 0.4) / 5.6;
        canvas.fill(rect(x - 0.009, -0.1, x + 0.009, 0.74), &Fill::flat(dark));
    }
    canvas.fill(rect(-0.1, 0.32, wide + 0.1, 0.334), &Fill::flat(dark));
    canvas.fill(
        rect(-0.1, 0.70, wide + 0.1, 1.1),
        &Fill::down(0.70, 1.0, tones.wall.darker(0.55), tones.wall.darker(0.8)),
    );
    canvas.fill(rect(-0.1, 0.69, wide + 0.1, 0.715), &Fill::flat(tones.wood));
    let at = (wide * if scene.light.0 < 0.5 { 0.70 } else { 0.30 }, 0.44);
    let brass = Colour::hex(0xc9963f).mix(scene.palette.near, 0.3);
    canvas.fill(
        polygon(&[(at.0 - 0.10, 0.78), (at.0 + 0.10, 0.78), (at.0 + 0.15, 1.05), (at.0 - 0.15, 1.05)]),
        &Fill::flat(brass.darker(0.5)),
    );
    canvas.glow(at, 0.75, scene.palette.light, 0.70);
    for ringed in 0..9u8 {
        let level = f32::from(ringed) / 4.0 - 1.0;
        let half = 0.155 * (1.0 - level * level * 0.62);
        let y = at.1 + level * 0.27;
        let glass = Colour::hex(0xbfe3e0).mix(scene.palette.light, 0.65 - level.abs() * 0.35);
        canvas.fill(
            pebble(&[
                (at.0 - half, y - 0.026),
                (at.0 + half, y - 0.026),
                (at.0 + half * 1.06, y + 0.026),
                (at.0 - half * 1.06, y + 0.026),
            ]),
            &Fill::Along(
                (at.0 - half, 0.0),
                (at.0 + half, 0.0),
                vec![(0.0, glass.darker(0.4), 0.85), (0.5, glass.lighter(0.5), 0.95), (1.0, glass.darker(0.4), 0.85)],
            ),
        );
    }
    for side in [-1.0, 1.0_f32] {
        canvas.line(
            &[(at.0 + side * 0.08, at.1 - 0.31), (at.0 + side * 0.175, at.1), (at.0 + side * 0.10, at.1 + 0.33)],
            0.010,
            &Fill::flat(brass),
        );
    }
    canvas.fill(
        pebble(&[
            (at.0 - 0.10, at.1 - 0.30),
            (at.0 + 0.10, at.1 - 0.30),
            (at.0 + 0.03, at.1 - 0.36),
            (at.0 - 0.03, at.1 - 0.36),
        ]),
        &Fill::flat(brass),
    );
    canvas.glow(at, 0.24, Colour::WHITE, 0.75);
}

fn plain(canvas: &mut Canvas, scene: &Scene, dice: &mut Dice, tones: &Tones, left: bool) {
    let wide = canvas.width();
    let mirror = |share: f32| wide * if left { share } else { 1.0 - share };
    canvas.fill(
        ellipse((wide * 0.5, 0.89), wide * 0.36, 0.075),
        &Fill::Flat(Colour::hex(0x9a4a3f).mix(tones.floor, 0.35), 0.85),
    );
    window(canvas, scene, tones, (mirror(0.27), 0.33), (0.16, 0.21));
    let at = mirror(0.68);
    if scene.has(Motif::Clock) {
        let middle = (at, 0.27);
        canvas.fill(ellipse(middle, 0.13, 0.13), &Fill::flat(tones.wood));
        canvas.fill(ellipse(middle, 0.112, 0.112), &Fill::flat(Colour::hex(0xf1e6cf).mix(tones.wall, 0.15)));
        for hour in 0..12u8 {
            let turn = f32::from(hour) / 12.0;
            let spot = |reach: f32| (middle.0 + cosine(turn) * reach, middle.1 + sine(turn) * reach);
            canvas.line(&[spot(0.092), spot(0.104)], 0.005, &Fill::flat(tones.wood));
        }
        canvas.line(&[middle, (middle.0 + 0.045, middle.1 - 0.035)], 0.010, &Fill::flat(tones.wood.darker(0.4)));
        canvas.line(&[middle, (middle.0 - 0.015, middle.1 - 0.085)], 0.006, &Fill::flat(tones.wood.darker(0.4)));
    } else {
        canvas.fill(rect(at - 0.13, 0.14, at + 0.13, 0.40), &Fill::flat(tones.wood));
        let [upper, _, lower, horizon] = scene.palette.sky;
        canvas
            .fill(rect(at - 0.112, 0.158, at + 0.112, 0.382), &Fill::down(0.16, 0.38, lower.mix(upper, 0.4), horizon));
        canvas.fill(
            pebble(&[
                (at - 0.11, 0.38),
                (at - 0.11, 0.30),
                (at - 0.02, 0.24),
                (at + 0.06, 0.33),
                (at + 0.11, 0.29),
                (at + 0.11, 0.38),
            ]),
            &Fill::flat(tones.wall.darker(0.4)),
        );
    }
    table(canvas, tones, (at, 0.68), 0.26);
    if scene.has(Motif::Machine) {
        gears(canvas, scene, (at - 0.04, 0.68), 0.08);
    } else if scene.has(Motif::Cup) {
        canvas.fill(
            pebble(&[(at - 0.05, 0.605), (at + 0.05, 0.605), (at + 0.045, 0.68), (at - 0.045, 0.68)]),
            &Fill::flat(Colour::hex(0xf1e6cf)),
        );
        for puff in 0..3u8 {
            let y = 0.59 - 0.035 * f32::from(puff);
            canvas.fill(ellipse((at + 0.01 * sine(y * 9.0), y), 0.014, 0.03), &Fill::Flat(Colour::WHITE, 0.16));
        }
    } else {
        books(canvas, dice, (at - 0.10, 0.68), 0.08);
    }
    desk_lamp(canvas, scene, (at + 0.15, 0.68));
}
