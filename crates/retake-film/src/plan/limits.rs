//! How much of everything a plan may hold. Nothing here knows where it is enforced.

/// Bytes of a whole plan.
pub const PLAN_BYTES_MAX: usize = 8 * 1024 * 1024;
/// How deep lists and mappings may nest.
pub const DEPTH_MAX: usize = 16;
/// Values of a whole plan, with what aliases stand for counted as often as they stand.
pub const VALUES_MAX: usize = 1_000_000;
/// Mistakes that are told; the rest are counted.
pub const MISTAKES_MAX: usize = 100;
/// Scenes of a film.
pub const SCENES_MAX: usize = 10_000;
/// Shots of a scene.
pub const SHOTS_MAX: usize = 100;
/// Bytes of a plan that a model has written.
pub const WRITTEN_BYTES_MAX: usize = 512 * 1024;
/// Scenes that a model may write.
pub const WRITTEN_SCENES_MAX: usize = 40;
/// Shots of a scene that a model may write.
pub const WRITTEN_SHOTS_MAX: usize = 6;
/// Members of the cast.
pub const CAST_MAX: usize = 200;
/// Entries of a route.
pub const ROUTE_MAX: usize = 16;
/// Reference pictures of a scene, a shot or a member of the cast.
pub const REFERENCES_MAX: usize = 16;
/// Patterns of a retry policy.
pub const PATTERNS_MAX: usize = 50;
/// Characters of an id.
pub const ID_CHARS_MAX: usize = 200;
/// Characters of a name: of a member, a model, a language.
pub const NAME_CHARS_MAX: usize = 100;
/// Characters of a prompt, of what is said, of a style or a look.
pub const TEXT_CHARS_MAX: usize = 10_000;
/// Characters of a path or an address.
pub const PLACE_CHARS_MAX: usize = 2_000;
/// Pixels of the shorter side.
pub const SIDE_MIN: u32 = 64;
/// Pixels of the longer side.
pub const SIDE_MAX: u32 = 3_840;
/// Pixels of a frame.
pub const PIXELS_MAX: u32 = 8_300_000;
/// Frames per second that a film may have.
pub const FPS: [u32; 6] = [24, 25, 30, 48, 50, 60];
/// The shortest length that may be asked for, in microseconds.
pub const LENGTH_MIN_US: u64 = 100_000;
/// The longest length that may be asked for, in microseconds.
pub const LENGTH_MAX_US: u64 = 3_600_000_000;
/// What is left at least for a shot that names no length of its own, in microseconds.
pub const SHARED_SHOT_MIN_US: u64 = 1_000_000;
/// The longest join, in microseconds.
pub const JOIN_MAX_US: u64 = 2_000_000;
/// How long a join lasts that names no length, in microseconds.
pub const JOIN_DEFAULT_US: u64 = 500_000;
/// Dollars of a budget.
pub const BUDGET_MAX_DOLLARS: u64 = 1_000_000;
/// Generated takes in flight.
pub const CONCURRENCY_MAX: u64 = 1000;
/// Further passes over what failed.
pub const ROUNDS_MAX: u64 = 20;
/// Attempts per entry, and takes that a node may buy.
pub const ATTEMPTS_MAX: u64 = 100;
/// The longest wait or timeout of a retry policy, in milliseconds.
pub const WAIT_MAX_MS: u64 = 24 * 3_600_000;
