//! Transcripts as JSON Lines: one chat a line, read beside a running server.
//!
//! Reads one chat at a time, so that a reader who takes long does not keep the write-ahead log from being emptied.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use rusqlite::{Connection, OpenFlags, Row};
use serde::Serialize;

use super::error::StoreError;
use super::schema;
use super::types::sql;
use crate::wire::date::{Timestamp, rfc3339};

/// Which chats to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    Room(String),
    /// All that were begun, written in or closed at or after a moment: `2026-01-31` or `2026-01-31T12:00:00Z`.
    Since(String),
}

/// Why there is no transcript.
#[derive(Debug)]
pub enum ExportError {
    /// The store cannot be read, or does not have it.
    Store(StoreError),
    /// What was asked for makes no sense.
    Misused(String),
    /// The reader has gone, or its disk is full.
    Output(io::Error),
}

#[derive(Serialize)]
struct Transcript {
    room: String,
    /// Of a room that is open to visitors.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    customer: Option<String>,
    status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    opened: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    closed: Option<Timestamp>,
    messages: Vec<Line>,
}

/// One message in it.
#[derive(Serialize)]
struct Line {
    id: u64,
    at: Timestamp,
    role: Option<String>,
    from: Option<String>,
    /// For whom alone it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    language: Option<String>,
    text: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    translations: BTreeMap<String, String>,
    /// Who has translated it, where that is known.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    engines: BTreeMap<String, String>,
}

/// Writes transcripts, one a line. Gives how many.
///
/// # Errors
/// The store cannot be read, has no such chat, or the output takes no more.
pub fn export(path: &Path, wanted: &Wanted, out: &mut dyn Write) -> Result<usize, ExportError> {
    let failed = |error| ExportError::Store(StoreError::database(path, error));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    let version = schema::version(&connection, path).map_err(ExportError::Store)?;
    if version != schema::VERSION {
        let what = format!("start the server once, which brings {} to this version", path.display());
        return Err(ExportError::Store(StoreError::NotFound { what }));
    }
    let rooms = rooms(&connection, path, wanted)?;
    for room in &rooms {
        let transcript = transcript(&connection, *room).map_err(failed)?;
        serde_json::to_writer(&mut *out, &transcript).map_err(|error| ExportError::Output(error.into()))?;
        out.write_all(b"\n").map_err(ExportError::Output)?;
    }
    Ok(rooms.len())
}

fn rooms(connection: &Connection, path: &Path, wanted: &Wanted) -> Result<Vec<i64>, ExportError> {
    let failed = |error| ExportError::Store(StoreError::database(path, error));
    match wanted {
        Wanted::Room(name) => {
            let room = u64::from_str_radix(name, 16).ok().filter(|_| name.len() == 16).map(sql);
            let room = room.ok_or_else(|| {
                ExportError::Misused(format!("{name:?} is no chat: its id has 16 hexadecimal digits"))
            })?;
            let found = ids(connection, "SELECT room FROM rooms WHERE room = ?", room).map_err(failed)?;
            if found.is_empty() {
                let what = format!("there is no chat {name} in {}", path.display());
                return Err(ExportError::Store(StoreError::NotFound { what }));
            }
            Ok(found)
        }
        Wanted::Since(date) => {
            let since = moment(connection, date).map_err(failed)?.ok_or_else(|| {
                let form = "2026-01-31 or 2026-01-31T12:00:00Z";
                ExportError::Misused(format!("{date:?} is no date; write {form}, which is UTC"))
            })?;
            let since_then = "SELECT room FROM rooms
                WHERE opened_at >= ?1 OR closed_at >= ?1
                   OR room IN (SELECT room FROM messages WHERE at >= ?1)
                ORDER BY opened_at, room";
            ids(connection, since_then, since).map_err(failed)
        }
    }
}

fn ids(connection: &Connection, query: &str, value: i64) -> rusqlite::Result<Vec<i64>> {
    connection.prepare(query)?.query_map([value], |row| row.get(0))?.collect()
}

/// A date in milliseconds since 1970. SQLite reads more than dates as such, `now` and bare numbers among them.
fn moment(connection: &Connection, date: &str) -> rusqlite::Result<Option<i64>> {
    let is_date = date.len() >= 10 && date.as_bytes()[4] == b'-';
    if !is_date {
        return Ok(None);
    }
    let seconds: Option<i64> = connection.query_row("SELECT unixepoch(?)", [date], |row| row.get(0))?;
    Ok(seconds.map(|seconds| seconds.saturating_mul(1000)))
}

fn transcript(connection: &Connection, room: i64) -> rusqlite::Result<Transcript> {
    let mut transcript = connection
        .prepare_cached(
            "SELECT name, status, reason, opened_at, closed_at, public_name FROM rooms
             LEFT JOIN clients ON clients.client = customer WHERE room = ?",
        )?
        .query_row([room], |row| {
            Ok(Transcript {
                room: format!("{room:016x}"),
                name: row.get(5)?,
                customer: row.get(0)?,
                status: row.get(1)?,
                reason: row.get(2)?,
                opened: rfc3339(row.get::<_, i64>(3)?.cast_unsigned()),
                closed: row.get::<_, Option<i64>>(4)?.map(|at| rfc3339(at.cast_unsigned())),
                messages: Vec::new(),
            })
        })?;
    transcript.messages = connection
        .prepare_cached(
            "SELECT message, at, role, coalesce(writer_name, name), messages.language, text,
                    (SELECT user FROM names WHERE names.client = addressee) FROM messages
             LEFT JOIN clients ON clients.client = writer
             WHERE room = ?1 AND messages.fact >= (SELECT fact FROM rooms WHERE room = ?1)
               AND messages.fact <= (SELECT coalesce(closed, 9e18) FROM rooms WHERE room = ?1) ORDER BY message",
        )?
        .query_map([room], line)?
        .collect::<Result<_, _>>()?;
    add_translations(connection, room, &mut transcript.messages)?;
    Ok(transcript)
}

fn line(row: &Row<'_>) -> rusqlite::Result<Line> {
    Ok(Line {
        id: row.get::<_, i64>(0)?.cast_unsigned(),
        at: rfc3339(row.get::<_, i64>(1)?.cast_unsigned()),
        role: row.get(2)?,
        from: row.get(3)?,
        to: row.get(6)?,
        language: row.get(4)?,
        text: row.get(5)?,
        translations: BTreeMap::new(),
        engines: BTreeMap::new(),
    })
}

/// The last translation into each language; both lists are in the order of the messages.
fn add_translations(connection: &Connection, room: i64, lines: &mut [Line]) -> rusqlite::Result<()> {
    let mut query = connection.prepare_cached(
        "SELECT message, language, text, engine FROM translations
         WHERE room = ?1 AND status = 'done' AND text IS NOT NULL
           AND fact >= (SELECT fact FROM rooms WHERE room = ?1)
           AND fact <= (SELECT coalesce(closed, 9e18) FROM rooms WHERE room = ?1) ORDER BY fact",
    )?;
    let mut rows = query.query([room])?;
    while let Some(row) = rows.next()? {
        let id = row.get::<_, i64>(0)?.cast_unsigned();
        if let Ok(place) = lines.binary_search_by_key(&id, |line| line.id) {
            let language: String = row.get(1)?;
            match row.get::<_, Option<String>>(3)? {
                Some(engine) => lines[place].engines.insert(language.clone(), engine),
                None => lines[place].engines.remove(&language),
            };
            lines[place].translations.insert(language, row.get(2)?);
        }
    }
    Ok(())
}
