//! What the tests on real sockets share: the server as a process, and clients that may misbehave.

pub(crate) mod desk;
pub(crate) mod http;
pub(crate) mod ollama;
pub(crate) mod process;
pub(crate) mod websocket;
