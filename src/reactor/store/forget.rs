//! Deleting for good: chats that are older than they may get, and what somebody wants gone.
//!
//! What was said in a room with a name is deleted message by message: such a room may be open for years. A visitor who is
//! forgotten leaves empty messages there, because the others keep their numbers.
//!
//! `secure_delete` overwrites what was deleted with zeros. That reaches the file at a checkpoint; whoever asks by name
//! gets one at once, and with it an empty write-ahead log.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior};

use super::error::StoreError;
use super::file::Held;
use super::open_for_writing;
use super::types::sql;
use super::write::delete_idle_client;
use crate::config::StoreSync;
use crate::vocabulary::{Record, TokenHash};

/// Chats deleted at a time while the server runs: a few milliseconds.
const ROOMS_AT_A_TIME: i64 = 5;

/// Deletes some chats that were closed before a moment; whether there may be more.
pub(super) fn delete_old(connection: &mut Connection, closed_before: u64) -> rusqlite::Result<bool> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let rooms: Vec<i64> = transaction
        .prepare_cached("SELECT room FROM rooms WHERE closed_at IS NOT NULL AND closed_at < ? LIMIT ?")?
        .query_map([sql(closed_before), ROOMS_AT_A_TIME], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for room in &rooms {
        delete_room(&transaction, *room)?;
    }
    let said = delete_old_messages(&transaction, closed_before)?;
    transaction.commit()?;
    Ok(!rooms.is_empty() || said)
}

/// Forgets what was remembered of chats that were closed before a moment while no server ran, and ends the tokens of those
/// customers who are in no chat that is open or remembered.
pub(super) fn end_forgotten(connection: &mut Connection, closed_before: u64) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute(
        "UPDATE rooms SET forgotten = 1 WHERE closed_at < ?1 AND NOT forgotten",
        [sql(closed_before)],
    )?;
    let forgotten = "SELECT room FROM rooms WHERE forgotten";
    transaction.execute(&format!("DELETE FROM starts WHERE room IN ({forgotten})"), [])?;
    let idle = "role = 'customer' AND ended IS NULL
        AND NOT EXISTS (SELECT 1 FROM rooms WHERE customer = client AND NOT forgotten)";
    let clients: Vec<i64> = transaction
        .prepare(&format!("UPDATE clients SET ended = fact WHERE {idle} RETURNING client"))?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    clients.into_iter().try_for_each(|client| delete_idle_client(&transaction, client))?;
    transaction.commit()
}

/// Messages deleted at a time.
const MESSAGES_AT_A_TIME: i64 = 200;

/// Deletes some messages that were written before a moment and are not in the log of their room any more; whether there
/// may be more.
fn delete_old_messages(connection: &Connection, before: u64) -> rusqlite::Result<bool> {
    let old = "SELECT said.fact FROM {said} AS said JOIN rooms USING (room)
         WHERE public_name IS NOT NULL AND closed_at IS NULL AND said.fact < kept_from AND said.fact < ?1 LIMIT ?2";
    let has_any = "SELECT EXISTS (SELECT 1 FROM rooms WHERE kept_from IS NOT NULL AND closed_at IS NULL)";
    if !connection.prepare_cached(has_any)?.query_row([], |row| row.get::<_, bool>(0))? {
        return Ok(false);
    }
    // In the order in which they were said: the first that is young enough ends the search.
    let young = "SELECT coalesce((SELECT fact FROM messages WHERE at >= ?1 ORDER BY fact LIMIT 1), 9e18)";
    let first: f64 = connection.prepare_cached(young)?.query_row([sql(before)], |row| row.get(0))?;
    let mut deleted = 0;
    for said in ["messages", "translations"] {
        let old = old.replace("{said}", said);
        deleted += connection
            .prepare_cached(&format!("DELETE FROM {said} WHERE fact IN ({old})"))?
            .execute(rusqlite::params![first, MESSAGES_AT_A_TIME])?;
    }
    Ok(deleted > 0)
}

/// Deletes a chat, and those who were in it if they have no other and their tokens are invalid.
fn delete_room(connection: &Connection, room: i64) -> rusqlite::Result<()> {
    let clients: Vec<i64> = connection
        .prepare_cached(
            "SELECT customer FROM rooms WHERE room = ?1 UNION SELECT client FROM members WHERE room = ?1",
        )?
        .query_map([room], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    // What was said lies between the beginning and the end of the chat.
    for said in ["translations", "messages"] {
        connection
            .prepare_cached(&format!(
                "DELETE FROM {said} WHERE room = ?1 AND fact >= (SELECT fact FROM rooms WHERE room = ?1)
                    AND fact <= (SELECT coalesce(closed, 9e18) FROM rooms WHERE room = ?1)"
            ))?
            .execute([room])?;
    }
    for table in ["members", "starts", "rooms"] {
        connection.prepare_cached(&format!("DELETE FROM {table} WHERE room = ?"))?.execute([room])?;
    }
    clients.into_iter().try_for_each(|client| delete_idle_client(connection, client))
}

/// Deletes a chat by its id, or a customer with all their chats by their token, or all that a visitor said by their
/// secret, while no server runs. Gives how many chats that were, or messages.
///
/// # Errors
/// A server has the file; there is no such chat or token; the file cannot be changed.
pub fn forget(path: &Path, what: &str) -> Result<usize, StoreError> {
    let held = Held::lock(path).map_err(|error| match error {
        StoreError::Taken { path } => StoreError::Busy { path },
        other => other,
    })?;
    let mut connection = open_for_writing(&held.path, StoreSync::Full)?;
    forget_in(&mut connection, &held.path, what)
}

/// Does what a running server was asked for. What is not there is forgotten already.
pub(super) fn erase(connection: &mut Connection, record: &Record) -> rusqlite::Result<()> {
    let subject = match record {
        Record::ChatErased { room } => chat(connection, sql(room.number()))?,
        Record::CustomerErased { client } => Some(whose(connection, sql(client.number()))?),
        _ => None,
    };
    let Some(subject) = subject else { return Ok(()) };
    delete(connection, &subject)?;
    if !wipe(connection)? {
        log::warn!("somebody reads the store; what was deleted leaves its log when they have finished");
    }
    Ok(())
}

/// Does it in a database that is open. Takes as long as writing the whole file takes.
fn forget_in(connection: &mut Connection, path: &Path, what: &str) -> Result<usize, StoreError> {
    let failed = |error| StoreError::database(path, error);
    let Some(subject) = find(connection, what).map_err(failed)? else {
        let what = format!("there is neither a chat nor a customer's token {what:?} in {}", path.display());
        return Err(StoreError::NotFound { what });
    };
    let rooms = delete(connection, &subject).map_err(failed)?;
    let is_wiped = wipe(connection).map_err(failed)?;
    if is_wiped { Ok(rooms) } else { Err(StoreError::Watched { path: path.into() }) }
}

/// What is to be forgotten.
enum Subject {
    Room { room: i64, customer: i64 },
    Customer(i64),
    Visitor(i64),
}

fn find(connection: &Connection, what: &str) -> rusqlite::Result<Option<Subject>> {
    let room = u64::from_str_radix(what, 16).ok().filter(|_| what.len() == 16).map(sql);
    if let Some(room) = room {
        return chat(connection, room);
    }
    let token = TokenHash::of(what);
    let client = connection
        .query_row("SELECT client FROM clients WHERE token = ? AND role <> 'agent'", [token], |row| {
            row.get(0)
        })
        .optional()?;
    client.map(|client| whose(connection, client)).transpose()
}

fn chat(connection: &Connection, room: i64) -> rusqlite::Result<Option<Subject>> {
    let customer = connection
        .query_row("SELECT customer FROM rooms WHERE room = ?", [room], |row| row.get(0))
        .optional()?;
    Ok(customer.map(|customer| Subject::Room { room, customer }))
}

/// As what somebody is known.
fn whose(connection: &Connection, client: i64) -> rusqlite::Result<Subject> {
    let role: Option<String> = connection
        .query_row("SELECT role FROM clients WHERE client = ?", [client], |row| row.get(0))
        .optional()?;
    let visits = role.is_some_and(|role| role == "guest");
    Ok(if visits { Subject::Visitor(client) } else { Subject::Customer(client) })
}

fn delete(connection: &mut Connection, subject: &Subject) -> rusqlite::Result<usize> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let (customer, rooms) = match *subject {
        Subject::Room { room, customer } => (customer, vec![room]),
        Subject::Customer(customer) => (customer, rooms_of(&transaction, customer)?),
        Subject::Visitor(visitor) => {
            let said = unsay(&transaction, visitor)?;
            transaction.commit()?;
            return Ok(said);
        }
    };
    for room in &rooms {
        // Wherever it stands: nothing at all may be left.
        transaction.execute("DELETE FROM messages WHERE room = ?", [room])?;
        transaction.execute("DELETE FROM translations WHERE room = ?", [room])?;
        delete_room(&transaction, *room)?;
    }
    // Without a chat a customer's token opens nothing. What an agent said is part of other people's chats.
    if rooms_of(&transaction, customer)?.is_empty() {
        let gone =
            transaction.execute("DELETE FROM clients WHERE client = ? AND role <> 'agent'", [customer])?;
        if gone > 0 {
            transaction.execute("DELETE FROM languages WHERE client = ?", [customer])?;
        }
    }
    transaction.commit()?;
    Ok(rooms.len())
}

/// Takes back what a visitor said and what was said to them alone, and frees their name. Gives how many messages.
fn unsay(connection: &Connection, visitor: i64) -> rusqlite::Result<usize> {
    connection.execute(
        "DELETE FROM translations WHERE (room, message) IN
            (SELECT room, message FROM messages WHERE writer = ?1 OR addressee = ?1)",
        [visitor],
    )?;
    let said = connection.execute(
        "UPDATE messages SET text = '', writer_name = '', reference = NULL WHERE writer = ?1 OR addressee = ?1",
        [visitor],
    )?;
    connection.execute("UPDATE clients SET name = '', address = '' WHERE client = ?", [visitor])?;
    connection.execute("DELETE FROM names WHERE client = ?", [visitor])?;
    delete_idle_client(connection, visitor)?;
    Ok(said)
}

fn rooms_of(connection: &Connection, customer: i64) -> rusqlite::Result<Vec<i64>> {
    let mut query = connection.prepare_cached("SELECT room FROM rooms WHERE customer = ?")?;
    query.query_map([customer], |row| row.get(0))?.collect()
}

/// Writes the file anew and empties the log. When SQLite moves a row to another page, what it leaves behind on the old
/// one is not overwritten: only a new file is sure to hold nothing of what was deleted.
///
/// Whether that was possible: somebody who reads keeps the log from being emptied.
fn wipe(connection: &Connection) -> rusqlite::Result<bool> {
    connection.execute_batch("VACUUM")?;
    empty_log(connection)
}

/// Moves what is in the write-ahead log to the file and empties it. Whether that was possible.
pub(super) fn empty_log(connection: &Connection) -> rusqlite::Result<bool> {
    connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0))
        .map(|busy| busy == 0)
}
