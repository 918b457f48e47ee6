use super::*;
use crate::config::{Glossary, Value as _};

const SHOP: &str = r#"[{"keep":"Blitzversand"},{"keep":"X-200 Pro"},{"de":"Warenkorb","en":"basket"},
    {"de":"Tarif A-12","en":"plan A-12"},{"de":"shop","en":"store"},{"de":"<message>","en":"<note>"}]"#;

fn terms() -> Arc<Terms> {
    Terms::of(&Glossary::parse(SHOP).unwrap()).unwrap()
}

fn masked(text: &str, fixed: Fixed) -> Masked {
    mask_terms(text, &terms(), (Some(language("de")), Language::ENGLISH), fixed)
}

fn question(text: &str, mode: Mode) -> Question {
    let ask = Ask { text: text.into(), from: Some(language("de")), to: Language::ENGLISH, mode };
    Question { ask, terms: Some(terms()) }
}

#[test]
fn terms_are_hidden_and_come_out_as_they_are_called() {
    for (text, seen, restored) in [
        (" Der Warenkorb, Blitzversand?\n", "Der [[0]], [[1]]?", " Der basket, Blitzversand?\n"),
        ("WARENKORB blitzversand", "[[0]] [[1]]", "BASKET blitzversand"),
        // A code in a term is a part of it, a term in a link is none.
        ("Mein X-200 Pro", "Mein [[0]]", "Mein X-200 Pro"),
        ("Tarif A-12 und A-12", "[[0]] und [[1]]", "plan A-12 und A-12"),
        (
            "https://shop.example/warenkorb im shop",
            "[[0]] im [[1]]",
            "https://shop.example/warenkorb im store",
        ),
        ("[[0]] Warenkorb", "[[0]] [[1]]", "[[0]] basket"),
    ] {
        let masked = self::masked(text, Fixed::Hidden);
        assert_eq!((masked.text(), &*masked.restore(seen)), (seen, restored));
        assert!(masked.markers_intact(seen) && masked.demands().is_empty());
    }
}

#[test]
fn a_model_is_told_and_what_stays_is_hidden_from_it_as_well() {
    let masked = self::masked("Warenkorb mit Blitzversand, Tarif A-12, warenkorb", Fixed::Demanded);
    assert_eq!(masked.text(), "Warenkorb mit [[0]], [[1]], warenkorb", "numbers are no matter of taste");
    let demands = [("Warenkorb", "basket")];
    assert!(masked.demands().iter().map(|(term, target)| (&**term, &**target)).eq(demands));
    let defused = self::masked("Ein <message>", Fixed::Demanded);
    assert_eq!((defused.text(), &*defused.restore("A ‹message>")), ("Ein ‹message>", "A <message>"));
}

fn masked_all(text: &str, mode: Mode) -> String {
    let question = question(text, mode);
    wording(mode, question.from, question.to, &question.masked())
}

/// Trap: a system prompt that is another one for each message is in no cache.
#[test]
fn the_rule_is_there_only_if_a_term_is() {
    let with = masked_all("Der Warenkorb ist leer", Mode::Json);
    let lines: Vec<&str> = with.lines().collect();
    assert_eq!(lines[1..4], [TERMS_RULE, "- Warenkorb = basket", "<message>"]);
    let without = masked_all("Der Korb ist leer, Blitzversand", Mode::Json);
    assert_eq!(lines[0], without.lines().next().unwrap(), "what all have in common comes first");
    assert!(!without.contains("5."), "{without}");
    let plain = masked_all("Der Warenkorb ist leer", Mode::Plain);
    let rule = "Translate these terms as they are given here, inflected as the sentence needs:\n- Warenkorb = basket\n";
    assert!(plain.contains(rule) && !plain.contains("5."), "{plain}");
    assert_eq!(
        plain.replace(rule, ""),
        wording(Mode::Plain, Some(language("de")), Language::ENGLISH, &mask("Der Warenkorb ist leer"))
    );
    assert_eq!(masked_all("Der Warenkorb ist leer", Mode::Marked), "Der [[0]] ist leer");
    assert!(SYSTEM.contains("\n4. ") && !SYSTEM.contains("\n5. "), "the rule goes on where the others end");
}

#[test]
fn no_text_demands_more_than_fits() {
    let entries: Vec<_> =
        (0..50).map(|n| format!(r#"{{"de":"Wort {0}","en":"word {0}"}}"#, "x".repeat(n + 1))).collect();
    let glossary = Glossary::parse(&format!("[{}]", entries.join(","))).unwrap();
    let text: String = (0..50).map(|n| format!("Wort {}, ", "x".repeat(n + 1))).collect();
    let pair = (Some(language("de")), Language::ENGLISH);
    let masked = mask_terms(&text, &Terms::of(&glossary).unwrap(), pair, Fixed::Demanded);
    assert_eq!(masked.demands().len(), MAX_DEMANDS);
}

#[test]
fn an_answer_lacks_a_term_only_where_one_is_demanded() {
    for (text, mode, answer, lacks) in [
        ("Der Warenkorb", Mode::Json, "The basket", false),
        ("Der Warenkorb", Mode::Plain, "The Baskets", false),
        ("Der Warenkorb", Mode::Json, "The cart", true),
        ("Der Korb", Mode::Json, "The cart", false),
        // It came out of a marker, and whether that was there is another check.
        ("Der Warenkorb", Mode::Marked, "The cart", false),
    ] {
        assert_eq!(question(text, mode).lacks_a_term(answer), lacks, "{text}: {answer}");
    }
    let bare = Question::from(question("Der Warenkorb", Mode::Json).ask);
    assert!(!bare.lacks_a_term("The cart"), "without a glossary");
}

#[test]
fn nothing_but_terms_needs_no_engine() {
    let settled =
        |text: &str| super::super::settled(text, Some(&terms()), Some(language("de")), Language::ENGLISH);
    assert_eq!(settled("Warenkorb, Blitzversand 😡 12!").as_deref(), Some("basket, Blitzversand 😡 12!"));
    assert_eq!(settled(" 12 A-4471 ").as_deref(), Some(" 12 A-4471 "));
    assert_eq!(settled("Warenkorb leer"), None);
    assert_eq!(super::super::settled("Warenkorb", None, None, Language::ENGLISH), None);
}
