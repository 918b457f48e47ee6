//! The bytes of Ollama's HTTP API: the calls we make, and what their answers mean.
//!
//! Whether a translation is any good is decided in [`super::check`]; when to ask, and what to do about a verdict, by the
//! translator. Every call names the same `num_ctx`: a different one would make Ollama load the model again.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::check::{self, Rejection};
use super::format::{Format, Probed};
use super::letters::weight;
use super::pairs::Pair;
use super::prompt::{self, Mode, Question};
use super::retry_after::said_by;
use super::verdict::Verdict;
use crate::config::Config;
use crate::vocabulary::{Answer, HttpCall, JobOutcome, JobSpec, Language, Millis, Service};

/// For calls that need no model; a healthy Ollama answers them in milliseconds.
pub const PROBE_TIMEOUT: Millis = Millis::from_secs(5);

/// Ollama, and the step of a probe of it that is under way.
#[derive(Debug, Default)]
pub struct Ollama {
    step: Step,
}

#[derive(Clone, Copy, Debug, Default)]
enum Step {
    #[default]
    Version,
    Tags,
    Preload,
}

impl Format for Ollama {
    fn covers(&self, _pair: Pair) -> bool {
        true
    }

    fn modes(&self, config: &Config) -> &'static [Mode] {
        Mode::order_for(&config.ollama_model)
    }

    fn translate(&self, config: &Config, ask: &Question) -> JobSpec {
        JobSpec::Http(translate(config, ask))
    }

    fn judge(&mut self, config: &Config, ask: &Question, outcome: &JobOutcome) -> Verdict {
        judge(ask, &config.languages.0, outcome)
    }

    fn begin_probe(&mut self, config: &Config, reloads: bool) -> JobSpec {
        self.step = if reloads { Step::Preload } else { Step::Version };
        JobSpec::Http(if reloads { preload(config) } else { version() })
    }

    /// Three things in order: whether somebody is there, has the model, and has it in memory. The last is a generation
    /// without a prompt and has ten minutes: hanging up on a load aborts it, so a call with a shorter time-out would abort
    /// it for ever.
    fn on_probe(&mut self, config: &Config, outcome: &JobOutcome) -> Probed {
        let JobOutcome::Answered(Answer { status, body, .. }) = outcome else { return Probed::Down };
        match (self.step, status) {
            (Step::Version, 200) => {
                self.step = Step::Tags;
                Probed::Next(JobSpec::Http(tags()))
            }
            (Step::Tags, 200) if has_model(body, &config.ollama_model) => {
                self.step = Step::Preload;
                Probed::Load(JobSpec::Http(preload(config)))
            }
            (Step::Tags, 200) | (Step::Preload, 404) => Probed::ModelMissing(Vec::new()),
            (Step::Preload, 200) => Probed::Well,
            _ => Probed::Down,
        }
    }

    fn keeps_model(&self, config: &Config) -> Option<Millis> {
        Some(config.ollama_keep_alive_ms)
    }

    fn model<'a>(&'a self, config: &'a Config) -> Option<&'a str> {
        Some(&config.ollama_model)
    }

    fn pairs(&self, config: &Config) -> (usize, usize) {
        let all = config.languages.0.len() * config.languages.0.len().saturating_sub(1);
        (all, all)
    }
}

/// Body of `/api/generate`. Field order is the order in the JSON, which traces compare.
#[derive(Serialize)]
struct Generate<'a> {
    model: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    system: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt: Option<String>,
    stream: bool,
    /// A model that can think does so unless told not to.
    think: bool,
    keep_alive: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<Schema>,
    options: Options,
}

#[derive(Serialize)]
struct Options {
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u32>,
    num_ctx: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    num_predict: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop: Option<[&'static str; 2]>,
}

/// JSON schema of the answer. No `maxLength`: it breaks the grammar of llama.cpp.
#[derive(Serialize)]
struct Schema {
    #[serde(rename = "type")]
    kind: &'static str,
    properties: Properties,
    required: &'static [&'static str],
}

/// In alphabetical order, which is also the order wanted: a model that has named the language translates better.
#[derive(Serialize)]
struct Properties {
    #[serde(skip_serializing_if = "Option::is_none")]
    detected_language: Option<Property>,
    translation: Property,
}

#[derive(Serialize)]
struct Property {
    #[serde(rename = "type")]
    kind: &'static str,
}

const STRING: Property = Property { kind: "string" };

/// The schema; the language is asked for only where it is not known, to save tokens.
fn schema(knows_language: bool) -> Schema {
    let detected_language = (!knows_language).then_some(STRING);
    let required: &[_] =
        if knows_language { &["translation"] } else { &["detected_language", "translation"] };
    Schema { kind: "object", properties: Properties { detected_language, translation: STRING }, required }
}

/// Tokens the answer may have: enough for any translation, and an end to endless ones.
fn predict_tokens(text: &str) -> usize {
    (64 + weight(text)).clamp(128, 2048)
}

pub fn translate(config: &Config, ask: &Question) -> HttpCall {
    let masked = ask.masked();
    let is_json = ask.mode == Mode::Json;
    let options = Options {
        temperature: Some(if is_json { 0.0 } else { 0.2 }),
        seed: Some(if is_json { 1 } else { 2 }),
        num_ctx: config.ollama_context_tokens,
        num_predict: Some(predict_tokens(masked.text())),
        stop: (!is_json).then_some(prompt::PLAIN_STOPS),
    };
    let request = Generate {
        model: &config.ollama_model,
        system: is_json.then_some(prompt::SYSTEM),
        prompt: Some(prompt::wording(ask.mode, ask.from, ask.to, &masked)),
        stream: false,
        think: false,
        keep_alive: go_duration(config.ollama_keep_alive_ms),
        format: is_json.then(|| schema(ask.from.is_some())),
        options,
    };
    post(label(ask), &request, config.job_timeout_ms)
}

fn label(ask: &Question) -> String {
    let from = ask.from.map_or("?", Language::code);
    let suffix = if ask.mode == Mode::Plain { " plain" } else { "" };
    format!("translate {from}→{} {:?}{suffix}", ask.to, &*ask.text)
}

/// Has Ollama load the model and keep it. Hanging up would abort the load, hence the long time-out.
pub fn preload(config: &Config) -> HttpCall {
    let num_ctx = config.ollama_context_tokens;
    let request = Generate {
        model: &config.ollama_model,
        system: None,
        prompt: None,
        stream: false,
        think: false,
        keep_alive: go_duration(config.ollama_keep_alive_ms),
        format: None,
        options: Options { temperature: None, seed: None, num_ctx, num_predict: None, stop: None },
    };
    post(format!("load {}", config.ollama_model), &request, config.load_timeout_ms)
}

/// Asks whether somebody is there.
pub fn version() -> HttpCall {
    get("version", "/api/version")
}

/// Asks which models are installed; read the answer with [`has_model`].
pub fn tags() -> HttpCall {
    get("tags", "/api/tags")
}

fn get(label: &str, path: &'static str) -> HttpCall {
    HttpCall::get(label.to_owned(), Service::OLLAMA, path, PROBE_TIMEOUT)
}

fn post(label: String, request: &Generate<'_>, timeout: Millis) -> HttpCall {
    // Strings and numbers always serialise; were it otherwise, Ollama would say 400.
    let body = serde_json::to_vec(request).unwrap_or_default();
    HttpCall::post(label, Service::OLLAMA, "/api/generate", Bytes::from(body), timeout)
}

/// As Go's `time.ParseDuration` reads it: `30m`. It knows no days.
fn go_duration(span: Millis) -> String {
    let units = [(3_600_000, "h"), (60_000, "m"), (1000, "s"), (1, "ms")];
    let (factor, unit) =
        units.into_iter().find(|(factor, _)| span.0.is_multiple_of(*factor)).unwrap_or((1, "ms"));
    format!("{}{unit}", span.0 / factor)
}

#[derive(Deserialize)]
struct Models {
    #[serde(default)]
    models: Vec<Model>,
}

#[derive(Deserialize)]
struct Model {
    #[serde(default)]
    name: String,
    #[serde(default)]
    model: String,
}

/// Whether the answer to [`tags`] lists the model; without a tag, `:latest` is meant. `false` if it cannot be read.
pub fn has_model(body: &[u8], model: &str) -> bool {
    let Ok(list) = serde_json::from_slice::<Models>(body) else { return false };
    let wanted = full_name(model);
    list.models
        .iter()
        .flat_map(|it| [&it.name, &it.model])
        .filter(|name| !name.is_empty())
        .any(|name| full_name(name).eq_ignore_ascii_case(&wanted))
}

fn full_name(model: &str) -> String {
    let model = model.trim();
    // A colon before the last slash belongs to the port of a registry.
    let has_tag = model.rsplit('/').next().is_some_and(|name| name.contains(':'));
    if has_tag { model.to_owned() } else { format!("{model}:latest") }
}

/// Body of an answer of `/api/generate`.
#[derive(Deserialize)]
struct Generated {
    #[serde(default)]
    response: String,
    /// `false` with status 200 if Ollama cut off a model that repeats itself; absent if this is not Ollama.
    done: bool,
    #[serde(default)]
    done_reason: String,
}

/// Reads the end of the job that [`translate`] started for `ask`.
pub fn judge(ask: &Question, offered: &[Language], outcome: &JobOutcome) -> Verdict {
    let answer = match outcome {
        JobOutcome::Answered(answer) => answer,
        JobOutcome::Failed { why, .. } => return Verdict::of_failure(*why),
    };
    match answer.status {
        200 => generated(ask, offered, &answer.body),
        404 => Verdict::ModelMissing,
        // Of a proxy in front of it.
        429 => Verdict::Limited { retry_after: said_by(answer) },
        400..=499 => Verdict::BadRequest,
        503 => Verdict::Busy,
        _ => Verdict::Broken,
    }
}

fn generated(ask: &Question, offered: &[Language], body: &[u8]) -> Verdict {
    let Ok(answer) = serde_json::from_slice::<Generated>(body) else { return Verdict::Broken };
    if !answer.done || answer.done_reason != "stop" {
        return Verdict::Rejected(Rejection::Unfinished);
    }
    match check::believe_answer(ask, offered, &answer.response) {
        Ok(believed) => Verdict::Translated { text: believed.text, detected: believed.detected },
        Err(rejection) => Verdict::Rejected(rejection),
    }
}

#[cfg(test)]
mod tests;
