//! Answers that come later than their requests, held against a door made for this: the traces in `tests/later`, each run
//! as it stands, byte by byte, and with its books checked after every event. `UPDATE_TRACES=1 cargo test --test later`
//! writes what the engine does now; review that with `git diff`.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "this test reads files and shall panic")]

#[path = "support/traces.rs"]
mod traces;

use std::collections::BTreeMap;

use bytes::Bytes;
use dragoman::config::Config;
use dragoman::doors::echo::Echo;
use dragoman::doors::{self, Caller, Context, Door, Render, Reply};
use dragoman::engine::Engine;
use dragoman::trace::{self, Core};
use dragoman::vocabulary::{
    Answer, AnswerMode, ConnId, Effect, Event, ExchangeId, HttpCall, JobId, JobOutcome, JobSpec, Millis,
    Service,
};
use dragoman::wire::http::{Request, Response};
use traces::traces_in;

const WITHIN: Millis = Millis::from_secs(10);

/// Passes every question on to a service, and its answer back.
#[derive(Default)]
struct Relay {
    calls: u64,
    waiting: BTreeMap<u64, Question>,
}

struct Question {
    exchange: ExchangeId,
    job: JobId,
    /// Gives up the call when nobody waits for it.
    is_careful: bool,
    /// Says everything twice.
    is_nervous: bool,
    pieces: Vec<u8>,
}

impl Relay {
    fn ask(&mut self, cx: &mut Context<'_>, caller: &Caller, path: &str) -> Reply {
        self.calls += 1;
        let mut call =
            HttpCall::get(format!("relay {path}"), Service::named("backend"), path.to_owned(), WITHIN);
        if path == "/pieces" {
            call.answer = AnswerMode::Pieces;
        }
        let question = Question {
            exchange: caller.exchange,
            job: cx.start_job(self.calls, JobSpec::Http(call)),
            is_careful: path == "/careful",
            is_nervous: path == "/nervous",
            pieces: Vec::new(),
        };
        self.waiting.insert(self.calls, question);
        Reply::Later { within: WITHIN }
    }
}

impl Render for Relay {}

impl Door for Relay {
    fn name(&self) -> &'static str {
        "relay"
    }

    fn paths(&self) -> &'static [doors::Path] {
        const PATHS: [doors::Path; 6] = [
            doors::Path::get("/ask"),
            doors::Path::get("/careful"),
            doors::Path::get("/early"),
            doors::Path::get("/nervous"),
            doors::Path::get("/now"),
            doors::Path::get("/pieces"),
        ];
        &PATHS
    }

    fn on_request(&mut self, cx: &mut Context<'_>, caller: &Caller, request: &Request) -> Reply {
        match request.path.as_str() {
            "/now" => Reply::Respond(said("now".into())),
            "/early" => {
                cx.answer(caller.exchange, said("before it was promised".into()));
                Reply::Later { within: WITHIN }
            }
            path => self.ask(cx, caller, path),
        }
    }

    fn on_piece(&mut self, _cx: &mut Context<'_>, key: u64, bytes: Bytes) {
        self.waiting.get_mut(&key).unwrap().pieces.extend_from_slice(&bytes);
    }

    fn on_job(&mut self, cx: &mut Context<'_>, key: u64, outcome: JobOutcome) {
        let question = self.waiting.remove(&key).unwrap();
        let response = match outcome {
            JobOutcome::Answered(answer) => said([question.pieces.into(), answer.body].concat().into()),
            JobOutcome::Failed { .. } => Response::error(502, "no_answer", "the service has no answer"),
        };
        if question.is_nervous {
            cx.answer(question.exchange, response.clone());
        }
        cx.answer(question.exchange, response);
    }

    fn on_given_up(&mut self, cx: &mut Context<'_>, exchange: ExchangeId) {
        let given_up = self.waiting.extract_if(.., |_, it| it.is_careful && it.exchange == exchange);
        for (_, question) in given_up {
            cx.cancel_job(question.job);
        }
    }
}

fn said(body: Bytes) -> Response {
    Response::new(200).body("text/plain", body)
}

/// The engine with that door behind the echo, asked after every event whether its own books are right.
struct Checked(Engine);

impl Checked {
    fn new(config: Config) -> Self {
        Self(Engine::with_doors(config, vec![Box::new(Echo), Box::<Relay>::default()]))
    }
}

impl Core for Checked {
    fn handle(&mut self, now: Millis, event: Event<'_>, out: &mut Vec<Effect>) {
        self.0.handle(now, event, out);
        self.0.check_invariants();
    }

    fn next_deadline(&self) -> Option<Millis> {
        self.0.next_deadline()
    }
}

#[test]
fn every_answer_that_waits_is_as_its_trace_says() {
    for (path, trace) in traces_in("tests/later") {
        if std::env::var("UPDATE_TRACES").is_ok_and(|value| value == "1") {
            let text = trace::update(&trace, Checked::new)
                .unwrap_or_else(|difference| panic!("{}: {difference}", path.display()));
            std::fs::write(&path, text).unwrap();
            continue;
        }
        for report in [trace::replay(&trace, Checked::new), trace::replay_bytewise(&trace, Checked::new)] {
            assert!(report.first_difference.is_none(), "{}: {report}", path.display());
        }
    }
}

/// Requests behind one that waits have their turn all at once, and the stack does not grow with them.
#[test]
fn many_requests_in_one_breath_are_answered_one_after_the_other() {
    const COUNT: usize = 4_000;
    let mut engine = Checked::new(Config::defaults());
    let (mut out, conn) = (Vec::new(), ConnId { slot: 0, generation: 1 });
    engine.handle(Millis(0), Event::Accepted { conn, peer: "192.0.2.7".parse().unwrap() }, &mut out);
    let request = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let requests = request("/ask") + &request("/early").repeat(COUNT);
    for bytes in requests.as_bytes().chunks(64 * 1024) {
        engine.handle(Millis(0), Event::Bytes { conn, bytes }, &mut out);
    }
    assert_eq!(count_sent(&out), 0, "all wait behind the first");
    engine.handle(Millis(0), done(1), &mut out);
    let mut answered = 0;
    while answered + count_sent(&out) < COUNT + 1 {
        answered += count_sent(&out);
        assert!(!out.is_empty(), "{answered} of {COUNT} were answered");
        out.clear();
        engine.handle(Millis(0), Event::Drained { conn }, &mut out);
        engine.handle(Millis(0), Event::Turn { conn }, &mut out);
    }
}

/// The end of a job; without a boot there was no other before the first of the door.
fn done(job: u64) -> Event<'static> {
    Event::JobDone { job: JobId(job), outcome: JobOutcome::Answered(Answer::new(200, "late")) }
}

fn count_sent(effects: &[Effect]) -> usize {
    effects.iter().filter(|effect| matches!(effect, Effect::Send { .. })).count()
}

/// Nobody reads who waits, but what one read has brought already can be more than is kept.
#[test]
fn what_is_held_for_one_that_waits_has_an_end() {
    let mut engine = Checked::new(Config::defaults());
    let (mut out, conn) = (Vec::new(), ConnId { slot: 0, generation: 1 });
    engine.handle(Millis(0), Event::Accepted { conn, peer: "192.0.2.7".parse().unwrap() }, &mut out);
    let ask = b"GET /ask HTTP/1.1\r\nHost: localhost\r\n\r\n";
    engine.handle(Millis(0), Event::Bytes { conn, bytes: ask }, &mut out);
    out.clear();
    let mut reads = 0;
    while out.is_empty() {
        engine.handle(Millis(0), Event::Bytes { conn, bytes: &[b'x'; 64 * 1024] }, &mut out);
        reads += 1;
        assert!(reads < 8, "it takes in everything");
    }
    assert!(matches!(out[..], [Effect::Close { .. }]), "{out:?}");
    // The call has nobody left to tell, and harms nobody.
    out.clear();
    engine.handle(Millis(1), done(1), &mut out);
    assert!(out.is_empty(), "{out:?}");
}
