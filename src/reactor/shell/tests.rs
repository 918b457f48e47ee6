use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use bytes::Bytes;

use super::*;
use crate::vocabulary::{Closing, ConnId, HttpCall, JobFailure, JobId, JobOutcome, JobSpec, Service};

fn shell() -> Shell {
    shell_with(":memory:")
}

fn shell_with(store: &str) -> Shell {
    let config = Config::read(|name| match name {
        "PORT" => Some("0".to_owned()),
        "STORE" => Some(store.to_owned()),
        // Nobody listens on the port reserved for that.
        "OLLAMA_URL" => Some("http://127.0.0.1:9".to_owned()),
        _ => None,
    });
    Shell::open(&config.unwrap(), &Keys::default(), None).unwrap()
}

/// Turns, without deadline, until an event is one of these; gives what was made of it.
fn until<T>(shell: &mut Shell, mut wanted: impl FnMut(&Event<'_>) -> Option<T>) -> T {
    let mut buffer = [0; 1024];
    let patience = shell.now + Millis::from_secs(30);
    loop {
        assert!(shell.now < patience, "it never came");
        shell.wait(Some(shell.now + Millis(100))).unwrap();
        let mut found = None;
        while let Some(event) = shell.next_event(&mut buffer) {
            // Asked about every event of the turn, also behind the one that was waited for.
            found = found.or(wanted(&event));
        }
        shell.commit();
        if let Some(found) = found {
            return found;
        }
    }
}

fn accepted(shell: &mut Shell) -> ConnId {
    until(shell, |event| match event {
        Event::Accepted { conn, .. } => Some(*conn),
        _ => None,
    })
}

#[test]
fn the_first_event_is_boot() {
    let mut shell = shell();
    shell.wait(None).unwrap();
    assert!(matches!(shell.next_event(&mut [0; 16]), Some(Event::Boot { .. })));
}

#[test]
fn a_request_comes_in_and_an_answer_goes_out() {
    let mut shell = shell();
    let mut peer = TcpStream::connect(shell.address()).unwrap();
    let conn = accepted(&mut shell);
    peer.write_all(b"ping").unwrap();
    let heard = until(&mut shell, |event| match event {
        Event::Bytes { conn, bytes } => Some((*conn, bytes.to_vec())),
        _ => None,
    });
    assert_eq!(heard, (conn, b"ping".to_vec()));
    let mut effects = vec![
        Effect::Send { conn, bytes: Bytes::from_static(b"pong") },
        Effect::Close { conn, how: Closing::Flush },
    ];
    shell.stage(&mut effects);
    shell.commit();
    assert!(effects.is_empty());
    let mut answer = String::new();
    peer.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "pong");
}

#[test]
fn a_tick_comes_last_and_only_when_its_time_has_come() {
    let mut shell = shell();
    let mut buffer = [0; 16];
    shell.wait(Some(Millis::ZERO)).unwrap();
    assert!(matches!(shell.next_event(&mut buffer), Some(Event::Boot { .. })));
    assert_eq!(shell.next_event(&mut buffer), Some(Event::Tick));
    assert_eq!(shell.next_event(&mut buffer), None);
    // Nothing else can wake it: that it comes back at all is the deadline's doing.
    let deadline = shell.now() + Millis(2);
    shell.wait(Some(deadline)).unwrap();
    assert!(shell.now() >= deadline);
    assert_eq!(shell.next_event(&mut buffer), Some(Event::Tick));
}

#[test]
fn a_job_ends_as_an_event() {
    let mut shell = shell();
    let call = HttpCall::get("test".to_owned(), Service::OLLAMA, "/", Millis(60_000));
    let spec = JobSpec::Http(call);
    shell.stage(&mut vec![Effect::StartJob { job: JobId(1), spec }]);
    shell.commit();
    let outcome = until(&mut shell, |event| match event {
        Event::JobDone { job: JobId(1), outcome } => Some(outcome.clone()),
        _ => None,
    });
    assert!(matches!(outcome, JobOutcome::Failed { why: JobFailure::Refused, .. }), "{outcome:?}");
}

#[test]
fn a_job_that_cannot_be_done_ends_in_the_same_turn() {
    let mut shell = shell();
    shell.wait(None).unwrap();
    let call = HttpCall::get("test".to_owned(), Service::named("nobody"), "/", Millis(60_000));
    shell.stage(&mut vec![Effect::StartJob { job: JobId(1), spec: JobSpec::Http(call) }]);
    let mut buffer = [0; 64];
    let told: Vec<_> = std::iter::from_fn(|| {
        shell.next_event(&mut buffer).map(|event| matches!(event, Event::JobDone { job: JobId(1), .. }))
    })
    .collect();
    assert_eq!(told.iter().filter(|is_end| **is_end).count(), 1);
}

#[test]
fn stopping_is_told_once_and_waits_for_connections() {
    let mut shell = shell();
    let peer = TcpStream::connect(shell.address()).unwrap();
    let conn = accepted(&mut shell);
    shell.stop();
    shell.stop();
    assert!(!shell.is_finished());
    let mut told = 0;
    until(&mut shell, |event| {
        told += usize::from(*event == Event::Shutdown);
        Some(())
    });
    assert_eq!(told, 1);
    assert!(!shell.is_finished());
    assert!(TcpStream::connect(shell.address()).is_err());
    shell.stage(&mut vec![Effect::Close { conn, how: Closing::Flush }]);
    shell.commit();
    drop(peer);
    while !shell.is_finished() {
        shell.wait(None).unwrap();
        assert_eq!(shell.next_event(&mut [0; 16]), None);
        shell.commit();
    }
}

#[test]
fn a_port_that_is_taken_is_an_error_with_its_name() {
    let first = shell();
    let port = first.address().port().to_string();
    let config = Config::read(|name| match name {
        "PORT" => Some(port.clone()),
        "STORE" => Some(":memory:".to_owned()),
        _ => None,
    });
    let config = config.unwrap();
    let Err(error) = Shell::open(&config, &Keys::default(), None) else { panic!("two servers on one port") };
    assert!(error.to_string().contains(&format!("port {port} on 127.0.0.1 is taken")), "{error}");
}

mod stored;

mod later;
