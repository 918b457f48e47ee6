use std::collections::BTreeMap;

use bytes::Bytes;

use super::super::replay_bytewise;
use super::*;
use crate::vocabulary::{Closing, ConnId, HttpCall, JobId, JobSpec, Service};

/// Answers each line with itself and its number; says "late" ten seconds after `timer`; ends at `bye`, starts a job at
/// `job`. What it does wrong can be chosen.
#[derive(Default)]
struct Parrot {
    lines: BTreeMap<ConnId, Vec<u8>>,
    count: u64,
    deadlines: Vec<(Millis, ConnId)>,
    answers_reads: bool,
    forgets_deadlines: bool,
}

impl Core for Parrot {
    fn handle(&mut self, now: Millis, event: Event<'_>, out: &mut Vec<Effect>) {
        match event {
            Event::Bytes { conn, bytes } => {
                if self.answers_reads {
                    out.push(send(conn, "read"));
                }
                for &byte in bytes {
                    self.byte(now, conn, byte, out);
                }
            }
            Event::JobPiece { bytes, .. } => {
                let heard = if self.answers_reads { "a piece".to_owned() } else { "x".repeat(bytes.len()) };
                out.push(send(ConnId { slot: 0, generation: 1 }, &heard));
            }
            Event::Tick if !self.forgets_deadlines => {
                while self.next_deadline().is_some_and(|deadline| deadline <= now) {
                    let (_, conn) = self.deadlines.remove(0);
                    out.push(send(conn, &format!("late at {}", now.0)));
                }
            }
            _ => {}
        }
    }

    fn next_deadline(&self) -> Option<Millis> {
        self.deadlines.first().map(|deadline| deadline.0)
    }
}

impl Parrot {
    fn byte(&mut self, now: Millis, conn: ConnId, byte: u8, out: &mut Vec<Effect>) {
        if byte != b'\n' {
            return self.lines.entry(conn).or_default().push(byte);
        }
        let line = self.lines.remove(&conn).unwrap_or_default();
        self.count += 1;
        let line = String::from_utf8_lossy(&line);
        out.push(send(conn, &format!("\r\n\r\n{{\"line\":\"{line}\",\"count\":{}}}", self.count)));
        match line.as_ref() {
            "timer" => self.deadlines.push((now + Millis(10_000), conn)),
            "bye" => out.push(Effect::Close { conn, how: Closing::Flush }),
            "job" => out.push(Effect::StartJob { job: JobId(self.count), spec: job() }),
            _ => {}
        }
    }
}

fn send(conn: ConnId, text: &str) -> Effect {
    Effect::Send { conn, bytes: Bytes::from(text.to_owned()) }
}

fn job() -> JobSpec {
    JobSpec::Http(HttpCall::get("think".to_owned(), Service::OLLAMA, "/", Millis(1)))
}

const SCRIPT: &str = r#"# Everything a parrot can do.
+0    >> bytes    0.1 "timer\ntimer\n"
      << send     0.1 "\r\n\r\n{\"line\":\"timer\",\"count\":1}"
# This comment stays.
      << send 0.1 "\r\n\r\n{\"line\":\"timer\",\"count\":2}"

let number = 0.1 count
+5    >> bytes    0.2 "$number $other\njob\n"
      << send     0.2 "\r\n\r\n{\"line\":\"2 $other\",\"count\":3}"
      << send     0.2 "\r\n\r\n{\"line\":\"job\",\"count\":4}"
      << start    j4 think GET / timeout=1
>> bytes 0.2 "bye\n"
      << send     0.2 "\r\n\r\n{\"line\":\"bye\",\"count\":5}"
      << close    0.2 flush
+9994 >> wait
+1    >> wait
      << send     0.1 "late at 10000"
      << send     0.1 "late at 10000"
+1    >> tick
"#;

fn parse(text: &str) -> Trace {
    Trace::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

fn parrot(_: Config) -> Parrot {
    Parrot::default()
}

#[test]
fn a_trace_that_holds_has_no_difference() {
    let report = replay(&parse(SCRIPT), parrot);
    assert_eq!(report.first_difference, None, "{report}");
    assert_eq!(report.to_string(), "5 events, 9 effects, no difference");
    let report = replay_bytewise(&parse(SCRIPT), parrot);
    assert_eq!(report.first_difference, None, "{report}");
}

#[test]
fn an_update_changes_effects_only() {
    let without: String = SCRIPT.split_inclusive('\n').filter(|line| effect_of(line).is_none()).collect();
    let updated = update(&parse(&without), parrot).unwrap();
    assert!(replay(&parse(&updated), parrot).first_difference.is_none());
    let kept: String = updated.split_inclusive('\n').filter(|line| effect_of(line).is_none()).collect();
    assert_eq!(kept, without);
    assert_eq!(update(&parse(&updated), parrot).unwrap(), updated);
    let from_old = update(&parse(SCRIPT), parrot).unwrap();
    assert_eq!(from_old, updated);
}

#[test]
fn the_first_difference_is_shown() {
    let changed = SCRIPT.replacen("\\\"count\\\":4", "\\\"count\\\":7", 1);
    let report = replay(&parse(&changed), parrot);
    let difference = report.first_difference.clone().unwrap();
    assert_eq!((difference.line, difference.event_line), (10, 8));
    assert_eq!(
        report.to_string(),
        [
            r#"line 10, after the event in line 8"#,
            r#"  expected  send     0.2 "\r\n\r\n{\"line\":\"job\",\"count\":7}""#,
            r#"  found     send     0.2 "\r\n\r\n{\"line\":\"job\",\"count\":4}""#,
            r#"                                                              ^"#,
        ]
        .join("\n")
    );
}

#[test]
fn too_few_and_too_many_effects_are_differences() {
    let line = "      << close    0.2 flush\n";
    let difference = replay(&parse(&SCRIPT.replace(line, "")), parrot).first_difference.unwrap();
    assert_eq!((difference.line, difference.expected.as_str()), (13, NOTHING));
    assert_eq!(difference.found, "close    0.2 flush");
    let difference = replay(&parse(&SCRIPT.replace(line, &line.repeat(2))), parrot).first_difference.unwrap();
    assert_eq!((difference.line, difference.found.as_str()), (15, NOTHING));
}

#[test]
fn long_lines_are_shown_around_the_difference() {
    let (one, other) = (format!("{}a{}", "é".repeat(500), "x".repeat(500)), format!("{}b", "é".repeat(500)));
    let text = Difference { line: 2, event_line: 2, expected: one, found: other }.to_string();
    let lines: Vec<_> = text.lines().collect();
    assert!(lines.iter().all(|line| line.chars().count() < 220), "{text}");
    let column = lines[3].chars().position(|c| c == '^').unwrap();
    assert_eq!(lines[1].chars().nth(column), Some('a'));
    assert_eq!(lines[2].chars().nth(column), Some('b'));
    assert!(lines[1].ends_with("(401 more characters)"), "{text}");
}

#[test]
fn what_depends_on_the_reads_is_found() {
    let make = |_| Parrot { answers_reads: true, ..Parrot::default() };
    let report = replay_bytewise(&parse(SCRIPT), make);
    let difference = report.first_difference.clone().unwrap();
    assert_eq!(difference.line, 2, "{report}");
    assert!(difference.found.contains("readreadread"), "{report}");
}

#[test]
fn what_depends_on_the_cut_of_pieces_is_found() {
    let trace = parse(">> piece j1 \"abc\"\n");
    assert_eq!(replay_bytewise(&trace, parrot).first_difference, None);
    let make = |_| Parrot { answers_reads: true, ..Parrot::default() };
    let difference = replay_bytewise(&trace, make).first_difference.unwrap();
    assert!(difference.found.contains("a piecea piecea piece"), "{difference}");
}

#[test]
fn a_deadline_that_is_not_kept_is_a_difference() {
    let make = |_| Parrot { forgets_deadlines: true, ..Parrot::default() };
    let difference = replay(&parse(SCRIPT), make).first_difference.unwrap();
    assert_eq!((difference.line, difference.expected.as_str()), (16, "wait"));
    assert_eq!(difference.found, "(a tick at 10000 ms left the deadline at or before it)");
}

#[test]
fn a_variable_that_is_not_found_is_a_difference() {
    let text = ">> bytes 0.1 \"a\\n\"\nlet x = 0.1 token\n";
    let difference = update(&parse(text), parrot).unwrap_err();
    assert_eq!(difference.line, 2);
    assert_eq!(
        difference.to_string().lines().nth(2),
        Some("  found     (nothing sent to 0.1 has a field token)")
    );
}
