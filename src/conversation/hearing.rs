//! What a message tells: the language it is in, and whether its writer writes another one from now on.
//!
//! A person holds a language; a message is in one. While nothing more is known than what a browser says, the first clear
//! message decides, and short ones are heard together. From then on it takes two clear messages in a row in another
//! language, and neither a quotation: what somebody pastes is translated from the language it is in and changes nothing
//! else. What is too short to tell counts neither way. A choice by a person holds for ever.
//!
//! Pure: it knows neither rooms nor records. `tests/languages.rs` measures it.

use super::Speech;
use crate::config::Config;
use crate::translate::detect::{self, Verdict};
use crate::vocabulary::Language;

/// Something that was said before in the same room.
#[derive(Clone, Copy, Debug)]
pub struct Earlier<'a> {
    /// Whether by whoever writes now.
    pub is_own: bool,
    pub text: &'a str,
}

/// What a message tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The language it is in, as far as that is known.
    pub language: Option<Language>,
    /// Whether that is more than a guess.
    pub is_sure: bool,
    /// Its writer's from now on, if that is another one, or known only now.
    pub learnt: Option<Language>,
}

/// Hears what somebody writes behind `earlier` messages, the oldest first; they are looked up only where they count.
pub fn hear<'a>(
    speech: &Speech,
    text: &str,
    offered: &[Language],
    earlier: impl FnOnce() -> Vec<Earlier<'a>>,
) -> Heard {
    let (held, is_held) = (speech.language(), speech.is_sure());
    let guess = Heard { language: held, is_sure: is_held, learnt: None };
    let hearing = |earlier| Hearing { speech, offered, earlier, expected: held };
    let verdict = match held {
        Some(held) if is_held => detect::judge_held(text, offered, held),
        _ => detect::judge(text, offered, held),
    };
    match verdict {
        Verdict::Clear(language) if Some(language) == held => first_clear(language, is_held),
        Verdict::Clear(other) => hearing(&earlier()).another(text, other),
        Verdict::Foreign => Heard { language: None, is_sure: false, learnt: None },
        // Most of them: "ok", a number, a name.
        Verdict::Unclear if held.is_some_and(|held| is_held && detect::allows(text, held)) => guess,
        Verdict::Unclear if is_held => hearing(&earlier()).again(text).unwrap_or(guess),
        Verdict::Unclear => {
            hearing(&earlier()).together(text).map_or(guess, |language| first_clear(language, false))
        }
    }
}

fn first_clear(language: Language, is_held: bool) -> Heard {
    Heard { language: Some(language), is_sure: true, learnt: Some(language).filter(|_| !is_held) }
}

/// What is needed to hear what is not plain.
struct Hearing<'a> {
    speech: &'a Speech,
    offered: &'a [Language],
    earlier: &'a [Earlier<'a>],
    expected: Option<Language>,
}

impl Hearing<'_> {
    fn judge(&self, text: &str) -> Verdict {
        detect::judge(text, self.offered, self.expected)
    }

    /// The message looks like another language than the one its writer holds.
    fn another(&self, text: &str, other: Language) -> Heard {
        let (held, is_held) = (self.speech.language(), self.speech.is_sure());
        let own = own_words(text, self.earlier);
        let other = match self.judge(&own) {
            Verdict::Clear(language) if Some(language) == held => return first_clear(language, is_held),
            Verdict::Clear(language) => language,
            // All of it is pasted.
            Verdict::Foreign | Verdict::Unclear if own.trim().is_empty() => {
                return Heard { language: Some(other), is_sure: true, learnt: None };
            }
            Verdict::Foreign | Verdict::Unclear => {
                return Heard { language: held, is_sure: is_held, learnt: None };
            }
        };
        if own.lines().any(|line| !detect::allows(line, other)) {
            return Heard { language: held, is_sure: is_held, learnt: None };
        }
        let is_change = !self.speech.is_chosen() && (self.is_first(other) || self.is_second(other));
        Heard { language: Some(other), is_sure: true, learnt: Some(other).filter(|_| is_change) }
    }

    /// The message is clear where another language is expected, since the last clear one before was in that.
    fn again(self, text: &str) -> Option<Heard> {
        let last = self.last_clear().map(|(_, language)| language);
        let other = last.filter(|last| Some(*last) != self.speech.language())?;
        let hearing = Self { expected: Some(other), ..self };
        (hearing.judge(text) == Verdict::Clear(other)).then(|| hearing.another(text, other))
    }

    /// The place and the language of the last clear message before; those in between count neither way.
    fn last_clear(&self) -> Option<(usize, Language)> {
        let own = self.earlier.iter().enumerate().rev().filter(|(_, line)| line.is_own);
        own.take(Config::HEARD_MESSAGES).find_map(|(place, line)| match self.judge(line.text) {
            Verdict::Clear(language) => Some((place, language)),
            Verdict::Foreign | Verdict::Unclear => None,
        })
    }

    /// Whether nothing was heard so far that speaks against a language.
    fn is_first(&self, language: Language) -> bool {
        !self.speech.is_sure() && detect::allows(&self.unclear().join("\n"), language)
    }

    /// Whether the last clear message before was in this language as well, and in its writer's own words.
    fn is_second(&self, language: Language) -> bool {
        self.last_clear().is_some_and(|(place, found)| {
            let own = own_words(self.earlier[place].text, &self.earlier[..place]);
            found == language && self.judge(&own) == Verdict::Clear(language)
        })
    }

    /// What short messages tell together.
    fn together(&self, text: &str) -> Option<Language> {
        let mut texts = self.unclear();
        texts.push(beginning(text));
        match self.judge(&texts.join("\n")) {
            Verdict::Clear(language) => Some(language),
            Verdict::Foreign | Verdict::Unclear => None,
        }
    }

    /// What they wrote lately and was not clear by itself.
    fn unclear(&self) -> Vec<String> {
        let own = self.earlier.iter().rev().filter(|line| line.is_own).take(Config::HEARD_MESSAGES);
        let unclear = own.filter(|line| self.judge(line.text) == Verdict::Unclear);
        unclear.map(|line| beginning(line.text)).collect()
    }
}

fn beginning(text: &str) -> String {
    text.chars().take(Config::HEARD_CHARS).collect()
}

/// What a writer says themselves: quotations and code left out.
fn own_words(text: &str, earlier: &[Earlier<'_>]) -> String {
    let is_said =
        |line: &&str| !is_code(line) && !line.trim_start().starts_with('>') && !was_said(line, earlier);
    let own: Vec<String> = text.lines().filter(is_said).map(without_quotes).collect();
    own.join("\n")
}

/// Letters from which on a line that was there before is no accident.
const MIN_QUOTED_LETTERS: usize = 12;

fn was_said(line: &str, earlier: &[Earlier<'_>]) -> bool {
    let letters = letters_of(line);
    letters.chars().count() >= MIN_QUOTED_LETTERS
        && earlier.iter().any(|line| letters_of(line.text).contains(&letters))
}

/// The letters and digits of a text, so that blanks, case and signs make no difference.
fn letters_of(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A line without what stands between quotation marks.
fn without_quotes(line: &str) -> String {
    const MARKS: [(char, char); 6] = [('"', '"'), ('“', '”'), ('„', '“'), ('«', '»'), ('»', '«'), ('`', '`')];
    let mut own = line.to_owned();
    for (opening, closing) in MARKS {
        while let Some(begin) = own.find(opening)
            && let Some(length) = own[begin + opening.len_utf8()..].find(closing)
        {
            let end = begin + opening.len_utf8() + length + closing.len_utf8();
            own.replace_range(begin..end, " ");
        }
    }
    own
}

/// What machines write: errors, traces, settings.
fn is_code(line: &str) -> bool {
    const SIGNS: [&str; 16] = [
        "()",
        "::",
        "=>",
        "->",
        "{",
        "}",
        "</",
        "/>",
        "0x",
        "ERR_",
        "rror:",
        "xception",
        "Traceback",
        "rrno",
        "HTTP ",
        "Error ",
    ];
    SIGNS.iter().any(|sign| line.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::Source;

    const SPANISH: &str = "Hola, no puedo pagar mi pedido con la tarjeta.";
    const ENGLISH: &str = "Your card was declined, please check the details and try again later.";
    const MORE_ENGLISH: &str = "I have tried the same card twice this morning.";

    fn language(code: &str) -> Language {
        Language::parse(code).unwrap()
    }

    fn held(code: &str, source: Source) -> Speech {
        Speech::restored(Some(language(code)), source)
    }

    /// What the last of these tells, all by the same writer; the language it is in, and what is learnt.
    fn heard(speech: &Speech, texts: &[&str]) -> (Option<&'static str>, Option<&'static str>) {
        let (last, earlier) = texts.split_last().unwrap();
        let earlier = || earlier.iter().map(|text| Earlier { is_own: true, text }).collect();
        let heard = hear(speech, last, &Config::defaults().languages.0, earlier);
        (heard.language.map(Language::code), heard.learnt.map(Language::code))
    }

    #[test]
    fn the_first_clear_message_wins_over_the_browser_and_a_short_one_does_not() {
        let browser = Speech::unknown(Some(language("de")));
        assert_eq!(heard(&browser, &[SPANISH]), (Some("es"), Some("es")));
        assert_eq!(heard(&browser, &["ok, gracias"]), (Some("de"), None));
    }

    /// Trap: one pasted line flips the language of the conversation.
    #[test]
    fn one_line_in_another_language_changes_nothing_but_what_it_is_in() {
        let spanish = held("es", Source::Detected);
        assert_eq!(heard(&spanish, &[ENGLISH]), (Some("en"), None));
        assert_eq!(heard(&spanish, &["ok, danke"]), (Some("es"), None));
        assert_eq!(heard(&held("es", Source::Model), &[ENGLISH]), (Some("en"), None));
    }

    #[test]
    fn two_clear_messages_of_ones_own_are_a_change_whatever_short_stands_between() {
        let spanish = held("es", Source::Detected);
        assert_eq!(heard(&spanish, &[MORE_ENGLISH, "ok", "12", ENGLISH]), (Some("en"), Some("en")));
        assert_eq!(heard(&spanish, &[MORE_ENGLISH, SPANISH, ENGLISH]), (Some("en"), None), "not in a row");
    }

    #[test]
    fn what_is_quoted_or_written_by_a_machine_is_no_word_of_ones_own() {
        let spanish = held("es", Source::Detected);
        assert_eq!(heard(&spanish, &[ENGLISH, ENGLISH]), (Some("en"), None), "the same once more");
        let quoted = format!("> {ENGLISH}");
        assert_eq!(heard(&spanish, &[MORE_ENGLISH, &quoted]), (Some("en"), None));
        let error = "TypeError: the value that you have given is not a function()";
        assert_eq!(heard(&spanish, &[MORE_ENGLISH, error]).1, None);
        let beside = format!("{ENGLISH}\n¿qué significa esto, por favor?");
        assert_eq!(heard(&spanish, &[MORE_ENGLISH, &beside]), (Some("es"), None));
    }

    #[test]
    fn a_choice_holds_against_everything() {
        let chosen = Speech::chosen(language("es"));
        assert_eq!(heard(&chosen, &[MORE_ENGLISH, ENGLISH]), (Some("en"), None));
    }

    #[test]
    fn short_messages_are_heard_together() {
        let texts = ["guten tag", "paket", "nicht da", "seit montag"];
        assert_eq!(heard(&Speech::unknown(None), &texts), (Some("de"), Some("de")));
    }

    #[test]
    fn what_is_not_offered_is_unknown() {
        let vietnamese = "Tôi chưa nhận được đơn hàng của tôi, xin giúp tôi với";
        assert_eq!(heard(&held("es", Source::Detected), &[vietnamese]), (None, None));
    }
}
