use serde_json::json;

use super::*;
use crate::config::Formality;
use crate::config::{Glossary, Value as _};
use crate::translate::glossary::Terms;
use crate::translate::prompt::{Ask, MAX_PIECE_CHARS};
use crate::vocabulary::{AnswerField, JobFailure, JobMethod, Language};

fn language(code: &str) -> Language {
    Language::parse(code).unwrap()
}

fn ask(from: &str, to: &str, text: &str) -> Question {
    Ask { text: text.into(), from: Language::parse(from), to: language(to), mode: Mode::Marked }.into()
}

fn answered(status: u16, body: &str) -> JobOutcome {
    JobOutcome::Answered(Answer::new(status, body.to_owned()))
}

fn call(spec: JobSpec) -> HttpCall {
    let JobSpec::Http(call) = spec else { panic!("no HTTP: {spec:?}") };
    call
}

fn judged(ask: &Question, status: u16, body: &str) -> Verdict {
    DeepL.judge(&Config::defaults(), ask, &answered(status, body))
}

fn translation(text: &str, source: &str) -> String {
    json!({ "translations": [{ "detected_source_language": source, "text": text }] }).to_string()
}

#[test]
fn a_call_as_bytes() {
    let ask = ask("es", "en", "¿Tom & Jerry <3 en https://x.example/?a=1&b=2?");
    let call = call(DeepL.translate(&Config::defaults(), &ask));
    assert_eq!((call.service, call.method, &*call.path), (Service::DEEPL, JobMethod::Post, "/v2/translate"));
    assert_eq!(
        (call.credential, call.timeout),
        (Some(Credential::Configured("deepl")), Millis::from_secs(60))
    );
    let body = concat!(
        r#"{"text":["¿Tom &amp; Jerry &lt;3 en <x>0</x>?"],"source_lang":"ES","target_lang":"EN-GB","#,
        r#""preserve_formatting":true,"tag_handling":"xml","ignore_tags":["x"],"formality":"prefer_more"}"#
    );
    assert_eq!(str::from_utf8(&call.body), Ok(body));
}

#[test]
fn languages_are_called_as_it_calls_them() {
    let body = |from: &str, to: &str| -> serde_json::Value {
        let config = Config { deepl_formality: Formality::Less, ..Config::defaults() };
        serde_json::from_slice(&call(DeepL.translate(&config, &ask(from, to, "Hola"))).body).unwrap()
    };
    for (from, to, source, target) in [
        ("es", "en", json!("ES"), "EN-GB"),
        ("en", "pt", json!("EN"), "PT-PT"),
        ("pt", "zh", json!("PT"), "ZH-HANS"),
        ("zh-Hant", "nb", json!("ZH"), "NB"),
        ("?", "zh-Hant", json!(null), "ZH-HANT"),
    ] {
        let body = body(from, to);
        assert_eq!((&body["source_lang"], &body["target_lang"]), (&source, &json!(target)));
        assert_eq!(body["formality"], "prefer_less");
    }
    assert!(body("?", "en").get("source_lang").is_none(), "it finds out by itself");
}

#[test]
fn the_pairs_are_a_table() {
    for (code, source, target) in LANGUAGES {
        assert_eq!(language(code).code(), code);
        assert!(target.starts_with(source), "{code}");
    }
    for (from, to, is_covered) in [
        (Some("es"), "en", true),
        (None, "ja", true),
        (Some("eu"), "en", false),
        (Some("en"), "eu", false),
        (None, "eu", false),
        (Some("zh"), "zh-Hant", false),
    ] {
        assert_eq!(DeepL.covers((from.map(language), language(to))), is_covered, "{from:?} {to}");
    }
    let config = Config {
        languages: crate::config::Listed(["en", "es", "eu"].map(language).into()),
        ..Config::defaults()
    };
    assert_eq!(DeepL.pairs(&config), (2, 2));
    assert_eq!(DeepL.modes(&config), [Mode::Marked]);
}

#[test]
fn an_answer_is_read_and_its_markers_are_put_back() {
    let ask = ask("?", "en", "Mira https://x.example/?a=1&b=2 & escribe <hola>");
    let xml = "Look at <x> 0 </x> &amp; write &lt;hello&gt;";
    let text = "Look at https://x.example/?a=1&b=2 & write <hello>".to_owned();
    let detected = Some(language("es"));
    assert_eq!(
        judged(&ask, 200, &translation(xml, "ES")),
        Verdict::Translated { text: text.clone(), detected }
    );
    assert_eq!(judged(&ask, 200, &translation(xml, "XX")), Verdict::Translated { text, detected: None });
    for lost in
        ["Look at &amp; write", "Look at <x>0</x> <x>0</x> write it", "Look at <x>1</x> &amp; write it"]
    {
        let verdict = judged(&ask, 200, &translation(lost, "ES"));
        assert_eq!(verdict, Verdict::Rejected(Rejection::Markers), "{lost}");
    }
}

#[test]
fn what_is_no_answer_is_a_broken_service() {
    let two = r#"{"translations":[{"text":"Hi"},{"text":"Hi"}]}"#;
    for body in ["", "{}", r#"{"translations":[]}"#, two, r#"{"translations":[{"text":"#, "<html>"] {
        assert_eq!(judged(&ask("es", "en", "Hola"), 200, body), Verdict::Broken, "{body}");
    }
    let same = translation("Me han cobrado dos veces.", "ES");
    let verdict = judged(&ask("es", "en", "Me han cobrado dos veces."), 200, &same);
    assert_eq!(verdict, Verdict::Rejected(Rejection::Echo));
}

#[test]
fn text_survives_the_way_there_and_back() {
    for text in [
        "",
        "a < b && c > d",
        "&lt; &amp;lt; &#60; &",
        "<x>0</x> <y/> ]]>",
        "\"'\n\t¿ñ中😀",
        "&copy; &#x110000; &#0;",
    ] {
        assert_eq!(xml::read(&xml::write(text)), text);
    }
    assert_eq!(xml::write("[[12]][[0]] [[x]]"), "<x>12</x><x>0</x> [[x]]");
    assert_eq!(xml::write("a\u{FFFE}b\u{FFFF}"), "ab");
    for (xml, text) in [
        ("&quot;a&quot; &apos;b&apos;", "\"a\" 'b'"),
        ("&#39;&#x27;&#XE9;", "''é"),
        ("&nbsp; &; &#; &#x; &amp", "&nbsp; &; &#; &#x; &amp"),
        ("&#7;&#55296;&#x110000;", "&#7;&#55296;&#x110000;"),
        ("<x>a</x><x></x><x>1", "<x>a</x><x></x><x>1"),
        ("<b>&lt;x&gt;1&lt;/x&gt;</b>", "<b><x>1</x></b>"),
    ] {
        assert_eq!(xml::read(xml), text);
    }
}

#[test]
fn the_longest_piece_fits_into_a_request() {
    for text in ["&".repeat(MAX_PIECE_CHARS), "😀".repeat(MAX_PIECE_CHARS), "\"".repeat(MAX_PIECE_CHARS)] {
        let call = call(DeepL.translate(&Config::defaults(), &ask("es", "en", &text)));
        assert!(call.body.len() < 128 * 1024, "{}", call.body.len());
    }
}

#[test]
fn statuses_say_whose_fault_it_is() {
    for (status, verdict) in [
        (400, Verdict::BadRequest),
        (403, Verdict::Unauthorized),
        (404, Verdict::BadRequest),
        (413, Verdict::Rejected(Rejection::TooLong)),
        (429, Verdict::Limited { retry_after: None }),
        (456, Verdict::Quota),
        (500, Verdict::Broken),
        (503, Verdict::Busy),
        (504, Verdict::Broken),
        (529, Verdict::Busy),
        (302, Verdict::Broken),
    ] {
        assert_eq!(judged(&ask("es", "en", "Hola"), status, r#"{"message":"no"}"#), verdict, "{status}");
    }
    let fields = vec![(AnswerField::RetryAfter, "3".to_owned())];
    let limited = JobOutcome::Answered(Answer { fields, ..Answer::new(429, "") });
    let verdict = DeepL.judge(&Config::defaults(), &ask("es", "en", "Hola"), &limited);
    assert_eq!(verdict, Verdict::Limited { retry_after: Some("3".to_owned()) });
    let refused = JobOutcome::Failed { why: JobFailure::Refused, detail: String::new() };
    assert_eq!(DeepL.judge(&Config::defaults(), &ask("es", "en", "Hola"), &refused), Verdict::Refused);
}

#[test]
fn a_probe_asks_what_is_left() {
    let config = Config::defaults();
    let call = call(DeepL.begin_probe(&config, true));
    assert_eq!((call.method, &*call.path), (JobMethod::Get, "/v2/usage"));
    assert_eq!(call.credential, Some(Credential::Configured("deepl")));
    for (status, body, probed) in [
        (200, r#"{"character_count":180118,"character_limit":1250000}"#, Probed::Well),
        (200, r#"{"character_count":180118}"#, Probed::Well),
        (200, r#"{"character_count":500000,"character_limit":500000}"#, Probed::Quota),
        (200, "<html>", Probed::Down),
        (403, "", Probed::Unauthorized),
        (429, "", Probed::Well),
        (456, "", Probed::Quota),
        (503, "", Probed::Down),
    ] {
        assert_eq!(DeepL.on_probe(&config, &answered(status, body)), probed, "{status} {body}");
    }
    let gone = JobOutcome::Failed { why: JobFailure::TimedOut, detail: String::new() };
    assert_eq!(DeepL.on_probe(&config, &gone), Probed::Down);
}

#[test]
fn terms_of_the_glossary_are_elements_that_come_back_as_they_are_called() {
    let glossary = Glossary::parse(r#"[{"keep":"Blitzversand"},{"es":"cesta","en":"basket"}]"#).unwrap();
    let ask = ask("es", "en", "La cesta de Blitzversand está vacía.");
    let ask = Question { terms: Terms::of(&glossary), ..ask };
    let body = call(DeepL.translate(&Config::defaults(), &ask)).body;
    let sent: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(sent["text"][0], "La <x>0</x> de <x>1</x> está vacía.");
    let verdict = judged(&ask, 200, &translation("The <x>1</x> <x>0</x> is empty.", "ES"));
    let text = "The Blitzversand basket is empty.".to_owned();
    assert_eq!(verdict, Verdict::Translated { text, detected: None });
}
