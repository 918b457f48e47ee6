//! From bytes to messages, and on to the door of the connection.

use super::Engine;
use super::connection::{Onward, Phase};
use crate::doors::Caller;
use crate::tools::known::known;
use crate::vocabulary::{Closing, ConnId, Effect, Millis};
use crate::wire::websocket::{self, Found, Session, close};

impl Engine {
    /// Whether a connection may become a WebSocket: one of a proxy's is counted then, under whom it is for.
    pub(super) fn may_open(&mut self, conn: ConnId, caller: &Caller) -> bool {
        let uncounted = self.connections.get_mut(conn).is_some_and(|connection| connection.counted.is_none());
        !uncounted || self.connections.count(conn, caller.address, &self.config)
    }

    pub(super) fn open(&mut self, now: Millis, conn: ConnId, door: u8, out: &mut Vec<Effect>) {
        let Some(connection) = known(self.connections.get_mut(conn)) else { return };
        self.counters.websockets += 1;
        let limit = self.doors.message_bytes_max(door, &self.config);
        connection.phase = Phase::WebSocket(Session::new(limit), door);
        // When it falls silent must not depend on how the bytes of its request were cut.
        self.rearm(conn, now + self.doors.ping_interval(door, &self.config));
        let (doors, mut cx) = self.context(now, out);
        doors.on_open(&mut cx, door, conn);
        if self.stopping {
            self.outbox.end(conn, close::GOING_AWAY, "the server is stopping", out);
        }
    }

    pub(super) fn websocket_step(
        &mut self,
        now: Millis,
        conn: ConnId,
        bytes: &mut &[u8],
        out: &mut Vec<Effect>,
    ) -> Onward {
        let Some(connection) = known(self.connections.get_mut(conn)) else { return Onward::Wait };
        let Phase::WebSocket(session, door) = &mut connection.phase else { return Onward::Wait };
        let mut replies = Vec::new();
        let found = session.next(bytes, &mut replies);
        let door = *door;
        if found == Found::NeedMore {
            return Onward::Wait;
        }
        connection.share.use_up(now, 1);
        let replies = replies.into();
        let replies = if found == Found::Ping { connection.share.keep_pong(replies) } else { replies };
        self.outbox.send(conn, replies, out);
        match found {
            Found::NeedMore | Found::Part | Found::Ping | Found::Pong => {}
            Found::Closed => self.close(now, conn, Closing::Flush, out),
            Found::Text(text) => {
                let (doors, mut cx) = self.context(now, out);
                doors.on_text(&mut cx, door, conn, &text);
            }
            Found::Binary(payload) => {
                let (doors, mut cx) = self.context(now, out);
                doors.on_binary(&mut cx, door, conn, &payload);
            }
        }
        Onward::Go
    }

    /// Pings a silent WebSocket, gives up one that stays silent.
    pub(super) fn check_pulse(&mut self, now: Millis, conn: ConnId, out: &mut Vec<Effect>) {
        let Some(connection) = known(self.connections.get_mut(conn)) else { return };
        let Phase::WebSocket(_, door) = connection.phase else { return };
        let (ping, gone) = (self.doors.ping_interval(door, &self.config), self.config.pong_timeout_ms);
        let silence = now - connection.last_heard;
        if silence >= gone {
            log::debug!(target: "dragoman::engine", conn:% = conn; "gone without a word");
            return self.close(now, conn, Closing::Abort, out);
        }
        // Whoever answers a ping falls silent anew from then on.
        let given_up_at = connection.last_heard + gone;
        let at = if silence >= ping { given_up_at.min(now + ping) } else { connection.last_heard + ping };
        let due = silence >= ping && !std::mem::replace(&mut connection.pinged, true);
        self.arm(conn, at);
        if due {
            self.outbox.send(conn, websocket::ping_frame(), out);
        }
    }
}
