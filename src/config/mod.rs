//! Every limit and every choice, read once from the environment, units in the names.
//!
//! One table, [`Config`], makes the struct, the reader, the text of `--help` and the `config` line of a trace, so they
//! cannot disagree. This module must not read the environment itself: `main` lends it a look-up, a trace another one.

use std::fmt::Write as _;
use std::net::IpAddr;

use crate::vocabulary::Millis;
use crate::vocabulary::{EngineName, Language};

mod canned;
mod engines;
mod glossary;
mod names;
mod place;
mod routing;
mod value;
pub use canned::{CannedReplies, CannedReply};
pub use glossary::{Glossary, GlossaryEntry, Meaning, folded};
pub use names::{HostName, Origin};
pub use place::Reach;
pub use routing::{Engines, PairRule};
pub use value::{
    Formality, JsonObject, Listed, LogFilter, LogFormat, Network, Secret, Service, StoreSync, Value,
};

/// A variable that could not be understood, by name. Shown to the person who starts the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub name: &'static str,
    /// What is wrong with it, and what would be right.
    pub what: String,
}

/// Declares the fields once; everything that must list them is derived from that.
macro_rules! settings {
    ($($name:literal $field:ident: $type:ty = $default:literal, $doc:literal;)*) => {
        /// What the person who runs the server has chosen, and the limits nobody chose.
        #[allow(rustdoc::bare_urls, reason = "the texts are those of --help, where angle brackets would only disturb")]
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Config {
            $(#[doc = concat!($doc, ". Variable `", $name, "`, default `", $default, "`.")] pub $field: $type,)*
        }

        impl Config {
            /// Reads every variable through `lookup`; an absent or empty one has its default.
            ///
            /// # Errors
            /// Every problem found, not just the first.
            pub fn read(mut lookup: impl FnMut(&str) -> Option<String>) -> Result<Self, Vec<Problem>> {
                let mut problems = Vec::new();
                $(let $field: Option<$type> = read_one($name, $default, lookup($name), &mut problems);)*
                match ($($field,)*) {
                    ($(Some($field),)*) => {
                        let config = Self { $($field,)* };
                        // Of what could not be read, the defaults stand in, so that the rest is judged all the same.
                        config.contradictions(&mut problems);
                        if problems.is_empty() { Ok(config) } else { Err(problems) }
                    }
                    _ => Err(problems),
                }
            }

            /// What differs from the defaults, as `NAME=value`; secrets appear hashed.
            pub fn differences(&self) -> Vec<(&'static str, String)> {
                let mut all = Vec::new();
                $(
                    let written = self.$field.write();
                    if <$type as Value>::parse($default).map(|value| value.write()).as_ref() != Ok(&written) {
                        all.push(($name, written));
                    }
                )*
                // A password in it is nobody's business.
                for (_, value) in all.iter_mut().filter(|(name, _)| name.ends_with("_URL")) {
                    *value = place::without_user(value);
                }
                all
            }

            /// Names, defaults and meanings, in the order of the table.
            pub fn table() -> &'static [(&'static str, &'static str, &'static str)] {
                &[$(($name, $default, $doc),)*]
            }
        }
    };
}

fn read_one<T: Value>(
    name: &'static str,
    default: &str,
    given: Option<String>,
    problems: &mut Vec<Problem>,
) -> Option<T> {
    let text = given.filter(|text| !text.trim().is_empty()).unwrap_or_else(|| default.to_owned());
    match T::parse(text.trim()) {
        Ok(value) => Some(value),
        Err(what) => {
            problems.push(Problem { name, what });
            T::parse(default).ok()
        }
    }
}

settings! {
    "HOST" host: IpAddr = "127.0.0.1", "address to listen on; any other than loopback needs AGENT_KEY";
    "PORT" port: u16 = "8080", "port to listen on; 0 takes a free one and says which";
    "AGENT_KEY" agent_key: Option<Secret> = "", "what agents must bring as Bearer to /set-profile; when set, /rooms needs an agent's token";
    "ALLOWED_HOSTS" allowed_hosts: Listed<HostName> = "localhost,127.0.0.1,[::1]", "names under which the server may be addressed (the Host header)";
    "ALLOWED_ORIGINS" allowed_origins: Listed<Origin> = "", "origins of foreign pages that may call, as https://shop.example, or *; same-origin pages always may";
    "TRUSTED_PROXIES" trusted_proxies: Listed<Network> = "", "addresses or networks (10.0.0.0/8) whose X-Forwarded-For counts";
    "ENABLE_SERVICES" enable_services: Listed<Service> = "chat,hub", "front doors that are open: chat, hub; a door that is off answers 404";
    "ECHO" echo: bool = "false", "turns on /echo, a WebSocket that returns what it gets, for conformance suites";
    "STORE" store: String = "dragoman.db", "file that keeps what must survive a restart; :memory: keeps nothing";
    "STORE_SYNC" store_sync: StoreSync = "normal", "normal survives the death of the process, full the loss of power as well";
    "HISTORY_DAYS" history_days: u32 = "30", "days a closed chat is kept in the file before it is deleted for good";
    "TRUST_CLOCK" trust_clock: bool = "false", "deletes by age from the start on; else a day after it at the earliest, and never as if more time had gone by than since what was stored last";
    "CANNED_REPLIES" canned_replies: CannedReplies = "", "JSON file with replies agents need not type: a list of objects with key, title, language, content and, if there are any, translations by language";
    "LOG" log: LogFilter = "info", "what is logged: error, warn, info, debug, trace, or a filter such as dragoman::translate=debug";
    "LOG_FORMAT" log_format: LogFormat = "text", "text or json";

    "ENGINE" engine: Engines = "auto", "what translates, in order of preference, out of ollama, openai, libretranslate, deepl, apertium; none; or auto: what has a setting of its own, then Ollama, then Apertium if it is installed";
    "ENGINE_PAIRS" engine_pairs: Listed<PairRule> = "", "other engines for some pairs of languages, the first rule that fits: *-ja:openai+ollama,de-en:deepl";
    "OLLAMA_URL" ollama_url: String = "http://127.0.0.1:11434", "where Ollama listens";
    "OLLAMA_MODEL" ollama_model: String = "llama3.2", "the model that translates";
    "OLLAMA_CONTEXT_TOKENS" ollama_context_tokens: u32 = "4096", "context the model is loaded with (num_ctx)";
    "OLLAMA_KEEP_ALIVE" ollama_keep_alive_ms: Millis = "30m", "how long Ollama keeps the model in memory after a call";
    "OPENAI_URL" openai_url: String = "", "where a server with the API of OpenAI listens, /v1 included: llama.cpp, vLLM, LM Studio, LocalAI and many others";
    "OPENAI_MODEL" openai_model: String = "", "the model it translates with; the only one it serves, if none is named";
    "OPENAI_KEY" openai_key: Option<Secret> = "", "what it is to be shown as Bearer, if it wants a key";
    "OPENAI_EXTRA" openai_extra: JsonObject = "{}", "JSON object whose members every request to it has as well; traces have it as it is, so no secret belongs there";
    "LIBRETRANSLATE_URL" libretranslate_url: String = "", "where LibreTranslate listens";
    "LIBRETRANSLATE_KEY" libretranslate_key: Option<Secret> = "", "its api_key, if it wants one";
    "DEEPL_KEY" deepl_key: Option<Secret> = "", "the key of DeepL's API";
    "DEEPL_URL" deepl_url: String = "", "where DeepL's API is; by the key if empty, as a key with :fx at its end is for the free one";
    "DEEPL_FORMALITY" deepl_formality: Formality = "prefer_more", "prefer_more, prefer_less or default: how DeepL addresses people";
    "APERTIUM_DIR" apertium_dir: String = "/usr/share/apertium", "where the data of Apertium's language pairs is installed";
    "APERTIUM_MEMORY" apertium_memory_bytes: usize = "1GiB", "memory for Apertium's programs, all together; past it those unused for longest end";
    "APERTIUM_IDLE" apertium_idle_ms: Millis = "10m", "after how long unused a pipeline of Apertium ends";
    "APERTIUM_HOPS" apertium_hops: u8 = "3", "pairs of Apertium in a row for one text, 1 to 5";
    "GLOSSARY" glossary: Glossary = "", "JSON file with terms and how they are translated: a list of objects with keep (the same everywhere) or a term for each of several languages, and if wanted match (word, or exact where case counts) and note; SIGHUP reads it again";
    "LANGUAGES" languages: Listed<Language> = "en,es,pt,fr,de,it,nl,pl,sv,da,nb,fi,cs,ro,el,tr,ru,uk,ar,he,hi,ja,ko,zh", "languages people may speak here";
    "TRANSLATE_WORKERS" translate_workers: u8 = "2", "translations asked for at the same time, 1 to 64; as OLLAMA_NUM_PARALLEL or one more";
    "TRANSLATE_DEADLINE" translate_deadline_ms: Millis = "8s", "how long a reader waits for a translation before the original goes out";
    "JOB_TIMEOUT" job_timeout_ms: Millis = "60s", "how long a call to Ollama may take";
    "LOAD_TIMEOUT" load_timeout_ms: Millis = "600s", "how long loading the model may take";
    "CACHE_TTL" cache_ttl_ms: Millis = "10m", "how long a translation is remembered";
    "MAX_CACHE_BYTES" max_cache_bytes: usize = "8MiB", "memory for remembered translations";
    "MAX_QUEUED_JOBS" max_queued_jobs: usize = "256", "translations waiting for a worker, all rooms together; past it the original goes out at once";
    "MAX_QUEUED_JOBS_PER_ROOM" max_queued_jobs_per_room: usize = "4", "translations of one room waiting for a worker; more wait in the log of the room";

    "CLOSE_WAIT" close_wait_ms: Millis = "5m", "how long a customer may write again after the agent has ended";
    "AGENT_ABSENCE" agent_absence_ms: Millis = "2m", "how long an agent may be gone before the room goes back to waiting";
    "CUSTOMER_ABSENCE" customer_absence_ms: Millis = "2m", "how long a customer who is gone keeps their place in the queue; a new chat whose customer never comes is closed after it";
    "ROOM_IDLE" room_idle_ms: Millis = "30m", "a room in which nobody has been or written for so long is closed";
    "TOMBSTONE" tombstone_ms: Millis = "30m", "how long a closed room is remembered, so that latecomers learn why it ended";
    "AGENT_TOKEN_TTL" agent_token_ttl_ms: Millis = "12h", "how long an agent's token lives unused";
    "ROOMS_PER_AGENT" rooms_per_agent: usize = "4", "chats an agent may be in at a time";

    "HUB_KEY" hub_key: Option<Secret> = "", "what everybody must bring to the hub; needed when HOST is not loopback, unless HUB_PUBLIC is set";
    "HUB_PUBLIC" hub_public: bool = "false", "opens the hub to whoever reaches it, without a key";
    "HUB_ROOM_IDLE" hub_room_idle_ms: Millis = "24h", "how long a hub room in which nobody is keeps its log";
    "HUB_CLAIM_TTL" hub_claim_ttl_ms: Millis = "168h", "how long a userId nobody uses belongs to whoever had it";
    "HUB_CROWD" hub_crowd: usize = "100", "people in a hub room above which coming and going is told in numbers";
    "MAX_HUB_ROOMS" max_hub_rooms: usize = "100", "rooms of the hub";
    "MAX_HUB_MEMBERS" max_hub_members: usize = "10000", "people in one room of the hub";
    "MAX_HUB_USERS" max_hub_users: usize = "10000", "people the hub knows, those without a WebSocket included; counts towards MAX_TOKENS";
    "MAX_HUB_LOG_MESSAGES" max_hub_log_messages: usize = "1000", "messages kept in the log of a hub room; earlier ones are dropped";
    "MAX_HUB_LOG_BYTES" max_hub_log_bytes: usize = "512KiB", "text kept in the log of a hub room";
    "MAX_HUB_CONTENT_CHARS" max_hub_content_chars: usize = "1000", "characters of a message in the hub";
    "MAX_HUB_FRAME_BYTES" max_hub_frame_bytes: usize = "8KiB", "bytes of a WebSocket message to the hub";

    "RATE_LIMIT" rate_limit_messages: u32 = "30", "messages a minute that a client may write for as long as they like; 0 for no limit";
    "RATE_BURST" rate_burst_messages: u32 = "20", "messages a client may write at once; past them RATE_LIMIT says when there may be one more";
    "SIGNALS_PER_MINUTE" signals_per_minute: u32 = "120", "times a client may say that they type or have read; 0 for no limit";
    "PREVIEWS_PER_MINUTE" previews_per_minute: u32 = "20", "translations an agent may look at before they send; 0 for no limit";
    "RETRIES_PER_MINUTE" retries_per_minute: u32 = "20", "failed translations a client may ask for again; 0 for no limit";
    "LANGUAGE_CHANGES_PER_MINUTE" language_changes_per_minute: u32 = "10", "languages a client may choose in a conversation; 0 for no limit";
    "MAX_CONNECTIONS" max_connections: usize = "10000", "connections, all together";
    "MAX_CONNECTIONS_PER_ADDRESS" max_connections_per_address: usize = "256", "connections of one address (an IPv6 /64 counts as one)";
    "MAX_CONNECTIONS_PER_CLIENT" max_connections_per_client: usize = "20", "WebSockets of one client";
    "MAX_ROOMS" max_rooms: usize = "10000", "open rooms, all together";
    "MAX_ROOMS_PER_ADDRESS" max_rooms_per_address: usize = "64", "open rooms started from one address";
    "STARTS_PER_ADDRESS" starts_per_address: u32 = "30", "chats started and profiles set a minute from one address; 0 for no limit";
    "FAILURES_PER_ADDRESS" failures_per_address: u32 = "20", "wrong keys and tokens a minute from one address before it gets 429; 0 for no limit";
    "SITE_ADDRESSES" site_addresses: usize = "8", "as how many addresses an IPv6 /48 counts, where there is a limit per address";
    "RESERVED_PERCENT" reserved_percent: u8 = "10", "percent of all connections, rooms and tokens that are kept: of tokens for agents, else for who brings a token or a key and for addresses that have little";
    "MAX_ADDRESSES" max_addresses: usize = "20000", "addresses of which the server keeps count";
    "MAX_TOKENS" max_tokens: usize = "20000", "tokens of customers and agents, all together";
    "MAX_TEXT_BYTES" max_text_bytes: usize = "64MiB", "all text in memory: messages, translations, cache; past it, what everybody has received goes from memory, that of the longest chats first";
    "MAX_ROOM_TEXT_BYTES" max_room_text_bytes: usize = "512KiB", "text of one room";

    "MAX_NAME_CHARS" max_name_chars: usize = "50", "characters of a name";
    "MAX_CONTENT_CHARS" max_content_chars: usize = "4000", "characters of a message";
    "MAX_REF_BYTES" max_ref_bytes: usize = "64", "bytes of a message's ref";
    "MAX_HEAD_BYTES" max_head_bytes: usize = "16KiB", "bytes of a request's head";
    "MAX_HEAD_FIELDS" max_head_fields: usize = "64", "fields of a request's head, at most 128";
    "MAX_BODY_BYTES" max_body_bytes: usize = "64KiB", "bytes of a request's body";
    "HEAD_TIMEOUT" head_timeout_ms: Millis = "10s", "from the connection, or the first byte of a later request, to the end of the head";
    "BODY_TIMEOUT" body_timeout_ms: Millis = "30s", "from the end of the head to the end of the body";
    "IDLE_TIMEOUT" idle_timeout_ms: Millis = "75s", "between two requests on one connection";
    "MAX_WS_MESSAGE_BYTES" max_ws_message_bytes: usize = "64KiB", "bytes of a WebSocket message";
    "PING_INTERVAL" ping_interval_ms: Millis = "25s", "silence after which a WebSocket is pinged; less than the 50 or 60 s after which proxies hang up";
    "HUB_PING_INTERVAL" hub_ping_interval_ms: Millis = "54s", "the same in the hub, as its protocol has it; at most nine tenths of PONG_TIMEOUT";
    "PONG_TIMEOUT" pong_timeout_ms: Millis = "60s", "silence after which a WebSocket is given up";
    "HIGH_WATER_BYTES" high_water_bytes: usize = "64KiB", "bytes sent to a connection that have not left, before it has to wait";
}

/// Limits that are part of the protocol rather than of a taste, named here all the same.
impl Config {
    /// Where Ollama listens unless told otherwise.
    pub const OLLAMA_URL: &'static str = "http://127.0.0.1:11434";
    /// Bytes of a message on `/echo`.
    pub const ECHO_MESSAGE_BYTES: usize = 16 * 1024 * 1024;
    /// Of what is kept (see `RESERVED_PERCENT`), what one address may have that has shown no token.
    pub const RESERVED_PER_ADDRESS: usize = 4;
    /// Reasons of a refusal that are remembered, so that the log says each once a minute.
    pub const MAX_REFUSALS: usize = 16;
    /// Bytes of an `Idempotency-Key`.
    pub const MAX_IDEMPOTENCY_KEY_BYTES: usize = 128;
    /// The window of every "a minute" above.
    pub const RATE_WINDOW: Millis = Millis::from_secs(60);
    /// Frames of one connection that are dealt with before others have their turn.
    pub const TURN_FRAMES: u32 = 32;
    /// As how many frames a request counts, before its answer is.
    pub const REQUEST_FRAMES: u32 = 2;
    /// Bytes of an answer that count as another frame.
    pub const FRAME_BYTES: usize = 1024;
    /// Failures of the service in a row that open the breaker.
    pub const BREAKER_FAILURES: u32 = 5;
    /// Longest pause between two probes of a service that is down.
    pub const PROBE_PAUSE_MAX: Millis = Millis::from_secs(60);
    /// Messages from the end of a log of which their writers are told that they are being translated.
    pub const MAX_TRANSLATING: usize = 16;
    /// How long somebody is believed to type who does not say so again.
    pub const TYPING_SPAN: Millis = Millis::from_secs(6);
    /// Earlier messages of a person that are looked at to find out their language.
    pub const HEARD_MESSAGES: usize = 8;
    /// Messages of a room among which something quoted is looked for.
    pub const QUOTED_MESSAGES: usize = 64;
    /// Characters of each message that are heard.
    pub const HEARD_CHARS: usize = 200;
    /// People who were in a room and have left that it remembers.
    pub const MAX_PAST_MEMBERS: usize = 64;
    /// How long a userId belongs to somebody who has said nothing yet and never come back with its secret.
    pub const HUB_NEW_CLAIM: Millis = Millis::from_secs(600);
    /// How long numbers of who comes and goes are gathered.
    pub const HUB_CROWD_SPAN: Millis = Millis::from_secs(1);
    /// Messages of the past a reader gets who does not say how many.
    pub const HUB_HISTORY: u64 = 50;
    /// Characters of a userId, and of the name of a hub room.
    pub const MAX_HUB_ID_CHARS: usize = 64;
    /// Encoded messages a hub room keeps, so that many readers share them.
    pub const MAX_HUB_FRAMES: usize = 64;
    /// Names of messages a room remembers after it had to drop the messages.
    pub const MAX_DROPPED_NAMES: usize = 64;

    /// Last words of waiting rooms, times the languages of who watches, that stand in line for a translator at once.
    pub const MAX_LOBBY_WANTS: usize = 1024;
    /// Of all text in memory, such words in other languages may take one part in so many.
    pub const LOBBY_TEXT_SHARE: usize = 16;

    /// Every default.
    ///
    /// # Panics
    /// Never: a test reads the defaults.
    #[expect(clippy::expect_used, reason = "the defaults are constants, and a test reads them")]
    pub fn defaults() -> Self {
        Self::read(|_| None).expect("the defaults are valid")
    }

    /// Where Ollama listens, for the log: without the name and password somebody may have put there.
    pub fn ollama_place(&self) -> String {
        place::without_user(&self.ollama_url)
    }

    /// Where an engine is, for the log: without what somebody may have put there that is nobody's business.
    pub fn place_of(&self, engine: EngineName) -> String {
        match engine {
            EngineName::Ollama => self.ollama_place(),
            EngineName::OpenAi => place::without_user(&self.openai_url),
            EngineName::LibreTranslate => place::without_user(&self.libretranslate_url),
            EngineName::DeepL => place::without_user(&self.deepl_url),
            EngineName::Apertium => self.apertium_dir.clone(),
        }
    }

    /// Whether a front door is open.
    pub fn serves(&self, service: Service) -> bool {
        self.enable_services.0.contains(&service)
    }

    /// Whether this is the address of a proxy that is believed.
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.trusted_proxies.0.iter().any(|network| network.contains(address))
    }

    /// What of a limit is left to those who have shown nothing.
    pub fn for_strangers(&self, limit: usize) -> usize {
        let percent = usize::from(self.reserved_percent.min(100));
        limit - (limit / 100 * percent + limit % 100 * percent / 100)
    }

    /// Languages people may speak here.
    pub fn offers(&self, language: Language) -> bool {
        self.languages.0.contains(&language)
    }

    /// Rules about several variables at once. None is applied to a variable that could not be read.
    fn contradictions(&self, problems: &mut Vec<Problem>) {
        let unread: Vec<&str> = problems.iter().map(|problem| problem.name).collect();
        let mut problem = |name: &'static str, others: &[&str], what: &str| {
            if !unread.contains(&name) && !others.iter().any(|other| unread.contains(other)) {
                problems.push(Problem { name, what: what.to_owned() });
            }
        };
        self.check_keys(&mut problem);
        self.check_sizes(&mut problem);
        self.check_counts(&mut problem);
        self.check_engines(&mut problem);
        self.check_routing(&mut problem);
    }

    /// Who may come, where strangers may.
    fn check_keys(&self, problem: &mut dyn FnMut(&'static str, &[&str], &str)) {
        let serves_chat = self.serves(Service::Chat) && self.agent_key.is_none();
        if serves_chat && !self.host.is_loopback() {
            problem(
                "AGENT_KEY",
                &["HOST", "ENABLE_SERVICES"],
                "must be set when HOST is not loopback: without it, everybody who reaches this address could become \
                 an agent and read customers' chats. Set AGENT_KEY to a long random secret, or HOST to 127.0.0.1",
            );
        } else if serves_chat && self.is_known_elsewhere() {
            problem(
                "AGENT_KEY",
                &["HOST", "ENABLE_SERVICES", "ALLOWED_HOSTS", "ALLOWED_ORIGINS"],
                "must be set when ALLOWED_HOSTS or ALLOWED_ORIGINS names more than this machine: without it, everybody \
                 who comes through a proxy could become an agent and read customers' chats. `openssl rand -hex 16` \
                 makes one",
            );
        }
        if self.serves(Service::Hub) && !self.host.is_loopback() && self.hub_key.is_none() && !self.hub_public
        {
            problem(
                "HUB_KEY",
                &["HOST", "ENABLE_SERVICES", "HUB_PUBLIC"],
                "must be set when HOST is not loopback, or everybody who reaches this address could join the hub. Set \
                 HUB_KEY to a secret, HUB_PUBLIC=1 if everybody may, or ENABLE_SERVICES=chat to do without the hub",
            );
        }
        if self.hub_key.is_some() && self.hub_public {
            problem("HUB_PUBLIC", &[], "cannot be set together with HUB_KEY: it is one or the other");
        }
    }

    /// Whether others than this machine may know the server by name, or call it from their pages.
    fn is_known_elsewhere(&self) -> bool {
        self.allowed_hosts.0.iter().any(|name| !name.is_loopback())
            || self.allowed_origins.0.iter().any(|origin| !origin.is_loopback())
    }

    fn check_sizes(&self, problem: &mut dyn FnMut(&'static str, &[&str], &str)) {
        if self.pong_timeout_ms <= self.ping_interval_ms {
            problem(
                "PONG_TIMEOUT",
                &["PING_INTERVAL"],
                "must be longer than PING_INTERVAL, or nobody has time to answer a ping",
            );
        }
        if self.max_room_text_bytes > self.max_text_bytes {
            problem("MAX_ROOM_TEXT_BYTES", &["MAX_TEXT_BYTES"], "must not be more than MAX_TEXT_BYTES");
        }
        if let Some(key) = self.canned_replies.first_over(self.max_content_chars) {
            problem(
                "CANNED_REPLIES",
                &["MAX_CONTENT_CHARS"],
                &format!("names a file whose reply {key:?} is longer than MAX_CONTENT_CHARS"),
            );
        }
        if self.high_water_bytes < 1024 {
            problem("HIGH_WATER_BYTES", &[], "must be at least 1KiB");
        }
    }

    fn check_counts(&self, problem: &mut dyn FnMut(&'static str, &[&str], &str)) {
        if self.enable_services.0.is_empty() {
            problem("ENABLE_SERVICES", &[], "must name at least one of chat and hub");
        }
        if self.languages.0.is_empty() {
            problem("LANGUAGES", &[], "must name at least one language, such as en,pt");
        }
        if !(1..=64).contains(&self.translate_workers) {
            problem("TRANSLATE_WORKERS", &[], "must be from 1 to 64");
        }
        if self.reserved_percent > 90 {
            problem("RESERVED_PERCENT", &[], "must be at most 90, or there is nothing left for others");
        }
        if !(1..=128).contains(&self.max_head_fields) {
            problem("MAX_HEAD_FIELDS", &[], "must be from 1 to 128");
        }
        for (name, value) in [
            ("MAX_QUEUED_JOBS_PER_ROOM", self.max_queued_jobs_per_room),
            ("ROOMS_PER_AGENT", self.rooms_per_agent),
            ("RATE_BURST", self.rate_burst_messages as usize),
            ("MAX_CONNECTIONS", self.max_connections),
            ("MAX_CONNECTIONS_PER_ADDRESS", self.max_connections_per_address),
            ("MAX_CONNECTIONS_PER_CLIENT", self.max_connections_per_client),
            ("MAX_ROOMS", self.max_rooms),
            ("MAX_ROOMS_PER_ADDRESS", self.max_rooms_per_address),
            ("SITE_ADDRESSES", self.site_addresses),
            ("MAX_ADDRESSES", self.max_addresses),
            ("MAX_TOKENS", self.max_tokens),
            ("MAX_NAME_CHARS", self.max_name_chars),
            ("MAX_CONTENT_CHARS", self.max_content_chars),
            ("MAX_HUB_ROOMS", self.max_hub_rooms),
            ("MAX_HUB_MEMBERS", self.max_hub_members),
            ("MAX_HUB_USERS", self.max_hub_users),
            ("MAX_HUB_LOG_MESSAGES", self.max_hub_log_messages),
            ("MAX_HUB_CONTENT_CHARS", self.max_hub_content_chars),
        ] {
            if value == 0 {
                problem(name, &[], "must be at least 1, or nobody can do anything");
            }
        }
    }
}

/// The part of `--help` that lists the variables.
pub fn help() -> String {
    let mut text = String::new();
    for (name, default, doc) in Config::table() {
        let default = if default.is_empty() { "none" } else { default };
        let _ = writeln!(text, "  {name:<28} {doc} [{default}]");
    }
    text
}

#[cfg(test)]
mod tests;
