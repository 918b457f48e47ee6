//! A small Ollama: knows the translations it was taught, and fails on demand in every way the real one does.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;

use serde_json::{Value, json};

use super::process::PATIENCE;

/// What the server says once it can translate.
pub(crate) const READY: &str = "the model is loaded";

/// A way to go wrong when asked for a translation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// This status, with Ollama's kind of body.
    Status(u16),
    /// No answer until [`Ollama::release`].
    Stall,
    /// Hangs up.
    Close,
    /// Something that is not HTTP.
    Garbage,
    /// Explains instead of translating.
    Chatty,
    /// Cut off in the middle.
    NotDone,
    /// 200, and no text.
    Empty,
}

/// A listening fake; gone when dropped.
pub(crate) struct Ollama {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    book: Mutex<Book>,
    changed: Condvar,
    over: AtomicBool,
}

#[derive(Default)]
struct Book {
    translations: BTreeMap<String, String>,
    fault: Option<Fault>,
    /// Texts with this in them stall, whatever else holds.
    stalls_on: Option<&'static str>,
    released: bool,
    asked: usize,
}

impl Ollama {
    /// Knows these translations, both ways.
    pub(crate) fn start(pairs: &[(&str, &str)]) -> Self {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0)), pairs)
    }

    /// The same, listening there.
    pub(crate) fn start_at(address: SocketAddr, pairs: &[(&str, &str)]) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        // The first is what the server tries it with.
        for (one, other) in [("Good morning!", "Bom dia!")].iter().chain(pairs) {
            let mut book = shared.book.lock().unwrap();
            book.translations.insert((*one).to_owned(), (*other).to_owned());
            book.translations.insert((*other).to_owned(), (*one).to_owned());
        }
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

    /// For `OLLAMA_URL`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on, goes wrong like this; or not.
    pub(crate) fn fail(&self, fault: Option<Fault>) {
        self.book().fault = fault;
    }

    /// From now on, has no answer for texts with this in them.
    pub(crate) fn stall_on(&self, part: &'static str) {
        self.book().stalls_on = Some(part);
    }

    /// Answers whoever was left waiting.
    pub(crate) fn release(&self) {
        self.book().released = true;
        self.shared.changed.notify_all();
    }

    /// Waits until so many translations have been asked for.
    pub(crate) fn until_asked(&self, times: usize) {
        let waiting =
            self.shared.changed.wait_timeout_while(self.book(), PATIENCE, |book| book.asked < times);
        assert!(!waiting.unwrap().1.timed_out(), "nobody asks for a translation");
    }

    /// How many translations were asked for.
    pub(crate) fn asked(&self) -> usize {
        self.book().asked
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.shared.book.lock().unwrap()
    }
}

impl Drop for Ollama {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
        self.release();
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    /// One call. Whoever hangs up on us meanwhile has their reasons.
    fn serve(&self, mut stream: TcpStream) {
        let Some((path, body)) = read_call(&stream) else { return };
        let answer = match path.as_str() {
            "/api/version" => Some((200, json!({ "version": "0.33.0" }))),
            "/api/tags" | "/api/ps" => Some((200, json!({ "models": [{ "name": "llama3.2:latest" }] }))),
            _ if body["prompt"].is_null() => Some((200, done("", "load"))),
            _ => self.translate(&mut stream, body["prompt"].as_str().unwrap_or_default()),
        };
        if let Some((status, body)) = answer {
            respond(&mut stream, status, &body);
        }
    }

    /// None if there is no answer, or it was written already.
    fn translate(&self, stream: &mut TcpStream, prompt: &str) -> Option<(u16, Value)> {
        let text = text_in(prompt);
        let mut book = self.book.lock().unwrap();
        book.asked += 1;
        self.changed.notify_all();
        let stalls = book.stalls_on.is_some_and(|part| text.contains(part));
        let fault = if stalls { Some(Fault::Stall) } else { book.fault };
        let answer = book.translations.get(text).cloned();
        if fault == Some(Fault::Stall) {
            drop(self.changed.wait_while(book, |book| !book.released));
        } else {
            drop(book);
        }
        let as_json = |text: &str| json!({ "translation": text, "detected_language": "pt" }).to_string();
        match fault {
            Some(Fault::Status(status)) => Some((status, json!({ "error": "something is wrong" }))),
            Some(Fault::Close) => None,
            Some(Fault::Garbage) => {
                let _ = stream.write_all(b"\x16\x03\x01 this is not HTTP\r\n\r\n");
                None
            }
            Some(Fault::Chatty) => {
                Some((200, done("Sure! Here is what you could tell them, in three versions:", "stop")))
            }
            Some(Fault::NotDone) => Some((200, json!({ "response": "and and and", "done": false }))),
            Some(Fault::Empty) => Some((200, done("", "stop"))),
            Some(Fault::Stall) | None => match answer {
                Some(answer) if prompt.contains("<message>") => Some((200, done(&as_json(&answer), "stop"))),
                Some(answer) => Some((200, done(&answer, "stop"))),
                // Asked for too late to be of use, which is no failure of ours.
                None if fault == Some(Fault::Stall) => Some((200, done("", "stop"))),
                None => Some((500, json!({ "error": "a text nobody has taught me" }))),
            },
        }
    }
}

/// The text of a prompt: between tags, or at the end.
fn text_in(prompt: &str) -> &str {
    let tagged = prompt.split_once("<message>\n").and_then(|(_, rest)| rest.split_once("\n</message>"));
    tagged.map_or_else(|| prompt.rsplit("\n\n\n").next().unwrap_or_default(), |(text, _)| text)
}

fn done(response: &str, reason: &str) -> Value {
    json!({ "model": "llama3.2", "response": response, "done": true, "done_reason": reason })
}

fn read_call(stream: &TcpStream) -> Option<(String, Value)> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let field = line.trim().to_ascii_lowercase();
        if field.is_empty() {
            break;
        }
        if let Some(value) = field.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((path, serde_json::from_slice(&body).unwrap_or(Value::Null)))
}

fn respond(stream: &mut TcpStream, status: u16, body: &Value) {
    let body = body.to_string();
    let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    let _ = stream.write_all((head + &body).as_bytes());
}
