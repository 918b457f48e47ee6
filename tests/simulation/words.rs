//! What people say. Every sentence has a number that is its own in the whole run, so that a word in the wrong place is
//! recognised at once; the same sentence is known in every language, so that a translation can be told right or wrong.

/// The languages people speak here.
pub(crate) const LANGUAGES: [&str; 5] = ["en", "pt", "de", "ru", "ja"];

/// Sentences, by language; `#` stands for the number.
const SENTENCES: [[&str; 5]; 5] = [
    [
        "Where is my order number # that I bought last week?",
        "Onde está a minha encomenda número # que comprei na semana passada?",
        "Wo ist meine Bestellung Nummer #, die ich letzte Woche gekauft habe?",
        "Где находится мой заказ номер #, который я купил на прошлой неделе?",
        "先週買った注文番号 # の商品は今どこにありますか?",
    ],
    [
        "I have not received the invoice # yet, please send it again.",
        "Ainda não recebi a fatura #, por favor enviem outra vez.",
        "Ich habe die Rechnung # noch nicht bekommen, bitte schicken Sie sie noch einmal.",
        "Я ещё не получил счёт #, пожалуйста, отправьте его снова.",
        "請求書 # をまだ受け取っていませんので、もう一度送ってください。",
    ],
    [
        "The package # arrived today but the box was already broken.",
        "O pacote # chegou hoje mas a caixa já estava partida.",
        "Das Paket # ist heute angekommen, aber der Karton war schon kaputt.",
        "Посылка # пришла сегодня, но коробка была уже сломана.",
        "荷物 # は今日届きましたが、箱はすでに壊れていました。",
    ],
    [
        "We will look into the problem # and write to you tomorrow morning.",
        "Vamos analisar o problema # e escrevemos para vocês amanhã de manhã.",
        "Wir werden uns das Problem # ansehen und Ihnen morgen früh schreiben.",
        "Мы посмотрим на проблему # и напишем вам завтра утром.",
        "問題 # を調べて、明日の朝にお客様へご連絡いたします。",
    ],
    // Too short to tell its language by.
    ["Thank you #!", "Obrigado #!", "Danke #!", "Спасибо #!", "ありがとう #!"],
];

fn column(language: &str) -> usize {
    LANGUAGES.iter().position(|it| *it == language).unwrap_or(0)
}

/// How many sentences there are.
pub(crate) const KINDS: usize = SENTENCES.len();

/// The sentence that is too short to tell its language by.
pub(crate) const SHORT: usize = KINDS - 1;

/// A sentence with its number.
pub(crate) fn sentence(kind: usize, language: &str, number: u32) -> String {
    SENTENCES[kind % KINDS][column(language)].replace('#', &number.to_string())
}

/// The language a text of ours is in.
pub(crate) fn language_of(text: &str) -> Option<&'static str> {
    let says =
        |index: usize| SENTENCES.iter().any(|row| row[index].split('#').all(|part| text.contains(part)));
    (0..LANGUAGES.len()).find(|&index| says(index)).map(|index| LANGUAGES[index])
}

/// What each engine writes behind the first words of a sentence, so that everybody can tell who has translated. None of it
/// ends a sentence: one that is there twice is not believed.
const VOICES: [(&str, &str); 4] =
    [("ollama", ""), ("openai", ","), ("libretranslate", ";"), ("apertium", " –")];

/// A text made of our sentences in another language, as an engine says it; what is not ours stays.
pub(crate) fn said_by(engine: &str, text: &str, to: &str) -> String {
    language_of(text).map_or_else(|| text.to_owned(), |from| rendered(engine, text, from, to))
}

/// The same, or pieces of such a text, where the engine does not look which language it is in.
pub(crate) fn rendered(engine: &str, text: &str, from: &str, to: &str) -> String {
    let mut text = text.to_owned();
    if from == to {
        return text;
    }
    let voice = VOICES.iter().find(|(it, _)| *it == engine).map_or("", |(_, voice)| *voice);
    for row in &SENTENCES {
        let parts = row[column(from)].split('#').zip(row[column(to)].split('#'));
        for (index, (here, there)) in parts.enumerate() {
            let words = there.trim_end();
            let voice = if index == 0 { voice } else { "" };
            text = text.replace(here, &format!("{words}{voice}{}", &there[words.len()..]));
        }
    }
    text
}

/// The same as every engine says it.
pub(crate) fn all_said(text: &str, to: &str) -> Vec<String> {
    VOICES.iter().map(|(engine, _)| said_by(engine, text, to)).collect()
}

/// Whose translation of a text of ours this is.
pub(crate) fn speaker(original: &str, to: &str, shown: &str) -> Option<&'static str> {
    if shown == original {
        return None;
    }
    VOICES.iter().map(|(engine, _)| *engine).find(|engine| said_by(engine, original, to) == shown)
}

/// Every number of six digits in a text: whose words they are.
pub(crate) fn numbers(text: &str) -> Vec<u32> {
    text.split(|c: char| !c.is_ascii_digit())
        .filter(|digits| digits.len() == 6)
        .filter_map(|it| it.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use dragoman::translate::prompt::{Ask, Mode};
    use dragoman::translate::{check, detect};
    use dragoman::vocabulary::Language;

    use super::*;

    #[test]
    fn every_translation_of_ours_passes_every_check_of_theirs() {
        let offered: Vec<Language> = LANGUAGES.iter().filter_map(|it| Language::parse(it)).collect();
        for from in LANGUAGES {
            for (kind, to) in
                (0..KINDS).flat_map(|kind| LANGUAGES.map(|to| (kind, to))).filter(|(_, to)| *to != from)
            {
                let text = format!("{} {}", sentence(kind, from, 100_001), sentence(kind + 1, from, 100_002));
                let detected = detect::detect(&text, &offered).map(Language::code);
                assert!(detected.is_none_or(|it| it == from), "{text} is {detected:?}");
                for (engine, _) in VOICES {
                    let said = said_by(engine, &text, to);
                    assert_eq!(speaker(&text, to, &said), Some(engine));
                    let answer = serde_json::json!({"detected_language": from, "translation": said});
                    let ask = Ask {
                        text: Arc::from(text.as_str()),
                        from: None,
                        to: Language::parse(to).unwrap(),
                        mode: Mode::Json,
                    };
                    let believed = check::believe(&ask, &offered, &answer.to_string());
                    assert_eq!(believed.map(|it| it.text), Ok(said), "{text} into {to}");
                }
            }
        }
    }
}
