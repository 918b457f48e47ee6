use std::net::IpAddr;

use bytes::Bytes;

use super::*;
use crate::vocabulary::{
    Answer, AnswerField, AnswerMode, Audience, ClientNumber, CloseReason, Closing, Credential, Effect,
    HttpCall, JobFailure, JobId, JobOutcome, JobSpec, Record, RequestField, Role, RoomId, Service,
};

const CONN: ConnId = ConnId { slot: 3, generation: 7 };

/// Marsaglia's xorshift: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next()).unwrap() % limit
    }

    fn bytes(&mut self) -> Vec<u8> {
        let pieces: [&[u8]; 8] = [b"\r\n", b"\"", b"\\x41", "é世".as_bytes(), b"\xff", b"\0", b"{ }", b"$a"];
        let count = self.below(12);
        (0..count).flat_map(|_| pieces[self.below(8)].iter().copied()).collect()
    }

    fn seed(&mut self) -> [u8; 32] {
        std::array::from_fn(|_| self.next().to_be_bytes()[3])
    }
}

fn some_event<'a>(random: &mut Random, buffer: &'a mut Vec<u8>) -> Event<'a> {
    let conn = ConnId { slot: u32::from(random.seed()[0]), generation: u32::from(random.seed()[1]) + 1 };
    let job = JobId(random.next());
    match random.below(16) {
        0 => Event::Boot { unix_ms: random.next(), seed: random.seed() },
        1 => Event::Wall { unix_ms: random.next() },
        2 => Event::Entropy { seed: random.seed() },
        3 => Event::Accepted { conn, peer: "192.0.2.7".parse::<IpAddr>().unwrap() },
        4 => Event::Accepted { conn, peer: "::ffff:192.0.2.7".parse::<IpAddr>().unwrap() },
        5 => {
            *buffer = random.bytes();
            buffer.push(b'.');
            Event::Bytes { conn, bytes: buffer }
        }
        6 => Event::Eof { conn },
        7 => Event::Drained { conn },
        14 => Event::Turn { conn },
        8 => Event::Closed { conn, reason: [CloseReason::Reset, CloseReason::Error][random.below(2)] },
        9 => {
            let (status, body) = (u16::try_from(random.below(1000)).unwrap(), Bytes::from(random.bytes()));
            Event::JobDone { job, outcome: JobOutcome::Answered(Answer::new(status, body)) }
        }
        12 => {
            let mut text = || String::from_utf8_lossy(&random.bytes()).into_owned();
            let fields = AnswerField::ALL.map(|field| (field, text()));
            let content_type = text();
            let (kept, body) = (random.below(4), Bytes::from(random.bytes()));
            let fields = fields.into_iter().take(kept).collect();
            let answer = Answer { content_type, fields, ..Answer::new(200, body) };
            Event::JobDone { job, outcome: JobOutcome::Answered(answer) }
        }
        13 => Event::JobPiece { job, bytes: [&random.bytes()[..], b"."].concat().into() },
        10 => {
            use JobFailure::{Cancelled, Crowded, Lost, Refused, TimedOut, TooLarge};
            let why = [Refused, Lost, TimedOut, TooLarge, Crowded, Cancelled][random.below(6)];
            let detail = String::from_utf8_lossy(&random.bytes()).into_owned();
            Event::JobDone { job, outcome: JobOutcome::Failed { why, detail } }
        }
        11 => {
            let text = String::from_utf8_lossy(&random.bytes()).into();
            let room = RoomId::from_number(random.next());
            let (id, writer) = (random.next(), ClientNumber::from_number(random.next()));
            let record = Record::MessageAppended {
                room,
                id,
                writer,
                role: Role::Guest,
                audience: Audience::Everybody,
                name: None,
                reference: None,
                text,
                language: None,
                sure: false,
                at: 0,
            };
            Event::Restored { record }
        }
        _ => {
            let glossary = Some("[{\"keep\":\"a \\\"b\"}]\n".to_owned());
            let reloads = [Event::Reload { glossary: None }, Event::Reload { glossary }];
            let bare = [Event::Tick, Event::Shutdown, Event::StoreDown, Event::StoreUp];
            bare.into_iter().chain(reloads).nth(random.below(6)).unwrap()
        }
    }
}

#[test]
fn every_event_comes_back_the_same() {
    let mut random = Random(0x5EED);
    for _ in 0..5_000 {
        let mut buffer = Vec::new();
        let event = some_event(&mut random, &mut buffer);
        let mut line = String::new();
        write::event(&mut line, &event);
        let read = read::event(&line).unwrap_or_else(|what| panic!("{line}: {what}"));
        assert_eq!(read.event(), event, "{line}");
    }
}

#[test]
fn a_whole_recording_comes_back_the_same() {
    let mut random = Random(77);
    let mut recorder = Recorder::new(Vec::new(), &Config::defaults()).unwrap();
    let mut expected = Vec::new();
    let mut now = 0;
    for _ in 0..1_000 {
        let mut buffer = Vec::new();
        let event = some_event(&mut random, &mut buffer);
        now += random.below(3) as u64 * 1_000;
        recorder.event(Millis(now), &event).unwrap();
        recorder.effects(&some_effects()).unwrap();
        expected.push((now, format!("{event:?}")));
    }
    recorder.flush().unwrap();
    let text = String::from_utf8(recorder.into_inner()).unwrap();
    let trace = Trace::parse(&text).unwrap();
    let found: Vec<_> = trace.events().map(|(now, event)| (now.0, format!("{event:?}"))).collect();
    assert_eq!(found, expected);
    assert_eq!(trace.effects.len(), 1_000 * some_effects().len());
}

fn some_effects() -> Vec<Effect> {
    let send = |bytes: &'static [u8]| Effect::Send { conn: CONN, bytes: Bytes::from_static(bytes) };
    vec![
        send(b"HTTP/1.1 200 OK\r\n\r\n{\"a\":1}"),
        send(b"\x81\x08{\"a\":\"\xc3\xa1"),
        send(b"\x88\x05\x03\xe8bye"),
        send(b"\x89\x01!"),
        send(b"\x8a\x00"),
        Effect::Store(Record::CustomerCame { room: RoomId::from_number(7) }),
        Effect::StartJob {
            job: JobId(1),
            spec: JobSpec::Http(HttpCall::post(
                "translate pt→en \"Preciso\nde ajuda\"".to_owned(),
                Service::OLLAMA,
                "/api/chat",
                Bytes::from_static(b"abc"),
                Millis(60_000),
            )),
        },
        Effect::StartJob {
            job: JobId(2),
            spec: JobSpec::Http(HttpCall::get(
                "probe".to_owned(),
                Service::OLLAMA,
                "/api/version",
                Millis(5_000),
            )),
        },
        Effect::StartJob {
            job: JobId(3),
            spec: JobSpec::Http(HttpCall {
                fields: vec![(RequestField::Accept, "text/event-stream".to_owned())],
                credential: Some(Credential::OfUser("geheim".into())),
                answer: AnswerMode::Pieces,
                ..HttpCall::get("ask".to_owned(), Service::named("other"), "/v1", Millis(5_000))
            }),
        },
        Effect::StartJob {
            job: JobId(4),
            spec: JobSpec::Http(HttpCall {
                credential: Some(Credential::Configured("desk-key")),
                ..HttpCall::get("ask".to_owned(), Service::named("other"), "/v1", Millis(5_000))
            }),
        },
        Effect::CancelJob { job: JobId(1) },
        Effect::Pause { conn: CONN },
        Effect::Resume { conn: CONN },
        Effect::Yield { conn: CONN },
        Effect::Close { conn: CONN, how: Closing::Flush },
        Effect::Close { conn: CONN, how: Closing::Abort },
    ]
}

#[test]
fn effects_read_well() {
    let mut recorder = Recorder::new(Vec::new(), &Config::defaults()).unwrap();
    recorder.event(Millis(40), &Event::Tick).unwrap();
    recorder.effects(&some_effects()).unwrap();
    let text = String::from_utf8(recorder.into_inner()).unwrap();
    let lines: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(
        lines,
        [
            r#"+0    >> config"#,
            r#"+40   >> tick"#,
            r#"      << send     3.7 "HTTP/1.1 200 OK\r\n\r\n{\"a\":1}""#,
            r#"      << send     3.7 text "{\"a\":\"á""#,
            r#"      << send     3.7 close 1000 "bye""#,
            r#"      << send     3.7 ping "!""#,
            r#"      << send     3.7 pong """#,
            r#"      << store    {"came":{"room":"0000000000000007"}}"#,
            r#"      << start    j1 translate pt→en "Preciso\nde ajuda" POST /api/chat timeout=60000 body=3:ba7816bf8f01cfea"#,
            r#"      << start    j2 probe GET /api/version timeout=5000"#,
            r#"      << start    j3 ask GET /v1 timeout=5000 service=other credential=of-user answer=pieces accept="text/event-stream""#,
            r#"      << start    j4 ask GET /v1 timeout=5000 service=other credential=desk-key"#,
            r#"      << cancel   j1"#,
            r#"      << pause    3.7"#,
            r#"      << resume   3.7"#,
            r#"      << yield    3.7"#,
            r#"      << close    3.7 flush"#,
            r#"      << close    3.7 abort"#,
        ]
    );
}

#[test]
fn a_record_stays_on_its_line_and_reads_as_it_looks() {
    let room = RoomId::from_number(7);
    let name = "a \"b\"\r\n\0 世界 \u{202e}\u{2028}\u{85}\u{7f} ref=1 <<";
    let event = Event::Restored { record: Record::NamedRoomOpened { room, name: name.into(), at: 5 } };
    let mut line = String::new();
    write::event(&mut line, &event);
    assert_eq!(
        line,
        r#"restored {"named":{"room":"0000000000000007","name":"a \"b\"\r\n\u0000 世界 \u202e\u2028\u0085\u007f ref=1 <<","at":5}}"#
    );
    assert_eq!(read::event(&line).unwrap().event(), event);
}

#[test]
fn a_recording_of_the_old_spelling_is_refused_by_its_version() {
    for old in [
        "+0 >> tick\n      << store    came room=0000000000000007",
        "+0 >> restored came room=0000000000000007",
    ] {
        let error = Trace::parse(old).unwrap_err().to_string();
        assert!(error.contains("recorded by dragoman 0.1, whose records dragoman "), "{error}");
        assert!(error.ends_with("replay it with that version"), "{error}");
    }
    let new = "+0 >> tick\n      << store    {\"came\":{\"room\":\"0000000000000007\"}}";
    assert!(Trace::parse(new).is_ok());
}

#[test]
fn what_is_long_is_shown_by_its_head_and_a_fingerprint() {
    let written = |bytes: String| {
        let mut line = String::new();
        write::effect(&mut line, &Effect::Send { conn: CONN, bytes: Bytes::from(bytes) });
        line
    };
    let page = written(format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(9_000)));
    assert!(page.starts_with(r#"send     3.7 "HTTP/1.1 200 OK\r\n\r\n" …9019:"#), "{page}");
    let other = written(format!("a{}", "é".repeat(5_000)));
    assert!(other.ends_with(char::is_alphanumeric) && other.contains("éé\" …10001:"), "{other}");
    assert!(other.len() < 320);
    assert!(written("x".repeat(8_192)).ends_with("x\""));
}

#[test]
fn a_frame_is_shown_by_what_it_says() {
    let frame = [&[0x81, 0x85, 1, 2, 3, 4][..], &[b'h' ^ 1, b'e' ^ 2, b'l' ^ 3, b'l' ^ 4, b'o' ^ 1]].concat();
    let mut line = String::new();
    write::event(&mut line, &Event::Bytes { conn: CONN, bytes: &frame });
    assert_eq!(line, "text     3.7 \"hello\"");
    let read::Owned::Bytes(CONN, bytes) = read::event(&line).unwrap() else { panic!("not bytes") };
    assert_eq!((bytes.len(), bytes[0], bytes[1]), (11, 0x81, 0x85));
    for line in ["close    3.7 1001 \"away\"", "ping     3.7 \"\"", "pong     3.7 \"\\xff\""] {
        let mut written = String::new();
        write::event(&mut written, &read::event(line).unwrap().event());
        assert_eq!(written, line);
    }
}

#[test]
fn settings_come_back_the_same() {
    let given = [
        ("AGENT_KEY", "a secret nobody knows".replace(' ', "-")),
        ("OLLAMA_MODEL", "my \"own\" model\\1".to_owned()),
        ("ALLOWED_HOSTS", ",".to_owned()),
        ("LANGUAGES", "pt, en".to_owned()),
        ("RATE_LIMIT", "0".to_owned()),
        ("TRUSTED_PROXIES", "10.0.0.0/8,::1".to_owned()),
    ];
    let config =
        Config::read(|name| given.iter().find(|pair| pair.0 == name).map(|pair| pair.1.clone())).unwrap();
    let recorder = Recorder::new(Vec::new(), &config).unwrap();
    let text = String::from_utf8(recorder.into_inner()).unwrap();
    assert!(!text.contains("nobody-knows"), "{text}");
    assert_eq!(Trace::parse(&text).unwrap().config(), &config, "{text}");
    assert_eq!(Trace::parse("").unwrap().config(), &Config::defaults());
}

#[test]
fn a_line_that_cannot_be_understood_is_named() {
    let wrong = [
        "hello",
        "+x >> tick",
        "+5 tick",
        ">> tock",
        ">> tick 5",
        ">> eof",
        ">> eof 0",
        ">> eof 0.1 0.2",
        ">> eof 0.99999999999",
        ">> bytes 0.1",
        ">> bytes 0.1 \"\"",
        ">> bytes 0.1 \"a\" b",
        ">> text 0.1 \"a",
        ">> close 0.1 70000 \"\"",
        ">> accepted 0.1 nowhere",
        ">> boot unix_ms=1",
        ">> boot seed=00",
        ">> entropy seed=0",
        ">> entropy seed=é0",
        ">> restored",
        ">> restored {}",
        ">> closed 0.1",
        ">> done 1 200 \"\"",
        ">> done j1 perhaps \"\"",
        ">> done j1 lost \"\\xff\"",
        ">> done j1 200",
        ">> done j1 200 content-type=\"a\"",
        ">> done j1 200 set-cookie=\"a\" \"\"",
        ">> piece j1 \"\"",
        ">> piece 1 \"a\"",
        ">> wait now",
        ">> http 0.1 GET",
        ">> upgrade 0.1",
        "let a",
        "let a-b = 0.1 token",
        "let a = 0.1",
        "let a = 0.1 b c",
        "<< close 0.1 flush",
        "let a = 0.1 token\n<< close 0.1 flush",
        ">> tick\n>> config",
        ">> config\n>> config",
        ">> config COLOUR=blue",
        ">> config RATE_LIMIT=often",
        ">> config RATE_LIMIT",
        ">> config RATE_LIMIT=\"1",
    ];
    for text in wrong {
        let error = Trace::parse(&format!("# head\n\n{text}")).unwrap_err();
        assert_eq!(error.line, 2 + text.lines().count(), "{text}: {error}");
    }
}

#[test]
fn parsing_survives_any_mutilation() {
    let mut recorder = Recorder::new(Vec::new(), &Config::defaults()).unwrap();
    let mut random = Random(5);
    for _ in 0..50 {
        let mut buffer = Vec::new();
        let event = some_event(&mut random, &mut buffer);
        recorder.event(Millis(1), &event).unwrap();
        recorder.effects(&some_effects()[..1]).unwrap();
    }
    let good = recorder.into_inner();
    for _ in 0..3_000 {
        let mut bad = good.clone();
        for _ in 0..=random.below(3) {
            let place = random.below(bad.len());
            bad[place] = random.next().to_be_bytes()[0];
        }
        bad.truncate(random.below(bad.len()));
        let _ = Trace::parse(&String::from_utf8_lossy(&bad));
    }
}
