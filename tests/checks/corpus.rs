//! The texts of `tests/checks/`: read, paired, and hidden behind markers as a model would see them.

use dragoman::translate::prompt;
use dragoman::vocabulary::Language;

/// A message, and what should come of it.
#[derive(Clone, Debug)]
pub(crate) struct Honest {
    pub(crate) from: Language,
    pub(crate) to: Language,
    pub(crate) message: &'static str,
    pub(crate) answer: &'static str,
    /// The other translations of the message, where the file has them.
    pub(crate) block: &'static str,
}

/// What a model gives instead of a translation; `{}` in it is one.
pub(crate) struct Instead {
    pub(crate) category: &'static str,
    /// `None` for any.
    pub(crate) to: Option<Language>,
    pub(crate) text: &'static str,
}

pub(crate) fn language(code: &str) -> Language {
    Language::parse(code).unwrap_or_else(|| panic!("{code:?} is no language"))
}

/// The lines of a file that say something.
fn lines(file: &'static str) -> impl Iterator<Item = &'static str> {
    file.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
}

fn fields<const N: usize>(line: &'static str) -> [&'static str; N] {
    let fields: Vec<&str> = line.splitn(N, " | ").map(str::trim).collect();
    fields.try_into().unwrap_or_else(|_| panic!("{line:?} has fewer than {N} fields"))
}

/// `en: text` of every line of a block.
pub(crate) fn translations(block: &'static str) -> impl Iterator<Item = (Language, &'static str)> {
    lines(block).map(|line| {
        let (code, text) = line.split_once(": ").unwrap_or_else(|| panic!("{line:?} names no language"));
        (language(code), text)
    })
}

/// Every line of a block as the translation of every other one.
pub(crate) fn blocks(file: &'static str) -> Vec<Honest> {
    let mut pairs = Vec::new();
    for block in file.split("\n\n") {
        for (from, message) in translations(block) {
            let others = translations(block).filter(|(to, _)| *to != from);
            pairs.extend(others.map(|(to, answer)| Honest { from, to, message, answer, block }));
        }
    }
    pairs
}

fn pair(code: &str) -> (Language, Language) {
    let (from, to) = code.split_once('>').unwrap_or_else(|| panic!("{code:?} is no pair"));
    (language(from), language(to))
}

/// `de>en | message | translation`.
pub(crate) fn pairs(file: &'static str) -> Vec<Honest> {
    let honest = |line| {
        let [codes, message, answer] = fields(line);
        let (from, to) = pair(codes);
        Honest { from, to, message, answer, block: "" }
    };
    lines(file).map(honest).collect()
}

/// `category | de>en | message | answer`.
pub(crate) fn by_hand(file: &'static str) -> Vec<(&'static str, Honest)> {
    let dishonest = |line| {
        let [category, codes, message, answer] = fields(line);
        let (from, to) = pair(codes);
        (category, Honest { from, to, message, answer, block: "" })
    };
    lines(file).map(dishonest).collect()
}

/// `category | en | answer`.
pub(crate) fn instead(file: &'static str) -> Vec<Instead> {
    let instead = |line| {
        let [category, code, text] = fields(line);
        Instead { category, to: (code != "*").then(|| language(code)), text }
    };
    lines(file).map(instead).collect()
}

/// The answer as a model gives it that was shown the message with its links and codes behind markers.
pub(crate) fn with_markers(message: &str, answer: &str) -> String {
    let masked = prompt::mask(message);
    let mut answer = answer.to_owned();
    for number in 0.. {
        let marker = format!("[[{number}]]");
        if !masked.text().contains(&marker) {
            break;
        }
        answer = answer.replacen(masked.restore(&marker).trim(), &marker, 1);
    }
    answer
}
