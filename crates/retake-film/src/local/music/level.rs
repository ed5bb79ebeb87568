//! Brings a loop to the loudness that music has, and keeps its peaks low.
//!
//! It measures as EBU R 128 does, but by sums and products alone, with the filter's published figures.

#![expect(clippy::float_arithmetic, reason = "sound is made of fractions; it is never money")]

/// The mean power of -20 LUFS.
const POWER: f64 = 0.011_724;

/// The mean power below which nothing counts: -70 LUFS.
const SILENCE: f64 = 1.17e-7;

/// Samples of a block that is measured: 400 ms.
const BLOCK: usize = 19_200;

/// From where peaks are bent, and what they never reach: a little under -3 dB.
const KNEE: f32 = 0.48;
const CEILING: f32 = 0.68;

/// Two filters, one after the other: how ears weigh sound at 48,000 samples a second.
const WEIGHTS: [([f64; 3], [f64; 2]); 2] = [
    (
        [1.535_124_859_586_97, -2.691_696_189_406_38, 1.198_392_810_852_85],
        [-1.690_659_293_182_41, 0.732_480_774_215_85],
    ),
    ([1.0, -2.0, 1.0], [-1.990_047_454_833_98, 0.990_072_250_366_21]),
];

/// Brings the loop to its loudness.
pub(super) fn level(sound: &mut [[f32; 2]]) {
    let power = power(sound);
    if power < SILENCE {
        return;
    }
    let gain = narrow((POWER / power).sqrt());
    for sample in sound.as_flattened_mut() {
        *sample = bent(*sample * gain);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a gain needs no more digits than the samples have")]
fn narrow(gain: f64) -> f32 {
    gain as f32
}

fn bent(sample: f32) -> f32 {
    let over = sample.abs() - KNEE;
    if over <= 0.0 {
        return sample;
    }
    let room = CEILING - KNEE;
    let bent = KNEE + over / (1.0 + over / room);
    if sample < 0.0 { -bent } else { bent }
}

/// The mean power of what is not much quieter than the rest.
fn power(sound: &[[f32; 2]]) -> f64 {
    let mut state = [[[0.0; 2]; 2]; 2];
    let mut blocks = Vec::new();
    for block in sound.chunks(BLOCK) {
        let mut sum = 0.0;
        for frame in block {
            for (sample, filters) in frame.iter().zip(&mut state) {
                let mut value = f64::from(*sample);
                for ((ahead, back), memory) in WEIGHTS.iter().zip(filters) {
                    let inner = value - back[0] * memory[0] - back[1] * memory[1];
                    value = ahead[0] * inner + ahead[1] * memory[0] + ahead[2] * memory[1];
                    *memory = [inner, memory[0]];
                }
                sum += value * value;
            }
        }
        blocks.push(sum / f64::from(u32::try_from(block.len()).unwrap_or(u32::MAX)));
    }
    let mean = |floor: f64| {
        let loud: Vec<f64> = blocks.iter().copied().filter(|block| *block >= floor).collect();
        loud.iter().sum::<f64>() / f64::from(u32::try_from(loud.len().max(1)).unwrap_or(u32::MAX))
    };
    let all = mean(SILENCE);
    mean(all * 0.1)
}

/// A sample from -1 to 1 as a whole number.
#[expect(clippy::cast_possible_truncation, reason = "clamped to what a sample holds")]
pub(super) fn whole(sample: f32) -> i16 {
    let scaled = sample * 32_767.0;
    let nearest = if scaled < 0.0 { scaled - 0.5 } else { scaled + 0.5 };
    nearest.clamp(-32_767.0, 32_767.0) as i16
}
