//! A server with the API of OpenAI.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Call, Said, Speak, book};

/// A way to go wrong when asked for a translation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Ends for this reason; null if there is none.
    Finish(Option<&'static str>),
    /// Says that it will not.
    Refusal,
    /// Answers without content.
    Null,
    /// Explains instead of translating.
    Chatty,
    /// Still loads its model, as llama.cpp does.
    Loading,
    /// What was paid for is used up.
    Quota,
    /// Asked too often, with this `Retry-After`.
    Limited(Option<&'static str>),
    /// The text does not fit.
    TooLong,
    /// This status, and nothing that explains it.
    Status(u16),
}

/// How refusals look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// An object with a word for a code.
    OpenAi,
    /// An object with a number for a code.
    Llama,
    /// No object within.
    OldVllm,
    /// A string.
    LmStudio,
}

pub(crate) struct OpenAi {
    pub(crate) translations: BTreeMap<String, String>,
    pub(crate) key: Option<&'static str>,
    pub(crate) models: Vec<&'static str>,
    /// Whether it tells what it serves.
    pub(crate) lists: bool,
    /// Kinds of `response_format` that it takes.
    pub(crate) forms: Vec<&'static str>,
    /// Fields that it does not take.
    pub(crate) refused: Vec<&'static str>,
    pub(crate) dialect: Dialect,
    pub(crate) fault: Option<Fault>,
}

impl OpenAi {
    /// Serves one model, and takes everything.
    pub(crate) fn new(pairs: &[(&str, &str)]) -> Self {
        Self {
            translations: book(pairs),
            key: None,
            models: vec!["/models/gemma-3-4b-it.gguf"],
            lists: true,
            forms: vec!["json_schema", "json_object"],
            refused: Vec::new(),
            dialect: Dialect::OpenAi,
            fault: None,
        }
    }

    fn refuse(&self, status: u16, message: &str, param: Option<&str>) -> Said {
        let body = match self.dialect {
            Dialect::OpenAi => {
                json!({ "error": { "message": message, "type": "invalid_request_error", "param": param, "code": "unsupported_parameter" } })
            }
            Dialect::Llama => {
                json!({ "error": { "code": status, "message": message, "type": "invalid_request_error" } })
            }
            Dialect::OldVllm => {
                json!({ "object": "error", "message": message, "type": "BadRequestError", "param": null, "code": status })
            }
            Dialect::LmStudio => json!({ "error": message }),
        };
        Said::json(status, &body)
    }

    fn complete(&self, body: &Value) -> Said {
        if let Some(form) = body["response_format"]["type"].as_str().filter(|form| !self.forms.contains(form))
        {
            let message = format!("'response_format.type' must be 'json_schema' or 'text', but got: {form}");
            return self.refuse(400, &message, Some("response_format"));
        }
        if let Some(field) = self.refused.iter().find(|field| !body[**field].is_null()) {
            return self.refuse(
                400,
                &format!("Unsupported parameter: '{field}' is not supported"),
                Some(field),
            );
        }
        let model = body["model"].as_str().unwrap_or_default();
        if !self.models.contains(&model) {
            return Said::json(
                404,
                &json!({ "error": { "message": "no such model", "code": "model_not_found" } }),
            );
        }
        let messages = body["messages"].as_array().map_or(&[][..], Vec::as_slice);
        let prompt = messages.last().and_then(|message| message["content"].as_str()).unwrap_or_default();
        let Some(answer) = self.translations.get(text_in(prompt)) else {
            return self.refuse(500, "a text nobody has taught me", None);
        };
        let is_json = messages.len() > 1;
        let content = if is_json {
            json!({ "translation": answer, "detected_language": "es" }).to_string()
        } else {
            answer.clone()
        };
        let content = if self.fault == Some(Fault::Chatty) {
            "Sure! Here are three versions:".to_owned()
        } else {
            content
        };
        let (content, refusal) = match self.fault {
            Some(Fault::Refusal) => (Value::Null, json!("I cannot help with that.")),
            Some(Fault::Null) => (Value::Null, Value::Null),
            _ => (json!(content), Value::Null),
        };
        let finish = if let Some(Fault::Finish(reason)) = self.fault { reason } else { Some("stop") };
        let message = json!({ "role": "assistant", "content": content, "refusal": refusal, "reasoning_content": "Let me think." });
        let choice = json!({ "index": 0, "message": message, "finish_reason": finish });
        Said::json(200, &json!({ "object": "chat.completion", "model": model, "choices": [choice] }))
    }
}

impl Speak for OpenAi {
    fn answer(&mut self, call: &Call) -> Said {
        if self.key.is_some_and(|key| call.field("authorization") != format!("Bearer {key}")) {
            return self.refuse(401, "Incorrect API key provided", None);
        }
        match (&*call.what, self.fault) {
            (_, Some(Fault::Loading)) => Said::json(
                503,
                &json!({ "error": { "message": "Loading model", "type": "unavailable_error", "code": 503 } }),
            ),
            (_, Some(Fault::Quota)) => Said::limited(
                None,
                &json!({ "error": { "type": "insufficient_quota", "code": "insufficient_quota" } }),
            ),
            ("GET /v1/models", _) if self.lists => {
                let data: Vec<Value> =
                    self.models.iter().map(|id| json!({ "id": id, "object": "model" })).collect();
                Said::json(200, &json!({ "object": "list", "data": data }))
            }
            ("POST /v1/chat/completions", Some(Fault::Limited(retry_after))) => {
                Said::limited(retry_after, &json!({}))
            }
            ("POST /v1/chat/completions", Some(Fault::TooLong)) => {
                self.refuse(400, "This model's maximum context length is 4096 tokens", None)
            }
            ("POST /v1/chat/completions", Some(Fault::Status(status))) => Said::text(status, ""),
            ("POST /v1/chat/completions", _) => self.complete(&call.body),
            _ => Said::text(404, "404 page not found"),
        }
    }
}

/// The text of a prompt: between tags, or at the end.
fn text_in(prompt: &str) -> &str {
    let tagged = prompt.split_once("<message>\n").and_then(|(_, rest)| rest.split_once("\n</message>"));
    tagged.map_or_else(|| prompt.rsplit("\n\n\n").next().unwrap_or_default(), |(text, _)| text)
}
