//! The command line: reads arguments and the environment, and hands over to [`dragoman::reactor`] or
//! [`dragoman::trace`].
//!
//! Exit codes: 0 all went well; 1 it could not serve, or a replay showed a difference; 2 it was asked wrongly; 128 + its
//! number after a second signal.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use dragoman::config::{self, Config, Problem};
use dragoman::engine::Engine;
use dragoman::reactor::{
    self, ExportError, Interpretation, Interpreted, Keys, Options, ServeError, StoreError, Wanted, logging,
};
use dragoman::trace::{self, Trace};
use dragoman::vocabulary::Language;

const USAGE: &str = "\
Dragoman: customer-support chat in which everybody writes and reads their own language.

Usage:
  dragoman                  serve, with the settings of the environment
  dragoman --record FILE    serve, and write a trace of the run to FILE, which must not exist
  dragoman replay FILE      run a trace again and show the first difference, if there is any
  dragoman export ROOM      print a chat as one line of JSON, also while a server runs
  dragoman export --since DATE      print all chats since 2026-01-31 or 2026-01-31T12:00:00Z (UTC), one a line
  dragoman forget ROOM      delete a chat for good; with a customer's token instead, all of theirs
  dragoman translate --to LANGUAGE [--from LANGUAGE] [--engine NAME]
                            translate standard input, one line of JSON for each line, as in a chat
  dragoman --help           this page
  dragoman --version        name and version

SIGTERM or Ctrl-C lets people go and ends within 30 s; a second one ends at once.
SIGHUP reads the file that GLOSSARY names again, and looks at every translation engine at once.
Those about chats take --store FILE; without it they use what STORE says.
A trace holds everything people wrote and every token of the run: it is created readable by you alone.

Settings are variables of the environment. In brackets, what holds if they are not set:
";

/// Columns of the help.
const HELP_COLUMNS: usize = 108;
/// Where the meaning of a variable begins; what does not fit goes on below it.
const HELP_INDENT: usize = 31;

/// The variables that name a file.
const FILES: [&str; 2] = ["CANNED_REPLIES", GLOSSARY];
const GLOSSARY: &str = "GLOSSARY";

const FAILED: u8 = 1;
const MISUSED: u8 = 2;

/// What the arguments ask for.
#[derive(Debug, PartialEq, Eq)]
enum Command {
    Serve { record: Option<PathBuf> },
    Replay(PathBuf),
    Export { wanted: Wanted, store: Option<PathBuf> },
    Forget { what: String, store: Option<PathBuf> },
    Translate { what: Interpretation, engine: Option<String> },
    Help,
    Version,
}

fn main() -> ExitCode {
    match parse(std::env::args_os().skip(1)) {
        Ok(Command::Serve { record }) => serve(record),
        Ok(Command::Replay(path)) => replay(&path),
        Ok(Command::Export { wanted, store }) => export(&wanted, &store_of(store)),
        Ok(Command::Forget { what, store }) => forget(&what, &store_of(store)),
        Ok(Command::Translate { what, engine }) => translate(what, engine.as_deref()),
        Ok(Command::Help) => say(&help()),
        Ok(Command::Version) => say(concat!("dragoman ", env!("CARGO_PKG_VERSION"), "\n")),
        Err(error) => complain(MISUSED, &format!("{error}; try dragoman --help")),
    }
}

fn parse(arguments: impl IntoIterator<Item = OsString, IntoIter: 'static>) -> Result<Command, lexopt::Error> {
    use lexopt::prelude::*;

    let mut parser = lexopt::Parser::from_args(arguments);
    let mut record = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Help),
            Short('V') | Long("version") => return Ok(Command::Version),
            Long("record") => record = Some(PathBuf::from(parser.value()?)),
            Value(word) if word == "replay" && record.is_none() => return parse_replay(&mut parser),
            Value(word) if word == "export" && record.is_none() => return parse_export(&mut parser),
            Value(word) if word == "forget" && record.is_none() => return parse_forget(&mut parser),
            Value(word) if word == "translate" && record.is_none() => return parse_translate(&mut parser),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Command::Serve { record })
}

fn parse_replay(parser: &mut lexopt::Parser) -> Result<Command, lexopt::Error> {
    use lexopt::prelude::*;

    let mut file = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Help),
            Value(word) if file.is_none() => file = Some(PathBuf::from(word)),
            other => return Err(other.unexpected()),
        }
    }
    file.map(Command::Replay).ok_or_else(|| "replay needs the name of a trace".into())
}

fn parse_export(parser: &mut lexopt::Parser) -> Result<Command, lexopt::Error> {
    use lexopt::prelude::*;

    let (mut wanted, mut store) = (None, None);
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Help),
            Long("store") => store = Some(PathBuf::from(parser.value()?)),
            Long("since") if wanted.is_none() => wanted = Some(Wanted::Since(parser.value()?.string()?)),
            Value(room) if wanted.is_none() => wanted = Some(Wanted::Room(room.string()?)),
            other => return Err(other.unexpected()),
        }
    }
    let wanted = wanted.ok_or("export needs the id of a chat, or --since DATE")?;
    Ok(Command::Export { wanted, store })
}

fn parse_forget(parser: &mut lexopt::Parser) -> Result<Command, lexopt::Error> {
    use lexopt::prelude::*;

    let (mut what, mut store) = (None, None);
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Help),
            Long("store") => store = Some(PathBuf::from(parser.value()?)),
            Value(word) if what.is_none() => what = Some(word.string()?),
            other => return Err(other.unexpected()),
        }
    }
    let what = what.ok_or("forget needs the id of a chat, or a customer's token")?;
    Ok(Command::Forget { what, store })
}

fn parse_translate(parser: &mut lexopt::Parser) -> Result<Command, lexopt::Error> {
    use lexopt::prelude::*;

    let (mut from, mut to, mut engine) = (None, None, None);
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Help),
            Long("from") => from = Some(parser.value()?.parse_with(language)?),
            Long("to") => to = Some(parser.value()?.parse_with(language)?),
            Long("engine") => engine = Some(parser.value()?.string()?),
            other => return Err(other.unexpected()),
        }
    }
    let to = to.ok_or("translate needs --to LANGUAGE")?;
    Ok(Command::Translate { what: Interpretation { from, to }, engine })
}

fn language(code: &str) -> Result<Language, String> {
    Language::parse(code).ok_or_else(|| "no language known here".to_owned())
}

/// The file that was named, or what the server would use.
fn store_of(named: Option<PathBuf>) -> PathBuf {
    let of_environment = || std::env::var_os("STORE").filter(|value| !value.is_empty()).map(PathBuf::from);
    named.or_else(of_environment).unwrap_or_else(|| Config::defaults().store.into())
}

fn export(wanted: &Wanted, store: &Path) -> ExitCode {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let exported =
        reactor::export(store, wanted, &mut out).and_then(|_| out.flush().map_err(ExportError::Output));
    match exported {
        Ok(()) => ExitCode::SUCCESS,
        // Who closed it does not want more.
        Err(ExportError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(ExportError::Output(error)) => complain(FAILED, &format!("cannot write the transcript: {error}")),
        Err(ExportError::Store(error)) => complain(FAILED, &error.to_string()),
        Err(ExportError::Misused(sentence)) => complain(MISUSED, &sentence),
    }
}

fn forget(what: &str, store: &Path) -> ExitCode {
    match reactor::forget(store, what) {
        Err(StoreError::Busy { .. }) if std::env::var_os("AGENT_KEY").is_some() => forget_at_the_server(what),
        Ok(chats) => say(&format!("forgotten: {chats} chat{}\n", if chats == 1 { "" } else { "s" })),
        Err(error) => complain(FAILED, &error.to_string()),
    }
}

/// A server has the store: it is asked to do it, with the key and at the address the environment gives.
fn forget_at_the_server(what: &str) -> ExitCode {
    let config = match settings() {
        Ok(config) => config,
        Err(problems) => return complain_of(&problems),
    };
    match reactor::ask_to_forget(&config, &variable("AGENT_KEY").unwrap_or_default(), what) {
        Ok(()) => say("forgotten\n"),
        Err(sentence) => complain(FAILED, &sentence),
    }
}

/// Not `var`, which would take a value that is not UTF-8 for none at all.
fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

/// The settings of the environment. The core opens no file: of those that are named it gets what stands in them.
fn settings() -> Result<Config, Vec<Problem>> {
    settings_with(variable)
}

fn settings_with(variable: impl Fn(&str) -> Option<String>) -> Result<Config, Vec<Problem>> {
    let (mut texts, mut unread) = (Vec::new(), Vec::new());
    for name in FILES {
        let named = variable(name).filter(|path| !path.trim().is_empty());
        match named.map(|path| reactor::contents(Path::new(&path))) {
            None => {}
            Some(Ok(text)) => texts.push((name, text)),
            Some(Err(what)) => unread.push(Problem { name, what }),
        }
    }
    let text_of = |name: &str| texts.iter().find(|text| text.0 == name).map(|(_, text)| text.clone());
    let read = Config::read(|name| if FILES.contains(&name) { text_of(name) } else { variable(name) });
    if unread.is_empty() {
        return read;
    }
    Err(read.err().into_iter().flatten().chain(unread).collect())
}

fn serve(record: Option<PathBuf>) -> ExitCode {
    let (config, keys) = match with_keys(settings()) {
        Ok(both) => both,
        Err(problems) => return complain_of(&problems),
    };
    logging::init(&config);
    let glossary = variable(GLOSSARY).filter(|path| !path.trim().is_empty()).map(PathBuf::from);
    match reactor::serve(config, Options { record, keys, glossary }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error @ (ServeError::Memory { .. } | ServeError::NoApertium { .. })) => {
            complain(MISUSED, &error.to_string())
        }
        Err(error) => complain(FAILED, &error.to_string()),
    }
}

/// The settings, and the keys that are sent to engines, of which the settings have only hashes.
fn with_keys(settings: Result<Config, Vec<Problem>>) -> Result<(Config, Keys), Vec<Problem>> {
    match (settings, Keys::read(variable)) {
        (Ok(config), Ok(keys)) => Ok((config, keys)),
        (config, keys) => Err([config.err(), keys.err()].into_iter().flatten().flatten().collect()),
    }
}

/// An engine that is named stands in for what the environment says of engines.
fn translate(what: Interpretation, engine: Option<&str>) -> ExitCode {
    let settings = settings_with(|name| match (name, engine) {
        ("ENGINE", Some(engine)) => Some(engine.to_owned()),
        ("ENGINE_PAIRS", Some(_)) => None,
        _ => variable(name),
    });
    let (config, keys) = match with_keys(settings) {
        Ok(both) => both,
        Err(problems) => return complain_of(&problems),
    };
    logging::init(&config);
    match reactor::interpret(config, &keys, what, io::stdin().lock(), io::stdout().lock()) {
        Ok(Interpreted::Done) => ExitCode::SUCCESS,
        Ok(Interpreted::NobodyThere) => complain(FAILED, "no engine was there to translate"),
        Err(error @ ServeError::NoApertium { .. }) => complain(MISUSED, &error.to_string()),
        Err(error) => complain(FAILED, &error.to_string()),
    }
}

fn replay(path: &Path) -> ExitCode {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return complain(MISUSED, &format!("cannot read {}: {error}", path.display())),
    };
    match Trace::parse(&text) {
        Ok(trace) => {
            let report = trace::replay(&trace, Engine::new);
            say(&format!("{report}\n"));
            if report.first_difference.is_none() { ExitCode::SUCCESS } else { ExitCode::from(FAILED) }
        }
        Err(error) => complain(MISUSED, &format!("cannot replay {}: {error}", path.display())),
    }
}

fn help() -> String {
    let mut text = USAGE.to_owned();
    for line in config::help().lines() {
        text.push_str(&wrapped(line));
    }
    text
}

/// Breaks a line between words so that its meaning stands in one column.
fn wrapped(line: &str) -> String {
    let mut text = String::new();
    let mut column = 0;
    for word in line.split_inclusive(' ') {
        let width = word.trim_end().chars().count();
        if width > 0 && column + width > HELP_COLUMNS && column > HELP_INDENT {
            text.truncate(text.trim_end().len());
            text.push('\n');
            text.push_str(&" ".repeat(HELP_INDENT));
            column = HELP_INDENT;
        }
        text.push_str(word);
        column += word.chars().count();
    }
    text.push('\n');
    text
}

/// Prints to standard output. Who closed it does not want to know more, as in `dragoman --help | head`.
fn say(text: &str) -> ExitCode {
    let _ = io::stdout().write_all(text.as_bytes());
    ExitCode::SUCCESS
}

fn complain(code: u8, sentence: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "dragoman: {sentence}");
    ExitCode::from(code)
}

fn complain_of(problems: &[Problem]) -> ExitCode {
    for Problem { name, what } in problems {
        complain(MISUSED, &format!("{name} {what}"));
    }
    ExitCode::from(MISUSED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> Result<Command, String> {
        let words: Vec<OsString> = words.iter().map(Into::into).collect();
        parse(words).map_err(|error| error.to_string())
    }

    #[test]
    fn every_way_to_ask_is_understood() {
        assert_eq!(parsed(&[]), Ok(Command::Serve { record: None }));
        let record = Some(PathBuf::from("run.trace"));
        assert_eq!(parsed(&["--record", "run.trace"]), Ok(Command::Serve { record: record.clone() }));
        assert_eq!(parsed(&["--record=run.trace"]), Ok(Command::Serve { record }));
        assert_eq!(parsed(&["replay", "run.trace"]), Ok(Command::Replay("run.trace".into())));
        let room = Wanted::Room("5e0c0ffee0000001".to_owned());
        assert_eq!(
            parsed(&["export", "5e0c0ffee0000001"]),
            Ok(Command::Export { wanted: room.clone(), store: None })
        );
        assert_eq!(
            parsed(&["export", "--store", "shop.db", "5e0c0ffee0000001"]),
            Ok(Command::Export { wanted: room, store: Some("shop.db".into()) })
        );
        assert_eq!(
            parsed(&["export", "--since", "2026-01-31"]),
            Ok(Command::Export { wanted: Wanted::Since("2026-01-31".to_owned()), store: None })
        );
        assert_eq!(
            parsed(&["forget", "abc", "--store=shop.db"]),
            Ok(Command::Forget { what: "abc".to_owned(), store: Some("shop.db".into()) })
        );
        let [es, en] = ["es", "en"].map(Language::parse);
        let what = Interpretation { from: es, to: en.unwrap() };
        assert_eq!(
            parsed(&["translate", "--from", "es", "--to", "en", "--engine=apertium"]),
            Ok(Command::Translate { what, engine: Some("apertium".to_owned()) })
        );
        assert_eq!(parsed(&["--help"]), Ok(Command::Help));
        assert_eq!(parsed(&["replay", "-h"]), Ok(Command::Help));
        assert_eq!(parsed(&["-V"]), Ok(Command::Version));
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        for words in [
            &["--port"][..],
            &["serve"],
            &["replay"],
            &["replay", "one", "two"],
            &["export"],
            &["export", "one", "--since", "two"],
            &["forget"],
            &["forget", "one", "two"],
            &["translate", "--from", "es"],
            &["translate", "--to", "xx"],
            &["translate", "--to", "en", "lines.txt"],
            &["--record"],
            &["--record", "one", "replay", "two"],
        ] {
            assert!(parsed(words).is_err(), "{words:?}");
        }
    }

    #[test]
    fn the_help_fits_its_columns_and_names_every_variable() {
        let help = help();
        assert!(help.lines().all(|line| line.chars().count() <= 110), "{help}");
        for (name, _, _) in Config::table() {
            assert!(help.contains(name));
        }
    }
}
