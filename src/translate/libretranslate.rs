//! The bytes of LibreTranslate's HTTP API: the calls we make, and what their answers mean.
//!
//! It translates word by word what it gets and says in the language of the caller what it does not like, so refusals are
//! judged by their status alone. What it may not be trusted with: markers, which it squeezes (then the pieces between them
//! are sent instead); entities such as `&lt;`, which come back as the character; a language it was to find out, which is
//! English where it cannot tell; and a caller it does not like, who gets a picture for a translation. Codes of languages are
//! in `codes`, the text as it is sent in `pieces`.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::check::{self, Rejection};
use super::format::{Format, Probed};
use super::letters::is_letter;
use super::pairs::Pair;
use super::prompt::{Mode, Question};
use super::retry_after::said_by;
use super::verdict::Verdict;
use crate::config::Config;
use crate::vocabulary::{Answer, Credential, HttpCall, JobOutcome, JobSpec, Millis, Service};

mod codes;
mod pieces;

use codes::Codes;
use pieces::Pieces;

/// For calls that translate nothing.
const PROBE_TIMEOUT: Millis = Millis::from_secs(5);
/// Percent from which on it is believed which language a text is in.
const CONFIDENCE_MIN: f64 = 50.0;
/// What a probe asks the language of, to see whether we may ask.
const PROBE_TEXT: &str = "Good morning!";

/// What is known of the server.
#[derive(Debug, Default)]
pub struct LibreTranslate {
    /// The pairs it has; nothing before it was asked.
    codes: Option<Codes>,
    /// Whether it has shown that we may ask. A 400 is about the text from then on.
    admits_us: bool,
    /// Whether the next answer to a probe is to the question whether we may ask.
    is_trying_key: bool,
}

/// Body of `/translate`. The key is added by the shell.
#[derive(Serialize)]
struct Translate<'a> {
    q: Text<'a>,
    source: &'a str,
    target: &'a str,
    format: &'static str,
    alternatives: u8,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Text<'a> {
    One(&'a str),
    Several(Vec<&'a str>),
}

/// Body of `/detect`.
#[derive(Serialize)]
struct Detect {
    q: &'static str,
}

impl Format for LibreTranslate {
    fn covers(&self, (from, to): Pair) -> bool {
        // Before it has said what it has, it is asked.
        self.codes.as_ref().is_none_or(|codes| codes.find(from, to).is_some())
    }

    fn modes(&self, _: &Config) -> &'static [Mode] {
        &[Mode::Marked, Mode::Pieces]
    }

    fn translate(&self, config: &Config, ask: &Question) -> JobSpec {
        let pieces = Pieces::of(&ask.masked());
        let (source, target) = self.codes_for(ask);
        let q =
            if ask.mode == Mode::Pieces { Text::Several(pieces.words()) } else { Text::One(pieces.whole()) };
        let body = Translate { q, source: &source, target: &target, format: "text", alternatives: 0 };
        post(config, ask.label(), "/translate", &body, config.job_timeout_ms)
    }

    fn judge(&mut self, config: &Config, ask: &Question, outcome: &JobOutcome) -> Verdict {
        let answer = match outcome {
            JobOutcome::Answered(answer) => answer,
            JobOutcome::Failed { why, .. } => return Verdict::of_failure(*why),
        };
        match answer.status {
            200 => translated(config, ask, &answer.body),
            // The pair is one it has named, and the key is right: the text is too long for it.
            400 if self.admits_us => Verdict::Rejected(Rejection::TooLong),
            413 => Verdict::Rejected(Rejection::TooLong),
            401 | 403 => Verdict::Unauthorized,
            429 => Verdict::Limited { retry_after: said_by(answer) },
            400..=499 => Verdict::BadRequest,
            503 => Verdict::Busy,
            _ => Verdict::Broken,
        }
    }

    fn begin_probe(&mut self, _: &Config, _: bool) -> JobSpec {
        self.is_trying_key = false;
        let call =
            HttpCall::get("languages".to_owned(), Service::LIBRETRANSLATE, "/languages", PROBE_TIMEOUT);
        JobSpec::Http(call)
    }

    fn on_probe(&mut self, config: &Config, outcome: &JobOutcome) -> Probed {
        let JobOutcome::Answered(Answer { status, body, .. }) = outcome else { return Probed::Down };
        if std::mem::take(&mut self.is_trying_key) {
            return self.on_key_tried(*status);
        }
        match status {
            200 => {
                let Some(codes) = Codes::read(body) else { return Probed::Down };
                self.codes = Some(codes);
                self.is_trying_key = true;
                // The list is for everybody. Whether we may translate shows a call that costs next to nothing.
                let body = Detect { q: PROBE_TEXT };
                Probed::Next(post(config, "detect".to_owned(), "/detect", &body, PROBE_TIMEOUT))
            }
            401 | 403 => Probed::Unauthorized,
            _ => Probed::Down,
        }
    }

    fn pairs(&self, config: &Config) -> (usize, usize) {
        let known =
            |pair: Pair| self.codes.as_ref().is_some_and(|codes| codes.find(pair.0, pair.1).is_some());
        let covered = super::pairs::count(&config.languages.0, known);
        (covered, covered)
    }
}

impl LibreTranslate {
    fn on_key_tried(&mut self, status: u16) -> Probed {
        match status {
            // Too often, but not by a stranger.
            200 | 429 => {
                self.admits_us = true;
                Probed::Well
            }
            // A key is wanted that we do not have, or ours is wrong.
            400 | 401 | 403 => {
                self.admits_us = false;
                Probed::Unauthorized
            }
            _ => Probed::Down,
        }
    }

    /// What the languages of a text are called there.
    fn codes_for(&self, ask: &Question) -> (String, String) {
        let listed = self.codes.as_ref().and_then(|codes| codes.find(ask.from, ask.to));
        listed.unwrap_or_else(|| codes::usual(ask.from, ask.to))
    }
}

fn post(
    config: &Config,
    label: String,
    path: &'static str,
    body: &impl Serialize,
    timeout: Millis,
) -> JobSpec {
    // Strings and numbers always serialise; were it otherwise, the server would say 400.
    let body = serde_json::to_vec(body).unwrap_or_default();
    let call = HttpCall::post(label, Service::LIBRETRANSLATE, path, Bytes::from(body), timeout);
    let credential = config.libretranslate_key.is_some().then_some(Credential::Configured("libretranslate"));
    JobSpec::Http(HttpCall { credential, ..call })
}

/// One, or one for each piece.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore<T> {
    One(T),
    More(Vec<T>),
}

impl<T> OneOrMore<T> {
    fn into_vec(self) -> Vec<T> {
        match self {
            Self::One(one) => vec![one],
            Self::More(more) => more,
        }
    }
}

/// Body of an answer of `/translate`.
#[derive(Deserialize)]
struct Translated {
    #[serde(rename = "translatedText")]
    text: OneOrMore<String>,
    /// Only where it was to find out.
    #[serde(rename = "detectedLanguage", default)]
    detected: Option<OneOrMore<Detected>>,
}

#[derive(Deserialize)]
struct Detected {
    language: String,
    confidence: f64,
}

fn translated(config: &Config, ask: &Question, body: &[u8]) -> Verdict {
    let Ok(Translated { text, detected }) = serde_json::from_slice(body) else { return Verdict::Broken };
    let source = match (ask.from, detected) {
        (Some(_), _) => None,
        (None, detected) => match surest(detected.map(OneOrMore::into_vec).unwrap_or_default()) {
            Some(detected) => Some(detected.language),
            None => return Verdict::Rejected(Rejection::UnknownSource),
        },
    };
    let pieces = Pieces::of(&ask.masked());
    let answer = match (ask.mode, text) {
        (Mode::Pieces, text) => pieces.join(&text.into_vec()),
        (_, OneOrMore::One(text)) => pieces.keeps_entities(&text).then_some(text),
        (_, OneOrMore::More(_)) => return Verdict::Broken,
    };
    let Some(answer) = answer else { return Verdict::Rejected(Rejection::Markers) };
    // Who does not bring the secret it wants gets 200 and a picture. No text with words is translated into none.
    if !answer.chars().any(is_letter) {
        return Verdict::Rejected(Rejection::Empty);
    }
    Verdict::of_belief(check::believe_bare(ask, &config.languages.0, &answer, source.as_deref()))
}

/// The language of a text by those of its pieces: the surest, if it is sure enough.
fn surest(detected: Vec<Detected>) -> Option<Detected> {
    let sure = detected.into_iter().filter(|it| it.confidence >= CONFIDENCE_MIN);
    sure.max_by(|one, other| one.confidence.total_cmp(&other.confidence))
}

#[cfg(test)]
mod tests;
