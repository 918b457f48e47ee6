use super::*;

fn parse(json: &str) -> Result<Glossary, String> {
    Glossary::parse(json)
}

const SHOP: &str = r#"[{"keep":"Blitzversand"},{"de":"Warenkorb","en":"basket","es":"cesta","note":"not \"cart\""},
    {"de":"Schloss","en":"lock","match":"word"},{"keep":"IT","match":"exact"}]"#;

#[test]
fn what_was_read_is_written_and_read_again() {
    let glossary = parse(SHOP).unwrap();
    assert_eq!(glossary.all().len(), 4);
    assert_eq!(parse(&glossary.write()), Ok(glossary.clone()));
    assert_eq!(parse(&format!("\u{feff}{SHOP}")), Ok(glossary.clone()));
    assert_eq!(glossary.all()[0].meaning, Meaning::Keep("Blitzversand".to_owned()));
    assert_eq!([2, 3].map(|place| glossary.all()[place].is_exact), [false, true]);
    for nothing in ["", "[]", " [ ]\n"] {
        assert_eq!(parse(nothing).unwrap().write(), "");
    }
}

#[test]
fn what_is_wrong_with_an_entry_is_said() {
    for (entry, expected) in [
        ("7", "entry 2 is no object"),
        ("[]", "entry 2 is no object"),
        ("{}", "neither keep nor languages"),
        (r#"{"note":"x"}"#, "neither keep nor languages"),
        (r#"{"de":"Korb"}"#, "one language and no keep"),
        (r#"{"keep":"A","de":"B"}"#, "keep, and languages as well"),
        (r#"{"keep":7}"#, "\"keep\" that is no text"),
        (r#"{"de":null,"en":"x"}"#, "\"de\" that is no text"),
        (r#"{"de":"Korb","xx":"basket"}"#, "\"xx\", which is neither a language"),
        (r#"{"keep":"A","mach":"word"}"#, "\"mach\", which is neither"),
        (r#"{"keep":"A","match":"regex"}"#, "the match \"regex\""),
        (r#"{"keep":"A","keep":"B"}"#, "\"keep\" twice"),
        (r#"{"no":"A","nb":"B"}"#, "\"nb\" twice"),
        (r#"{"keep":" "}"#, "no letter"),
        (r#"{"de":"Korb","en":"…"}"#, "no letter"),
        (r#"{"keep":"a\u0000b"}"#, "control characters"),
        (r#"{"keep":"a\nb"}"#, "control characters"),
        (r#"{"keep":"eins"}"#, "entry 2 has \"eins\", which entry 1 has already"),
        (r#"{"de":"EINS","en":"one"}"#, "entry 2 has \"EINS\", which entry 1 has already"),
    ] {
        let problem = parse(&format!(r#"[{{"keep":"Eins"}},{entry}]"#)).unwrap_err();
        assert!(problem.contains(expected), "{entry}: {problem}");
    }
    let long = |chars: usize| format!(r#"[{{"keep":"{}"}}]"#, "ß".repeat(chars));
    assert!(parse(&long(Glossary::MAX_TERM_CHARS)).is_ok());
    assert!(parse(&long(Glossary::MAX_TERM_CHARS + 1)).unwrap_err().contains("more than 100"));
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let problem = parse(r#"[{"de":"Korb"},{"keep":"A"},7,{"xx":"y"}]"#).unwrap_err();
    for number in [1, 3, 4] {
        assert!(problem.contains(&format!("entry {number} ")), "{problem}");
    }
    assert!(!problem.contains("entry 2 "), "{problem}");
}

#[test]
fn a_term_means_one_thing() {
    let twice = r#"[{"de":"Warenkorb","en":"basket"},{"de":"Korb","en":"Basket"}]"#;
    assert!(parse(twice).unwrap_err().contains("entry 2 has \"Basket\", which entry 1 has already"));
    // Other languages may have the same word, and so may one of them.
    assert!(parse(r#"[{"de":"Gift","es":"veneno"},{"en":"gift","es":"regalo"}]"#).is_ok());
    assert!(parse(r#"[{"de":"App","en":"app","es":"app"}]"#).is_ok());
    // Case tells them apart.
    assert!(parse(r#"[{"keep":"IT","match":"exact"},{"en":"it","de":"es"}]"#).is_ok());
    assert!(parse(r#"[{"keep":"IT","match":"exact"},{"keep":"IT","match":"exact"}]"#).is_err());
}

#[test]
fn no_file_is_too_hostile() {
    assert!(parse("/etc/glossary.json").unwrap_err().contains("line 1"));
    assert!(parse(&"[".repeat(100_000)).unwrap_err().contains("recursion"));
    assert!(parse(&" ".repeat(Glossary::MAX_FILE_BYTES + 1)).unwrap_err().contains("more than"));
    assert!(parse(r#"{"keep":"A"}"#).is_err(), "no list");
    assert!(parse("[{\"keep\":\"\u{1}\"}]").is_err());
    let many = |count: usize| {
        let entries: Vec<_> = (0..count).map(|number| format!(r#"{{"keep":"term {number}"}}"#)).collect();
        format!("[{}]", entries.join(","))
    };
    assert_eq!(parse(&many(Glossary::MAX_ENTRIES)).unwrap().all().len(), 1000);
    assert!(parse(&many(Glossary::MAX_ENTRIES + 1)).unwrap_err().contains("1001 entries; 1000 are allowed"));
}
