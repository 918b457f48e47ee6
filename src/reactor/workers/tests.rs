use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;

use super::*;
use crate::vocabulary::{Answer, HttpCall, Millis, Service};

/// Workers, the service they call, and word of each wake.
struct Scene {
    workers: Workers,
    service: TcpListener,
    woken: Receiver<()>,
}

fn scene(count: usize) -> Scene {
    let service = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", service.local_addr().unwrap());
    let (wake, woken) = mpsc::channel();
    let wake: Wake = Arc::new(move || wake.send(()).unwrap_or_default());
    Scene { workers: Workers::start(count, &url, &wake).unwrap(), service, woken }
}

impl Scene {
    fn submit(&mut self, job: u64, path: &'static str) {
        let call = HttpCall::get("test".to_owned(), Service::OLLAMA, path, Millis(60_000));
        self.workers.submit(JobId(job), JobSpec::Http(call));
    }

    /// Waits until a worker calls; gives the connection and the path.
    fn called(&self) -> (TcpStream, String) {
        let (mut stream, _) = self.service.accept().unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap();
        (stream, head.split(' ').nth(1).unwrap().to_owned())
    }

    /// Waits for the next result.
    fn done(&mut self) -> (JobId, JobOutcome) {
        loop {
            if let Some(done) = self.workers.next_done() {
                return done;
            }
            self.woken.recv().unwrap();
            self.workers.collect();
        }
    }
}

fn answer(mut stream: TcpStream, body: &str) {
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
}

fn answered(job: u64, body: &'static str) -> (JobId, JobOutcome) {
    (JobId(job), JobOutcome::Answered(Answer::new(200, body)))
}

fn is_cancelled(done: &(JobId, JobOutcome), job: u64) -> bool {
    done.0 == JobId(job) && matches!(done.1, JobOutcome::Failed { why: JobFailure::Cancelled, .. })
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
        assert_eq!(scene.done(), answered(job, body));
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
    assert_eq!(scene.done(), answered(2, "two"));
    answer(first, "one");
    assert_eq!(scene.done(), answered(1, "one"));
}

#[test]
fn a_job_that_waits_is_cancelled_without_being_asked_for() {
    let mut scene = scene(1);
    scene.submit(1, "/first");
    let (first, _) = scene.called();
    scene.submit(2, "/second");
    scene.submit(3, "/third");
    scene.workers.cancel(JobId(2));
    assert!(is_cancelled(&scene.done(), 2));
    answer(first, "one");
    assert_eq!(scene.done(), answered(1, "one"));
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
    assert!(is_cancelled(&scene.done(), 1));
    assert_eq!(never.read(&mut [0]).unwrap(), 0);
    scene.submit(2, "/next");
    let (next, path) = scene.called();
    assert_eq!(path, "/next");
    answer(next, "two");
    assert_eq!(scene.done(), answered(2, "two"));
}

#[test]
fn an_answer_without_an_end_is_cancelled_all_the_same() {
    let mut scene = scene(1);
    scene.submit(1, "/half");
    let (mut half, _) = scene.called();
    write!(half, "HTTP/1.1 200 OK\r\n\r\nhalf of ").unwrap();
    scene.workers.cancel(JobId(1));
    assert!(is_cancelled(&scene.done(), 1));
}

#[test]
fn cancelling_what_is_over_or_unknown_does_nothing() {
    let mut scene = scene(1);
    scene.workers.cancel(JobId(7));
    scene.submit(1, "/first");
    answer(scene.called().0, "one");
    assert_eq!(scene.done(), answered(1, "one"));
    scene.workers.cancel(JobId(1));
    assert!(scene.workers.next_done().is_none());
}

#[test]
fn stopping_interrupts_what_runs() {
    let mut scene = scene(2);
    scene.submit(1, "/first");
    let (mut first, _) = scene.called();
    scene.workers.stop();
    assert_eq!(first.read(&mut [0]).unwrap(), 0);
}
