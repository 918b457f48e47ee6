//! The calls of the chat, as a customer and an agent make them.

use std::net::SocketAddr;

use serde_json::json;

use super::http::{self, Response};
use super::websocket::WebSocket;

/// Somebody in a room.
pub(crate) struct Member {
    pub(crate) token: String,
    pub(crate) room: String,
    pub(crate) socket: WebSocket,
}

/// A word of a JSON answer.
pub(crate) fn word(response: &Response, key: &str) -> String {
    response.json()[key].as_str().unwrap_or_else(|| panic!("no {key} in {response:?}")).to_owned()
}

/// A customer starts a chat and connects.
pub(crate) fn customer(server: SocketAddr, language: &str, content: &str) -> Member {
    let call = json!({ "name": "Joana", "content": content, "language": language });
    let started = http::post(server, "/start-chat", None, &call);
    let (token, room) = (word(&started, "token"), word(&started, "room_id"));
    let socket = connect(server, &token, &room);
    Member { token, room, socket }
}

/// An agent joins a room and connects.
pub(crate) fn agent(server: SocketAddr, language: &str, room: &str) -> Member {
    let profile = http::post(server, "/set-profile", None, &json!({ "name": "Sam", "language": language }));
    let token = word(&profile, "token");
    let joined = http::post(server, "/join-room", Some(&token), &json!({ "room_id": room }));
    assert_eq!(joined.status, 200, "{joined:?}");
    let socket = connect(server, &token, room);
    Member { token, room: room.to_owned(), socket }
}

fn connect(server: SocketAddr, token: &str, room: &str) -> WebSocket {
    let mut socket = WebSocket::open(server, &seat(token, room));
    assert_eq!(socket.event()["type"], "room_joined");
    socket
}

/// The path of a member's WebSocket.
pub(crate) fn seat(token: &str, room: &str) -> String {
    format!("/ws?token={token}&room_id={room}")
}

/// What the translator's state is, as `/health` tells it.
pub(crate) fn translator(server: SocketAddr) -> String {
    let health = http::get(server, "/health").json();
    health["translator"]["state"].as_str().unwrap().to_owned()
}
