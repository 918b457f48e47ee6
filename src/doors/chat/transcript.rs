//! The transcript of a chat, for whoever takes part in it: a text to read, or JSON.
//!
//! It has every message that is still in memory, as this member reads it, and as it was written where that differs. In
//! the text nobody can put words into the mouth of another: a message begins at the margin with its time and the role
//! of its writer, the original stands four blanks in, and whatever else a message has in lines stands six blanks in.

use std::fmt::Write as _;

use super::opening::room_id_missing;
use super::protocol::{Transcript, TranscriptMessage};
use super::{Chat, validate};
use crate::conversation::{ClientKey, Member, Message, Role, Room, Shown};
use crate::doors::guard::bearer;
use crate::doors::{Caller, Context, Denied};
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
    ) -> Result<Response, Denied> {
        // What is not stored yet shall not be told.
        cx.must_remember()?;
        let client = self.client_of(cx, caller, bearer(request))?;
        let format = format(request)?;
        let room_id = request.query_param("room_id").ok_or_else(room_id_missing)?;
        let key = self.room_to_sit_in(cx, validate::room_id(&room_id)?, client)?;
        let room = cx.rooms.room(key).ok_or_else(validate::no_such_room)?;
        let reader = room.member(client).ok_or_else(super::not_a_member)?;
        let customer = room.member_as(Role::Customer).and_then(|member| cx.rooms.client(member.client));
        let agent = room.member_as(Role::Agent).and_then(|member| cx.rooms.client(member.client));
        let customer_name = customer.map_or("", |client| &client.name);
        let agent_names = agent_names(room, agent.map(|client| &*client.name));
        let lines = lines(room, reader);
        let (response, extension) = match format {
            Format::Text => {
                let text = text(room, customer_name, &agent_names, &lines);
                (Response::new(200).body("text/plain; charset=utf-8", text), "txt")
            }
            Format::Json => (
                Response::new(200).json(&Transcript {
                    room_id: room.id,
                    customer_name,
                    agent_names,
                    language: reader.language,
                    messages: lines.iter().map(Line::as_json).collect(),
                }),
                "json",
            ),
        };
        let file = format!("attachment; filename=\"chat-{}.{extension}\"", room.id);
        Ok(response.header("Content-Disposition", file).header("Cache-Control", "no-store"))
    }
}

fn format(request: &Request) -> Result<Format, Denied> {
    match request.query_param("format").as_deref() {
        None if request.has_query_param("format") => {}
        None | Some("text") => return Ok(Format::Text),
        Some("json") => return Ok(Format::Json),
        Some(_) => {}
    }
    Err(Denied::new(400, "format_invalid", "format must be text or json"))
}

/// Every agent who has written, and the one who is here, in the order of their coming.
fn agent_names<'a>(room: &'a Room, here: Option<&'a str>) -> Vec<&'a str> {
    let written =
        room.log.messages().filter(|message| message.role == Role::Agent).map(|message| &*message.from);
    let mut names: Vec<&str> = Vec::new();
    for name in written.chain(here) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// A message, and how whoever asks is shown it.
struct Line<'a> {
    message: &'a Message,
    shown: Shown,
    reads: Option<Language>,
}

fn lines<'a>(room: &'a Room, reader: &Member) -> Vec<Line<'a>> {
    let (client, reads): (ClientKey, _) = (reader.client, reader.language);
    let shown = |message: &Message| match message.writer == client {
        true => Shown::Plain,
        false => message.shown_in(reads),
    };
    room.log.messages().map(|message| Line { message, shown: shown(message), reads }).collect()
}

impl Line<'_> {
    fn translation(&self) -> Option<&str> {
        match &self.shown {
            Shown::Translated(text) => Some(text),
            Shown::Plain | Shown::Untranslated | Shown::Pending => None,
        }
    }

    fn is_untranslated(&self) -> bool {
        matches!(self.shown, Shown::Untranslated | Shown::Pending)
    }

    fn as_json(&self) -> TranscriptMessage<'_> {
        let (message, translation) = (self.message, self.translation());
        TranscriptMessage {
            id: message.id,
            at: date::rfc3339(message.at_unix_ms),
            from: &message.from,
            role: message.role.word(),
            content: translation.unwrap_or(&message.text),
            language: if translation.is_some() { self.reads } else { message.language },
            original_content: translation.map(|_| &*message.text),
            original_language: translation.and(message.language),
            untranslated: self.is_untranslated(),
        }
    }

    /// Writing to a string cannot fail.
    fn write(&self, text: &mut String) {
        let (message, translation) = (self.message, self.translation());
        let at = date::rfc3339(message.at_unix_ms);
        let (day, time) = (at.get(..10).unwrap_or_default(), at.get(11..19).unwrap_or_default());
        let mark = if self.is_untranslated() { " (untranslated)" } else { "" };
        let _ = write!(text, "{day} {time} UTC  {}{mark} {}: ", message.role.word(), message.from);
        write_lines(text, translation.unwrap_or(&message.text));
        if translation.is_some() {
            let _ = write!(text, "    [{}] ", message.language.map_or("?", Language::code));
            write_lines(text, &message.text);
        }
    }
}

fn write_lines(text: &mut String, words: &str) {
    for (index, line) in words.split(LINE_ENDS).enumerate() {
        text.push_str(if index == 0 { "" } else { "      " });
        text.push_str(line);
        text.push('\n');
    }
}

fn text(room: &Room, customer: &str, agents: &[&str], lines: &[Line<'_>]) -> String {
    let mut text = format!("Chat {}: {customer}", room.id);
    for agent in agents {
        text.push_str(", ");
        text.push_str(agent);
    }
    text.push('\n');
    if room.log.first_id() > 1 {
        let _ =
            writeln!(text, "It begins with message {}; earlier ones are not kept here.", room.log.first_id());
    }
    text.push('\n');
    lines.iter().for_each(|line| line.write(&mut text));
    text
}
