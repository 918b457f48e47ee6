//! Rooms of two on axum and tokio, as one would write it: JSON in and out, no translation, no log, nothing remembered.
//!
//! Says `http://ADDRESS/` on standard error. Two who open `/ws?room=N&role=…` hear each other: what one writes as
//! `{"content":…}` the other gets as a message, and the writer an acknowledgement. One thread, as the server it is
//! compared with. With `--small`, a WebSocket reads into 1 KiB instead of axum's 128.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use axum::serve::ListenerExt as _;
use futures_util::{SinkExt as _, StreamExt as _};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

const SMALL_BUFFER_BYTES: usize = 1024;

/// Who is in a room, by role.
#[derive(Default)]
struct Room {
    messages: u64,
    members: HashMap<String, UnboundedSender<Utf8Bytes>>,
}

#[derive(Clone, Default)]
struct Relay {
    rooms: Arc<Mutex<HashMap<u64, Arc<Mutex<Room>>>>>,
    small: bool,
}

#[derive(Deserialize)]
struct Seat {
    room: u64,
    role: String,
}

#[derive(Deserialize)]
struct Incoming {
    content: String,
}

#[derive(Serialize)]
struct MessageEvent<'a> {
    r#type: &'static str,
    room_id: u64,
    id: u64,
    role: &'a str,
    content: &'a str,
}

#[derive(Serialize)]
struct Ack {
    r#type: &'static str,
    id: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let small = std::env::args().any(|argument| argument == "--small");
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    eprintln!("listening http://{}/", listener.local_addr().expect("an address"));
    let listener = listener.tap_io(|stream| {
        // The server it is compared with does so as well.
        let _ = stream.set_nodelay(true);
    });
    let relay = Relay { small, ..Relay::default() };
    let router = Router::new().route("/ws", get(open)).with_state(relay);
    axum::serve(listener, router).await.expect("a listener that goes on");
}

async fn open(State(relay): State<Relay>, Query(seat): Query<Seat>, upgrade: WebSocketUpgrade) -> Response {
    let upgrade = if relay.small { upgrade.read_buffer_size(SMALL_BUFFER_BYTES) } else { upgrade };
    upgrade.on_upgrade(move |socket| speak(relay, seat, socket))
}

async fn speak(relay: Relay, seat: Seat, socket: WebSocket) {
    let (outgoing, mut waiting) = unbounded_channel::<Utf8Bytes>();
    let room = Arc::clone(relay.rooms.lock().expect("no panic").entry(seat.room).or_default());
    let _ = outgoing.send(Utf8Bytes::from_static(r#"{"type":"room_joined"}"#));
    room.lock().expect("no panic").members.insert(seat.role.clone(), outgoing);
    let (mut sink, mut stream) = socket.split();
    tokio::spawn(async move {
        while let Some(text) = waiting.recv().await {
            // What waits already leaves with it.
            let mut fed = sink.feed(Message::Text(text)).await;
            while let Ok(text) = waiting.try_recv() {
                fed = fed.and(sink.feed(Message::Text(text)).await);
            }
            if fed.and(sink.flush().await).is_err() {
                return;
            }
        }
    });
    while let Some(Ok(message)) = stream.next().await {
        if let Message::Text(text) = message {
            pass_on(&room, &seat, &text);
        }
    }
    room.lock().expect("no panic").members.remove(&seat.role);
}

/// The message to the other, the acknowledgement to who wrote it.
fn pass_on(room: &Mutex<Room>, seat: &Seat, text: &str) {
    let Ok(Incoming { content }) = serde_json::from_str(text) else { return };
    let mut room = room.lock().expect("no panic");
    room.messages += 1;
    let id = room.messages;
    for (role, member) in &room.members {
        let event = if *role == seat.role {
            serde_json::to_string(&Ack { r#type: "ack", id })
        } else {
            let event = MessageEvent {
                r#type: "message",
                room_id: seat.room,
                id,
                role: &seat.role,
                content: &content,
            };
            serde_json::to_string(&event)
        };
        let _ = member.send(event.unwrap_or_default().into());
    }
}
