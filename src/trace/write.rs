//! Events and effects as lines, without their time and arrow. [`super::read`] is the way back, for events.

use std::fmt::Write as _;

use super::frame::Frame;
use super::page;
use super::text::{fingerprint, quote, readable_json, single_line};
use crate::config::Config;
use crate::vocabulary::{
    Answer, AnswerMode, CloseReason, Closing, Effect, Event, Gauges, HttpCall, JobFailure, JobOutcome,
    JobSpec, PipelineCall, PipelineWork, Record, Service,
};

/// Bytes of one effect shown in full; of more, only the first part and a fingerprint, so that no answer bloats a trace.
const SHOWN_BYTES_MAX: usize = 8192;
/// Bytes shown of what is longer, if it has no head of its own to show.
const FIRST_PART_BYTES: usize = 256;

/// Appends the settings that differ from the defaults.
pub(super) fn config(out: &mut String, config: &Config) {
    verb(out, "config");
    for (name, value) in config.differences() {
        let _ = write!(out, "{name}=");
        if value.is_empty() {
            // Only a list can be empty although its default is not, and an empty variable would mean the default.
            out.push(',');
        } else if value.contains(|c: char| c.is_whitespace() || c.is_control() || c == '"' || c == '\\') {
            quote(out, value.as_bytes());
        } else {
            out.push_str(&value);
        }
        out.push(' ');
    }
    out.truncate(out.trim_end().len());
}

pub(super) fn event(out: &mut String, event: &Event<'_>) {
    match event {
        Event::Boot { unix_ms, seed } => {
            verb(out, "boot");
            let _ = write!(out, "unix_ms={unix_ms} ");
            write_seed(out, seed);
        }
        Event::Wall { unix_ms } => {
            verb(out, "wall");
            let _ = write!(out, "unix_ms={unix_ms}");
        }
        Event::Entropy { seed } => {
            verb(out, "entropy");
            write_seed(out, seed);
        }
        Event::Accepted { conn, peer } => {
            verb(out, "accepted");
            let _ = write!(out, "{conn} {peer}");
        }
        Event::Bytes { conn, bytes } => match Frame::of_client(bytes) {
            Some(frame) => {
                verb(out, frame.parts().0);
                let _ = write!(out, "{conn} ");
                write_code(out, &frame);
                quote(out, frame.parts().1);
            }
            None => {
                verb(out, "bytes");
                let _ = write!(out, "{conn} ");
                quote(out, bytes);
            }
        },
        Event::Eof { conn } => about(out, "eof", conn),
        Event::Drained { conn } => about(out, "drained", conn),
        Event::Turn { conn } => about(out, "turn", conn),
        Event::Closed { conn, reason } => {
            verb(out, "closed");
            let _ = write!(out, "{conn} {}", reason_word(*reason));
        }
        Event::JobPiece { job, bytes } => {
            verb(out, "piece");
            let _ = write!(out, "{job} ");
            quote(out, bytes);
        }
        Event::JobDone { job, outcome } => {
            verb(out, "done");
            let _ = write!(out, "{job} ");
            write_outcome(out, outcome);
        }
        Event::Restored { record } => {
            verb(out, "restored");
            self::record(out, record);
        }
        Event::StoreDown => out.push_str("store_down"),
        Event::StoreUp => out.push_str("store_up"),
        Event::Gauges(Gauges { writes, total_us, p50_us, p95_us, p99_us }) => {
            verb(out, "gauges");
            let _ = write!(
                out,
                "writes={writes} total_us={total_us} p50_us={p50_us} p95_us={p95_us} p99_us={p99_us}"
            );
        }
        Event::Reload { glossary } => write_reload(out, glossary.as_deref()),
        Event::Tick => out.push_str("tick"),
        Event::Shutdown => out.push_str("shutdown"),
    }
}

pub(super) fn effect(out: &mut String, effect: &Effect) {
    match effect {
        Effect::Send { conn, bytes } => {
            verb(out, "send");
            let _ = write!(out, "{conn} ");
            match Frame::of_server(bytes) {
                Some(frame) => {
                    let _ = write!(out, "{} ", frame.parts().0);
                    write_code(out, &frame);
                    shorten(out, frame.parts().1);
                }
                None if page::write(out, bytes) => {}
                None => shorten(out, bytes),
            }
        }
        Effect::Close { conn, how } => {
            verb(out, "close");
            let _ = write!(out, "{conn} {}", closing_word(*how));
        }
        Effect::Pause { conn } => about(out, "pause", conn),
        Effect::Resume { conn } => about(out, "resume", conn),
        Effect::Yield { conn } => about(out, "yield", conn),
        Effect::StartJob { job, spec } => {
            verb(out, "start");
            let _ = write!(out, "{job} ");
            match spec {
                JobSpec::Http(call) => write_call(out, call),
                JobSpec::Pipeline(call) => write_pipeline(out, call),
            }
        }
        Effect::Store(record) => {
            verb(out, "store");
            self::record(out, record);
        }
        Effect::CancelJob { job } => about(out, "cancel", job),
    }
}

/// Appends a record as JSON, which it always has: its keys are strings and its numbers whole.
pub(super) fn record(out: &mut String, record: &Record) {
    readable_json(out, &serde_json::to_string(record).unwrap_or_default());
}

/// Appends a verb and the blanks behind it: arguments stand below each other where the verb is not long.
fn verb(out: &mut String, verb: &str) {
    const BLANKS: &str = "         ";
    out.push_str(verb);
    out.push_str(BLANKS.get(verb.len()..).unwrap_or(" "));
}

fn about(out: &mut String, word: &str, whom: &impl std::fmt::Display) {
    verb(out, word);
    let _ = write!(out, "{whom}");
}

fn write_reload(out: &mut String, glossary: Option<&str>) {
    out.push_str("reload");
    if let Some(text) = glossary {
        out.push_str("   glossary=");
        quote(out, text.as_bytes());
    }
}

fn write_seed(out: &mut String, seed: &[u8; 32]) {
    out.push_str("seed=");
    for byte in seed {
        let _ = write!(out, "{byte:02x}");
    }
}

fn write_code(out: &mut String, frame: &Frame<'_>) {
    if let Frame::Close(code, _) = frame {
        let _ = write!(out, "{code} ");
    }
}

fn write_outcome(out: &mut String, outcome: &JobOutcome) {
    match outcome {
        JobOutcome::Answered(answer) => write_answer(out, answer),
        JobOutcome::Failed { why, detail } => {
            let _ = write!(out, "{} ", failure_word(*why));
            quote(out, detail.as_bytes());
        }
    }
}

/// The status, what of the head is passed on, the body.
fn write_answer(out: &mut String, Answer { status, content_type, fields, body }: &Answer) {
    let _ = write!(out, "{status} ");
    if !content_type.is_empty() {
        write_field(out, CONTENT_TYPE, content_type);
    }
    for (field, value) in fields {
        write_field(out, field.name(), value);
    }
    quote(out, body);
}

fn write_field(out: &mut String, name: &str, value: &str) {
    out.push_str(name);
    out.push('=');
    quote(out, value.as_bytes());
    out.push(' ');
}

/// What is as usual (Ollama, an answer as a whole, no fields, no credential) is not said. Never the value of a credential.
fn write_call(out: &mut String, call: &HttpCall) {
    single_line(out, &call.label);
    let _ = write!(out, " {} {} timeout={}", call.method.word(), call.path, call.timeout.0);
    if call.service != Service::OLLAMA {
        let _ = write!(out, " service={}", call.service);
    }
    if let Some(credential) = &call.credential {
        let _ = write!(out, " credential={credential}");
    }
    if call.answer == AnswerMode::Pieces {
        out.push_str(" answer=pieces");
    }
    for (field, value) in &call.fields {
        let _ = write!(out, " {}=", field.name());
        quote(out, value.as_bytes());
    }
    if !call.body.is_empty() {
        out.push_str(" body=");
        fingerprint(out, &call.body);
    }
}

fn write_pipeline(out: &mut String, call: &PipelineCall) {
    single_line(out, &call.label);
    match &call.work {
        PipelineWork::List => out.push_str(" LIST"),
        PipelineWork::Run { chain, text } => {
            let _ = write!(out, " RUN {} text=", chain.join("|"));
            shorten(out, text.as_bytes());
        }
    }
    let _ = write!(out, " timeout={} service={}", call.timeout.0, call.service);
}

/// Appends the bytes in quotes, or their first part and a fingerprint of the whole.
fn shorten(out: &mut String, bytes: &[u8]) {
    if bytes.len() <= SHOWN_BYTES_MAX {
        return quote(out, bytes);
    }
    let head =
        bytes[..SHOWN_BYTES_MAX].windows(4).position(|four| four == b"\r\n\r\n").map(|place| place + 4);
    let mut end = head.unwrap_or(FIRST_PART_BYTES);
    while end > 0 && bytes[end] & 0xc0 == 0x80 {
        end -= 1; // not through the middle of a character
    }
    quote(out, &bytes[..end]);
    out.push_str(" …");
    fingerprint(out, bytes);
}

fn reason_word(reason: CloseReason) -> &'static str {
    match reason {
        CloseReason::Reset => "reset",
        CloseReason::Error => "error",
    }
}

fn closing_word(how: Closing) -> &'static str {
    match how {
        Closing::Flush => "flush",
        Closing::Abort => "abort",
    }
}

/// How the type of an answer's body is named.
pub(super) const CONTENT_TYPE: &str = "content-type";

/// The word for a failure; [`super::read`] knows the same ones.
pub(super) fn failure_word(why: JobFailure) -> &'static str {
    match why {
        JobFailure::Refused => "refused",
        JobFailure::Lost => "lost",
        JobFailure::TimedOut => "timed_out",
        JobFailure::TooLarge => "too_large",
        JobFailure::Crowded => "crowded",
        JobFailure::Cancelled => "cancelled",
    }
}
