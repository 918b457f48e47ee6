//! A record as a change of the tables; those of a turn in one transaction.
//!
//! A statement never fails because it was done before: what was tried and not known to have worked is tried again.

use rusqlite::types::ToSql;
use rusqlite::{CachedStatement, Connection, params};

use super::types::sql;
use crate::vocabulary::{ClientNumber, Ended, EngineName, Record};

/// Stores records, all or none; the first has this place in the order, which the tables call `fact`.
///
/// # Errors
/// None is stored.
pub(super) fn transaction(
    connection: &Connection,
    records: &[Record],
    first_place: i64,
) -> rusqlite::Result<()> {
    // A record that is one statement is a transaction by itself.
    if let [record @ (Record::MessageAppended { .. } | Record::TranslationEnded { .. })] = records
        && connection.is_autocommit()
    {
        return store(connection, first_place, record);
    }
    // Not the library's transaction, which would parse its three words anew every turn.
    run(connection, "BEGIN IMMEDIATE", &[])?;
    let stored = (first_place..)
        .zip(records)
        .try_for_each(|(place, record)| store(connection, place, record))
        .and_then(|()| run(connection, "COMMIT", &[]));
    if stored.is_err() && !connection.is_autocommit() {
        // After some errors SQLite has rolled back by itself; after all of them nothing must be half open.
        let _ = connection.execute_batch("ROLLBACK");
    }
    stored
}

fn run(connection: &Connection, sql: &str, values: &[&dyn ToSql]) -> rusqlite::Result<()> {
    let mut statement: CachedStatement<'_> = connection.prepare_cached(sql)?;
    statement.execute(values).map(|_| ())
}

fn store(connection: &Connection, place: i64, record: &Record) -> rusqlite::Result<()> {
    let run = |sql, values: &[&dyn ToSql]| run(connection, sql, values);
    match record {
        Record::ClientCreated { client, token, role, name, language, source, address, at } => run(
            "INSERT OR REPLACE INTO clients VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
            params![client, place, token, role, name, language, source, address, sql(*at)],
        ),
        Record::LanguageLearnt { client, language, source } => run(
            "INSERT OR REPLACE INTO languages VALUES (?, ?, ?, ?)",
            params![client, place, language, source],
        ),
        Record::NameClaimed { client, user, verified } => {
            run("INSERT OR REPLACE INTO names VALUES (?, ?, ?, ?)", params![client, place, user, verified])
        }
        Record::ClientEnded { client } => end_client(connection, *client, place),
        Record::MessageAppended {
            room,
            id,
            writer,
            audience,
            name,
            reference,
            text,
            language,
            sure,
            at,
            // That of its writer, which stands with the clients.
            role: _,
        } => run(
            "INSERT OR REPLACE INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                room,
                sql(*id),
                place,
                writer,
                reference,
                language,
                sure,
                sql(*at),
                text,
                audience.one(),
                name
            ],
        ),
        Record::TranslationEnded { room, id, to, outcome } => {
            let (status, text, engine) = status_of(outcome);
            run(TRANSLATION, params![room, sql(*id), place, to, status, text, engine])
        }
        Record::TranslationWanted { room, id, to } => {
            let nothing = None::<&str>;
            run(TRANSLATION, params![room, sql(*id), place, to, UNTRANSLATED, nothing, nothing])
        }
        _ => store_about_room(connection, place, record),
    }
}

const TRANSLATION: &str = "INSERT OR REPLACE INTO translations VALUES (?, ?, ?, ?, ?, ?, ?)";

/// The status of a translation whose original went out instead.
pub(super) const UNTRANSLATED: &str = "untranslated";

/// The word for it, the text and whose it is, as far as there are any.
fn status_of(outcome: &Ended) -> (&'static str, Option<&str>, Option<&'static str>) {
    match outcome {
        Ended::Done { text, engine } => ("done", Some(text), engine.map(EngineName::word)),
        Ended::Written(text) => ("written", Some(text), None),
        Ended::Same => ("same", None, None),
        Ended::Failed { again: false } => ("failed", None, None),
        Ended::Failed { again: true } => ("failed_service", None, None),
    }
}

/// What happens to a room as a whole, and who comes and goes.
fn store_about_room(connection: &Connection, place: i64, record: &Record) -> rusqlite::Result<()> {
    let run = |sql, values: &[&dyn ToSql]| run(connection, sql, values);
    match record {
        Record::RoomOpened { room, customer, at } => run(
            "INSERT OR REPLACE INTO rooms (room, fact, customer, opened_at, status, status_at)
             VALUES (?1, ?2, ?3, ?4, 'waiting', ?4)",
            params![room, place, customer, sql(*at)],
        ),
        Record::NamedRoomOpened { room, name, at } => run(
            "INSERT OR REPLACE INTO rooms (room, fact, customer, opened_at, status, status_at, public_name)
             VALUES (?1, ?2, 0, ?3, 'open', ?3, ?4)",
            params![room, place, sql(*at), name],
        ),
        // Told twice of the same turn, it turns once.
        Record::LogTurned { room } => run(
            "UPDATE rooms SET kept_from = turned, turned = ?2 WHERE room = ?1 AND ifnull(turned, 0) < ?2",
            params![room, place],
        ),
        Record::LogBegins { room, id } => {
            run("UPDATE rooms SET begins = ?2 WHERE room = ?1", params![room, sql(*id)])
        }
        Record::CustomerCame { room } => {
            run("UPDATE rooms SET came = ?2 WHERE room = ?1", params![room, place])
        }
        Record::Joined { room, client, at } => run(
            "INSERT OR REPLACE INTO members VALUES (?, ?, ?, ?, NULL, NULL)",
            params![room, place, client, sql(*at)],
        ),
        Record::Left { room, client, at } => run(
            "UPDATE members SET left_at = ?3, \"left\" = ?4 WHERE room = ?1 AND client = ?2 AND \"left\" IS NULL",
            params![room, client, sql(*at), place],
        ),
        Record::StatusChanged { room, status, queue, at } => run(
            "UPDATE rooms SET status = ?2, queue = ?3, status_at = ?4, status_fact = ?5 WHERE room = ?1",
            params![room, status, queue, sql(*at), place],
        ),
        Record::RoomClosed { room, reason, at } => run(
            "UPDATE rooms SET status = 'closed', queue = NULL, reason = ?2, closed_at = ?3, closed = ?4
             WHERE room = ?1",
            params![room, reason, sql(*at), place],
        ),
        Record::StartNamed { room, key, body, salt } => {
            run("INSERT OR REPLACE INTO starts VALUES (?, ?, ?, ?, ?)", params![room, place, key, body, salt])
        }
        Record::RoomForgotten { room } => {
            run("UPDATE rooms SET forgotten = 1 WHERE room = ?", params![room])?;
            run("DELETE FROM starts WHERE room = ?", params![room])
        }
        // The others are dealt with by the caller.
        _ => Ok(()),
    }
}

/// A client that was in no chat leaves nothing behind that anybody could want to read.
fn end_client(connection: &Connection, client: ClientNumber, place: i64) -> rusqlite::Result<()> {
    run(connection, "UPDATE clients SET ended = ?2 WHERE client = ?1", params![client, place])?;
    delete_idle_client(connection, sql(client.number()))
}

/// Deletes a client whose token is invalid, unless a chat still needs their name.
pub(super) fn delete_idle_client(connection: &Connection, client: i64) -> rusqlite::Result<()> {
    let deleted = connection
        .prepare_cached(
            "DELETE FROM clients WHERE client = ?1 AND ended IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM rooms WHERE customer = ?1)
                AND NOT EXISTS (SELECT 1 FROM members WHERE client = ?1)",
        )?
        .execute([client])?;
    if deleted > 0 {
        run(connection, "DELETE FROM languages WHERE client = ?", params![client])?;
        run(connection, "DELETE FROM names WHERE client = ?", params![client])?;
    }
    Ok(())
}
