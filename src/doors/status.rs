//! `/health` for people and load balancers, `/metrics` for Prometheus. They say what is true now: counts are taken from
//! the tables themselves.

use std::fmt::Write as _;

use serde::Serialize;

use super::{Context, Doors};
use crate::conversation::Status;
use crate::translate::Standing;
use crate::translate::health::Health as EngineState;
use crate::vocabulary::{EngineName, Language};
use crate::wire::http::Response;

#[derive(Serialize)]
struct Health<'a> {
    status: &'static str,
    /// People with a WebSocket open.
    clients: usize,
    /// Open chats, in any status.
    rooms: usize,
    /// `up`, or `down` while nothing can be stored and changes are refused.
    store: &'static str,
    translator: TranslatorHealth<'a>,
    languages: &'a [Language],
}

#[derive(Serialize)]
struct TranslatorHealth<'a> {
    /// Of that engine.
    state: Option<&'static str>,
    /// Empty where the engine that is asked first has none.
    model: &'a str,
    /// The engine that is asked first at the moment; null if there is none at all.
    engine: Option<EngineName>,
    queued: usize,
    running: usize,
    /// What fails alone, and is not translated for a while.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failing: Vec<FailingPair>,
    engines: Vec<EngineHealth>,
}

#[derive(Serialize)]
struct EngineHealth {
    name: EngineName,
    state: &'static str,
    /// In a few words; null while all is well.
    why: Option<String>,
    model: Option<String>,
    /// Of the languages offered, that it can translate; null where it tries all.
    pairs: Option<usize>,
    queued: usize,
    running: usize,
}

impl From<Standing> for EngineHealth {
    fn from(it: Standing) -> Self {
        let Standing { name, state, why, model, pairs: (_, all), queued, running, .. } = it;
        let pairs = (!name.tries_all_pairs()).then_some(all);
        Self { name, state, why, model, pairs, queued, running }
    }
}

#[derive(Serialize)]
struct FailingPair {
    /// Null if it is not known.
    from: Option<Language>,
    to: Language,
}

/// `GET /health`
pub fn health(cx: &Context<'_>, doors: &Doors) -> Response {
    let health = Health {
        status: "ok",
        clients: cx.rooms.connected_clients(),
        rooms: doors.counts().chats,
        store: if cx.store_is_down { "down" } else { "up" },
        translator: TranslatorHealth {
            state: cx.translator.state(),
            model: cx.translator.model(cx.config).unwrap_or_default(),
            engine: cx.translator.engine(),
            queued: cx.translator.queued(),
            running: cx.translator.running(),
            failing: cx.translator.pairs_set_aside().map(|(from, to)| FailingPair { from, to }).collect(),
            engines: cx.translator.standings(cx.now, cx.config).map(EngineHealth::from).collect(),
        },
        languages: &cx.config.languages.0,
    };
    Response::new(200).json(&health).header("Cache-Control", "no-store")
}

/// `GET /metrics`, in the text format of Prometheus, version 0.0.4.
pub fn metrics(cx: &Context<'_>, doors: &Doors) -> Response {
    let mut page = MetricsPage::default();
    connections(cx, &mut page.conversations);
    conversations(cx, &mut page.conversations);
    doors.metrics(cx, &mut page);
    memory(cx, &mut page.conversations);
    deliveries(cx, &mut page.doors);
    translations(cx, &mut page.doors);
    let text = page.conversations.0 + &page.doors.0;
    Response::new(200).body("text/plain; version=0.0.4; charset=utf-8", text)
}

fn connections(cx: &Context<'_>, page: &mut Rows) {
    page.gauge("dragoman_connections", "TCP connections open.", cx.outbox.connections() as u64);
    page.counter("dragoman_connections_total", "TCP connections accepted.", cx.counters.connections);
    page.counter("dragoman_websockets_total", "WebSockets opened.", cx.counters.websockets);
    page.head("dragoman_http_responses_total", "HTTP responses, by class of status.", "counter");
    for (class, count) in cx.counters.responses.iter().enumerate().skip(1) {
        page.line("dragoman_http_responses_total", Some(("class", &format!("{class}xx"))), *count);
    }
}

fn conversations(cx: &Context<'_>, page: &mut Rows) {
    page.gauge("dragoman_clients", "People with a WebSocket open.", cx.rooms.connected_clients() as u64);
    page.gauge("dragoman_tokens", "Valid tokens.", cx.rooms.clients() as u64);
    page.head("dragoman_rooms", "Open rooms, by status.", "gauge");
    for status in [Status::Waiting, Status::Active, Status::Closing] {
        let count = cx.rooms.iter().filter(|(_, room)| room.status == status).count();
        page.line("dragoman_rooms", Some(("status", status.word())), count as u64);
    }
    page.counter("dragoman_rooms_total", "Rooms opened.", cx.counters.rooms);
    page.counter("dragoman_messages_total", "Messages appended.", cx.counters.messages);
    page.counter(
        "dragoman_deliveries_total",
        "Messages and updates sent to readers.",
        cx.counters.deliveries,
    );
}

fn memory(cx: &Context<'_>, page: &mut Rows) {
    page.counter("dragoman_refused_texts_total", "Texts refused with an error event.", cx.counters.errors);
    page.gauge("dragoman_store_up", "1 while changes can be stored.", u64::from(!cx.store_is_down));
    page.gauge("dragoman_text_bytes", "Text in memory.", cx.text_bytes() as u64);
}

/// What the shell has measured, in seconds as Prometheus wants them.
fn deliveries(cx: &Context<'_>, page: &mut Rows) {
    let gauges = cx.counters.gauges;
    let name = "dragoman_delivery_latency_seconds";
    page.head(name, "From what somebody says to the write that carries it to somebody else.", "summary");
    for (quantile, us) in [("0.5", gauges.p50_us), ("0.95", gauges.p95_us), ("0.99", gauges.p99_us)] {
        page.text(&format!("{name}{{quantile=\"{quantile}\"}} {}", seconds(us)));
    }
    page.text(&format!("{name}_sum {}", seconds(gauges.total_us)));
    page.text(&format!("{name}_count {}", gauges.writes));
}

fn seconds(us: u64) -> String {
    format!("{}.{:06}", us / 1_000_000, us % 1_000_000)
}

fn translations(cx: &Context<'_>, page: &mut Rows) {
    let engines: Vec<Standing> = cx.translator.standings(cx.now, cx.config).collect();
    page.head("dragoman_translator_state", "1 for the state an engine is in.", "gauge");
    for engine in &engines {
        for state in EngineState::WORDS {
            let labels = [("engine", engine.name.word()), ("state", state)];
            page.labelled("dragoman_translator_state", &labels, u64::from(state == engine.state));
        }
    }
    page.of_engines(
        &engines,
        "dragoman_translations_queued",
        "Translations waiting for a call.",
        "gauge",
        |it| it.queued as u64,
    );
    page.of_engines(&engines, "dragoman_translations_running", "Calls under way.", "gauge", |it| {
        it.running as u64
    });
    let cached = cx.translator.cache_bytes() as u64;
    page.gauge("dragoman_translation_cache_bytes", "Translations remembered.", cached);
    let stats = cx.translator.stats();
    page.counter("dragoman_translation_cache_hits_total", "Answered from memory.", stats.cache_hits);
    page.counter("dragoman_translation_joined_total", "Joined to a call under way.", stats.joined);
    page.counter("dragoman_translations_failed_total", "Translations given up.", stats.failed);
    page.of_engines(&engines, "dragoman_translation_calls_total", "Calls made.", "counter", |it| {
        it.stats.calls
    });
    let name = "dragoman_translations_total";
    page.head(name, "What came of texts at each engine, probes aside.", "counter");
    for Standing { name: engine, stats, .. } in &engines {
        for (result, count) in [("done", stats.done), ("rejected", stats.rejected), ("failed", stats.failed)]
        {
            page.labelled(name, &[("engine", engine.word()), ("result", result)], count);
        }
    }
    if cx.config.glossary.all().is_empty() {
        return;
    }
    let help = "Answers that were taken although a term of the glossary was missing.";
    page.of_engines(&engines, "dragoman_glossary_missed_total", help, "counter", |it| {
        it.stats.glossary_missed
    });
}

/// The page as it grows, in two parts, so that every row keeps its place.
#[derive(Default)]
pub struct MetricsPage {
    /// What concerns conversations, before what is said of memory.
    pub conversations: Rows,
    /// What a door tells of itself, behind that.
    pub doors: Rows,
}

/// Rows in the text format. Writing to a string cannot fail.
#[derive(Default)]
pub struct Rows(String);

impl Rows {
    fn head(&mut self, name: &str, help: &str, kind: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn line(&mut self, name: &str, label: Option<(&str, &str)>, value: u64) {
        self.labelled(name, label.as_slice(), value);
    }

    /// One row, with as many labels as it has.
    fn labelled(&mut self, name: &str, labels: &[(&str, &str)], value: u64) {
        let labels: Vec<String> = labels.iter().map(|(label, of)| format!("{label}=\"{of}\"")).collect();
        let _ = match labels.is_empty() {
            true => writeln!(self.0, "{name} {value}"),
            false => writeln!(self.0, "{name}{{{}}} {value}", labels.join(",")),
        };
    }

    /// A row for each engine.
    fn of_engines(
        &mut self,
        engines: &[Standing],
        name: &str,
        help: &str,
        kind: &str,
        value: impl Fn(&Standing) -> u64,
    ) {
        self.head(name, help, kind);
        for engine in engines {
            self.labelled(name, &[("engine", engine.name.word())], value(engine));
        }
    }

    fn text(&mut self, line: &str) {
        let _ = writeln!(self.0, "{line}");
    }

    /// A number that goes up and down.
    pub fn gauge(&mut self, name: &str, help: &str, value: u64) {
        self.head(name, help, "gauge");
        self.line(name, None, value);
    }

    /// A number that only grows.
    pub fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.head(name, help, "counter");
        self.line(name, None, value);
    }
}
