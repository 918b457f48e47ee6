//! What is said over one connection of the load: how a numbered text is written, and what comes back is understood.

/// Bytes of every text.
pub(crate) const TEXT_BYTES: usize = 64;
/// What the raw relay says to a writer.
pub(crate) const RAW_ACK: &[u8] = b"ack ------------";

/// The rest of a text, before its two numbers.
const WORDS: &str = "the quick brown fox jumps over a dog, who rest";
const LANE_DIGITS: usize = 6;
const NUMBER_DIGITS: usize = 10;

const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// How the server is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tongue {
    /// Texts as they are.
    Raw,
    /// Requests for a page.
    Get,
    /// A WebSocket that sends everything back.
    Echo,
    /// The chat door.
    Chat,
    /// The hub.
    Hub,
}

/// What one connection was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// A text: whose, and its number. A page has no numbers.
    Text(Option<(usize, u64)>),
    /// A text of our own was taken.
    Ack,
    /// Anything else.
    Other,
}

/// The text of so many bytes with this number.
fn text(lane: usize, number: u64) -> String {
    let text = format!("{WORDS} {lane:0LANE_DIGITS$} {number:0NUMBER_DIGITS$}");
    debug_assert_eq!(text.len(), TEXT_BYTES);
    text
}

/// Appends what has to be sent to say a text.
pub(crate) fn say(tongue: Tongue, lane: usize, number: u64, out: &mut Vec<u8>) {
    let text = text(lane, number);
    match tongue {
        Tongue::Raw => out.extend_from_slice(text.as_bytes()),
        Tongue::Get => out.extend_from_slice(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        Tongue::Echo => frame(text.as_bytes(), out),
        Tongue::Chat => frame(format!(r#"{{"content":"{text}"}}"#).as_bytes(), out),
        Tongue::Hub => frame(format!(r#"{{"type":"chat","content":"{text}"}}"#).as_bytes(), out),
    }
}

/// A masked text frame.
fn frame(payload: &[u8], out: &mut Vec<u8>) {
    let length = u8::try_from(payload.len()).ok().filter(|length| *length < 126).unwrap();
    out.extend_from_slice(&[0x81, 0x80 | length]);
    out.extend_from_slice(&MASK);
    out.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
}

/// Takes the next thing off the front of `bytes`; none if it is not complete.
pub(crate) fn hear(tongue: Tongue, bytes: &[u8]) -> Option<(usize, Heard)> {
    match tongue {
        Tongue::Raw => hear_raw(bytes),
        Tongue::Get => hear_page(bytes),
        Tongue::Echo | Tongue::Chat | Tongue::Hub => hear_frame(tongue, bytes),
    }
}

fn hear_raw(bytes: &[u8]) -> Option<(usize, Heard)> {
    if bytes.starts_with(&RAW_ACK[..4]) {
        return (bytes.len() >= RAW_ACK.len()).then_some((RAW_ACK.len(), Heard::Ack));
    }
    let text = bytes.get(..TEXT_BYTES)?;
    Some((TEXT_BYTES, Heard::Text(Some(numbers(text)))))
}

fn hear_page(bytes: &[u8]) -> Option<(usize, Heard)> {
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let fields = std::str::from_utf8(&bytes[..head]).unwrap();
    assert!(fields.starts_with("HTTP/1.1 200 "), "{fields}");
    let length = fields.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap();
    let all = head + length.parse::<usize>().unwrap();
    (bytes.len() >= all).then_some((all, Heard::Text(None)))
}

fn hear_frame(tongue: Tongue, bytes: &[u8]) -> Option<(usize, Heard)> {
    let (first, second) = (*bytes.first()?, *bytes.get(1)?);
    let (length, header) = match second {
        126 => (usize::from(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?])), 4),
        short => (usize::from(short), 2),
    };
    let payload = bytes.get(header..header + length)?;
    let heard = match first {
        0x81 if tongue == Tongue::Echo => Heard::Text(Some(numbers(payload))),
        0x81 => hear_event(payload),
        0x89 => Heard::Other,
        _ => panic!("the server says {first:#x}: {}", String::from_utf8_lossy(payload)),
    };
    Some((header + length, heard))
}

fn hear_event(payload: &[u8]) -> Heard {
    let event = std::str::from_utf8(payload).unwrap();
    if event.starts_with(r#"{"type":"ack""#) {
        return Heard::Ack;
    }
    assert!(!event.starts_with(r#"{"type":"error""#), "{event}");
    if !event.starts_with(r#"{"type":"message""#) && !event.starts_with(r#"{"type":"chat""#) {
        return Heard::Other;
    }
    let (_, content) = event.split_once(r#""content":""#).unwrap();
    // The first words of a chat have no number.
    if content.starts_with(WORDS) { Heard::Text(Some(numbers(content.as_bytes()))) } else { Heard::Other }
}

fn numbers(text: &[u8]) -> (usize, u64) {
    let digits = |from: usize, count: usize| {
        text[WORDS.len() + 1 + from..][..count].iter().fold(0, |number, byte| {
            assert!(byte.is_ascii_digit(), "damaged: {}", String::from_utf8_lossy(text));
            number * 10 + u64::from(byte - b'0')
        })
    };
    let lane = usize::try_from(digits(0, LANE_DIGITS)).unwrap();
    (lane, digits(LANE_DIGITS + 1, NUMBER_DIGITS))
}
