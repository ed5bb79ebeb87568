//! What stands on the ground far and near: ranges, hills, dunes, snowfields, fields.

#![expect(clippy::float_arithmetic, reason = "it places what is drawn")]

use super::super::canvas::{Canvas, Fill, Spot, ellipse, polygon, rect};
use super::super::colour::Colour;
use super::super::dice::{Dice, Noise, sine, smooth};
use super::motif::Motif;
use super::scene::Scene;

/// How finely an outline is drawn.
const STEP: f32 = 0.012;

/// The outline of a hill range: heights over the stage's width.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ridge {
    noise: Noise,
    base: f32,
    swing: f32,
    pace: f32,
    octaves: u32,
}

impl Ridge {
    pub(super) fn new(dice: &mut Dice, base: f32, swing: f32, pace: f32, octaves: u32) -> Self {
        Self { noise: Noise::of(dice), base, swing, pace, octaves }
    }

    /// The height of the outline at a place.
    pub(super) fn at(&self, x: f32) -> f32 {
        self.base - self.swing * (self.noise.rough(x * self.pace, self.octaves) + 0.35)
    }

    /// The ground below the outline, down past the stage's foot.
    pub(super) fn shape(&self, width: f32) -> Vec<Spot> {
        let mut spots = vec![(-0.1, 1.2)];
        let mut x = -0.1;
        while x < width + 0.1 {
            spots.push((x, self.at(x)));
            x += STEP;
        }
        spots.push((width + 0.1, self.at(width + 0.1)));
        spots.push((width + 0.1, 1.2));
        spots
    }

    pub(super) fn fill(&self, canvas: &mut Canvas, upper: Colour, lower: Colour) {
        let top = self.base - self.swing * 0.85;
        let shape = polygon(&self.shape(canvas.width()));
        canvas.fill(shape, &Fill::down(top, top + self.swing.max(0.05) * 1.6 + 0.10, upper, lower));
    }
}

/// The colour that the ground has of its own.
pub(super) fn ground(scene: &Scene) -> Colour {
    match () {
        () if scene.has(Motif::Snow) => Colour::hex(0xdfe8f2),
        () if scene.has(Motif::Desert) => Colour::hex(0xd98f4e),
        () if scene.has(Motif::Warm) && scene.has_any(&[Motif::Forest, Motif::Tree]) => Colour::hex(0xb8702f),
        () if scene.has(Motif::Jungle) => Colour::hex(0x3d8a4f),
        () if scene.has(Motif::Forest) => Colour::hex(0x47795a),
        () => Colour::hex(0x7d9c4f),
    }
}

/// Peaks with a light and a shaded side, row behind row.
pub(super) fn mountains(canvas: &mut Canvas, scene: &Scene, foot: f32, tall: f32) {
    let mut dice = scene.dice("mountains");
    let rock = if scene.has(Motif::Snow) { Colour::hex(0x8fa3ba) } else { Colour::hex(0x5f7391) };
    for row in 0..3u8 {
        let depth = 0.26 + 0.22 * f32::from(row);
        let high = tall * (1.0 - 0.22 * f32::from(row));
        let gap = 0.30 + 0.06 * f32::from(row);
        let mut x = -0.2 + dice.around(0.15);
        let mut peaks = Vec::new();
        while x < canvas.width() + 0.25 {
            let height = high * dice.between(0.52, 1.0);
            peaks.push(((x, foot - height), height * dice.between(0.95, 1.35)));
            x += gap * dice.between(0.65, 1.25);
        }
        peaks.sort_by(|a, b| a.0.1.total_cmp(&b.0.1));
        for (peak, half) in peaks {
            mountain(canvas, scene, &mut dice, (peak, half, foot), (rock, depth));
        }
        let veil = scene.palette.haze();
        let stops = vec![(0.0, veil, 0.0), (1.0, veil, 0.62)];
        let whole = rect(-0.1, foot - high * 0.6, canvas.width() + 0.1, foot + 0.3);
        canvas.fill(whole, &Fill::Along((0.0, foot - high * 0.6), (0.0, foot), stops));
    }
}

/// One edge of a mountain, broken by halving.
fn edge(dice: &mut Dice, from: Spot, to: Spot, rough: f32) -> Vec<Spot> {
    let mut spots = vec![from, to];
    let mut reach = rough;
    for _ in 0..5 {
        let mut finer = Vec::with_capacity(spots.len() * 2);
        for pair in spots.windows(2) {
            if let [a, b] = pair {
                finer.push(*a);
                finer.push(((a.0 + b.0) / 2.0 + dice.around(reach), (a.1 + b.1) / 2.0 + dice.around(reach * 0.6)));
            }
        }
        finer.push(to);
        spots = finer;
        reach *= 0.5;
    }
    spots
}

fn mountain(canvas: &mut Canvas, scene: &Scene, dice: &mut Dice, form: (Spot, f32, f32), paint: (Colour, f32)) {
    let (peak, half, foot) = form;
    let (rock, depth) = paint;
    let high = foot - peak.1;
    let left = edge(dice, (peak.0 - half, foot), peak, high * 0.10);
    let reach = half * dice.between(0.85, 1.15);
    let right = edge(dice, peak, (peak.0 + reach, foot), high * 0.10);
    let bend = dice.around(half * 0.4);
    let spine = edge(dice, peak, (peak.0 + bend, foot), high * 0.20);
    let from_left = scene.light.0 * canvas.width() < peak.0;
    let bright = scene.palette.lit(rock.mix(scene.palette.light, 0.28), depth);
    let shade = scene.palette.lit(rock.darker(0.35), depth + 0.06);
    let (near, far) = if from_left { (bright, shade) } else { (shade, bright) };
    let haze = scene.palette.haze();
    let flank = |colour: Colour| Fill::down(peak.1, foot, colour, colour.mix(haze, 0.55));
    let whole: Vec<Spot> = left.iter().chain(&right).copied().collect();
    canvas.fill(polygon(&whole), &flank(near));
    let side: Vec<Spot> = spine.iter().rev().chain(&right).copied().collect();
    canvas.fill(polygon(&side), &flank(far));
    let snowy = scene.has(Motif::Snow);
    let line = peak.1 + high * if snowy { dice.between(0.5, 0.75) } else { dice.between(0.16, 0.34) };
    if !(snowy || high > 0.2) {
        return;
    }
    let snow = scene.palette.lit(Colour::hex(0xf7fafc), depth * 0.75).lighter(if scene.dark() { 0.12 } else { 0.3 });
    for (lit, one, two) in [(from_left, &left, &spine), (!from_left, &spine, &right)] {
        let colour = if lit { snow } else { snow.mix(shade, 0.38) };
        let cap = cap(dice, one, two, peak, line);
        canvas.fill(polygon(&cap), &Fill::Flat(colour, 0.94));
    }
}

/// The snow between two edges that meet at the peak, with tongues that run down from the line.
fn cap(dice: &mut Dice, one: &[Spot], two: &[Spot], peak: Spot, line: f32) -> Vec<Spot> {
    let mut near: Vec<Spot> = one.iter().copied().filter(|spot| spot.1 <= line).collect();
    let mut far: Vec<Spot> = two.iter().copied().filter(|spot| spot.1 <= line).collect();
    let down = |a: &Spot, b: &Spot| a.1.total_cmp(&b.1);
    near.sort_by(down);
    far.sort_by(down);
    let start = near.last().copied().unwrap_or(peak);
    let end = far.last().copied().unwrap_or(peak);
    let mut spots: Vec<Spot> = vec![peak];
    spots.extend(near);
    let tongues = 4u8;
    for step in 1..=tongues * 2 {
        let way = f32::from(step) / f32::from(tongues * 2 + 1);
        let drop = if step % 2 == 0 { dice.between(0.0, 0.22) } else { -dice.between(0.08, 0.30) };
        let reach = (line - peak.1) * drop;
        spots.push((start.0 + (end.0 - start.0) * way, start.1 + (end.1 - start.1) * way + reach));
    }
    spots.extend(far.into_iter().rev());
    spots
}

/// Rolling ground in layers from a height down; the last one is the nearest.
pub(super) fn hills(canvas: &mut Canvas, scene: &Scene, top: f32, layers: u8) -> Ridge {
    let mut dice = scene.dice("hills");
    let own = ground(scene);
    let mut last = Ridge::new(&mut dice, top, 0.03, 1.4, 3);
    for layer in 0..layers {
        let part = f32::from(layer) / f32::from(layers.max(1));
        let base = top + (1.0 - top) * part * 0.92;
        let ridge = Ridge::new(&mut dice, base, 0.045 + 0.05 * part, 1.5 - 0.5 * part, 3);
        let depth = 0.46 + 0.52 * smooth(part + 0.1);
        let hue = if layer % 2 == 0 { own } else { own.mix(Colour::hex(0xc9b25a), 0.16) };
        let upper = scene.palette.lit(hue.lighter(0.14), depth);
        ridge.fill(canvas, upper, scene.palette.lit(hue.darker(0.22), (depth + 0.22).min(1.0)));
        last = ridge;
    }
    last
}

/// Dunes, each with a lit slope and a shaded lee that meet in a winding crest.
pub(super) fn dunes(canvas: &mut Canvas, scene: &Scene, top: f32) {
    let mut dice = scene.dice("dunes");
    let sand = Colour::hex(0xe6a45c);
    let wide = canvas.width();
    let away = if scene.light.0 < 0.5 { 1.0 } else { -1.0 };
    let far = scene.palette.lit(sand, 0.4);
    canvas.fill(rect(-0.1, top + 0.01, wide + 0.1, 1.2), &Fill::down(top, 1.0, far, scene.palette.lit(sand, 0.9)));
    for layer in 0..6u8 {
        let part = f32::from(layer) / 5.0;
        let foot = top + 0.03 + (1.02 - top) * part * (0.55 + 0.45 * part);
        let depth = 0.42 + 0.55 * part;
        let bright = scene.palette.lit(sand.mix(scene.palette.light, 0.28), depth);
        let shade = scene.palette.lit(sand.darker(0.55), (depth + 0.05).min(1.0));
        for _ in 0..3 {
            let peak = (dice.between(-0.1, wide + 0.1), foot - (0.05 + 0.13 * part) * dice.between(0.6, 1.2));
            let half = (0.35 + 0.55 * part) * dice.between(0.8, 1.3);
            dune(canvas, &mut dice, (peak, half, foot + 0.03), away, (bright, shade));
        }
    }
}

fn dune(canvas: &mut Canvas, dice: &mut Dice, form: (Spot, f32, f32), away: f32, colours: (Colour, Colour)) {
    let (peak, half, foot) = form;
    let (bright, shade) = colours;
    let high = foot - peak.1;
    let sway = dice.between(0.10, 0.3) * half;
    let ways = || (0..=24u8).map(|step| f32::from(step) / 24.0);
    // The windward side is long and hollow, the lee short and steep; the crest between them winds towards us.
    let windward = |way: f32| (peak.0 - away * half * (1.0 - way), foot - high * smooth(way) * (0.35 + 0.65 * way));
    let leeward = |way: f32| (peak.0 + away * half * 0.85 * way, foot - high * (1.0 - smooth(way)));
    let crest = |way: f32| (peak.0 - away * sway * sine(way * 0.62) + away * half * 0.25 * way, peak.1 + high * way);
    let body: Vec<Spot> = ways().map(windward).chain(ways().map(leeward)).collect();
    canvas.fill(polygon(&body), &Fill::down(peak.1, foot, bright, bright.mix(shade, 0.16)));
    let lee: Vec<Spot> = ways().map(crest).chain(ways().rev().map(leeward)).collect();
    let stops = vec![(0.0, shade, 0.92), (1.0, shade, 0.12)];
    canvas.fill(polygon(&lee), &Fill::Along((0.0, peak.1), (0.0, foot), stops));
}

/// Grasses and flowers along the nearest ground.
pub(super) fn blades(canvas: &mut Canvas, scene: &Scene, ridge: Ridge, from: f32) {
    let mut dice = scene.dice("blades");
    let dark = scene.palette.lit(ground(scene).darker(0.45), 1.0);
    let flowers = scene.has_any(&[Motif::Flower, Motif::Garden]);
    let hues = [0xe8574a, 0xf2c14e, 0xf3ecdf, 0xb97fc9].map(Colour::hex);
    for _ in 0..(if flowers { 420 } else { 240 }) {
        let x = dice.between(-0.02, canvas.width() + 0.02);
        let y = ridge.at(x).max(from) + dice.unit() * (1.02 - ridge.at(x).max(from));
        let near = smooth((y - from) / (1.0 - from).max(0.05));
        let tall = 0.012 + 0.05 * near * dice.between(0.5, 1.0);
        let lean = dice.around(tall * 0.4);
        let blade = [(x - 0.0016 - 0.002 * near, y), (x + lean, y - tall), (x + 0.0016 + 0.002 * near, y)];
        canvas.fill(polygon(&blade), &Fill::Flat(dark, 0.55));
        if flowers && dice.chance(0.55) {
            let size = 0.0025 + 0.0075 * near * dice.between(0.5, 1.0);
            let hue = dice.pick(&hues).copied().unwrap_or(Colour::WHITE);
            let colour = scene.palette.lit(hue, 1.0).mix(hue, 0.45);
            canvas.fill(ellipse((x + lean, y - tall), size, size * 0.8), &Fill::Flat(colour, 0.95));
        }
    }
}
