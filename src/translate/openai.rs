//! The bytes of OpenAI's HTTP API, which llama.cpp, vLLM, LM Studio, LocalAI and many others speak as well: the calls we
//! make, and what their answers mean.
//!
//! Prompt, modes and checks are those of every model. The servers differ in which fields of a request they take, so it is
//! learned from their refusals, for as long as the process lives (`steps`); what a refusal says is read in `fault`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::check::{self, Rejection};
use super::format::{Format, Probed};
use super::pairs::Pair;
use super::prompt::{self, Mode, Question};
use super::retry_after::said_by;
use super::verdict::Verdict;
use crate::config::Config;
use crate::vocabulary::{Answer, Credential, HttpCall, JobOutcome, JobSpec, Millis, Service};

mod fault;
mod steps;

use fault::Fault;
use steps::{Shape, Steps};

/// For a call that needs no model.
const PROBE_TIMEOUT: Millis = Millis::from_secs(5);
/// Models that are named to people where none is chosen.
const NAMED_MODELS: usize = 5;
/// Calls of which it is remembered how they were asked; more are not under way, but some were taken back.
const REMEMBERED_CALLS: usize = 256;

/// What is known of the server.
#[derive(Debug, Default)]
pub struct OpenAi {
    steps: Steps,
    /// The one model that is served.
    served: Option<String>,
    /// How many steps had been taken when a call was made, by the hash of what was asked: a refusal of what is not sent any
    /// more is no reason for another step.
    made: RefCell<BTreeMap<u64, u32>>,
}

impl Format for OpenAi {
    fn covers(&self, _: Pair) -> bool {
        true
    }

    fn modes(&self, config: &Config) -> &'static [Mode] {
        let first = Mode::first_for(self.model(config).unwrap_or_default());
        if first == Mode::Plain || self.steps.shape() == Shape::Bare {
            &[Mode::Plain, Mode::Json]
        } else {
            &[Mode::Json, Mode::Plain]
        }
    }

    fn translate(&self, config: &Config, ask: &Question) -> JobSpec {
        let mut made = self.made.borrow_mut();
        if made.len() >= REMEMBERED_CALLS {
            made.clear();
        }
        made.insert(name(ask), self.steps.taken());
        let body = Value::from(self.request(config, ask)).to_string();
        let timeout = config.job_timeout_ms;
        let path = "/chat/completions";
        let call = HttpCall::post(ask.label(), Service::OPENAI, path, Bytes::from(body), timeout);
        JobSpec::Http(HttpCall { credential: credential(config), ..call })
    }

    fn judge(&mut self, config: &Config, ask: &Question, outcome: &JobOutcome) -> Verdict {
        let steps_then = self.made.get_mut().remove(&name(ask));
        let answer = match outcome {
            JobOutcome::Answered(answer) => answer,
            JobOutcome::Failed { why, .. } => return Verdict::of_failure(*why),
        };
        match answer.status {
            200 => {
                if ask.mode == Mode::Json {
                    self.steps.worked();
                }
                completed(config, ask, &answer.body)
            }
            400 | 422 => {
                let fault = Fault::read(&answer.body);
                refused(&fault).unwrap_or_else(|| self.step(config, ask, &fault, steps_then))
            }
            401 | 403 => Verdict::Unauthorized,
            402 => Verdict::Quota,
            404 => Verdict::ModelMissing,
            413 => Verdict::Rejected(Rejection::TooLong),
            429 if Fault::read(&answer.body).is_quota() => Verdict::Quota,
            429 => Verdict::Limited { retry_after: said_by(answer) },
            405..=407 | 409..=499 => Verdict::BadRequest,
            503 if Fault::read(&answer.body).is_loading() => Verdict::Loading,
            503 | 529 => Verdict::Busy,
            _ => Verdict::Broken,
        }
    }

    fn begin_probe(&mut self, config: &Config, _: bool) -> JobSpec {
        self.steps.doubt();
        let call = HttpCall::get("models".to_owned(), Service::OPENAI, "/models", PROBE_TIMEOUT);
        JobSpec::Http(HttpCall { credential: credential(config), ..call })
    }

    fn on_probe(&mut self, config: &Config, outcome: &JobOutcome) -> Probed {
        let JobOutcome::Answered(Answer { status, body, .. }) = outcome else { return Probed::Down };
        match status {
            200 => self.listed(config, body),
            // Not every server tells what it has.
            404 | 405 | 501 => Probed::Well,
            401 | 403 => Probed::Unauthorized,
            402 => Probed::Quota,
            429 if Fault::read(body).is_quota() => Probed::Quota,
            429 => Probed::Well,
            503 if Fault::read(body).is_loading() => Probed::Loading,
            _ => Probed::Down,
        }
    }

    fn model<'a>(&'a self, config: &'a Config) -> Option<&'a str> {
        let named = Some(config.openai_model.as_str()).filter(|model| !model.is_empty());
        self.served.as_deref().or(named)
    }

    fn pairs(&self, config: &Config) -> (usize, usize) {
        let all = super::pairs::count(&config.languages.0, |_| true);
        (all, all)
    }
}

impl OpenAi {
    /// The body of a call, as the steps taken so far have it.
    fn request(&self, config: &Config, ask: &Question) -> Map<String, Value> {
        let masked = ask.masked();
        let is_json = ask.mode == Mode::Json;
        let wording = prompt::wording(ask.mode, ask.from, ask.to, &masked);
        let mut messages = vec![json!({ "role": "user", "content": wording })];
        if is_json {
            messages.insert(0, json!({ "role": "system", "content": prompt::SYSTEM }));
        }
        let mut request = Map::new();
        let mut put = |name: &str, value: Value| request.insert(name.to_owned(), value);
        if let Some(model) = self.model(config) {
            put("model", model.into());
        }
        put("temperature", if is_json { json!(0) } else { json!(0.2) });
        put("seed", if is_json { json!(1) } else { json!(2) });
        // Two limits at once are refused by some.
        let extra = &config.openai_extra.0;
        let has_limit = |name: &str| extra.contains_key(name) && !self.steps.leaves_out(name);
        if !["max_tokens", "max_completion_tokens"].into_iter().any(has_limit) {
            put(self.steps.tokens_field(), prompt::answer_tokens(&masked).into());
        }
        if is_json {
            let knows_language = ask.from.is_some();
            match self.steps.shape() {
                Shape::Schema => put("response_format", schema(knows_language)),
                Shape::Object => put("response_format", json!({ "type": "json_object" })),
                Shape::Bare => None,
            };
        } else {
            put("stop", json!(prompt::PLAIN_STOPS));
        }
        request.extend(extra.clone());
        request.retain(|name, _| !self.steps.leaves_out(name));
        // Refused at the start where somebody else says what they are.
        request.insert("messages".to_owned(), messages.into());
        request
    }

    /// The server did not like how it was asked: whether there is another way.
    fn step(&mut self, config: &Config, ask: &Question, fault: &Fault, steps_then: Option<u32>) -> Verdict {
        if steps_then.is_some_and(|then| then < self.steps.taken()) {
            return Verdict::AskOtherwise;
        }
        let sent = self.request(config, ask);
        let Some(what) = self.steps.take(fault, &sent, &config.openai_extra.0) else {
            return Verdict::BadRequest;
        };
        log::info!(target: "dragoman::translate", field = what, step = self.steps.taken();
            "the server at OPENAI_URL does not take a request as it is; it is asked otherwise from now on");
        Verdict::AskOtherwise
    }

    fn listed(&mut self, config: &Config, body: &[u8]) -> Probed {
        let Ok(models) = serde_json::from_slice::<Models>(body) else { return Probed::Down };
        let ids: Vec<String> = models.data.into_iter().map(|model| model.id).collect();
        let wanted = config.openai_model.as_str();
        let is_there = ids.iter().any(|id| is_model(id, wanted));
        // llama.cpp has one, listed as a path, and translates with it whatever it is asked for.
        self.served = match &ids[..] {
            [only] if !is_there => Some(only.clone()),
            _ => None,
        };
        if is_there || self.served.is_some() {
            return Probed::Well;
        }
        Probed::ModelMissing(ids.into_iter().take(NAMED_MODELS).collect())
    }
}

/// Which call this is, among those under way.
fn name(ask: &Question) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&ask.text, ask.from, ask.to, ask.mode as u8).hash(&mut hasher);
    hasher.finish()
}

fn credential(config: &Config) -> Option<Credential> {
    config.openai_key.is_some().then_some(Credential::Configured("openai"))
}

/// The schema of the answer; the language is asked for only where it is not known. In a strict one everything is required.
fn schema(knows_language: bool) -> Value {
    let string = json!({ "type": "string" });
    let (properties, required) = if knows_language {
        (json!({ "translation": string }), json!(["translation"]))
    } else {
        let properties = json!({ "detected_language": string, "translation": string });
        (properties, json!(["detected_language", "translation"]))
    };
    let schema = json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    });
    json!({ "type": "json_schema", "json_schema": { "name": "translation", "strict": true, "schema": schema } })
}

/// A 400 that is about this text or the model, not about how it was asked.
fn refused(fault: &Fault) -> Option<Verdict> {
    if fault.is_too_long() {
        Some(Verdict::Rejected(Rejection::TooLong))
    } else if fault.is_filtered() {
        Some(Verdict::Rejected(Rejection::Unfinished))
    } else if fault.is_quota() {
        Some(Verdict::Quota)
    } else {
        fault.is_model_missing().then_some(Verdict::ModelMissing)
    }
}

#[derive(Deserialize)]
struct Models {
    data: Vec<Model>,
}

#[derive(Deserialize)]
struct Model {
    id: String,
}

/// Whether a model that is listed is the one that is wanted: some lists have a folder before it, or a tag behind it.
fn is_model(id: &str, wanted: &str) -> bool {
    let short = id.rsplit('/').next().unwrap_or(id);
    let is_it = |name: &str| name.eq_ignore_ascii_case(wanted);
    !wanted.is_empty()
        && [id, short].into_iter().any(|name| is_it(name) || name.strip_suffix(":latest").is_some_and(is_it))
}

/// Body of an answer.
#[derive(Deserialize)]
struct Completed {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
    #[serde(default)]
    finish_reason: Option<String>,
}

/// What a model thought before it answered (`reasoning_content`) is not looked at.
#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    content: Value,
    #[serde(default)]
    refusal: Value,
}

fn completed(config: &Config, ask: &Question, body: &[u8]) -> Verdict {
    let choice = serde_json::from_slice::<Completed>(body).ok().and_then(|it| it.choices.into_iter().next());
    let Some(Choice { message, finish_reason }) = choice else { return Verdict::Broken };
    if !message.refusal.is_null() {
        return Verdict::Rejected(Rejection::Chatter);
    }
    if finish_reason.as_deref() != Some("stop") {
        return Verdict::Rejected(Rejection::Unfinished);
    }
    let content = message.content.as_str().unwrap_or_default();
    Verdict::of_belief(check::believe_answer(ask, &config.languages.0, content))
}

#[cfg(test)]
mod tests;
