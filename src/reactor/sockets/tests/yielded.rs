//! Who has said more than their share waits in a line, of which a turn serves a few, behind everybody else.

use super::*;

#[test]
fn who_has_yielded_is_not_read_before_their_turn() {
    let mut scene = Scene::new();
    let (loud, mut peer) = scene.connect();
    peer.write_all(b"much").unwrap();
    assert_eq!(scene.told(), bytes(loud, "much"));
    scene.sockets.yield_turn(loud);
    scene.sockets.yield_turn(loud);
    peer.write_all(b"more").unwrap();
    assert!(scene.sockets.has_work(), "nobody reminds us of a turn");
    assert_eq!(scene.told(), [Told::Turn(loud)]);
    assert_eq!(scene.told(), bytes(loud, "more"));
    assert!(!scene.sockets.has_work(), "one turn for one yielding, however often it was said");
}

#[test]
fn a_crowd_is_served_a_few_at_a_time_and_behind_all_others() {
    let mut scene = Scene::new();
    let crowd: Vec<_> = (0..TURNS_MAX + 2).map(|_| scene.connect()).collect();
    let (quiet, mut quiet_peer) = scene.connect();
    for (conn, _) in &crowd {
        scene.sockets.yield_turn(*conn);
    }
    quiet_peer.write_all(b"one word").unwrap();
    let mut told = scene.turn(NOW);
    while !told.contains(&bytes(quiet, "one word")[0]) {
        // The kernel may take its time; meanwhile the crowd comes round, and yields again.
        for turn in told.drain(..) {
            let Told::Turn(conn) = turn else { panic!("{turn:?} before its time") };
            scene.sockets.yield_turn(conn);
        }
        told = scene.turn(NOW);
    }
    assert_eq!(told[0], bytes(quiet, "one word")[0]);
    assert_eq!(told.len(), 1 + TURNS_MAX);
    let served: std::collections::BTreeSet<_> = told[1..].iter().map(|it| format!("{it:?}")).collect();
    assert_eq!(served.len(), TURNS_MAX, "each of them once");
}

#[test]
fn a_turn_that_comes_too_late_is_nobodys() {
    let mut scene = Scene::new();
    let (gone, _peer) = scene.connect();
    scene.sockets.yield_turn(gone);
    scene.sockets.close(gone, Closing::Abort, NOW);
    scene.sockets.commit(NOW);
    let (new, mut peer) = scene.connect();
    assert_eq!(gone.slot, new.slot);
    peer.write_all(b"first").unwrap();
    assert_eq!(scene.told(), bytes(new, "first"));
    assert!(!scene.sockets.has_work());
}

#[test]
fn many_answers_leave_before_anybody_else_is_read() {
    let mut scene = Scene::new();
    let mut peers: Vec<_> = (0..3).map(|_| scene.connect()).collect();
    for (_, peer) in &mut peers {
        peer.write_all(b"?").unwrap();
    }
    let mut asked = Vec::new();
    while asked.len() < 3 {
        let timeout = scene.sockets.has_work().then_some(std::time::Duration::ZERO);
        scene.poll.poll(&mut scene.polled, timeout).unwrap();
        scene.polled.iter().for_each(|event| scene.sockets.note(event));
        scene.sockets.begin_turn(NOW);
        let before = asked.len();
        while let Some(event) = scene.sockets.next_event(&mut scene.buffer) {
            let Event::Bytes { conn, .. } = event else { panic!("{event:?}") };
            asked.push(conn);
            scene.sockets.count_answer(ANSWER_BYTES_MAX);
        }
        assert!(asked.len() <= before + 1, "one answer is enough for a turn, if it is long");
        scene.sockets.commit(NOW);
    }
    let all: Vec<_> = peers.iter().map(|(conn, _)| *conn).collect();
    assert!(all.iter().all(|conn| asked.contains(conn)), "everybody has their turn, in time");
}
