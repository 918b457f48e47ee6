use super::*;

fn terms(json: &str) -> Arc<Terms> {
    Terms::of(&Glossary::parse(json).unwrap()).unwrap()
}

fn pair(from: &str, to: &str) -> Pair {
    (Language::parse(from), Language::parse(to).unwrap())
}

/// The text with each term in brackets, and behind it what is to be said.
fn marked(terms: &Terms, text: &str, pair: Pair) -> String {
    let (mut out, mut before, mut rest) = (String::new(), None, text);
    while let Some(c) = rest.chars().next() {
        let length = match terms.find(before, rest, pair) {
            Some(Found { length, target, .. }) => {
                out.push_str(&format!("[{}", &rest[..length]));
                out.push_str(&target.map_or_else(|| "]".to_owned(), |target| format!("={target}]")));
                length
            }
            None => {
                out.push(c);
                c.len_utf8()
            }
        };
        before = rest[..length].chars().next_back();
        rest = &rest[length..];
    }
    out
}

const SHOP: &str = r#"[{"keep":"Blitzversand"},{"de":"Warenkorb","en":"basket","es":"cesta"},{"keep":"IT","match":"exact"},
    {"de":"Schloss","en":"lock"},{"de":"Schloss Neuschwanstein","en":"Neuschwanstein Castle"},{"keep":"C++"}]"#;

#[test]
fn terms_are_found_at_the_borders_of_words() {
    let terms = terms(SHOP);
    for (text, expected) in [
        ("Der Warenkorb ist leer", "Der [Warenkorb=basket] ist leer"),
        ("Warenkorb", "[Warenkorb=basket]"),
        ("„Warenkorb“, (warenkorb)!", "„[Warenkorb=basket]“, ([warenkorb=basket])!"),
        ("WARENKORB-Symbol", "[WARENKORB=basket]-Symbol"),
        ("Warenkorbs Warenkörbe Einkaufswarenkorb", "Warenkorbs Warenkörbe Einkaufswarenkorb"),
        ("warenkorb_1 und Warenkorb2", "warenkorb_1 und Warenkorb2"),
        ("Warenkorb\u{301}", "Warenkorb\u{301}"),
        ("Mein Schloss", "Mein [Schloss=lock]"),
        ("Der Blitzversand kommt", "Der [Blitzversand] kommt"),
        ("Ich kann C++ und c++.", "Ich kann [C++] und [c++]."),
    ] {
        assert_eq!(marked(&terms, text, pair("de", "en")), expected);
    }
}

#[test]
fn the_longest_wins_and_what_lies_in_it_is_not_found() {
    let terms = terms(
        r#"[{"de":"Schloss","en":"lock"},{"de":"Schloss Neuschwanstein","en":"the castle"},
        {"keep":"Neuschwanstein Card"},{"keep":"Schloss Neu"}]"#,
    );
    for (text, expected) in [
        ("Schloss Neuschwanstein offen?", "[Schloss Neuschwanstein=the castle] offen?"),
        ("Schloss\u{a0}Neuschwanstein", "[Schloss\u{a0}Neuschwanstein=the castle]"),
        ("Schloss Neuschwanst", "[Schloss=lock] Neuschwanst"),
        // They overlap: who begins first goes first.
        ("Schloss Neuschwanstein Card", "[Schloss Neuschwanstein=the castle] Card"),
        ("das Neuschwanstein Card", "das [Neuschwanstein Card]"),
        ("schloss neu", "[schloss neu]"),
    ] {
        assert_eq!(marked(&terms, text, pair("de", "en")), expected);
    }
}

#[test]
fn case_counts_only_where_it_is_to() {
    let exact =
        terms(r#"[{"keep":"IT","match":"exact"},{"en":"it","de":"es"},{"keep":"iPhone","match":"word"}]"#);
    assert_eq!(marked(&exact, "IT likes it, It too", pair("en", "de")), "[IT] likes [it=es], [It=es] too");
    assert_eq!(marked(&exact, "IPHONE", pair("en", "de")), "[IPHONE]");
    let greek = terms(r#"[{"el":"Καλάθι αγοράς","en":"basket"},{"tr":"İstanbul","en":"Constantinople"}]"#);
    assert_eq!(marked(&greek, "ΚΑΛΆΘΙ ΑΓΟΡΆΣ", pair("el", "en")), "[ΚΑΛΆΘΙ ΑΓΟΡΆΣ=basket]");
    assert_eq!(marked(&greek, "İSTANBUL", pair("tr", "en")), "[İSTANBUL=Constantinople]");
    let french = terms(r#"[{"fr":"carte d'achat","en":"gift card"}]"#);
    assert_eq!(marked(&french, "la carte d’achat", pair("fr", "en")), "la [carte d’achat=gift card]");
}

#[test]
fn a_pair_holds_for_its_languages_and_what_is_kept_for_all() {
    let terms = terms(SHOP);
    let text = "Warenkorb cesta Blitzversand";
    assert_eq!(marked(&terms, text, pair("de", "es")), "[Warenkorb=cesta] cesta [Blitzversand]");
    assert_eq!(marked(&terms, text, pair("es", "de")), "Warenkorb [cesta=Warenkorb] [Blitzversand]");
    assert_eq!(marked(&terms, text, pair("de", "fr")), "Warenkorb cesta [Blitzversand]");
    assert_eq!(
        marked(&terms, text, pair("?", "en")),
        "Warenkorb cesta [Blitzversand]",
        "whose words these are"
    );
}

#[test]
fn where_nothing_is_written_between_words_they_are_found_anywhere() {
    let terms = terms(
        r#"[{"zh":"购物车","ko":"장바구니","th":"ตะกร้า","ar":"سلة","en":"basket"},
        {"ja":"カート","hi":"कार्ट","en":"cart"},{"keep":"Visa"}]"#,
    );
    for (from, text, expected) in [
        ("zh", "我的购物车是空的", "我的[购物车=basket]是空的"),
        ("zh", "用Visa付款", "用[Visa]付款"),
        ("ja", "新カートです", "新[カート=cart]です"),
        // Particles are joined to the end of a Korean word, but nothing to its beginning.
        ("ko", "장바구니에 담기", "[장바구니=basket]에 담기"),
        ("ko", "새장바구니", "새장바구니"),
        ("th", "ในตะกร้าของฉัน", "ใน[ตะกร้า=basket]ของฉัน"),
        ("th", "ตะกร้า\u{e49}", "ตะกร้า\u{e49}"),
        ("ar", "أين سلة، من فضلك؟", "أين [سلة=basket]، من فضلك؟"),
        ("ar", "السلة", "السلة"),
        ("ar", "سلةٌ", "سلةٌ"),
        ("hi", "मेरा कार्ट खाली", "मेरा [कार्ट=cart] खाली"),
        ("hi", "कार्टों", "कार्टों"),
    ] {
        assert_eq!(marked(&terms, text, pair(from, "en")), expected);
    }
}

/// Trap: a text made of the beginnings of a thousand terms.
#[test]
fn a_thousand_terms_are_looked_through_quickly() {
    let alike = |number: usize| format!("{} {number}", "a".repeat(90));
    let entries: Vec<_> =
        (0..Glossary::MAX_ENTRIES).map(|number| format!(r#"{{"keep":"{}"}}"#, alike(number))).collect();
    let terms = terms(&format!("[{}]", entries.join(",")));
    let text = format!("{} {} {}", alike(999), "a ".repeat(3000), "a".repeat(3000));
    let found = marked(&terms, &text, pair("de", "en"));
    assert!(found.starts_with(&format!("[{}] a a", alike(999))) && found.matches('[').count() == 1);
}

#[test]
fn a_glossary_is_told_from_every_other() {
    let one = terms(r#"[{"keep":"A"}]"#);
    assert_eq!(one, terms(r#"[ {"keep" : "A","match":"word"} ]"#));
    for other in [r#"[{"keep":"B"}]"#, r#"[{"keep":"A","match":"exact"}]"#, r#"[{"keep":"A"},{"keep":"B"}]"#]
    {
        assert_ne!(one.hash(), terms(other).hash(), "{other}");
    }
    assert_eq!(Terms::of(&Glossary::default()), None);
}

#[test]
fn a_term_is_as_large_as_it_was_written() {
    for (target, written, term, expected) in [
        ("cesta", "basket", "basket", "cesta"),
        ("cesta", "Basket", "basket", "Cesta"),
        ("cesta", "BASKET", "basket", "CESTA"),
        ("basket", "Warenkorb", "Warenkorb", "basket"),
        ("basket", "WARENKORB", "Warenkorb", "BASKET"),
        ("AGB", "TOS", "TOS", "AGB"),
        ("購物車", "Basket", "basket", "購物車"),
    ] {
        assert_eq!(as_large(target, written, term), expected, "{written}");
    }
}

#[test]
fn a_translation_has_a_term_or_its_stem() {
    for (text, term, has) in [
        ("Your basket is empty", "basket", true),
        ("Your Baskets are empty", "basket", true),
        ("Your bask is empty", "basket", true),
        ("Your bas is empty", "basket", false),
        ("Your cart is empty", "basket", false),
        ("Gehäuse", "Gehäuse", true),
        ("la cesta", "cesta", true),
        ("购物很好", "购物车", true),
        ("商品", "购物车", false),
        ("", "basket", false),
        ("I use C", "C++", true),
    ] {
        assert_eq!(contains(text, term), has, "{term} in {text}");
    }
}

#[test]
fn terms_are_shown_as_they_stand_in_the_translation() {
    let shown_in = |text: &str, terms: &[&str]| {
        shown(text, &terms.iter().map(|term| (*term).to_owned()).collect::<Vec<_>>())
    };
    assert_eq!(shown_in("Your Baskets, his basket", &["basket"]), ["Basket"], "the term itself, first");
    assert_eq!(shown_in("Two baskting things", &["basket"]), ["baskting"]);
    assert_eq!(shown_in("Die Körbe", &["Korb"]), [""; 0]);
    assert_eq!(shown_in("Visa and basket", &["basket", "Visa", "basket", "lock"]), ["basket", "Visa"]);
    assert_eq!(shown_in("我的购物袋是空的", &["购物车"]), ["购物"]);
    assert_eq!(shown_in("İİ basket", &["basket"]), ["basket"], "letters that are two in lower case");
}

#[test]
fn what_a_text_is_to_have_in_its_translation_is_known() {
    let terms = terms(SHOP);
    let text = "Warenkorb, Blitzversand, warenkorb, Schloss Neuschwanstein";
    assert_eq!(terms.targets(text, pair("de", "en")), ["basket", "Blitzversand", "Neuschwanstein Castle"]);
    assert_eq!(terms.targets(text, pair("de", "fr")), ["Blitzversand"]);
}

#[test]
fn no_text_makes_it_panic() {
    let terms =
        terms(r#"[{"keep":"ﬁx"},{"keep":"İ"},{"de":"ß","en":"ss"},{"keep":"e\u0301"},{"keep":"😡 a"}]"#);
    let bits = ["ﬁ", "x", "İ", "ß", "e", "\u{301}", "😡", " ", "a", "\u{200d}", "购", "\u{0}", "i\u{307}"];
    for one in bits {
        for two in bits {
            for three in bits {
                let text = format!("{one}{two}{three}");
                let back = marked(&terms, &text, pair("de", "en")).replace("=ss", "").replace(['[', ']'], "");
                assert_eq!(back, text);
                shown(&text, &["ﬁx".to_owned(), "İ".to_owned()]);
            }
        }
    }
}
