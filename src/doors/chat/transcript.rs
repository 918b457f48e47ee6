//! The transcript of a chat: a text to read, or JSON.
//!
//! In the text nobody can put words into the mouth of another: a message begins at the margin with its time and the role
//! of its writer, the original stands four blanks in, and whatever else a message has in lines stands six blanks in.

use std::fmt::Write as _;

use super::opening::room_id_missing;
use super::refusal::refusal_of;
use super::{Chat, TENANT, protocol, validate};
use crate::desk::transcript::{self, Line, Transcript};
use crate::doors::guard::bearer;
use crate::doors::{Caller, Context, Refusal};
use crate::vocabulary::Language;
use crate::wire::date;
use crate::wire::http::{Request, Response};

/// Whatever some program takes for the end of a line.
const LINE_ENDS: [char; 7] = ['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];

#[derive(Clone, Copy)]
enum Format {
    Text,
    Json,
}

impl Chat {
    /// `GET /transcript`
    pub(super) fn transcript(
        &mut self,
        cx: &mut Context<'_>,
        caller: &Caller,
        request: &Request,
    ) -> Result<Response, Refusal> {
        // What is not stored yet shall not be told.
        cx.must_remember()?;
        let client = self.client_of(cx, caller, bearer(request))?;
        let format = format(request)?;
        let room_id = request.query_param("room_id").ok_or_else(room_id_missing)?;
        let room = validate::room_id(&room_id)?;
        let transcript = transcript::of(cx, TENANT, room, client).map_err(refusal_of)?;
        let (response, extension) = match format {
            Format::Text => {
                (Response::new(200).body("text/plain; charset=utf-8", as_text(&transcript)), "txt")
            }
            Format::Json => (Response::new(200).json(&as_json(&transcript)), "json"),
        };
        let file = format!("attachment; filename=\"chat-{room}.{extension}\"");
        Ok(response.header("Content-Disposition", file).header("Cache-Control", "no-store"))
    }
}

fn format(request: &Request) -> Result<Format, Refusal> {
    match request.query_param("format").as_deref() {
        None if request.has_query_param("format") => {}
        None | Some("text") => return Ok(Format::Text),
        Some("json") => return Ok(Format::Json),
        Some(_) => {}
    }
    Err(Refusal::new(400, "format_invalid", "format must be text or json"))
}

fn as_json<'a>(transcript: &'a Transcript<'a>) -> protocol::Transcript<'a> {
    protocol::Transcript {
        room_id: transcript.room,
        customer_name: transcript.customer_name,
        agent_names: &transcript.agent_names,
        language: transcript.language,
        messages: transcript.lines.iter().map(|line| line_as_json(line, transcript.language)).collect(),
    }
}

fn line_as_json<'a>(line: &'a Line<'a>, reads: Option<Language>) -> protocol::TranscriptMessage<'a> {
    let (message, translation) = (line.message, line.translation());
    protocol::TranscriptMessage {
        id: message.id,
        at: date::rfc3339(message.at_unix_ms),
        from: &message.from,
        role: message.role.word(),
        content: translation.unwrap_or(&message.text),
        language: if translation.is_some() { reads } else { message.language },
        original_content: translation.map(|_| &*message.text),
        original_language: translation.and(message.language),
        untranslated: line.is_untranslated(),
        engine: line.engine,
        rough: line.is_rough(),
    }
}

fn as_text(transcript: &Transcript<'_>) -> String {
    let mut text = format!("Chat {}: {}", transcript.room, transcript.customer_name);
    for agent in &transcript.agent_names {
        text.push_str(", ");
        text.push_str(agent);
    }
    text.push('\n');
    if transcript.first_id > 1 {
        let first = transcript.first_id;
        let _ = writeln!(text, "It begins with message {first}; earlier ones are not kept here.");
    }
    text.push('\n');
    transcript.lines.iter().for_each(|line| write(line, &mut text));
    text
}

/// Writing to a string cannot fail.
fn write(line: &Line<'_>, text: &mut String) {
    let (message, translation) = (line.message, line.translation());
    let at = date::rfc3339(message.at_unix_ms);
    let (day, time) = (at.get(..10).unwrap_or_default(), at.get(11..19).unwrap_or_default());
    let mark = match (line.is_untranslated(), line.is_rough()) {
        (true, _) => " (untranslated)",
        (false, true) => " (roughly translated)",
        (false, false) => "",
    };
    let _ = write!(text, "{day} {time} UTC  {}{mark} {}: ", message.role.word(), message.from);
    write_lines(text, translation.unwrap_or(&message.text));
    if translation.is_some() {
        let _ = write!(text, "    [{}] ", message.language.map_or("?", Language::code));
        write_lines(text, &message.text);
    }
}

fn write_lines(text: &mut String, words: &str) {
    for (index, line) in words.split(LINE_ENDS).enumerate() {
        text.push_str(if index == 0 { "" } else { "      " });
        text.push_str(line);
        text.push('\n');
    }
}
