//! A virtual Apertium: pipelines for a few pairs, which read and write its stream.

use bytes::Bytes;
use dragoman::vocabulary::{Answer, JobFailure, JobOutcome, PipelineCall, PipelineWork};

use super::dice::Dice;
use super::weather::{Reply, Sense, Weather, failed};
use super::words;

/// How it may be doing.
pub(crate) const WEATHERS: [Weather; 8] = [
    Weather::Fair,
    Weather::Slow,
    Weather::Garbage,
    Weather::Broken,
    Weather::OnePairBroken,
    Weather::Refusing,
    Weather::Silent,
    Weather::NoModel,
];

/// The pipelines that are installed: their names, and what they do. Nothing leads from Russian, nor to or from Japanese.
const INSTALLED: [(&str, &str, &str); 5] = [
    ("deu-eng", "de", "en"),
    ("eng-deu", "en", "de"),
    ("eng-por", "en", "pt"),
    ("eng-rus", "en", "ru"),
    ("por-eng", "pt", "en"),
];

const NAME: &str = "apertium";

/// Whether it has a pair. The longest way is over English.
pub(crate) fn covers(from: Option<&str>, to: &str) -> bool {
    let leads = |one: &str, other: &str| INSTALLED.iter().any(|it| (it.1, it.2) == (one, other));
    from.is_some_and(|from| from != to && (leads(from, to) || (leads(from, "en") && leads("en", to))))
}

/// The answer on a good day.
pub(crate) fn answer(spec: &PipelineCall) -> Reply {
    match &spec.work {
        PipelineWork::List => said(INSTALLED.map(|it| it.0).join("\n"), Sense::Right),
        PipelineWork::Run { chain, text } => match ends(chain) {
            Some((from, to)) => said(run(text, from, to), Sense::Right),
            None => failed(JobFailure::Lost),
        },
    }
}

/// The answer on a day on which its packages are gone.
pub(crate) fn refusal(spec: &PipelineCall) -> Reply {
    match &spec.work {
        PipelineWork::List => said(String::new(), Sense::Failed),
        PipelineWork::Run { .. } => failed(JobFailure::Refused),
    }
}

/// An answer that is worth nothing.
pub(crate) fn garbage(spec: &PipelineCall, dice: &mut Dice) -> Reply {
    let PipelineWork::Run { text, .. } = &spec.work else { return answer(spec) };
    match dice.below(4) {
        0 => said(unknown(text), Sense::Doubtful),
        1 => said(text.clone(), Sense::Doubtful),
        2 => said(String::new(), Sense::Doubtful),
        _ => (JobOutcome::Answered(Answer::new(200, Bytes::from_static(b"\xff\xfe"))), Sense::Doubtful),
    }
}

/// From which language a chain leads, and into which.
fn ends(chain: &[String]) -> Option<(&'static str, &'static str)> {
    let of = |name: &String| INSTALLED.iter().find(|it| it.0 == name);
    let (first, last) = (of(chain.first()?)?, of(chain.last()?)?);
    Some((first.1, last.2))
}

/// What is in another language than it should be has no word that is known.
fn run(text: &str, from: &str, to: &str) -> String {
    let translated = words::rendered(NAME, text, from, to);
    if translated == text { unknown(text) } else { translated }
}

fn unknown(text: &str) -> String {
    text.split(' ').map(|word| format!("*{word}")).collect::<Vec<_>>().join(" ")
}

fn said(text: String, sense: Sense) -> Reply {
    (JobOutcome::Answered(Answer::new(200, text)), sense)
}
