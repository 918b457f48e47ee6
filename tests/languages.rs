//! How well the language of a customer is found out: short first messages, those in languages nobody offers, and whole
//! conversations with quotations, names, codes and real changes of language.
//!
//! The messages stand in `tests/languages/`, as people write them. The table of words may be mended by those in `dev`;
//! those in `held` are only run. `cargo test --test languages -- --nocapture` prints the table.

use std::fs;
use std::path::{Path, PathBuf};

use dragoman::config::Config;
use dragoman::conversation::{Earlier, Source, Speech, hear};
use dragoman::vocabulary::Language;

/// The languages for which the goals are set; the others are measured with them.
const MAIN: [&str; 12] = ["es", "pt", "fr", "de", "it", "nl", "sv", "da", "nb", "pl", "tr", "ru"];

const PARTS: [&str; 2] = ["dev", "held"];

fn offered() -> Vec<Language> {
    Config::defaults().languages.0
}

fn folder(kind: &str, part: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/languages").join(kind).join(part)
}

fn lines(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().filter(|line| !line.trim().is_empty()).map(|line| line.replace("\\n", "\n")).collect()
}

/// The files of a folder by the language in their names, those that are offered.
fn files(kind: &str, part: &str) -> Vec<(Language, Vec<String>)> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder(kind, part))
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let by_language = paths.iter().filter_map(|path| {
        let language = Language::parse(path.file_stem()?.to_str()?).filter(|it| offered().contains(it))?;
        Some((language, lines(path)))
    });
    by_language.collect()
}

/// Somebody who writes, and what was said so far.
struct Chat {
    speech: Speech,
    said: Vec<(bool, String)>,
}

impl Chat {
    fn new(prior: Option<Language>) -> Self {
        Self { speech: Speech::unknown(prior), said: Vec::new() }
    }

    fn customer(&mut self, text: &str) {
        let heard = hear(&self.speech, text, &offered(), || {
            self.said.iter().map(|(is_own, text)| Earlier { is_own: *is_own, text }).collect()
        });
        if let Some(language) = heard.learnt {
            self.speech = Speech::restored(Some(language), Source::Detected);
        }
        self.said.push((true, text.to_owned()));
    }

    fn agent(&mut self, text: &str) {
        self.said.push((false, text.to_owned()));
    }

    /// The language that is held, no mere guess.
    fn held(&self) -> Option<Language> {
        self.speech.language().filter(|_| self.speech.is_sure())
    }
}

/// What became of messages that were to tell their language.
#[derive(Default)]
struct Tally {
    all: usize,
    at_once: usize,
    after_two: usize,
    unknown: usize,
    wrong: usize,
}

impl Tally {
    fn count(&mut self, chat: &mut Chat, language: Language, first: &str, second: &str) {
        self.all += 1;
        chat.customer(first);
        let at_once = chat.held();
        chat.customer(second);
        match (at_once, chat.held()) {
            (Some(found), _) if found == language => self.at_once += 1,
            (None, Some(found)) if found == language => self.after_two += 1,
            (None, None) => self.unknown += 1,
            (one, two) => {
                println!("  wrong: {first:?} {second:?} is {language}, taken for {one:?} {two:?}");
                self.wrong += 1;
            }
        }
    }

    fn add(&mut self, other: &Self) {
        self.all += other.all;
        self.at_once += other.at_once;
        self.after_two += other.after_two;
        self.unknown += other.unknown;
        self.wrong += other.wrong;
    }

    fn print(&self, name: &str) {
        let Self { all, at_once, after_two, unknown, wrong } = self;
        println!("{name:>24} {all:5} {at_once:8} {after_two:9} {unknown:8} {wrong:6}");
    }
}

fn first_messages(part: &str, prior: impl Fn(Language) -> Option<Language>) -> Tally {
    let mut sum = Tally::default();
    for ((language, firsts), (_, seconds)) in files("first", part).into_iter().zip(files("second", part)) {
        let mut tally = Tally::default();
        for (first, second) in firsts.iter().zip(&seconds) {
            tally.count(&mut Chat::new(prior(language)), language, first, second);
        }
        tally.print(language.code());
        sum.add(&tally);
    }
    sum.print("all");
    sum
}

#[test]
fn first_messages_tell_their_language() {
    for part in PARTS {
        println!(
            "\n{part}, no prior{:>13} {:>8} {:>9} {:>8} {:>6}",
            "all", "at once", "after two", "unknown", "wrong"
        );
        let without = first_messages(part, |_| None);
        println!("\n{part}, the right browser");
        let right = first_messages(part, Some);
        println!("\n{part}, an English browser: told, no goal");
        first_messages(part, |_| Some(Language::ENGLISH));
        for (tally, name) in [(&without, "without a prior"), (&right, "with the right one")] {
            assert!(tally.all >= 260, "{name}");
            assert!(tally.wrong * 100 <= tally.all, "{part}, {name}: {} of {} wrong", tally.wrong, tally.all);
        }
        assert!(without.unknown * 10 < without.all, "{part}: {} of {} unknown", without.unknown, without.all);
        assert!(without.at_once * 10 > without.all * 7, "{part}: {} at once", without.at_once);
    }
}

#[test]
fn what_is_not_offered_is_not_taken_for_its_neighbour() {
    for part in PARTS {
        let all = lines(&folder("unoffered", &format!("{part}.txt")));
        let is_taken = |line: &&String| {
            let (name, text) = line.split_once('\t').expect("a language and a message");
            let mut chat = Chat::new(None);
            chat.customer(text);
            chat.held().inspect(|found| println!("{name} is taken for {found}: {text}")).is_some()
        };
        let taken = all.iter().filter(is_taken).count();
        println!("{part}: {taken} of {} in languages not offered were taken for another", all.len());
        assert!(all.len() >= 24 && taken <= 1, "{part}: {taken}");
    }
}

/// What a conversation showed.
#[derive(Default)]
struct Held {
    chats: usize,
    /// Assertions that the language stays what it was, or was never another.
    stays: usize,
    /// In how many of them another one was held, where the right one had been.
    flips: usize,
    /// In how many of them another one was held from the beginning.
    wrong: usize,
    /// In how many of them none was held yet.
    unknown: usize,
    changes: usize,
    followed: usize,
}

impl Held {
    fn run(&mut self, own: Language, lines: &[String], prior: Option<Language>) {
        let (mut chat, mut expected, mut title) = (Chat::new(prior), own, "");
        let mut was_right = false;
        for line in lines {
            if let Some(name) = line.strip_prefix("== ") {
                (chat, expected, title) = (Chat::new(prior), own, name);
                was_right = false;
                self.chats += 1;
            } else if let Some(text) = line.strip_prefix("c: ") {
                chat.customer(text);
                was_right |= chat.held() == Some(own);
            } else if let Some(text) = line.strip_prefix("a: ") {
                chat.agent(text);
            } else if let Some(code) = line.strip_prefix("is: ") {
                let is = Language::parse(code.trim()).expect("a code");
                let is_change = std::mem::replace(&mut expected, is) != is;
                self.check(&chat, is, is_change, was_right, title);
            } else {
                panic!("what is this? {line:?}");
            }
        }
    }

    fn check(&mut self, chat: &Chat, is: Language, is_change: bool, was_right: bool, title: &str) {
        let held = chat.held();
        if is_change {
            self.changes += 1;
            self.followed += usize::from(held == Some(is));
        } else {
            self.stays += 1;
            self.unknown += usize::from(held.is_none());
            let is_another = held.is_some_and(|held| held != is);
            self.flips += usize::from(is_another && was_right);
            self.wrong += usize::from(is_another && !was_right);
        }
        if held.is_some_and(|held| held != is) || is_change && held.is_none() {
            let last = chat.said.iter().rfind(|(is_own, _)| *is_own).map(|(_, text)| text);
            println!("  {title}: {is}, but held is {held:?}, behind {last:?}");
        }
    }
}

#[test]
fn a_language_holds_and_a_real_change_is_followed() {
    for part in PARTS {
        for (name, with_prior) in [("no prior", false), ("the right browser", true)] {
            println!("\n{part}, {name}");
            let mut held = Held::default();
            for (language, lines) in files("chats", part) {
                held.run(language, &lines, Some(language).filter(|_| with_prior));
            }
            let Held { chats, stays, flips, wrong, unknown, changes, followed } = held;
            println!(
                "{chats} conversations: of {stays} times {flips} another language, {unknown} none yet; {followed} of {changes} changes followed"
            );
            assert!(chats >= 10 * MAIN.len());
            assert_eq!(flips, 0, "{part}, {name}: no line flips a language");
            assert!(wrong * 100 < stays, "{part}, {name}: {wrong} of {stays} wrong");
            assert_eq!(followed, changes, "{part}, {name}: real changes");
            let bound = if with_prior { 5 } else { 15 };
            assert!(unknown * 100 < stays * bound, "{part}, {name}: {unknown} of {stays} unknown");
        }
    }
}
