//! Which language somebody speaks, as far as that can be told here: from what they write, and from their browser.
//!
//! Saying nothing is better than a guess: the model is asked for the language in the same call that translates. Frequent
//! words (`words`) tell most messages of a chat, the short ones too; letters tell languages that have a script of their
//! own; for the rest there is whatlang, which needs more text. It is often sure and wrong about languages that are not on
//! offer (Vietnamese looked like Portuguese, Finnish like German), so the likeliest of *all* languages it knows must be the
//! same one. `tests/languages.rs` measures how often what is said here is right.

use whatlang::{Detector, Lang};

use super::letters::{in_script, is_cjk, is_kana, is_letter, letter_weight};
use super::prompt;
use crate::vocabulary::{Language, Script};

mod words;

use words::Scores;

/// Letters below which no text tells its language; a CJK letter counts three. "ok, danke" is not German yet.
pub const MIN_DETECT_CHARS: usize = 10;

/// Our codes and whatlang's. It knows no Galician, Basque, Malay or Swahili.
const KNOWN: [(&str, Lang); 45] = [
    ("en", Lang::Eng),
    ("es", Lang::Spa),
    ("pt", Lang::Por),
    ("fr", Lang::Fra),
    ("de", Lang::Deu),
    ("it", Lang::Ita),
    ("nl", Lang::Nld),
    ("pl", Lang::Pol),
    ("sv", Lang::Swe),
    ("da", Lang::Dan),
    ("nb", Lang::Nob),
    ("fi", Lang::Fin),
    ("cs", Lang::Ces),
    ("sk", Lang::Slk),
    ("hu", Lang::Hun),
    ("ro", Lang::Ron),
    ("hr", Lang::Hrv),
    ("sl", Lang::Slv),
    ("et", Lang::Est),
    ("lv", Lang::Lav),
    ("lt", Lang::Lit),
    ("ca", Lang::Cat),
    ("eo", Lang::Epo),
    ("tr", Lang::Tur),
    ("vi", Lang::Vie),
    ("id", Lang::Ind),
    ("tl", Lang::Tgl),
    ("ru", Lang::Rus),
    ("uk", Lang::Ukr),
    ("bg", Lang::Bul),
    ("sr", Lang::Srp),
    ("mk", Lang::Mkd),
    ("el", Lang::Ell),
    ("ar", Lang::Ara),
    ("fa", Lang::Pes),
    ("ur", Lang::Urd),
    ("he", Lang::Heb),
    ("hi", Lang::Hin),
    ("bn", Lang::Ben),
    ("ta", Lang::Tam),
    ("th", Lang::Tha),
    ("zh", Lang::Cmn),
    ("zh-Hant", Lang::Cmn),
    ("ja", Lang::Jpn),
    ("ko", Lang::Kor),
];

/// Languages always compared with, offered or not: whatlang is "sure" of the only candidate of a script, so with English
/// and Russian on offer all Portuguese would be English.
const COMMON: [Lang; 15] = [
    Lang::Eng,
    Lang::Spa,
    Lang::Por,
    Lang::Fra,
    Lang::Deu,
    Lang::Ita,
    Lang::Nld,
    Lang::Pol,
    Lang::Tur,
    Lang::Rus,
    Lang::Ukr,
    Lang::Heb,
    Lang::Hin,
    Lang::Cmn,
    Lang::Jpn,
];

/// Offered languages unknown to whatlang, and what it takes them for.
const TAKEN_FOR: [(&str, &[&str]); 2] = [("gl", &["pt", "es"]), ("ms", &["id"])];

fn lang(language: Language) -> Option<Lang> {
    KNOWN.iter().find(|(code, _)| *code == language.code()).map(|&(_, lang)| lang)
}

/// What a text says of its language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is in this one, of those offered, and there is hardly a doubt.
    Clear(Language),
    /// It is in one that is not offered.
    Foreign,
    /// Too little, or it could be in several.
    Unclear,
}

/// What a text says of its language; a tie between neighbours is for the one that is expected.
pub fn judge(text: &str, offered: &[Language], expected: Option<Language>) -> Verdict {
    judge_by(text, offered, expected, |_| true)
}

/// The same of somebody whose language is known: where its words speak for it, if softly, letters are not asked.
pub fn judge_held(text: &str, offered: &[Language], held: Language) -> Verdict {
    judge_by(text, offered, Some(held), |scores| !scores.speak_for(held))
}

/// Letters are asked only if they `may` decide: that takes a hundred times as long as words.
fn judge_by(
    text: &str,
    offered: &[Language],
    expected: Option<Language>,
    may: impl FnOnce(&Scores) -> bool,
) -> Verdict {
    if let Some(language) = by_script(text) {
        return verdict(Some(language), offered);
    }
    let scores = Scores::of(text);
    match scores.clear(expected) {
        Some(language) => verdict(language, offered),
        // A word or two are too little for statistics of letters.
        None if scores.words() < MIN_WORDS && !text.chars().any(is_without_blanks) => Verdict::Unclear,
        None if !may(&scores) => Verdict::Unclear,
        None => by_letters(text, offered)
            .filter(|language| scores.allow(*language))
            .map_or(Verdict::Unclear, Verdict::Clear),
    }
}

/// Whether a text may be in a language: its frequent words speak no louder for another.
pub fn allows(text: &str, language: Language) -> bool {
    Scores::of(text).allow(language)
}

fn verdict(language: Option<Language>, offered: &[Language]) -> Verdict {
    match language {
        Some(language) if !offered.contains(&language) => Verdict::Foreign,
        Some(language) if is_ambiguous(language, offered) => Verdict::Unclear,
        Some(language) => Verdict::Clear(language),
        None => Verdict::Foreign,
    }
}

/// The language of a text, if it is one of those offered and there is hardly a doubt.
pub fn detect(text: &str, offered: &[Language]) -> Option<Language> {
    match judge(text, offered, None) {
        Verdict::Clear(language) => Some(language),
        Verdict::Foreign | Verdict::Unclear => None,
    }
}

/// Words below which letters alone tell nothing.
const MIN_WORDS: u16 = 3;

/// Scripts in which one language is written, of those known here.
const ONE_LANGUAGE: [(Script, &str); 6] = [
    (Script::Greek, "el"),
    (Script::Hebrew, "he"),
    (Script::Hangul, "ko"),
    (Script::Thai, "th"),
    (Script::Tamil, "ta"),
    (Script::Bengali, "bn"),
];

/// The language of a text most of whose letters are of a script that is its own.
fn by_script(text: &str) -> Option<Language> {
    let letters = || text.chars().filter(|c| is_letter(*c));
    // Most are Latin.
    if text.is_ascii() || letters().all(|c| in_script(c, Script::Latin)) {
        return None;
    }
    let all = letters().count();
    let is_most = |count: usize| count >= MIN_LETTERS && count * 2 > all;
    // Kana stand between Chinese characters.
    if letters().any(is_kana) && is_most(letters().filter(|c| in_script(*c, Script::Japanese)).count()) {
        return Language::parse("ja");
    }
    let count = |script| letters().filter(|c| in_script(*c, script)).count();
    let found = ONE_LANGUAGE.iter().find(|(script, _)| is_most(count(*script)))?;
    Language::parse(found.1)
}

/// Letters of a script below which it may be a name.
const MIN_LETTERS: usize = 2;

fn is_without_blanks(c: char) -> bool {
    is_cjk(c) || in_script(c, Script::Thai)
}

/// As whatlang has it, if it is sure among what is offered or common, and takes it for the likeliest of all it knows.
fn by_letters(text: &str, offered: &[Language]) -> Option<Language> {
    let text = without_codes(text)?;
    let found = surely(&text, offered.iter().filter_map(|&it| lang(it)).chain(COMMON).collect())?;
    if whatlang::detect_lang(&text) != Some(found) {
        return None;
    }
    let mut fitting = offered.iter().copied().filter(|&it| lang(it) == Some(found));
    let language = if found == Lang::Cmn { chinese(&text, offered) } else { fitting.next() };
    language.filter(|&it| !is_ambiguous(it, offered))
}

/// Whether the words of a text look more like this language than like any other that is offered or common; not even if that
/// cannot be told.
fn leans_to(text: &str, language: Language, offered: &[Language]) -> bool {
    let candidates = offered.iter().filter_map(|&it| lang(it)).chain(COMMON).collect();
    let found = without_codes(text).and_then(|text| Detector::with_allowlist(candidates).detect_lang(&text));
    found.is_some() && found == lang(language)
}

/// Whether the model takes a text for one in the language that was asked for, and the words of the text agree: models like
/// to take that language for the original's.
pub fn is_already_in(text: &str, to: Language, taken_for: Option<Language>, offered: &[Language]) -> bool {
    taken_for == Some(to) && leans_to(text, to, offered)
}

/// Whether the letters or words of a text say clearly that it is not in this language.
pub fn speaks_against(text: &str, language: Language, offered: &[Language]) -> bool {
    let mut letters = text.chars().filter(|&c| is_letter(c)).peekable();
    let is_foreign = letters.peek().is_some() && !letters.any(|c| in_script(c, language.script()));
    is_foreign || detect(text, offered).is_some_and(|found| found != language)
}

/// Whether a text is surely in `suspect` rather than in `to`. `false` where whatlang cannot compare the two. It is much
/// surer of two candidates than of many, and then judges well even between neighbours such as Danish and Norwegian.
pub(super) fn is_rather(text: &str, suspect: Language, to: Language) -> bool {
    let (Some(suspect_lang), Some(wanted), Some(text)) = (lang(suspect), lang(to), without_codes(text))
    else {
        return false;
    };
    let comparable = suspect.script() == to.script() && suspect_lang != wanted;
    comparable && surely(&text, vec![suspect_lang, wanted]) == Some(suspect_lang)
}

/// What the words of a text look like most, of `to`, the languages offered and the common ones; `None` if that is no language
/// of ours, or too little is left of the text.
pub(super) fn likeliest(text: &str, to: Language, offered: &[Language]) -> Option<Language> {
    let text = without_codes(text)?;
    let candidates = offered.iter().chain([&to]).filter_map(|&it| lang(it)).chain(COMMON).collect();
    let found = Detector::with_allowlist(candidates).detect_lang(&text)?;
    KNOWN.iter().find(|(_, it)| *it == found).and_then(|(code, _)| Language::parse(code))
}

/// The text without links and codes, which belong to no language; `None` if too little is left.
fn without_codes(text: &str) -> Option<String> {
    let text = prompt::mask(text).text().to_owned();
    (letter_weight(&text) >= MIN_DETECT_CHARS).then_some(text)
}

fn surely(text: &str, candidates: Vec<Lang>) -> Option<Lang> {
    let found = Detector::with_allowlist(candidates).detect(text)?;
    found.is_reliable().then(|| found.lang())
}

fn is_ambiguous(found: Language, offered: &[Language]) -> bool {
    let others = TAKEN_FOR.iter().filter(|(_, taken)| taken.contains(&found.code()));
    others.map(|(other, _)| *other).any(|other| offered.iter().any(|it| it.code() == other))
}

/// Frequent characters that differ, in the same order.
const SIMPLIFIED: &str = "这国们来时说对没个会为问开钱货单发请谢现订还给让过后进关记无码运费欧应该电话号买卖联与样吗谁点长东车见题务讯银帮";
const TRADITIONAL: &str = "這國們來時說對沒個會為問開錢貨單發請謝現訂還給讓過後進關記無碼運費歐應該電話號買賣聯與樣嗎誰點長東車見題務訊銀幫";

/// whatlang knows one Chinese; which one it is the characters tell, where both are offered.
fn chinese(text: &str, offered: &[Language]) -> Option<Language> {
    let mut fitting = offered.iter().copied().filter(|&it| lang(it) == Some(Lang::Cmn));
    let count = |characters: &str| text.chars().filter(|&c| characters.contains(c)).count();
    let wanted = if count(TRADITIONAL) > count(SIMPLIFIED) { "zh-Hant" } else { "zh" };
    fitting.clone().find(|it| it.code() == wanted).or_else(|| fitting.next())
}

/// The language of a browser: the first of the highest quality that is offered (RFC 9110, section 12.5.4). `*` says
/// nothing; what cannot be read is passed over.
pub fn from_accept_language(header: &str, offered: &[Language]) -> Option<Language> {
    let mut best: Option<(u16, Language)> = None;
    for item in header.split(',') {
        let Some((quality, language)) = accepted(item, offered) else { continue };
        if quality > best.map_or(0, |(quality, _)| quality) {
            best = Some((quality, language));
        }
    }
    best.map(|(_, language)| language)
}

fn accepted(item: &str, offered: &[Language]) -> Option<(u16, Language)> {
    let mut parts = item.split(';');
    let language = Language::parse(parts.next()?)?;
    let mut quality = 1000;
    for part in parts {
        let (name, value) = part.split_once('=')?;
        if name.trim().eq_ignore_ascii_case("q") {
            quality = thousandths(value.trim())?;
        }
    }
    let primary = |it: Language| it.code().split('-').next();
    let near = || offered.iter().copied().find(|&it| primary(it) == primary(language));
    let language = if offered.contains(&language) { Some(language) } else { near() };
    language.map(|language| (quality, language))
}

/// A quality value, `0.8`, in thousandths; `None` if it is none (RFC 9110, section 12.4.2).
fn thousandths(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let fraction: u16 = format!("{fraction:0<3}").parse().ok()?;
    match (whole, fraction) {
        ("0", fraction) => Some(fraction),
        ("1", 0) => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
