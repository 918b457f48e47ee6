//! What peers do to a WebSocket that no door may mind. Each act ends with the connection gone.

use dragoman::vocabulary::{CloseReason, ConnId, Event, Millis};

use super::stage::{Stage, closes, frame, texts, touches};

/// What somebody does, given where to open a WebSocket.
type Act = fn(&mut Stage, &str);

/// Acts, and what they are called.
pub(crate) const ACTS: [(&str, Act); 10] = [
    ("comes and goes", comes_and_goes),
    ("floods and never reads", floods),
    ("half-closes", half_closes),
    ("half-closes with more than it reads", half_closes_unread),
    ("is drained out of turn", is_drained),
    ("breaks off within a frame", breaks_off),
    ("sends frames that are none", sends_rubbish),
    ("speaks binary", speaks_binary),
    ("is shut down", is_shut_down),
    ("says nothing for ever", falls_silent),
];

/// Texts of every kind: JSON of ours, JSON of others, none at all.
const TEXTS: [&str; 6] = [
    r#"{"content":"Onde fica o pacote?","ref":"a"}"#,
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

/// Whatever comes under its name touches nothing, also when its slot has another tenant.
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
        is_closed = closes(&stage.handle(Event::Drained { conn }), conn);
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

fn is_shut_down(stage: &mut Stage, target: &str) {
    let (conn, other) = (stage.open(target), stage.open(target));
    stage.handle(Event::Bytes { conn: other, bytes: &frame(0x81, TEXTS[0].as_bytes())[..5] });
    let goodbye = stage.handle(Event::Shutdown);
    for conn in [conn, other] {
        assert!(closes(&goodbye, conn), "everybody is told");
        no_longer_there(stage, conn);
    }
}

fn falls_silent(stage: &mut Stage, target: &str) {
    let conn = stage.open(target);
    stage.frame(conn, 0x81, TEXTS[1].as_bytes());
    let end = stage.pass(Millis::from_secs(3600));
    assert!(closes(&end, conn), "whoever does not answer is given up");
    no_longer_there(stage, conn);
}
