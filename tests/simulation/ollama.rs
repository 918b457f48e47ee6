//! The virtual Ollama: answers the calls of the core as the real one might, on a bad day too.

use dragoman::vocabulary::HttpCall;
use serde_json::{Value, json};

use super::dice::Dice;
use super::weather::{Reply, Sense, Weather, doubtful, nonsense, refused, right};
use super::words;

/// How it may be doing.
pub(crate) const WEATHERS: [Weather; 9] = [
    Weather::Fair,
    Weather::Slow,
    Weather::Garbage,
    Weather::Broken,
    Weather::OnePairBroken,
    Weather::Busy,
    Weather::Refusing,
    Weather::Silent,
    Weather::NoModel,
];

const NAME: &str = "ollama";

/// The answer on a good day.
pub(crate) fn answer(model: &str, spec: &HttpCall) -> Reply {
    match read(spec) {
        Call::Version => right(&json!({"version": "0.12.6"})),
        Call::Tags => right(&json!({"models": [{"name": format!("{model}:latest")}]})),
        Call::Load => right(&json!({"response": "", "done": true, "done_reason": "load"})),
        Call::Translate { text, to, asks_language, is_json } => {
            let from = words::language_of(&text).unwrap_or("en");
            said(&translation(&text, &to, from, asks_language, is_json), Sense::Right)
        }
    }
}

/// The answer on a day on which it answers, and does not translate.
pub(crate) fn refusal(model: &str, weather: Weather, spec: &HttpCall) -> Reply {
    if weather == Weather::Busy {
        return refused(503, &json!({"error": "server busy"}), Sense::Failed);
    }
    match read(spec) {
        Call::Version => right(&json!({"version": "0.12.6"})),
        Call::Tags => refused(200, &json!({"models": [{"name": "something-else:7b"}]}), Sense::Failed),
        _ => refused(404, &json!({"error": format!("model '{model}' not found")}), Sense::Failed),
    }
}

/// An answer that is worth nothing, but for one in twelve.
pub(crate) fn garbage(model: &str, spec: &HttpCall, dice: &mut Dice, lies: &mut Vec<&'static str>) -> Reply {
    let Call::Translate { text, to, asks_language, is_json } = read(spec) else {
        return answer(model, spec);
    };
    let from = words::language_of(&text).unwrap_or("en");
    let right = words::said_by(NAME, &text, &to);
    let said = |response: &str| said(response, Sense::Doubtful);
    match dice.below(12) {
        0 => said(""),
        1 => said(&format!("Sure! Here is the translation: {right}\n\nLet me know if you need more!")),
        2 => said(&translation(&text, from, from, asks_language, is_json)),
        3 => said(&translation(&text, if to == "ru" { "ja" } else { "ru" }, from, asks_language, is_json)),
        4 => doubtful(200, &json!({"response": right, "done": false})),
        5 => doubtful(200, &json!({"response": right, "done": true, "done_reason": "length"})),
        6 => nonsense(b"<html>502</html>"),
        7 => nonsense(b"{\"response\":\"\xff"),
        8 => said(&json!({"translation": right.replace(|c: char| c.is_ascii_digit(), "7")}).to_string()),
        9 => doubtful(400, &json!({"error": "bad option"})),
        10 if asks_language => {
            let lie = dice.pick(&words::LANGUAGES).unwrap_or("en");
            lies.push(lie);
            said(&json!({"detected_language": lie, "translation": right}).to_string())
        }
        _ => said(&translation(&text, &to, from, asks_language, is_json)),
    }
}

enum Call {
    Version,
    Tags,
    Load,
    Translate { text: String, to: String, asks_language: bool, is_json: bool },
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
    let (text, to) = read_wording(prompt, is_json);
    let asks_language = body["format"]["properties"]["detected_language"].is_object();
    Call::Translate { text, to, asks_language, is_json }
}

/// The text of a prompt, and the language that is wanted.
pub(crate) fn read_wording(prompt: &str, is_json: bool) -> (String, String) {
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
    (text.unwrap_or_default().to_owned(), to.unwrap_or_default())
}

fn translation(text: &str, to: &str, from: &str, asks_language: bool, is_json: bool) -> String {
    let translation = words::said_by(NAME, text, to);
    match (is_json, asks_language) {
        (true, true) => json!({"detected_language": from, "translation": translation}).to_string(),
        (true, false) => json!({"translation": translation}).to_string(),
        (false, _) => translation,
    }
}

fn said(response: &str, sense: Sense) -> Reply {
    refused(200, &json!({"response": response, "done": true, "done_reason": "stop"}), sense)
}
