//! The hub, from socket to socket.

use serde_json::json;

use crate::support::http;
use crate::support::ollama::{Ollama, READY};
use crate::support::process::Server;
use crate::support::websocket::{FIN, TEXT, WebSocket, frame};

const EN: &str = "Good morning, where is everybody today?";
const PT: &str = "Bom dia, onde está toda a gente hoje?";

#[test]
fn everybody_reads_their_own_language_and_one_translation_is_asked_for() {
    let ollama = Ollama::start(&[(EN, PT)]);
    let mut server = Server::start(&[("OLLAMA_URL", &ollama.url())]);
    server.hear(READY);
    let come = |who: &str| {
        let mut socket = WebSocket::open(server.address(), &format!("/ws?username=Somebody&userId={who}"));
        let welcome = socket.event_of("system");
        assert_eq!((&welcome["code"], &welcome["verified"]), (&json!("welcome"), &json!(true)));
        socket
    };
    let mut alice = come("alice&language=en");
    let mut readers: Vec<_> = (0..20).map(|n| come(&format!("reader-{n}&language=pt"))).collect();
    let mut carol = come("carol");
    alice.write(EN, "a1");
    assert_eq!(alice.event_of("chat")["ref"], "a1", "the sender hears it too, by its name");
    assert_eq!(carol.event_of("chat")["content"], EN);
    for reader in &mut readers {
        let heard = reader.event_of("chat");
        assert_eq!((&heard["content"], &heard["original"]), (&json!(PT), &json!(EN)));
        assert!(heard.get("ref").is_none() && heard["id"] == 1, "{heard}");
    }
    assert_eq!(ollama.asked(), 1, "one message, one language, one translation");

    let stats = http::get(server.address(), "/hub/stats").json();
    assert_eq!((&stats["rooms"][0]["members"], &stats["rooms"][0]["messages"]), (&json!(22), &json!(1)));
    assert_eq!(http::get(server.address(), "/health").json()["clients"], 22);
    assert_eq!(server.stop().code, Some(0));
}

#[test]
fn a_name_survives_a_restart_and_so_does_what_was_said() {
    let place = crate::support::process::TempFile::new("hub-restart");
    let store = place.as_str();
    let mut server = Server::start(&[("STORE", store)]);
    let mut alice = WebSocket::open(server.address(), "/ws?userId=alice&username=Alice");
    let secret = alice.event_of("system")["secret"].as_str().unwrap().to_owned();
    alice.write("1 2 3", "a1");
    alice.event_of("chat");
    assert_eq!(server.stop().code, Some(0));

    server = Server::start(&[("STORE", store)]);
    let mut stranger = WebSocket::open(server.address(), "/ws?userId=alice&username=Alice");
    assert_eq!(stranger.event_of("system")["verified"], false);
    assert_eq!(stranger.event_of("chat")["content"], "1 2 3");
    let mut alice = WebSocket::open(
        server.address(),
        &format!("/ws?userId=alice&username=Alice&secret={secret}&after=1"),
    );
    assert_eq!(alice.event_of("system")["verified"], true);
    alice.send(&frame(FIN | TEXT, br#"{"content":"4","to":"alice","ref":"a2"}"#));
    assert_eq!(alice.event_of("chat")["to"], "alice");
    alice.write("5", "a3");
    assert_eq!(stranger.event_of("chat")["id"], 3, "the private one is not for strangers");
}
