//! The smallest door with one of everything.

use std::sync::Arc;

use dragoman::doors::{Alarm, Asker, Caller, Context, Counts, Door, Erased, Path, Render, Reply};
use dragoman::tools::conn_map::ConnMap;
use dragoman::translate::Outcome;
use dragoman::vocabulary::{ConnId, Language, Millis, Tenant};
use dragoman::wire::http::{Request, Response};
use dragoman::wire::websocket;

const PATHS: [Path; 2] = [Path::get("/toy"), Path::websocket("/toy/ws")];

/// See the module.
#[derive(Default)]
pub(crate) struct Toy {
    seats: ConnMap<()>,
    /// Who has asked for a translation, by the number of the question.
    asking: Vec<ConnId>,
    forgotten: Vec<Erased>,
}

/// What it waits for.
#[derive(Clone, Copy)]
struct Morning(ConnId);

impl From<Morning> for Alarm {
    fn from(Morning(conn): Morning) -> Self {
        Self { kind: 1, key: conn.to_bits() }
    }
}

impl Render for Toy {}

impl Door for Toy {
    fn name(&self) -> &'static str {
        "toy"
    }

    fn paths(&self) -> &'static [Path] {
        &PATHS
    }

    fn on_request(&mut self, _cx: &mut Context<'_>, _caller: &Caller, request: &Request) -> Reply {
        if request.path == "/toy/ws" {
            return websocket::handshake(request).map_or_else(Reply::Respond, Reply::Open);
        }
        let forgot = self.forgotten.iter().map(|what| format!(", forgot {what:?}"));
        let said = format!("{} seats{}", self.seats.len(), forgot.collect::<String>());
        Reply::Respond(Response::new(200).body("text/plain", said))
    }

    fn on_open(&mut self, _cx: &mut Context<'_>, conn: ConnId) {
        self.seats.insert(conn, ());
    }

    fn on_text(&mut self, cx: &mut Context<'_>, conn: ConnId, text: &str) {
        if text == "wake me" {
            cx.wake(cx.now + Millis::from_secs(1), Morning(conn));
        } else if let Some(text) = text.strip_prefix("translate ") {
            self.asking.push(conn);
            let number = u32::try_from(self.asking.len() - 1).expect("few questions");
            cx.ask(
                Tenant::default(),
                Asker::Lobby(number),
                Language::ENGLISH,
                Language::parse("pt"),
                &Arc::from(text),
            );
        } else {
            cx.outbox.send_text(conn, &format!("you said {text}"), cx.effects);
        }
    }

    fn on_close(&mut self, _cx: &mut Context<'_>, conn: ConnId) {
        self.seats.remove(conn).expect("somebody sat there");
    }

    fn on_timer(&mut self, cx: &mut Context<'_>, alarm: Alarm) {
        assert_eq!(alarm.kind, 1, "nothing else was set");
        cx.outbox.send_text(ConnId::from_bits(alarm.key), "good morning", cx.effects);
    }

    fn on_translated(&mut self, cx: &mut Context<'_>, _tenant: Tenant, asker: Asker, outcome: &Outcome) {
        let (Asker::Lobby(number), Outcome::Done { text, .. }) = (asker, outcome) else {
            panic!("not what it asked for: {asker:?}")
        };
        let conn = self.asking[usize::try_from(number).expect("few questions")];
        cx.outbox.send_text(conn, text, cx.effects);
    }

    fn forget(&mut self, _cx: &mut Context<'_>, what: &Erased) {
        self.forgotten.push(*what);
    }

    fn counts(&self) -> Counts {
        Counts { repeats: self.seats.len(), ..Counts::default() }
    }
}
