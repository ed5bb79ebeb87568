#![expect(clippy::float_arithmetic, reason = "it measures where a dot is")]

use proptest::prelude::*;

use super::*;

fn size(width: u32, height: u32) -> Size {
    Size::new(width, height).unwrap()
}

/// A soft dot on black.
fn dot(size: Size) -> Picture {
    let (wide, high) = (f64::from(size.width()), f64::from(size.height()));
    let mut rgba = Vec::with_capacity(size.bytes());
    for y in 0..size.height() {
        for x in 0..size.width() {
            let (across, down) = ((f64::from(x) - wide / 2.0) / 12.0, (f64::from(y) - high / 2.0) / 12.0);
            let light = 255.0 * (-(across * across + down * down)).exp();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 255")]
            let byte = light as u8;
            rgba.extend([byte, byte, byte, 255]);
        }
    }
    Picture::from_rgba(size, rgba).unwrap()
}

/// Where the light of a picture lies.
fn centre(picture: &Picture) -> (f64, f64) {
    let wide = picture.size().width() as usize;
    let (mut sum, mut across, mut down) = (0.0, 0.0, 0.0);
    for (index, pixel) in picture.rgba().chunks_exact(4).enumerate() {
        let light = f64::from(pixel[0]);
        let (x, y) = (u32::try_from(index % wide).unwrap(), u32::try_from(index / wide).unwrap());
        sum += light;
        across += light * f64::from(x);
        down += light * f64::from(y);
    }
    (across / sum, down / sum)
}

#[test]
fn what_is_shown_moves_smoothly() {
    let still = dot(size(480, 270));
    for movement in Movement::ALL {
        let spots: Vec<(f64, f64)> =
            Frames::new(&still, movement, size(320, 180), 48).map(|picture| centre(&picture)).collect();
        for three in spots.windows(3) {
            let bend = |a: f64, b: f64, c: f64| (a - 2.0 * b + c).abs();
            let (x, y) = (bend(three[0].0, three[1].0, three[2].0), bend(three[0].1, three[1].1, three[2].1));
            assert!(x < 0.12 && y < 0.12, "{movement:?} jerks by {x:.3}, {y:.3} pixels");
        }
    }
}

#[test]
fn a_zoom_begins_and_ends_as_planned() {
    let path = Path::new(Movement::PushIn, size(1920, 1080), size(1280, 720), 100);
    assert_eq!(path.at(0), View { left: 0.0, top: 0.0, width: 1920.0, height: 1080.0 });
    assert!((path.at(99).width - 1920.0 * ZOOM).abs() < 1e-9);
    assert_eq!(path.at(99), path.at(5000));
    let back = Path::new(Movement::PullBack, size(1920, 1080), size(1280, 720), 100);
    assert_eq!((back.at(0), back.at(99)), (path.at(99), path.at(0)));
}

#[test]
fn pans_use_all_the_room_there_is() {
    let path = Path::new(Movement::PanRight, size(2000, 500), size(500, 500), 10);
    assert!(path.at(0).left.abs() < 1e-9);
    assert!((path.at(9).left + path.at(9).width - 2000.0).abs() < 1e-9);
}

#[test]
fn a_movement_has_its_frames_and_at_least_one() {
    let still = dot(size(64, 64));
    assert_eq!(Frames::new(&still, Movement::Drift, size(32, 18), 7).count(), 7);
    assert_eq!(Frames::new(&still, Movement::Drift, size(32, 18), 0).count(), 1);
}

/// The first pixel of such a frame lies exactly on a pixel of the still: the resizer stumbled over it.
#[test]
fn a_view_that_begins_on_a_pixel_is_drawn() {
    let still = dot(size(22, 16));
    let frames: Vec<_> = Frames::new(&still, Movement::Hold, size(61, 64), 2).collect();
    assert_eq!(frames.len(), 2);
}

#[test]
fn camera_words_choose_the_movement() {
    let table = [
        ("Waves hit a lighthouse at night, slow push in", Movement::PushIn),
        ("The camera zooms in on the lamp", Movement::PushIn),
        ("Pull back to show the harbour", Movement::PullBack),
        ("zoom-out from the boat", Movement::PullBack),
        ("Pan left over the hills", Movement::PanLeft),
        ("A slow pan over the desert", Movement::PanRight),
        ("Tilts up along the tower", Movement::TiltUp),
        ("tilt down to the water", Movement::TiltDown),
        ("We drift past the trees", Movement::Drift),
        ("Static shot of a door", Movement::Hold),
    ];
    for (prompt, movement) in table {
        assert_eq!(Movement::of(prompt, 0), movement, "{prompt}");
    }
    assert_ne!(Movement::of("A quiet lake", 3), Movement::Hold);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_view_ever_leaves_the_still(
        still in (16u32..3840, 16u32..3840), frame in (16u32..3840, 16u32..3840), kind in 0usize..8, frames in 1u32..400,
    ) {
        let (still, frame) = (size(still.0, still.1), size(frame.0, frame.1));
        let path = Path::new(Movement::ALL[kind], still, frame, frames);
        for number in 0..frames {
            let view = path.at(number);
            prop_assert!(view.left >= 0.0 && view.top >= 0.0 && view.width > 0.0 && view.height > 0.0);
            prop_assert!(view.left + view.width <= f64::from(still.width()) + 1e-9);
            prop_assert!(view.top + view.height <= f64::from(still.height()) + 1e-9);
        }
    }

    #[test]
    fn any_still_gives_frames_of_any_size(
        still in (16u32..200, 16u32..200), frame in (16u32..200, 16u32..200), kind in 0usize..8,
    ) {
        let (still, frame) = (dot(size(still.0, still.1)), size(frame.0, frame.1));
        for picture in Frames::new(&still, Movement::ALL[kind], frame, 3) {
            prop_assert_eq!(picture.size(), frame);
        }
    }
}
