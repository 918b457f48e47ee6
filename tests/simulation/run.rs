//! One run from its seed to its end.

use std::panic::{AssertUnwindSafe, catch_unwind};

use dragoman::config::Config;
use dragoman::engine::Census;
use dragoman::vocabulary::{Event, Millis};

use super::actions::KEY;
use super::coverage::Coverage;
use super::dice::Dice;
use super::invariant::Invariant::EverythingIsBounded;
use super::together::CANNED;
use super::world::World;

/// What came of a run that held.
pub(crate) struct Held {
    pub(crate) events: u64,
    pub(crate) digest: u64,
    pub(crate) coverage: Coverage,
    /// The run as a trace, if it was recorded.
    pub(crate) trace: Option<Vec<u8>>,
}

/// Runs a seed. `Err` has what broke, and the trace up to there if it was recorded.
pub(crate) fn run(seed: u64, steps: usize, is_recorded: bool) -> Result<Held, (String, Vec<u8>)> {
    let mut dice = Dice::new(seed ^ 0x5eed);
    let is_calm = seed.is_multiple_of(6);
    let settings = if is_calm {
        let calm = [("RATE_LIMIT", "0"), ("STARTS_PER_ADDRESS", "0")];
        calm.into_iter().chain(HUB_TIMES).map(|(name, value)| (name, value.to_owned())).collect()
    } else {
        settings(&mut dice)
    };
    let mut settings = settings;
    settings.push(("CANNED_REPLIES", CANNED.to_owned()));
    settings.extend(engines(&mut dice, is_calm));
    let config =
        Config::read(|name| settings.iter().find(|(it, _)| *it == name).map(|(_, value)| value.clone()));
    let mut world = World::new(seed, config.expect("the settings are valid"), is_calm, is_recorded);
    let ended = catch_unwind(AssertUnwindSafe(|| live(&mut world, steps)));
    let trace = world.recorder.take().map(dragoman::trace::Recorder::into_inner);
    match ended {
        Ok(()) => Ok(Held { events: world.events, digest: world.digest(), coverage: world.coverage, trace }),
        Err(payload) => {
            let text = payload.downcast_ref::<String>().cloned();
            let text = text.or_else(|| payload.downcast_ref::<&str>().map(|it| (*it).to_owned()));
            Err((text.unwrap_or_else(|| "a panic without words".to_owned()), trace.unwrap_or_default()))
        }
    }
}

/// The hub forgets within a day, so that at the end nothing is left behind.
const HUB_TIMES: [(&str, &str); 2] = [("HUB_ROOM_IDLE", "1h"), ("HUB_CLAIM_TTL", "2h")];

/// Limits small enough to be reached, in many runs.
fn settings(dice: &mut Dice) -> Vec<(&'static str, String)> {
    let mut settings = Vec::new();
    let mut maybe = |percent: usize, name: &'static str, values: &[&str]| {
        if dice.percent(percent) {
            settings.push((name, values[dice.below(values.len())].to_owned()));
        }
    };
    maybe(70, "RATE_LIMIT", &["0", "0", "3", "20"]);
    maybe(70, "RATE_BURST", &["1", "3", "10"]);
    maybe(50, "SIGNALS_PER_MINUTE", &["0", "3"]);
    maybe(50, "PREVIEWS_PER_MINUTE", &["0", "1"]);
    maybe(50, "RETRIES_PER_MINUTE", &["0", "1"]);
    maybe(50, "LANGUAGE_CHANGES_PER_MINUTE", &["0", "1"]);
    maybe(70, "STARTS_PER_ADDRESS", &["0", "0", "2"]);
    maybe(50, "FAILURES_PER_ADDRESS", &["2", "0"]);
    maybe(30, "AGENT_KEY", &[KEY]);
    maybe(50, "HIGH_WATER_BYTES", &["1KiB", "2KiB", "4KiB"]);
    maybe(50, "MAX_ROOM_TEXT_BYTES", &["2KiB", "4KiB", "8KiB"]);
    maybe(20, "MAX_CACHE_BYTES", &["1KiB", "4KiB"]);
    maybe(20, "MAX_QUEUED_JOBS", &["1", "3"]);
    maybe(30, "MAX_QUEUED_JOBS_PER_ROOM", &["1", "2"]);
    maybe(30, "TRANSLATE_WORKERS", &["1", "3"]);
    maybe(20, "TRANSLATE_DEADLINE", &["2s", "100ms"]);
    maybe(20, "JOB_TIMEOUT", &["5s"]);
    maybe(20, "OLLAMA_KEEP_ALIVE", &["1m"]);
    maybe(20, "CACHE_TTL", &["5s"]);
    maybe(15, "MAX_CONNECTIONS", &["3", "6"]);
    maybe(15, "MAX_CONNECTIONS_PER_ADDRESS", &["2", "4"]);
    maybe(20, "MAX_CONNECTIONS_PER_CLIENT", &["1"]);
    maybe(15, "MAX_ROOMS", &["2"]);
    maybe(15, "MAX_ROOMS_PER_ADDRESS", &["1"]);
    maybe(15, "MAX_TOKENS", &["3", "6"]);
    maybe(20, "MAX_ADDRESSES", &["1", "2"]);
    maybe(60, "ROOMS_PER_AGENT", &["1", "1", "2"]);
    maybe(20, "CLOSE_WAIT", &["20s"]);
    maybe(20, "AGENT_ABSENCE", &["10s"]);
    maybe(20, "CUSTOMER_ABSENCE", &["10s"]);
    maybe(20, "ROOM_IDLE", &["1m"]);
    maybe(20, "TOMBSTONE", &["1m"]);
    maybe(20, "AGENT_TOKEN_TTL", &["5m"]);
    maybe(20, "MAX_WS_MESSAGE_BYTES", &["4KiB"]);
    maybe(50, "MAX_HUB_LOG_MESSAGES", &["3", "8"]);
    maybe(30, "MAX_HUB_LOG_BYTES", &["1KiB", "4KiB"]);
    maybe(50, "HUB_CROWD", &["1", "2"]);
    maybe(15, "MAX_HUB_MEMBERS", &["2"]);
    maybe(15, "MAX_HUB_USERS", &["3"]);
    maybe(15, "MAX_HUB_ROOMS", &["1"]);
    maybe(10, "OLLAMA_MODEL", &["translategemma"]);
    settings.extend(HUB_TIMES.map(|(name, value)| (name, value.to_owned())));
    // All text is less than one room may have by default: then the room has less too.
    if dice.percent(30) {
        let text = ["8KiB", "16KiB", "40KiB"][dice.below(3)];
        settings.retain(|(name, _)| *name != "MAX_ROOM_TEXT_BYTES");
        settings.push(("MAX_ROOM_TEXT_BYTES", ["4KiB", "8KiB"][dice.below(2)].to_owned()));
        settings.push(("MAX_TEXT_BYTES", text.to_owned()));
    }
    settings
}

/// Who translates: Ollama alone, or several engines, some of them for some pairs only.
fn engines(dice: &mut Dice, is_calm: bool) -> Vec<(&'static str, String)> {
    if dice.percent(40) {
        return Vec::new();
    }
    let lists: &[&str] = &[
        "ollama,apertium",
        "ollama,openai,apertium",
        "libretranslate,ollama,apertium",
        "openai,libretranslate,apertium",
        "apertium,openai",
        "openai",
        "libretranslate,openai",
        "libretranslate",
        "libretranslate,apertium",
        "apertium",
    ];
    // One that speaks every language is among the first six, and among the rules before the last three.
    let rules: &[&str] = &[
        "*-de:openai+apertium",
        "pt-*:libretranslate+ollama",
        "*-ru:apertium+ollama,*-ja:ollama",
        "de-*:apertium",
        "*-pt:none",
        "*-en:libretranslate,en-*:apertium",
    ];
    let count = |all: &[&str], calm: usize| if is_calm { calm } else { all.len() };
    let mut settings = vec![
        ("ENGINE", lists[dice.below(count(lists, 6))].to_owned()),
        ("OPENAI_URL", "http://127.0.0.1:8081/v1".to_owned()),
        ("LIBRETRANSLATE_URL", "http://127.0.0.1:5000".to_owned()),
    ];
    if dice.percent(35) {
        settings.push(("ENGINE_PAIRS", rules[dice.below(count(rules, 3))].to_owned()));
    }
    if dice.percent(50) {
        settings.push(("OPENAI_MODEL", super::openai::MODEL.to_owned()));
    }
    if dice.percent(50) {
        settings.push(("OPENAI_KEY", "the-key-of-the-model".to_owned()));
    }
    settings
}

fn live(world: &mut World, steps: usize) {
    let seed = world.dice.seed();
    world.handle(Event::Boot { unix_ms: 1_766_000_000_000, seed });
    let stops_at = if world.dice.percent(10) { world.dice.below(steps) } else { usize::MAX };
    for step in 0..steps {
        if step == stops_at {
            world.stopping = true;
            world.handle(Event::Shutdown);
        }
        world.act();
        world.check_limits();
    }
    settle(world);
    world.check_all_seen();
    world.check_lists();
    world.check_other_sides();
    world.check_guests();
    leave(world);
}

/// Everything works again, everybody reads, whoever has lost their connection comes back.
fn settle(world: &mut World) {
    world.services.mend(world.now);
    world.disk_recovers();
    let vanished: Vec<usize> =
        (0..world.lines.len()).filter(|&slot| world.line(slot).is_some_and(|line| line.is_spoilt)).collect();
    vanished.into_iter().for_each(|slot| world.reset(slot));
    for line in world.lines.iter_mut().flatten() {
        line.is_stalled = false;
        line.reads_since = world.now;
    }
    world.pump();
    world.pass(Millis::from_secs(150));
    for device in 0..world.people.devices.len() {
        if world.may_open(device) {
            world.open(device);
        }
    }
    world.agents_look_at_the_end();
    world.guests_come_back();
    world.pump();
    // Longer than any retry, probe and job takes, with the breaker open at first.
    world.pass(Millis::from_secs(900));
}

/// Everybody leaves, and time passes until the last thing is forgotten.
fn leave(world: &mut World) {
    for slot in 0..world.lines.len() {
        world.reset(slot);
    }
    world.pass(Millis::from_secs(24 * 3600));
    world.handle(Event::Tick);
    world.engine.check_invariants();
    let census = world.engine.census();
    EverythingIsBounded.holds(census == Census::default(), || format!("left behind: {census:?}"));
    EverythingIsBounded.holds(world.services.is_idle(), || "calls are still under way".to_owned());
}
