//! The second invariant, held against a trace: how bytes were cut into reads changes nothing.
//!
//! The trace is run twice, with its bytes as they came and one by one. Sends may be cut otherwise then, so what is compared
//! is what the world sees: all bytes sent to each connection, how it ended and after which byte, the jobs and the records.

use std::collections::BTreeMap;

use super::replay::{Core, Cut, Difference, Report, Run};
use super::text::quote;
use super::{Trace, write};
use crate::config::Config;
use crate::vocabulary::{ConnId, Effect};

/// Feeds a core the events of a trace, and another one the same with every byte by itself, and compares what they did.
/// What the trace expects does not matter here: in a difference, expected is what the first core did, found what the other
/// did. The counts of the report are those of the first.
pub fn replay_bytewise<C: Core>(trace: &Trace, make: impl Fn(Config) -> C) -> Report {
    let mut whole = Run::new(trace, make(trace.config.clone()), Cut::AsItCame);
    let first_difference = compare(trace, &mut whole, &make).err();
    Report { events: whole.events, effects: whole.effects, first_difference }
}

fn compare<C: Core>(
    trace: &Trace,
    whole: &mut Run<'_, C>,
    make: &impl Fn(Config) -> C,
) -> Result<(), Difference> {
    let expected = Seen::of(whole)?;
    let found = Seen::of(&mut Run::new(trace, make(trace.config.clone()), Cut::Bytewise))?;
    expected.first_difference(&found).map_or(Ok(()), Err)
}

/// What the world saw of a run.
#[derive(Default)]
struct Seen {
    connections: BTreeMap<ConnId, Stream>,
    /// Starts and cancellations, with the line of their event.
    jobs: Vec<(usize, String)>,
    /// What was stored, likewise.
    records: Vec<(usize, String)>,
}

/// What one connection saw.
#[derive(Default)]
struct Stream {
    bytes: Vec<u8>,
    /// Where in the bytes the output of each event begins: place, line.
    begins: Vec<(usize, usize)>,
    /// How it ended, after how many bytes, and the line of the event.
    ends: Vec<(String, usize, usize)>,
}

impl Seen {
    fn of<C: Core>(run: &mut Run<'_, C>) -> Result<Self, Difference> {
        let mut seen = Self::default();
        run.steps(|step, effects| {
            for effect in effects {
                seen.note(effect, step.line.number);
            }
            Ok(())
        })?;
        Ok(seen)
    }

    fn note(&mut self, effect: &Effect, line: usize) {
        match effect {
            Effect::Send { conn, bytes } => {
                let stream = self.connections.entry(*conn).or_default();
                stream.begins.push((stream.bytes.len(), line));
                stream.bytes.extend_from_slice(bytes);
            }
            Effect::Close { conn, .. } => {
                let stream = self.connections.entry(*conn).or_default();
                stream.ends.push((written(effect), stream.bytes.len(), line));
            }
            // When it is read is nothing a peer sees.
            Effect::Pause { .. } | Effect::Resume { .. } | Effect::Yield { .. } => {}
            Effect::StartJob { .. } | Effect::CancelJob { .. } => self.jobs.push((line, written(effect))),
            Effect::Store(_) => self.records.push((line, written(effect))),
        }
    }

    fn first_difference(&self, found: &Self) -> Option<Difference> {
        let nothing = Stream::default();
        let mut conns: Vec<_> = self.connections.keys().chain(found.connections.keys()).collect();
        conns.sort_unstable();
        conns.dedup();
        let of_connections = conns.into_iter().filter_map(|conn| {
            let expected = self.connections.get(conn).unwrap_or(&nothing);
            let found = found.connections.get(conn).unwrap_or(&nothing);
            expected.first_difference(*conn, found)
        });
        let of_jobs = list_difference(&self.jobs, &found.jobs, "(no more jobs)");
        let of_records = list_difference(&self.records, &found.records, "(no more records)");
        of_connections.chain(of_jobs).chain(of_records).min_by_key(|difference| difference.line)
    }
}

/// The first place where two lists differ.
fn list_difference(
    expected: &[(usize, String)],
    found: &[(usize, String)],
    none: &str,
) -> Option<Difference> {
    let same = expected.iter().zip(found).take_while(|(one, other)| one.1 == other.1).count();
    let (expected, found) = (expected.get(same), found.get(same));
    let line = expected.or(found)?.0;
    let say = |item: Option<&(usize, String)>| item.map_or(none.to_owned(), |item| item.1.clone());
    Some(Difference { line, event_line: line, expected: say(expected), found: say(found) })
}

impl Stream {
    fn first_difference(&self, conn: ConnId, found: &Self) -> Option<Difference> {
        if self.bytes != found.bytes {
            let same = self.bytes.iter().zip(&found.bytes).take_while(|(one, other)| one == other).count();
            let longer = if same < self.bytes.len() { self } else { found };
            let line = longer.line_of(same);
            let (expected, found) = (self.excerpt(conn, same), found.excerpt(conn, same));
            return Some(Difference { line, event_line: line, expected, found });
        }
        let same = self
            .ends
            .iter()
            .zip(&found.ends)
            .take_while(|(one, other)| (&one.0, one.1) == (&other.0, other.1));
        let same = same.count();
        let (expected, found) = (self.ends.get(same), found.ends.get(same));
        let line = expected.or(found)?.2;
        let say = |end: Option<&(String, usize, usize)>| {
            end.map_or(format!("({conn} stays open)"), |end| format!("{} after {} bytes", end.0, end.1))
        };
        Some(Difference { line, event_line: line, expected: say(expected), found: say(found) })
    }

    /// The line of the event that had a byte sent.
    fn line_of(&self, place: usize) -> usize {
        let behind = self.begins.partition_point(|&(begin, _)| begin <= place);
        behind.checked_sub(1).map_or(0, |index| self.begins[index].1)
    }

    /// Some bytes around a place.
    fn excerpt(&self, conn: ConnId, place: usize) -> String {
        let start = place.saturating_sub(40);
        let mut text = format!("{conn} from byte {start} on: ");
        quote(&mut text, &self.bytes[start.min(self.bytes.len())..self.bytes.len().min(place + 80)]);
        text
    }
}

fn written(effect: &Effect) -> String {
    let mut text = String::new();
    write::effect(&mut text, effect);
    text
}
