//! Lines as events: the way back from [`super::write`], and the shorthands of hand-written traces.
//!
//! Every function takes the text behind the arrow or the verb and returns what it says, or a sentence about what is wrong
//! with it; [`super::Trace::parse`] adds the number of the line.

use std::str::FromStr;

use bytes::Bytes;

use super::frame::Frame;
use super::text::{named, nothing_behind, unquote, word};
use super::write::{CONTENT_TYPE, failure_word};
use super::{answer, request};
use crate::config::Config;
use crate::vocabulary::{
    Answer, AnswerField, CloseReason, ConnId, Event, Gauges, JobFailure, JobId, JobOutcome, Record,
};

/// An event that owns its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Owned {
    /// [`Event::Bytes`].
    Bytes(ConnId, Vec<u8>),
    Other(Event<'static>),
}

impl Owned {
    /// The event, borrowing the bytes.
    pub(super) fn event(&self) -> Event<'_> {
        match self {
            Self::Bytes(conn, bytes) => Event::Bytes { conn: *conn, bytes },
            Self::Other(event) => event.clone(),
        }
    }
}

/// Reads the events of a line, from the verb on.
pub(super) fn events(text: &str) -> Result<Vec<Owned>, String> {
    match word(text) {
        ("ready", arguments) => {
            nothing_behind(arguments)?;
            Ok(answer::ready().map(Owned::Other).into())
        }
        _ => event(text).map(|event| vec![event]),
    }
}

/// Reads an event, from its verb on.
pub(super) fn event(text: &str) -> Result<Owned, String> {
    let (verb, arguments) = word(text);
    let conn = || connection(arguments);
    Ok(match verb {
        "bytes" | "text" | "ping" | "pong" | "close" => return bytes(verb, arguments),
        "http" => conn().and_then(|(conn, rest)| Ok(Owned::Bytes(conn, request::http(rest)?)))?,
        "upgrade" => conn().and_then(|(conn, rest)| Ok(Owned::Bytes(conn, request::upgrade(rest)?)))?,
        "boot" => {
            let (unix_ms, rest) = named(arguments, "unix_ms")?;
            Owned::Other(Event::Boot { unix_ms: number(unix_ms)?, seed: seed(rest)? })
        }
        "wall" => {
            let (unix_ms, rest) = named(arguments, "unix_ms")?;
            nothing_behind(rest)?;
            Owned::Other(Event::Wall { unix_ms: number(unix_ms)? })
        }
        "entropy" => Owned::Other(Event::Entropy { seed: seed(arguments)? }),
        "accepted" => {
            let (conn, rest) = conn()?;
            let peer = rest.parse().map_err(|_| format!("{rest:?} is no address"))?;
            Owned::Other(Event::Accepted { conn, peer })
        }
        "eof" => Owned::Other(Event::Eof { conn: only_connection(arguments)? }),
        "drained" => Owned::Other(Event::Drained { conn: only_connection(arguments)? }),
        "turn" => Owned::Other(Event::Turn { conn: only_connection(arguments)? }),
        "closed" => {
            let (conn, rest) = conn()?;
            Owned::Other(Event::Closed { conn, reason: close_reason(rest)? })
        }
        "done" => Owned::Other(done(arguments)?),
        "piece" => Owned::Other(piece(arguments)?),
        "answer" => {
            let (job, rest) = job(arguments)?;
            Owned::Other(answer::answer(job, rest)?)
        }
        "restored" => Owned::Other(Event::Restored { record: record(arguments)? }),
        "store_down" => nothing_behind(arguments).map(|()| Owned::Other(Event::StoreDown))?,
        "store_up" => nothing_behind(arguments).map(|()| Owned::Other(Event::StoreUp))?,
        "gauges" => Owned::Other(Event::Gauges(gauges(arguments)?)),
        "reload" => Owned::Other(Event::Reload { glossary: glossary(arguments)? }),
        "tick" => nothing_behind(arguments).map(|()| Owned::Other(Event::Tick))?,
        "shutdown" => nothing_behind(arguments).map(|()| Owned::Other(Event::Shutdown))?,
        _ => return Err(format!("{verb:?} is no event")),
    })
}

/// The verbs that are bytes of a client, plain or in a frame.
fn bytes(verb: &str, arguments: &str) -> Result<Owned, String> {
    let (conn, mut rest) = connection(arguments)?;
    let mut code = 0;
    if verb == "close" {
        let (first, behind) = word(rest);
        (code, rest) = (number(first)?, behind);
    }
    let (payload, behind) = unquote(rest)?;
    nothing_behind(behind)?;
    let frame = match verb {
        "text" => Frame::Text(payload.into()),
        "close" => Frame::Close(code, payload.into()),
        "ping" => Frame::Ping(payload.into()),
        "pong" => Frame::Pong(payload.into()),
        _ if payload.is_empty() => return Err("bytes are never empty".to_owned()),
        _ => return Ok(Owned::Bytes(conn, payload)),
    };
    Ok(Owned::Bytes(conn, frame.masked()?))
}

/// A job, and what follows it.
fn job(text: &str) -> Result<(JobId, &str), String> {
    let (name, rest) = word(text);
    let number = name.strip_prefix('j').and_then(|digits| digits.parse().ok());
    number
        .map(|number| (JobId(number), rest))
        .ok_or_else(|| format!("expected a job such as j7, not {name:?}"))
}

fn piece(arguments: &str) -> Result<Event<'static>, String> {
    let (job, rest) = job(arguments)?;
    let (bytes, rest) = unquote(rest)?;
    nothing_behind(rest)?;
    if bytes.is_empty() {
        return Err("a piece is never empty".to_owned());
    }
    Ok(Event::JobPiece { job, bytes: bytes.into() })
}

fn done(arguments: &str) -> Result<Event<'static>, String> {
    let (job, rest) = job(arguments)?;
    let (what, rest) = word(rest);
    let outcome = if let Ok(status) = what.parse() {
        JobOutcome::Answered(answered(status, rest)?)
    } else {
        let (payload, rest) = unquote(rest)?;
        nothing_behind(rest)?;
        let detail = String::from_utf8(payload).map_err(|_| "the detail of a failure must be UTF-8")?;
        JobOutcome::Failed { why: failure(what)?, detail }
    };
    Ok(Event::JobDone { job, outcome })
}

/// What stands behind the status: perhaps `content-type="…"` and other fields, then the body.
fn answered(status: u16, mut text: &str) -> Result<Answer, String> {
    let mut answer = Answer::new(status, Bytes::new());
    while let Some((name, quoted)) = text.split_once('=').filter(|_| !text.starts_with('"')) {
        let (value, rest) = unquote(quoted)?;
        let value = String::from_utf8(value).map_err(|_| format!("{name} must be UTF-8"))?;
        text = rest;
        if name == CONTENT_TYPE {
            answer.content_type = value;
            continue;
        }
        let field = AnswerField::ALL.into_iter().find(|field| field.name() == name);
        let field = field.ok_or_else(|| format!("{name:?} is no field of an answer that is passed on"))?;
        answer.fields.push((field, value));
    }
    let (body, rest) = unquote(text)?;
    nothing_behind(rest)?;
    Ok(Answer { body: body.into(), ..answer })
}

/// Reads a record, which is JSON.
fn record(text: &str) -> Result<Record, String> {
    not_of_old(text)?;
    serde_json::from_str(text).map_err(|error| format!("expected a record: {error}"))
}

/// Refuses a record as it was written before it was JSON.
pub(super) fn not_of_old(record: &str) -> Result<(), String> {
    if record.starts_with('{') {
        return Ok(());
    }
    let this = env!("CARGO_PKG_VERSION");
    Err(format!(
        "recorded by dragoman 0.1, whose records dragoman {this} does not read; replay it with that version"
    ))
}

/// `glossary="…"`, or nothing.
fn glossary(text: &str) -> Result<Option<String>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let quoted =
        text.strip_prefix("glossary=").ok_or_else(|| format!("expected glossary=\"…\", not {text:?}"))?;
    let (bytes, rest) = unquote(quoted)?;
    nothing_behind(rest)?;
    String::from_utf8(bytes).map(Some).map_err(|_| "the glossary must be UTF-8".to_owned())
}

fn gauges(text: &str) -> Result<Gauges, String> {
    let (writes, rest) = named(text, "writes")?;
    let (total, rest) = named(rest, "total_us")?;
    let (p50, rest) = named(rest, "p50_us")?;
    let (p95, rest) = named(rest, "p95_us")?;
    let (p99, rest) = named(rest, "p99_us")?;
    nothing_behind(rest)?;
    Ok(Gauges {
        writes: number(writes)?,
        total_us: number(total)?,
        p50_us: number(p50)?,
        p95_us: number(p95)?,
        p99_us: number(p99)?,
    })
}

fn failure(text: &str) -> Result<JobFailure, String> {
    use JobFailure::{Cancelled, Crowded, Lost, Refused, TimedOut, TooLarge};
    let all = [Refused, Lost, TimedOut, TooLarge, Crowded, Cancelled];
    all.into_iter().find(|&why| failure_word(why) == text).ok_or_else(|| {
        format!("{text:?} is neither a status nor a failure; those are {}", all.map(failure_word).join(", "))
    })
}

fn close_reason(text: &str) -> Result<CloseReason, String> {
    match text {
        "reset" => Ok(CloseReason::Reset),
        "error" => Ok(CloseReason::Error),
        _ => Err(format!("{text:?} is neither reset nor error")),
    }
}

/// Tables of connections grow to the highest slot, so one line of a damaged file could ask for all memory there is. No
/// process has as many sockets as this.
const MAX_SLOT: u32 = 1 << 20;

/// A connection, and what follows it.
pub(super) fn connection(text: &str) -> Result<(ConnId, &str), String> {
    let (name, rest) = word(text);
    let parts = name.split_once('.').and_then(|(slot, generation)| {
        Some(ConnId { slot: slot.parse().ok()?, generation: generation.parse().ok()? })
    });
    let parts = parts.filter(|conn| conn.slot <= MAX_SLOT);
    parts.map(|conn| (conn, rest)).ok_or_else(|| format!("expected a connection such as 0.1, not {name:?}"))
}

fn only_connection(text: &str) -> Result<ConnId, String> {
    let (conn, rest) = connection(text)?;
    nothing_behind(rest)?;
    Ok(conn)
}

/// `seed=` with up to 64 digits; those that are missing are zeros, so that people need not write them.
fn seed(text: &str) -> Result<[u8; 32], String> {
    let (digits, rest) = named(text, "seed")?;
    nothing_behind(rest)?;
    let mut seed = [0; 32];
    let wrong = || format!("a seed has an even number of hexadecimal digits, at most 64, unlike {digits:?}");
    if digits.len() > 64 || digits.len() % 2 == 1 {
        return Err(wrong());
    }
    for (place, byte) in seed.iter_mut().enumerate().take(digits.len() / 2) {
        let pair = digits.get(2 * place..2 * place + 2);
        *byte = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()).ok_or_else(wrong)?;
    }
    Ok(seed)
}

pub(super) fn number<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{text:?} is no number that would fit here"))
}

/// Reads the settings that differ from the defaults.
pub(super) fn config(mut text: &str) -> Result<Config, String> {
    let mut given: Vec<(&str, String)> = Vec::new();
    while !text.is_empty() {
        let (name, rest) =
            text.split_once('=').ok_or_else(|| format!("expected NAME=value, not {text:?}"))?;
        let (value, rest) = if rest.starts_with('"') {
            let (value, rest) = unquote(rest)?;
            (String::from_utf8(value).map_err(|_| format!("{name} must be UTF-8"))?, rest)
        } else {
            // Not `word`: an empty value must not swallow the next name.
            let end = rest.find(' ').unwrap_or(rest.len());
            (rest[..end].to_owned(), rest[end..].trim_start())
        };
        if !Config::table().iter().any(|row| row.0 == name) {
            return Err(format!("there is no setting {name:?}"));
        }
        given.push((name, value));
        text = rest;
    }
    let look_up = |name: &str| given.iter().find(|pair| pair.0 == name).map(|pair| pair.1.clone());
    Config::read(look_up).map_err(|problems| {
        let problems: Vec<_> =
            problems.iter().map(|problem| format!("{} {}", problem.name, problem.what)).collect();
        problems.join("; ")
    })
}
