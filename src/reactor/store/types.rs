//! How the types of records stand in the tables: numbers as the same 64 bits, signed; words and codes as text.

use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

use crate::vocabulary::{Bytes32, ClientNumber, Language, Reason, Role, RoomId, Source, Status, TokenHash};

macro_rules! as_number {
    ($($name:ident),*) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(sql(self.number()).into())
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                value.as_i64().map(|number| Self::from_number(number.cast_unsigned()))
            }
        }
    )*};
}

macro_rules! as_text {
    ($($name:ident by $text:ident),*) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok($name::$text(*self).into())
            }
        }
    )*};
}

as_number!(RoomId, ClientNumber);
as_text!(Role by word, Status by word, Reason by word, Source by word, Language by code);

impl ToSql for Bytes32 {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.as_slice().into())
    }
}

impl FromSql for Bytes32 {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        FromSql::column_result(value).map(Self)
    }
}

impl ToSql for TokenHash {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.bytes().as_slice().into())
    }
}

impl FromSql for TokenHash {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        FromSql::column_result(value).map(Self::from_bytes)
    }
}

/// A number as SQLite has it: the same 64 bits, signed.
pub(super) fn sql(number: u64) -> i64 {
    number.cast_signed()
}

/// A number as we have it.
pub(super) fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get(column).map(i64::cast_unsigned)
}

/// What a text stands for, if it is one of ours: people who edit the file may add others.
pub(super) fn known<T>(
    row: &Row<'_>,
    column: usize,
    of: impl FnOnce(&str) -> Option<T>,
) -> rusqlite::Result<Option<T>> {
    Ok(row.get_ref(column)?.as_str_or_null()?.and_then(of))
}
