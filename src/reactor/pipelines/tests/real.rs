//! With Apertium itself: `apertium-eng-spa`, `apertium-spa-cat` and `apertium-eng-cat`, as Debian packages them. Where they
//! are not installed these tests say so and do nothing; with `CI=true` they fail.

use super::*;
use crate::config::Config;
use crate::translate::apertium::Apertium;
use crate::translate::format::{Format as _, Probed};
use crate::translate::prompt::{Ask, Mode, Question};
use crate::translate::verdict::Verdict;
use crate::vocabulary::{JobSpec, Language};

const MODES: &str = "/usr/share/apertium/modes";
const NEEDED: [&str; 6] = ["spa-eng", "eng-spa", "spa-cat", "cat-spa", "eng-cat", "cat-eng"];

/// How it is set up, where it is installed.
fn setup() -> Option<PipelineSetup> {
    let setup = PipelineSetup {
        threads: 2,
        pause: Duration::ZERO,
        ..PipelineSetup::new(Service::APERTIUM, PathBuf::from(MODES))
    };
    let installed = modes::installed(&setup);
    let missing: Vec<_> = NEEDED.iter().filter(|name| !installed.iter().any(|it| it == *name)).collect();
    if missing.is_empty() {
        return Some(setup);
    }
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "Apertium is wanted; missing: {missing:?}");
    println!("skipped: Apertium is not installed here; missing: {missing:?}");
    None
}

/// The engine over the real programs.
struct Engine {
    scene: Scene,
    apertium: Apertium,
    config: Config,
}

impl Engine {
    fn of(setup: PipelineSetup) -> Self {
        let mut it =
            Self { scene: Scene::of(setup), apertium: Apertium::default(), config: Config::defaults() };
        let JobSpec::Pipeline(call) = it.apertium.begin_probe(&it.config, false) else { panic!("no list") };
        it.scene.submit(1, call.work);
        let listed = it.scene.told().1.unwrap();
        let outcome = JobOutcome::Answered(Answer::new(200, listed));
        assert_eq!(it.apertium.on_probe(&it.config, &outcome), Probed::Well);
        it
    }

    fn translate(&mut self, from: &str, to: &str, text: &str) -> Verdict {
        let ask = ask(from, to, text);
        let JobSpec::Pipeline(call) = self.apertium.translate(&self.config, &ask) else { panic!("no text") };
        self.scene.submit(2, call.work);
        let outcome = match self.scene.told().1 {
            Ok(body) => JobOutcome::Answered(Answer::new(200, body)),
            Err(why) => failed(why, ""),
        };
        self.apertium.judge(&self.config, &ask, &outcome)
    }

    fn translated(&mut self, from: &str, to: &str, text: &str) -> String {
        match self.translate(from, to, text) {
            Verdict::Translated { text, .. } => text,
            verdict => panic!("{text}: {verdict:?}"),
        }
    }
}

fn ask(from: &str, to: &str, text: &str) -> Question {
    let to = Language::parse(to).unwrap();
    Ask { text: text.into(), from: Language::parse(from), to, mode: Mode::Marked }.into()
}

#[test]
fn messages_are_translated_both_ways() {
    let Some(setup) = setup() else { return };
    let mut engine = Engine::of(setup);
    let said = engine.translated(
        "es",
        "en",
        "Hola, ¿dónde está mi pedido A-4471?\n\nLo pagué ayer: https://a.example/x",
    );
    assert_eq!(said, "Hello, where it is my request A-4471?\n\nI paid it yesterday: https://a.example/x");
    assert_eq!(engine.scene.ids("spa-eng").len(), 10);
    let said = engine.translated("en", "es", "THE TABLE IS IN THE HOUSE");
    assert_eq!(said, "LA MESA ES EN LA CASA");
    assert!(engine.scene.ids("eng-spa").is_empty(), "it goes over Catalan");
    assert_eq!(engine.translated("es", "en", "* @ # Gracias"), "* @ # Thank you");
    let said = engine.translate("es", "en", "xyzzy qwrty plugh frotz rezrov casa");
    assert!(matches!(said, Verdict::Rejected(_)), "{said:?}");
}

#[test]
fn a_killed_program_costs_one_text_at_most() {
    let Some(setup) = setup() else { return };
    let mut engine = Engine::of(setup);
    for victims in [0..1, 4..5, 9..10, 0..10] {
        assert_eq!(engine.translated("es", "en", "Gracias."), "Thank you.");
        let ids = engine.scene.ids("spa-eng");
        for id in &ids[victims] {
            kill_process(pid(*id), Signal::KILL).unwrap();
        }
        let said = engine.translate("es", "en", "Hola.");
        let hello = Verdict::Translated { text: "Hello.".to_owned(), detected: None };
        assert!(said == hello || said == Verdict::Broken, "{said:?}");
        while engine.scene.ids("spa-eng") == ids {
            engine.translate("es", "en", "Hola.");
        }
        assert_eq!(engine.translated("es", "en", "Gracias."), "Thank you.");
        assert!(!ids.iter().any(|id| lives(*id)), "{ids:?}");
    }
}

#[test]
fn a_program_that_stands_still_costs_its_time() {
    let Some(setup) = setup() else { return };
    let mut engine =
        Engine::of(PipelineSetup { answer_time: Duration::from_millis(500), start_time: TOO_LONG, ..setup });
    assert_eq!(engine.translated("es", "en", "Gracias."), "Thank you.");
    let ids = engine.scene.ids("spa-eng");
    kill_process(pid(ids[3]), Signal::STOP).unwrap();
    assert_eq!(engine.translate("es", "en", "Gracias."), Verdict::TimedOut);
    assert!(!ids.iter().any(|id| lives(*id)), "{ids:?}");
    assert_eq!(engine.translated("es", "en", "Gracias."), "Thank you.");
}

/// Hostile texts, all pairs together; `HOSTILE_TEXTS` says another number.
const HOSTILE_TEXTS: u64 = 3000;
/// What they are made of.
const PIECES: [&str; 40] = [
    "\\",
    "[",
    "]",
    "{",
    "}",
    "^",
    "$",
    "/",
    "@",
    "<",
    ">",
    "*",
    "#",
    "~",
    "+",
    "[]",
    "[[0]]",
    "[#0]",
    "^a<n>/b$",
    "\0",
    " ",
    "    ",
    "\n",
    "\n\n",
    "\t",
    ".",
    "?",
    "\u{202E}",
    "\u{2066}",
    "\u{200B}",
    "\u{FEFF}",
    "\u{301}",
    "😀",
    "שלום",
    "á",
    "casa",
    "the house",
    "No funciona",
    "HOLA",
    "don’t",
];

struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).unwrap()
    }

    /// Ends with a line by which its answer is known.
    fn text(&mut self, number: u64) -> String {
        let mut text = match self.throw(50) {
            0 => " ".repeat(3900),
            1 => PIECES[self.throw(PIECES.len())].repeat(300),
            _ => (0..self.throw(30)).map(|_| PIECES[self.throw(PIECES.len())]).collect(),
        };
        text.push_str(&format!("\ncasa {number}"));
        text
    }
}

#[test]
fn hostile_texts_get_their_own_answers() {
    let Some(setup) = setup() else { return };
    let texts = std::env::var_os("HOSTILE_TEXTS");
    let texts = texts.map_or(HOSTILE_TEXTS, |it| it.to_str().unwrap().parse().unwrap());
    let mut engine = Engine::of(PipelineSetup { texts_max: u32::MAX, ..setup });
    let mut dice = Dice(0x9E37_79B9);
    be_hostile(&mut engine, &mut dice, 0..texts / 10);
    let (ids, before) = (all_ids(&engine), memory(&engine) / 1024);
    be_hostile(&mut engine, &mut dice, texts / 10..texts);
    let after = memory(&engine) / 1024;
    println!("{texts} texts; {before} KiB after a tenth of them, {after} KiB at the end");
    assert!(after < before + before / 4, "the programs grow: {before} KiB, then {after} KiB");
    assert_eq!(all_ids(&engine), ids, "one was replaced");
}

/// Asks for texts of all pairs, eight at a time, and looks for its number in each answer.
fn be_hostile(engine: &mut Engine, dice: &mut Dice, numbers: std::ops::Range<u64>) {
    let pairs = [("es", "en"), ("en", "es"), ("ca", "en"), ("es", "ca")];
    let (mut asked, mut next) = (BTreeMap::new(), numbers.start);
    for _ in numbers.clone() {
        while next < numbers.end && asked.len() < 8 {
            let (from, to) = pairs[dice.throw(pairs.len())];
            let ask = ask(from, to, &dice.text(100_000 + next));
            let spec = engine.apertium.translate(&engine.config, &ask);
            let JobSpec::Pipeline(call) = spec else { panic!("no text") };
            engine.scene.submit(next, call.work);
            asked.insert(next, ask);
            next += 1;
        }
        let (job, said) = engine.scene.told();
        let ask = asked.remove(&job).unwrap();
        let said = said.unwrap_or_else(|why| panic!("{:?}: {why:?}", ask.text));
        let read = stream::Stream::of(&ask.text).read(&said, ask.to);
        let read = read.unwrap_or_else(|why| panic!("{:?}: {why:?}: {said:?}", ask.text)).text;
        assert!(read.ends_with(&format!(" {}", 100_000 + job)), "{:?}: {said:?}", ask.text);
    }
}

fn memory(engine: &Engine) -> usize {
    engine.scene.crew.idle.values().map(Pipeline::measure).sum()
}

fn all_ids(engine: &Engine) -> Vec<u32> {
    engine.scene.crew.idle.values().flat_map(Pipeline::ids).collect()
}
