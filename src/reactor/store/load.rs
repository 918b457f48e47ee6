//! The tables as records: what is still alive, in the order in which it came true.
//!
//! Reads open rooms wholly, closed ones that are still remembered without what was said, clients whose token is valid,
//! and those others whose names the rooms need; of these their end is told as well. Of what was said, only that is looked
//! at which is younger than the oldest open room.

use std::sync::Arc;

use rusqlite::{Connection, Row, params};

use super::write::{UNTRANSLATED, sql};
use crate::config::Config;
use crate::vocabulary::{Ended, Language, Record, Word};

/// A record and its place in the order.
type Fact = (i64, Record);

/// The rooms that are told: `?1` is the moment before which closed ones are forgotten.
const TOLD: &str = "told (room) AS (
    SELECT room FROM rooms WHERE closed_at IS NULL
    UNION ALL SELECT room FROM rooms WHERE closed_at IS NOT NULL AND closed_at >= ?1 AND NOT forgotten)";

/// The place of the last fact of all, those that are only history among them.
const LAST: &str = "SELECT max(fact) FROM (
    SELECT 0 AS fact
    UNION ALL SELECT max(fact) FROM messages
    UNION ALL SELECT max(fact) FROM translations
    UNION ALL SELECT max(fact) FROM languages
    UNION ALL SELECT max(fact) FROM names
    UNION ALL SELECT max(max(fact, ifnull(ended, 0))) FROM clients
    UNION ALL SELECT max(max(fact, ifnull(\"left\", 0))) FROM members
    UNION ALL SELECT max(max(fact, ifnull(came, 0), ifnull(status_fact, 0), ifnull(closed, 0), ifnull(turned, 0)))
                FROM rooms)";

/// All facts that are still alive, and the place of the next one.
///
/// # Errors
/// Those of SQLite.
pub(super) fn alive(connection: &Connection, tombstones_since: u64) -> rusqlite::Result<(Vec<Record>, i64)> {
    // One moment for all that is read.
    let reading = connection.unchecked_transaction()?;
    let mut facts = Vec::new();
    clients(&reading, tombstones_since, &mut facts)?;
    names(&reading, &mut facts)?;
    rooms(&reading, tombstones_since, &mut facts)?;
    members(&reading, tombstones_since, &mut facts)?;
    messages(&reading, &mut facts)?;
    translations(&reading, &mut facts)?;
    reading.finish()?;
    facts.sort_by_key(|(fact, _)| *fact);
    let next = connection.query_row(LAST, [], |row| row.get::<_, i64>(0))? + 1;
    Ok((facts.into_iter().map(|(_, record)| record).collect(), next))
}

fn clients(connection: &Connection, since: u64, facts: &mut Vec<Fact>) -> rusqlite::Result<()> {
    let wanted = format!(
        "WITH {TOLD}, wanted (client) AS (
             SELECT client FROM clients WHERE ended IS NULL
             UNION SELECT customer FROM told CROSS JOIN rooms USING (room)
             UNION SELECT client FROM told CROSS JOIN members USING (room))"
    );
    let mut query = connection.prepare(&format!(
        "{wanted} SELECT client, fact, token, role, name, language, source, address, created_at, ended
         FROM wanted CROSS JOIN clients USING (client)"
    ))?;
    let mut rows = query.query([sql(since)])?;
    while let Some(row) = rows.next()? {
        let client = unsigned(row, 0)?;
        let record = Record::ClientCreated {
            client,
            token: row.get(2)?,
            role: word(row, 3)?,
            name: row.get(4)?,
            language: language(row, 5)?,
            source: word(row, 6)?,
            address: row.get(7)?,
            at: unsigned(row, 8)?,
        };
        facts.push((row.get(1)?, record));
        if let Some(fact) = row.get(9)? {
            facts.push((fact, Record::ClientEnded { client }));
        }
    }
    let mut query = connection.prepare(&format!(
        "{wanted} SELECT client, fact, language, source FROM wanted CROSS JOIN languages USING (client)"
    ))?;
    let mut rows = query.query([sql(since)])?;
    while let Some(row) = rows.next()? {
        // A language this program does not know was learnt in vain.
        if let Some(language) = language(row, 2)? {
            let (client, source) = (unsigned(row, 0)?, word(row, 3)?);
            facts.push((row.get(1)?, Record::LanguageLearnt { client, language, source }));
        }
    }
    Ok(())
}

/// Of those who are still known.
fn names(connection: &Connection, facts: &mut Vec<Fact>) -> rusqlite::Result<()> {
    let mut query = connection.prepare(
        "SELECT client, names.fact, user, verified FROM names JOIN clients USING (client) WHERE ended IS NULL",
    )?;
    let mut rows = query.query(params![])?;
    while let Some(row) = rows.next()? {
        let record =
            Record::NameClaimed { client: unsigned(row, 0)?, user: row.get(2)?, verified: row.get(3)? };
        facts.push((row.get(1)?, record));
    }
    Ok(())
}

fn rooms(connection: &Connection, since: u64, facts: &mut Vec<Fact>) -> rusqlite::Result<()> {
    let mut query = connection.prepare(&format!(
        "WITH {TOLD} SELECT room, fact, customer, opened_at, came, status, queue, status_at, status_fact, reason,
                closed_at, closed, public_name, begins
         FROM told CROSS JOIN rooms USING (room)"
    ))?;
    let mut rows = query.query([sql(since)])?;
    while let Some(row) = rows.next()? {
        let room = unsigned(row, 0)?;
        let (customer, at) = (unsigned(row, 2)?, unsigned(row, 3)?);
        let opened = match row.get(12)? {
            Some(name) => Record::NamedRoomOpened { room, name, at },
            None => Record::RoomOpened { room, customer, at },
        };
        facts.push((row.get(1)?, opened));
        if let Some(begins) = row.get::<_, Option<i64>>(13)? {
            facts.push((row.get(1)?, Record::LogBegins { room, id: begins.cast_unsigned() }));
        }
        if let Some(fact) = row.get(4)? {
            facts.push((fact, Record::CustomerCame { room }));
        }
        if let Some(fact) = row.get(11)? {
            let (reason, at) = (word(row, 9)?, unsigned(row, 10)?);
            facts.push((fact, Record::RoomClosed { room, reason, at }));
        } else if let Some(fact) = row.get(8)? {
            let (status, queue, at) = (word(row, 5)?, row.get(6)?, unsigned(row, 7)?);
            facts.push((fact, Record::StatusChanged { room, status, queue, at }));
        }
    }
    Ok(())
}

fn members(connection: &Connection, since: u64, facts: &mut Vec<Fact>) -> rusqlite::Result<()> {
    let mut query = connection.prepare(&format!(
        "WITH {TOLD} SELECT room, fact, client, joined_at, left_at, \"left\" FROM told CROSS JOIN members USING (room)"
    ))?;
    let mut rows = query.query([sql(since)])?;
    while let Some(row) = rows.next()? {
        let (room, client) = (unsigned(row, 0)?, unsigned(row, 2)?);
        facts.push((row.get(1)?, Record::Joined { room, client, at: unsigned(row, 3)? }));
        if let Some(fact) = row.get(5)? {
            facts.push((fact, Record::Left { room, client, at: unsigned(row, 4)? }));
        }
    }
    Ok(())
}

/// What was said in open rooms, behind the beginning of the oldest of them; in those with a name, as far back as their
/// log may reach.
const OPEN: &str = "JOIN rooms USING (room)
    WHERE closed_at IS NULL AND said.fact >= ifnull(kept_from, 0)
      AND said.fact >= (SELECT min(ifnull(kept_from, fact)) FROM rooms WHERE closed_at IS NULL)";

fn messages(connection: &Connection, facts: &mut Vec<Fact>) -> rusqlite::Result<()> {
    // What stands before the beginning of its log is still known by name for a while.
    let names = Config::MAX_DROPPED_NAMES;
    let mut query = connection.prepare(&format!(
        "SELECT room, message, said.fact, writer, reference, language, sure, at, text, addressee, writer_name
         FROM messages AS said CROSS {OPEN}
           AND (message >= ifnull(begins, 0) OR reference IS NOT NULL AND message >= begins - {names})"
    ))?;
    let mut rows = query.query(params![])?;
    while let Some(row) = rows.next()? {
        let record = Record::MessageAppended {
            room: unsigned(row, 0)?,
            id: unsigned(row, 1)?,
            writer: unsigned(row, 3)?,
            addressee: row.get::<_, Option<i64>>(9)?.map(i64::cast_unsigned),
            name: row.get(10)?,
            reference: row.get(4)?,
            text: row.get(8)?,
            language: language(row, 5)?,
            sure: row.get(6)?,
            at: unsigned(row, 7)?,
        };
        facts.push((row.get(2)?, record));
    }
    Ok(())
}

fn translations(connection: &Connection, facts: &mut Vec<Fact>) -> rusqlite::Result<()> {
    let mut query = connection.prepare(&format!(
        "SELECT room, message, said.fact, language, said.status, text FROM translations AS said CROSS {OPEN}
           AND message >= ifnull(begins, 0)"
    ))?;
    let mut rows = query.query(params![])?;
    while let Some(row) = rows.next()? {
        let (room, id) = (unsigned(row, 0)?, unsigned(row, 1)?);
        let Some(to) = language(row, 3)? else { continue };
        let outcome = match row.get_ref(4)?.as_str()? {
            UNTRANSLATED => {
                facts.push((row.get(2)?, Record::DeliveredUntranslated { room, id, to }));
                continue;
            }
            "done" => Ended::Done(row.get::<_, Option<Arc<str>>>(5)?.unwrap_or_default()),
            "written" => Ended::Written(row.get::<_, Option<Arc<str>>>(5)?.unwrap_or_default()),
            "same" => Ended::Same,
            status => Ended::Failed { again: status == "failed_service" },
        };
        facts.push((row.get(2)?, Record::TranslationSettled { room, id, to, outcome }));
    }
    Ok(())
}

fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get(column).map(i64::cast_unsigned)
}

/// The words of our own vocabulary are few; people who edit the file may add others.
fn word(row: &Row<'_>, column: usize) -> rusqlite::Result<Word> {
    row.get::<_, Option<String>>(column).map(|text| Word::Owned(text.unwrap_or_default()))
}

fn language(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Language>> {
    Ok(row.get_ref(column)?.as_str_or_null()?.and_then(Language::parse))
}
