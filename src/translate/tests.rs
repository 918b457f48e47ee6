use super::*;
use crate::tools::jobs::Jobs;
use crate::vocabulary::Answer;

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
        assert_eq!(bench.translator.state(), "ready");
        bench
    }

    fn with<T>(&mut self, act: impl FnOnce(&mut Translator, &mut Turn<'_>) -> T) -> T {
        let mut turn = Turn {
            now: self.now,
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
        let to = Language::parse("en").unwrap();
        let ticket = Ticket { group: Group { owner: 0, kind: 0, key: 1 }, item: 1, to };
        self.with(|translator, turn| translator.ask(turn, ticket, Language::parse("pt"), &Arc::from(text)));
        self.answer(500, "the runner is gone");
        self.now = self.now + Millis::from_secs(1);
        self.with(Translator::on_tick);
        self.answer(500, "the runner is gone");
        let mut settled = self.translator.take_settled();
        // Something else goes through, which brings everything that failed back.
        self.translator.health = Bench::ready_health();
        settled.remove(0).1
    }

    fn ready_health() -> Health {
        Self::ready().translator.health
    }
}

#[test]
fn a_text_on_which_the_service_always_breaks_is_not_asked_for_ever() {
    let mut bench = Bench::ready();
    let again: Vec<Outcome> = (0..3).map(|_| bench.ask_poison("Olá, tudo bem?")).collect();
    let failed = |again| Outcome::Failed { again };
    assert_eq!(again, [failed(true), failed(true), failed(false)]);
    assert_eq!(bench.ask_poison("Outra pergunta"), failed(true));
}
