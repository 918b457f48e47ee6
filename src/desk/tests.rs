use std::net::IpAddr;

use bytes::Bytes;

use super::*;
use crate::conversation::{ClientKey, Counters, Limits, Owner, Speech};
use crate::tools::alarm::Timer as Alarms;
use crate::tools::answers::Answers;
use crate::tools::jobs::Jobs;
use crate::tools::limiter::AddressKey;
use crate::tools::outbox::Outbox;
use crate::tools::random::Random;
use crate::tools::timer::Wheel;
use crate::translate::Translator;
use crate::vocabulary::{Effect, Language, Millis, Status};

const OTHER: Tenant = Tenant::from_number(1);

/// Says what it has to say as plainly as can be.
struct Plain;

impl Words for Plain {
    fn greeting(&self, _: &mut Context<'_>, _: RoomKey, reader: usize) -> Bytes {
        format!("welcome {reader}").into()
    }

    fn agent_left(&self, _: &mut Outbox, _: RoomId) -> Bytes {
        "agent_left".into()
    }

    fn place(&self, _: &mut Outbox, _: RoomId, place: usize) -> Bytes {
        format!("place {place}").into()
    }

    fn previewed(&self, _: &mut Outbox, _: Option<&str>, translated: Option<DraftReading<'_>>) -> Bytes {
        let draft =
            translated.map_or_else(|| "as it is".to_owned(), |it| format!("{:?} in {}", it.text, it.to));
        format!("preview {draft}").into()
    }

    fn row(&self, room: &WaitingRoom<'_>) -> Vec<u8> {
        format!("{}:{}", room.number, room.customer_name).into()
    }

    fn lobby(&self, event: &LobbyEvent<'_>) -> Bytes {
        let text = |row: &[u8]| String::from_utf8_lossy(row).into_owned();
        match event {
            LobbyEvent::List { rows, .. } => format!("list {}", text(&rows.join(&b' '))).into(),
            LobbyEvent::Added(row) => format!("added {}", text(row)).into(),
            LobbyEvent::Changed(row) => format!("changed {}", text(row)).into(),
            LobbyEvent::Removed(_) => "removed".into(),
            LobbyEvent::Translator(speaker) => format!("translator {}", speaker.state).into(),
        }
    }
}

/// A desk without a door.
struct Bench {
    desk: Desk,
    config: Config,
    rooms: Rooms,
    translator: Translator,
    jobs: Jobs<Owner>,
    wheel: Wheel<Alarms>,
    random: Random,
    limits: Limits,
    counters: Counters,
    outbox: Outbox,
    answers: Answers,
    effects: Vec<Effect>,
    conns: u32,
}

impl Bench {
    fn new() -> Self {
        let config = Config::defaults();
        Self {
            desk: Desk::new(&Plain),
            rooms: Rooms::default(),
            translator: Translator::new(&config),
            jobs: Jobs::default(),
            wheel: Wheel::new(),
            random: Random::new([3; 32]),
            limits: Limits::new(&config),
            counters: Counters::default(),
            outbox: Outbox::new(config.high_water_bytes),
            answers: Answers::default(),
            effects: Vec::new(),
            conns: 0,
            config,
        }
    }

    fn with<R>(&mut self, act: impl FnOnce(&mut Desk, &mut Context<'_>) -> R) -> R {
        let mut cx = Context {
            now: Millis::ZERO,
            unix_ms: 0,
            config: &self.config,
            rooms: &mut self.rooms,
            translator: &mut self.translator,
            jobs: &mut self.jobs,
            wheel: &mut self.wheel,
            random: &mut self.random,
            limits: &mut self.limits,
            counters: &mut self.counters,
            outbox: &mut self.outbox,
            answers: &mut self.answers,
            effects: &mut self.effects,
            store_is_down: false,
            patient_until: Millis::ZERO,
            is_start: false,
            door: 0,
            is_vouched: false,
            forgotten: Vec::new(),
        };
        let result = act(&mut self.desk, &mut cx);
        self.desk.after_drain(&mut cx);
        result
    }

    /// A customer of a tenant waits, and has a seat.
    fn start(&mut self, tenant: Tenant, name: &str) -> (RoomId, ConnId) {
        let conn = self.connect();
        let id = self.with(|desk, cx| {
            let address = AddressKey::from(IpAddr::from([10, 0, 0, 1]));
            let client = desk.admit_customer(cx, address, name, &Speech::unknown(None), name).unwrap();
            let room = desk.open_room(cx, tenant, address, client).unwrap();
            let seat = Seat { tenant, room, client, after: 0, updates: false, originals: false };
            desk.take_seat(cx, conn, seat);
            cx.room_number(room)
        });
        (id, conn)
    }

    /// An agent watches who waits.
    fn watch(&mut self, tenant: Tenant) -> (ClientKey, ConnId) {
        let conn = self.connect();
        let agent = self.with(|desk, cx| {
            let address = AddressKey::from(IpAddr::from([10, 0, 0, 2]));
            let token = admit_agent(cx, address, "Ann", &Speech::chosen(Language::ENGLISH)).unwrap();
            let agent = cx.rooms.who(&token).unwrap();
            desk.enter_lobby(cx, tenant, conn, agent);
            agent
        });
        (agent, conn)
    }

    fn connect(&mut self) -> ConnId {
        self.conns += 1;
        let conn = ConnId { slot: self.conns, generation: 1 };
        self.outbox.open(conn);
        conn
    }

    /// What a connection was sent since the last look.
    fn heard(&mut self, by: ConnId) -> Vec<String> {
        let is_heard = |effect: &mut Effect| matches!(effect, Effect::Send { conn, .. } if *conn == by);
        let heard = self.effects.extract_if(.., is_heard).map(|effect| match effect {
            Effect::Send { bytes, .. } => String::from_utf8_lossy(&bytes).into_owned(),
            other => format!("{other:?}"),
        });
        heard.collect()
    }

    fn check(&self) {
        self.desk.check_invariants(&self.rooms, &self.config);
    }
}

#[test]
fn no_tenant_sees_who_waits_for_another() {
    let mut bench = Bench::new();
    let (_, first) = bench.start(Tenant::default(), "Ana");
    let (_, ours) = bench.watch(Tenant::default());
    let (_, theirs) = bench.watch(OTHER);
    assert_eq!(bench.heard(ours), ["list 0:Ana"]);
    assert_eq!(bench.heard(theirs), ["list "]);
    let (_, second) = bench.start(OTHER, "Bea");
    let (_, third) = bench.start(OTHER, "Cleo");
    assert_eq!(bench.heard(ours), Vec::<String>::new());
    assert_eq!(bench.heard(theirs), ["added 0:Bea", "added 1:Cleo"]);
    let places = [first, second, third].map(|conn| bench.heard(conn));
    assert_eq!(places, [["welcome 0", "place 1"], ["welcome 0", "place 1"], ["welcome 0", "place 2"]]);
    bench.check();
}

#[test]
fn a_room_of_another_tenant_is_none() {
    let mut bench = Bench::new();
    let (room, _) = bench.start(OTHER, "Bea");
    let (agent, watcher) = bench.watch(Tenant::default());
    bench.heard(watcher);
    for (tenant, answer) in [(Tenant::default(), Err(Refused::NoSuchRoom)), (OTHER, Ok(()))] {
        assert_eq!(bench.with(|desk, cx| desk.join(cx, tenant, room, agent)), answer);
    }
    let sits = |bench: &mut Bench, tenant| {
        bench.with(|_, cx| room_to_sit_in(cx, tenant, room, agent)).map(|key| bench.rooms.tenant_of(key))
    };
    assert_eq!(sits(&mut bench, OTHER), Ok(OTHER));
    assert_eq!(sits(&mut bench, Tenant::default()), Err(Refused::NoSuchRoom));
    let ended = bench.with(|desk, cx| desk.end(cx, Tenant::default(), room, agent));
    assert_eq!(ended, Err(Refused::NoSuchRoom));
    assert_eq!(bench.heard(watcher), Vec::<String>::new());
    bench.check();
}

#[test]
fn whoever_is_served_moves_those_behind_them_and_of_their_tenant_only() {
    let mut bench = Bench::new();
    let tenants = [OTHER, OTHER, Tenant::default(), Tenant::default()];
    let rooms = tenants.map(|tenant| bench.start(tenant, "Ana"));
    let conns = rooms.map(|(_, conn)| conn);
    bench.effects.clear();
    let (agent, _) = bench.watch(OTHER);
    bench.with(|desk, cx| desk.join(cx, OTHER, rooms[0].0, agent)).unwrap();
    for tenant in [OTHER, Tenant::default()] {
        bench.with(|desk, cx| desk.on_alarm(cx, Timer::Places(tenant).into()));
    }
    assert_eq!(conns.map(|conn| bench.heard(conn).len()), [0, 1, 0, 0]);
    bench.check();
}

#[test]
fn who_was_lost_by_their_agent_is_served_before_all_others() {
    let mut bench = Bench::new();
    let [(first, conn), _] = ["Ana", "Bea"].map(|name| bench.start(Tenant::default(), name));
    let (agent, watcher) = bench.watch(Tenant::default());
    bench.with(|desk, cx| desk.join(cx, Tenant::default(), first, agent)).unwrap();
    bench.heard(conn);
    let room = bench.rooms.open_room(first).unwrap();
    assert_eq!(bench.rooms.room(room).map(|room| room.status), Some(Status::Active));
    bench.heard(watcher);
    bench.with(|desk, cx| desk.on_room_timer(cx, room, RoomTimer::AgentAbsence));
    assert_eq!(bench.heard(conn), ["place 1"]);
    assert_eq!(bench.heard(watcher), ["added 0:Ana"]);
    assert_eq!(bench.rooms.place(room), Some(1));
    bench.check();
}

#[test]
fn a_draft_in_the_language_of_the_customer_is_what_they_read() {
    let mut bench = Bench::new();
    let (id, _) = bench.start(Tenant::default(), "Ana");
    let (agent, conn) = bench.watch(Tenant::default());
    bench.with(|desk, cx| desk.join(cx, Tenant::default(), id, agent)).unwrap();
    bench.heard(conn);
    let room = bench.rooms.open_room(id).unwrap();
    let unknown = bench.with(|_, cx| preview::language_of_customer(cx, room, agent));
    assert_eq!(unknown, Err(Refused::LanguageUnknown));
    let tenant = Tenant::default();
    let seat = Seat { tenant, room, client: agent, after: 0, updates: true, originals: false };
    bench.with(|desk, cx| desk.preview(cx, seat, conn, Language::ENGLISH, "Hello!", None)).unwrap();
    assert_eq!(bench.heard(conn), ["preview \"Hello!\" in en"]);
    bench.check();
}
