//! What a door is lent for one event: the conversations, the translator, limits, timers, randomness, and a way out.

use std::sync::Arc;

use super::{Asker, Room, RoomId, RoomKey, RoomTimer, Rooms, Young};
use crate::config::Config;
use crate::tools::alarm::{Alarm, Timer};
use crate::tools::answers::Answers;
use crate::tools::jobs::{Jobs, StartJobs};
use crate::tools::limiter::{AddressKey, Limiter};
use crate::tools::outbox::Outbox;
use crate::tools::random::Random;
use crate::tools::timer::{TimerId, Wheel};
use crate::translate::{Asked, Group, Line, Scope, Source, Translator, Turn, Work};
use crate::vocabulary::{
    ClientNumber, ConnId, Effect, Gauges, JobId, JobSpec, Language, Millis, Record, Role, Tenant,
};

/// What a door is lent for one event.
pub struct Context<'a> {
    /// Now, since boot.
    pub now: Millis,
    /// Now, milliseconds since 1970.
    pub unix_ms: u64,
    /// The choices of whoever runs the server.
    pub config: &'a Config,
    pub rooms: &'a mut Rooms,
    pub translator: &'a mut Translator,
    /// The slow calls under way; doors start theirs by [`Context::start_job`].
    pub(crate) jobs: &'a mut Jobs<Owner>,
    /// The timers of the process; doors set theirs by [`Context::wake`].
    pub(crate) wheel: &'a mut Wheel<Timer>,
    /// The generator of the process.
    pub random: &'a mut Random,
    pub limits: &'a mut Limits,
    pub counters: &'a mut Counters,
    /// What was sent to whom.
    pub outbox: &'a mut Outbox,
    /// Answers to earlier requests; doors give theirs by [`Context::answer`].
    pub(crate) answers: &'a mut Answers,
    /// What is to be done.
    pub effects: &'a mut Vec<Effect>,
    /// Whether what is promised now might be forgotten.
    pub store_is_down: bool,
    /// The store was down: nothing that time alone would do is done before then.
    pub patient_until: Millis,
    /// Records of an earlier process are applied: nothing is to be stored.
    pub(crate) is_start: bool,
    /// Which door it is lent to: its place in the table.
    pub(crate) door: u8,
    /// The request has brought a token or a key that holds: whoever brings one has a share of their own.
    pub is_vouched: bool,
    /// Whom or what the other doors shall forget as well.
    pub(crate) forgotten: Vec<Erased>,
}

impl Context<'_> {
    /// For how long after the store was down nothing ends by itself. Nobody could write meanwhile: whoever has tried shall
    /// have the time to try again, which our pages do within half a minute.
    pub const PATIENCE: Millis = Millis::from_secs(30);

    /// When time alone may take back again what somebody was told: not while that cannot be stored, nor before the
    /// patience that follows has ended.
    pub fn not_before(&self) -> Millis {
        if self.store_is_down { self.now + Self::PATIENCE } else { self.patient_until }
    }

    /// Says goodbye to a WebSocket; nothing more is sent to it.
    pub fn end(&mut self, conn: ConnId, code: u16, reason: &'static str) {
        self.outbox.end(conn, code, reason, self.effects);
    }

    // ---- limits ----

    /// Counts a chat or a person who is new against the address it came from, and against its network.
    ///
    /// # Errors
    /// How long to wait: there were too many in the last minute.
    pub fn count_start(&mut self, address: AddressKey) -> Result<(), Millis> {
        let limit = self.config.starts_per_address;
        let site = self.config.site_addresses;
        self.limits.starts.check_shared(self.now, address, limit, site, Config::RATE_WINDOW)
    }

    // ---- slow calls ----

    /// Starts a slow call in the name of this door; what comes of it comes with the key.
    pub fn start_job(&mut self, key: u64, spec: JobSpec) -> JobId {
        self.jobs.start(Owner::Door { door: self.door, key }, spec, self.effects)
    }

    /// Interrupts a call of this door, of which it hears nothing more. If that is over, nothing happens.
    pub fn cancel_job(&mut self, job: JobId) {
        if matches!(self.jobs.owner(job), Some(Owner::Door { door, .. }) if *door == self.door) {
            StartJobs::<Owner>::cancel(self.jobs, job, self.effects);
        }
    }

    // ---- time ----

    /// Wakes this door at a time, with its own words for what it waits for.
    pub fn wake(&mut self, at: Millis, alarm: impl Into<Alarm>) -> TimerId {
        let Alarm { kind, key } = alarm.into();
        self.wheel.insert(at, Timer::Door { door: self.door, kind, key })
    }

    /// Takes a timer of a room that has come.
    pub fn next_room_timer(&mut self, room: RoomKey) -> Option<RoomTimer> {
        let (now, not_before) = (self.now, self.not_before());
        self.rooms.edit_timers(room, |room| room.next_timer(now, not_before)).flatten()
    }

    /// Calls a timer off, if it has not come; whether it had not.
    pub fn cancel(&mut self, timer: TimerId) -> bool {
        self.wheel.cancel(timer).is_some()
    }

    /// Takes a room away, and what it waits for.
    pub fn close_room(&mut self, key: RoomKey, reason: &'static str) -> Option<Room> {
        let mut room = self.rooms.close(key, reason)?;
        room.timers.disarm(self.wheel);
        Some(room)
    }

    // ---- translations ----

    /// Asks for a translation in the name of this door.
    pub fn ask(
        &mut self,
        tenant: Tenant,
        asker: Asker,
        to: Language,
        from: Option<Language>,
        text: &Arc<str>,
    ) -> Asked {
        let (ticket, scope) = (asker.ticket(tenant, self.door, to), self.scope(asker));
        let line = self.line(asker, ticket.group);
        let (translator, mut turn) = self.translate();
        translator.ask(&mut turn, ticket, line, scope, from, text)
    }

    /// In which line something stands. What is said in a chat stands where its customer does, whoever says it: it is asked for
    /// on their account; in a hub room, where its writer does.
    fn line(&self, asker: Asker, group: Group) -> Line {
        let known = Line { door: self.door, source: Source::Known(group) };
        let Asker::Message(key, id) = asker else { return known };
        let Some(room) = self.rooms.room(key) else { return known };
        let writer = room.log.message(id).map(|message| message.writer);
        let customer = room.member_as(Role::Customer).map(|member| member.client);
        let source = customer.or(writer).and_then(|client| self.rooms.client(client));
        let source = source.map_or(known.source, |client| Source::Address(client.address));
        Line { door: room.door, source }
    }

    /// Who may find again what this one asks for.
    fn scope(&self, asker: Asker) -> Scope {
        let Asker::Message(key, id) = asker else { return Scope::Door(self.door) };
        let Some(room) = self.rooms.room(key) else { return Scope::Door(self.door) };
        let is_private = room.log.message(id).is_some_and(|message| message.addressee.is_some());
        if is_private { Scope::Private } else { Scope::Door(room.door) }
    }

    /// Whoever asked for this does not wait any more.
    pub fn take_back(&mut self, tenant: Tenant, asker: Asker, to: Language) {
        let ticket = asker.ticket(tenant, self.door, to);
        let (translator, mut turn) = self.translate();
        translator.take_back(&mut turn, ticket);
    }

    /// Nobody in a room reads a language any more.
    pub fn withdraw(&mut self, tenant: Tenant, room: RoomKey, to: Language) {
        let group = Asker::Message(room, 0).group(tenant, self.door);
        let (translator, mut turn) = self.translate();
        translator.withdraw(&mut turn, group, to);
    }

    /// Whether a room may queue one more translation.
    pub fn has_place(&self, room: RoomKey) -> bool {
        let group = Asker::Message(room, 0).group(self.rooms.tenant_of(room), self.door);
        self.translator.has_place(group, self.config)
    }

    /// Whether anybody waits for a worker beside these.
    pub fn keeps_others_waiting(&self, askers: impl Iterator<Item = (Tenant, Asker)>) -> bool {
        self.translator.keeps_others_waiting(askers.map(|(tenant, asker)| asker.group(tenant, self.door)))
    }

    /// The translator, and what it needs for a decision.
    pub fn translate(&mut self) -> (&mut Translator, Turn<'_>) {
        let turn = Turn {
            now: self.now,
            unix_ms: self.unix_ms,
            config: self.config,
            random: self.random,
            jobs: self.jobs,
            effects: self.effects,
        };
        (self.translator, turn)
    }

    // ---- memory ----

    /// Makes sure that `bytes` more text fit into memory, at the cost of what can be had again, and then of messages
    /// that everybody has received. Whether they do.
    pub fn make_space(&mut self, bytes: usize) -> bool {
        let limit = self.config.max_text_bytes;
        let over = |cx: &Self| (cx.text_bytes() + bytes).saturating_sub(limit);
        if over(self) > 0 {
            self.translator.evict(over(self));
        }
        if over(self) > 0 {
            self.rooms.evict_translations(over(self));
        }
        if over(self) > 0 {
            for key in self.rooms.drop_read(over(self), limit, Young::new(self.unix_ms, self.config, limit)) {
                self.store_beginning(key);
            }
        }
        over(self) == 0
    }

    /// The same at the start, for what was kept before: forgets what can be had again, then what was said to visitors.
    /// Whether it fits; what does not is counted, for a process that has less memory than the one before shall not begin.
    pub fn make_space_at_start(&mut self, bytes: usize) -> bool {
        // Once something is missing the process does not begin: all that follows is but counted.
        if self.counters.unrestored_bytes > 0 {
            self.counters.unrestored_bytes += bytes;
            return false;
        }
        let fits = self.give_up_the_past(bytes);
        if !fits {
            self.counters.unrestored_bytes += bytes;
        }
        fits
    }

    /// Forgets at the start what can be had again, then what was said to visitors, until `bytes` fit. Whether they do.
    pub fn give_up_the_past(&mut self, bytes: usize) -> bool {
        let over = |cx: &Self| (cx.text_bytes() + bytes).saturating_sub(cx.config.max_text_bytes);
        if over(self) > 0 {
            self.rooms.forget_translations();
        }
        if over(self) > 0 {
            // Where nobody is, that is all that was said to visitors, and nothing else.
            let limit = self.config.max_text_bytes;
            self.rooms.drop_read(over(self), limit, Young::new(self.unix_ms, self.config, limit));
        }
        let left = over(self);
        self.rooms.forget_said_to_visitors(left);
        over(self) == 0
    }

    /// This door has forgotten something for good: stores that, and has every other door forget it, too.
    pub fn forget_everywhere(&mut self, what: Erased) {
        self.record(match what {
            Erased::Room(id) => Record::ChatErased { room: id },
            Erased::Person(client) => Record::CustomerErased { client },
        });
        self.forgotten.push(what);
    }

    /// All text in memory.
    pub fn text_bytes(&self) -> usize {
        self.rooms.text_bytes() + self.translator.text_bytes()
    }
}

/// Who gets the answer to a job, and by which key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The translator: a translation, or a probe of its service.
    Translator(Work),
    Door {
        /// Its place in the table.
        door: u8,
        /// Its own name for what it waits for.
        key: u64,
    },
}

impl From<Work> for Owner {
    fn from(work: Work) -> Self {
        Self::Translator(work)
    }
}

/// What `POST /forget` leaves nothing of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erased {
    Room(RoomId),
    /// A person, by the number records have for them.
    Person(ClientNumber),
}

pub struct Limits {
    /// Chats started and profiles set.
    pub starts: Limiter<AddressKey>,
    pub failures: Limiter<AddressKey>,
    /// Reasons for which somebody was refused, and the log has said so.
    pub refusals: Limiter<&'static str>,
}

impl Limits {
    /// Nobody has done anything yet.
    pub fn new(config: &Config) -> Self {
        let addresses = || Limiter::new(config.max_addresses);
        Self { starts: addresses(), failures: addresses(), refusals: Limiter::new(Config::MAX_REFUSALS) }
    }

    /// Forgets addresses that have done nothing lately.
    pub fn purge(&mut self, now: Millis) {
        self.starts.purge(now, Config::RATE_WINDOW);
        self.failures.purge(now, Config::RATE_WINDOW);
        self.refusals.purge(now, Config::RATE_WINDOW);
    }

    /// Addresses of which actions are counted, once per kind of action.
    pub fn addresses(&self) -> usize {
        self.starts.len() + self.failures.len()
    }
}

/// Counts for the metrics: since the start, where nothing else is said.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counters {
    pub connections: u64,
    /// HTTP requests answered, by the first digit of the status.
    pub responses: [u64; 6],
    pub websockets: u64,
    pub rooms: u64,
    pub messages: u64,
    /// Messages and updates sent to readers.
    pub deliveries: u64,
    /// Texts refused with an error event.
    pub errors: u64,
    /// What the shell has measured.
    pub gauges: Gauges,
    /// Events sent to those who watch the lobby.
    pub lobby_events: u64,
    /// Bytes of text that were kept before and have no place in memory at the start.
    pub unrestored_bytes: usize,
}
