//! A virtual LibreTranslate: has some pairs and not others, and does what the real one was seen to do.

use dragoman::vocabulary::HttpCall;
use serde_json::{Value, json};

use super::dice::Dice;
use super::weather::{Reply, Sense, Weather, doubtful, limited, nonsense, refused, right};
use super::words;

/// How it may be doing.
pub(crate) const WEATHERS: [Weather; 10] = [
    Weather::Fair,
    Weather::Slow,
    Weather::Garbage,
    Weather::Broken,
    Weather::OnePairBroken,
    Weather::Busy,
    Weather::Limited,
    Weather::Unauthorized,
    Weather::Refusing,
    Weather::Silent,
];

/// Languages it has, each into each of the others.
const LANGUAGES: [&str; 4] = ["en", "pt", "de", "ru"];

const NAME: &str = "libretranslate";

/// Whether it has a pair; the source may be unknown.
pub(crate) fn covers(from: Option<&str>, to: &str) -> bool {
    from.is_none_or(|from| LANGUAGES.contains(&from)) && LANGUAGES.contains(&to)
}

/// What a call asks to be translated.
struct Asked {
    /// In pieces, if so.
    q: Value,
    from: String,
    to: String,
}

fn read(spec: &HttpCall) -> Option<Asked> {
    let body: Value = serde_json::from_slice(&spec.body).unwrap_or_default();
    let word = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    (spec.path == "/translate").then(|| Asked {
        q: body["q"].clone(),
        from: word("source"),
        to: word("target"),
    })
}

impl Asked {
    /// The answer, with everything rendered into a language.
    fn rendered(&self, to: &str, confidence: u32) -> Value {
        let all = match &self.q {
            Value::Array(pieces) => pieces.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
            whole => whole.as_str().unwrap_or_default().to_owned(),
        };
        let found = words::language_of(&all).unwrap_or("en");
        let from = if self.from == "auto" { found } else { &self.from };
        let render = |piece: &Value| words::rendered(NAME, piece.as_str().unwrap_or_default(), from, to);
        let text = match &self.q {
            Value::Array(pieces) => pieces.iter().map(render).collect::<Vec<_>>().into(),
            whole => Value::from(render(whole)),
        };
        let mut answer = json!({"translatedText": text});
        if self.from == "auto" {
            answer["detectedLanguage"] = json!({"language": found, "confidence": confidence});
        }
        answer
    }

    fn is_covered(&self) -> bool {
        covers(Some(self.from.as_str()).filter(|from| *from != "auto"), &self.to)
    }
}

fn look(spec: &HttpCall) -> Reply {
    if spec.path == "/detect" {
        return right(&json!([{"language": "en", "confidence": 90}]));
    }
    let row = |code: &&str| json!({"code": code, "name": code, "targets": LANGUAGES});
    right(&LANGUAGES.iter().map(row).collect::<Vec<_>>().into())
}

/// The answer on a good day.
pub(crate) fn answer(spec: &HttpCall) -> Reply {
    match read(spec) {
        None => look(spec),
        Some(asked) if asked.is_covered() => right(&asked.rendered(&asked.to, 90)),
        Some(_) => doubtful(400, &json!({"error": "nicht unterstützt"})),
    }
}

/// The answer on a day on which it answers, and does not translate.
pub(crate) fn refusal(weather: Weather, spec: &HttpCall, dice: &mut Dice) -> Reply {
    match weather {
        // What it has everybody may know.
        _ if spec.path == "/languages" && weather != Weather::Busy => look(spec),
        Weather::Limited => limited(&json!({"error": "langsamer"}), dice),
        Weather::Unauthorized => refused(403, &json!({"error": "falscher Schlüssel"}), Sense::Unauthorized),
        _ => refused(503, &json!({"error": "zu viele"}), Sense::Failed),
    }
}

/// An answer that is worth nothing, but for one in eight.
pub(crate) fn garbage(spec: &HttpCall, dice: &mut Dice) -> Reply {
    let Some(asked) = read(spec).filter(Asked::is_covered) else { return answer(spec) };
    let right = asked.rendered(&asked.to, 90);
    match dice.below(8) {
        // A caller whom it does not like.
        0 => doubtful(200, &json!({"translatedText": "🤫"})),
        // What it cannot tell is English to it.
        1 if asked.from == "auto" => doubtful(200, &asked.rendered(&asked.to, 0)),
        2 => doubtful(200, &json!({"translatedText": asked.q})),
        3 => doubtful(200, &asked.rendered(if asked.to == "ru" { "de" } else { "ru" }, 90)),
        4 => doubtful(200, &json!({"translatedText": ["one", "too", "many"]})),
        5 => nonsense(b"<html>502</html>"),
        6 => doubtful(400, &json!({"error": "zu lang"})),
        _ => doubtful(200, &right),
    }
}
