//! The bytes of DeepL's HTTP API (v2): the calls we make, and what their answers mean.
//!
//! Every character is paid for, so a text is asked for in one way only. It goes as XML, in which a marker is an element that
//! DeepL does not touch (`xml`).

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::check::{self, Rejection};
use super::format::{Format, Probed};
use super::pairs::Pair;
use super::prompt::{Mode, Question};
use super::retry_after::said_by;
use super::verdict::Verdict;
use crate::config::Config;
use crate::vocabulary::{Answer, Credential, HttpCall, JobOutcome, JobSpec, Language, Millis, Service};

mod xml;

/// For a call that translates nothing; it goes to the other side of the world.
const PROBE_TIMEOUT: Millis = Millis::from_secs(10);

/// Our code, DeepL's as a source, and DeepL's as a target: some want a variant there. Those that it has only as an
/// experiment are not here.
const LANGUAGES: [(&str, &str, &str); 34] = [
    ("ar", "AR", "AR"),
    ("bg", "BG", "BG"),
    ("cs", "CS", "CS"),
    ("da", "DA", "DA"),
    ("de", "DE", "DE"),
    ("el", "EL", "EL"),
    ("en", "EN", "EN-GB"),
    ("es", "ES", "ES"),
    ("et", "ET", "ET"),
    ("fi", "FI", "FI"),
    ("fr", "FR", "FR"),
    ("he", "HE", "HE"),
    ("hu", "HU", "HU"),
    ("id", "ID", "ID"),
    ("it", "IT", "IT"),
    ("ja", "JA", "JA"),
    ("ko", "KO", "KO"),
    ("lt", "LT", "LT"),
    ("lv", "LV", "LV"),
    ("nb", "NB", "NB"),
    ("nl", "NL", "NL"),
    ("pl", "PL", "PL"),
    ("pt", "PT", "PT-PT"),
    ("ro", "RO", "RO"),
    ("ru", "RU", "RU"),
    ("sk", "SK", "SK"),
    ("sl", "SL", "SL"),
    ("sv", "SV", "SV"),
    ("th", "TH", "TH"),
    ("tr", "TR", "TR"),
    ("uk", "UK", "UK"),
    ("vi", "VI", "VI"),
    ("zh", "ZH", "ZH-HANS"),
    ("zh-Hant", "ZH", "ZH-HANT"),
];

/// DeepL, of which nothing needs to be remembered.
#[derive(Debug, Default)]
pub struct DeepL;

/// Body of `/v2/translate`.
#[derive(Serialize)]
struct Translate<'a> {
    text: [&'a str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    source_lang: Option<&'static str>,
    target_lang: &'static str,
    preserve_formatting: bool,
    tag_handling: &'static str,
    ignore_tags: [&'static str; 1],
    formality: &'static str,
}

impl Format for DeepL {
    fn covers(&self, (from, to): Pair) -> bool {
        // Both are Chinese to it.
        let is_change = from.is_none_or(|from| source(from) != source(to));
        is_change && from.is_none_or(|from| source(from).is_some()) && target(to).is_some()
    }

    fn modes(&self, _: &Config) -> &'static [Mode] {
        &[Mode::Marked]
    }

    fn translate(&self, config: &Config, ask: &Question) -> JobSpec {
        let text = xml::write(ask.masked().text());
        let request = Translate {
            text: [&text],
            source_lang: ask.from.and_then(source),
            target_lang: target(ask.to).unwrap_or_default(),
            preserve_formatting: true,
            tag_handling: "xml",
            ignore_tags: ["x"],
            formality: config.deepl_formality.word(),
        };
        // Strings always serialise; were it otherwise, DeepL would say 400.
        let body = serde_json::to_vec(&request).unwrap_or_default();
        let timeout = config.job_timeout_ms;
        let call = HttpCall::post(ask.label(), Service::DEEPL, "/v2/translate", Bytes::from(body), timeout);
        JobSpec::Http(with_key(call))
    }

    fn judge(&mut self, config: &Config, ask: &Question, outcome: &JobOutcome) -> Verdict {
        let answer = match outcome {
            JobOutcome::Answered(answer) => answer,
            JobOutcome::Failed { why, .. } => return Verdict::of_failure(*why),
        };
        match answer.status {
            200 => translated(config, ask, &answer.body),
            401 | 403 => Verdict::Unauthorized,
            413 | 414 => Verdict::Rejected(Rejection::TooLong),
            429 => Verdict::Limited { retry_after: said_by(answer) },
            456 => Verdict::Quota,
            400..=499 => Verdict::BadRequest,
            503 | 529 => Verdict::Busy,
            _ => Verdict::Broken,
        }
    }

    fn begin_probe(&mut self, _: &Config, _: bool) -> JobSpec {
        let call = HttpCall::get("usage".to_owned(), Service::DEEPL, "/v2/usage", PROBE_TIMEOUT);
        JobSpec::Http(with_key(call))
    }

    fn on_probe(&mut self, _: &Config, outcome: &JobOutcome) -> Probed {
        let JobOutcome::Answered(Answer { status, body, .. }) = outcome else { return Probed::Down };
        match status {
            200 => match serde_json::from_slice::<Usage>(body) {
                Ok(usage) if usage.is_used_up() => Probed::Quota,
                Ok(_) => Probed::Well,
                Err(_) => Probed::Down,
            },
            401 | 403 => Probed::Unauthorized,
            429 => Probed::Well,
            456 => Probed::Quota,
            _ => Probed::Down,
        }
    }

    /// The quota is one of a month: an hour is soon enough.
    fn quota_pause(&self) -> Millis {
        Millis::from_secs(3600)
    }

    fn pairs(&self, config: &Config) -> (usize, usize) {
        let covered = super::pairs::count(&config.languages.0, |pair| self.covers(pair));
        (covered, covered)
    }
}

fn source(language: Language) -> Option<&'static str> {
    LANGUAGES.into_iter().find(|(code, ..)| *code == language.code()).map(|(_, source, _)| source)
}

fn target(language: Language) -> Option<&'static str> {
    LANGUAGES.into_iter().find(|(code, ..)| *code == language.code()).map(|(.., target)| target)
}

fn with_key(call: HttpCall) -> HttpCall {
    HttpCall { credential: Some(Credential::Configured("deepl")), ..call }
}

/// Body of an answer of `/v2/usage`; a contract without a limit names none.
#[derive(Deserialize)]
struct Usage {
    character_count: u64,
    #[serde(default)]
    character_limit: Option<u64>,
}

impl Usage {
    fn is_used_up(&self) -> bool {
        self.character_limit.is_some_and(|limit| self.character_count >= limit)
    }
}

/// Body of an answer of `/v2/translate`.
#[derive(Deserialize)]
struct Translated {
    translations: Vec<Translation>,
}

#[derive(Deserialize)]
struct Translation {
    text: String,
    #[serde(default)]
    detected_source_language: Option<String>,
}

fn translated(config: &Config, ask: &Question, body: &[u8]) -> Verdict {
    let Ok(Translated { translations }) = serde_json::from_slice(body) else { return Verdict::Broken };
    let [Translation { text, detected_source_language }] = &translations[..] else { return Verdict::Broken };
    let said = detected_source_language.as_deref();
    Verdict::of_belief(check::believe_bare(ask, &config.languages.0, &xml::read(text), said))
}

#[cfg(test)]
mod tests;
