//! Dishonest answers made by rule from honest ones: half of the text, twice the text, another number.

/// Letters that are written without blanks between words.
fn is_dense(text: &str) -> bool {
    let dense =
        text.chars().filter(|&c| matches!(c, '\u{E00}'..='\u{E7F}' | '\u{3040}'..='\u{9FFF}')).count();
    2 * dense > text.chars().filter(|c| c.is_alphabetic()).count()
}

/// Words of a text that may be cut; a text without blanks has as many as half its characters.
fn words(text: &str) -> usize {
    if is_dense(text) { text.chars().count() / 2 } else { text.split_whitespace().count() }
}

const SENTENCE_ENDS: [char; 6] = ['.', '!', '?', '。', '！', '？'];

/// The first half of a text of eight words or more: to the sentence that ends near its middle, else to a word there.
pub(crate) fn half(text: &str) -> Option<String> {
    if words(text) < 8 {
        return None;
    }
    let share = |at: usize| at * 100 / text.len();
    let end = |&at: &usize| (35..=65).contains(&share(at));
    let mut sentence = text
        .match_indices(SENTENCE_ENDS)
        .map(|(at, mark)| at + mark.len())
        .filter(|at| end(at) && text[*at..].starts_with(|c: char| c.is_whitespace() || is_dense(text)));
    let blanks = text.match_indices(|c: char| c.is_whitespace() || is_dense(text)).map(|(at, _)| at);
    let cut = sentence.next_back().or_else(|| blanks.filter(end).find(|&at| share(at) >= 48))?;
    Some(text[..cut].trim_end().to_owned())
}

/// Twice the same, in one line or two.
pub(crate) fn doubled(text: &str, in_lines: bool) -> Option<String> {
    let between = if in_lines { "\n" } else { " " };
    (text.chars().count() >= 8).then(|| format!("{text}{between}{text}"))
}

/// The text with another digit in one of its numbers; which ones, `seed` says.
pub(crate) fn renumbered(text: &str, seed: usize) -> Option<String> {
    let digits: Vec<usize> =
        text.char_indices().filter(|(_, c)| c.is_ascii_digit()).map(|(at, _)| at).collect();
    let at = *digits.get(seed.checked_rem(digits.len())?)?;
    let digit = text[at..].chars().next()?.to_digit(10)?;
    // From one to eight more, so that it is never the same digit, and no number begins with a zero.
    let other = match (digit as usize + 1 + seed % 8) % 10 {
        0 => usize::from(digit != 1) + usize::from(digit == 1) * 2,
        other => other,
    };
    (other != digit as usize).then(|| format!("{}{other}{}", &text[..at], &text[at + 1..]))
}
