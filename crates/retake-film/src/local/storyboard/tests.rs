use proptest::prelude::*;

use super::*;

fn size(width: u32, height: u32) -> Size {
    Size::new(width, height).unwrap()
}

#[test]
fn equal_words_give_equal_bytes() {
    for prompt in ["Waves hit a lighthouse at night", "an old library", "", "a ringed planet"] {
        assert_eq!(draw(prompt, size(96, 54), 1).hash(), draw(prompt, size(96, 54), 1).hash(), "{prompt}");
        assert_ne!(draw(prompt, size(96, 54), 1).hash(), draw(prompt, size(96, 54), 2).hash(), "{prompt}");
    }
}

/// Features, not bytes: these hold on every machine.
#[test]
fn night_is_darker_than_day() {
    for place in ["the sea", "a forest", "a desert", "a city skyline", "a field", "mountains", "a lake", "a kitchen"] {
        let mean = |hour: &str| {
            let picture = draw(&format!("{place}, {hour}"), size(96, 54), 0);
            picture
                .rgba()
                .chunks_exact(4)
                .map(|pixel| u64::from(pixel[0]) + u64::from(pixel[1]) + u64::from(pixel[2]))
                .sum::<u64>()
        };
        assert!(mean("midnight") * 4 < mean("noon") * 3, "{place}");
    }
}

#[test]
fn every_pixel_is_opaque() {
    assert!(draw("fog over a river", size(64, 36), 0).rgba().chunks_exact(4).all(|pixel| pixel[3] == 255));
}

/// What each prompt is set in.
#[test]
fn words_choose_the_place() {
    use Place::{Abstract, City, Desert, Field, Forest, Lake, Mountains, River, Room, Sea, Space, Street};
    let table = [
        ("Waves hit a lighthouse at night, slow push in", Sea),
        ("@tom climbs the stairs", Room(Interior::Stairs)),
        ("he strikes a match and the lamp catches", Room(Interior::Lantern)),
        ("A river winds through a green valley", River),
        ("Rivers in the forest", River),
        ("a brook below the hills", River),
        ("A calm lake below mountains", Lake),
        ("fishing ponds", Lake),
        ("The ocean", Sea),
        ("sandy beaches and palms", Sea),
        ("a ship in the harbour", Sea),
        ("Whales", Sea),
        ("Tokyo by night", City),
        ("skyscrapers of the city", City),
        ("a rainy street in London", Street),
        ("traffic on the avenue", Street),
        ("deep in the woods", Forest),
        ("foggy pines", Forest),
        ("a jungle", Forest),
        ("Dunes of the Sahara", Desert),
        ("camels", Desert),
        ("the galaxy", Space),
        ("an astronaut drifts", Space),
        ("Saturn and its rings", Space),
        ("peaks in the clouds", Mountains),
        ("snowy alps", Mountains),
        ("a pine forest under the mountains", Mountains),
        ("meadows in June", Field),
        ("a farmhouse", Field),
        ("sheep grazing", Field),
        ("a girl walks", Field),
        ("a scientist in the laboratory", Room(Interior::Lab)),
        ("an old library", Room(Interior::Library)),
        ("a chef in the kitchen", Room(Interior::Kitchen)),
        ("the carpenter's workshop", Room(Interior::Workshop)),
        ("a quiet bedroom", Room(Interior::Plain)),
        ("a book on a desk", Room(Interior::Plain)),
        ("a cup of tea", Room(Interior::Plain)),
        ("energy is never lost", Abstract),
        ("", Abstract),
        ("in warm colours", Abstract),
    ];
    for (prompt, place) in table {
        assert_eq!(Scene::of(prompt, 0).place, place, "{prompt}");
    }
}

/// What a prompt must be heard to ask for, and what not.
#[test]
fn stems_and_synonyms_are_heard() {
    use Motif::*;
    let table: [(&str, &[Motif], &[Motif]); 44] = [
        ("snowy", &[Snow], &[Rain]),
        ("it is snowing", &[Snow], &[]),
        ("icy", &[Snow], &[]),
        ("wintry", &[Snow], &[]),
        ("rainy", &[Rain], &[Snow]),
        ("raining", &[Rain], &[]),
        ("stormy", &[Storm], &[]),
        ("a thunderstorm", &[Storm, Lightning], &[]),
        ("foggy", &[Fog], &[]),
        ("misty", &[Fog], &[]),
        ("cloudy", &[Cloud], &[]),
        ("sunny", &[Sun, Day], &[Dusk]),
        ("sunset", &[Sun, Dusk], &[Day, Dawn]),
        ("sunrise", &[Sun, Dawn], &[Dusk]),
        ("starry", &[Star, Night], &[]),
        ("moonlit", &[Moon, Night], &[]),
        ("dark", &[Night], &[]),
        ("a river", &[River], &[Sea, Lake]),
        ("rivers", &[River], &[]),
        ("lakes", &[Lake], &[Sea]),
        ("wooded", &[Forest], &[]),
        ("wooden", &[], &[Forest]),
        ("without snow", &[], &[Snow]),
        ("no people", &[], &[Crowd]),
        ("watercolour", &[], &[Sea, River, Lake]),
        ("lighthouses", &[Lighthouse], &[]),
        ("sailing boats", &[Boat], &[]),
        ("galleons", &[Ship], &[Boat]),
        ("wolves", &[Dog], &[]),
        ("ponies", &[Horse], &[]),
        ("cities", &[City], &[]),
        ("libraries", &[Library], &[]),
        ("bird's eye view", &[Above], &[]),
        ("seen from above", &[Above], &[]),
        ("a close-up", &[Close], &[]),
        ("panoramic", &[Wide], &[]),
        ("northern lights", &[Aurora], &[]),
        ("the Milky Way", &[Star, Space], &[]),
        ("flowers", &[Flower], &[]),
        ("burning", &[Fire], &[]),
        ("@anna", &[Figure], &[]),
        ("children", &[Crowd], &[]),
        ("black and white", &[], &[Snow]),
        ("a match", &[Match], &[]),
    ];
    for (prompt, asked, unasked) in table {
        let heard = motifs(prompt);
        for motif in asked {
            assert!(heard.contains(motif), "{prompt}: {motif:?} is not in {heard:?}");
        }
        for motif in unasked {
            assert!(!heard.contains(motif), "{prompt}: {motif:?} is in {heard:?}");
        }
    }
}

#[test]
fn the_hour_is_the_one_that_was_asked_for() {
    for (prompt, hour) in [
        ("midnight at sea", Hour::Night),
        ("stars over the desert", Hour::Night),
        ("a forest at dawn", Hour::Dawn),
        ("evening in the city", Hour::Dusk),
        ("noon", Hour::Day),
    ] {
        for seed in 0..8 {
            assert_eq!(Scene::of(prompt, seed).hour, hour, "{prompt}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_prompt_is_drawn(prompt in ".{0,60}", width in 16u32..180, height in 16u32..180, seed: u64) {
        prop_assert_eq!(draw(&prompt, size(width, height), seed).size(), size(width, height));
    }

    #[test]
    fn any_mixture_of_known_words_is_drawn(
        words in proptest::collection::vec(0usize..WORDS_TRIED.len(), 0..8), width in 16u32..180, height in 16u32..180,
    ) {
        let prompt: Vec<&str> = words.into_iter().map(|word| WORDS_TRIED[word]).collect();
        prop_assert_eq!(draw(&prompt.join(" "), size(width, height), 7).size(), size(width, height));
    }
}

const WORDS_TRIED: [&str; 60] = [
    "sea",
    "lake",
    "river",
    "mountain",
    "forest",
    "jungle",
    "desert",
    "space",
    "field",
    "city",
    "street",
    "village",
    "beach",
    "island",
    "snow",
    "rain",
    "fog",
    "storm",
    "lightning",
    "cloud",
    "aurora",
    "rainbow",
    "wave",
    "dawn",
    "day",
    "dusk",
    "night",
    "sun",
    "moon",
    "star",
    "lighthouse",
    "boat",
    "ship",
    "bird",
    "girl",
    "people",
    "tree",
    "palm",
    "house",
    "castle",
    "bridge",
    "windmill",
    "balloon",
    "rocket",
    "planet",
    "astronaut",
    "fire",
    "flower",
    "deer",
    "horse",
    "dog",
    "cat",
    "sheep",
    "whale",
    "lamp",
    "match",
    "close",
    "wide",
    "library",
    "stairs",
];
