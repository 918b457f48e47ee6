//! What is installed: the files that say which programs make a pipeline.
//!
//! Such a file is one line for a shell, `lt-proc '/usr/…/spa-eng.automorf.bin' | apertium-tagger -g $2 …`. No shell ever
//! sees it: it is split here, and of what shells understand only bars, blanks and quotation marks mean anything. A pipeline
//! of which a program or a file is missing, or that wants anything else, is none.

use std::fmt;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::reactor::services::PipelineSetup;

/// Bytes of such a file.
const FILE_BYTES_MAX: u64 = 64 * 1024;
/// Programs of a pipeline.
const PROGRAMS_MAX: usize = 32;
/// Pipelines of a machine.
const MODES_MAX: usize = 1000;
/// Letters of a name.
const NAME_MAX: usize = 64;
/// Programs that may be started, besides those that begin with [`FAMILY`].
const PROGRAMS: [&str; 5] = ["lt-proc", "lrx-proc", "lsx-proc", "cg-proc", "hfst-proc"];
const FAMILY: &str = "apertium-";
/// Says that an answer ends with a NUL, and is not to be held back.
const NULL_FLUSH: &str = "-z";

/// A program, found, and what it is told.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Program {
    pub(super) path: PathBuf,
    pub(super) arguments: Vec<String>,
}

/// Why a file makes no pipeline.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// No such file, or none that can be read.
    Unreadable,
    /// Something that only a shell understands.
    Shell,
    NotAllowed(String),
    Missing(String),
    TooMany,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable => f.write_str("its mode file cannot be read"),
            Self::Shell => f.write_str("its mode file needs a shell"),
            Self::NotAllowed(name) => write!(f, "it wants to run {name:?}"),
            Self::Missing(name) => write!(f, "{name} is missing"),
            Self::TooMany => f.write_str("it has too many programs"),
        }
    }
}

/// Whether there are any pipelines in a directory, whole or not.
pub(in crate::reactor) fn has_any(setup: &PipelineSetup) -> bool {
    !names(setup).is_empty()
}

/// The names of those that are whole, in order.
pub(super) fn installed(setup: &PipelineSetup) -> Vec<String> {
    let is_whole = |name: &String| match programs(setup, name) {
        Ok(_) => true,
        Err(flaw) => {
            log::debug!(pipeline = name.as_str(), flaw:%; "a pipeline is not whole");
            false
        }
    };
    names(setup).into_iter().filter(is_whole).collect()
}

fn names(setup: &PipelineSetup) -> Vec<String> {
    let Ok(entries) = fs::read_dir(&setup.modes) else { return Vec::new() };
    let name = |path: &Path| {
        let name = path.file_stem()?.to_str()?;
        (path.extension()? == "mode" && is_name(name)).then(|| name.to_owned())
    };
    let mut names: Vec<_> = entries.flatten().filter_map(|entry| name(&entry.path())).collect();
    names.sort();
    names.truncate(MODES_MAX);
    names
}

fn is_name(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    (1..=NAME_MAX).contains(&name.len()) && name.bytes().all(is_part)
}

/// The programs of a pipeline, in order.
///
/// # Errors
/// It is not whole, or wants what it may not.
pub(super) fn programs(setup: &PipelineSetup, name: &str) -> Result<Vec<Program>, Flaw> {
    if !is_name(name) {
        return Err(Flaw::Unreadable);
    }
    let mut line = String::new();
    let file = File::open(setup.modes.join(name).with_extension("mode")).map_err(|_| Flaw::Unreadable)?;
    file.take(FILE_BYTES_MAX).read_to_string(&mut line).map_err(|_| Flaw::Unreadable)?;
    let commands = commands(line.trim())?;
    if commands.len() > PROGRAMS_MAX {
        return Err(Flaw::TooMany);
    }
    commands.into_iter().map(|words| program(setup, words)).collect()
}

fn program(setup: &PipelineSetup, words: Vec<String>) -> Result<Program, Flaw> {
    let mut words = words.into_iter();
    let name = words.next().ok_or(Flaw::Shell)?;
    if !is_allowed(&name) {
        return Err(Flaw::NotAllowed(name));
    }
    let mut places = setup.path.iter().map(|folder| folder.join(&name));
    let path = places.find(|path| path.is_file()).ok_or(Flaw::Missing(name))?;
    let mut arguments = vec![NULL_FLUSH.to_owned()];
    for word in words {
        // What is no option is data, and its place is not left to where a program happens to run.
        let is_data = word.starts_with('/') && Path::new(&word).is_file();
        if !is_data && !word.starts_with('-') {
            return Err(Flaw::Missing(word));
        }
        arguments.push(word);
    }
    Ok(Program { path, arguments })
}

fn is_allowed(name: &str) -> bool {
    let is_family = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    PROGRAMS.contains(&name)
        || name.strip_prefix(FAMILY).is_some_and(|rest| !rest.is_empty() && is_family(rest))
}

/// The words of each command. The two variables are those that Apertium's own script sets: that words are generated as
/// people write them, with a mark where one is unknown, and nothing.
fn commands(line: &str) -> Result<Vec<Vec<String>>, Flaw> {
    let mut commands = vec![Vec::new()];
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in line.chars().chain([' ']) {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => word.get_or_insert_default().push(c),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '|' | ' ' | '\t') => {
                let words = commands.last_mut().ok_or(Flaw::Shell)?;
                match word.take().as_deref() {
                    None | Some("$2") => {}
                    Some("$1") => words.push("-g".to_owned()),
                    Some(word) => words.push(word.to_owned()),
                }
                if c == '|' {
                    commands.push(Vec::new());
                }
            }
            (None, '$') => word.get_or_insert_default().push(c),
            (None, _) if c.is_control() || ";&<>()`\\{}*?!#~".contains(c) => return Err(Flaw::Shell),
            (None, _) => word.get_or_insert_default().push(c),
        }
    }
    let is_clean = |word: &String| !word.contains('$');
    let is_whole = quote.is_none() && commands.iter().flatten().all(is_clean);
    if is_whole { Ok(commands) } else { Err(Flaw::Shell) }
}

#[cfg(test)]
mod tests;
