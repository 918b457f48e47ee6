//! Small fakes of the engines beside Ollama: each knows the translations it was taught, speaks one API, and fails on demand
//! in every way the real one does.
//!
//! Here is what they share, the listening and the reading; what each says is in a file of its own.

pub(crate) mod deepl;
pub(crate) mod libretranslate;
pub(crate) mod openai;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(30);

/// One API.
pub(crate) trait Speak: Send + 'static {
    fn answer(&mut self, call: &Call) -> Said;
}

/// What a fake was asked.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// Such as `POST /translate`.
    pub(crate) what: String,
    /// Names in lower case.
    pub(crate) fields: BTreeMap<String, String>,
    /// Null if it was no JSON.
    pub(crate) body: Value,
}

impl Call {
    fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }
}

/// What it says to that.
#[derive(Clone, Debug)]
pub(crate) enum Said {
    Answer {
        status: u16,
        body: String,
        /// For a field of the head.
        retry_after: Option<&'static str>,
    },
    /// Nothing, until it is gone.
    Stall,
    /// Hangs up.
    Close,
    /// Something that is not HTTP.
    Garbage,
    /// Hangs up in the middle of the body.
    Cut,
}

impl Said {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::text(status, &body.to_string())
    }

    pub(crate) fn text(status: u16, body: &str) -> Self {
        Self::Answer { status, body: body.to_owned(), retry_after: None }
    }

    /// That it was asked too often.
    pub(crate) fn limited(retry_after: Option<&'static str>, body: &Value) -> Self {
        Self::Answer { status: 429, body: body.to_string(), retry_after }
    }
}

/// A listening fake; gone when dropped.
pub(crate) struct Fake<S> {
    address: SocketAddr,
    shared: Arc<Shared<S>>,
}

struct Shared<S> {
    state: Mutex<State<S>>,
    changed: Condvar,
    over: AtomicBool,
}

struct State<S> {
    speaker: S,
    calls: Vec<Call>,
    /// Instead of what it would say.
    instead: Option<Said>,
}

impl<S: Speak> Fake<S> {
    pub(crate) fn start(speaker: S) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let state = Mutex::new(State { speaker, calls: Vec::new(), instead: None });
        let shared = Arc::new(Shared { state, changed: Condvar::new(), over: AtomicBool::new(false) });
        let answering = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if answering.over.load(Ordering::Relaxed) {
                    return;
                }
                let shared = Arc::clone(&answering);
                thread::spawn(move || shared.serve(stream));
            }
        });
        Self { address, shared }
    }

    /// Where it listens, without a slash at the end.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Changes what it knows or how it fails.
    pub(crate) fn set(&self, change: impl FnOnce(&mut S)) {
        change(&mut self.shared.lock().speaker);
    }

    /// From now on, says this to everything; or not.
    pub(crate) fn say(&self, instead: Option<Said>) {
        self.shared.lock().instead = instead;
    }

    /// Everything it was asked, in order.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.shared.lock().calls.clone()
    }

    /// Waits until it has been asked this so often.
    pub(crate) fn until_asked(&self, what: &str, times: usize) {
        let count =
            |state: &mut State<S>| state.calls.iter().filter(|call| call.what == what).count() < times;
        let waiting = self.shared.changed.wait_timeout_while(self.shared.lock(), PATIENCE, count);
        assert!(!waiting.unwrap().1.timed_out(), "nobody asks for {what}");
    }
}

impl<S> Drop for Fake<S> {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
        self.shared.changed.notify_all();
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
    }
}

impl<S> Shared<S> {
    fn lock(&self) -> MutexGuard<'_, State<S>> {
        self.state.lock().unwrap()
    }
}

impl<S: Speak> Shared<S> {
    /// One call. Whoever hangs up on us meanwhile has their reasons.
    fn serve(&self, mut stream: TcpStream) {
        let Some(call) = read_call(&stream) else { return };
        let mut state = self.lock();
        let said = state.instead.clone().unwrap_or_else(|| state.speaker.answer(&call));
        state.calls.push(call);
        self.changed.notify_all();
        if matches!(said, Said::Stall) {
            drop(self.changed.wait_while(state, |_| !self.over.load(Ordering::Relaxed)));
            return;
        }
        drop(state);
        let _ = stream.write_all(&bytes(said));
    }
}

fn bytes(said: Said) -> Vec<u8> {
    match said {
        Said::Stall | Said::Close => Vec::new(),
        Said::Garbage => b"\x16\x03\x01 this is not HTTP\r\n\r\n".to_vec(),
        Said::Cut => b"HTTP/1.1 200 X\r\nContent-Length: 4096\r\n\r\n{\"translatedText\":".to_vec(),
        Said::Answer { status, body, retry_after } => {
            let retry_after =
                retry_after.map(|value| format!("Retry-After: {value}\r\n")).unwrap_or_default();
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n{retry_after}Connection: close\r\n\r\n"
            );
            (head + &body).into_bytes()
        }
    }
}

fn read_call(stream: &TcpStream) -> Option<Call> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let (what, _) = line.rsplit_once(' ')?;
    let (what, mut fields) = (what.to_owned(), BTreeMap::new());
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(':') else { break };
        fields.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = fields.get("content-length").map_or(Some(0), |value| value.parse().ok())?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Call { what, fields, body: serde_json::from_slice(&body).unwrap_or(Value::Null) })
}

/// Translations, both ways.
pub(crate) fn book(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let both = pairs.iter().flat_map(|&(one, other)| [(one, other), (other, one)]);
    both.map(|(one, other)| (one.to_owned(), other.to_owned())).collect()
}
