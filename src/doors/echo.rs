//! The echo: everything comes back as it was, for conformance suites. The smallest door there is, and an example of one.

use super::{Caller, Context, Door, Path, Render, Reply};
use crate::config::Config;
use crate::vocabulary::ConnId;
use crate::wire::http::Request;
use crate::wire::websocket;

const PATHS: [Path; 1] = [Path::websocket("/echo")];

pub struct Echo;

impl Render for Echo {}

impl Door for Echo {
    fn name(&self) -> &'static str {
        "echo"
    }

    fn is_on(&self, config: &Config) -> bool {
        config.echo
    }

    fn paths(&self) -> &'static [Path] {
        &PATHS
    }

    fn message_bytes_max(&self, _config: &Config) -> usize {
        Config::ECHO_MESSAGE_BYTES
    }

    fn on_request(&mut self, _cx: &mut Context<'_>, _caller: &Caller, request: &Request) -> Reply {
        websocket::handshake(request).map_or_else(Reply::Respond, Reply::Open)
    }

    fn on_text(&mut self, cx: &mut Context<'_>, conn: ConnId, text: &str) {
        cx.outbox.send_text(conn, text, cx.effects);
    }

    fn on_binary(&mut self, cx: &mut Context<'_>, conn: ConnId, bytes: &[u8]) {
        cx.outbox.send(conn, websocket::binary_frame(bytes), cx.effects);
    }
}
