//! An answer that waits for a slow call, through real sockets: a peer, the loop, a door, a worker, a service.

use std::net::{Shutdown, TcpListener};

use super::*;
use crate::doors::{Caller, Context, Door, Path, Render, Reply};
use crate::engine::Engine;
use crate::vocabulary::{AnswerMode, ExchangeId};
use crate::wire::http::{Request, Response};

/// Passes each request on, and what comes of it back; counts the pieces.
#[derive(Default)]
struct Relay {
    waiting: Vec<ExchangeId>,
    said: Vec<u8>,
}

impl Render for Relay {}

impl Door for Relay {
    fn name(&self) -> &'static str {
        "relay"
    }

    fn paths(&self) -> &'static [Path] {
        const PATHS: [Path; 1] = [Path::get("/ask")];
        &PATHS
    }

    fn on_request(&mut self, cx: &mut Context<'_>, caller: &Caller, _request: &Request) -> Reply {
        let call = HttpCall::get("relay".to_owned(), Service::OLLAMA, "/relayed", Millis(60_000));
        cx.start_job(0, JobSpec::Http(HttpCall { answer: AnswerMode::Pieces, ..call }));
        self.waiting.push(caller.exchange);
        Reply::Later { within: Millis(60_000) }
    }

    fn on_piece(&mut self, _cx: &mut Context<'_>, _key: u64, bytes: Bytes) {
        self.said.extend_from_slice(&bytes);
    }

    fn on_job(&mut self, cx: &mut Context<'_>, _key: u64, _outcome: JobOutcome) {
        let said = std::mem::take(&mut self.said);
        cx.answer(self.waiting.remove(0), Response::new(200).body("text/plain", said));
    }
}

/// The loop of the server, turn by turn, and the service it calls.
struct Scene {
    shell: Shell,
    engine: Engine,
    service: TcpListener,
    /// The end of the peer's output was told.
    has_ended: bool,
}

impl Scene {
    fn new() -> Self {
        let service = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", service.local_addr().unwrap());
        let config = Config::read(|name| match name {
            "PORT" => Some("0".to_owned()),
            "STORE" => Some(":memory:".to_owned()),
            "OLLAMA_URL" => Some(url.clone()),
            _ => None,
        });
        let config = config.unwrap();
        let shell = Shell::open(&config, &Keys::default(), None).unwrap();
        let engine = Engine::with_doors(config, vec![Box::<Relay>::default()]);
        Self { shell, engine, service, has_ended: false }
    }

    /// Turns until an event is one of these. Nothing here waits for time to pass.
    fn until(&mut self, wanted: impl Fn(&Event<'_>) -> bool) {
        let (mut buffer, mut effects, mut found) = ([0; 1024], Vec::new(), false);
        while !found {
            self.shell.wait(None).unwrap();
            while let Some(event) = self.shell.next_event(&mut buffer) {
                found |= wanted(&event);
                self.has_ended |= matches!(event, Event::Eof { .. });
                self.engine.handle(self.shell.now(), event, &mut effects);
                self.engine.check_invariants();
                self.shell.stage(&mut effects);
            }
            self.shell.commit();
        }
    }

    /// Takes the next call to the service, which is to this path.
    fn called(&mut self, path: &str) -> TcpStream {
        let (mut stream, _) = self.service.accept().unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        assert!(head.starts_with(format!("GET {path} ").as_bytes()), "{}", String::from_utf8_lossy(&head));
        stream
    }
}

#[test]
fn requests_in_one_packet_are_answered_by_a_service_one_after_the_other() {
    let mut scene = Scene::new();
    scene.until(|event| matches!(event, Event::Boot { .. }));
    // The translator looks for its model, which is none of our business here.
    drop(scene.called("/api/version"));
    scene.until(|event| matches!(event, Event::JobDone { .. }));
    let mut peer = TcpStream::connect(scene.shell.address()).unwrap();
    peer.write_all("GET /ask HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(2).as_bytes()).unwrap();
    // That nothing more comes is not heard before the answer has left.
    peer.shutdown(Shutdown::Write).unwrap();
    scene.until(|event| matches!(event, Event::Bytes { .. }));
    for words in [["one ", "two"], ["three ", "four"]] {
        let mut service = scene.called("/relayed");
        write!(service, "HTTP/1.1 200 OK\r\n\r\n").unwrap();
        for word in words {
            service.write_all(word.as_bytes()).unwrap();
            scene.until(|event| matches!(event, Event::JobPiece { bytes, .. } if bytes == word));
        }
        drop(service);
        assert!(!scene.has_ended, "nothing is read of who waits");
        scene.until(|event| matches!(event, Event::JobDone { .. }));
    }
    if !scene.has_ended {
        scene.until(|event| matches!(event, Event::Eof { .. }));
    }
    let mut heard = String::new();
    peer.read_to_string(&mut heard).unwrap();
    let bodies: Vec<_> = heard.split("HTTP/1.1 200 OK").skip(1).map(|it| it.rsplit("\r\n").next()).collect();
    assert_eq!(bodies, [Some("one two"), Some("three four")], "{heard}");
}
