//! Whole conversations, from socket to socket.

use std::io::ErrorKind;
use std::net::TcpListener;

use serde_json::json;

use crate::support::desk::{agent, customer, translator};
use crate::support::http;
use crate::support::ollama::{Fault, Ollama, READY};
use crate::support::process::Server;

const PT: &str = "Bom dia, o meu pedido ainda não chegou a casa.";
const EN: &str = "Good morning, my order has not arrived home yet.";
const EN_ANSWER: &str = "I am sorry to hear that, I will look for it at once.";
const PT_ANSWER: &str = "Lamento muito ouvir isso, vou procurá-lo imediatamente.";
const PAIRS: &[(&str, &str)] = &[(PT, EN), (EN_ANSWER, PT_ANSWER)];

#[test]
fn each_reads_the_other_in_their_own_language() {
    let ollama = Ollama::start(PAIRS);
    let mut server = Server::start(&[("OLLAMA_URL", &ollama.url())]);
    server.hear(READY);
    let mut joana = customer(server.address(), "pt", PT);
    let mut sam = agent(server.address(), "en", &joana.room);

    let heard = sam.socket.event_of("message");
    assert_eq!((&heard["content"], &heard["translated_content"]), (&json!(PT), &json!(EN)));
    assert_eq!((&heard["role"], &heard["from"]), (&json!("customer"), &json!("Joana")));

    sam.socket.write(EN_ANSWER, "a1");
    assert_eq!(sam.socket.event_of("ack")["ref"], "a1");
    let heard = joana.socket.event_of("message");
    assert_eq!(heard["id"], 1, "her own first message, as her connection did not write it");
    let heard = joana.socket.event_of("message");
    assert_eq!(heard["content"], PT_ANSWER, "the customer sees their own language");
    assert!(heard.get("translated_content").is_none(), "and no other: {heard}");

    let ended =
        http::post(server.address(), "/end-chat", Some(&joana.token), &json!({ "room_id": joana.room }));
    assert_eq!(ended.json()["reason"], "customer_left");
    assert_eq!(sam.socket.event_of("chat_ended")["reason"], "customer_left");
    assert_eq!(sam.socket.close_code(), Some(1000));
    assert_eq!(ollama.asked(), 2, "each text was translated once");
    assert_eq!(server.stop().code, Some(0));
}

#[test]
fn without_ollama_conversations_go_through_and_say_so() {
    let server = Server::start(&[]);
    let mut joana = customer(server.address(), "pt", PT);
    let mut sam = agent(server.address(), "en", &joana.room);
    let heard = sam.socket.event_of("message");
    assert_eq!((&heard["content"], &heard["untranslated"]), (&json!(PT), &json!(true)));
    sam.socket.write(EN_ANSWER, "a1");
    joana.socket.event_of("message");
    let heard = joana.socket.event_of("message");
    assert_eq!((&heard["content"], &heard["untranslated"]), (&json!(EN_ANSWER), &json!(true)));
    assert_eq!(translator(server.address()), "down");
    let line = server.stop().log;
    assert!(line.contains("Ollama"), "the log says so: {line}");
}

#[test]
fn every_fault_of_ollama_gives_the_original_and_the_next_message_is_translated() {
    let faults = [Fault::Status(500), Fault::Status(503), Fault::Close, Fault::Garbage];
    for fault in faults.into_iter().chain([Fault::Chatty, Fault::NotDone, Fault::Empty, Fault::Stall]) {
        // One server each: none hides behind what was learnt from the one before.
        let ollama = Ollama::start(PAIRS);
        let url = ollama.url();
        let fast = [("OLLAMA_URL", &*url), ("TRANSLATE_DEADLINE", "2s"), ("JOB_TIMEOUT", "500ms")];
        let mut server = Server::start(&fast);
        server.hear(READY);
        ollama.fail(Some(fault));
        let text = format!("{PT} Já passaram {fault:?} dias.");
        let joana = customer(server.address(), "pt", &text);
        let mut sam = agent(server.address(), "en", &joana.room);
        let heard = sam.socket.event_of("message");
        assert_eq!((&heard["content"], &heard["untranslated"]), (&json!(text), &json!(true)), "{fault:?}");
        ollama.fail(None);
        sam.socket.write(EN_ANSWER, "a1");
        let mut joana = joana.socket;
        joana.event_of("message");
        assert_eq!(joana.event_of("message")["content"], PT_ANSWER, "after {fault:?}");
    }
}

#[test]
fn http_proxy_sends_customers_words_elsewhere() {
    let proxy = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    proxy.set_nonblocking(true).unwrap();
    let elsewhere = format!("http://{}", proxy.local_addr().unwrap());
    let ollama = Ollama::start(PAIRS);
    let names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let mut variables: Vec<_> = names.iter().map(|name| (*name, elsewhere.as_str())).collect();
    let url = ollama.url();
    variables.push(("OLLAMA_URL", &url));
    let mut server = Server::start(&variables);
    server.hear(READY);
    let joana = customer(server.address(), "pt", PT);
    let mut sam = agent(server.address(), "en", &joana.room);
    assert_eq!(sam.socket.event_of("message")["translated_content"], EN);
    assert_eq!(proxy.accept().unwrap_err().kind(), ErrorKind::WouldBlock, "nobody has asked the proxy");
}
