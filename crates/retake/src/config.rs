//! What retake is told about its surroundings: files, the environment, flags. The only place that reads the environment.
//!
//! The default file is embedded and is the documentation. Owns no rule about what the settings do.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use retake_engine::money::Money;
use retake_engine::retry::Policy;
use retake_film::deliver::Keys;
use retake_film::providers::Secret;
use retake_film::schedule::usual;

mod keys;
mod providers;
mod read;
mod retry;
mod serve;
mod value;

pub(crate) use keys::nearest;
pub(crate) use providers::Stage;
pub(crate) use read::{Mistake, Settings};
pub(crate) use serve::Retention;
pub(crate) use value::Value;

/// The settings that hold when nobody says otherwise, with what each of them means.
pub(crate) const DEFAULT: &str = include_str!("config/default.toml");
/// What the file of a project, and that of a user, is called.
const FILE: &str = "retake.toml";

/// The environment as it was when retake started.
#[derive(Debug, Clone, Default)]
pub(crate) struct Surroundings {
    /// What was typed, the program's own name first.
    pub(crate) arguments: Vec<OsString>,
    /// Where we are.
    pub(crate) folder: PathBuf,
    variables: BTreeMap<OsString, OsString>,
}

impl Surroundings {
    /// Looks around, once.
    #[expect(clippy::disallowed_methods, reason = "this is the place that does")]
    pub(crate) fn look() -> Self {
        let folder = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
        Self { arguments: std::env::args_os().collect(), folder, variables: std::env::vars_os().collect() }
    }

    /// A variable that is set to something.
    pub(crate) fn get(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// A folder that a variable names.
    fn path(&self, name: &str) -> Option<PathBuf> {
        self.get(name).map(PathBuf::from).filter(|path| path.is_absolute())
    }

    /// Whether people want no colour.
    pub(crate) fn no_colour(&self) -> bool {
        self.get("NO_COLOR").is_some() || self.get("TERM").is_some_and(|term| term == "dumb")
    }

    /// How wide the terminal is said to be.
    #[expect(dead_code, reason = "asked for by the pages of `ui`, when they come")]
    pub(crate) fn columns(&self) -> Option<usize> {
        self.get("COLUMNS")?.to_str()?.parse().ok()
    }

    /// Whether there is a screen on which a page could be shown.
    pub(crate) fn has_display(&self) -> bool {
        cfg!(target_os = "macos") || self.get("DISPLAY").is_some() || self.get("WAYLAND_DISPLAY").is_some()
    }

    /// The folder for sockets, of this user alone.
    pub(crate) fn runtime(&self) -> Option<PathBuf> {
        self.path("XDG_RUNTIME_DIR")
    }

    /// The data directory that the environment names.
    pub(crate) fn data_dir(&self) -> Option<PathBuf> {
        self.get("RETAKE_DATA_DIR").map(|path| self.folder.join(path))
    }

    /// The Python that `make voice` puts the neural voice into, where it has.
    fn voice(&self) -> Option<PathBuf> {
        let home = || self.path("HOME").map(|home| home.join(".local/share"));
        let folder = self.path("XDG_DATA_HOME").or_else(home)?.join("retake/voice");
        Some(folder.join("bin/python")).filter(|python| python.exists())
    }

    /// The file of the user.
    fn user_file(&self) -> Option<PathBuf> {
        let home = || self.path("HOME").map(|home| home.join(".config"));
        Some(self.path("XDG_CONFIG_HOME").or_else(home)?.join("retake").join(FILE))
    }
}

/// The programs and cores of this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Local {
    /// What runs the local voices.
    pub(crate) python: Option<PathBuf>,
    /// What cuts and joins.
    pub(crate) ffmpeg: Option<PathBuf>,
    /// What looks into files.
    pub(crate) ffprobe: Option<PathBuf>,
    /// A small voice.
    pub(crate) flite: Option<PathBuf>,
    /// A smaller one.
    pub(crate) espeak: Option<PathBuf>,
    /// How many cores may be filled; else all.
    pub(crate) cores: Option<u32>,
}

/// What was set, and by whom.
#[derive(Debug, Clone, Default)]
pub(crate) struct Config {
    /// Everything, by its whole name.
    pub(crate) settings: Settings,
    /// The files that were read, the weakest first.
    pub(crate) files: Vec<PathBuf>,
    /// The variables that were heeded.
    pub(crate) variables: BTreeSet<String>,
    /// What opens object stores.
    pub(crate) stores: Keys,
    /// What opens providers, by the variable that holds it.
    keys: BTreeMap<String, Secret>,
    /// The Python that has the neural voice, where nobody says otherwise.
    voice: Option<PathBuf>,
    /// Who plays each provider, in a rehearsal.
    stages: BTreeMap<String, Stage>,
}

/// Why there is no configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unusable(pub(crate) Vec<Mistake>);

impl std::fmt::Display for Unusable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let told: Vec<String> = self.0.iter().map(Mistake::to_string).collect();
        f.write_str(&told.join("\n"))
    }
}

impl Config {
    /// Reads all that holds for a plan in this folder: the default, the user's file, the project's, the environment.
    /// A file that is named takes the place of the project's.
    pub(crate) fn read(around: &Surroundings, folder: &Path, named: Option<&Path>) -> Result<Self, Unusable> {
        let settings = default().map_err(Unusable)?;
        let stores = Keys::of(|name| around.get(name)?.to_str().map(str::to_owned));
        let mut config = Self { settings, stores, voice: around.voice(), ..Self::default() };
        let mut mistakes = Vec::new();
        let named =
            named.map(Path::to_owned).or_else(|| around.get("RETAKE_CONFIG").map(|path| around.folder.join(path)));
        let project = || folder.ancestors().map(|above| above.join(FILE)).find(|file| file.is_file());
        let user = around.user_file().filter(|file| file.is_file());
        for file in user.into_iter().chain(named.or_else(project)) {
            match config.file(&file) {
                Ok(()) => config.files.push(file),
                Err(wrong) => mistakes.extend(wrong),
            }
        }
        mistakes.extend(config.environment(around));
        mistakes.extend(config.unlock(around));
        if mistakes.is_empty() { Ok(config) } else { Err(Unusable(mistakes)) }
    }

    fn file(&mut self, file: &Path) -> Result<(), Vec<Mistake>> {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file).map_err(|error| {
            let hint = "name a file that is there, in UTF-8".to_owned();
            vec![Mistake { place: name.clone(), what: format!("the configuration cannot be read: {error}"), hint }]
        })?;
        self.take(read::read(&name, &text)?);
        Ok(())
    }

    /// What comes later wins; a list of patterns is replaced as a whole.
    fn take(&mut self, later: Settings) {
        let lists: BTreeSet<Vec<String>> = later.keys().filter_map(|name| list_of(name)).collect();
        self.settings.retain(|name, _| list_of(name).is_none_or(|list| !lists.contains(&list)));
        self.settings.extend(later);
    }

    fn environment(&mut self, around: &Surroundings) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        for (name, text) in &around.variables {
            let Some(name) = name.to_str().filter(|name| name.starts_with("RETAKE_")) else { continue };
            let wrong = |what: String, hint: String| Mistake { place: name.to_owned(), what, hint };
            match variable(name) {
                Named::Key(path, kind) => match text.to_str().map(|text| value::of_text(kind, text)) {
                    Some(Ok(value)) => {
                        self.settings.insert(path, value);
                        self.variables.insert(name.to_owned());
                    }
                    Some(Err(unfit)) => mistakes.push(wrong(unfit.why, unfit.hint)),
                    None => mistakes.push(wrong("it is no text".into(), "write it in UTF-8".into())),
                },
                Named::Nearly(hint) => mistakes.push(wrong("no setting has this name".into(), hint)),
                Named::Other => {}
            }
        }
        mistakes
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.settings.get(&name.split('.').map(str::to_owned).collect::<Vec<_>>())
    }

    fn money(&self, name: &str) -> Money {
        if let Some(Value::Money(money)) = self.get(name) { *money } else { Money::ZERO }
    }

    fn whole(&self, name: &str) -> Option<u32> {
        if let Some(Value::Whole(number)) = self.get(name) { Some(*number) } else { None }
    }

    fn text(&self, name: &str) -> Option<&str> {
        if let Some(Value::Text(text)) = self.get(name) { Some(text) } else { None }
    }

    /// Whether plans that name no profile are drafts.
    pub(crate) fn is_draft(&self) -> bool {
        self.text("profile") == Some("draft")
    }

    /// The cap of a plan that names none.
    pub(crate) fn run_cap(&self) -> Money {
        self.money("limits.run_usd")
    }

    /// What may be spent in all.
    pub(crate) fn account_cap(&self) -> Money {
        self.money("limits.account_usd")
    }

    /// What may be spent on one day.
    pub(crate) fn day_cap(&self) -> Money {
        self.money("limits.day_usd")
    }

    /// Under which address providers can call back.
    pub(crate) fn public_url(&self) -> Option<&str> {
        self.text("serve.public_url")
    }

    /// Where plans that are sent may be delivered.
    pub(crate) fn deliver_allowed(&self) -> &[String] {
        if let Some(Value::Texts(goals)) = self.get("serve.deliver") { goals } else { &[] }
    }

    /// Paid calls in flight, all runs together.
    pub(crate) fn submissions(&self) -> u32 {
        self.whole("limits.submissions").unwrap_or(1)
    }

    /// What is said of retries, step by step; what is not said is as usual.
    pub(crate) fn policies(&self) -> BTreeMap<String, Policy> {
        let mut policies: BTreeMap<String, Policy> = BTreeMap::new();
        for (name, value) in &self.settings {
            let [section, step, key @ ..] = name.as_slice() else { continue };
            if section == "retry" {
                retry::set(policies.entry(step.clone()).or_insert_with(|| usual(step)), key, value);
            }
        }
        self.hasten(&mut policies);
        policies
    }

    /// The programs and cores of this machine.
    pub(crate) fn local(&self) -> Local {
        let path = |name: &str| self.text(&format!("local.{name}")).map(PathBuf::from);
        Local {
            python: path("python").or_else(|| self.voice.clone()),
            ffmpeg: path("ffmpeg"),
            ffprobe: path("ffprobe"),
            flite: path("flite"),
            espeak: path("espeak"),
            cores: self.whole("local.cores"),
        }
    }
}

/// The list of tables that a key belongs to.
fn list_of(name: &[String]) -> Option<Vec<String>> {
    let at = name.iter().position(|part| part == "patterns")?;
    name.get(..=at).map(<[String]>::to_vec)
}

fn default() -> Result<Settings, Vec<Mistake>> {
    read::read("the default file", DEFAULT)
}

/// What a variable whose name begins like ours is.
enum Named {
    Key(Vec<String>, keys::Type),
    /// Probably meant to be one.
    Nearly(String),
    Other,
}

fn variable(name: &str) -> Named {
    let upper = |text: &str| text.replace(['.', '-'], "_").to_uppercase();
    let rest = name.strip_prefix("RETAKE_").unwrap_or(name);
    let mut best: Option<(usize, Vec<String>, keys::Type)> = None;
    for (key, kind) in keys::KEYS.iter().filter(|(key, _)| !key.contains("patterns")) {
        let (before, after) = key.split_once('*').unwrap_or((key, ""));
        let chosen = rest.strip_prefix(&upper(before)).and_then(|rest| rest.strip_suffix(&upper(after)));
        let path = match chosen {
            Some("") if !key.contains('*') => key.split('.').map(str::to_owned).collect(),
            Some(chosen) if key.contains('*') && !chosen.is_empty() => {
                let chosen = chosen.to_lowercase().replace('_', "-");
                key.split('.').map(|part| if part == "*" { chosen.clone() } else { part.to_owned() }).collect()
            }
            Some(_) | None => continue,
        };
        if best.as_ref().is_none_or(|(length, ..)| *length < after.len()) {
            best = Some((after.len(), path, *kind));
        }
    }
    if let Some((_, path, kind)) = best {
        return Named::Key(path, kind);
    }
    let sections = ["LIMITS_", "LOCAL_", "EGRESS_", "SERVE_", "RETENTION_", "PROVIDERS_", "RETRY_"];
    if !sections.iter().any(|section| rest.starts_with(section)) {
        return Named::Other;
    }
    let known: Vec<String> = keys::KEYS.iter().map(|(key, _)| format!("RETAKE_{}", upper(key))).collect();
    let names: Vec<&str> = known.iter().map(String::as_str).collect();
    let hint = nearest(name, &names).map_or_else(
        || "`retake doctor` says which settings there are".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    Named::Nearly(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(variables: &[(&str, &str)]) -> Surroundings {
        let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Surroundings { variables, ..Surroundings::default() }
    }

    /// The default file with its examples, which stand behind a `#` without a space.
    fn with_examples() -> String {
        let line = |line: &str| match line.strip_prefix('#') {
            Some(example) if !example.starts_with(' ') => example.to_owned(),
            Some(_) | None => line.to_owned(),
        };
        DEFAULT.lines().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_default_file_has_every_key_and_no_other() {
        default().unwrap();
        let all = read::read("default.toml", &with_examples()).unwrap();
        let there: BTreeSet<String> = all
            .keys()
            .map(|name| {
                let parts: Vec<&str> = name.iter().map(String::as_str).filter(|part| *part != "0").collect();
                keys::pattern(&parts).join(".")
            })
            .collect();
        let known: BTreeSet<String> = keys::KEYS.iter().map(|(key, _)| (*key).to_owned()).collect();
        assert_eq!(there, known);
    }

    #[test]
    fn strangers_are_told_with_their_line_and_what_was_meant() {
        let text = "[limits]\nrun_used = \"6\"\nday_usd = 5\n[providers.replicate]\ngrace = 60\nkind = \"x\"\nbase_url = \"api.example.com\"\n";
        let mistakes = read::read("retake.toml", text).unwrap_err();
        let told = mistakes.iter().map(Mistake::to_string).collect::<Vec<_>>().join("\n");
        insta::assert_snapshot!(told, @r#"
        retake.toml:2: unknown key `run_used` in `limits`
          hint: did you mean `run_usd`?
        retake.toml:3: `limits.day_usd`: an amount is written as text
          hint: put it in quotes, such as "5.00"
        retake.toml:5: `providers.replicate.grace`: a time is written as text
          hint: put it in quotes with its unit, such as "30s"
        retake.toml:6: unknown key `kind` in `providers.replicate`
          hint: known here: api, base_url, key_env, key_file, webhook_secret_env, rate, concurrency, request_timeout, poll_every, grace, cancel_grace, dedupe, lag, settings
        retake.toml:7: `providers.replicate.base_url`: `api.example.com` is no address
          hint: write one such as https://api.example.com
        "#);
    }

    #[test]
    fn an_address_holds_nothing_that_would_be_dropped_or_is_a_secret() {
        let bases =
            ["https://a.example.com/v1?key=SECRET", "https://a.example.com#SECRET", "https://me:SECRET@a.example.com"];
        let lines = bases.into_iter().chain(["https://:SECRET@a.example.com", "me:SECRET@a.example.com"]).enumerate();
        let text = lines.map(|(n, base)| format!("[providers.p{n}]\nbase_url = \"{base}\"\n")).collect::<String>();
        let mistakes = read::read("retake.toml", &text).unwrap_err();
        let told = mistakes.iter().map(Mistake::to_string).collect::<Vec<_>>().join("\n");
        insta::assert_snapshot!(told, @"
        retake.toml:2: `providers.p0.base_url`: the address has a query, and each call puts its own path behind the address
          hint: end it before the `?`; a key belongs into `key_env` or `key_file`, and what else a provider asks for into `settings`
        retake.toml:4: `providers.p1.base_url`: the address has a fragment, which is sent to nobody
          hint: end it before the `#`, such as https://api.example.com
        retake.toml:6: `providers.p2.base_url`: the address names a user or a password, and a provider is shown its key alone
          hint: leave out what stands before the `@`; the key belongs into `key_env` or `key_file`
        retake.toml:8: `providers.p3.base_url`: the address names a user or a password, and a provider is shown its key alone
          hint: leave out what stands before the `@`; the key belongs into `key_env` or `key_file`
        retake.toml:10: `providers.p4.base_url`: this is no address
          hint: write one such as https://api.example.com
        ");
        let set = [("RETAKE_PROVIDERS_REPLICATE_BASE_URL", "https://a.example.com?key=SECRET")];
        let mistakes = Config::default().environment(&around(&set));
        assert!(mistakes[0].to_string().contains("has a query"), "{mistakes:?}");
        assert!(!told.contains("SECRET") && !mistakes[0].to_string().contains("SECRET"));
    }

    #[test]
    fn the_environment_has_its_own_names() {
        let mut config = Config::default();
        let around = around(&[
            ("RETAKE_LIMITS_RUN_USD", "7.5"),
            ("RETAKE_PROVIDERS_FAKE_HOST_BASE_URL", "http://127.0.0.1:1"),
            ("RETAKE_RETRY_VIDEO_FIRST_DELAY", "20ms"),
            ("RETAKE_CRASH", "whole"),
        ]);
        assert_eq!(config.environment(&around), []);
        assert_eq!(config.run_cap(), Money::from_cents(750));
        assert_eq!(config.text("providers.fake-host.base_url"), Some("http://127.0.0.1:1"));
        assert!(config.get("retry.video.first_delay").is_some());
        assert_eq!(config.settings.len(), 3);
    }

    #[test]
    fn a_variable_that_was_meant_to_cap_is_not_passed_over() {
        let mistakes = Config::default()
            .environment(&around(&[("RETAKE_LIMITS_RUN_USED", "1"), ("RETAKE_LIMITS_DAY_USD", "one")]));
        assert_eq!(mistakes.len(), 2, "{mistakes:?}");
        assert!(mistakes[1].hint.contains("RETAKE_LIMITS_RUN_USD"), "{mistakes:?}");
    }
}
