//! People, as silhouettes with a rim of light, and animals.

#![expect(clippy::float_arithmetic, reason = "it places what is drawn")]

use super::super::canvas::{Canvas, Fill, Spot, ellipse, pebble, polygon};
use super::super::colour::Colour;
use super::super::dice::Dice;
use super::motif::Motif;
use super::scene::Scene;

/// Whoever the prompt speaks of, standing with their feet at a spot.
pub(super) fn people(canvas: &mut Canvas, scene: &Scene, foot: Spot, tall: f32) {
    let mut dice = scene.dice("people");
    let count = if scene.has(Motif::Crowd) { 2 + dice.below(4) } else { 1 };
    for index in 0..count {
        let offset = if index == 0 {
            0.0
        } else {
            dice.between(0.28, 0.5)
                * tall
                * if index % 2 == 0 { 1.0 } else { -1.0 }
                * f32::from(u8::try_from(index.div_ceil(2)).unwrap_or(1))
        };
        let size = if index == 0 { tall } else { tall * dice.between(0.62, 1.02) };
        person(canvas, scene, &mut dice, (foot.0 + offset, foot.1), size);
    }
}

/// One person; the coat, the stride and the hat follow from luck.
fn person(canvas: &mut Canvas, scene: &Scene, dice: &mut Dice, foot: Spot, tall: f32) {
    let hues = [0xb5453a, 0xd9a441, 0x2f5d73, 0x59466b, 0x3d6b55, 0x8c5a3c].map(Colour::hex);
    let hue = dice.pick(&hues).copied().unwrap_or(Colour::BLACK);
    let coat = scene.palette.lit(hue.darker(0.1), 1.0).mix(hue, if scene.dark() { 0.12 } else { 0.35 });
    let dark = scene.palette.near.darker(0.25);
    let (x, y) = foot;
    let at = |across: f32, up: f32| (x + across * tall, y - up * tall);
    let stride = dice.between(0.02, 0.09);
    canvas.fill(ellipse((x, y), tall * 0.16, tall * 0.016), &Fill::Flat(scene.palette.near, 0.35));
    for side in [-1.0, 1.0_f32] {
        let leg = [
            at(side * 0.02 - 0.035, 0.48),
            at(side * 0.02 + 0.035, 0.48),
            at(side * stride + 0.024, 0.02),
            at(side * stride + 0.05, 0.0),
            at(side * stride - 0.026, 0.0),
        ];
        canvas.fill(polygon(&leg), &Fill::flat(dark));
    }
    let body = [
        at(-0.05, 0.86),
        at(0.05, 0.86),
        at(0.115, 0.80),
        at(0.105, 0.56),
        at(0.14, 0.27),
        at(0.0, 0.24),
        at(-0.14, 0.27),
        at(-0.105, 0.56),
        at(-0.115, 0.80),
    ];
    let lit = if scene.light.0 < 0.5 { -1.0 } else { 1.0 };
    let rim = scene.palette.light.mix(coat, if scene.dark() { 0.55 } else { 0.25 });
    let across = vec![(0.0, coat.darker(0.35), 1.0), (0.7, coat, 1.0), (1.0, rim, 1.0)];
    let shade = Fill::Along((x - lit * tall * 0.12, 0.0), (x + lit * tall * 0.13, 0.0), across);
    canvas.fill(pebble(&body), &shade);
    for side in [-1.0, 1.0_f32] {
        let arm = [
            at(side * 0.085, 0.81),
            at(side * 0.13, 0.78),
            at(side * (0.13 + stride * 0.5), 0.48),
            at(side * (0.09 + stride * 0.5), 0.46),
        ];
        canvas.fill(pebble(&arm), &Fill::flat(coat.darker(if side == lit { 0.08 } else { 0.35 })));
    }
    let skin = scene.palette.lit(Colour::hex(0xd9a07c), 1.0);
    let face = Fill::Along(
        (x - lit * tall * 0.05, 0.0),
        (x + lit * tall * 0.05, 0.0),
        vec![(0.0, skin.darker(0.45), 1.0), (1.0, skin.mix(scene.palette.light, 0.25), 1.0)],
    );
    canvas.fill(ellipse(at(0.0, 0.925), tall * 0.048, tall * 0.060), &face);
    if dice.chance(0.45) {
        let hat = [
            at(-0.10, 0.945),
            at(-0.05, 0.955),
            at(-0.045, 1.01),
            at(0.045, 1.01),
            at(0.05, 0.955),
            at(0.10, 0.945),
            at(0.0, 0.935),
        ];
        canvas.fill(polygon(&hat), &Fill::flat(dark));
    } else {
        canvas.fill(
            pebble(&[
                at(-0.062, 0.90),
                at(-0.06, 0.99),
                at(0.0, 1.01),
                at(0.06, 0.99),
                at(0.055, 0.945),
                at(0.0, 0.955),
                at(-0.03, 0.94),
            ]),
            &Fill::flat(dark),
        );
    }
}

/// Head and shoulders, near, against the light.
pub(super) fn bust(canvas: &mut Canvas, scene: &Scene, at: Spot, tall: f32) {
    let mut dice = scene.dice("bust");
    let dark = scene.palette.near.darker(0.3);
    let warm = scene.palette.light;
    let lit = if scene.light.0 < 0.5 { -1.0 } else { 1.0_f32 };
    let (x, y) = at;
    let spot = |across: f32, up: f32| (x + across * tall * lit, y - up * tall);
    let hues = [0x8c3f35, 0xb98a3a, 0x2f5d73, 0x4a3d63, 0x35604e].map(Colour::hex);
    let coat = dice.pick(&hues).copied().unwrap_or(dark).mix(dark, if scene.dark() { 0.62 } else { 0.35 });
    let skin = Colour::hex(0xd39b78).mix(dark, if scene.dark() { 0.45 } else { 0.22 });
    let shade = |colour: Colour, share: f32| {
        Fill::Along(
            spot(-0.42, 0.0),
            spot(0.48, 0.0),
            vec![(0.0, colour.darker(0.55), 1.0), (0.6, colour, 1.0), (1.0, colour.mix(warm, share), 1.0)],
        )
    };
    let shoulders = [
        spot(-0.17, 0.44),
        spot(0.16, 0.44),
        spot(0.45, 0.34),
        spot(0.60, -0.10),
        spot(0.62, -0.6),
        spot(-0.62, -0.6),
        spot(-0.60, -0.10),
        spot(-0.45, 0.33),
    ];
    canvas.fill(pebble(&shoulders), &shade(coat, 0.35));
    let neck = [spot(-0.10, 0.60), spot(0.10, 0.60), spot(0.12, 0.36), spot(0.0, 0.30), spot(-0.13, 0.36)];
    canvas.fill(polygon(&neck), &shade(skin.darker(0.28), 0.0));
    let head = [
        spot(-0.19, 0.92),
        spot(0.02, 0.99),
        spot(0.19, 0.90),
        spot(0.205, 0.76),
        spot(0.245, 0.69),
        spot(0.20, 0.655),
        spot(0.19, 0.58),
        spot(0.10, 0.50),
        spot(-0.05, 0.52),
        spot(-0.19, 0.66),
    ];
    canvas.fill(pebble(&head), &shade(skin, 0.45));
    let hair = [
        spot(-0.24, 0.62),
        spot(-0.27, 0.84),
        spot(-0.16, 1.04),
        spot(0.08, 1.06),
        spot(0.21, 0.93),
        spot(0.13, 0.87),
        spot(0.0, 0.86),
        spot(-0.06, 0.76),
        spot(-0.10, 0.64),
    ];
    canvas.fill(pebble(&hair), &shade(Colour::hex(0x4a3328).mix(dark, 0.4), 0.22));
    canvas.line(&[spot(0.115, 0.762), spot(0.165, 0.768)], tall * 0.014, &Fill::flat(dark));
    let collar =
        [spot(-0.16, 0.42), spot(0.0, 0.30), spot(0.16, 0.42), spot(0.22, 0.30), spot(0.02, 0.10), spot(-0.22, 0.30)];
    canvas.fill(polygon(&collar), &shade(coat.darker(0.25), 0.25));
}

/// Someone in a suit, floating.
pub(super) fn astronaut(canvas: &mut Canvas, scene: &Scene, at: Spot, tall: f32) {
    let (x, y) = at;
    let lit = if scene.light.0 < 0.5 { -1.0 } else { 1.0_f32 };
    let spot =
        |across: f32, down: f32| (x + (across * 0.97 - down * 0.22) * tall, y + (down * 0.97 + across * 0.22) * tall);
    let suit = Colour::hex(0xf1ede4);
    let dark = Colour::hex(0x5d6480);
    let shade = |base: Colour| {
        Fill::Along(
            spot(-0.25 * lit, 0.0),
            spot(0.25 * lit, 0.0),
            vec![(0.0, base.mix(dark, 0.75), 1.0), (1.0, base, 1.0)],
        )
    };
    canvas.fill(
        pebble(&[spot(-0.19, -0.24), spot(0.19, -0.24), spot(0.20, 0.16), spot(-0.20, 0.16)]),
        &Fill::flat(dark.darker(0.2)),
    );
    for side in [-1.0, 1.0_f32] {
        canvas.line(
            &[spot(side * 0.07, 0.14), spot(side * 0.11, 0.32), spot(side * 0.08, 0.47)],
            tall * 0.115,
            &shade(suit.darker(0.06)),
        );
        canvas.line(
            &[spot(side * 0.13, -0.13), spot(side * 0.27, -0.04), spot(side * 0.33, -0.17)],
            tall * 0.095,
            &shade(suit.darker(0.04)),
        );
    }
    canvas.fill(
        pebble(&[
            spot(-0.16, -0.23),
            spot(0.16, -0.23),
            spot(0.18, 0.0),
            spot(0.14, 0.22),
            spot(-0.14, 0.22),
            spot(-0.18, 0.0),
        ]),
        &shade(suit),
    );
    canvas.fill(ellipse(spot(0.0, -0.33), tall * 0.135, tall * 0.135), &shade(suit));
    let glass = spot(0.02 * lit, -0.325);
    canvas.fill(
        ellipse(glass, tall * 0.10, tall * 0.088),
        &Fill::down(glass.1 - tall * 0.09, glass.1 + tall * 0.09, Colour::hex(0xe8a54a), Colour::hex(0x3a2142)),
    );
    canvas.fill(
        ellipse((glass.0 + lit * tall * 0.035, glass.1 - tall * 0.035), tall * 0.022, tall * 0.015),
        &Fill::Flat(Colour::WHITE, 0.85),
    );
    canvas.fill(
        polygon(&[spot(-0.07, -0.08), spot(0.07, -0.08), spot(0.07, 0.02), spot(-0.07, 0.02)]),
        &Fill::flat(dark),
    );
    canvas.fill(ellipse(spot(0.03, -0.03), tall * 0.012, tall * 0.012), &Fill::flat(Colour::hex(0xe8574a)));
}

/// The four-legged that the prompt names, with their feet at a spot.
pub(super) fn beasts(canvas: &mut Canvas, scene: &Scene, foot: Spot, tall: f32) {
    let kinds = [(Motif::Deer, 1.0), (Motif::Horse, 1.0), (Motif::Dog, 0.5), (Motif::Cat, 0.36), (Motif::Sheep, 0.55)];
    let mut x = foot.0;
    for (kind, size) in kinds.into_iter().filter(|(kind, _)| scene.has(*kind)) {
        let herd: &[Spot] = if kind == Motif::Sheep {
            &[(-1.35, 0.30), (0.62, 0.24), (1.75, 0.12), (-0.72, 0.06), (0.15, 0.0), (1.10, -0.22)]
        } else {
            &[(0.0, 0.0)]
        };
        for (across, up) in herd {
            let near = 1.0 - 0.9 * up;
            beast(canvas, scene, kind, (x + across * tall * 0.75, foot.1 - up * tall), tall * size * near);
        }
        x += tall * 0.8;
    }
}

/// A sheep: a heap of wool on short legs, its head low.
fn sheep(canvas: &mut Canvas, scene: &Scene, foot: Spot, tall: f32) {
    let mut dice = Dice::of(scene.seed, "sheep");
    // Each looks its own way.
    let turn = if (foot.0 * 7.0).floor() % 2.0 == 0.0 { 1.0 } else { -1.0_f32 };
    let spot = |along: f32, up: f32| (foot.0 + along * tall * turn, foot.1 - up * tall);
    let wool =
        Colour::hex(0xf2ebdd).mix(scene.palette.lit(Colour::hex(0xf2ebdd), 1.0), if scene.dark() { 0.8 } else { 0.5 });
    let dark = scene.palette.near.darker(0.2);
    canvas.fill(ellipse(spot(0.0, 0.0), tall * 0.62, tall * 0.05), &Fill::Flat(scene.palette.near, 0.35));
    for along in [-0.34, -0.20, 0.22, 0.36] {
        canvas.line(&[spot(along, 0.34), spot(along, 0.02)], tall * 0.075, &Fill::flat(dark));
    }
    canvas.fill(ellipse(spot(0.0, 0.50), tall * 0.50, tall * 0.26), &Fill::flat(wool.darker(0.28)));
    for (along, up, size) in [
        (-0.42, 0.46, 0.17),
        (-0.24, 0.38, 0.18),
        (0.02, 0.36, 0.19),
        (0.28, 0.40, 0.18),
        (-0.36, 0.62, 0.18),
        (0.40, 0.56, 0.18),
        (-0.14, 0.70, 0.20),
        (0.12, 0.71, 0.20),
        (0.30, 0.66, 0.17),
        (-0.04, 0.56, 0.24),
    ] {
        let shade: f32 = 0.68 - 0.94 * up;
        let tone = wool.darker(shade.max(0.0)).lighter(dice.around(0.04).abs());
        canvas.fill(ellipse(spot(along, up), tall * size, tall * size * 0.86), &Fill::flat(tone));
    }
    let head = [spot(0.48, 0.62), spot(0.64, 0.66), spot(0.80, 0.42), spot(0.74, 0.34), spot(0.58, 0.40)];
    canvas.fill(pebble(&head), &Fill::flat(dark));
    let ear = [spot(0.50, 0.62), spot(0.36, 0.56), spot(0.44, 0.66), spot(0.56, 0.66)];
    canvas.fill(pebble(&ear), &Fill::flat(dark.lighter(0.08)));
    canvas.fill(ellipse(spot(0.54, 0.70), tall * 0.10, tall * 0.08), &Fill::flat(wool));
}

fn beast(canvas: &mut Canvas, scene: &Scene, kind: Motif, foot: Spot, tall: f32) {
    if kind == Motif::Sheep {
        sheep(canvas, scene, foot, tall);
        return;
    }
    let (own, long, slim, neck) = match kind {
        Motif::Deer => (0x8a5a36, 0.62, 0.030, 0.34),
        Motif::Horse => (0x5f3d2a, 0.78, 0.042, 0.32),
        Motif::Cat => (0x4a4048, 0.80, 0.060, 0.10),
        _ => (0xb0693a, 0.82, 0.055, 0.14),
    };
    let face = if scene.light.0 < 0.5 { -1.0 } else { 1.0_f32 };
    let hue = scene.palette.lit(Colour::hex(own), 1.0).mix(scene.palette.near, if scene.dark() { 0.55 } else { 0.2 });
    let spot = |along: f32, up: f32| (foot.0 + along * tall * face, foot.1 - up * tall);
    let half = long / 2.0;
    let dark = hue.darker(0.3);
    canvas.fill(ellipse(foot, tall * half * 1.1, tall * 0.03), &Fill::Flat(scene.palette.near, 0.3));
    for (along, colour) in [(-half * 0.62, dark), (half * 0.82, dark), (-half * 0.86, hue), (half * 0.58, hue)] {
        let leg = [
            spot(along - slim * 1.3, 0.5),
            spot(along + slim * 1.3, 0.5),
            spot(along + slim * 0.6, 0.24),
            spot(along + slim * 0.7, 0.0),
            spot(along - slim * 0.8, 0.0),
            spot(along - slim * 0.6, 0.24),
        ];
        canvas.fill(polygon(&leg), &Fill::flat(colour));
    }
    let body =
        Fill::down(foot.1 - tall * 0.78, foot.1 - tall * 0.35, hue.mix(scene.palette.light, 0.16), hue.darker(0.22));
    let trunk = [
        spot(-half * 1.12, 0.70),
        spot(0.0, 0.71),
        spot(half * 1.05, 0.76),
        spot(half * 1.18, 0.52),
        spot(half * 0.4, 0.40),
        spot(-half * 0.5, 0.44),
        spot(-half * 1.2, 0.50),
    ];
    canvas.fill(pebble(&trunk), &body);
    let top = 0.70 + neck;
    let nape = [
        spot(half * 0.55, 0.72),
        spot(half * 0.98 + neck * 0.35, top + 0.04),
        spot(half * 1.05 + neck * 0.55, top - 0.02),
        spot(half * 1.08, 0.52),
    ];
    canvas.fill(pebble(&[nape[0], nape[1], nape[1], nape[2], nape[2], nape[3], nape[3], nape[0]]), &body);
    let poll = (half * 1.0 + neck * 0.42, top);
    let snout = if kind == Motif::Cat { 0.13 } else { 0.22 };
    let head = [
        spot(poll.0 - 0.06, poll.1 + 0.06),
        spot(poll.0 + 0.06, poll.1 + 0.07),
        spot(poll.0 + snout, poll.1 - 0.02),
        spot(poll.0 + snout, poll.1 - 0.08),
        spot(poll.0 + 0.03, poll.1 - 0.09),
        spot(poll.0 - 0.07, poll.1 - 0.05),
    ];
    canvas.fill(pebble(&head), &Fill::flat(hue));
    for ear in [-0.04, 0.02] {
        canvas.fill(
            polygon(&[
                spot(poll.0 + ear - 0.02, poll.1 + 0.03),
                spot(poll.0 + ear - 0.02, poll.1 + 0.12),
                spot(poll.0 + ear + 0.03, poll.1 + 0.04),
            ]),
            &Fill::flat(dark),
        );
    }
    match kind {
        Motif::Deer => {
            for lean in [-0.10, 0.05_f32] {
                let base = spot(poll.0, poll.1 + 0.05);
                canvas.line(
                    &[base, spot(poll.0 + lean, poll.1 + 0.20), spot(poll.0 + lean * 0.6, poll.1 + 0.36)],
                    tall * 0.016,
                    &Fill::flat(dark),
                );
                canvas.line(
                    &[spot(poll.0 + lean, poll.1 + 0.20), spot(poll.0 + lean + 0.09, poll.1 + 0.30)],
                    tall * 0.012,
                    &Fill::flat(dark),
                );
                canvas.line(
                    &[spot(poll.0 + lean * 0.7, poll.1 + 0.12), spot(poll.0 + lean * 0.7 + 0.10, poll.1 + 0.19)],
                    tall * 0.012,
                    &Fill::flat(dark),
                );
            }
        }
        Motif::Horse => {
            canvas.fill(
                pebble(&[
                    spot(half * 0.5, 0.76),
                    spot(poll.0 - 0.06, poll.1 + 0.08),
                    spot(poll.0, poll.1 + 0.09),
                    spot(half * 0.72, 0.70),
                ]),
                &Fill::flat(dark),
            );
            canvas.fill(
                pebble(&[
                    spot(-half * 1.05, 0.70),
                    spot(-half * 1.4, 0.60),
                    spot(-half * 1.45, 0.25),
                    spot(-half * 1.25, 0.35),
                    spot(-half * 1.1, 0.6),
                ]),
                &Fill::flat(dark),
            );
        }
        _ => canvas.line(
            &[spot(-half * 1.05, 0.62), spot(-half * 1.35, 0.72), spot(-half * 1.5, 0.95)],
            tall * 0.045,
            &Fill::flat(hue),
        ),
    }
}
