//! Answers that come later than their requests: what a connection keeps meanwhile, and how it goes on.
//!
//! ```text
//!   Http ── Reply::Later ──▶ Waiting ── answer · 504 ──▶ Http, with what was held
//! ```
//!
//! While a connection waits, nothing is read from it and what came already is held, so pipelined requests are answered in
//! their order. The end of its input, its idle time and a shutdown wait for the answer, which has a deadline of its own. An
//! answer names its exchange: one that is over, whether it was answered, ran out of time or lost its connection, is touched
//! by nothing that comes later.

use super::Engine;
use super::connection::Phase;
use crate::doors::{Caller, guard};
use crate::tools::known::known;
use crate::vocabulary::{Closing, ConnId, Effect, ExchangeId, Millis};
use crate::wire::http::{Method, Request, RequestReader, Response};

/// What an answer needs to know of its request.
pub(super) struct Waiting {
    caller: Caller,
    door: u8,
    to_head: bool,
    keep_alive: bool,
}

impl Waiting {
    /// Whose answer it is: the door's place in the table, and the exchange.
    pub(super) fn owner(&self) -> (u8, ExchangeId) {
        (self.door, self.caller.exchange)
    }
}

impl Engine {
    /// A door will answer within a span.
    pub(super) fn wait_for_answer(
        &mut self,
        now: Millis,
        door: u8,
        caller: &Caller,
        request: &Request,
        within: Millis,
        out: &mut Vec<Effect>,
    ) {
        let conn = caller.exchange.conn;
        let Some(connection) = known(self.connections.get_mut(conn)) else { return };
        let may_stay = connection.may_stay();
        connection.phase = Phase::Waiting(Box::new(Waiting {
            caller: caller.clone(),
            door,
            to_head: request.method == Method::Head,
            keep_alive: request.keep_alive && may_stay,
        }));
        self.set_deadline(conn, now + within);
        out.push(Effect::Pause { conn });
    }

    /// The answer to an exchange, if that still waits for one.
    pub(super) fn answer_later(
        &mut self,
        now: Millis,
        exchange: ExchangeId,
        response: Response,
        out: &mut Vec<Effect>,
    ) {
        let conn = exchange.conn;
        let Some(connection) = self.connections.get_mut(conn) else { return };
        let Phase::Waiting(waiting) = &mut connection.phase else { return };
        if waiting.caller.exchange != exchange {
            return;
        }
        let keep_alive = waiting.keep_alive && !response.closes() && !self.stopping;
        let to_head = waiting.to_head;
        let response = guard::share(&waiting.caller, response);
        connection.phase = Phase::Http(RequestReader::new());
        self.respond(now, conn, &response, to_head, keep_alive, out);
        if !keep_alive {
            return self.close(now, conn, Closing::Flush, out);
        }
        self.set_deadline(conn, now + self.config.idle_timeout_ms);
        out.push(Effect::Resume { conn });
        self.resumed.push_back(conn);
    }

    /// An answer has not come in its time; its door hears of it, and whatever it says now is too late.
    pub(super) fn answer_overdue(&mut self, now: Millis, conn: ConnId, out: &mut Vec<Effect>) {
        let Some(connection) = known(self.connections.get_mut(conn)) else { return };
        let Phase::Waiting(waiting) = &connection.phase else { return };
        let (door, exchange) = waiting.owner();
        let response = Response::error(504, "answer_overdue", "the answer did not come in time");
        self.answer_later(now, exchange, response, out);
        let (doors, mut cx) = self.context(now, out);
        doors.on_given_up(&mut cx, door, exchange);
    }

    /// Connections that have their answer go on with what was held.
    pub(super) fn go_on(&mut self, now: Millis, out: &mut Vec<Effect>) {
        while let Some(conn) = self.resumed.pop_front() {
            self.consume_held(now, conn, out);
            self.close_if_done(now, conn, out);
        }
    }
}
