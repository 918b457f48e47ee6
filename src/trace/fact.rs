//! Records as lines, and back: what stands behind `store` and `restored`, in one syntax.
//!
//! ```text
//! message room=5e0c0ffee0000001 id=3 writer=… ref="m-7" language=pt sure=true at=1766000000000 "Olá!"
//! ```
//!
//! A name, then `name=value` in any order; what is not known is left out. People's words stand last and in quotes.

use std::fmt::{Display, Write as _};
use std::str::FromStr;
use std::sync::Arc;

use super::text::{quote, unquote, word};
use crate::vocabulary::{Ended, Language, Record, Word};

/// Appends a record.
pub(super) fn write(out: &mut String, record: &Record) {
    let mut line = Line(out);
    match record {
        Record::ClientCreated { client, token, role, name, language, source, address, at } => {
            line.kind("client").id("client", *client).token(token).text("role", role);
            line.language("language", *language).text("source", source).text("address", address);
            line.plain("at", at).words(name);
        }
        Record::LanguageLearnt { client, language, source } => {
            line.kind("learnt").id("client", *client).language("language", Some(*language));
            line.text("source", source);
        }
        Record::ClientEnded { client } => {
            line.kind("ended").id("client", *client);
        }
        Record::RoomOpened { room, customer, at } => {
            line.kind("opened").id("room", *room).id("customer", *customer).plain("at", at);
        }
        Record::CustomerCame { room } => {
            line.kind("came").id("room", *room);
        }
        Record::Joined { room, client, at } => {
            line.kind("joined").id("room", *room).id("client", *client).plain("at", at);
        }
        Record::Left { room, client, at } => {
            line.kind("left").id("room", *room).id("client", *client).plain("at", at);
        }
        Record::StatusChanged { room, status, queue, at } => {
            line.kind("status").id("room", *room).text("status", status);
            if let Some(queue) = queue {
                line.plain("queue", queue);
            }
            line.plain("at", at);
        }
        Record::MessageAppended {
            room,
            id,
            writer,
            addressee,
            name,
            reference,
            text,
            language,
            sure,
            at,
        } => {
            line.kind("message").id("room", *room).plain("id", id).id("writer", *writer);
            if let Some(addressee) = addressee {
                line.id("to", *addressee);
            }
            if let Some(name) = name {
                line.quoted("name", name);
            }
            if let Some(reference) = reference {
                line.quoted("ref", reference);
            }
            line.language("language", *language).plain("sure", sure).plain("at", at).words(text);
        }
        Record::TranslationSettled { room, id, to, outcome } => {
            line.kind("settled").id("room", *room).plain("id", id).language("to", Some(*to));
            write_outcome(&mut line, outcome);
        }
        Record::DeliveredUntranslated { room, id, to } => {
            line.kind("untranslated").id("room", *room).plain("id", id).language("to", Some(*to));
        }
        Record::RoomClosed { room, reason, at } => {
            line.kind("closed").id("room", *room).text("reason", reason).plain("at", at);
        }
        Record::ChatErased { room } => {
            line.kind("erased").id("room", *room);
        }
        Record::CustomerErased { client } => {
            line.kind("gone").id("client", *client);
        }
        Record::NamedRoomOpened { room, name, at } => {
            line.kind("named").id("room", *room).plain("at", at).words(name);
        }
        Record::LogTurned { room } => {
            line.kind("turned").id("room", *room);
        }
        Record::LogBegins { room, id } => {
            line.kind("begins").id("room", *room).plain("id", id);
        }
        Record::NameClaimed { client, user, verified } => {
            line.kind("claimed").id("client", *client).plain("verified", verified).words(user);
        }
        Record::RoomForgotten { room } => {
            line.kind("forgotten").id("room", *room);
        }
    }
}

fn write_outcome(line: &mut Line<'_>, outcome: &Ended) {
    match outcome {
        Ended::Done(text) => line.plain("how", &"done").words(text),
        Ended::Written(text) => line.plain("how", &"written").words(text),
        Ended::Same => line.plain("how", &"same"),
        Ended::Failed { again } => line.plain("how", &"failed").plain("again", again),
    };
}

/// A line on its way out.
struct Line<'l>(&'l mut String);

impl Line<'_> {
    fn kind(&mut self, kind: &str) -> &mut Self {
        self.0.push_str(kind);
        self
    }

    fn name(&mut self, name: &str) -> &mut String {
        for part in [" ", name, "="] {
            self.0.push_str(part);
        }
        self.0
    }

    fn plain(&mut self, name: &str, value: &impl Display) -> &mut Self {
        let _ = write!(self.name(name), "{value}");
        self
    }

    fn id(&mut self, name: &str, id: u64) -> &mut Self {
        let _ = write!(self.name(name), "{id:016x}");
        self
    }

    fn language(&mut self, name: &str, language: Option<Language>) -> &mut Self {
        if let Some(language) = language { self.plain(name, &language) } else { self }
    }

    fn quoted(&mut self, name: &str, value: &str) -> &mut Self {
        quote(self.name(name), value.as_bytes());
        self
    }

    /// Quoted only if it has to be.
    fn text(&mut self, name: &str, value: &str) -> &mut Self {
        let is_bare = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"');
        if is_bare { self.plain(name, &value) } else { self.quoted(name, value) }
    }

    fn words(&mut self, words: &str) -> &mut Self {
        self.0.push(' ');
        quote(self.0, words.as_bytes());
        self
    }

    fn token(&mut self, token: &[u8; 32]) -> &mut Self {
        self.0.push_str(" token=");
        for byte in token {
            let _ = write!(self.0, "{byte:02x}");
        }
        self
    }
}

/// Reads a record.
pub(super) fn read(text: &str) -> Result<Record, String> {
    let (kind, rest) = word(text);
    let mut fields = Fields::read(rest)?;
    let record = record(kind, &mut fields)?;
    match fields.0.first() {
        None => Ok(record),
        Some((name, _)) => Err(format!("{kind} has no {name:?}")),
    }
}

fn record(kind: &str, fields: &mut Fields) -> Result<Record, String> {
    Ok(match kind {
        "client" => Record::ClientCreated {
            client: fields.id("client")?,
            token: fields.token()?,
            role: fields.word("role")?,
            name: fields.take("")?.into(),
            language: fields.language("language")?,
            source: fields.word("source")?,
            address: fields.take("address")?.into(),
            at: fields.number("at")?,
        },
        "learnt" => Record::LanguageLearnt {
            client: fields.id("client")?,
            language: fields.language("language")?.ok_or("expected language=…")?,
            source: fields.word("source")?,
        },
        "ended" => Record::ClientEnded { client: fields.id("client")? },
        "message" => Record::MessageAppended {
            room: fields.id("room")?,
            id: fields.number("id")?,
            writer: fields.id("writer")?,
            addressee: fields.optional_id("to")?,
            name: fields.find("name").map(Into::into),
            reference: fields.find("ref").map(Into::into),
            text: fields.take("")?.into(),
            language: fields.language("language")?,
            sure: fields.number("sure")?,
            at: fields.number("at")?,
        },
        "settled" => Record::TranslationSettled {
            room: fields.id("room")?,
            id: fields.number("id")?,
            to: fields.language("to")?.ok_or("expected to=…")?,
            outcome: outcome(fields)?,
        },
        "untranslated" => Record::DeliveredUntranslated {
            room: fields.id("room")?,
            id: fields.number("id")?,
            to: fields.language("to")?.ok_or("expected to=…")?,
        },
        _ => return about_room(kind, fields),
    })
}

fn about_room(kind: &str, fields: &mut Fields) -> Result<Record, String> {
    let room = fields.id("room");
    Ok(match kind {
        "opened" => {
            Record::RoomOpened { room: room?, customer: fields.id("customer")?, at: fields.number("at")? }
        }
        "came" => Record::CustomerCame { room: room? },
        "joined" => Record::Joined { room: room?, client: fields.id("client")?, at: fields.number("at")? },
        "left" => Record::Left { room: room?, client: fields.id("client")?, at: fields.number("at")? },
        "status" => Record::StatusChanged {
            room: room?,
            status: fields.word("status")?,
            queue: fields.find("queue").map(|text| parsed(&text)).transpose()?,
            at: fields.number("at")?,
        },
        "closed" => {
            Record::RoomClosed { room: room?, reason: fields.word("reason")?, at: fields.number("at")? }
        }
        "erased" => Record::ChatErased { room: room? },
        "named" => {
            Record::NamedRoomOpened { room: room?, name: fields.take("")?.into(), at: fields.number("at")? }
        }
        "turned" => Record::LogTurned { room: room? },
        "begins" => Record::LogBegins { room: room?, id: fields.number("id")? },
        "claimed" => Record::NameClaimed {
            client: fields.id("client")?,
            user: fields.take("")?.into(),
            verified: fields.number("verified")?,
        },
        "gone" => Record::CustomerErased { client: fields.id("client")? },
        "forgotten" => Record::RoomForgotten { room: room? },
        _ => return Err(format!("{kind:?} is no record")),
    })
}

fn outcome(fields: &mut Fields) -> Result<Ended, String> {
    match fields.take("how")?.as_str() {
        "done" => Ok(Ended::Done(Arc::from(fields.take("")?))),
        "written" => Ok(Ended::Written(Arc::from(fields.take("")?))),
        "same" => Ok(Ended::Same),
        "failed" => Ok(Ended::Failed { again: fields.number("again")? }),
        how => Err(format!("{how:?} is neither done, written, same nor failed")),
    }
}

/// What a line says beside its kind, by name; the words of people have an empty one.
struct Fields(Vec<(String, String)>);

impl Fields {
    fn read(mut rest: &str) -> Result<Self, String> {
        let mut fields = Vec::new();
        while !rest.is_empty() {
            let (name, value) = if rest.starts_with('"') {
                ("", rest)
            } else {
                rest.split_once('=').ok_or_else(|| format!("expected name=value, not {rest:?}"))?
            };
            let (value, behind) = if value.starts_with('"') {
                let (bytes, behind) = unquote(value)?;
                (String::from_utf8(bytes).map_err(|_| "a record is UTF-8")?, behind)
            } else {
                let (value, behind) = word(value);
                (value.to_owned(), behind)
            };
            fields.push((name.to_owned(), value));
            rest = behind;
        }
        Ok(Self(fields))
    }

    fn find(&mut self, name: &str) -> Option<String> {
        let place = self.0.iter().position(|field| field.0 == name)?;
        Some(self.0.remove(place).1)
    }

    fn take(&mut self, name: &str) -> Result<String, String> {
        self.find(name).ok_or_else(|| match name {
            "" => "expected words in quotes".to_owned(),
            _ => format!("expected {name}=…"),
        })
    }

    fn word(&mut self, name: &str) -> Result<Word, String> {
        self.take(name).map(Word::Owned)
    }

    fn number<T: FromStr>(&mut self, name: &str) -> Result<T, String> {
        parsed(&self.take(name)?)
    }

    fn id(&mut self, name: &str) -> Result<u64, String> {
        let text = self.take(name)?;
        u64::from_str_radix(&text, 16).map_err(|_| format!("{name} is up to 16 hexadecimal digits"))
    }

    fn optional_id(&mut self, name: &str) -> Result<Option<u64>, String> {
        if self.0.iter().any(|field| field.0 == name) { self.id(name).map(Some) } else { Ok(None) }
    }

    fn language(&mut self, name: &str) -> Result<Option<Language>, String> {
        let Some(code) = self.find(name) else { return Ok(None) };
        Language::parse(&code).map(Some).ok_or_else(|| format!("{code:?} is no language"))
    }

    /// Up to 64 digits; those that are missing are zeros, so that people need not write them.
    fn token(&mut self) -> Result<[u8; 32], String> {
        let digits = self.take("token")?;
        let mut token = [0; 32];
        if digits.len() > 64 || digits.len() % 2 == 1 {
            return Err("a token's hash has an even number of hexadecimal digits, at most 64".to_owned());
        }
        for (place, byte) in token.iter_mut().enumerate().take(digits.len() / 2) {
            let pair = digits.get(2 * place..2 * place + 2);
            let read = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok());
            *byte = read.ok_or("a token's hash is hexadecimal")?;
        }
        Ok(token)
    }
}

fn parsed<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{text:?} does not fit here"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Arc<str> {
        text.into()
    }

    /// One of every kind, and every way in which they differ.
    fn records() -> Vec<Record> {
        let (room, client, at) = (0x5e0c_0ffe_e000_0001, u64::MAX, 1_766_000_000_000);
        let to = Language::ENGLISH;
        let settled = |outcome| Record::TranslationSettled { room, id: 3, to, outcome };
        let created = |name, language| Record::ClientCreated {
            client,
            token: std::array::from_fn(|place| u8::try_from(place * 7).unwrap()),
            role: "customer".into(),
            name: text(name),
            language,
            source: "a \"odd\" word".into(),
            address: text("2001:db8::/64"),
            at,
        };
        let message = |words, reference: Option<&str>, language| Record::MessageAppended {
            room,
            id: 3,
            writer: client,
            addressee: reference.map(|_| 7),
            name: reference.map(|_| text("B \"b\"")),
            reference: reference.map(Into::into),
            text: text(words),
            language,
            sure: language.is_some(),
            at,
        };
        vec![
            created("Ana \"a\" =\n", Some(to)),
            created("", None),
            Record::LanguageLearnt { client, language: to, source: "detected".into() },
            Record::ClientEnded { client: 0 },
            Record::RoomOpened { room, customer: client, at },
            Record::CustomerCame { room },
            Record::Joined { room, client, at },
            Record::Left { room, client, at },
            Record::StatusChanged { room, status: "waiting".into(), queue: Some(-3), at },
            Record::StatusChanged { room, status: "".into(), queue: None, at },
            message("Olá, 世界\r\n\"=\" \u{202e}\0", Some("id=\"3\" x"), Some(to)),
            message("", Some(""), None),
            message("ref=1", None, None),
            settled(Ended::Done(text("Hello"))),
            settled(Ended::Written(text("Olá"))),
            settled(Ended::Same),
            settled(Ended::Failed { again: true }),
            settled(Ended::Failed { again: false }),
            Record::DeliveredUntranslated { room, id: 3, to },
            Record::RoomClosed { room, reason: "customer_left".into(), at },
            Record::ChatErased { room },
            Record::CustomerErased { client: 7 },
            Record::NamedRoomOpened { room, name: text("lobby"), at },
            Record::LogTurned { room },
            Record::LogBegins { room, id: 12 },
            Record::NameClaimed { client, user: text("user=\"1\""), verified: false },
            Record::RoomForgotten { room },
        ]
    }

    #[test]
    fn every_record_comes_back_the_same() {
        for record in records() {
            let mut line = String::new();
            write(&mut line, &record);
            assert!(!line.contains('\n'), "{line}");
            assert_eq!(read(&line), Ok(record), "{line}");
        }
    }

    #[test]
    fn a_record_reads_as_it_is_documented() {
        let mut line = String::new();
        write(&mut line, &records()[10]);
        assert!(
            line.starts_with(
                "message room=5e0c0ffee0000001 id=3 writer=ffffffffffffffff to=0000000000000007 name="
            ),
            "{line}"
        );
    }

    #[test]
    fn what_is_no_record_is_refused() {
        for wrong in [
            "",
            "weather",
            "came",
            "came room=x",
            "came room=1 room=2",
            "came room=1 \"words\"",
            "joined room=1 client=2",
            "settled room=1 id=1 to=en how=maybe",
            "learnt client=1 language=klingon source=detected",
            "message room=1 id=1 writer=1 sure=true at=1",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
