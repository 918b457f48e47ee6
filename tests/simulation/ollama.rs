//! The virtual Ollama: answers the calls of the core as the real one might, on a bad day too.

use bytes::Bytes;
use dragoman::vocabulary::{Answer, HttpCall, JobFailure, JobId, JobOutcome, Millis};
use serde_json::{Value, json};

use super::dice::Dice;
use super::words;

/// How Ollama is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weather {
    /// Answers rightly, sooner or later.
    Fair,
    /// Right, but later than readers like to wait.
    Slow,
    /// Talks, echoes, stammers, answers in the wrong language, is cut off.
    Garbage,
    /// Broken connections, 5xx, bodies too large.
    Broken,
    /// Too many wait.
    Busy,
    /// Nobody listens.
    Refusing,
    /// Listens and says nothing.
    Silent,
    /// The model was removed.
    NoModel,
}

pub(crate) const WEATHERS: [Weather; 8] = [
    Weather::Fair,
    Weather::Slow,
    Weather::Garbage,
    Weather::Broken,
    Weather::Busy,
    Weather::Refusing,
    Weather::Silent,
    Weather::NoModel,
];

/// A call under way.
struct Job {
    id: JobId,
    due: Millis,
    outcome: JobOutcome,
    translates: bool,
}

/// All calls, and what happened to earlier ones.
pub(crate) struct Ollama {
    pub(crate) weather: Weather,
    model: String,
    jobs: Vec<Job>,
    /// Calls that have ended or were cancelled: naming them again must change nothing.
    pub(crate) over: Vec<JobId>,
    last: u64,
    /// Whether any answer has ever been anything but a right translation, given at once.
    pub(crate) has_erred: bool,
    /// Languages it has named wrongly; the server may believe it.
    pub(crate) lies: Vec<&'static str>,
}

impl Ollama {
    pub(crate) fn new(model: &str) -> Self {
        Self {
            weather: Weather::Fair,
            model: model.to_owned(),
            jobs: Vec::new(),
            over: Vec::new(),
            last: 0,
            has_erred: false,
            lies: Vec::new(),
        }
    }

    /// The core starts a call.
    pub(crate) fn start(
        &mut self,
        now: Millis,
        id: JobId,
        spec: &HttpCall,
        dice: &mut Dice,
    ) -> Result<(), String> {
        if id.0 <= self.last {
            return Err(format!("the name {id} was given to two jobs"));
        }
        self.last = id.0;
        let (delay, outcome) = self.answer(spec, dice);
        let due = now + Millis(delay.min(spec.timeout.0));
        let timed_out =
            JobOutcome::Failed { why: JobFailure::TimedOut, detail: "no answer in time".to_owned() };
        let outcome = if delay >= spec.timeout.0 { timed_out } else { outcome };
        self.jobs.push(Job { id, due, outcome, translates: is_for_people(spec) });
        Ok(())
    }

    /// The core does not want it any more.
    pub(crate) fn cancel(&mut self, id: JobId) -> Result<(), String> {
        let index = self.jobs.iter().position(|job| job.id == id);
        let index = index.ok_or_else(|| format!("{id} was cancelled, and is not under way"))?;
        self.jobs.remove(index);
        self.over.push(id);
        Ok(())
    }

    /// Translations under way.
    /// Nobody waits for anything any more, and jobs are counted anew.
    pub(crate) fn hang_up(&mut self) {
        self.jobs.clear();
        self.over.clear();
        self.last = 0;
    }

    pub(crate) fn translating(&self) -> usize {
        self.jobs.iter().filter(|job| job.translates).count()
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.jobs.is_empty()
    }

    /// When the next call ends.
    pub(crate) fn next_due(&self) -> Option<Millis> {
        self.jobs.iter().map(|job| job.due).min()
    }

    /// One call that has ended by now; which one of several is chance.
    pub(crate) fn take_due(&mut self, now: Millis, dice: &mut Dice) -> Option<(JobId, JobOutcome)> {
        let due: Vec<usize> = (0..self.jobs.len()).filter(|&index| self.jobs[index].due <= now).collect();
        let job = self.jobs.remove(dice.pick(&due)?);
        self.over.push(job.id);
        Some((job.id, job.outcome))
    }

    fn answer(&mut self, spec: &HttpCall, dice: &mut Dice) -> (u64, JobOutcome) {
        self.has_erred |= !matches!(self.weather, Weather::Fair | Weather::Slow);
        let soon = dice.between(1, 900);
        match self.weather {
            Weather::Fair => (soon, self.right(spec)),
            // Its model is slow, not Ollama itself.
            Weather::Slow if spec.path == "/api/generate" => (dice.between(5_000, 30_000), self.right(spec)),
            Weather::Slow => (soon, self.right(spec)),
            Weather::Garbage => (soon, self.garbage(spec, dice)),
            Weather::Broken => (soon, broken(dice)),
            Weather::Busy => (soon, answered(503, &json!({"error": "server busy"}))),
            Weather::Refusing => (soon.min(5), failed(JobFailure::Refused)),
            Weather::Silent => (u64::MAX, failed(JobFailure::TimedOut)),
            Weather::NoModel => (soon, self.without_model(spec)),
        }
    }

    fn right(&self, spec: &HttpCall) -> JobOutcome {
        match read(spec) {
            Call::Version => answered(200, &json!({"version": "0.12.6"})),
            Call::Tags => answered(200, &json!({"models": [{"name": format!("{}:latest", self.model)}]})),
            Call::Load => answered(200, &json!({"response": "", "done": true, "done_reason": "load"})),
            Call::Translate { text, to, asks_language, is_json } => {
                let from = words::language_of(&text).unwrap_or("en");
                said(&translation(&text, &to, from, asks_language, is_json))
            }
        }
    }

    fn without_model(&self, spec: &HttpCall) -> JobOutcome {
        match read(spec) {
            Call::Version => answered(200, &json!({"version": "0.12.6"})),
            Call::Tags => answered(200, &json!({"models": [{"name": "something-else:7b"}]})),
            _ => answered(404, &json!({"error": format!("model '{}' not found", self.model)})),
        }
    }

    fn garbage(&mut self, spec: &HttpCall, dice: &mut Dice) -> JobOutcome {
        let Call::Translate { text, to, asks_language, is_json } = read(spec) else {
            return self.right(spec);
        };
        let from = words::language_of(&text).unwrap_or("en");
        let right = words::translated(&text, &to);
        match dice.below(12) {
            0 => said(""),
            1 => said(&format!("Sure! Here is the translation: {right}\n\nLet me know if you need more!")),
            2 => said(&translation(&text, from, from, asks_language, is_json)),
            3 => {
                said(&translation(&text, if to == "ru" { "ja" } else { "ru" }, from, asks_language, is_json))
            }
            4 => answered(200, &json!({"response": right, "done": false})),
            5 => answered(200, &json!({"response": right, "done": true, "done_reason": "length"})),
            6 => JobOutcome::Answered(Answer::new(200, Bytes::from_static(b"<html>502</html>"))),
            7 => JobOutcome::Answered(Answer::new(200, Bytes::from_static(b"{\"response\":\"\xff"))),
            8 => said(&format!(
                "{{\"translation\": {}}}",
                json!(right.replace(|c: char| c.is_ascii_digit(), "7"))
            )),
            9 => answered(400, &json!({"error": "bad option"})),
            10 if asks_language => {
                let lie = dice.pick(&words::LANGUAGES).unwrap_or("en");
                self.lies.push(lie);
                said(&json!({"detected_language": lie, "translation": right}).to_string())
            }
            _ => said(&translation(&text, &to, from, asks_language, is_json)),
        }
    }
}

enum Call {
    Version,
    Tags,
    Load,
    Translate { text: String, to: String, asks_language: bool, is_json: bool },
}

/// A translation somebody waits for: a trial is part of a probe.
fn is_for_people(spec: &HttpCall) -> bool {
    is_translation(spec) && !spec.label.starts_with("trial ")
}

fn is_translation(spec: &HttpCall) -> bool {
    matches!(read(spec), Call::Translate { .. })
}

/// What a call asks for, from its path and body as Ollama would read them.
fn read(spec: &HttpCall) -> Call {
    match &*spec.path {
        "/api/version" => return Call::Version,
        "/api/tags" => return Call::Tags,
        _ => {}
    }
    let body: Value = serde_json::from_slice(&spec.body).unwrap_or_default();
    let Some(prompt) = body["prompt"].as_str() else { return Call::Load };
    let is_json = !body["format"].is_null();
    let text = if is_json {
        prompt
            .split_once("<message>\n")
            .and_then(|(_, rest)| rest.split_once("\n</message>"))
            .map(|(text, _)| text)
    } else {
        prompt.split_once("\n\n\n").map(|(_, text)| text)
    };
    // The language wanted is the last one named in brackets before the text.
    let head = if is_json { prompt.split(".\n<message>") } else { prompt.split(".\nProduce only") }.next();
    let to = head.and_then(|head| {
        let head = if is_json { head } else { head.split(" translator").next().unwrap_or(head) };
        let behind =
            |head: &str| head.rsplit_once('(').map(|(_, code)| code.trim_end_matches(')').to_owned());
        behind(head).or_else(|| {
            prompt.split_once("translator into ").and_then(|(_, rest)| behind(rest.split('.').next()?))
        })
    });
    Call::Translate {
        text: text.unwrap_or_default().to_owned(),
        to: to.unwrap_or_default(),
        asks_language: body["format"]["properties"]["detected_language"].is_object(),
        is_json,
    }
}

fn translation(text: &str, to: &str, from: &str, asks_language: bool, is_json: bool) -> String {
    let translation = words::translated(text, to);
    match (is_json, asks_language) {
        (true, true) => json!({"detected_language": from, "translation": translation}).to_string(),
        (true, false) => json!({"translation": translation}).to_string(),
        (false, _) => translation,
    }
}

fn said(response: &str) -> JobOutcome {
    answered(200, &json!({"response": response, "done": true, "done_reason": "stop"}))
}

fn answered(status: u16, body: &Value) -> JobOutcome {
    JobOutcome::Answered(Answer::new(status, body.to_string()))
}

fn failed(why: JobFailure) -> JobOutcome {
    JobOutcome::Failed { why, detail: "the virtual Ollama says so".to_owned() }
}

fn broken(dice: &mut Dice) -> JobOutcome {
    match dice.below(4) {
        0 => failed(JobFailure::Lost),
        1 => failed(JobFailure::TooLarge),
        2 => answered(502, &json!("bad gateway")),
        _ => answered(500, &json!({"error": "llama runner process has terminated"})),
    }
}
