//! A DeepL: takes XML that is well formed, and nothing else.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Call, Said, Speak, book};

pub(crate) struct DeepL {
    /// By their XML.
    pub(crate) translations: BTreeMap<String, String>,
    pub(crate) key: &'static str,
    /// Characters that were translated, and may be.
    pub(crate) used: (u64, u64),
    /// Answers so when asked for a translation.
    pub(crate) status: Option<u16>,
    /// With 429.
    pub(crate) retry_after: Option<&'static str>,
    /// Whether it drops the elements that it is to leave alone.
    pub(crate) loses_markers: bool,
}

impl DeepL {
    pub(crate) fn new(key: &'static str, pairs: &[(&str, &str)]) -> Self {
        let translations = book(pairs);
        Self { translations, key, used: (0, 500_000), status: None, retry_after: None, loses_markers: false }
    }

    fn translate(&self, body: &Value) -> Said {
        let variants = ["EN-GB", "ES", "PT-PT", "ZH-HANS"];
        let is_target = body["target_lang"].as_str().is_some_and(|target| variants.contains(&target));
        let is_xml = body["tag_handling"] == "xml" && body["ignore_tags"] == json!(["x"]);
        let text = body["text"][0].as_str().unwrap_or_default();
        if !is_target || !is_xml || !is_well_formed(text) {
            return Said::json(
                400,
                &json!({ "message": "Tag handling parsing failed, please check input." }),
            );
        }
        let translated = self.translations.get(text).map_or(text, String::as_str);
        let translated =
            if self.loses_markers { translated.replace("<x>0</x>", "") } else { translated.to_owned() };
        let source = body["source_lang"].as_str().unwrap_or("ES");
        let translation = json!({ "detected_source_language": source, "text": translated });
        Said::json(200, &json!({ "translations": [translation] }))
    }
}

impl Speak for DeepL {
    fn answer(&mut self, call: &Call) -> Said {
        if call.field("authorization") != format!("DeepL-Auth-Key {}", self.key) {
            return Said::json(403, &json!({ "message": "Forbidden" }));
        }
        match (&*call.what, self.status) {
            ("GET /v2/usage", _) => {
                Said::json(200, &json!({ "character_count": self.used.0, "character_limit": self.used.1 }))
            }
            ("POST /v2/translate", Some(429)) => {
                Said::limited(self.retry_after, &json!({ "message": "Too many requests" }))
            }
            ("POST /v2/translate", Some(status)) => Said::json(status, &json!({ "message": "no" })),
            ("POST /v2/translate", None) => self.translate(&call.body),
            _ => Said::text(404, ""),
        }
    }
}

/// Whether there are no tags but our own, each closed, and no bare `&`.
fn is_well_formed(xml: &str) -> bool {
    let bare = xml.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "");
    let (open, closed) = (bare.matches("<x>").count(), bare.matches("</x>").count());
    open == closed && !bare.replace("<x>", "").replace("</x>", "").contains(['<', '>', '&'])
}
