//! The form of a script for editors, as a JSON Schema. What it cannot say, reading says.
//!
//! These types are only described, never made. A test holds their words against those that are read.

#![expect(dead_code, reason = "the types are only described")]

use schemars::JsonSchema;

/// The schema of a script, as text.
pub(super) fn schema() -> String {
    format!("{:#}\n", schemars::schema_for!(Script).to_value())
}

/// What goes wrong in a rehearsal.
#[derive(JsonSchema)]
#[schemars(title = "Script", deny_unknown_fields)]
struct Script {
    /// What the dice are derived from.
    seed: Option<u32>,
    /// What it shows, in one line.
    about: Option<String>,
    /// Asked in this order: the first that applies wins.
    rules: Vec<Rule>,
}

/// One thing that goes wrong, and when. What is left out does not matter.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Rule {
    /// At which request; else wherever the effect can happen.
    at: Option<At>,
    /// Whose requests.
    provider: Option<String>,
    /// Which models, with `*` for any letters.
    model: Option<String>,
    /// Which sort of work.
    kind: Option<Kind>,
    /// What the prompt contains, whatever its case.
    prompt: Option<String>,
    /// Of the requests that fit, the how-manieth alone.
    nth: Option<Numbers>,
    /// Which acceptances of the same prompt by the same model.
    takes: Option<Numbers>,
    /// Of the requests that fit, each so-manieth.
    every: Option<u32>,
    /// Of the requests that fit, this share by the dice, such as `5%`.
    share: Option<String>,
    /// Not before, since the start, such as `10s`.
    from: Option<String>,
    /// Not after, since the start, such as `40s`.
    to: Option<String>,
    /// At most so often.
    times: Option<u32>,
    /// What happens.
    r#do: Do,
}

/// A number, or several.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Numbers {
    One(u32),
    Several(Vec<u32>),
}

/// At which request.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum At {
    Submit,
    Poll,
    Fetch,
    Find,
    Cancel,
    Upload,
    Schema,
}

/// A sort of work.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum Kind {
    Image,
    Video,
    Speech,
    Text,
    Align,
    Music,
}

/// An effect, by its name alone or with settings.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Do {
    Plain(Plain),
    Set(Set),
}

/// Effects whose name will do.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum Plain {
    /// Too many requests; wait two seconds.
    Throttle,
    /// The account is empty.
    NoCredit,
    /// An error repeats what was sent, key and all.
    Echo,
    /// The connection is reset before the request counts.
    ResetBeforeAccept,
    /// The request counts, then the connection is reset.
    ResetAfterAccept,
    /// There is never an answer, and the request does not count.
    HangBeforeAccept,
    /// The request counts, and there is never an answer.
    HangAfterAccept,
    /// The answer trickles.
    Drip,
    /// The download ends in the middle.
    HalfDownload,
    /// The output is no longer there.
    Expired,
    /// The output is something else than it says.
    WrongType,
    /// The output is empty.
    ZeroBytes,
    /// A page of HTML where JSON belongs.
    Html,
    /// JSON that ends in the middle.
    Truncate,
    /// The provider will not make this.
    Refuse,
    /// The picture is flagged, and blank.
    Nsfw,
    /// There is no such model any more.
    Retire,
    /// The work fails, in a way that may pass.
    Fail,
    /// The work never ends.
    Stuck,
    /// The ticket is unknown.
    Forget,
    /// The server ends in the middle, and is back after three seconds.
    Die,
    /// Nobody is there: every connection is closed at once.
    Down,
    /// A text ends in the middle, and says so.
    CutOff,
    /// A text model writes what is no plan.
    BadPlan,
}

/// Effects with settings, one to a rule.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum Set {
    /// Too many requests: how long to wait, and how that is told.
    Throttle(Throttle),
    /// The account is empty, told by this status: 402, 403 or 429.
    NoCredit(#[schemars(range(min = 402, max = 429))] u16),
    /// An error status instead of an answer.
    Status(Status),
    /// An error of this status repeats what was sent, key and all.
    Echo(Echo),
    /// The answer trickles: bytes per second.
    Drip(u32),
    /// The provider will not make this.
    Refuse(Refuse),
    /// The work fails with these words.
    Fail(String),
    /// The work takes this long, such as `30s`.
    Slow(String),
    /// The work costs this many times its price, such as `1.5`.
    PriceRise(Factor),
    /// What is said to have been paid is of no use.
    Cost(Cost),
    /// The list of what was accepted cannot be relied on.
    List(List),
    /// The call at the end does not come as it should.
    Webhook(Webhook),
    /// The server ends in the middle, and stays away this long, such as `3s`.
    Die(String),
}

/// A factor, as a number or as text.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Factor {
    Number(f64),
    Text(String),
}

/// How long to wait, such as `2s`, or with the form in which it is told.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Throttle {
    After(String),
    Form(ThrottleForm),
}

/// How a delay is told.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum Form {
    /// `Retry-After` in seconds.
    Header,
    /// `Retry-After` as a date.
    Date,
    /// In the body alone, as this provider words it.
    Body,
    /// As a date that is over.
    Past,
    /// As a negative number.
    Negative,
    /// As a number that nobody waits for.
    Huge,
    /// As a word that is no delay.
    Garbage,
    /// Not at all.
    None,
}

/// A status from 400 to 599, or with the form of its body.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Status {
    Code(#[schemars(range(min = 400, max = 599))] u16),
    Form(StatusForm),
}

/// A status from 400 to 599, or with what stands before the echo.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Echo {
    Code(#[schemars(range(min = 400, max = 599))] u16),
    Form(EchoForm),
}

/// Whose page comes with an error: the provider's own words, or a gateway's page for people.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum Page {
    Provider,
    Gateway,
}

/// When it is refused, and which input is named.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Refuse {
    /// At once, or as the end of the work.
    when: Option<When>,
    /// Which input is named, where the wire has that.
    input: Option<String>,
}

/// When a refusal is told.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum When {
    Submit,
    End,
}

/// What is said to have been paid.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum Cost {
    Missing,
    Absurd,
    Negative,
}

/// How the list misleads.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum List {
    Plain(Misleading),
    Lag(Lag),
}

/// How the list misleads.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum Misleading {
    Lag,
    Drop,
    Twice,
}

/// How the call comes.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Webhook {
    Plain(Call),
    Late(Late),
}

/// How the call comes.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum Call {
    Duplicate,
    Late,
    Forged,
    None,
}

/// How long to wait, and how that is told.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ThrottleForm {
    /// How long to wait, such as `2s`.
    after: Option<String>,
    /// How it is told.
    form: Option<Form>,
}

/// A status and the form of its body.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct StatusForm {
    /// The status.
    #[schemars(range(min = 400, max = 599))]
    code: u16,
    /// Whose page comes with it.
    page: Option<Page>,
    /// Whether the order was accepted all the same.
    accepted: Option<bool>,
}

/// A status, and what stands before the echo.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct EchoForm {
    /// The status.
    #[schemars(range(min = 400, max = 599))]
    code: Option<u16>,
    /// How many letters stand before it.
    #[schemars(range(max = 100_000))]
    after: Option<u32>,
}

/// How long the list lags.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Lag {
    /// How young is too young, such as `10s`.
    lag: String,
}

/// How late the call is.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Late {
    /// How late, such as `10s`.
    late: String,
}
