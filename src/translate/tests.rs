use super::*;
use crate::tools::jobs::Jobs;
use crate::vocabulary::{Answer, JobOutcome, Tenant};

/// Known by a key: in nobody else's line.
fn alone(ticket: Ticket) -> Line {
    Line { door: 0, source: Source::Known(ticket.group) }
}

/// A translator whose model is loaded, and the time.
struct Bench {
    translator: Translator,
    jobs: Jobs<Work>,
    config: Config,
    random: Random,
    now: Millis,
    effects: Vec<Effect>,
}

impl Bench {
    fn ready() -> Self {
        let config = Config::defaults();
        let mut bench = Self {
            translator: Translator::new(&config),
            jobs: Jobs::default(),
            config,
            random: Random::new([0; 32]),
            now: Millis::ZERO,
            effects: Vec::new(),
        };
        bench.with(Translator::start);
        for body in ["{}", r#"{"models":[{"name":"llama3.2:latest","model":"llama3.2:latest"}]}"#, "{}"] {
            bench.answer(200, body);
        }
        assert_eq!(bench.translator.state(), Some("ready"));
        bench
    }

    fn with<T>(&mut self, act: impl FnOnce(&mut Translator, &mut Turn<'_>) -> T) -> T {
        let mut turn = Turn {
            now: self.now,
            unix_ms: 0,
            config: &self.config,
            random: &mut self.random,
            jobs: &mut self.jobs,
            effects: &mut self.effects,
        };
        act(&mut self.translator, &mut turn)
    }

    /// Ends the one call that was started.
    fn answer(&mut self, status: u16, body: &str) {
        let [Effect::StartJob { job, .. }] = self.effects[..] else { panic!("one call: {:?}", self.effects) };
        self.effects.clear();
        let outcome = JobOutcome::Answered(Answer::new(status, body.as_bytes().to_vec()));
        let work = self.jobs.end(job).unwrap();
        self.with(|translator, turn| translator.on_job(turn, work, &outcome));
    }

    /// Asks for a text on which the service breaks down, twice; what becomes of it.
    fn ask_poison(&mut self, text: &str) -> Outcome {
        self.ask_for(0, 1, text);
        self.answer(500, "the runner is gone");
        self.now = self.now + Millis::from_secs(1);
        self.with(Translator::on_tick);
        self.answer(500, "the runner is gone");
        let mut ended = self.translator.take_ended();
        // Something else goes through, which brings everything that failed back.
        self.translator.engines[0].health = Bench::ready_health();
        ended.remove(0).1
    }

    /// Somebody of a tenant asks for a text.
    fn ask_for(&mut self, tenant: u32, key: u64, text: &str) -> Asked {
        let group = Group { tenant: Tenant::from_number(tenant), owner: 0, kind: 0, key };
        let ticket = Ticket { group, item: 1, to: Language::ENGLISH };
        self.with(|translator, turn| {
            translator.ask(
                turn,
                ticket,
                alone(ticket),
                Scope::Door(0),
                Language::parse("pt"),
                &Arc::from(text),
            )
        })
    }

    fn ready_health() -> health::Health {
        Self::ready().translator.engines.remove(0).health
    }
}

#[test]
fn a_text_on_which_the_service_always_breaks_is_not_asked_for_ever() {
    let mut bench = Bench::ready();
    let again: Vec<Outcome> = (0..3).map(|_| bench.ask_poison("Olá, tudo bem?")).collect();
    let failed = |again| Outcome::Failed { again, check: None };
    assert_eq!(again, [failed(true), failed(true), failed(false)]);
    assert_eq!(bench.ask_poison("Outra pergunta"), failed(true));
}

/// Trap: who writes the same in another chat learns by the time it takes that it was said before.
#[test]
fn what_is_private_is_found_by_nobody_and_a_door_finds_only_its_own() {
    let mut bench = Bench::ready();
    let ticket = |item| Ticket {
        group: Group { tenant: Tenant::default(), owner: 0, kind: 0, key: 1 },
        item,
        to: Language::ENGLISH,
    };
    let ask = |bench: &mut Bench, item, scope| {
        let text = Arc::from("Olá, tudo bem?");
        bench.with(|translator, turn| {
            translator.ask(turn, ticket(item), alone(ticket(item)), scope, Language::parse("pt"), &text)
        })
    };
    let scopes = [Scope::Private, Scope::Private, Scope::Door(1)];
    for (item, scope) in (1..).zip(scopes) {
        assert_eq!(ask(&mut bench, item, scope), Asked::Later);
        assert_eq!(bench.effects.len(), 1, "{scope:?} joins nobody");
        bench.answer(
            200,
            r#"{"response":"{\"translation\":\"Hello, how are you?\"}","done":true,"done_reason":"stop"}"#,
        );
    }
    assert_eq!(ask(&mut bench, 4, Scope::Private), Asked::Later);
    assert!(matches!(ask(&mut bench, 5, Scope::Door(1)), Asked::Now(Outcome::Done { .. })));
}

/// Trap: the same letters are another question in another language, and the answer to it says which it was.
#[test]
fn a_text_joins_no_flight_from_another_language() {
    let mut bench = Bench::ready();
    for from in [None, Language::parse("pt"), Language::parse("es")] {
        let ticket = Ticket {
            group: Group { tenant: Tenant::default(), owner: 0, kind: 0, key: 1 },
            item: 1,
            to: Language::ENGLISH,
        };
        let asked = bench.with(|translator, turn| {
            translator.ask(turn, ticket, alone(ticket), Scope::Door(0), from, &Arc::from("Olá, tudo bem?"))
        });
        assert_eq!((asked, bench.translator.stats().joined), (Asked::Later, 0), "from {from:?}");
    }
}

/// Trap: now and then it is too busy, and in a week the service is taken for gone.
#[test]
fn a_success_forgives_what_failed_before() {
    let mut bench = Bench::ready();
    for round in 0..3 {
        assert_eq!(bench.ask_for(0, 1, &format!("Olá número {round}?")), Asked::Later);
        for _ in 1..Config::BREAKER_FAILURES {
            bench.answer(503, "");
            bench.now = bench.now + Millis::from_secs(5);
            bench.with(Translator::on_tick);
        }
        assert!(matches!(bench.translator.take_ended()[..], [(_, Outcome::Failed { again: true, .. })]));
        bench.ask_for(0, 1, &format!("Ainda o número {round}?"));
        let answer = format!(
            r#"{{"response":"{{\"translation\":\"Still number {round}?\"}}","done":true,"done_reason":"stop"}}"#
        );
        bench.answer(200, &answer);
        assert_eq!(bench.translator.state(), Some("ready"), "after {round}");
        bench.translator.take_ended();
    }
}

/// Trap: everybody waits for five refused connections in a row.
#[test]
fn a_refused_connection_is_a_service_that_is_not_there() {
    let mut bench = Bench::ready();
    bench.ask_for(0, 1, "Olá, tudo bem?");
    bench.ask_for(0, 2, "Onde está a encomenda?");
    let [Effect::StartJob { job, .. }, Effect::StartJob { .. }] = bench.effects[..] else { panic!() };
    let work = bench.jobs.end(job).unwrap();
    let refused = JobOutcome::Failed { why: crate::vocabulary::JobFailure::Refused, detail: String::new() };
    bench.with(|translator, turn| translator.on_job(turn, work, &refused));
    assert_eq!(bench.translator.state(), Some("down"));
    assert!(matches!(bench.ask_for(0, 3, "Bom dia!"), Asked::Now(Outcome::Failed { again: true, .. })));
}

#[test]
fn tenants_join_no_flight_of_another_and_find_nothing_that_was_translated_for_it() {
    let mut bench = Bench::ready();
    for (tenant, key) in [(0, 1), (0, 2), (1, 1)] {
        assert_eq!(bench.ask_for(tenant, key, "Olá, tudo bem?"), Asked::Later);
    }
    assert_eq!(bench.translator.stats().joined, 1, "within a tenant");
    assert_eq!(bench.effects.len(), 2, "one call for each tenant");
    let theirs = bench.effects.pop();
    bench.answer(
        200,
        r#"{"response":"{\"translation\":\"Hello, how are you?\"}","done":true,"done_reason":"stop"}"#,
    );
    let told: Vec<u32> =
        bench.translator.take_ended().iter().map(|(ticket, _)| ticket.group.tenant.number()).collect();
    assert_eq!(told, [0, 0]);
    assert!(matches!(bench.ask_for(0, 3, "Olá, tudo bem?"), Asked::Now(Outcome::Done { .. })), "remembered");
    bench.with(|translator, turn| {
        let group = Group { tenant: Tenant::from_number(1), owner: 0, kind: 0, key: 1 };
        translator.withdraw(turn, group, Language::ENGLISH);
    });
    assert!(theirs.is_some() && bench.ask_for(1, 2, "Olá, tudo bem?") == Asked::Later, "not for others");
    assert_eq!(bench.translator.stats().cache_hits, 1);
}

/// Trap: a pause that is over is due for ever, and the server spins; what was refused meanwhile is never asked again.
#[test]
fn who_wants_not_to_be_asked_for_a_while_is_asked_again_behind_it() {
    let mut bench = Bench::ready();
    bench.ask_for(0, 1, "Olá, tudo bem?");
    let [Effect::StartJob { job, .. }] = bench.effects[..] else { panic!("{:?}", bench.effects) };
    let fields = vec![(crate::vocabulary::AnswerField::RetryAfter, "30".to_owned())];
    let limited = JobOutcome::Answered(Answer { fields, ..Answer::new(429, "") });
    let work = bench.jobs.end(job).unwrap();
    bench.with(|translator, turn| translator.on_job(turn, work, &limited));
    assert!(matches!(bench.translator.take_ended()[..], [(_, Outcome::Failed { again: true, .. })]));
    assert!(matches!(bench.ask_for(0, 1, "Bom dia!"), Asked::Now(Outcome::Failed { again: true, .. })));
    assert_eq!((bench.translator.state(), bench.translator.take_recovered()), (Some("ready"), false));
    assert_eq!(bench.translator.next_deadline(), Some(Millis::from_secs(30)));
    bench.now = Millis::from_secs(30);
    bench.with(Translator::on_tick);
    assert_eq!((bench.translator.next_deadline(), bench.translator.take_recovered()), (None, true));
    assert_eq!(bench.ask_for(0, 1, "Bom dia!"), Asked::Later);
}

mod terms;
