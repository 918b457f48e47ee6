//! What peers do to a WebSocket that no door may mind. Each act ends with the connection gone.

use dragoman::vocabulary::{CloseReason, ConnId, Effect, Event, Millis};

use super::stage::{Stage, closes, frame, handshake, sent, texts, touches};

/// What somebody does, given where to open a WebSocket.
type Act = fn(&mut Stage, &str);

/// Acts, and what they are called.
pub(crate) const ACTS: [(&str, Act); 16] = [
    ("comes and goes", comes_and_goes),
    ("breaks off within the handshake", breaks_off_early),
    ("speaks behind the handshake at once", speaks_at_once),
    ("floods and never reads", floods),
    ("floods with pings", floods_with_pings),
    ("half-closes", half_closes),
    ("half-closes with more than it reads", half_closes_unread),
    ("is drained out of turn", is_drained),
    ("breaks off within a frame", breaks_off),
    ("sends frames that are none", sends_rubbish),
    ("speaks binary", speaks_binary),
    ("is gone before its answer", is_gone_before_its_answer),
    ("goes on while nothing is stored", goes_on_without_store),
    ("is shut down", is_shut_down),
    ("comes after the end", comes_after_the_end),
    ("says nothing for ever", falls_silent),
];

/// Texts of every kind: JSON of ours, JSON of others, none at all.
const TEXTS: [&str; 6] = [
    r#"{"content":"Onde fica a loja?","ref":"a"}"#,
    r#"{"type":"typing","is_typing":true}"#,
    r#"{"type":"no such type"}"#,
    "[1,2,3]",
    "",
    "{\"content\":",
];

fn reset(stage: &mut Stage, conn: ConnId) {
    stage.handle(Event::Closed { conn, reason: CloseReason::Reset });
    no_longer_there(stage, conn);
}

/// Whatever comes under its name touches nothing, also when its slot has another holder.
fn no_longer_there(stage: &mut Stage, conn: ConnId) {
    let heir = ConnId { generation: conn.generation + 1, ..conn };
    stage.accept(heir);
    let stale = [
        Event::Bytes { conn, bytes: &frame(0x81, TEXTS[0].as_bytes()) },
        Event::Drained { conn },
        Event::Eof { conn },
        Event::Closed { conn, reason: CloseReason::Error },
    ]
    .map(|event| stage.handle(event));
    for effects in stale {
        assert!(
            !touches(&effects, conn) && !touches(&effects, heir),
            "a stale name touches nothing: {effects:?}"
        );
    }
    stage.handle(Event::Eof { conn: heir });
}

fn comes_and_goes(stage: &mut Stage, target: &str) {
    for _ in 0..3 {
        let conn = stage.open(target);
        let other = stage.open(target);
        reset(stage, conn);
        stage.frame(other, 0x81, TEXTS[0].as_bytes());
        let goodbye = stage.frame(other, 0x88, &1000_u16.to_be_bytes());
        assert!(closes(&goodbye, other), "a goodbye is answered");
        no_longer_there(stage, other);
    }
}

fn breaks_off_early(stage: &mut Stage, target: &str) {
    let request = handshake(target);
    for cut in (1..request.len()).step_by(17) {
        let conn = stage.connect();
        let bytes = &request.as_bytes()[..cut];
        assert!(!touches(&stage.handle(Event::Bytes { conn, bytes }), conn), "half a request has no answer");
        if cut % 2 == 0 {
            reset(stage, conn);
        } else {
            assert!(closes(&stage.handle(Event::Eof { conn }), conn), "what has not come never will");
            no_longer_there(stage, conn);
        }
    }
}

/// Frames in one read with the request, the last of them cut.
fn speaks_at_once(stage: &mut Stage, target: &str) {
    let conn = stage.connect();
    let mut bytes = handshake(target).into_bytes();
    TEXTS.iter().for_each(|text| bytes.extend(frame(0x81, text.as_bytes())));
    bytes.extend(&frame(0x81, TEXTS[0].as_bytes())[..9]);
    let answer = sent(&stage.handle(Event::Bytes { conn, bytes: &bytes }), conn);
    assert!(answer.starts_with(b"HTTP/1.1 101 "), "the handshake is answered first");
    reset(stage, conn);
}

fn floods(stage: &mut Stage, target: &str) {
    let conn = stage.open(target);
    let burst: Vec<u8> = TEXTS.iter().flat_map(|text| frame(0x81, text.as_bytes())).collect();
    let mut sent = 0;
    loop {
        sent += burst.len();
        assert!(sent < 8 << 20, "whoever never reads is given up");
        if closes(&stage.handle(Event::Bytes { conn, bytes: &burst }), conn) {
            return no_longer_there(stage, conn);
        }
    }
}

/// Each has its pong, which waits with everything else.
fn floods_with_pings(stage: &mut Stage, target: &str) {
    let conn = stage.open(target);
    let burst = frame(0x89, &[b'p'; 100]).repeat(64);
    let mut received = 0;
    for _ in 0..1000 {
        let effects = stage.handle(Event::Bytes { conn, bytes: &burst });
        received += sent(&effects, conn).len();
        if closes(&effects, conn) {
            assert!(received < 1 << 20, "whoever never reads is not sent everything");
            return no_longer_there(stage, conn);
        }
    }
    panic!("whoever never reads is given up");
}

fn half_closes(stage: &mut Stage, target: &str) {
    let conn = stage.open(target);
    stage.handle(Event::Drained { conn });
    stage.frame(conn, 0x81, TEXTS[0].as_bytes());
    stage.handle(Event::Drained { conn });
    assert!(closes(&stage.handle(Event::Eof { conn }), conn), "who has said all is let go");
    no_longer_there(stage, conn);
}

/// What was sent before the end is answered before the connection is closed.
fn half_closes_unread(stage: &mut Stage, target: &str) {
    let conn = stage.open(target);
    let burst: Vec<u8> = std::iter::repeat_n(frame(0x81, &[b'x'; 600]), 40).flatten().collect();
    assert!(!closes(&stage.handle(Event::Bytes { conn, bytes: &burst }), conn));
    let mut is_closed = closes(&stage.handle(Event::Eof { conn }), conn);
    assert!(!is_closed, "it waits for what it has not read");
    let mut rounds = 0;
    while !is_closed {
        rounds += 1;
        assert!(rounds < 100, "it ends");
        is_closed = [Event::Drained { conn }, Event::Turn { conn }]
            .into_iter()
            .any(|event| closes(&stage.handle(event), conn));
    }
    no_longer_there(stage, conn);
}

fn is_drained(stage: &mut Stage, target: &str) {
    let conn = stage.connect();
    stage.handle(Event::Drained { conn });
    stage.upgrade(conn, target);
    for _ in 0..5 {
        stage.handle(Event::Drained { conn });
        stage.frame(conn, 0x81, TEXTS[0].as_bytes());
    }
    stage.handle(Event::StoreDown);
    stage.frame(conn, 0x81, TEXTS[0].as_bytes());
    stage.handle(Event::Drained { conn });
    stage.handle(Event::StoreUp);
    stage.handle(Event::Drained { conn });
    reset(stage, conn);
}

fn breaks_off(stage: &mut Stage, target: &str) {
    let text = frame(0x81, TEXTS[0].as_bytes());
    for cut in 1..text.len() {
        let conn = stage.open(target);
        let heard = stage.handle(Event::Bytes { conn, bytes: &text[..cut] });
        assert!(texts(&heard, conn).is_empty(), "half a frame is no message");
        if cut % 2 == 0 {
            reset(stage, conn);
        } else {
            assert!(closes(&stage.handle(Event::Eof { conn }), conn));
            no_longer_there(stage, conn);
        }
    }
    // Within a message of two frames.
    let conn = stage.open(target);
    stage.frame(conn, 0x01, b"{\"content\":");
    reset(stage, conn);
}

fn sends_rubbish(stage: &mut Stage, target: &str) {
    let rubbish: [&[u8]; 5] = [
        // Not masked; of a reserved kind; a continuation of nothing; not UTF-8; larger than anything may be.
        &[0x81, 2, b'h', b'i'],
        &frame(0x83, b"?"),
        &frame(0x80, b"more"),
        &frame(0x81, &[0xff, 0xfe]),
        &[0x81, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
    ];
    for bytes in rubbish {
        let conn = stage.open(target);
        let goodbye = stage.handle(Event::Bytes { conn, bytes });
        assert!(closes(&goodbye, conn), "{bytes:x?} is the end");
        no_longer_there(stage, conn);
    }
}

/// A door takes it or says goodbye; either way it is there for the next.
fn speaks_binary(stage: &mut Stage, target: &str) {
    let conn = stage.open(target);
    let answer = stage.frame(conn, 0x82, &[0, 1, 2, 255]);
    assert!(touches(&answer, conn), "it is answered");
    if closes(&answer, conn) {
        no_longer_there(stage, conn);
    } else {
        reset(stage, conn);
    }
    comes_and_goes(stage, target);
}

/// Its words are translated for somebody else, and both are gone when the translation comes.
fn is_gone_before_its_answer(stage: &mut Stage, target: &str) {
    let foreigner = stage.foreigner.take().map(|target| stage.open(&target));
    let conn = stage.open(target);
    stage.answer_jobs("Where is it?");
    let said = stage.frame(conn, 0x81, TEXTS[0].as_bytes());
    let is_asked = said.iter().any(|effect| matches!(effect, Effect::StartJob { .. }));
    assert_eq!(is_asked, foreigner.is_some(), "it is translated where somebody needs it");
    for conn in foreigner.into_iter().chain([conn]) {
        reset(stage, conn);
    }
    let answered = stage.answer_jobs("Where is the parcel?");
    for conn in foreigner.into_iter().chain([conn]) {
        assert!(!touches(&answered, conn), "nobody hears of it: {answered:?}");
        no_longer_there(stage, conn);
    }
}

fn goes_on_without_store(stage: &mut Stage, target: &str) {
    let (conn, other) = (stage.open(target), stage.open(target));
    stage.handle(Event::StoreDown);
    for text in TEXTS {
        stage.frame(conn, 0x81, text.as_bytes());
        stage.handle(Event::Drained { conn });
    }
    stage.handle(Event::Eof { conn: other });
    no_longer_there(stage, other);
    let late = stage.connect();
    let answer = stage.handle(Event::Bytes { conn: late, bytes: handshake(target).as_bytes() });
    assert!(touches(&answer, late), "whoever comes now is told at once whether they may");
    stage.pass(Millis::from_secs(5));
    stage.handle(Event::StoreUp);
    for conn in [conn, late] {
        stage.handle(Event::Drained { conn });
        reset(stage, conn);
    }
    comes_and_goes(stage, target);
}

fn is_shut_down(stage: &mut Stage, target: &str) {
    let (conn, other) = (stage.open(target), stage.open(target));
    stage.handle(Event::Bytes { conn: other, bytes: &frame(0x81, TEXTS[0].as_bytes())[..5] });
    let goodbye = stage.handle(Event::Shutdown);
    for conn in [conn, other] {
        assert!(closes(&goodbye, conn), "everybody is told");
        no_longer_there(stage, conn);
    }
}

fn comes_after_the_end(stage: &mut Stage, target: &str) {
    let conn = stage.connect();
    stage.handle(Event::Bytes { conn, bytes: &handshake(target).as_bytes()[..20] });
    stage.handle(Event::Shutdown);
    let late = ConnId { slot: conn.slot + 1, generation: 1 };
    assert!(closes(&stage.accept(late), late), "nobody is let in any more");
    no_longer_there(stage, late);
    let goodbye = stage.handle(Event::Bytes { conn, bytes: &handshake(target).as_bytes()[20..] });
    assert!(closes(&goodbye, conn), "who had begun to ask is answered, and let go");
    no_longer_there(stage, conn);
}

fn falls_silent(stage: &mut Stage, target: &str) {
    let conn = stage.open(target);
    stage.frame(conn, 0x81, TEXTS[1].as_bytes());
    let end = stage.pass(Millis::from_secs(3600));
    assert!(closes(&end, conn), "whoever does not answer is given up");
    no_longer_there(stage, conn);
}
