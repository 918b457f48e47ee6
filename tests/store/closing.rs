//! Rooms that were about to close, or had closed, when the server died.

use std::net::SocketAddr;

use serde_json::{Value, json};

use super::place::{Place, kill};
use crate::support::desk::{Member, agent, customer, seat, word};
use crate::support::http::{self, Http, Response};
use crate::support::websocket::{WebSocket, handshake};

/// A chat whose agent has ended it.
fn ended_by_the_agent(server: SocketAddr) -> (Member, Member) {
    let mut joana = customer(server, "en", "Good morning");
    let sam = agent(server, "en", &joana.room);
    end(server, &sam, 200);
    while joana.socket.event_of("room_status")["status"] != "closing" {}
    (joana, sam)
}

fn end(server: SocketAddr, member: &Member, status: u16) -> Response {
    let ended = http::post(server, "/end-chat", Some(&member.token), &json!({ "room_id": member.room }));
    assert_eq!(ended.status, status, "{ended:?}");
    ended
}

fn open(server: SocketAddr, token: &str, room: &str) -> Result<WebSocket, Response> {
    WebSocket::over(Http::connect(server), &seat(token, room))
}

/// The refusal of a WebSocket: its status and its word.
fn refusal(server: SocketAddr, token: &str, room: &str) -> (u16, String) {
    let refused = open(server, token, room).err().unwrap_or_else(|| panic!("{room} is open"));
    (refused.status, refused.code())
}

/// What a browser is told: the error event and the close code.
fn told_inside(server: SocketAddr, member: &Member) -> (Value, Option<u16>) {
    let mut http = Http::connect(server);
    let offer = format!("Sec-WebSocket-Protocol: bearer, {}\r\n", member.token);
    http.send(handshake(&format!("/ws?room_id={}", member.room), &offer));
    assert_eq!(http.response().status, 101);
    let mut socket = WebSocket { http };
    (socket.event()["code"].clone(), socket.close_code())
}

#[test]
fn a_closing_room_closes_at_its_time_and_stays_closed() {
    let place = Place::new("closing");
    let variables = [("CLOSE_WAIT", "1s")];
    let server = place.server(&variables);
    let (joana, sam) = ended_by_the_agent(server.address());
    let stranger = customer(server.address(), "en", "Good evening");
    kill(server);

    let server = place.server(&variables);
    // Whether its time had come before the restart was over depends on the machine.
    if let Ok(mut socket) = open(server.address(), &joana.token, &joana.room) {
        assert_eq!(socket.event_of("chat_ended")["reason"], "closed");
        socket.close_code();
    }
    kill_and_look(&place, server, &joana, &sam, &stranger);
}

/// A room that is closed is so before and after another death of the server.
fn kill_and_look(
    place: &Place,
    server: crate::support::process::Server,
    joana: &Member,
    sam: &Member,
    stranger: &Member,
) {
    let closed = (410, "room_closed".to_owned());
    assert_eq!(refusal(server.address(), &joana.token, &joana.room), closed);
    kill(server);

    let server = place.server(&[]);
    let address = server.address();
    assert_eq!(refusal(address, &joana.token, &joana.room), closed);
    assert_eq!(refusal(address, &sam.token, &joana.room), closed);
    assert_eq!(told_inside(address, joana), (json!("room_closed"), Some(4410)));
    assert_eq!(end(address, joana, 409).code(), "room_closed");
    assert_eq!(refusal(address, &stranger.token, &joana.room), (403, "not_a_member".to_owned()));
    assert_eq!(refusal(address, "0123456789abcdef", &joana.room), (401, "unknown_token".to_owned()));
    assert!(open(address, &stranger.token, &stranger.room).is_ok(), "other rooms are as they were");
}

#[test]
fn a_customer_who_has_left_is_told_so_after_the_restart() {
    let place = Place::new("left");
    let server = place.server(&[]);
    let joana = customer(server.address(), "en", "Good morning");
    let sam = agent(server.address(), "en", &joana.room);
    let stranger = customer(server.address(), "en", "Good evening");
    assert_eq!(word(&end(server.address(), &joana, 200), "reason"), "customer_left");
    kill_and_look(&place, server, &joana, &sam, &stranger);
}

#[test]
fn a_closing_room_keeps_its_time_and_can_be_opened_again() {
    let place = Place::new("reopened");
    let variables = [("CLOSE_WAIT", "1h")];
    let server = place.server(&variables);
    let (joana, _) = ended_by_the_agent(server.address());
    kill(server);

    let server = place.server(&variables);
    let mut socket = open(server.address(), &joana.token, &joana.room).unwrap();
    let standing = socket.event();
    assert_eq!(standing["status"], "closing");
    let left = standing["closes_in_ms"].as_u64().unwrap();
    assert!((1..3_600_000).contains(&left), "the time of the restart counts: {standing}");
    socket.write("One more thing", "again");
    assert_eq!(socket.event_of("ack")["id"], 2);
    kill(server);

    let server = place.server(&variables);
    let mut socket = open(server.address(), &joana.token, &joana.room).unwrap();
    assert_eq!(socket.event()["status"], "waiting");
    let rooms = http::get(server.address(), "/rooms").json();
    assert_eq!(rooms[0]["room_id"], *joana.room, "it waits for an agent: {rooms}");
}
