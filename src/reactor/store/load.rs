//! The tables as records: what is still alive, in the order in which it came true.
//!
//! Reads open rooms wholly, closed ones that are still remembered without what was said, clients whose token is valid,
//! and those others whose names the rooms need; of these their end is told as well. Of what was said, only that is looked
//! at which is younger than the oldest open room.

use std::sync::Arc;

use rusqlite::{Connection, params};

use super::types::{known, sql, unsigned};
use super::write::UNTRANSLATED;
use crate::config::Config;
use crate::vocabulary::{
    ClientNumber, Ended, EngineName, Language, Reason, Record, Role, RoomId, Source, Status,
};

/// A record and its place in the order, which the tables call `fact`.
type Placed = (i64, Record);

/// The rooms that are told: `?1` is the moment before which closed ones are forgotten.
const TOLD: &str = "told (room) AS (
    SELECT room FROM rooms WHERE closed_at IS NULL
    UNION ALL SELECT room FROM rooms WHERE closed_at IS NOT NULL AND closed_at >= ?1 AND NOT forgotten)";

/// The place of the last record of all, those that are only history among them.
const LAST: &str = "SELECT max(fact) FROM (
    SELECT 0 AS fact
    UNION ALL SELECT max(fact) FROM messages
    UNION ALL SELECT max(fact) FROM translations
    UNION ALL SELECT max(fact) FROM languages
    UNION ALL SELECT max(fact) FROM names
    UNION ALL SELECT max(fact) FROM starts
    UNION ALL SELECT max(max(fact, ifnull(ended, 0))) FROM clients
    UNION ALL SELECT max(max(fact, ifnull(\"left\", 0))) FROM members
    UNION ALL SELECT max(max(fact, ifnull(came, 0), ifnull(status_fact, 0), ifnull(closed, 0), ifnull(turned, 0)))
                FROM rooms)";

/// All records that are still alive, and the place of the next one.
///
/// # Errors
/// Those of SQLite.
pub(super) fn alive(connection: &Connection, tombstones_since: u64) -> rusqlite::Result<(Vec<Record>, i64)> {
    // One moment for all that is read.
    let reading = connection.unchecked_transaction()?;
    let mut records = Vec::new();
    clients(&reading, tombstones_since, &mut records)?;
    names(&reading, &mut records)?;
    rooms(&reading, tombstones_since, &mut records)?;
    members(&reading, tombstones_since, &mut records)?;
    starts(&reading, tombstones_since, &mut records)?;
    messages(&reading, &mut records)?;
    translations(&reading, &mut records)?;
    reading.finish()?;
    records.sort_by_key(|(place, _)| *place);
    let next = connection.query_row(LAST, [], |row| row.get::<_, i64>(0))? + 1;
    Ok((records.into_iter().map(|(_, record)| record).collect(), next))
}

/// When the last message was said, or a room opened, changed or closed, in milliseconds of Unix time.
///
/// # Errors
/// Those of SQLite.
pub(super) fn newest(connection: &Connection) -> rusqlite::Result<Option<u64>> {
    let newest = "SELECT max(at) FROM (
        SELECT max(max(opened_at, status_at, ifnull(closed_at, 0))) AS at FROM rooms
        UNION ALL SELECT at FROM (SELECT at FROM messages ORDER BY fact DESC LIMIT 1))";
    let at: Option<i64> = connection.query_row(newest, [], |row| row.get(0))?;
    Ok(at.map(i64::cast_unsigned))
}

fn clients(connection: &Connection, since: u64, records: &mut Vec<Placed>) -> rusqlite::Result<()> {
    let wanted = format!(
        "WITH {TOLD}, wanted (client) AS (
             SELECT client FROM clients WHERE ended IS NULL AND role <> 'customer'
             UNION SELECT customer FROM told CROSS JOIN rooms USING (room)
             UNION SELECT client FROM told CROSS JOIN members USING (room))"
    );
    let mut query = connection.prepare(&format!(
        "{wanted} SELECT client, fact, token, role, name, language, source, address, created_at, ended
         FROM wanted CROSS JOIN clients USING (client)"
    ))?;
    let mut rows = query.query([sql(since)])?;
    while let Some(row) = rows.next()? {
        let client = row.get(0)?;
        let record = Record::ClientCreated {
            client,
            token: row.get(2)?,
            role: known(row, 3, Role::of)?.unwrap_or(Role::Customer),
            name: row.get(4)?,
            language: known(row, 5, Language::parse)?,
            source: known(row, 6, Source::of)?.unwrap_or_default(),
            address: row.get(7)?,
            at: unsigned(row, 8)?,
        };
        records.push((row.get(1)?, record));
        if let Some(place) = row.get(9)? {
            records.push((place, Record::ClientEnded { client }));
        }
    }
    let mut query = connection.prepare(&format!(
        "{wanted} SELECT client, fact, language, source FROM wanted CROSS JOIN languages USING (client)"
    ))?;
    let mut rows = query.query([sql(since)])?;
    while let Some(row) = rows.next()? {
        // A language this program does not know was learnt in vain.
        if let Some(language) = known(row, 2, Language::parse)? {
            let source = known(row, 3, Source::of)?.unwrap_or_default();
            records.push((row.get(1)?, Record::LanguageLearnt { client: row.get(0)?, language, source }));
        }
    }
    Ok(())
}

/// Of those who are still known.
fn names(connection: &Connection, records: &mut Vec<Placed>) -> rusqlite::Result<()> {
    let mut query = connection.prepare(
        "SELECT client, names.fact, user, verified FROM names JOIN clients USING (client) WHERE ended IS NULL",
    )?;
    let mut rows = query.query(params![])?;
    while let Some(row) = rows.next()? {
        let record = Record::NameClaimed { client: row.get(0)?, user: row.get(2)?, verified: row.get(3)? };
        records.push((row.get(1)?, record));
    }
    Ok(())
}

fn rooms(connection: &Connection, since: u64, records: &mut Vec<Placed>) -> rusqlite::Result<()> {
    let mut query = connection.prepare(&format!(
        "WITH {TOLD} SELECT room, fact, customer, opened_at, came, status, queue, status_at, status_fact, reason,
                closed_at, closed, public_name, begins
         FROM told CROSS JOIN rooms USING (room)"
    ))?;
    let mut rows = query.query([sql(since)])?;
    while let Some(row) = rows.next()? {
        let room: RoomId = row.get(0)?;
        let (customer, at) = (row.get(2)?, unsigned(row, 3)?);
        let opened = match row.get(12)? {
            Some(name) => Record::NamedRoomOpened { room, name, at },
            None => Record::RoomOpened { room, customer, at },
        };
        records.push((row.get(1)?, opened));
        if let Some(begins) = row.get::<_, Option<i64>>(13)? {
            records.push((row.get(1)?, Record::LogBegins { room, id: begins.cast_unsigned() }));
        }
        if let Some(place) = row.get(4)? {
            records.push((place, Record::CustomerCame { room }));
        }
        if let Some(place) = row.get(11)? {
            let reason = known(row, 9, Reason::of)?.unwrap_or(Reason::Closed);
            let at = unsigned(row, 10)?;
            records.push((place, Record::RoomClosed { room, reason, at }));
        } else if let (Some(place), Some(status)) = (row.get(8)?, known(row, 5, Status::of)?) {
            let (queue, at) = (row.get(6)?, unsigned(row, 7)?);
            records.push((place, Record::StatusChanged { room, status, queue, at }));
        }
    }
    Ok(())
}

fn members(connection: &Connection, since: u64, records: &mut Vec<Placed>) -> rusqlite::Result<()> {
    let mut query = connection.prepare(&format!(
        "WITH {TOLD} SELECT room, fact, client, joined_at, left_at, \"left\" FROM told CROSS JOIN members USING (room)"
    ))?;
    let mut rows = query.query([sql(since)])?;
    while let Some(row) = rows.next()? {
        let (room, client) = (row.get(0)?, row.get(2)?);
        records.push((row.get(1)?, Record::Joined { room, client, at: unsigned(row, 3)? }));
        if let Some(place) = row.get(5)? {
            records.push((place, Record::Left { room, client, at: unsigned(row, 4)? }));
        }
    }
    Ok(())
}

fn starts(connection: &Connection, since: u64, records: &mut Vec<Placed>) -> rusqlite::Result<()> {
    let mut query = connection.prepare(&format!(
        "WITH {TOLD} SELECT room, fact, key, body, salt FROM told CROSS JOIN starts USING (room)"
    ))?;
    let mut rows = query.query([sql(since)])?;
    while let Some(row) = rows.next()? {
        let (room, key, body, salt) = (row.get(0)?, row.get(2)?, row.get(3)?, row.get(4)?);
        records.push((row.get(1)?, Record::StartNamed { room, key, body, salt }));
    }
    Ok(())
}

/// What was said in open rooms, behind the beginning of the oldest of them; in those with a name, as far back as their
/// log may reach.
const OPEN: &str = "JOIN rooms USING (room)
    WHERE closed_at IS NULL AND said.fact >= ifnull(kept_from, 0)
      AND said.fact >= (SELECT min(ifnull(kept_from, fact)) FROM rooms WHERE closed_at IS NULL)";

fn messages(connection: &Connection, records: &mut Vec<Placed>) -> rusqlite::Result<()> {
    // What stands before the beginning of its log is still known by name for a while.
    let names = Config::MAX_DROPPED_NAMES;
    // Of those who are forgotten only visitors leave messages.
    let mut query = connection.prepare(&format!(
        "SELECT room, message, said.fact, writer, reference, language, sure, at, text, addressee, writer_name,
                (SELECT role FROM clients WHERE client = writer)
         FROM messages AS said CROSS {OPEN}
           AND (message >= ifnull(begins, 0) OR reference IS NOT NULL AND message >= begins - {names})"
    ))?;
    let mut rows = query.query(params![])?;
    while let Some(row) = rows.next()? {
        let record = Record::MessageAppended {
            room: row.get(0)?,
            id: unsigned(row, 1)?,
            writer: row.get(3)?,
            role: known(row, 11, Role::of)?.unwrap_or(Role::Guest),
            audience: row.get::<_, Option<ClientNumber>>(9)?.into(),
            name: row.get(10)?,
            reference: row.get(4)?,
            text: row.get(8)?,
            language: known(row, 5, Language::parse)?,
            sure: row.get(6)?,
            at: unsigned(row, 7)?,
        };
        records.push((row.get(2)?, record));
    }
    Ok(())
}

fn translations(connection: &Connection, records: &mut Vec<Placed>) -> rusqlite::Result<()> {
    let mut query = connection.prepare(&format!(
        "SELECT room, message, said.fact, language, said.status, text, engine FROM translations AS said CROSS {OPEN}
           AND message >= ifnull(begins, 0)"
    ))?;
    let mut rows = query.query(params![])?;
    while let Some(row) = rows.next()? {
        let (room, id): (RoomId, _) = (row.get(0)?, unsigned(row, 1)?);
        let Some(to) = known(row, 3, Language::parse)? else { continue };
        let outcome = match row.get_ref(4)?.as_str()? {
            UNTRANSLATED => {
                records.push((row.get(2)?, Record::TranslationWanted { room, id, to }));
                continue;
            }
            "done" => Ended::Done {
                text: row.get::<_, Option<Arc<str>>>(5)?.unwrap_or_default(),
                engine: known(row, 6, EngineName::of)?,
            },
            "written" => Ended::Written(row.get::<_, Option<Arc<str>>>(5)?.unwrap_or_default()),
            "same" => Ended::Same,
            status => Ended::Failed { again: status == "failed_service" },
        };
        records.push((row.get(2)?, Record::TranslationEnded { room, id, to, outcome }));
    }
    Ok(())
}
