//! What a prompt may ask for, and the words that ask for it.
//!
//! Owns the table of words and the stems they are reduced to. Knows nothing of how a motif is drawn, nor of which of
//! two motifs wins.

use std::collections::BTreeSet;

/// Something that a picture may show or be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is what its name says")]
pub enum Motif {
    Mountain,
    Sea,
    River,
    Lake,
    Beach,
    Island,
    City,
    Street,
    Village,
    Forest,
    Jungle,
    Desert,
    Space,
    Field,
    Garden,
    Room,
    Lab,
    Library,
    Kitchen,
    Workshop,
    Stairs,
    Snow,
    Rain,
    Fog,
    Storm,
    Lightning,
    Cloud,
    Aurora,
    Rainbow,
    Wave,
    Dawn,
    Day,
    Dusk,
    Night,
    Sun,
    Moon,
    Star,
    Lighthouse,
    Boat,
    Ship,
    Bird,
    Figure,
    Crowd,
    Tree,
    Palm,
    House,
    Castle,
    Bridge,
    Windmill,
    Balloon,
    Rocket,
    Planet,
    Astronaut,
    Train,
    Car,
    Fire,
    Flower,
    Deer,
    Horse,
    Dog,
    Cat,
    Sheep,
    Whale,
    Fish,
    Lamp,
    Match,
    Book,
    Window,
    Clock,
    Table,
    Machine,
    Cup,
    Close,
    Wide,
    Above,
    Below,
    Warm,
    Cold,
    Grey,
}

use Motif::*;

/// Each motif and the stems of the words that ask for it. A stem of two words asks only where they stand together.
#[rustfmt::skip]
const WORDS: &[(Motif, &str)] = &[
    (Mountain, "mountain|hill|alp|alpine|peak|valley|summit|ridge|himalaya|cliff|volcano|glacier|canyon|fjord|highland|slope|foothill"),
    (Sea, "sea|ocean|surf|tide|seaside|seashore|coast|coastline|coastal|shore|harbour|harbor|port|bay|cove|sail|marine|maritime|gulf|reef|seascape|offshore|pier|dock"),
    (River, "river|stream|creek|brook|riverbank|riverside|canal|delta|waterfall|rapid|thames|nile|amazon"),
    (Lake, "lake|pond|lagoon|reservoir|loch|lakeside|tarn|mere"),
    (Beach, "beach|seaside|sandbank|shoreline|coastline"),
    (Island, "island|isle|archipelago|atoll"),
    (City, "city|urban|downtown|skyline|skyscraper|metropolis|tokyo|york|london|paris|berlin|shanghai|rooftop|building|neon|tower block|office"),
    (Street, "street|alley|avenue|traffic|sidewalk|pavement|boulevard|crosswalk|lane|market"),
    (Village, "village|town|hamlet|settlement|cottage|harbour town"),
    (Forest, "forest|wood|woodland|jungle|pine|spruce|fir|birch|taiga|grove|thicket|redwood|conifer|oak forest|treetop|evergreen"),
    (Jungle, "jungle|rainforest|tropical|amazon"),
    (Desert, "desert|dune|sahara|gobi|sandy|cactus|camel|oasis|mesa|arid|sandstorm"),
    (Space, "space|galaxy|orbit|nebula|universe|cosmos|cosmic|astronaut|spaceship|spacecraft|starship|satellite|comet|asteroid|solar system|milky way|interstellar|supernova|black hole|outer space"),
    (Field, "field|farm|meadow|grass|plain|prairie|pasture|wheat|steppe|savanna|savannah|crop|harvest|barley|countryside|moor|tundra|vineyard|lawn|farmer"),
    (Garden, "bee|honeybee|butterfly|garden|park|orchard|blossom|courtyard"),
    (Room, "room|bedroom|interior|inside|indoors|hall|hallway|corridor|kitchen|library|office|studio|classroom|school|apartment|attic|cellar|basement|cafe|bar|shop|study|parlour|sofa|armchair|bed|desk|table|fireplace|living room|stair|museum|gallery|ceiling|floor|theatre|theater|couch|cupboard|wardrobe"),
    (Lab, "lab|laboratory|scientist|experiment|chemistry|chemist|microscope|flask|beaker|test tube|molecule|atom|physics|reactor|biology"),
    (Library, "library|bookshelf|bookcase|bookshop|bookstore|librarian|archive|scholar"),
    (Kitchen, "kitchen|cook|chef|baker|bakery|oven|stove|recipe|breakfast|dinner|bread"),
    (Workshop, "workshop|carpenter|blacksmith|tool|workbench|inventor|garage|clockmaker|mechanic|craftsman|potter|tinker|factory|forge"),
    (Stairs, "stair|staircase|stairway|stairwell|step up|spiral stair"),
    (Snow, "snow|winter|ice|icy|frost|arctic|antarctic|blizzard|glacier|frozen|sleet|snowfall|snowflake|snowstorm|snowman|ski|wintry|polar|iceberg"),
    (Rain, "rain|drizzle|downpour|shower|rainfall|raindrop|rainstorm|monsoon|umbrella|puddle"),
    (Fog, "fog|mist|haze|smoke|smog|steam|murky|hazy"),
    (Storm, "storm|tempest|hurricane|gale|typhoon|thunderstorm|squall|thunder|tornado|blizzard|rainstorm|snowstorm|gust|rough sea"),
    (Lightning, "lightning|thunder|thunderstorm|thunderbolt"),
    (Cloud, "cloud|overcast|cumulus|cloudscape|sky|skies"),
    (Aurora, "aurora|northern light|borealis|polar light"),
    (Rainbow, "rainbow"),
    (Wave, "wave|surf|breaker|swell|tsunami|storm sea|rough sea|crash"),
    (Dawn, "dawn|sunrise|morning|daybreak|first light|early light"),
    (Day, "day|noon|midday|daylight|sunny|afternoon|sunshine|sunlit|blue sky|summer"),
    (Dusk, "dusk|sunset|evening|twilight|golden hour|nightfall|sundown|gloaming|magic hour|blue hour"),
    (Night, "night|midnight|dark|moonlit|moonlight|nighttime|starry|nocturnal|starlit|starlight|darkness|tonight|stargaz"),
    (Sun, "sun|sunrise|sunset|sunny|sunlight|sunlit|sunshine|sunbeam|solar"),
    (Moon, "moon|moonlit|moonlight|lunar|moonrise|crescent"),
    (Star, "star|starry|starlit|starlight|constellation|milky way|galaxy|stargaz|meteor|comet"),
    (Lighthouse, "lighthouse|beacon|pharos|light tower|lightkeeper"),
    (Boat, "boat|sailboat|rowboat|sail|yacht|canoe|kayak|raft|dinghy|gondola|fisherman|fishermen|regatta"),
    (Ship, "ship|steamer|freighter|vessel|ferry|tanker|galleon|cruise|liner|warship|shipwreck|frigate"),
    (Bird, "bird|seagull|gull|eagle|swallow|crow|raven|heron|flock|goose|geese|owl|hawk|dove|pigeon|crane|albatross|swan"),
    (Figure, "person|woman|man|girl|boy|scientist|explorer|traveler|traveller|child|hero|heroine|he|she|walk|keeper|sailor|soldier|farmer|fisherman|old man|wanderer|hiker|climber|figure|silhouette|monk|king|queen|teacher|student|doctor|inventor|artist|painter|poet|writer|musician|dancer|mother|father|grandmother|grandfather|someone|stranger|chef|baker|carpenter|blacksmith|librarian|scholar|lady|guy|knight|wizard|witch|shepherd|rider|pilot|engineer|worker|detective|mechanic|clockmaker|chemist|cook|potter|lightkeeper|skier|runner|rower"),
    (Crowd, "crowd|people|family|children|men|women|they|couple|friend|team|group|villager|sailors|soldiers|students|workers|keepers|audience|pair|lovers|hikers|kids"),
    (Tree, "tree|oak|birch|willow|maple|elm|poplar|apple tree|orchard|blossom|baobab"),
    (Palm, "palm|coconut|oasis|tropical"),
    (House, "house|cottage|cabin|hut|barn|farmhouse|home|chalet|shed|mill house"),
    (Castle, "castle|fortress|citadel|palace|kingdom|fort|ruin|temple"),
    (Bridge, "bridge|viaduct|aqueduct|footbridge"),
    (Windmill, "windmill|wind turbine|turbine"),
    (Balloon, "balloon|airship|zeppelin"),
    (Rocket, "rocket|spaceship|spacecraft|launch|starship|missile|shuttle"),
    (Planet, "planet|saturn|jupiter|mars|earth|neptune|uranus|venus|moons|globe|solar system"),
    (Astronaut, "astronaut|cosmonaut|spacewalk|spaceman"),
    (Train, "train|locomotive|railway|railroad|steam engine|tram|rail"),
    (Car, "car|taxi|automobile|truck|van|bus|road trip|traffic|drive|driver"),
    (Fire, "fire|campfire|bonfire|flame|blaze|burn|fireplace|hearth|ember|torch|candle"),
    (Flower, "bee|honeybee|butterfly|flower|blossom|tulip|rose|poppy|wildflower|bloom|sunflower|daisy|lavender|petal"),
    (Deer, "deer|stag|elk|moose|reindeer|doe|antler|fawn"),
    (Horse, "horse|pony|stallion|mare|rider|gallop|foal|donkey"),
    (Dog, "dog|puppy|hound|wolf|fox|wolve|foxe|coyote|husky"),
    (Cat, "cat|kitten|tabby|lynx"),
    (Sheep, "sheep|lamb|goat|cow|cattle|ewe|shepherd"),
    (Whale, "whale|orca|dolphin|humpback"),
    (Fish, "fish|shark|salmon|trout|koi"),
    (Lamp, "lamp|lantern|light bulb|bulb|chandelier|lampshade|candle|fresnel|lens"),
    (Match, "match|matchstick"),
    (Book, "book|read|page|novel|manuscript|diary|letter|write|bookshelf"),
    (Window, "window|windowsill|pane"),
    (Clock, "clock|watch|pendulum|hourglass|clockmaker|clockwork|timepiece"),
    (Table, "table|desk|workbench|bench|counter"),
    (Machine, "machine|engine|gear|robot|computer|device|factory|mechanism|server"),
    (Cup, "cup|tea|coffee|mug|teapot|kettle"),
    (Close, "close|closeup|close-up|close up|macro|detail|portrait|tight shot|extreme close"),
    (Wide, "wide|panorama|panoramic|vast|establish|distant|far away|from afar|wide shot|epic|endless|immense"),
    (Above, "from above|aerial|overhead|bird's eye|birds eye|bird eye|top down|top-down|drone|topdown|high angle"),
    (Below, "from below|low angle|worm's eye|looking up|look up|upward"),
    (Warm, "warm|golden|amber|cosy|cozy|sepia|orange|honey|autumn|autumnal|october"),
    (Cold, "cold|blue|chilly|cool|teal|bleak|frozen|icy"),
    (Grey, "grey|gray|monochrome|noir|black white|charcoal|greyscale|grayscale|gloomy|ink"),
];

/// After these words the next one is not meant.
const DENIALS: &[&str] = &["no", "without", "not", "never", "neither", "nor"];

/// Words that look like an inflection of a stem and are something else.
const FALSE_FRIENDS: &[&str] = &[
    "wooden",
    "planed",
    "planing",
    "starting",
    "started",
    "starts",
    "mooring",
    "staring",
    "stared",
    "stares",
    "booking",
    "booked",
    "matches",
    "carer",
    "caring",
    "cares",
    "cared",
    "care",
    "dayer",
    "mister",
    "firing",
    "fired",
    "fishy",
    "icing",
    "oared",
    "streaming",
    "being",
    "closed",
    "closes",
    "closing",
    "manning",
    "manned",
    "boyer",
    "carry",
    "carries",
    "carrying",
    "carried",
    "catty",
    "hallow",
    "hearthed",
    "coolant",
    "warming",
    "barred",
    "barring",
    "bars",
    "bared",
    "baring",
    "bare",
    "bares",
    "hutch",
    "farmed",
    "parked",
    "parking",
    "watched",
    "watches",
    "watching",
    "planes",
    "plane",
    "rosy",
    "rises",
    "rising",
    "raiser",
    "winder",
    "bedding",
    "toured",
    "timer",
    "hallo",
    "penned",
    "panes of",
    "shopping",
    "moored",
    "moors",
    "fielding",
    "ruined",
    "homing",
    "porter",
    "portal",
    "lander",
    "training",
    "trained",
    "portly",
    "crower",
    "stepping",
    "lens's",
    "lightly",
    "housing",
    "housed",
    "fores",
    "pager",
    "leted",
    "caned",
    "spaced",
    "craned",
    "craning",
    "roomy",
    "readily",
    "ready",
    "minted",
    "spacing",
    "foxed",
    "showering",
    "showered",
];

/// All motifs that a prompt asks for.
#[must_use]
pub fn motifs(prompt: &str) -> BTreeSet<Motif> {
    let words = words(prompt);
    let meant: Vec<&String> = words
        .iter()
        .enumerate()
        .filter(|(index, _)| index.checked_sub(1).and_then(|before| words.get(before)).is_none_or(|word| !denies(word)))
        .map(|(_, word)| word)
        .collect();
    let single: BTreeSet<String> = meant.iter().flat_map(|word| stems(word)).collect();
    let pairs: BTreeSet<String> = words
        .iter()
        .zip(words.iter().skip(1))
        .flat_map(|(first, second)| {
            let seconds = stems(second);
            stems(first)
                .into_iter()
                .flat_map(move |first| seconds.clone().into_iter().map(move |second| format!("{first} {second}")))
        })
        .collect();
    let asked = |stem: &str| if stem.contains(' ') { pairs.contains(stem) } else { single.contains(stem) };
    let cast = prompt.split('@').skip(1).any(|rest| rest.starts_with(char::is_alphabetic));
    let named = WORDS.iter().filter(|(_, stems)| stems.split('|').any(asked)).map(|(motif, _)| *motif);
    named.chain(cast.then_some(Figure)).collect()
}

fn denies(word: &str) -> bool {
    DENIALS.contains(&word)
}

/// At most so many words are read; a longer prompt has said what it wants by then.
const WORDS_MAX: usize = 400;

/// The words of a prompt in lower case, without what clings to them.
fn words(prompt: &str) -> Vec<String> {
    prompt
        .split(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '’'))
        .map(|word| word.replace('’', "'").trim_matches('\'').to_lowercase())
        .filter(|word| !word.is_empty())
        .take(WORDS_MAX)
        .collect()
}

/// A word and what it may be an inflection of.
fn stems(word: &str) -> Vec<String> {
    let mut found = vec![word.to_owned()];
    let mut add = |stem: &str| {
        if stem.len() > 1 {
            found.push(stem.to_owned());
        }
    };
    if FALSE_FRIENDS.contains(&word) {
        return found;
    }
    let base = word.strip_suffix("'s").unwrap_or(word);
    add(base);
    for ending in ["s", "es", "y", "ing", "ed", "er", "ers", "ish", "d"] {
        let Some(stem) = base.strip_suffix(ending).filter(|stem| stem.len() >= 2) else { continue };
        let long_enough = stem.len() >= 3 || (ending == "y" && stem == "ic");
        if !long_enough {
            continue;
        }
        let plain = ["s", "es", "d"].contains(&ending);
        if !(["er", "ers", "ish"].contains(&ending) && stem.len() < 4) {
            add(stem);
            if !plain {
                add(&format!("{stem}e"));
            }
        }
        // Sunny, foggy, running: the last letter was doubled.
        let mut letters = stem.chars().rev();
        if !plain
            && let (Some(last), Some(before)) = (letters.next(), letters.next())
            && last == before
        {
            add(stem.strip_suffix(last).unwrap_or(stem));
        }
    }
    for (ending, with) in [("ies", "y"), ("ves", "f"), ("ied", "y")] {
        if let Some(stem) = base.strip_suffix(ending) {
            add(&format!("{stem}{with}"));
        }
    }
    found
}
