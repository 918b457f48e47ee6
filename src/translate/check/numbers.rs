//! Check 5: the numbers of a text and those of its translation are the same ones, in whatever notation.
//!
//! A number is compared by what it is worth: `1.234,50` and `1 234.50`, `12.05.2024` and `May 12, 2024`, `1万5千` and
//! `15,000`, `18 Uhr` and `6 p.m.`. One that is written out explains a figure on the other side, but need not be found there:
//! whether a word is a number ("one", 一) cannot always be told.

use std::collections::BTreeSet;

use super::Rejection;
use super::words::Words;
use crate::translate::letters::digit;
use crate::vocabulary::Language;

mod numerals;
mod tables;

/// Digits from which on a number must be kept. A single digit may be lost: "2 dias" is "a couple of days" to many models.
const KEPT_DIGITS: usize = 2;
/// Digits from which on a number cannot come from a word of the text: then it is invented.
const INVENTED_DIGITS: usize = 3;
/// The same for all the new figures of a telephone number or an account.
const INVENTED_RUN_DIGITS: usize = 5;

/// Compares the numbers of a text with those of an answer.
///
/// # Errors
/// `Numbers` if one is missing or another one, `Invented` if a long one is new.
pub(super) fn compare(
    source: &str,
    from: Option<Language>,
    answer: &str,
    to: Language,
) -> Result<(), Rejection> {
    let (source, answer) = (Figures::read(source, from), Figures::read(answer, Some(to)));
    if source.runs.is_empty() && answer.runs.is_empty() {
        return Ok(());
    }
    let notation = Notation::of(&source, &answer);
    let (missing, new) = (source.beyond(&answer, notation), answer.beyond(&source, notation));
    if missing.iter().flatten().any(|figure| figure.digits.len() >= KEPT_DIGITS) {
        return Err(Rejection::Numbers);
    }
    if new.iter().any(|run| is_invented(run, notation)) {
        return Err(Rejection::Invented);
    }
    // A single digit that is gone while another one has come, or while there are as many as before.
    let is_other = new.iter().any(|run| !run.is_empty()) && source.is_beyond_figures(&answer, notation);
    let is_changed = missing.iter().any(|run| !run.is_empty()) && answer.count() >= source.count();
    if is_other || is_changed { Err(Rejection::Numbers) } else { Ok(()) }
}

/// "Two thousand" may become 2000, which is no longer than its first digit.
fn is_invented(run: &[Figure], notation: Notation) -> bool {
    let length = |figure: &Figure| notation.plain(&figure.digits).len();
    run.iter().any(|figure| length(figure) >= INVENTED_DIGITS)
        || run.iter().map(|figure| figure.digits.len()).sum::<usize>() >= INVENTED_RUN_DIGITS
            && run.iter().map(length).sum::<usize>() >= INVENTED_DIGITS
}

/// Digits without anything between them.
#[derive(Clone, Debug)]
struct Figure {
    /// ASCII.
    digits: String,
    /// Whether it is the "00" of a price or a time.
    is_nothing: bool,
}

/// What a text says in numbers.
struct Figures {
    /// Figures with only separators between them: a price, a date, a telephone number.
    runs: Vec<Vec<Figure>>,
    /// Every figure, and what stands together in a run as one: `1.234` is 1234, too.
    values: BTreeSet<String>,
    /// Numbers, months and hours in words.
    words: BTreeSet<u64>,
    text: Words,
}

/// What both texts together allow.
#[derive(Clone, Copy)]
struct Notation {
    /// Thousands and millions are in words: zeros say nothing.
    scaled: bool,
    /// One of the texts names the afternoon, evening or night: 6 may be 18.
    is_late: bool,
    /// "Halb sieben" is half past six.
    half_hours: bool,
}

impl Notation {
    fn of(source: &Figures, answer: &Figures) -> Self {
        let either = |list| source.text.say(list) || answer.text.say(list);
        Self {
            scaled: either(tables::SCALES),
            is_late: either(tables::LATE),
            half_hours: either(tables::HALF_HOURS),
        }
    }

    /// Digits to compare.
    fn plain(self, digits: &str) -> &str {
        let digits = if digits.len() <= 2 { digits.trim_start_matches('0') } else { digits };
        if self.scaled { digits.trim_end_matches('0') } else { digits }
    }

    /// Other hours that may be meant by one.
    fn hours(self, hour: u64) -> impl Iterator<Item = u64> {
        let other_half = if hour > 12 { hour.checked_sub(12) } else { Some(hour + 12) };
        let by_day = other_half.filter(|_| self.is_late && hour <= 24);
        let by_half =
            [hour.checked_sub(1), Some(hour + 1)].map(|it| it.filter(|_| self.half_hours && hour <= 12));
        by_day.into_iter().chain(by_half.into_iter().flatten())
    }
}

/// Most figures of a run that are taken for one number: a telephone number in pairs.
const WINDOW_MAX: usize = 8;

impl Figures {
    fn read(text: &str, language: Option<Language>) -> Self {
        let (text, mut words) = numerals::plain(text);
        let runs = runs(&text);
        let text = Words::of(&text);
        words.extend(tables::spelled(&text, language));
        let mut values = BTreeSet::new();
        for run in &runs {
            for (_, value) in windows(run) {
                values.insert(value);
            }
        }
        Self { runs, values, words, text }
    }

    fn count(&self) -> usize {
        self.runs.iter().map(Vec::len).sum()
    }

    fn has(&self, value: &str, notation: Notation) -> bool {
        let plain = notation.plain(value);
        self.values.contains(value) || self.values.iter().any(|it| notation.plain(it) == plain)
    }

    /// The figures that the other text has not, by run.
    fn beyond(&self, other: &Self, notation: Notation) -> Vec<Vec<Figure>> {
        let rest = |run: &Vec<Figure>| {
            let mut known: Vec<bool> = run
                .iter()
                .map(|it| it.is_nothing || other.says_as_word(it, notation) || other.has_hour(it, notation))
                .collect();
            for (place, value) in windows(run) {
                if other.has(&value, notation) {
                    known[place].fill(true);
                }
            }
            run.iter().zip(known).filter(|(_, known)| !known).map(|(figure, _)| figure.clone()).collect()
        };
        self.runs.iter().map(rest).collect()
    }

    /// Whether there is a figure that is no figure in the other text, whatever its words may mean.
    fn is_beyond_figures(&self, other: &Self, notation: Notation) -> bool {
        let is_known = |run: &[Figure], at: usize| {
            run[at].is_nothing
                || other.has_hour(&run[at], notation)
                || windows(run).any(|(place, value)| place.contains(&at) && other.has(&value, notation))
        };
        self.runs.iter().any(|run| (0..run.len()).any(|at| !is_known(run, at)))
    }

    fn says_as_word(&self, figure: &Figure, notation: Notation) -> bool {
        let plain = notation.plain(&figure.digits);
        let is_said = |digits: &str| digits.parse().is_ok_and(|value: u64| self.words.contains(&value));
        // "A thousand" is 1000.
        is_said(&figure.digits) || is_said(plain) || (notation.scaled && plain == "1")
    }

    fn has_hour(&self, figure: &Figure, notation: Notation) -> bool {
        let Ok(hour) = figure.digits.parse::<u64>() else { return false };
        notation.hours(hour).any(|hour| self.words.contains(&hour) || self.has(&hour.to_string(), notation))
    }
}

/// Every row of neighbours in a run, and what it is worth as one number.
fn windows(run: &[Figure]) -> impl Iterator<Item = (std::ops::Range<usize>, String)> {
    (0..run.len()).flat_map(move |start| {
        let mut value = String::new();
        (start..run.len().min(start + WINDOW_MAX)).map(move |end| {
            value.push_str(&run[end].digits);
            (start..end + 1, value.clone())
        })
    })
}

/// Most characters that may stand between two figures of a run.
const GAP_MAX: usize = 2;

fn runs(text: &str) -> Vec<Vec<Figure>> {
    let mut runs: Vec<Vec<Figure>> = Vec::new();
    let mut gap = usize::MAX;
    for c in text.chars() {
        let Some(digit) = digit(c) else {
            let joins = gap < GAP_MAX && is_separator(c);
            gap = if joins { gap + 1 } else { usize::MAX };
            continue;
        };
        let figure = || Figure { digits: digit.into(), is_nothing: false };
        match runs.last_mut().filter(|_| gap != usize::MAX) {
            Some(run) => match run.last_mut().filter(|_| gap == 0) {
                Some(figure) => figure.digits.push(digit),
                None => run.push(figure()),
            },
            None => runs.push(vec![figure()]),
        }
        gap = 0;
    }
    for run in runs.iter_mut().filter(|run| run.len() > 1) {
        for figure in run.iter_mut() {
            figure.is_nothing = figure.digits.bytes().all(|digit| digit == b'0');
        }
    }
    runs
}

/// What stands inside of prices, dates, times and telephone numbers.
fn is_separator(c: char) -> bool {
    matches!(
        c,
        '.' | ','
            | '٫'
            | '٬'
            | '\''
            | '’'
            | '-'
            | '–'
            | '/'
            | ':'
            | '：'
            | '('
            | ')'
            | ' '
            | '\u{A0}'
            | '\u{202F}'
    )
}
