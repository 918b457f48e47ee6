//! What stands in the file, and how an older file becomes a newer one.
//!
//! `PRAGMA application_id` says whose file it is, `PRAGMA user_version` which schema it has. Every version has its step
//! forward in [`STEPS`]; there is no way back, so an older program refuses a newer file.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::error::StoreError;

/// `drag` in ASCII.
const APPLICATION_ID: i64 = 0x6472_6167;

/// What makes version 1 out of an empty file, version 2 out of version 1, and so on. Steps that were released never change.
const STEPS: &[&str] = &[
    include_str!("schema.sql"),
    include_str!("schema_2.sql"),
    include_str!("schema_3.sql"),
    include_str!("schema_4.sql"),
    include_str!("schema_5.sql"),
    include_str!("schema_6.sql"),
];

/// The version this program writes.
pub(super) const VERSION: usize = STEPS.len();

/// Whether a file may be read, and of which version it is; 0 if it is empty.
///
/// # Errors
/// It is no database, not ours, or newer than this program.
pub(super) fn version(connection: &Connection, path: &Path) -> Result<usize, StoreError> {
    let read = |pragma: &str| connection.query_row(pragma, [], |row| row.get::<_, i64>(0));
    let failed = |error| StoreError::database(path, error);
    let application = read("PRAGMA application_id").map_err(failed)?;
    let version = read("PRAGMA user_version").map_err(failed)?;
    let tables = read("SELECT count(*) FROM sqlite_schema").map_err(failed)?;
    match usize::try_from(version) {
        Ok(0) if tables == 0 => Ok(0),
        _ if application != APPLICATION_ID => Err(StoreError::Foreign { path: path.into() }),
        Ok(known) if (1..=VERSION).contains(&known) => Ok(known),
        _ => Err(StoreError::Newer { path: path.into(), version, known: VERSION }),
    }
}

/// Brings a file to the version of this program, or leaves it as it was.
///
/// # Errors
/// Those of [`version`]; the file cannot be written.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let from = version(connection, path)?;
    if from == VERSION {
        return Ok(());
    }
    step_from(connection, from).map_err(|error| StoreError::database(path, error))?;
    if from > 0 {
        log::info!(from, to = VERSION; "the store has a new schema");
    }
    Ok(())
}

fn step_from(connection: &mut Connection, from: usize) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for step in &STEPS[from..] {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", VERSION as i64)?;
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables(connection: &Connection) -> Vec<String> {
        let mut names = connection
            .prepare("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name")
            .unwrap();
        names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    /// A file of an older version, as that version left it.
    fn of_version(version: usize) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        for step in &STEPS[..version] {
            connection.execute_batch(step).unwrap();
        }
        connection.pragma_update(None, "user_version", version as i64).unwrap();
        if version > 0 {
            connection.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
        }
        connection
    }

    #[test]
    fn every_older_version_becomes_the_newest() {
        let expected = tables(&of_version(VERSION));
        for from in 0..=VERSION {
            let mut connection = of_version(from);
            migrate(&mut connection, Path::new("test.db")).unwrap();
            assert_eq!(version(&connection, Path::new("test.db")).unwrap(), VERSION);
            assert_eq!(tables(&connection), expected, "from version {from}");
        }
    }

    #[test]
    fn the_views_can_be_queried() {
        let connection = of_version(VERSION);
        for view in ["chats", "people", "transcripts"] {
            assert!(connection.prepare(&format!("SELECT * FROM {view}")).is_ok(), "{view}");
        }
    }

    #[test]
    fn a_newer_file_and_a_foreign_one_are_refused_by_name() {
        let mut newer = of_version(VERSION);
        newer.pragma_update(None, "user_version", VERSION as i64 + 1).unwrap();
        let error = migrate(&mut newer, Path::new("shop.db")).unwrap_err().to_string();
        assert!(error.starts_with("shop.db was written by a newer Dragoman"), "{error}");

        let mut foreign = Connection::open_in_memory().unwrap();
        foreign.execute_batch("CREATE TABLE wine (year INTEGER)").unwrap();
        let error = migrate(&mut foreign, Path::new("shop.db")).unwrap_err().to_string();
        assert!(error.starts_with("shop.db is a database of another program"), "{error}");
        assert_eq!(tables(&foreign), ["wine"]);
    }
}
