//! What stands and hangs in rooms: shelves, tables, lamps, flasks, pots, tools, gears, hearths.

#![expect(clippy::float_arithmetic, reason = "it places what is drawn")]

use super::super::super::canvas::{Canvas, Fill, Spot, ellipse, pebble, polygon, rect};
use super::super::super::colour::Colour;
use super::super::super::dice::{Dice, cosine, sine};
use super::super::palette::Hour;
use super::super::scene::Scene;
use super::super::things;
use super::Tones;

pub(super) fn shelves(
    canvas: &mut Canvas,
    scene: &Scene,
    dice: &mut Dice,
    tones: &Tones,
    bounds: (f32, f32, f32, f32),
) {
    let (left, right, top, foot) = bounds;
    canvas.fill(rect(left, top, right, foot), &Fill::flat(tones.wood.darker(0.35)));
    let pitch = 0.115;
    let hues = [0xa8483c, 0xc8963e, 0x3f6f73, 0x5a4f7a, 0x6f7f4a, 0xd8c8a4, 0x8a5a3c].map(Colour::hex);
    let mut y = top + pitch;
    while y < foot + 0.01 {
        let mut x = left + 0.008;
        while x < right - 0.02 {
            let thick = dice.between(0.008, 0.021);
            let tall = pitch * dice.between(0.55, 0.86);
            if dice.chance(0.92) {
                let hue = dice.pick(&hues).copied().unwrap_or(tones.wood);
                let tone = hue.mix(scene.palette.near, if scene.dark() { 0.58 } else { 0.26 });
                let lean = if dice.chance(0.08) { 0.012 } else { 0.0 };
                canvas.fill(
                    polygon(&[(x + lean, y - tall), (x + thick + lean, y - tall), (x + thick, y), (x, y)]),
                    &Fill::flat(tone),
                );
                canvas.fill(
                    rect(x, y - tall * 0.78, x + thick, y - tall * 0.70),
                    &Fill::Flat(Colour::hex(0xe8cf8f), 0.35),
                );
            }
            x += thick + 0.0018;
        }
        canvas.fill(rect(left, y, right, y + 0.012), &Fill::flat(tones.wood.lighter(0.10)));
        y += pitch;
    }
    let mut x = left;
    while x < right + 0.01 {
        canvas.fill(rect(x - 0.007, top, x + 0.007, foot), &Fill::flat(tones.wood));
        x += ((right - left) / ((right - left) / 0.38).round().max(1.0)).max(0.1);
    }
}

pub(super) fn table(canvas: &mut Canvas, tones: &Tones, at: Spot, half: f32) {
    for side in [-0.88, 0.84] {
        let x = at.0 + side * half;
        canvas.fill(
            polygon(&[(x - 0.012, at.1), (x + 0.016, at.1), (x + 0.010, 0.94), (x - 0.006, 0.94)]),
            &Fill::flat(tones.wood.darker(0.28)),
        );
    }
    canvas.fill(rect(at.0 - half * 0.94, at.1, at.0 + half * 0.94, at.1 + 0.05), &Fill::flat(tones.wood.darker(0.2)));
    canvas.fill(rect(at.0 - half, at.1 - 0.004, at.0 + half, at.1 + 0.016), &Fill::flat(tones.wood.lighter(0.16)));
}

pub(super) fn bench(canvas: &mut Canvas, tones: &Tones, top: f32) {
    let wide = canvas.width();
    canvas.fill(rect(-0.1, top, wide + 0.1, 0.92), &Fill::down(top, 0.92, tones.wood, tones.wood.darker(0.4)));
    canvas.fill(rect(-0.1, top - 0.004, wide + 0.1, top + 0.022), &Fill::flat(tones.wood.lighter(0.28)));
    for door in 0..7u8 {
        let x = wide * f32::from(door) / 6.0;
        canvas.fill(rect(x - 0.0022, top + 0.022, x + 0.0022, 0.92), &Fill::Flat(Colour::BLACK, 0.35));
        canvas.fill(ellipse((x + wide / 12.0, top + 0.07), 0.008, 0.004), &Fill::flat(Colour::hex(0xcaa65a)));
    }
}

pub(super) fn flask(canvas: &mut Canvas, dice: &mut Dice, foot: Spot, size: f32) {
    let hues = [0x58c6b0, 0xe87f5a, 0x7fa8e8, 0xe8c65a, 0xc67fd1].map(Colour::hex);
    let hue = dice.pick(&hues).copied().unwrap_or(Colour::WHITE);
    let at = |across: f32, up: f32| (foot.0 + across * size, foot.1 - up * size);
    if dice.chance(0.5) {
        canvas.fill(ellipse(at(0.0, 0.55), size * 0.55, size * 0.55), &Fill::Flat(Colour::hex(0xe8f4f4), 0.28));
        canvas.fill(pebble(&[at(-0.60, 0.5), at(0.60, 0.5), at(0.42, 0.02), at(-0.42, 0.02)]), &Fill::Flat(hue, 0.85));
    } else {
        canvas.fill(
            polygon(&[at(-0.6, 0.0), at(0.6, 0.0), at(0.14, 1.0), at(-0.14, 1.0)]),
            &Fill::Flat(Colour::hex(0xe8f4f4), 0.28),
        );
        canvas.fill(polygon(&[at(-0.58, 0.02), at(0.58, 0.02), at(0.33, 0.5), at(-0.33, 0.5)]), &Fill::Flat(hue, 0.85));
    }
    canvas.fill(
        polygon(&[at(-0.13, 0.95), at(0.13, 0.95), at(0.13, 1.5), at(0.2, 1.56), at(-0.2, 1.56), at(-0.13, 1.5)]),
        &Fill::Flat(Colour::hex(0xe8f4f4), 0.4),
    );
    canvas.glow(at(0.0, 0.4), size * 1.6, hue, 0.35);
}

pub(super) fn hanging(canvas: &mut Canvas, scene: &Scene, at: Spot) {
    canvas.line(&[(at.0, -0.05), at], 0.004, &Fill::flat(scene.palette.near));
    canvas.fill(
        pebble(&[
            (at.0 - 0.02, at.1 - 0.01),
            (at.0 + 0.02, at.1 - 0.01),
            (at.0 + 0.10, at.1 + 0.07),
            (at.0 - 0.10, at.1 + 0.07),
        ]),
        &Fill::flat(scene.palette.near.lighter(0.12)),
    );
    if matches!(scene.hour, Hour::Dusk | Hour::Night) {
        let bulb = (at.0, at.1 + 0.06);
        canvas.fill(ellipse(bulb, 0.018, 0.018), &Fill::flat(scene.palette.light));
        canvas.glow(bulb, 0.62, scene.palette.light, 0.55);
        canvas.shine(
            polygon(&[(at.0 - 0.06, at.1 + 0.06), (at.0 + 0.06, at.1 + 0.06), (at.0 + 0.36, 1.0), (at.0 - 0.36, 1.0)]),
            &Fill::Along(
                (0.0, at.1),
                (0.0, 1.0),
                vec![(0.0, scene.palette.light, 0.30), (1.0, scene.palette.light, 0.03)],
            ),
        );
    }
}

pub(super) fn desk_lamp(canvas: &mut Canvas, scene: &Scene, foot: Spot) {
    let dark = scene.palette.near.lighter(0.1);
    canvas.line(&[foot, (foot.0, foot.1 - 0.15)], 0.008, &Fill::flat(dark));
    canvas.fill(ellipse(foot, 0.04, 0.009), &Fill::flat(dark));
    let top = (foot.0, foot.1 - 0.16);
    let shade = scene.palette.light.mix(Colour::hex(0xd9853f), 0.5);
    canvas.fill(
        polygon(&[
            (top.0 - 0.03, top.1 - 0.045),
            (top.0 + 0.03, top.1 - 0.045),
            (top.0 + 0.066, top.1 + 0.035),
            (top.0 - 0.066, top.1 + 0.035),
        ]),
        &Fill::down(top.1 - 0.05, top.1 + 0.03, shade.darker(0.15), shade.lighter(0.3)),
    );
    canvas.glow((top.0, top.1 + 0.03), if scene.hour == Hour::Day { 0.25 } else { 0.58 }, scene.palette.light, 0.62);
}

pub(super) fn books(canvas: &mut Canvas, dice: &mut Dice, foot: Spot, half: f32) {
    let hues = [0xa8483c, 0x3f6f73, 0xc8963e].map(Colour::hex);
    for (index, hue) in (0..3u8).zip(hues) {
        let y = foot.1 - 0.024 * f32::from(index);
        let shift = dice.around(0.02);
        canvas.fill(rect(foot.0 - half + shift, y - 0.022, foot.0 + half + shift, y), &Fill::flat(hue.darker(0.15)));
        canvas.fill(
            rect(foot.0 + half * 0.9 + shift, y - 0.018, foot.0 + half + shift, y - 0.004),
            &Fill::flat(Colour::hex(0xefe4cc)),
        );
    }
}

pub(super) fn pots(canvas: &mut Canvas, tones: &Tones, dice: &mut Dice, wide: f32, top: f32) {
    let hues = [0xb8563f, 0xe0d4bc, 0x4f7a78, 0xc8963e].map(Colour::hex);
    for step in 0..6u8 {
        let x = wide * (0.10 + 0.15 * f32::from(step)) + dice.around(0.04);
        let (half, tall) = (dice.between(0.026, 0.055), dice.between(0.05, 0.11));
        let hue = dice.pick(&hues).copied().unwrap_or(tones.wood).mix(tones.wall, 0.2);
        let form = [
            (x - half, top),
            (x - half * 1.12, top - tall * 0.6),
            (x - half * 0.7, top - tall),
            (x + half * 0.7, top - tall),
            (x + half * 1.12, top - tall * 0.6),
            (x + half, top),
        ];
        canvas.fill(
            polygon(&form),
            &Fill::Along((x - half, 0.0), (x + half, 0.0), vec![(0.0, hue, 1.0), (1.0, hue.darker(0.4), 1.0)]),
        );
    }
}

pub(super) fn tools(canvas: &mut Canvas, tones: &Tones, dice: &mut Dice, middle: f32) {
    canvas.fill(rect(middle - 0.28, 0.12, middle + 0.28, 0.46), &Fill::flat(tones.wood.darker(0.1)));
    for step in 0..7u8 {
        let x = middle - 0.24 + 0.08 * f32::from(step);
        let tall = dice.between(0.12, 0.24);
        canvas.line(&[(x, 0.17), (x, 0.17 + tall)], 0.010, &Fill::flat(Colour::hex(0xb58a5a).mix(tones.wood, 0.3)));
        let head = dice.between(0.012, 0.03);
        canvas.fill(rect(x - head, 0.16, x + head, 0.195), &Fill::flat(Colour::hex(0x9aa4ac).mix(tones.wood, 0.25)));
    }
}

pub(super) fn gears(canvas: &mut Canvas, scene: &Scene, foot: Spot, size: f32) {
    let brass = scene.palette.lit(Colour::hex(0xd9a84a), 1.0).mix(Colour::hex(0xd9a84a), 0.3);
    for (across, up, share, teeth) in [(0.0, 1.05, 1.0, 14u8), (1.45, 0.75, 0.62, 10), (-1.25, 0.60, 0.5, 9)] {
        let at = (foot.0 + across * size, foot.1 - up * size);
        let spots: Vec<Spot> = (0..teeth * 4)
            .map(|step| {
                let turn = f32::from(step) / f32::from(teeth * 4);
                let reach = size * share * if step % 4 < 2 { 1.0 } else { 0.84 };
                (at.0 + cosine(turn) * reach, at.1 + sine(turn) * reach)
            })
            .collect();
        canvas.fill(
            polygon(&spots),
            &Fill::Along(
                (at.0 - size, at.1 - size),
                (at.0 + size, at.1 + size),
                vec![(0.0, brass.lighter(0.2), 1.0), (1.0, brass.darker(0.4), 1.0)],
            ),
        );
        canvas.fill(ellipse(at, size * share * 0.52, size * share * 0.52), &Fill::Flat(scene.palette.near, 0.5));
        canvas.fill(ellipse(at, size * share * 0.18, size * share * 0.18), &Fill::flat(brass));
    }
}

pub(super) fn hearth(canvas: &mut Canvas, tones: &Tones, foot: Spot) {
    let stone = tones.wall.drained(0.6).darker(0.25);
    canvas.fill(rect(foot.0 - 0.22, foot.1 - 0.40, foot.0 + 0.22, foot.1), &Fill::flat(stone));
    canvas.fill(rect(foot.0 - 0.25, foot.1 - 0.43, foot.0 + 0.25, foot.1 - 0.39), &Fill::flat(stone.lighter(0.15)));
    canvas.fill(
        pebble(&[
            (foot.0 - 0.15, foot.1),
            (foot.0 - 0.15, foot.1),
            (foot.0 - 0.15, foot.1 - 0.33),
            (foot.0 + 0.15, foot.1 - 0.33),
            (foot.0 + 0.15, foot.1),
            (foot.0 + 0.15, foot.1),
        ]),
        &Fill::flat(Colour::hex(0x1a1210)),
    );
    things::fire(canvas, (foot.0, foot.1 - 0.02), 0.085);
}

pub(super) fn flame(canvas: &mut Canvas, scene: &Scene, at: Spot, body: f32) {
    let (x, y) = at;
    canvas.glow((x, y - 0.02), 0.62, Colour::hex(0xffb45a), 0.62);
    let skin = scene.palette.lit(Colour::hex(0xd39b78), 0.9).mix(Colour::hex(0xe8a873), 0.45);
    let dark = scene.palette.near;
    let spot = |across: f32, down: f32| (x + across * body, y + down);
    let sleeve = [spot(-0.034, 0.20), spot(0.046, 0.19), spot(0.25, 0.52), spot(0.08, 0.52)];
    canvas.fill(polygon(&sleeve), &Fill::down(y + 0.18, y + 0.46, dark.mix(skin, 0.22), dark));
    let palm = [spot(-0.020, 0.105), spot(0.042, 0.10), spot(0.052, 0.16), spot(0.040, 0.215), spot(-0.026, 0.215)];
    canvas.fill(pebble(&palm), &Fill::down(y + 0.09, y + 0.22, skin, skin.darker(0.45)));
    canvas.line(&[(x, y + 0.13), at], 0.006, &Fill::flat(Colour::hex(0xcfa36c)));
    for finger in 0..4u8 {
        let down = 0.118 + 0.024 * f32::from(finger);
        let tone = skin.darker(0.06 + 0.09 * f32::from(finger));
        canvas.fill(ellipse(spot(-0.012, down), 0.026, 0.0125), &Fill::flat(tone));
    }
    canvas.line(&[spot(0.030, 0.135), spot(0.006, 0.104)], 0.021, &Fill::flat(skin.lighter(0.08)));
    for (grow, hue) in [(1.0, 0xff9a3c), (0.55, 0xfff0c0)] {
        let spot = |across: f32, up: f32| (x + across * 0.03 * grow, y - up * 0.03 * grow);
        canvas.fill(
            pebble(&[
                spot(-0.5, -0.1),
                spot(-0.7, 0.6),
                spot(0.0, 2.4),
                spot(0.0, 2.4),
                spot(0.7, 0.6),
                spot(0.5, -0.1),
            ]),
            &Fill::flat(Colour::hex(hue)),
        );
    }
}
