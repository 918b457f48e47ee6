//! What a refusal says. Every server has a form of its own: `{"error":"…"}`, `{"error":{"message","type","param","code"}}`,
//! `{"object":"error","message",…}`, `{"detail":…}`; the code is a number or a word.

use serde_json::Value;

/// A refusal, as far as it can be read; in lower case.
#[derive(Debug, Default)]
pub(super) struct Fault {
    message: String,
    kind: String,
    param: String,
    code: String,
}

/// Bytes of a refusal that are read where it is no JSON.
const TEXT_BYTES_MAX: usize = 4096;

impl Fault {
    /// Reads the body of an answer; of one that says nothing nothing is read.
    pub(super) fn read(body: &[u8]) -> Self {
        let Ok(all) = serde_json::from_slice::<Value>(body) else {
            let text = String::from_utf8_lossy(&body[..body.len().min(TEXT_BYTES_MAX)]);
            return Self { message: text.to_lowercase(), ..Self::default() };
        };
        let inner = match &all["error"] {
            Value::Null => &all,
            inner => inner,
        };
        if let Value::String(message) = inner {
            return Self { message: message.to_lowercase(), ..Self::default() };
        }
        let message =
            ["message", "detail"].into_iter().map(|name| text(&inner[name])).find(|it| !it.is_empty());
        Self {
            message: message.unwrap_or_default(),
            kind: text(&inner["type"]),
            param: text(&inner["param"]),
            code: text(&inner["code"]),
        }
    }

    /// Whether the refusal is about this field. Where it names its parameter, what the sentence names beside it counts for
    /// nothing.
    pub(super) fn names(&self, field: &str) -> bool {
        let names =
            |text: &str| text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == field);
        if self.param.is_empty() { names(&self.message) } else { names(&self.param) }
    }

    /// Whether the refusal names its parameter.
    pub(super) fn has_param(&self) -> bool {
        !self.param.is_empty()
    }

    fn is(&self, word: &str) -> bool {
        self.kind == word || self.code == word
    }

    /// Whether the model loads, which ends by itself.
    pub(super) fn is_loading(&self) -> bool {
        self.is("unavailable_error") || self.message.contains("loading model")
    }

    /// Whether what was paid for is used up.
    pub(super) fn is_quota(&self) -> bool {
        self.is("insufficient_quota")
    }

    pub(super) fn is_model_missing(&self) -> bool {
        self.is("model_not_found")
    }

    /// Whether the text is one that the server does not want to see.
    pub(super) fn is_filtered(&self) -> bool {
        self.is("content_filter") || self.is("content_policy_violation")
    }

    /// Whether the text does not fit.
    pub(super) fn is_too_long(&self) -> bool {
        const SENTENCES: [&str; 4] = ["context length", "context size", "context window", "too many tokens"];
        self.is("context_length_exceeded")
            || self.is("exceed_context_size_error")
            || self.is("string_above_max_length")
            || SENTENCES.iter().any(|part| self.message.contains(part))
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.to_lowercase(),
        other => other.to_string().to_lowercase(),
    }
}
