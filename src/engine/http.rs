//! From bytes to requests, and on to whoever they are for.

use super::Engine;
use super::connection::{Onward, Phase};
use crate::config::Config;
use crate::doors::{Caller, Reply, Route, allow, guard, not_found, read_with_get, status};
use crate::tools::known::known;
use crate::vocabulary::{Closing, ConnId, Effect, ExchangeId, Millis};
use crate::wire::http::{self, Method, Progress, Request, Response, Step};
use crate::wire::websocket;

impl Engine {
    pub(super) fn http_step(
        &mut self,
        now: Millis,
        conn: ConnId,
        bytes: &mut &[u8],
        out: &mut Vec<Effect>,
    ) -> Onward {
        let Some(connection) = known(self.connections.get_mut(conn)) else { return Onward::Wait };
        let Phase::Http(reader) = &mut connection.phase else { return Onward::Wait };
        let before = reader.progress();
        match reader.step(bytes, &self.http_limits) {
            Step::NeedMore => {
                let after = reader.progress();
                self.time_request(now, conn, before, after);
                Onward::Wait
            }
            Step::SendContinue => {
                self.time_request(now, conn, before, Progress::Body);
                self.outbox.send(conn, bytes::Bytes::from_static(http::CONTINUE), out);
                Onward::Go
            }
            Step::Refuse(refusal) => {
                let response = Response::error(refusal.status, refusal.code, refusal.message);
                self.respond(now, conn, &response, refusal.to_head, false, out);
                self.close(now, conn, Closing::Flush, out);
                Onward::Go
            }
            Step::Request(request) => {
                connection.exchanges += 1;
                connection.share.use_up(now, Config::REQUEST_FRAMES);
                self.set_deadline(conn, now + self.config.idle_timeout_ms);
                self.on_request(now, conn, &request, out);
                Onward::Go
            }
        }
    }

    /// A head and a body have their own time, from when they begin; the first head has its from the connection on.
    fn time_request(&mut self, now: Millis, conn: ConnId, before: Progress, after: Progress) {
        let served = self.connections.get_mut(conn).is_some_and(|connection| connection.exchanges > 0);
        match (before, after) {
            (Progress::Idle | Progress::Head, Progress::Body) => {
                self.set_deadline(conn, now + self.config.body_timeout_ms);
            }
            (Progress::Idle, Progress::Head) if served => {
                self.set_deadline(conn, now + self.config.head_timeout_ms);
            }
            _ => {}
        }
    }

    fn on_request(&mut self, now: Millis, conn: ConnId, request: &Request, out: &mut Vec<Effect>) {
        let Some(connection) = known(self.connections.get_mut(conn)) else { return };
        let (exchange, peer) = (ExchangeId { conn, number: connection.exchanges }, connection.peer);
        let route = self.doors.route(request);
        let is_page = route == Route::Page && is_reading(request);
        match guard::identify(&self.config, peer, exchange, request, is_page) {
            Err(refusal) => {
                guard::log_refusal(&mut self.limits, now, &refusal);
                self.answer(now, conn, request, &refusal.response(), out);
            }
            Ok(caller) => match guard::preflight(&caller, request) {
                Some(response) => self.answer(now, conn, request, &response, out),
                None => self.on_call(now, conn, route, &caller, request, out),
            },
        }
    }

    fn on_call(
        &mut self,
        now: Millis,
        conn: ConnId,
        route: Route,
        caller: &Caller,
        request: &Request,
        out: &mut Vec<Effect>,
    ) {
        let response = match route {
            Route::Server => allow("GET, HEAD, POST, OPTIONS"),
            Route::Health | Route::Metrics if request.method == Method::Options => {
                allow("GET, HEAD, OPTIONS")
            }
            Route::Door(door) => return self.ask_door(now, conn, door, caller, request, out),
            Route::Unclear => unclear(),
            Route::Nobody => not_found(),
            Route::Health | Route::Metrics if !is_reading(request) => read_with_get(),
            Route::Health => {
                let (doors, cx) = self.context(now, out);
                status::health(&cx, doors)
            }
            Route::Metrics => {
                let (doors, cx) = self.context(now, out);
                status::metrics(&cx, doors)
            }
            Route::Page => self.pages.answer(request).unwrap_or_else(not_found),
        };
        let response = guard::share(caller, response);
        self.answer(now, conn, request, &response, out);
    }

    fn ask_door(
        &mut self,
        now: Millis,
        conn: ConnId,
        door: u8,
        caller: &Caller,
        request: &Request,
        out: &mut Vec<Effect>,
    ) {
        let (doors, mut cx) = self.context(now, out);
        let reply = doors.on_request(&mut cx, door, caller, request);
        if cx.is_vouched {
            self.connections.vouch(conn);
        }
        match reply {
            Reply::Respond(response) => {
                let response = guard::share(caller, response);
                self.answer(now, conn, request, &response, out);
            }
            Reply::Later { within } => self.wait_for_answer(now, door, caller, request, within, out),
            _ if !self.may_stay(conn) => {
                let refusal = Response::error(503, "server_full", "the server has too many connections");
                self.answer(now, conn, request, &refusal, out);
            }
            _ if !self.may_open(conn, caller) => {
                let refusal =
                    Response::error(429, "too_many_connections", "your address has too many connections");
                self.answer(now, conn, request, &refusal, out);
            }
            Reply::OpenAndEnd { response, event, code, reason } => {
                self.respond(now, conn, &response, false, true, out);
                self.outbox.send(conn, websocket::text_frame(&event), out);
                self.outbox.end(conn, code, reason, out);
            }
            Reply::Open(response) => {
                self.respond(now, conn, &response, false, true, out);
                self.open(now, conn, door, out);
            }
        }
    }

    fn may_stay(&mut self, conn: ConnId) -> bool {
        self.connections.get_mut(conn).is_none_or(|connection| connection.may_stay())
    }

    /// Answers a request and closes if either side wants to.
    fn answer(
        &mut self,
        now: Millis,
        conn: ConnId,
        request: &Request,
        response: &Response,
        out: &mut Vec<Effect>,
    ) {
        let goes_on = request.keep_alive && self.may_stay(conn);
        let keep_alive = goes_on && !response.closes() && !self.stopping;
        self.respond(now, conn, response, request.method == Method::Head, keep_alive, out);
        if !keep_alive {
            self.close(now, conn, Closing::Flush, out);
        }
    }

    pub(super) fn respond(
        &mut self,
        now: Millis,
        conn: ConnId,
        response: &Response,
        to_head: bool,
        keep_alive: bool,
        out: &mut Vec<Effect>,
    ) {
        let class = usize::from(response.status() / 100).min(self.counters.responses.len() - 1);
        self.counters.responses[class] += 1;
        let unix_ms = self.unix_offset_ms.saturating_add(now.0);
        let bytes = response.encode(to_head, keep_alive, unix_ms);
        if let Some(connection) = self.connections.get_mut(conn) {
            connection.share.use_up_bytes(now, bytes.len());
        }
        self.outbox.send(conn, bytes, out);
    }

    /// An HTTP connection has had its time: a request half sent is answered, silence is not.
    pub(super) fn time_out(&mut self, now: Millis, conn: ConnId, out: &mut Vec<Effect>) {
        let Some(connection) = known(self.connections.get_mut(conn)) else { return };
        let Phase::Http(reader) = &connection.phase else { return };
        if reader.progress() != Progress::Idle && !self.outbox.is_full(conn) {
            let response = Response::error(408, "timeout", "the request did not arrive in time");
            self.respond(now, conn, &response, false, false, out);
        }
        self.close(now, conn, Closing::Flush, out);
    }
}

fn is_reading(request: &Request) -> bool {
    matches!(request.method, Method::Get | Method::Head)
}

fn unclear() -> Response {
    Response::error(400, "door_unclear", "bring a token for a chat, or a userId and a username for the hub")
}
