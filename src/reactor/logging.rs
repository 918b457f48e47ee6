//! Log lines on standard error: for people, or one JSON object a line.
//!
//! ```text
//! 2025-12-30T10:30:00.123Z INFO  dragoman::translate model is ready model=llama3.2
//! {"time":"2025-12-30T10:30:00.123Z","level":"INFO","target":"dragoman::translate","message":"model is ready","model":"llama3.2"}
//! ```
//!
//! Nobody's words and no token may appear in either. Our own modules see to that themselves. Libraries do not: at debug
//! level they write out URLs, headers and whole WebSocket messages. So whatever the filter says, they are heard from
//! warnings up only.

use std::io::{self, Write};

use env_logger::Logger;
use log::kv::{self, VisitSource};
use log::{Level, Log, Metadata, Record};

use super::clock::unix_ms;
use crate::config::{Config, LogFormat};
use crate::wire::date;

/// Logs from now on as `config` says. Once a process; a later call changes nothing.
pub fn init(config: &Config) {
    let format = match config.log_format {
        LogFormat::Text => write_text,
        LogFormat::Json => write_json,
    };
    let mut builder = env_logger::Builder::new();
    builder.parse_filters(config.log.as_str()).format(move |line, record| format(line, unix_ms(), record));
    let logger = builder.build();
    let most = logger.filter();
    if log::set_boxed_logger(Box::new(Discreet(logger))).is_ok() {
        log::set_max_level(most);
    }
}

/// Keeps libraries from writing down what passes through them.
struct Discreet(Logger);

/// Whether a line may be written at all, whatever the filter says.
fn may_speak(metadata: &Metadata<'_>) -> bool {
    let target = metadata.target();
    let ours = target.strip_prefix("dragoman").is_some_and(|rest| rest.is_empty() || rest.starts_with("::"));
    ours || metadata.level() <= Level::Warn
}

impl Log for Discreet {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        may_speak(metadata) && self.0.enabled(metadata)
    }

    fn log(&self, record: &Record<'_>) {
        if may_speak(record.metadata()) {
            self.0.log(record);
        }
    }

    fn flush(&self) {
        self.0.flush();
    }
}

fn write_text(line: &mut impl Write, unix_ms: u64, record: &Record<'_>) -> io::Result<()> {
    let time = date::rfc3339(unix_ms);
    let message = record.args().to_string();
    write!(line, "{time} {:<5} {} {}", record.level(), record.target(), on_one_line(&message))?;
    visit(record, |key, value| {
        let value = value.to_string();
        if is_bare(&value) { write!(line, " {key}={value}") } else { write!(line, " {key}={value:?}") }
    })?;
    writeln!(line)
}

/// A line break in a message would let whoever caused it forge the next line.
fn on_one_line(message: &str) -> String {
    let mut line = String::with_capacity(message.len());
    for c in message.chars() {
        if c.is_control() { line.extend(c.escape_default()) } else { line.push(c) }
    }
    line
}

fn is_bare(value: &str) -> bool {
    !value.is_empty() && value.chars().all(|c| c.is_ascii_graphic() && c != '"' && c != '=')
}

fn write_json(line: &mut impl Write, unix_ms: u64, record: &Record<'_>) -> io::Result<()> {
    write!(line, "{{\"time\":\"{}\",\"level\":\"{}\"", date::rfc3339(unix_ms), record.level())?;
    write!(line, ",\"target\":{}", quoted(record.target()))?;
    write!(line, ",\"message\":{}", quoted(&record.args().to_string()))?;
    visit(record, |key, value| write!(line, ",{}:{}", quoted(key), json(value)))?;
    writeln!(line, "}}")
}

fn json(value: &kv::Value<'_>) -> String {
    if value.to_bool().is_some() || value.to_i64().is_some() || value.to_u64().is_some() {
        return value.to_string();
    }
    quoted(&value.to_string())
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Calls `each` for every pair of a record, in the order they were written.
fn visit(record: &Record<'_>, each: impl FnMut(&str, &kv::Value<'_>) -> io::Result<()>) -> io::Result<()> {
    struct Visitor<F>(F);
    impl<'kvs, F: FnMut(&str, &kv::Value<'_>) -> io::Result<()>> VisitSource<'kvs> for Visitor<F> {
        fn visit_pair(&mut self, key: kv::Key<'kvs>, value: kv::Value<'kvs>) -> Result<(), kv::Error> {
            (self.0)(key.as_str(), &value).map_err(kv::Error::from)
        }
    }
    record.key_values().visit(&mut Visitor(each)).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2025-12-30T10:30:00.123Z
    const AT: u64 = 1_767_090_600_123;

    fn written(
        write: fn(&mut Vec<u8>, u64, &Record<'_>) -> io::Result<()>,
        message: &str,
        pairs: &[(&str, kv::Value<'_>)],
    ) -> String {
        let mut line = Vec::new();
        let mut record = Record::builder();
        record.level(Level::Info).target("dragoman::translate").key_values(&pairs);
        write(&mut line, AT, &record.args(format_args!("{message}")).build()).unwrap();
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn text_is_one_line_whatever_is_in_it() {
        let pairs = [("model", "llama3.2".into()), ("why", "said \"no\"".into()), ("none", "".into())];
        assert_eq!(
            written(write_text, "model is ready", &pairs),
            "2025-12-30T10:30:00.123Z INFO  dragoman::translate model is ready model=llama3.2 \
             why=\"said \\\"no\\\"\" none=\"\"\n"
        );
        let forged = written(write_text, "a\n2025 INFO", &[("name", "b\nc\u{1b}[31m".into())]);
        assert_eq!(forged.matches('\n').count(), 1);
        assert!(!forged.contains('\u{1b}'));
    }

    #[test]
    fn json_is_an_object_with_its_pairs_and_numbers_stay_numbers() {
        let pairs = [("count", 3.into()), ("ok", true.into()), ("why", "said \"no\"\n".into())];
        assert_eq!(
            written(write_json, "model is ready", &pairs),
            "{\"time\":\"2025-12-30T10:30:00.123Z\",\"level\":\"INFO\",\"target\":\"dragoman::translate\",\
             \"message\":\"model is ready\",\"count\":3,\"ok\":true,\"why\":\"said \\\"no\\\"\\n\"}\n"
        );
    }

    #[test]
    fn libraries_speak_from_warnings_up_only_whatever_the_filter_says() {
        let mut builder = env_logger::Builder::new();
        let logger = Discreet(builder.parse_filters("trace,tungstenite=trace,ureq=debug").build());
        let enabled =
            |target, level| logger.enabled(&Metadata::builder().target(target).level(level).build());
        for target in ["tungstenite::protocol", "ureq::run", "mio", "dragomanlike", "dragoman_other"] {
            for level in [Level::Info, Level::Debug, Level::Trace] {
                assert!(!enabled(target, level), "{target} {level}");
            }
            assert!(enabled(target, Level::Warn), "{target}");
        }
        assert!(enabled("dragoman", Level::Trace));
        assert!(enabled("dragoman::conversation", Level::Trace));
    }
}
