//! Which characters are letters, of which script, and how much of a model's room they take.
//!
//! Shared by everything that counts text. Ranges are Unicode blocks, not the full script property: good enough to tell
//! Russian from Portuguese, and a table of 40 lines instead of a dependency.

use crate::vocabulary::Script;

/// Tokens a CJK character costs, in units of what another character costs.
const CJK_WEIGHT: usize = 3;

/// A letter people read. Unlike `char::is_alphabetic` not ℹ, Ⓜ or 🅰, which are alphabetic to Unicode and emoji to people.
pub(super) fn is_letter(c: char) -> bool {
    c.is_alphabetic() && !matches!(c, '\u{2139}' | '\u{2460}'..='\u{24FF}' | '\u{1F130}'..='\u{1F189}')
}

/// Whether `c` is written without blanks between words, and costs more tokens than others.
pub(super) fn is_cjk(c: char) -> bool {
    is_han(c) || is_kana(c) || is_hangul(c)
}

/// A Chinese character, wherever it is used.
pub(super) fn is_han(c: char) -> bool {
    matches!(c, '々' | '〇' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}')
        || matches!(c, '\u{20000}'..='\u{323AF}')
}

/// Hiragana or Katakana.
pub(super) fn is_kana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' | '\u{FF66}'..='\u{FF9F}')
}

fn is_hangul(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11FF}' | '\u{3130}'..='\u{318F}' | '\u{A960}'..='\u{A97F}' | '\u{AC00}'..='\u{D7FF}')
}

fn is_latin(c: char) -> bool {
    matches!(c, 'A'..='Z' | 'a'..='z' | 'ª' | 'º' | '\u{C0}'..='\u{2AF}' | '\u{1E00}'..='\u{1EFF}')
        || matches!(c, '\u{2C60}'..='\u{2C7F}' | '\u{A720}'..='\u{A7FF}' | '\u{FB00}'..='\u{FB06}')
        || matches!(c, '\u{FF21}'..='\u{FF3A}' | '\u{FF41}'..='\u{FF5A}')
}

fn is_arabic(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{6FF}' | '\u{750}'..='\u{77F}' | '\u{870}'..='\u{8FF}')
        || matches!(c, '\u{FB50}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFE}')
}

/// Whether the letter `c` belongs to the script.
pub(super) fn in_script(c: char, script: Script) -> bool {
    match script {
        Script::Latin => is_latin(c),
        Script::Cyrillic => {
            matches!(c, '\u{400}'..='\u{52F}' | '\u{1C80}'..='\u{1C8F}' | '\u{A640}'..='\u{A69F}')
        }
        Script::Greek => matches!(c, '\u{370}'..='\u{3FF}' | '\u{1F00}'..='\u{1FFF}'),
        Script::Arabic => is_arabic(c),
        Script::Hebrew => matches!(c, '\u{590}'..='\u{5FF}' | '\u{FB1D}'..='\u{FB4F}'),
        Script::Devanagari => matches!(c, '\u{900}'..='\u{97F}' | '\u{A8E0}'..='\u{A8FF}'),
        Script::Bengali => matches!(c, '\u{980}'..='\u{9FF}'),
        Script::Tamil => matches!(c, '\u{B80}'..='\u{BFF}'),
        Script::Thai => matches!(c, '\u{E00}'..='\u{E7F}'),
        Script::Han => is_han(c),
        Script::Japanese => is_han(c) || is_kana(c),
        Script::Hangul => is_hangul(c),
    }
}

/// Characters of the text, a CJK character counted three times: about what it costs in tokens, at most.
pub(super) fn weight(text: &str) -> usize {
    text.chars().map(char_weight).sum()
}

/// What one character adds to [`weight`].
pub(super) fn char_weight(c: char) -> usize {
    if is_cjk(c) { CJK_WEIGHT } else { 1 }
}

/// Letters of the text, a CJK letter counted three times: it says about as much as three others.
pub(super) fn letter_weight(text: &str) -> usize {
    text.chars().filter(|&c| is_letter(c)).map(char_weight).sum()
}

/// The zeros of the decimal digits of the scripts of our languages.
const ZEROS: [char; 9] = ['0', '٠', '۰', '०', '০', '௦', '๐', '０', '\u{1D7CE}'];

/// The value of a decimal digit of any of our scripts, as an ASCII digit.
pub(super) fn digit(c: char) -> Option<char> {
    let value = ZEROS
        .iter()
        .find_map(|&zero| u32::from(c).checked_sub(u32::from(zero)).filter(|&value| value < 10))?;
    char::from_digit(value, 10)
}
