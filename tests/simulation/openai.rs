//! A virtual server with the API of OpenAI: answers as such servers do, each on its own bad days.

use dragoman::vocabulary::HttpCall;
use serde_json::{Value, json};

use super::dice::Dice;
use super::ollama::read_wording;
use super::weather::{Reply, Sense, Weather, doubtful, limited, nonsense, refused, right};
use super::words;

/// How it may be doing.
pub(crate) const WEATHERS: [Weather; 13] = [
    Weather::Fair,
    Weather::Slow,
    Weather::Garbage,
    Weather::Broken,
    Weather::OnePairBroken,
    Weather::Busy,
    Weather::Limited,
    Weather::Quota,
    Weather::Unauthorized,
    Weather::Loading,
    Weather::Refusing,
    Weather::Silent,
    Weather::NoModel,
];

/// The model it has.
pub(crate) const MODEL: &str = "small";

const NAME: &str = "openai";

/// What a call asks to be translated.
struct Asked {
    text: String,
    to: String,
    is_json: bool,
    /// Whether the answer is forced into a form.
    is_forced: bool,
}

/// `None` for a look at what there is.
fn read(spec: &HttpCall) -> Option<Asked> {
    let body: Value = serde_json::from_slice(&spec.body).ok()?;
    let wording = body["messages"].as_array()?.last()?["content"].as_str()?;
    let is_json = wording.contains("<message>\n");
    let (text, to) = read_wording(wording, is_json);
    Some(Asked { text, to, is_json, is_forced: body.get("response_format").is_some() })
}

/// The answer on a good day.
pub(crate) fn answer(spec: &HttpCall) -> Reply {
    match read(spec) {
        None => right(&json!({"object": "list", "data": [{"id": MODEL}]})),
        Some(asked) => said(&translation(&asked, &asked.to), Sense::Right),
    }
}

/// The answer on a day on which it answers, and does not translate.
pub(crate) fn refusal(weather: Weather, spec: &HttpCall, dice: &mut Dice) -> Reply {
    let fault = |kind: &str, code: Value| json!({"error": {"message": "no", "type": kind, "code": code}});
    match weather {
        Weather::Limited => limited(&fault("requests", json!("rate_limit_exceeded")), dice),
        Weather::Quota => {
            refused(429, &fault("insufficient_quota", json!("insufficient_quota")), Sense::Quota)
        }
        Weather::Unauthorized => {
            let status = if dice.percent(50) { 401 } else { 403 };
            refused(status, &fault("invalid_request_error", json!("invalid_api_key")), Sense::Unauthorized)
        }
        Weather::Loading => {
            let loading =
                json!({"error": {"message": "Loading model", "type": "unavailable_error", "code": 503}});
            refused(503, &loading, Sense::Failed)
        }
        Weather::NoModel if read(spec).is_none() => {
            refused(200, &json!({"data": [{"id": "large"}, {"id": "larger"}]}), Sense::Failed)
        }
        Weather::NoModel => refused(404, &fault("not_found_error", json!("model_not_found")), Sense::Failed),
        _ => refused(503, &json!({"error": "too many wait"}), Sense::Failed),
    }
}

/// An answer that is worth nothing, but for one in twelve.
pub(crate) fn garbage(spec: &HttpCall, dice: &mut Dice) -> Reply {
    let Some(asked) = read(spec) else { return answer(spec) };
    let right = translation(&asked, &asked.to);
    let content = |content: Value, reason: &str| {
        let message = json!({"role": "assistant", "content": content});
        doubtful(200, &json!({"choices": [{"message": message, "finish_reason": reason}]}))
    };
    let said = |text: &str| said(text, Sense::Doubtful);
    match dice.below(12) {
        0 => content(json!(right), "length"),
        1 => content(json!(right), "content_filter"),
        2 => content(Value::Null, "stop"),
        3 => said(&translation(&asked, words::language_of(&asked.text).unwrap_or("en"))),
        4 => said(&translation(&asked, if asked.to == "ru" { "ja" } else { "ru" })),
        5 => said(&right.replace(|c: char| c.is_ascii_digit(), "7")),
        6 => nonsense(b"<html>502</html>"),
        7 => doubtful(200, &json!({"choices": []})),
        // It does not take a request as it is: there are other ways of asking, and an end to them.
        8 if asked.is_forced => {
            doubtful(400, &json!({"error": "'response_format.type' must be 'json_schema' or 'text'"}))
        }
        8 => doubtful(400, &json!({"error": {"message": "unsupported", "param": "temperature"}})),
        9 => doubtful(400, &json!({"object": "error", "message": "the context is too long"})),
        10 => {
            let message = json!({"role": "assistant", "content": Value::Null, "refusal": "I will not."});
            doubtful(200, &json!({"choices": [{"message": message, "finish_reason": "stop"}]}))
        }
        _ => said(&right),
    }
}

fn translation(asked: &Asked, to: &str) -> String {
    let translation = words::said_by(NAME, &asked.text, to);
    let from = words::language_of(&asked.text).unwrap_or("en");
    match asked.is_json {
        true => json!({"detected_language": from, "translation": translation}).to_string(),
        false => translation,
    }
}

fn said(content: &str, sense: Sense) -> Reply {
    let message =
        json!({"role": "assistant", "content": content, "reasoning_content": "Hm.", "refusal": null});
    refused(200, &json!({"choices": [{"message": message, "finish_reason": "stop"}]}), sense)
}
