use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener};

use mio::{Events, Poll};

use super::*;
use crate::vocabulary::CloseReason;

const HIGH_WATER_BYTES: usize = 8 * 1024;
const NOW: Millis = Millis(1000);

/// A table in a poll, and a listener to make pairs with. Time passes when a test says so.
struct Scene {
    sockets: Sockets,
    poll: Poll,
    polled: Events,
    listener: TcpListener,
    buffer: Vec<u8>,
}

/// What a turn told, without the borrow.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Told {
    Bytes(ConnId, String),
    Eof(ConnId),
    Drained(ConnId),
    Turn(ConnId),
    Closed(ConnId, CloseReason),
}

impl Scene {
    fn new() -> Self {
        Self {
            sockets: Sockets::new(HIGH_WATER_BYTES),
            poll: Poll::new().unwrap(),
            polled: Events::with_capacity(64),
            listener: TcpListener::bind("127.0.0.1:0").unwrap(),
            buffer: vec![0; 4096],
        }
    }

    fn connect(&mut self) -> (ConnId, std::net::TcpStream) {
        let peer = std::net::TcpStream::connect(self.listener.local_addr().unwrap()).unwrap();
        let (stream, _) = self.listener.accept().unwrap();
        stream.set_nonblocking(true).unwrap();
        let stream = TcpStream::from_std(stream);
        (self.sockets.insert(stream, self.poll.registry()).unwrap(), peer)
    }

    /// One turn: takes in what the poll says, waiting for it unless there is work, and tells what happened.
    fn turn(&mut self, now: Millis) -> Vec<Told> {
        let timeout = self.sockets.has_work().then_some(std::time::Duration::ZERO);
        self.poll.poll(&mut self.polled, timeout).unwrap();
        for event in &self.polled {
            self.sockets.note(event);
        }
        self.events(now)
    }

    fn events(&mut self, now: Millis) -> Vec<Told> {
        self.sockets.begin_turn(now);
        let mut told = Vec::new();
        while let Some(event) = self.sockets.next_event(&mut self.buffer) {
            told.push(match event {
                Event::Bytes { conn, bytes } => Told::Bytes(conn, String::from_utf8(bytes.to_vec()).unwrap()),
                Event::Eof { conn } => Told::Eof(conn),
                Event::Drained { conn } => Told::Drained(conn),
                Event::Turn { conn } => Told::Turn(conn),
                Event::Closed { conn, reason } => Told::Closed(conn, reason),
                other => panic!("{other:?} is not about a socket"),
            });
        }
        told
    }

    /// Turns until something was told.
    fn told(&mut self) -> Vec<Told> {
        loop {
            let told = self.turn(NOW);
            self.sockets.commit(NOW);
            if !told.is_empty() {
                return told;
            }
        }
    }

    /// Turns until no socket is left.
    fn emptied(&mut self) -> Vec<Told> {
        let mut told = Vec::new();
        while !self.sockets.is_empty() {
            told.extend(self.turn(NOW));
            self.sockets.commit(NOW);
        }
        told
    }
}

fn bytes(conn: ConnId, text: &str) -> Vec<Told> {
    vec![Told::Bytes(conn, text.to_owned())]
}

fn sized(count: usize) -> Bytes {
    Bytes::from(vec![b'x'; count])
}

#[test]
fn bytes_come_and_go() {
    let mut scene = Scene::new();
    let (conn, mut peer) = scene.connect();
    peer.write_all(b"hello").unwrap();
    assert_eq!(scene.told(), bytes(conn, "hello"));
    scene.sockets.send(conn, Bytes::from_static(b"good "));
    scene.sockets.send(conn, Bytes::from_static(b"day"));
    scene.sockets.commit(NOW);
    let mut answer = [0; 8];
    peer.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"good day");
    assert!(!scene.sockets.has_work());
}

#[test]
fn a_slot_is_reused_under_a_new_name_and_the_old_name_touches_nothing() {
    let mut scene = Scene::new();
    let (old, _) = scene.connect();
    scene.sockets.close(old, Closing::Abort, NOW);
    scene.sockets.commit(NOW);
    let (new, mut peer) = scene.connect();
    assert_eq!(old, ConnId { slot: 0, generation: 1 });
    assert_eq!(new, ConnId { slot: 0, generation: 2 });
    scene.sockets.send(old, Bytes::from_static(b"stale"));
    scene.sockets.close(old, Closing::Abort, NOW);
    scene.sockets.send(new, Bytes::from_static(b"fresh"));
    scene.sockets.commit(NOW);
    let mut answer = [0; 5];
    peer.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"fresh");
}

#[test]
fn who_has_much_to_say_is_read_once_a_turn() {
    let mut scene = Scene::new();
    let (loud, mut loud_peer) = scene.connect();
    let (quiet, mut quiet_peer) = scene.connect();
    loud_peer.write_all(&vec![b'x'; 3 * 4096]).unwrap();
    let mut left = 3 * 4096;
    // The first turn only shows that there is more than one buffer of it.
    let told = scene.told();
    left -= match &told[..] {
        [Told::Bytes(conn, text)] if *conn == loud => text.len(),
        other => panic!("{other:?}"),
    };
    quiet_peer.write_all(b"me too").unwrap();
    let mut heard_quiet = false;
    while left > 0 || !heard_quiet {
        let told = scene.told();
        let of_loud: Vec<_> =
            told.iter().filter(|told| matches!(told, Told::Bytes(conn, _) if *conn == loud)).collect();
        assert!(of_loud.len() <= 1, "{told:?}");
        for told in told {
            match told {
                Told::Bytes(conn, text) if conn == loud => left -= text.len(),
                told => heard_quiet |= told == Told::Bytes(quiet, "me too".to_owned()),
            }
        }
    }
}

#[test]
fn half_close_is_told_once_and_the_answer_still_goes_out() {
    let mut scene = Scene::new();
    let (conn, mut peer) = scene.connect();
    peer.write_all(b"last words").unwrap();
    peer.shutdown(Shutdown::Write).unwrap();
    let mut told = scene.told();
    while !told.contains(&Told::Eof(conn)) {
        told.extend(scene.told());
    }
    assert_eq!(told, [Told::Bytes(conn, "last words".to_owned()), Told::Eof(conn)]);
    scene.sockets.send(conn, Bytes::from_static(b"answer"));
    scene.sockets.close(conn, Closing::Flush, NOW);
    scene.sockets.commit(NOW);
    // The peer had gone first: nothing to wait for.
    assert!(scene.sockets.is_empty());
    let mut answer = String::new();
    peer.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "answer");
}

#[test]
fn a_reset_is_told_as_one() {
    let mut scene = Scene::new();
    let (conn, peer) = scene.connect();
    scene.sockets.send(conn, Bytes::from_static(b"unread"));
    scene.sockets.commit(NOW);
    // Closing with unread input resets.
    peer.peek(&mut [0]).unwrap();
    drop(peer);
    assert_eq!(scene.told(), [Told::Closed(conn, CloseReason::Reset)]);
    assert!(scene.sockets.is_empty());
}

#[test]
fn a_reset_after_the_end_of_input_is_told_too() {
    let mut scene = Scene::new();
    let (conn, peer) = scene.connect();
    peer.shutdown(Shutdown::Write).unwrap();
    assert_eq!(scene.told(), [Told::Eof(conn)]);
    scene.sockets.send(conn, Bytes::from_static(b"unread"));
    scene.sockets.commit(NOW);
    peer.peek(&mut [0]).unwrap();
    drop(peer);
    assert_eq!(scene.told(), [Told::Closed(conn, CloseReason::Reset)]);
}

#[test]
fn drained_is_told_from_half_a_mark_on_and_counted_afresh() {
    let mut scene = Scene::new();
    let (conn, _peer) = scene.connect();
    scene.sockets.send(conn, sized(HIGH_WATER_BYTES / 2 - 1));
    scene.sockets.commit(NOW);
    assert!(!scene.sockets.has_work());
    scene.sockets.send(conn, sized(1));
    scene.sockets.commit(NOW);
    assert_eq!(scene.events(NOW), [Told::Drained(conn)]);
    scene.sockets.send(conn, sized(HIGH_WATER_BYTES / 2 - 1));
    scene.sockets.commit(NOW);
    assert_eq!(scene.events(NOW), []);
}

#[test]
fn above_the_mark_nothing_is_read_until_drained_was_told() {
    let mut scene = Scene::new();
    let (conn, mut peer) = scene.connect();
    peer.write_all(b"question").unwrap();
    // Sent before the question is read, committed after: the output has not left when its turn comes.
    scene.sockets.send(conn, sized(HIGH_WATER_BYTES));
    assert_eq!(scene.turn(NOW), []);
    scene.sockets.commit(NOW);
    assert_eq!(scene.events(NOW), [Told::Drained(conn)]);
    assert_eq!(scene.told(), bytes(conn, "question"));
}

/// Nothing more comes of them that the kernel could tell.
#[test]
fn who_has_ended_is_gone_as_soon_as_all_was_said() {
    let mut scene = Scene::new();
    let (conn, mut peer) = scene.connect();
    peer.write_all(b"question").unwrap();
    peer.shutdown(Shutdown::Write).unwrap();
    scene.sockets.send(conn, sized(HIGH_WATER_BYTES));
    assert_eq!(scene.turn(NOW), []);
    scene.sockets.close(conn, Closing::Flush, NOW);
    scene.sockets.commit(NOW);
    assert!(scene.sockets.has_work(), "what was not read is thrown away");
    assert_eq!(scene.emptied(), []);
}

#[test]
fn who_is_owed_more_than_can_be_held_is_told_of_without_the_kernel() {
    let mut scene = Scene::new();
    let (conn, _peer) = scene.connect();
    scene.sockets.send(conn, sized(HELD_BYTES_MAX + 1));
    scene.sockets.hold(NOW);
    scene.sockets.commit(NOW);
    assert!(scene.sockets.has_work());
    assert_eq!(scene.events(NOW), [Told::Closed(conn, CloseReason::Error)]);
}

#[test]
fn a_slow_reader_gets_everything_and_is_then_drained() {
    // Far more than two kernels hold between them.
    const SENT_BYTES: usize = 32 * 1024 * 1024;
    let mut scene = Scene::new();
    let (conn, mut peer) = scene.connect();
    scene.sockets.send(conn, sized(SENT_BYTES));
    scene.sockets.commit(NOW);
    assert!(!scene.sockets.has_work());
    let received = std::thread::scope(|scope| {
        let reader = scope.spawn(move || {
            let mut sink = Vec::new();
            peer.read_to_end(&mut sink).map(|_| sink.len())
        });
        assert_eq!(scene.told(), [Told::Drained(conn)]);
        scene.sockets.close(conn, Closing::Flush, NOW);
        scene.sockets.commit(NOW);
        assert_eq!(scene.emptied(), []);
        reader.join().unwrap().unwrap()
    });
    assert_eq!(received, SENT_BYTES);
}

#[test]
fn after_a_flush_the_peer_is_heard_out_in_silence() {
    let mut scene = Scene::new();
    let (conn, mut peer) = scene.connect();
    peer.write_all(b"too long a request").unwrap();
    scene.sockets.send(conn, Bytes::from_static(b"413"));
    scene.sockets.close(conn, Closing::Flush, NOW);
    scene.sockets.commit(NOW);
    let mut answer = String::new();
    peer.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "413");
    peer.write_all(b"and on and on").unwrap();
    drop(peer);
    assert_eq!(scene.emptied(), []);
    assert_eq!(scene.sockets.next_deadline(), None);
}

#[test]
fn lingering_ends_in_time() {
    let mut scene = Scene::new();
    let (quiet, _quiet_peer) = scene.connect();
    let (stuck, _stuck_peer) = scene.connect();
    scene.sockets.close(quiet, Closing::Flush, NOW);
    scene.sockets.send(stuck, sized(32 * 1024 * 1024));
    scene.sockets.close(stuck, Closing::Flush, NOW);
    scene.sockets.commit(NOW);
    assert_eq!(scene.sockets.next_deadline(), Some(NOW + Millis(2000)));
    scene.sockets.begin_turn(NOW + Millis(1999));
    assert_eq!(scene.sockets.len(), 2);
    scene.sockets.begin_turn(NOW + Millis(2000));
    assert_eq!(scene.sockets.len(), 1);
    assert_eq!(scene.sockets.next_deadline(), Some(NOW + Millis(10_000)));
    scene.sockets.begin_turn(NOW + Millis(10_000));
    assert!(scene.sockets.is_empty());
    assert_eq!(scene.sockets.next_deadline(), None);
}

#[test]
fn a_flood_after_a_flush_is_cut_off() {
    let mut scene = Scene::new();
    let (conn, mut peer) = scene.connect();
    scene.sockets.close(conn, Closing::Flush, NOW);
    scene.sockets.commit(NOW);
    std::thread::scope(|scope| {
        // Ends with an error when the other side is gone.
        scope.spawn(move || while peer.write_all(&[b'x'; 4096]).is_ok() {});
        assert_eq!(scene.emptied(), []);
    });
}

#[test]
fn nothing_is_told_of_a_connection_the_core_has_closed() {
    let mut scene = Scene::new();
    let (conn, mut peer) = scene.connect();
    peer.write_all(b"hello").unwrap();
    scene.sockets.close(conn, Closing::Abort, NOW);
    assert_eq!(scene.turn(NOW), []);
    scene.sockets.send(conn, Bytes::from_static(b"too late"));
    scene.sockets.commit(NOW);
    assert!(scene.sockets.is_empty());
    assert_eq!(scene.events(NOW), []);
}

#[test]
fn what_is_held_back_leaves_in_order_when_it_is_released() {
    let mut scene = Scene::new();
    let (conn, mut peer) = scene.connect();
    let (other, mut other_peer) = scene.connect();
    scene.sockets.send(conn, Bytes::from_static(b"one "));
    scene.sockets.hold(NOW);
    scene.sockets.commit(NOW);
    // Who is owed nothing is served; what follows something held back waits behind it.
    scene.sockets.send(other, Bytes::from_static(b"hello"));
    scene.sockets.send(conn, Bytes::from_static(b"two"));
    scene.sockets.close(conn, Closing::Flush, NOW);
    scene.sockets.commit(NOW);
    let mut answer = [0; 5];
    other_peer.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"hello");
    peer.set_nonblocking(true).unwrap();
    assert_eq!(peer.read(&mut [0; 8]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
    // However long it takes, what was to leave before the close still does.
    let later = NOW + Millis::from_secs(3600);
    scene.events(later);
    assert_eq!(scene.sockets.len(), 2);
    scene.sockets.release(later);
    scene.sockets.commit(later);
    scene.events(later);
    peer.set_nonblocking(false).unwrap();
    let mut answer = [0; 7];
    peer.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"one two");
}

#[test]
fn a_held_connection_that_is_aborted_goes_at_once() {
    let mut scene = Scene::new();
    let (conn, _peer) = scene.connect();
    scene.sockets.send(conn, Bytes::from_static(b"never"));
    scene.sockets.hold(NOW);
    scene.sockets.close(conn, Closing::Abort, NOW);
    scene.sockets.commit(NOW);
    assert!(scene.sockets.is_empty());
    scene.sockets.release(NOW);
}

#[test]
fn who_is_owed_more_than_can_be_held_is_dropped_and_the_core_told() {
    let mut scene = Scene::new();
    let (first, first_peer) = scene.connect();
    let (second, second_peer) = scene.connect();
    let (third, mut third_peer) = scene.connect();
    for conn in [first, second, third] {
        scene.sockets.send(conn, sized(HELD_BYTES_MAX / 4));
    }
    scene.sockets.hold(NOW);
    scene.sockets.commit(NOW);
    scene.sockets.send(first, sized(HELD_BYTES_MAX / 4));
    scene.sockets.commit(NOW);
    assert_eq!(scene.sockets.len(), 3, "so much can be held");
    scene.sockets.send(first, sized(1));
    scene.sockets.commit(NOW);
    // What the core says before it knows goes nowhere.
    scene.sockets.send(third, Bytes::from_static(b"never"));
    scene.sockets.commit(NOW);
    assert_eq!(
        scene.turn(NOW),
        [Told::Closed(third, CloseReason::Error)],
        "the last one, and no more than one"
    );
    assert_eq!(scene.sockets.len(), 2);
    let mut rest = Vec::new();
    let _ = third_peer.read_to_end(&mut rest);
    assert_eq!(rest.len(), 0, "not even a part of it");
    // The others get all of it.
    scene.sockets.release(NOW);
    scene.sockets.close(first, Closing::Flush, NOW);
    scene.sockets.close(second, Closing::Flush, NOW);
    scene.sockets.commit(NOW);
    let received = std::thread::scope(|scope| {
        let read = |mut peer: std::net::TcpStream| {
            move || {
                let mut sink = Vec::new();
                peer.read_to_end(&mut sink).map(|_| sink.len()).unwrap()
            }
        };
        let sizes = [first_peer, second_peer].map(|peer| scope.spawn(read(peer)));
        assert_eq!(scene.emptied(), []);
        sizes.map(|size| size.join().unwrap())
    });
    assert_eq!(received, [HELD_BYTES_MAX / 2 + 1, HELD_BYTES_MAX / 4]);
}

#[test]
fn of_whom_the_core_has_let_go_nothing_is_told_when_they_are_dropped() {
    let mut scene = Scene::new();
    let (kept, _kept_peer) = scene.connect();
    let (ended, mut ended_peer) = scene.connect();
    scene.sockets.send(kept, sized(HELD_BYTES_MAX));
    scene.sockets.send(ended, Bytes::from_static(b"goodbye"));
    scene.sockets.close(ended, Closing::Flush, NOW);
    scene.sockets.hold(NOW);
    scene.sockets.commit(NOW);
    assert_eq!((scene.sockets.len(), scene.sockets.next_deadline()), (1, None));
    let mut rest = Vec::new();
    let _ = ended_peer.read_to_end(&mut rest);
    assert_eq!(rest.len(), 0);
    assert_eq!(scene.events(NOW), []);
    // Their slot is somebody else's, to whom nothing of it applies.
    let (next, mut next_peer) = scene.connect();
    assert_eq!(next.slot, ended.slot);
    scene.sockets.send(next, Bytes::from_static(b"hello"));
    scene.sockets.commit(NOW);
    let mut answer = [0; 5];
    next_peer.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"hello");
}

/// The poll has seen it break, and nobody has asked yet what happened since: so it is while no more records can wait.
#[test]
fn who_is_dropped_and_had_broken_before_is_told_as_broken() {
    let mut scene = Scene::new();
    let (other, _other_peer) = scene.connect();
    let (conn, peer) = scene.connect();
    peer.shutdown(Shutdown::Write).unwrap();
    assert_eq!(scene.told(), [Told::Eof(conn)]);
    scene.sockets.send(conn, Bytes::from_static(b"unread"));
    scene.sockets.commit(NOW);
    peer.peek(&mut [0]).unwrap();
    scene.sockets.send(other, sized(HELD_BYTES_MAX));
    scene.sockets.send(conn, sized(1));
    scene.sockets.hold(NOW);
    drop(peer);
    while scene.sockets.table[conn.slot as usize].phase == Phase::Open {
        scene.poll.poll(&mut scene.polled, None).unwrap();
        scene.polled.iter().for_each(|event| scene.sockets.note(event));
    }
    scene.sockets.commit(NOW);
    assert_eq!(scene.events(NOW), [Told::Closed(conn, CloseReason::Reset)]);
    assert_eq!(scene.sockets.len(), 1);
}

mod paused;
mod yielded;
