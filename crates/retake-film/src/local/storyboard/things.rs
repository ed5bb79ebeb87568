//! What people have put into the land: lighthouses, boats, houses, castles, windmills, bridges, balloons, fires; and
//! birds and whales, which are as small.

#![expect(clippy::float_arithmetic, reason = "it places what is drawn")]

use super::super::canvas::{Canvas, Fill, Spot, ellipse, pebble, polygon, rect};
use super::super::colour::Colour;
use super::super::dice::sine;
use super::motif::Motif;
use super::palette::Hour;
use super::scene::Scene;
use super::water;

/// A lighthouse on its rock, with a beam when it is dark. The spot is the foot of the tower.
pub(super) fn lighthouse(canvas: &mut Canvas, scene: &Scene, foot: Spot, tall: f32, rock: bool) {
    let (x, y) = foot;
    let mut dice = scene.dice("lighthouse");
    let half = tall * 0.085;
    let at = |across: f32, up: f32| (x + across * half, y - up * tall);
    let glowing = scene.hour != Hour::Day || scene.has_any(&[Motif::Storm, Motif::Fog]);
    let lantern = at(0.0, 0.885);
    if glowing {
        beams(canvas, scene, lantern, tall);
    }
    if rock {
        let stone = scene.palette.lit(Colour::hex(0x4a4f5c), 0.95);
        for (grow, drop, shade) in [(1.0, 0.0, 0.0), (0.66, 0.03, 0.25)] {
            let mut heap: Vec<Spot> = (0..=14u8)
                .map(|step| f32::from(step) / 7.0 - 1.0)
                .map(|way| {
                    (
                        x + way * tall * 0.50 * grow + dice.around(tall * 0.02),
                        y + tall * (0.21 * way * way + drop - 0.01) + dice.around(tall * 0.028),
                    )
                })
                .collect();
            heap.extend((0..=14u8).map(|step| 1.0 - f32::from(step) / 7.0).map(|way| {
                let sag = (1.0 - way * way) * 0.035;
                (x + way * tall * 0.50 * grow, y + tall * (0.21 + drop + sag))
            }));
            canvas.fill(
                polygon(&heap),
                &Fill::down(y - tall * 0.02, y + tall * 0.32, stone.lighter(0.10).darker(shade), stone.darker(0.45)),
            );
        }
    }
    let pale = scene.palette.lit(Colour::hex(0xf3ece0), 0.95).mix(Colour::hex(0xf3ece0), 0.12);
    let red = scene.palette.lit(Colour::hex(0xc23b32), 0.95).mix(Colour::hex(0xc23b32), 0.2);
    let lit = if scene.light.0 * canvas.width() < x { -1.0 } else { 1.0_f32 };
    let round = |colour: Colour| {
        Fill::Along(
            (x - lit * half, 0.0),
            (x + lit * half, 0.0),
            vec![(0.0, colour.darker(0.42), 1.0), (0.6, colour, 1.0), (1.0, colour.lighter(0.12), 1.0)],
        )
    };
    let wide = |up: f32| 1.0 - 0.42 * up / 0.8;
    for band in 0..5u8 {
        let (low, high) = (f32::from(band) * 0.16 - 0.01, f32::from(band + 1) * 0.16);
        let colour = if band % 2 == 0 { pale } else { red };
        canvas.fill(
            polygon(&[at(-wide(low), low), at(wide(low), low), at(wide(high), high), at(-wide(high), high)]),
            &round(colour),
        );
    }
    let dark = scene.palette.near.darker(0.3);
    canvas.fill(polygon(&[at(-0.92, 0.80), at(0.92, 0.80), at(0.80, 0.825), at(-0.80, 0.825)]), &Fill::flat(dark));
    let glass = if glowing { scene.palette.light.lighter(0.4) } else { scene.palette.sky[2] };
    canvas.fill(polygon(&[at(-0.48, 0.825), at(0.48, 0.825), at(0.48, 0.935), at(-0.48, 0.935)]), &Fill::flat(glass));
    for bar in [-0.46, -0.16, 0.16, 0.46] {
        canvas.line(&[at(bar, 0.825), at(bar, 0.935)], half * 0.07, &Fill::flat(dark));
    }
    canvas.fill(
        pebble(&[
            at(-0.68, 0.93),
            at(0.68, 0.93),
            at(0.60, 0.95),
            at(0.2, 1.01),
            at(0.0, 1.06),
            at(-0.2, 1.01),
            at(-0.60, 0.95),
        ]),
        &Fill::flat(red.darker(0.25)),
    );
    for (across, up) in [(0.0, 0.52), (0.05, 0.24)] {
        canvas.fill(
            polygon(&[
                at(across - 0.12, up),
                at(across + 0.12, up),
                at(across + 0.12, up + 0.05),
                at(across - 0.12, up + 0.05),
            ]),
            &Fill::flat(if glowing { scene.palette.light.darker(0.1) } else { dark }),
        );
    }
    canvas.fill(polygon(&[at(-0.2, 0.0), at(0.2, 0.0), at(0.2, 0.09), at(-0.2, 0.09)]), &Fill::flat(dark));
    if glowing {
        canvas.glow(lantern, tall * 0.42, scene.palette.light, 0.95);
        canvas.glow(lantern, tall * 0.10, Colour::WHITE, 0.9);
    }
    if rock && scene.has_any(&[Motif::Storm, Motif::Wave]) {
        water::spray(canvas, scene, (x - tall * 0.30, y + tall * 0.16), tall * 0.42);
    }
}

fn beams(canvas: &mut Canvas, scene: &Scene, from: Spot, tall: f32) {
    let strength = if scene.dark() || scene.has(Motif::Storm) { 0.62 } else { 0.34 };
    let tilt = scene.dice("beam").between(0.02, 0.11);
    for (side, reach) in [(-1.0_f32, 1.9), (1.0, 1.5)] {
        for (spread, share) in [(0.20, 0.45), (0.11, 0.6), (0.05, 0.6)] {
            let far = from.0 + side * reach;
            let level = from.1 - tilt * side * reach * 0.5;
            let cone = [
                (from.0, from.1 - tall * 0.02),
                (far, level - spread * reach * 0.5),
                (far, level + spread * reach * 0.5),
                (from.0, from.1 + tall * 0.02),
            ];
            let stops = vec![
                (0.0, scene.palette.light, strength * share),
                (0.35, scene.palette.light, strength * share * 0.45),
                (1.0, scene.palette.light, 0.0),
            ];
            canvas.shine(polygon(&cone), &Fill::Along(from, (far, level), stops));
        }
    }
}

/// A sailing boat, or a steamer; the spot is the middle of its waterline.
pub(super) fn vessel(canvas: &mut Canvas, scene: &Scene, at: Spot, long: f32) {
    let (x, y) = at;
    let steamer = scene.has(Motif::Ship) && !scene.has(Motif::Boat);
    let face = if scene.light.0 < 0.5 { -1.0 } else { 1.0_f32 };
    let spot = |along: f32, up: f32| (x + along * long * face, y - up * long);
    let hull = scene.palette.lit(Colour::hex(if steamer { 0x2e3a4a } else { 0x7a3b2e }), 0.95);
    let pale = scene.palette.lit(Colour::hex(0xf6efe2), 0.9).mix(scene.palette.light, 0.25);
    if steamer {
        canvas.fill(
            polygon(&[spot(-0.30, 0.09), spot(0.16, 0.09), spot(0.16, 0.17), spot(-0.30, 0.17)]),
            &Fill::flat(pale),
        );
        canvas.fill(
            polygon(&[spot(-0.02, 0.17), spot(0.14, 0.17), spot(0.13, 0.23), spot(0.0, 0.23)]),
            &Fill::flat(pale.darker(0.1)),
        );
        for pipe in [-0.22, -0.12] {
            canvas.fill(
                polygon(&[
                    spot(pipe, 0.17),
                    spot(pipe + 0.05, 0.17),
                    spot(pipe + 0.045, 0.30),
                    spot(pipe + 0.005, 0.30),
                ]),
                &Fill::flat(scene.palette.lit(Colour::hex(0xc7473a), 0.95)),
            );
        }
        for port in 0..8u8 {
            let place = spot(-0.27 + 0.055 * f32::from(port), 0.13);
            let colour = if scene.hour == Hour::Day { hull } else { scene.palette.light };
            canvas.fill(ellipse(place, long * 0.009, long * 0.009), &Fill::flat(colour));
        }
        for puff in 0..7u8 {
            let step = f32::from(puff);
            let place = spot(-0.17 - step * 0.055, 0.34 + step * 0.025);
            canvas.fill(
                ellipse(place, long * (0.03 + step * 0.010), long * (0.024 + step * 0.007)),
                &Fill::Flat(scene.palette.haze().darker(0.25), 0.40 - step * 0.045),
            );
        }
    } else {
        canvas.line(&[spot(0.02, 0.06), spot(0.02, 0.86)], long * 0.016, &Fill::flat(hull.darker(0.3)));
        let sail = |colour: Colour| {
            Fill::Along(spot(-0.4, 0.0), spot(0.4, 0.0), vec![(0.0, colour.darker(0.18), 1.0), (1.0, colour, 1.0)])
        };
        canvas.fill(
            pebble(&[
                spot(0.0, 0.84),
                spot(0.0, 0.84),
                spot(-0.12, 0.42),
                spot(-0.38, 0.15),
                spot(-0.38, 0.15),
                spot(0.0, 0.13),
                spot(0.0, 0.13),
            ]),
            &sail(pale),
        );
        canvas.fill(
            pebble(&[
                spot(0.05, 0.76),
                spot(0.05, 0.76),
                spot(0.20, 0.42),
                spot(0.38, 0.16),
                spot(0.38, 0.16),
                spot(0.06, 0.15),
                spot(0.06, 0.15),
            ]),
            &sail(pale.darker(0.10)),
        );
    }
    let body = [spot(-0.46, 0.10), spot(0.52, 0.115), spot(0.38, -0.02), spot(-0.38, -0.02)];
    canvas.fill(polygon(&body), &Fill::down(y - long * 0.1, y + long * 0.02, hull.lighter(0.1), hull.darker(0.35)));
    for step in 0..9u8 {
        let down = f32::from(step) * 0.035 + 0.04;
        let half = 0.40 * (1.0 - down * 1.6).max(0.1);
        let sway = sine(down * 6.0) * 0.03;
        let tone = if steamer || step < 2 { hull } else { pale };
        canvas.fill(ellipse(spot(sway, -down), long * half, long * 0.010), &Fill::Flat(tone, 0.34 - down * 0.7));
    }
}

/// A cottage with its foot at a spot.
pub(super) fn house(canvas: &mut Canvas, scene: &Scene, foot: Spot, wide: f32) {
    let (x, y) = foot;
    let at = |across: f32, up: f32| (x + across * wide, y - up * wide);
    let wall = scene.palette.lit(Colour::hex(0xe9dcc3), 0.92);
    let roof = if scene.has(Motif::Snow) {
        scene.palette.lit(Colour::hex(0xf4f7fa), 0.9)
    } else {
        scene.palette.lit(Colour::hex(0x9c4a3a), 0.95)
    };
    canvas.fill(
        polygon(&[at(0.26, 0.62), at(0.36, 0.62), at(0.36, 0.98), at(0.26, 0.98)]),
        &Fill::flat(wall.darker(0.35)),
    );
    canvas.fill(
        polygon(&[at(-0.5, 0.0), at(0.5, 0.0), at(0.5, 0.45), at(-0.5, 0.45)]),
        &Fill::Along(at(-0.5, 0.0), at(0.5, 0.0), vec![(0.0, wall, 1.0), (1.0, wall.darker(0.25), 1.0)]),
    );
    canvas.fill(
        polygon(&[at(-0.60, 0.42), at(-0.36, 0.86), at(0.36, 0.86), at(0.60, 0.42)]),
        &Fill::down(y - wide * 0.86, y - wide * 0.42, roof, roof.darker(0.2)),
    );
    let glass = if scene.hour == Hour::Day { scene.palette.near } else { scene.palette.light };
    for across in [-0.34, 0.18] {
        canvas.fill(
            polygon(&[at(across, 0.16), at(across + 0.16, 0.16), at(across + 0.16, 0.34), at(across, 0.34)]),
            &Fill::flat(glass),
        );
        canvas.line(&[at(across + 0.08, 0.16), at(across + 0.08, 0.34)], wide * 0.012, &Fill::flat(wall.darker(0.4)));
    }
    canvas.fill(
        polygon(&[at(-0.09, 0.0), at(0.08, 0.0), at(0.08, 0.31), at(-0.09, 0.31)]),
        &Fill::flat(scene.palette.near),
    );
    if scene.hour != Hour::Day {
        canvas.glow(at(-0.26, 0.25), wide * 0.7, scene.palette.light, 0.45);
    }
}

/// A castle with its foot at a spot.
pub(super) fn castle(canvas: &mut Canvas, scene: &Scene, foot: Spot, wide: f32) {
    let (x, y) = foot;
    let stone = scene.palette.lit(Colour::hex(0x8b8794), 0.74);
    for (across, half, high, spire) in [
        (-0.30, 0.09, 0.62, true),
        (0.26, 0.10, 0.54, false),
        (0.0, 0.24, 0.42, false),
        (-0.05, 0.08, 0.92, true),
        (0.40, 0.07, 0.74, true),
        (-0.45, 0.08, 0.36, false),
    ] {
        let (left, right, top) = (x + (across - half) * wide, x + (across + half) * wide, y - high * wide);
        let shade =
            Fill::Along((left, 0.0), (right, 0.0), vec![(0.0, stone.lighter(0.1), 1.0), (1.0, stone.darker(0.3), 1.0)]);
        canvas.fill(rect(left, top, right, y + wide * 0.08), &shade);
        if spire {
            let over = half * wide * 0.25;
            let roof = scene.palette.lit(Colour::hex(0x3f4f7a), 0.8);
            canvas.fill(
                polygon(&[(left - over, top), ((left + right) / 2.0, top - half * wide * 3.0), (right + over, top)]),
                &Fill::flat(roof),
            );
        } else {
            let step = (right - left) / 7.0;
            for tooth in [0.0, 2.0, 4.0, 6.0_f32] {
                canvas
                    .fill(rect(left + tooth * step, top - step, left + (tooth + 1.0) * step, top + step * 0.2), &shade);
            }
        }
        let glass = if scene.hour == Hour::Day { scene.palette.near } else { scene.palette.light };
        canvas.fill(ellipse(((left + right) / 2.0, top + wide * 0.09), wide * 0.010, wide * 0.022), &Fill::flat(glass));
    }
}

/// A windmill with its foot at a spot.
pub(super) fn windmill(canvas: &mut Canvas, scene: &Scene, foot: Spot, tall: f32) {
    let (x, y) = foot;
    let wall = scene.palette.lit(Colour::hex(0xe6dac4), 0.92);
    let dark = scene.palette.lit(Colour::hex(0x5a3f35), 0.98);
    canvas.fill(
        polygon(&[
            (x - tall * 0.15, y),
            (x + tall * 0.15, y),
            (x + tall * 0.09, y - tall * 0.62),
            (x - tall * 0.09, y - tall * 0.62),
        ]),
        &Fill::Along(
            (x - tall * 0.15, 0.0),
            (x + tall * 0.15, 0.0),
            vec![(0.0, wall, 1.0), (1.0, wall.darker(0.4), 1.0)],
        ),
    );
    canvas.fill(
        pebble(&[
            (x - tall * 0.12, y - tall * 0.61),
            (x - tall * 0.09, y - tall * 0.74),
            (x + tall * 0.09, y - tall * 0.74),
            (x + tall * 0.12, y - tall * 0.61),
        ]),
        &Fill::flat(dark),
    );
    let hub = (x, y - tall * 0.66);
    for (turn, arm) in [(0.06, 0), (0.31, 1), (0.56, 2), (0.81, 3)] {
        let (cos, sin) = (super::super::dice::cosine(turn), sine(turn));
        let spot = |along: f32, across: f32| {
            (hub.0 + (cos * along - sin * across) * tall, hub.1 + (sin * along + cos * across) * tall)
        };
        canvas.line(&[hub, spot(0.46, 0.0)], tall * 0.012, &Fill::flat(dark));
        let tone = if arm % 2 == 0 { wall.lighter(0.2) } else { wall.darker(0.08) };
        canvas.fill(
            polygon(&[spot(0.10, 0.008), spot(0.46, 0.008), spot(0.46, 0.085), spot(0.10, 0.065)]),
            &Fill::Flat(tone, 0.92),
        );
    }
}

/// A bridge of three arches that rises to its middle; `deck` is its height there.
pub(super) fn bridge(canvas: &mut Canvas, scene: &Scene, deck: f32, foot: f32) {
    let wide = canvas.width();
    let stone = scene.palette.lit(Colour::hex(0x7c6b62), 0.98).mix(scene.palette.near, 0.45);
    let top = |x: f32| deck + (x / wide - 0.5) * (x / wide - 0.5) * 0.30;
    let ways = || (0..=24u8).map(|step| (f32::from(step) / 24.0) * (wide + 0.2) - 0.1);
    let mut spots: Vec<Spot> = ways().map(|x| (x, top(x))).collect();
    spots.extend([(wide + 0.1, foot + 0.03), (wide + 0.1, foot)]);
    let arches = [(0.80, 0.105), (0.5, 0.150), (0.20, 0.105)];
    let arch = |(middle, half): (f32, f32), grow: f32| {
        let crown = (foot - top(wide * middle)) * 0.74;
        (0..=16u8).map(move |step| f32::from(step) / 16.0).map(move |way| {
            let across = super::super::dice::cosine(way * 0.5) * half * wide * grow;
            (wide * middle + across, foot - sine(way * 0.5) * crown * grow)
        })
    };
    for form in arches {
        spots.extend(arch(form, 1.0));
    }
    spots.extend([(-0.1, foot), (-0.1, foot + 0.03)]);
    canvas.fill(polygon(&spots), &Fill::down(deck, foot, stone.lighter(0.16), stone.darker(0.35)));
    for form in arches {
        let rim: Vec<Spot> = arch(form, 1.03).collect();
        canvas.line(&rim, 0.012, &Fill::Flat(stone.lighter(0.30), 0.9));
        let under: Vec<Spot> = arch(form, 0.985).collect();
        canvas.line(&under, 0.007, &Fill::Flat(stone.darker(0.6), 0.8));
    }
    let parapet: Vec<Spot> =
        ways().map(|x| (x, top(x) - 0.022)).chain(ways().rev().map(|x| (x, top(x) + 0.004))).collect();
    canvas.fill(polygon(&parapet), &Fill::flat(stone.lighter(0.24)));
    let ledge: Vec<Spot> = ways().map(|x| (x, top(x) + 0.006)).collect();
    canvas.line(&ledge, 0.005, &Fill::flat(stone.darker(0.4)));
}

/// Hot-air balloons.
pub(super) fn balloons(canvas: &mut Canvas, scene: &Scene) {
    let mut dice = scene.dice("balloons");
    let hues = [0xd9523f, 0xe8b04a, 0x3f7f8c, 0x8a5a9c].map(Colour::hex);
    for index in 0..3u8 {
        let size = [0.13, 0.07, 0.045].get(usize::from(index)).copied().unwrap_or(0.05) * scene.scale().min(1.3);
        let at = (canvas.width() * dice.between(0.15, 0.85), dice.between(0.20, 0.42));
        let hue = dice.pick(&hues).copied().unwrap_or(Colour::WHITE);
        let hue = hue.mix(scene.palette.haze(), 0.14 + 0.12 * f32::from(index));
        let spot = |across: f32, down: f32| (at.0 + across * size, at.1 + down * size);
        let bag = |grow: f32| {
            pebble(&[
                spot(-0.9 * grow, -0.9),
                spot(0.9 * grow, -0.9),
                spot(1.15 * grow, 0.0),
                spot(0.35 * grow, 1.15),
                spot(-0.35 * grow, 1.15),
                spot(-1.15 * grow, 0.0),
            ])
        };
        for (grow, colour) in [(1.0, hue), (0.66, hue.lighter(0.45)), (0.32, hue)] {
            canvas.fill(
                bag(grow),
                &Fill::Along(
                    spot(-1.0, 0.0),
                    spot(1.0, 0.0),
                    vec![(0.0, colour.lighter(0.1), 1.0), (1.0, colour.darker(0.35), 1.0)],
                ),
            );
        }
        for side in [-0.2, 0.2] {
            canvas.line(&[spot(side, 1.1), spot(side * 0.7, 1.5)], size * 0.02, &Fill::flat(scene.palette.near));
        }
        canvas.fill(
            polygon(&[spot(-0.17, 1.48), spot(0.17, 1.48), spot(0.13, 1.72), spot(-0.13, 1.72)]),
            &Fill::flat(Colour::hex(0x6b4a35)),
        );
    }
}

/// A fire with its glow; the spot is its foot.
pub(super) fn fire(canvas: &mut Canvas, at: Spot, size: f32) {
    let (x, y) = at;
    canvas.glow((x, y - size * 0.5), size * 4.6, Colour::hex(0xff9a4a), 0.62);
    for side in [-1.0, 1.0_f32] {
        canvas.line(
            &[(x - side * size * 0.6, y + size * 0.08), (x + side * size * 0.5, y - size * 0.10)],
            size * 0.16,
            &Fill::flat(Colour::hex(0x3a2420)),
        );
    }
    for (grow, colour) in [(1.0, 0xf2622e), (0.68, 0xffa53d), (0.36, 0xfff0b0)] {
        let spot = |across: f32, up: f32| (x + across * size * grow, y - up * size * grow);
        canvas.fill(
            pebble(&[
                spot(-0.42, 0.0),
                spot(-0.52, 0.5),
                spot(-0.12, 0.8),
                spot(0.02, 1.75),
                spot(0.02, 1.75),
                spot(0.30, 0.8),
                spot(0.52, 0.45),
                spot(0.40, 0.0),
            ]),
            &Fill::Flat(Colour::hex(colour), 0.93),
        );
    }
}

/// A loose flock.
pub(super) fn birds(canvas: &mut Canvas, scene: &Scene) {
    let mut dice = scene.dice("birds");
    let dark = scene.palette.near;
    let middle = (canvas.width() * dice.between(0.3, 0.7), scene.horizon * dice.between(0.35, 0.6));
    let count = if scene.has(Motif::Bird) { 9 } else { 5 };
    for _ in 0..count {
        let at = (middle.0 + dice.around(0.30), middle.1 + dice.around(0.12));
        let size = dice.between(0.010, 0.024) * if scene.has(Motif::Bird) { 1.5 } else { 0.8 } * scene.scale().max(0.8);
        let (dip, lean) = (dice.between(0.25, 0.6), dice.around(0.2));
        let spot = |across: f32, up: f32| (at.0 + across * size, at.1 - (up + across * lean) * size);
        let wings = [
            spot(-1.0, dip * 0.7),
            spot(-0.5, dip + 0.12),
            spot(0.0, 0.05),
            spot(0.5, dip + 0.12),
            spot(1.0, dip * 0.7),
            spot(0.5, dip - 0.10),
            spot(0.07, -0.16),
            spot(-0.07, -0.16),
            spot(-0.5, dip - 0.10),
        ];
        canvas.fill(polygon(&wings), &Fill::Flat(dark, 0.85));
    }
}

/// A tail that goes down.
pub(super) fn whale(canvas: &mut Canvas, scene: &Scene, at: Spot, size: f32) {
    let dark = scene.palette.lit(Colour::hex(0x2f4458), 0.98);
    let spot = |across: f32, up: f32| (at.0 + across * size, at.1 - up * size);
    let stem = [spot(-0.22, -0.05), spot(-0.07, 0.62), spot(0.07, 0.62), spot(0.22, -0.05)];
    canvas.fill(
        polygon(&stem),
        &Fill::Along(
            spot(-0.2, 0.0),
            spot(0.2, 0.0),
            vec![(0.0, dark.lighter(0.2), 1.0), (1.0, dark.darker(0.3), 1.0)],
        ),
    );
    for side in [-1.0, 1.0_f32] {
        let fluke = [
            spot(0.0, 0.52),
            spot(0.0, 0.72),
            spot(side * 0.30, 0.86),
            spot(side * 0.68, 1.0),
            spot(side * 0.68, 1.0),
            spot(side * 0.46, 0.70),
            spot(side * 0.12, 0.54),
        ];
        canvas.fill(pebble(&fluke), &Fill::flat(if side < 0.0 { dark.lighter(0.12) } else { dark }));
    }
    canvas.fill(ellipse(spot(0.0, -0.04), size * 0.5, size * 0.035), &Fill::Flat(Colour::WHITE, 0.5));
}
