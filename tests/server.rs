//! The real binary on real sockets: what no trace can show.
//!
//! Whole conversations through a small fake of Ollama, the ends of a process, what a log must never say; the standards,
//! case by case; and strangers who take all there is. Every test starts a server of its own, so they run side by side.
//! None of them sleeps: they wait for what must happen, however long a slow machine takes for it.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test is a shell of its own: it has threads, files and a clock, and what cannot go on shall panic"
)]

#[path = "server/abuse.rs"]
mod abuse;
#[path = "server/apertium.rs"]
mod apertium;
#[path = "server/conversation.rs"]
mod conversation;
#[path = "server/engines.rs"]
mod engines;
#[path = "server/glossary.rs"]
mod glossary;
#[path = "server/http.rs"]
mod http;
#[path = "server/hub.rs"]
mod hub;
#[path = "server/lifecycle.rs"]
mod lifecycle;
#[path = "server/privacy.rs"]
mod privacy;
#[path = "server/proxies.rs"]
mod proxies;
#[path = "server/readme.rs"]
mod readme;
#[path = "server/websocket.rs"]
mod websocket;

#[allow(dead_code, reason = "shared with other tests")]
mod support;
