//! The faults, and what the contract says of each: the table that the suite keeps.
//!
//! `FAULTS` says what holds of every provider, `OTHERWISE` what a provider's own section says instead, and which cells
//! cannot be, with the reason. Nothing of it is read from the clients.

use retake_engine::fault::Acceptance::{self, No, Unknown, Yes};
use retake_engine::fault::Class::{self, Defective, Denied, Invalid, Rejected, Retired, Transient, Unclear};

/// Where a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// The order is sent.
    Submit,
    /// It is sent by somebody who waits only shortly.
    Hasty,
    /// It is asked how work stands.
    Poll,
    /// What finished work has made is asked for.
    Collect,
    /// A file is downloaded.
    Download,
    /// The answer to an order was lost; now it is looked for.
    Find,
    /// Work that runs is to be stopped.
    Cancel,
    /// A file is handed over.
    Upload,
    /// It is asked what the model takes.
    Describe,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// An effect of a script.
    Script(&'static str),
    /// The key is none.
    WrongKey,
    /// Nobody listens there.
    Nobody,
}

/// What has to come of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    /// The take fails like this.
    Falls(Class, Acceptance),
    /// It is throttled, and the wait is one of these many milliseconds.
    Waits(u64, u64),
    /// It is refused: at once without a trace, or as the end of work that was accepted.
    Refused,
    /// The take goes well.
    Well,
    /// It goes on for as long as anybody looks.
    GoesOn,
    /// The question fails, which ends nothing: asked again, it is answered.
    Asked,
    /// The provider does not know the work.
    Gone,
    /// It is looked for, and found.
    Found,
    /// It is looked for, and not there yet: the next look finds it.
    NotYet,
    /// The download fails like this, and the next goes well.
    Broken(&'static str),
    /// Nothing comes of it.
    Harmless,
    /// It cannot be; this is why.
    Cannot(&'static str),
}

use Want::{Asked, Broken, Cannot, Falls, Found, GoesOn, Gone, Harmless, NotYet, Refused, Waits, Well};
use What::{Nobody, Script, WrongKey};

/// A fault by its name, where it strikes, what happens, what has to come of it.
pub(super) type Fault = (&'static str, At, What, Want);

/// A day, as the longest wait that is believed.
const DAY: u64 = 86_400_000;

/// What section *Acceptance* says of every provider.
pub(super) const FAULTS: &[Fault] = &[
    // The connection.
    ("nobody", At::Submit, Nobody, Falls(Transient, No)),
    ("down", At::Submit, Script("down"), Falls(Unclear, Unknown)),
    ("die", At::Submit, Script("{die: 100ms}"), Falls(Unclear, Unknown)),
    ("reset-before", At::Submit, Script("reset-before-accept"), Falls(Unclear, Unknown)),
    ("reset-after", At::Submit, Script("reset-after-accept"), Falls(Unclear, Unknown)),
    ("hang-before", At::Hasty, Script("hang-before-accept"), Falls(Unclear, Unknown)),
    ("hang-after", At::Hasty, Script("hang-after-accept"), Falls(Unclear, Unknown)),
    ("drip", At::Hasty, Script("{drip: 1}"), Falls(Unclear, Unknown)),
    ("html", At::Submit, Script("html"), Falls(Unclear, Unknown)),
    ("truncate", At::Submit, Script("truncate"), Falls(Unclear, Unknown)),
    // The statuses.
    ("400", At::Submit, Script("{status: {code: 400, page: gateway}}"), Falls(Invalid, No)),
    ("401", At::Submit, Script("{status: {code: 401, page: gateway}}"), Falls(Denied, No)),
    ("403", At::Submit, Script("{status: 403}"), Falls(Denied, No)),
    ("404-gateway", At::Submit, Script("{status: {code: 404, page: gateway}}"), Falls(Retired, No)),
    ("408", At::Submit, Script("{status: 408}"), Falls(Unclear, Unknown)),
    ("409", At::Submit, Script("{status: 409}"), Falls(Unclear, Unknown)),
    ("413", At::Submit, Script("{status: {code: 413, page: gateway}}"), Falls(Invalid, No)),
    ("422", At::Submit, Script("{status: {code: 422, page: gateway}}"), Falls(Invalid, No)),
    ("500", At::Submit, Script("{status: 500}"), Falls(Unclear, Unknown)),
    (
        "500-accepted",
        At::Submit,
        Script("{status: {code: 500, page: gateway, accepted: true}}"),
        Falls(Unclear, Unknown),
    ),
    ("502", At::Submit, Script("{status: 502}"), Falls(Unclear, Unknown)),
    ("502-gateway", At::Submit, Script("{status: {code: 502, page: gateway}}"), Falls(Unclear, Unknown)),
    ("503", At::Submit, Script("{status: 503}"), Falls(Unclear, Unknown)),
    ("503-gateway", At::Submit, Script("{status: {code: 503, page: gateway}}"), Falls(Unclear, Unknown)),
    ("504", At::Submit, Script("{status: 504}"), Falls(Unclear, Unknown)),
    ("504-accepted", At::Submit, Script("{status: {code: 504, accepted: true}}"), Falls(Unclear, Unknown)),
    ("529", At::Submit, Script("{status: 529}"), Falls(Unclear, Unknown)),
    ("500-echo", At::Submit, Script("{echo: 500}"), Falls(Unclear, Unknown)),
    // To be left alone.
    ("429-seconds", At::Submit, Script("{throttle: {after: 7s, form: header}}"), Waits(7_000, 7_000)),
    ("429-date", At::Submit, Script("{throttle: {after: 7s, form: date}}"), Waits(6_000, 8_000)),
    ("429-body", At::Submit, Script("{throttle: {after: 7s, form: body}}"), Waits(6_000, 8_000)),
    ("429-past", At::Submit, Script("{throttle: {form: past}}"), Waits(0, 0)),
    ("429-negative", At::Submit, Script("{throttle: {form: negative}}"), Waits(0, 0)),
    ("429-huge", At::Submit, Script("{throttle: {form: huge}}"), Waits(DAY, DAY)),
    ("429-garbage", At::Submit, Script("{throttle: {form: garbage}}"), Waits(0, DAY)),
    ("429-bare", At::Submit, Script("{throttle: {form: none}}"), Waits(0, DAY)),
    ("429-gateway", At::Submit, Script("{status: {code: 429, page: gateway}}"), Waits(0, DAY)),
    // Money and keys.
    ("no-credit", At::Submit, Script("no-credit"), Falls(Denied, No)),
    ("no-credit-402", At::Submit, Script("{no-credit: 402}"), Falls(Denied, No)),
    ("no-credit-403", At::Submit, Script("{no-credit: 403}"), Falls(Denied, No)),
    ("no-credit-429", At::Submit, Script("{no-credit: 429}"), Falls(Denied, No)),
    ("wrong-key", At::Submit, WrongKey, Falls(Denied, No)),
    // The content and the model.
    ("refuse", At::Submit, Script("refuse"), Refused),
    ("refuse-image", At::Submit, Script("{refuse: {input: image}}"), Refused),
    ("refuse-late", At::Submit, Script("{refuse: {when: end}}"), Falls(Rejected, Yes)),
    ("nsfw", At::Submit, Script("nsfw"), Falls(Rejected, Yes)),
    ("retire", At::Submit, Script("retire"), Falls(Retired, No)),
    // The work.
    ("fail", At::Submit, Script("fail"), Falls(Transient, Yes)),
    ("fail-strange", At::Submit, Script("{fail: \"the moon is in the way\"}"), Falls(Transient, Yes)),
    ("slow", At::Submit, Script("{slow: 300ms}"), Well),
    ("stuck", At::Hasty, Script("stuck"), GoesOn),
    ("cut-off", At::Submit, Script("cut-off"), Falls(Invalid, Yes)),
    ("bad-plan", At::Submit, Script("bad-plan"), Well),
    // What it costs.
    ("price-rise", At::Submit, Script("{price-rise: 3}"), Well),
    ("cost-missing", At::Submit, Script("{cost: missing}"), Well),
    ("cost-absurd", At::Submit, Script("{cost: absurd}"), Well),
    ("cost-negative", At::Submit, Script("{cost: negative}"), Well),
    ("webhook", At::Submit, Script("{webhook: none}"), Cannot("nobody is asked to call back")),
    // Questions: whatever happens, work that was accepted goes on.
    ("poll-429", At::Poll, Script("throttle"), Asked),
    ("poll-500", At::Poll, Script("{status: 500}"), Asked),
    ("poll-502", At::Poll, Script("{status: {code: 502, page: gateway}}"), Asked),
    ("poll-503", At::Poll, Script("{status: 503}"), Asked),
    ("poll-echo", At::Poll, Script("{echo: {code: 502, after: 100}}"), Asked),
    ("poll-reset", At::Poll, Script("reset-before-accept"), Asked),
    ("poll-hang", At::Poll, Script("hang-before-accept"), Asked),
    ("poll-drip", At::Poll, Script("{drip: 1}"), Asked),
    ("poll-html", At::Poll, Script("html"), Asked),
    ("poll-truncate", At::Poll, Script("truncate"), Asked),
    ("poll-die", At::Poll, Script("{die: 100ms}"), Asked),
    ("poll-forget", At::Poll, Script("forget"), Gone),
    ("collect-429", At::Collect, Script("throttle"), Asked),
    ("collect-500", At::Collect, Script("{status: 500}"), Asked),
    ("collect-502", At::Collect, Script("{status: {code: 502, page: gateway}}"), Asked),
    ("collect-reset", At::Collect, Script("reset-before-accept"), Asked),
    ("collect-hang", At::Collect, Script("hang-before-accept"), Asked),
    ("collect-html", At::Collect, Script("html"), Asked),
    ("collect-truncate", At::Collect, Script("truncate"), Asked),
    ("collect-forget", At::Collect, Script("forget"), Falls(Defective, Yes)),
    // Downloads: what was paid for is not paid for again.
    ("download-half", At::Download, Script("half-download"), Broken("Short")),
    ("download-empty", At::Download, Script("zero-bytes"), Broken("Short")),
    ("download-expired", At::Download, Script("expired"), Broken("Gone")),
    ("download-wrong-type", At::Download, Script("wrong-type"), Broken("Kind")),
    ("download-html", At::Download, Script("html"), Broken("Kind")),
    ("download-drip", At::Download, Script("{drip: 1}"), Broken("Slow")),
    ("download-hang", At::Download, Script("hang-before-accept"), Broken("Slow")),
    ("download-reset", At::Download, Script("reset-before-accept"), Broken("Network")),
    ("download-503", At::Download, Script("{status: {code: 503, page: gateway}}"), Broken("Refused")),
    ("download-429", At::Download, Script("throttle"), Broken("Throttled")),
    // Lists: what is not read is no proof.
    ("find", At::Find, Script(""), Found),
    ("find-429", At::Find, Script("throttle"), Asked),
    ("find-500", At::Find, Script("{status: 500}"), Asked),
    ("find-502", At::Find, Script("{status: {code: 502, page: gateway}}"), Asked),
    ("find-reset", At::Find, Script("reset-before-accept"), Asked),
    ("find-hang", At::Find, Script("hang-before-accept"), Asked),
    ("find-drip", At::Find, Script("{drip: 1}"), Asked),
    ("find-html", At::Find, Script("html"), Asked),
    ("find-truncate", At::Find, Script("truncate"), Asked),
    ("find-lag", At::Find, Script("{list: {lag: 60s}}"), NotYet),
    ("find-drop", At::Find, Script("{list: drop}"), NotYet),
    ("find-twice", At::Find, Script("{list: twice}"), Found),
    // Wishes to stop.
    ("cancel", At::Cancel, Script(""), Well),
    ("cancel-forget", At::Cancel, Script("forget"), Harmless),
    ("cancel-500", At::Cancel, Script("{status: 500}"), Asked),
    ("cancel-reset-before", At::Cancel, Script("reset-before-accept"), Asked),
    ("cancel-reset-after", At::Cancel, Script("reset-after-accept"), Asked),
    ("cancel-hang-before", At::Cancel, Script("hang-before-accept"), Asked),
    ("cancel-hang-after", At::Cancel, Script("hang-after-accept"), Asked),
    ("cancel-html", At::Cancel, Script("html"), Harmless),
    // Files and models.
    ("upload", At::Upload, Script(""), Well),
    ("upload-500", At::Upload, Script("{status: 500}"), Asked),
    ("upload-reset-before", At::Upload, Script("reset-before-accept"), Asked),
    ("upload-reset-after", At::Upload, Script("reset-after-accept"), Asked),
    ("upload-hang-after", At::Upload, Script("hang-after-accept"), Asked),
    ("upload-html", At::Upload, Script("html"), Asked),
    ("upload-truncate", At::Upload, Script("truncate"), Asked),
    ("describe-retire", At::Describe, Script("retire"), Falls(Retired, No)),
    ("describe-500", At::Describe, Script("{status: 500}"), Harmless),
    ("describe-404", At::Describe, Script("{status: {code: 404, page: gateway}}"), Harmless),
    ("describe-reset", At::Describe, Script("reset-before-accept"), Harmless),
    ("describe-hang", At::Describe, Script("hang-before-accept"), Harmless),
    ("describe-html", At::Describe, Script("html"), Harmless),
    ("describe-truncate", At::Describe, Script("truncate"), Harmless),
];

/// The rows that a line is about, by the beginning of their names; the fault; what has to come of it; where it is said.
type Line = (&'static [&'static str], &'static [&'static str], Want, &'static str);

/// What a provider's own section says instead. The first line that fits counts.
pub(super) const OTHERWISE: &[Line] = &[
    // Proofs beyond the statuses.
    (&["openai", "google", "vertex"], &["503"], Falls(Transient, No), "its own words for being overloaded"),
    (
        &["openai", "google-text", "google-image"],
        &["500", "500-echo"],
        Falls(Transient, No),
        "on the spot, its own failure",
    ),
    (&["anthropic"], &["529"], Falls(Transient, No), "`overloaded_error`"),
    (&["cog"], &["503"], Waits(0, DAY), "its setup has not finished"),
    // Waits.
    (&["google"], &["429-garbage", "429-bare"], Falls(Denied, No), "a quota without a delay"),
    (&["fal", "luma", "runway", "comfyui", "cog"], &["429-body"], Waits(0, DAY), "its bodies name no wait"),
    // On the spot, the end of work is the answer to the order.
    (
        &["openai", "google-text", "google-image"],
        &["fail", "fail-strange"],
        Falls(Transient, No),
        "its words, as for 500",
    ),
    (&["anthropic", "elevenlabs"], &["fail", "fail-strange"], Falls(Unclear, Unknown), "a 500 proves nothing"),
    (&["openai-image", "openai-speech", "elevenlabs"], &["refuse-late"], Refused, "a status tells it"),
    (
        &["openai", "google-text", "google-image", "anthropic", "elevenlabs", "cog"],
        &["stuck"],
        Falls(Unclear, Unknown),
        "it does not answer in time",
    ),
    // Words that say more, or less.
    (&["comfyui"], &["fail"], Falls(Invalid, Yes), "its memory is too small, and stays so"),
    (&["comfyui"], &["retire"], Falls(Invalid, No), "a graph that names what is not there is wrong"),
    (&["replicate", "vertex"], &["nsfw"], Falls(Defective, Yes), "it shows nothing and does not say why"),
    (&["google-video"], &["nsfw"], GoesOn, "completed without an output is asked again"),
    (&["comfyui"], &["poll-forget"], Well, "it is asked at two places, and the other knows it"),
    (&["comfyui"], &["poll-drip"], Cannot("what is empty comes soon enough, drop by drop"), ""),
    (
        &["elevenlabs", "cog", "comfyui"],
        &["describe-retire"],
        Harmless,
        "that a page is not there says nothing of a model",
    ),
    // What cannot be.
    (&["openai-speech"], &["truncate"], Cannot("its answer is no JSON"), ""),
    (&["cog", "comfyui"], &["wrong-key"], Cannot("it takes no key"), ""),
    (
        &["cog", "comfyui"],
        &["no-credit", "no-credit-402", "no-credit-403", "no-credit-429"],
        Cannot("it takes no money"),
        "",
    ),
    (&["comfyui"], &["refuse", "refuse-image"], Cannot("it forbids nothing before it runs"), ""),
    (
        &["openai", "responses", "google-text", "anthropic", "elevenlabs"],
        &["nsfw"],
        Cannot("it flags nothing: it refuses"),
        "",
    ),
    (&["runway", "luma", "cog", "comfyui"], &["nsfw"], Cannot("it flags nothing: it refuses"), ""),
    (&["http"], &["nsfw"], Cannot("a description has no place for flags"), ""),
    (
        &["replicate", "fal", "runway", "luma", "cog", "comfyui", "http", "vertex"],
        &["cut-off", "bad-plan"],
        Cannot("it writes nothing"),
        "",
    ),
    (
        &["openai-image", "openai-speech", "google-image", "google-video", "elevenlabs"],
        &["cut-off", "bad-plan"],
        Cannot("it writes nothing"),
        "",
    ),
    (&["comfyui"], &["find-lag", "find-drop", "find-twice"], Cannot("it is asked by its id"), ""),
];
