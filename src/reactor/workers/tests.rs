use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use super::*;
use crate::reactor::pool::UNREAD_PIECES;
use crate::vocabulary::{Answer, AnswerMode, HttpCall, JobOutcome, Millis, PipelineCall, PipelineWork};
use std::sync::Arc;

const OTHER: Service = Service::named("other");
const TOO_LONG: Duration = Duration::from_secs(60);

/// Workers, the service they call, and word of each wake.
struct Scene {
    workers: Workers,
    service: TcpListener,
    other: TcpListener,
    woken: Receiver<()>,
}

/// So many threads for one service, and one for another.
fn scene(threads: usize) -> Scene {
    scene_of(threads, |_| ())
}

fn scene_of(threads: usize, change: impl Fn(&mut Setup)) -> Scene {
    let listen = || TcpListener::bind("127.0.0.1:0").unwrap();
    let (service, other) = (listen(), listen());
    let (wake, woken) = mpsc::channel();
    let wake: Wake = Arc::new(move || wake.send(()).unwrap_or_default());
    let setup = |name, listener: &TcpListener, threads| {
        let mut setup = Setup::new(name, &format!("http://{}/", listener.local_addr().unwrap()), threads);
        change(&mut setup);
        setup
    };
    let setups = vec![setup(Service::OLLAMA, &service, threads), setup(OTHER, &other, 1)];
    Scene { workers: Workers::start(setups, None, &wake).unwrap(), service, other, woken }
}

impl Scene {
    fn submit(&mut self, job: u64, path: &'static str) {
        self.submit_call(job, get(Service::OLLAMA, path));
    }

    fn submit_call(&mut self, job: u64, call: HttpCall) {
        let (job, spec) = (JobId(job), JobSpec::Http(call));
        assert!(self.workers.admit(job, &spec));
        self.workers.submit(job, spec);
    }

    /// Waits until a worker calls; gives the connection and the path.
    fn called(&self) -> (TcpStream, String) {
        taken(&self.service)
    }

    /// Waits for the next thing the workers have to tell.
    fn told(&mut self) -> Event<'static> {
        loop {
            if let Some(event) = self.workers.next_event() {
                return event;
            }
            self.woken.recv_timeout(TOO_LONG).unwrap();
            self.workers.collect();
        }
    }

    /// Waits for the pieces of a job and its end.
    fn pieces(&mut self, job: u64) -> (Vec<u8>, JobOutcome) {
        let mut all = Vec::new();
        loop {
            match self.told() {
                Event::JobPiece { job: of, bytes } if of == JobId(job) => all.extend_from_slice(&bytes),
                Event::JobDone { job: of, outcome } if of == JobId(job) => return (all, outcome),
                event => panic!("{event:?}"),
            }
        }
    }
}

fn get(service: Service, path: &'static str) -> HttpCall {
    HttpCall::get("test".to_owned(), service, path, Millis(60_000))
}

fn in_pieces(path: &'static str) -> HttpCall {
    HttpCall { answer: AnswerMode::Pieces, ..get(Service::OLLAMA, path) }
}

fn taken(service: &TcpListener) -> (TcpStream, String) {
    let (mut stream, _) = service.accept().unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    (stream, head.split(' ').nth(1).unwrap().to_owned())
}

fn answer(mut stream: TcpStream, body: &str) {
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
}

fn answered(job: u64, body: &'static str) -> Event<'static> {
    Event::JobDone { job: JobId(job), outcome: JobOutcome::Answered(Answer::new(200, body)) }
}

fn has_failed(told: &Event<'_>, job: u64, expected: JobFailure) -> bool {
    matches!(told, Event::JobDone { job: of, outcome: JobOutcome::Failed { why, .. } }
        if *of == JobId(job) && *why == expected)
}

fn is_cancelled(told: &Event<'_>, job: u64) -> bool {
    has_failed(told, job, JobFailure::Cancelled)
}

#[test]
fn one_thread_takes_jobs_in_the_order_of_asking() {
    let mut scene = scene(1);
    scene.submit(1, "/first");
    scene.submit(2, "/second");
    for (job, path, body) in [(1, "/first", "one"), (2, "/second", "two")] {
        let (stream, called) = scene.called();
        assert_eq!(called, path);
        answer(stream, body);
        assert_eq!(scene.told(), answered(job, body));
    }
}

#[test]
fn as_many_run_at_a_time_as_there_are_threads() {
    let mut scene = scene(2);
    scene.submit(1, "/first");
    let (first, _) = scene.called();
    scene.submit(2, "/second");
    let (second, path) = scene.called();
    assert_eq!(path, "/second");
    answer(second, "two");
    assert_eq!(scene.told(), answered(2, "two"));
    answer(first, "one");
    assert_eq!(scene.told(), answered(1, "one"));
}

#[test]
fn a_service_that_hangs_stops_no_other() {
    let mut scene = scene(1);
    scene.submit(1, "/hangs");
    scene.submit(2, "/waits-behind-it");
    let (hangs, _) = scene.called();
    scene.submit_call(3, get(OTHER, "/answers"));
    let (other, path) = taken(&scene.other);
    assert_eq!(path, "/answers");
    answer(other, "three");
    assert_eq!(scene.told(), answered(3, "three"));
    answer(hangs, "one");
    assert_eq!(scene.told(), answered(1, "one"));
}

#[test]
fn a_queue_has_an_end_and_every_service_its_own() {
    let mut scene = scene_of(1, |setup| setup.queued_max = 2);
    scene.submit(1, "/runs");
    let (runs, _) = scene.called();
    let spec = |service| JobSpec::Http(get(service, "/waits"));
    // One waits for the store, one for the thread.
    assert!(scene.workers.admit(JobId(2), &spec(Service::OLLAMA)));
    scene.submit(3, "/waits");
    assert!(!scene.workers.admit(JobId(4), &spec(Service::OLLAMA)));
    assert!(scene.workers.has_results());
    assert!(has_failed(&scene.told(), 4, JobFailure::Crowded));
    assert!(scene.workers.admit(JobId(5), &spec(OTHER)));
    answer(runs, "one");
    assert_eq!(scene.told(), answered(1, "one"));
    assert!(scene.workers.admit(JobId(6), &spec(Service::OLLAMA)));
}

#[test]
fn a_service_nobody_set_up_is_refused_at_once() {
    let mut scene = scene(1);
    assert!(!scene.workers.admit(JobId(1), &JobSpec::Http(get(Service::named("nobody"), "/"))));
    assert!(has_failed(&scene.told(), 1, JobFailure::Refused));
    let (label, service, work) = (String::new(), Service::APERTIUM, PipelineWork::List);
    let list = PipelineCall { label, service, work, timeout: Millis(1000) };
    assert!(!scene.workers.admit(JobId(2), &JobSpec::Pipeline(list)));
    assert!(has_failed(&scene.told(), 2, JobFailure::Refused));
    assert!(scene.workers.rest().is_none());
}

#[test]
fn pieces_are_told_as_they_come() {
    let mut scene = scene(1);
    scene.submit_call(1, in_pieces("/talks"));
    let (mut talks, _) = scene.called();
    write!(talks, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n").unwrap();
    for word in ["one ", "two "] {
        // The second word is not said before the first was heard.
        talks.write_all(word.as_bytes()).unwrap();
        let heard = scene.told();
        assert_eq!(heard, Event::JobPiece { job: JobId(1), bytes: word.into() });
    }
    drop(talks);
    let end = Answer { content_type: "text/plain".to_owned(), ..Answer::new(200, "") };
    assert_eq!(scene.told(), Event::JobDone { job: JobId(1), outcome: JobOutcome::Answered(end) });
}

#[test]
fn a_worker_that_is_far_ahead_of_the_loop_pauses() {
    const BYTES: usize = 1024 * 1024;
    let mut scene = scene(1);
    scene.submit_call(1, in_pieces("/floods"));
    let (mut floods, _) = scene.called();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            write!(floods, "HTTP/1.1 200 OK\r\nContent-Length: {BYTES}\r\n\r\n").unwrap();
            // Nobody may be left to read it.
            let _ = floods.write_all(&vec![b'x'; BYTES]);
        });
        for _ in 0..UNREAD_PIECES {
            scene.woken.recv_timeout(TOO_LONG).unwrap();
        }
        // It is full now, and whatever else was read waits in the one hand of the thread.
        assert!(scene.woken.try_recv().is_err(), "nothing is told that does not fit");
        scene.workers.collect();
        let (all, outcome) = scene.pieces(1);
        assert_eq!((all.len(), outcome), (BYTES, JobOutcome::Answered(Answer::new(200, ""))));
    });
}

#[test]
fn pieces_have_an_end_too() {
    let mut scene = scene_of(1, |setup| setup.answer_bytes_max = 10);
    scene.submit_call(1, in_pieces("/just-fits"));
    answer(scene.called().0, "0123456789");
    assert_eq!(scene.pieces(1).0, b"0123456789");
    scene.submit_call(2, in_pieces("/too-long"));
    let (mut long, _) = scene.called();
    write!(long, "HTTP/1.1 200 OK\r\n\r\n0123456").unwrap();
    assert_eq!(scene.told(), Event::JobPiece { job: JobId(2), bytes: "0123456".into() });
    write!(long, "7890").unwrap();
    assert!(has_failed(&scene.told(), 2, JobFailure::TooLarge));
}

#[test]
fn an_error_is_no_piece() {
    let mut scene = scene(1);
    scene.submit_call(1, in_pieces("/refuses"));
    let (mut refuses, _) = scene.called();
    write!(refuses, "HTTP/1.1 429 Too Many\r\nRetry-After: 7\r\nContent-Length: 5\r\n\r\nlater").unwrap();
    let (pieces, outcome) = scene.pieces(1);
    let JobOutcome::Answered(answer) = outcome else { panic!("{outcome:?}") };
    assert_eq!((pieces.len(), answer.status, &answer.body[..]), (0, 429, &b"later"[..]));
}

#[test]
fn a_job_that_waits_is_cancelled_without_being_asked_for() {
    let mut scene = scene(1);
    scene.submit(1, "/first");
    let (first, _) = scene.called();
    scene.submit(2, "/second");
    scene.submit(3, "/third");
    scene.workers.cancel(JobId(2));
    assert!(is_cancelled(&scene.told(), 2));
    answer(first, "one");
    assert_eq!(scene.told(), answered(1, "one"));
    assert_eq!(scene.called().1, "/third");
}

#[test]
fn a_running_call_is_interrupted_and_its_thread_goes_on() {
    let mut scene = scene(1);
    scene.submit(1, "/never");
    let (mut never, _) = scene.called();
    scene.workers.cancel(JobId(1));
    // Twice is as good as once.
    scene.workers.cancel(JobId(1));
    assert!(is_cancelled(&scene.told(), 1));
    assert_eq!(never.read(&mut [0]).unwrap(), 0);
    scene.submit(2, "/next");
    let (next, path) = scene.called();
    assert_eq!(path, "/next");
    answer(next, "two");
    assert_eq!(scene.told(), answered(2, "two"));
}

#[test]
fn an_answer_without_an_end_is_cancelled_all_the_same() {
    let mut scene = scene(1);
    scene.submit(1, "/half");
    let (mut half, _) = scene.called();
    write!(half, "HTTP/1.1 200 OK\r\n\r\nhalf of ").unwrap();
    scene.workers.cancel(JobId(1));
    assert!(is_cancelled(&scene.told(), 1));
    scene.submit_call(2, in_pieces("/half"));
    let (mut half, _) = scene.called();
    write!(half, "HTTP/1.1 200 OK\r\n\r\nhalf of ").unwrap();
    scene.woken.recv_timeout(TOO_LONG).unwrap();
    scene.workers.cancel(JobId(2));
    // Nothing is told of what was read and not yet taken in.
    assert!(is_cancelled(&scene.told(), 2));
}

#[test]
fn cancelling_what_is_over_or_unknown_does_nothing() {
    let mut scene = scene(1);
    scene.workers.cancel(JobId(7));
    scene.submit(1, "/first");
    answer(scene.called().0, "one");
    assert_eq!(scene.told(), answered(1, "one"));
    scene.workers.cancel(JobId(1));
    assert!(!scene.workers.has_results());
}

#[test]
fn stopping_interrupts_what_runs() {
    let mut scene = scene(2);
    scene.submit(1, "/first");
    let (mut first, _) = scene.called();
    scene.workers.stop();
    assert_eq!(first.read(&mut [0]).unwrap(), 0);
}
