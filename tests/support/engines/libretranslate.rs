//! A LibreTranslate: squeezes markers and turns entities into characters, as the real one does.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Call, Said, Speak, book};

/// A way to go wrong when asked for a translation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A picture instead of a translation, for a caller without the secret.
    Picture,
    /// This status, with a reason in the language of the caller.
    Status(u16),
}

pub(crate) struct LibreTranslate {
    pub(crate) translations: BTreeMap<String, String>,
    pub(crate) key: Option<&'static str>,
    /// How sure it is of a language, in percent; of none it is English.
    pub(crate) confidence: f64,
    /// Characters of a text at most.
    pub(crate) chars_max: usize,
    pub(crate) fault: Option<Fault>,
}

impl LibreTranslate {
    /// Spanish and English, and Chinese by its newer code.
    pub(crate) fn new(pairs: &[(&str, &str)]) -> Self {
        Self { translations: book(pairs), key: None, confidence: 90.0, chars_max: 1000, fault: None }
    }

    fn refuse(status: u16) -> Said {
        Said::json(status, &json!({ "error": "Solicitud no válida" }))
    }

    /// Whether this caller may ask: without a key that is wanted it is another refusal than with a wrong one.
    fn admit(&self, body: &Value) -> Option<Said> {
        match (self.key, body["api_key"].as_str()) {
            (None, _) => None,
            (Some(_), None) => Some(Self::refuse(400)),
            (Some(key), Some(brought)) => (key != brought).then(|| Self::refuse(403)),
        }
    }

    fn translate(&self, body: &Value) -> Said {
        let (source, target) =
            (body["source"].as_str().unwrap_or_default(), body["target"].as_str().unwrap_or_default());
        let known = ["en", "es", "zh-Hans"];
        if !(known.contains(&source) || source == "auto") || !known.contains(&target) {
            return Self::refuse(400);
        }
        let is_list = body["q"].is_array();
        let texts: Vec<&str> = match &body["q"] {
            Value::Array(texts) => texts.iter().filter_map(Value::as_str).collect(),
            text => text.as_str().into_iter().collect(),
        };
        if texts.is_empty() || texts.iter().map(|text| text.chars().count()).sum::<usize>() > self.chars_max {
            return Self::refuse(400);
        }
        let translated: Vec<String> = texts.into_iter().map(|text| self.translated(text)).collect();
        let mut answer = json!({ "alternatives": [] });
        answer["translatedText"] = if is_list { json!(translated) } else { json!(translated[0]) };
        if source == "auto" {
            let code = if self.confidence > 0.0 { "es" } else { "en" };
            let detected = json!({ "confidence": self.confidence, "language": code });
            answer["detectedLanguage"] =
                if is_list { json!(vec![detected; translated.len()]) } else { detected };
        }
        Said::json(200, &answer)
    }

    fn translated(&self, text: &str) -> String {
        if self.fault == Some(Fault::Picture) {
            return "😀".to_owned();
        }
        let translated = self.translations.get(text).map_or(text, String::as_str);
        translated.replace("[[", "[ [").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    }
}

impl Speak for LibreTranslate {
    fn answer(&mut self, call: &Call) -> Said {
        match (&*call.what, self.fault) {
            ("GET /languages", _) => {
                let targets = ["en", "es", "zh-Hans"];
                let row = |code: &str| json!({ "code": code, "name": code, "targets": targets });
                Said::json(200, &json!(targets.map(row)))
            }
            ("POST /detect" | "POST /translate", _) if self.admit(&call.body).is_some() => {
                self.admit(&call.body).unwrap_or(Said::Close)
            }
            ("POST /detect", _) => Said::json(200, &json!([{ "confidence": 90.0, "language": "en" }])),
            ("POST /translate", Some(Fault::Status(status))) => Self::refuse(status),
            ("POST /translate", _) => self.translate(&call.body),
            _ => Said::text(404, "<html>"),
        }
    }
}
