//! The floor: servers on epoll that read and write and do nothing else.
//!
//! `echo` sends everything back: one read, one write. `relay` joins two connections each, in the order in which they
//! came: what one says goes to the other, and the writer gets a short acknowledgement for every text, which is what a
//! chat must do at least. Both read once per readiness and write once per socket and turn.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::SocketAddr;

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

use super::talk::{RAW_ACK, TEXT_BYTES};

const LISTENER: Token = Token(usize::MAX);

/// One connection, and what leaves at the end of the turn.
struct Line {
    stream: TcpStream,
    outgoing: Vec<u8>,
}

/// Serves until it is killed.
pub(crate) fn serve(what: &str) -> ! {
    let relays = what == "relay";
    let mut listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let mut poll = Poll::new().unwrap();
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE).unwrap();
    eprintln!("listening http://{}/", listener.local_addr().unwrap());
    let (mut lines, mut events) = (Vec::<Option<Line>>::new(), Events::with_capacity(1024));
    let (mut buffer, mut dirty) = (vec![0; 64 * 1024], Vec::new());
    loop {
        if let Err(error) = poll.poll(&mut events, None) {
            assert_eq!(error.kind(), ErrorKind::Interrupted, "{error}");
            continue;
        }
        for event in &events {
            if event.token() == LISTENER {
                accept(&listener, &poll, &mut lines);
            } else if event.is_readable() {
                read(&mut lines, event.token().0, &mut buffer, relays, &mut dirty);
            }
        }
        for place in dirty.drain(..) {
            if let Some(line) = &mut lines[place] {
                write(line);
            }
        }
    }
}

fn accept(listener: &TcpListener, poll: &Poll, lines: &mut Vec<Option<Line>>) {
    while let Ok((mut stream, _)) = listener.accept() {
        stream.set_nodelay(true).unwrap();
        poll.registry().register(&mut stream, Token(lines.len()), Interest::READABLE).unwrap();
        lines.push(Some(Line { stream, outgoing: Vec::new() }));
    }
}

/// One read; a full buffer is read on, a short one is all there was.
fn read(lines: &mut [Option<Line>], place: usize, buffer: &mut [u8], relays: bool, dirty: &mut Vec<usize>) {
    loop {
        let Some(line) = &mut lines[place] else { return };
        let count = match line.stream.read(buffer) {
            Ok(0) => {
                lines[place] = None;
                return;
            }
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return,
            Err(_) => {
                lines[place] = None;
                return;
            }
        };
        let mut send = |place: usize, bytes: &[u8]| {
            if let Some(Some(line)) = lines.get_mut(place) {
                if line.outgoing.is_empty() {
                    dirty.push(place);
                }
                line.outgoing.extend_from_slice(bytes);
            }
        };
        if relays {
            for _ in 0..count / TEXT_BYTES {
                send(place, RAW_ACK);
            }
            send(place ^ 1, &buffer[..count]);
        } else {
            send(place, &buffer[..count]);
        }
        if count < buffer.len() {
            return;
        }
    }
}

/// The load leaves room in every socket: what does not fit is a fault of the bench.
fn write(line: &mut Line) {
    match line.stream.write(&line.outgoing) {
        Ok(count) => assert_eq!(count, line.outgoing.len(), "the socket is full"),
        Err(error) => assert!(error.kind() != ErrorKind::WouldBlock, "the socket is full"),
    }
    line.outgoing.clear();
}
