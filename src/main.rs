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
use dragoman::reactor::{self, Options, logging};
use dragoman::trace::{self, Trace};

const USAGE: &str = "\
Dragoman: customer-support chat in which everybody writes and reads their own language.

Usage:
  dragoman                  serve, with the settings of the environment
  dragoman --record FILE    serve, and write a trace of the run to FILE, which must not exist
  dragoman replay FILE      run a trace again and show the first difference, if there is any
  dragoman --help           this page
  dragoman --version        name and version

SIGTERM or Ctrl-C lets people go and ends within 30 s; a second one ends at once.
A trace holds everything people wrote and every token of the run: it is created readable by you alone.

Settings are variables of the environment. In brackets, what holds if they are not set:
";

/// Columns of the help.
const HELP_COLUMNS: usize = 108;
/// Where the meaning of a variable begins; what does not fit goes on below it.
const HELP_INDENT: usize = 31;

const FAILED: u8 = 1;
const MISUSED: u8 = 2;

/// What the arguments ask for.
#[derive(Debug, PartialEq, Eq)]
enum Command {
    Serve { record: Option<PathBuf> },
    Replay(PathBuf),
    Help,
    Version,
}

fn main() -> ExitCode {
    match parse(std::env::args_os().skip(1)) {
        Ok(Command::Serve { record }) => serve(record),
        Ok(Command::Replay(path)) => replay(&path),
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

fn serve(record: Option<PathBuf>) -> ExitCode {
    // Not `var`, which would take a value that is not UTF-8 for none at all.
    let lookup = |name: &str| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
    let config = match Config::read(lookup) {
        Ok(config) => config,
        Err(problems) => return complain_of(&problems),
    };
    logging::init(&config);
    match reactor::serve(config, Options { record }) {
        Ok(()) => ExitCode::SUCCESS,
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
        Err(error) => complain(MISUSED, &format!("{} is not a trace: {error}", path.display())),
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
