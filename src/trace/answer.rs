//! Answers of Ollama in shorthand, for people who write traces by hand: what the model said, without the two layers of
//! JSON around it. Recorded traces show the bytes themselves.

use serde_json::json;

use super::text::{named, nothing_behind, unquote, word};
use crate::vocabulary::{Answer, Event, JobId, JobOutcome};

/// `"Where is my parcel?" detected=pt`, or `plain "…"` for words that are not the JSON that was asked for.
pub(super) fn answer(job: JobId, text: &str) -> Result<Event<'static>, String> {
    let (is_plain, text) = match word(text) {
        ("plain", rest) => (true, rest),
        _ => (false, text),
    };
    let (words, rest) = unquote(text)?;
    let words = String::from_utf8(words).map_err(|_| "what a model says must be UTF-8")?;
    let response = match (is_plain, rest) {
        (true, rest) => nothing_behind(rest).map(|()| words)?,
        (false, "") => json!({ "translation": words }).to_string(),
        (false, rest) => {
            let detected = detected(rest)?;
            json!({ "detected_language": detected, "translation": words }).to_string()
        }
    };
    Ok(done(job, &json!({ "response": response, "done": true, "done_reason": "stop" })))
}

/// A word, or a whole sentence in quotes: models answer with those, too.
fn detected(text: &str) -> Result<String, String> {
    let (language, rest) = match text.strip_prefix("detected=") {
        Some(quoted) if quoted.starts_with('"') => {
            let (bytes, rest) = unquote(quoted)?;
            (String::from_utf8(bytes).map_err(|_| "what a model says must be UTF-8")?, rest)
        }
        _ => named(text, "detected").map(|(word, rest)| (word.to_owned(), rest))?,
    };
    nothing_behind(rest)?;
    Ok(language)
}

/// The ends of the calls with which the translator begins: somebody answers, has the model, and has it in memory.
pub(super) fn ready() -> [Event<'static>; 3] {
    [
        done(JobId(1), &json!({ "version": "0.9.0" })),
        done(JobId(2), &json!({ "models": [{ "name": "llama3.2:latest" }] })),
        done(JobId(3), &json!({ "response": "", "done": true, "done_reason": "load" })),
    ]
}

fn done(job: JobId, body: &serde_json::Value) -> Event<'static> {
    Event::JobDone { job, outcome: JobOutcome::Answered(Answer::new(200, body.to_string())) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::translate::ollama::judge;
    use crate::translate::prompt::{Ask, Mode};
    use crate::translate::verdict::Verdict;
    use crate::vocabulary::Language;

    fn verdict(from: Option<Language>, mode: Mode, text: &str) -> Verdict {
        let Ok(Event::JobDone { outcome, .. }) = answer(JobId(4), text) else {
            panic!("{text} cannot be read")
        };
        let ask = Ask { text: "Onde está o meu pacote?".into(), from, to: Language::ENGLISH, mode }.into();
        judge(&ask, &Language::all().collect::<Vec<_>>(), &outcome)
    }

    #[test]
    fn an_answer_is_what_the_translator_understands() {
        let portuguese = Language::parse("pt");
        let translated =
            |detected| Verdict::Translated { text: "Where is \"my\" parcel?".to_owned(), detected };
        let said = "\"Where is \\\"my\\\" parcel?\"";
        assert_eq!(verdict(portuguese, Mode::Json, said), translated(None));
        assert_eq!(verdict(None, Mode::Json, &format!("{said} detected=pt")), translated(portuguese));
        assert_eq!(
            verdict(None, Mode::Json, &format!("{said} detected=\"I am not sure.\"")),
            translated(None)
        );
        assert_eq!(verdict(portuguese, Mode::Plain, &format!("plain {said}")), translated(None));
        for wrong in ["", "Where", "\"a\" b", "\"a\" detected=pt b", "plain \"a\" detected=pt"] {
            assert!(answer(JobId(4), wrong).is_err(), "{wrong}");
        }
    }
}
