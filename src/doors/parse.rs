//! JSON that comes, as the type it should be. What is wrong with it is told without repeating what stands in it.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Refusal;
use crate::wire::http::Request;

/// The body as JSON; its `Content-Type` does not matter, so that `curl -d` works.
///
/// # Errors
/// 400, with what is wrong with it.
pub fn body<T: DeserializeOwned>(request: &Request) -> Result<T, Refusal> {
    only_object(&request.body, serde_json::from_slice(&request.body)).map_err(|what| {
        Refusal::new(400, "bad_json", format!("the body is not the JSON expected here: {what}"))
    })
}

/// Reads a JSON object. An array is refused although serde would take one for a struct.
///
/// # Errors
/// What is wrong with it, without repeating what stands in it.
fn object<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, String> {
    only_object(json.as_bytes(), serde_json::from_str(json))
}

/// The text of a WebSocket as what is expected of it.
///
/// # Errors
/// 400, with what is wrong with it.
pub fn text<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Refusal> {
    object(text).map_err(|what| {
        Refusal::new(400, "bad_json", format!("the text is not the JSON expected here: {what}"))
    })
}

fn only_object<T>(json: &[u8], value: serde_json::Result<T>) -> Result<T, String> {
    let value = value.map_err(|error| describe(&error))?;
    if json.trim_ascii_start().starts_with(b"{") { Ok(value) } else { Err("it is no object".to_owned()) }
}

fn describe(error: &serde_json::Error) -> String {
    let text = error.to_string();
    // These two name fields, and only fields of ours.
    let harmless = text.starts_with("missing field") || text.starts_with("duplicate field");
    match error.classify() {
        serde_json::error::Category::Data if !harmless => {
            format!("a value has the wrong type, at line {} column {}", error.line(), error.column())
        }
        _ => text,
    }
}
