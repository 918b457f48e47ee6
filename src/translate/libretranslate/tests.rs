use serde_json::{Value, json};

use super::*;
use crate::config::{Glossary, Value as _};
use crate::translate::glossary::Terms;
use crate::translate::prompt::Ask;
use crate::vocabulary::{AnswerField, JobFailure, JobMethod, Language};

const LANGUAGES: &str = r#"[
    {"code":"en","name":"English","targets":["en","es","nb","pt-BR","zh-Hans"]},
    {"code":"es","name":"Spanish","targets":["en","es"]},
    {"code":"zh-Hans","name":"Chinese","targets":["en"]},
    {"code":"nb","name":"Norwegian","targets":["en"]},
    {"code":"pt-BR","name":"Portuguese (Brazil)","targets":["en"]}
]"#;

fn config(vars: &[(&str, &str)]) -> Config {
    let base = [("LIBRETRANSLATE_URL", "http://127.0.0.1:5000")];
    let all = || base.iter().chain(vars);
    let find = |name: &str| all().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    Config::read(find).unwrap()
}

fn language(code: &str) -> Language {
    Language::parse(code).unwrap()
}

fn ask(from: &str, to: &str, text: &str, mode: Mode) -> Question {
    Ask { text: text.into(), from: Language::parse(from), to: language(to), mode }.into()
}

fn answered(status: u16, body: &str) -> JobOutcome {
    JobOutcome::Answered(Answer::new(status, body.to_owned()))
}

fn call(spec: JobSpec) -> HttpCall {
    let JobSpec::Http(call) = spec else { panic!("no HTTP: {spec:?}") };
    call
}

fn sent(engine: &LibreTranslate, ask: &Question) -> Value {
    serde_json::from_slice(&call(engine.translate(&config(&[]), ask)).body).unwrap()
}

/// One that has been probed.
fn probed(list: &str) -> LibreTranslate {
    let mut engine = LibreTranslate::default();
    engine.begin_probe(&config(&[]), false);
    assert!(matches!(engine.on_probe(&config(&[]), &answered(200, list)), Probed::Next(_)));
    assert_eq!(engine.on_probe(&config(&[]), &answered(200, "[]")), Probed::Well);
    engine
}

/// The verdict on a body with status 200.
fn judged(ask: &Question, body: &Value) -> Verdict {
    LibreTranslate::default().judge(&config(&[]), ask, &answered(200, &body.to_string()))
}

fn done(text: &str, detected: Option<&str>) -> Verdict {
    Verdict::Translated { text: text.to_owned(), detected: detected.map(language) }
}

#[test]
fn a_call_as_bytes() {
    let config = config(&[("LIBRETRANSLATE_KEY", "very-secret-key")]);
    let spec =
        probed(LANGUAGES).translate(&config, &ask("es", "en", "Mira https://x.example/a", Mode::Marked));
    let call = call(spec);
    assert_eq!(call.label, r#"translate es→en "Mira https://x.example/a""#);
    assert_eq!(
        (call.service, call.method, &*call.path),
        (Service::LIBRETRANSLATE, JobMethod::Post, "/translate")
    );
    assert_eq!(call.credential, Some(Credential::Configured("libretranslate")));
    let body = r#"{"q":"Mira [[0]]","source":"es","target":"en","format":"text","alternatives":0}"#;
    assert_eq!(str::from_utf8(&call.body), Ok(body));
}

#[test]
fn languages_are_called_as_the_server_calls_them() {
    let pair = |engine: &LibreTranslate, from: &str, to: &str| {
        let body = sent(engine, &ask(from, to, "Hello", Mode::Marked));
        [&body["source"], &body["target"]].map(|code| code.as_str().unwrap().to_owned())
    };
    let engine = probed(LANGUAGES);
    assert_eq!(pair(&engine, "en", "zh"), ["en", "zh-Hans"]);
    assert_eq!(pair(&engine, "pt", "en"), ["pt-BR", "en"]);
    assert_eq!(pair(&engine, "en", "nb"), ["en", "nb"]);
    assert_eq!(pair(&engine, "?", "es"), ["auto", "es"]);
    let old = probed(
        r#"[{"code":"en","name":"English"},{"code":"zh","name":"Chinese"},{"code":"zt","name":"Chinese"}]"#,
    );
    assert_eq!(pair(&old, "zh", "en"), ["zh", "en"]);
    assert_eq!(pair(&old, "en", "zh-Hant"), ["en", "zt"]);
    let unasked = LibreTranslate::default();
    assert_eq!(pair(&unasked, "zh", "zh-Hant"), ["zh-Hans", "zh-Hant"]);
}

#[test]
fn the_pairs_are_those_it_lists() {
    let (engine, config) = (probed(LANGUAGES), config(&[("LANGUAGES", "en,es,pt,nb,zh,de")]));
    for (from, to, is_covered) in [
        (Some("en"), "es", true),
        (Some("zh"), "en", true),
        (Some("es"), "nb", false),
        (Some("de"), "en", false),
        (None, "en", true),
        (None, "de", false),
    ] {
        assert_eq!(engine.covers((from.map(language), language(to))), is_covered, "{from:?} {to}");
    }
    assert_eq!(engine.pairs(&config), (8, 8));
    let unasked = LibreTranslate::default();
    assert!(unasked.covers((Some(language("de")), Language::ENGLISH)), "nobody knows yet");
    assert_eq!(unasked.pairs(&config), (0, 0));
}

#[test]
fn an_answer_is_read() {
    let ask = ask("es", "en", "Me han cobrado dos veces.", Mode::Marked);
    let body = json!({ "alternatives": [], "translatedText": "They have charged me twice." });
    assert_eq!(judged(&ask, &body), done("They have charged me twice.", None));
    assert_eq!(
        judged(&ask, &json!({ "translatedText": "Me han cobrado dos veces." })),
        Verdict::Rejected(Rejection::Echo)
    );
    for body in [
        "",
        "{}",
        "[]",
        "<html>",
        r#"{"translatedText":7}"#,
        r#"{"translatedText":["x"]}"#,
        r#"{"translatedText":"#,
    ] {
        let verdict = LibreTranslate::default().judge(&config(&[]), &ask, &answered(200, body));
        assert_eq!(verdict, Verdict::Broken, "{body}");
    }
}

#[test]
fn a_language_it_is_not_sure_of_is_unknown() {
    let ask = ask("?", "en", "Me han cobrado dos veces.", Mode::Marked);
    let body = |language: &str, confidence: f64| {
        let detected = json!({ "language": language, "confidence": confidence });
        json!({ "translatedText": "They have charged me twice.", "detectedLanguage": detected })
    };
    assert_eq!(judged(&ask, &body("es", 50.0)), done("They have charged me twice.", Some("es")));
    // Undetectable text is English to it.
    for (code, confidence) in [("en", 0.0), ("es", 49.9)] {
        assert_eq!(judged(&ask, &body(code, confidence)), Verdict::Rejected(Rejection::UnknownSource));
    }
    let unsaid = json!({ "translatedText": "They have charged me twice." });
    assert_eq!(judged(&ask, &unsaid), Verdict::Rejected(Rejection::UnknownSource));
    // One that is not offered is of no use to us, but the text is translated.
    assert_eq!(judged(&ask, &body("xx", 90.0)), done("They have charged me twice.", None));
}

#[test]
fn a_picture_is_no_translation() {
    for text in ["Hola", "Me han cobrado dos veces."] {
        for picture in ["😀", "🇪🇸", "!", "…"] {
            let verdict = judged(&ask("es", "en", text, Mode::Marked), &json!({ "translatedText": picture }));
            assert_eq!(verdict, Verdict::Rejected(Rejection::Empty), "{text} {picture}");
        }
    }
}

#[test]
fn an_entity_that_became_a_character_is_not_delivered() {
    let text = "Escribe &lt;b&gt; en el mensaje";
    let first = ask("es", "en", text, Mode::Marked);
    let spoilt = json!({ "translatedText": "Write <b> in the message" });
    assert_eq!(judged(&first, &spoilt), Verdict::Rejected(Rejection::Markers));
    let second = Question::from(Ask { mode: Mode::Pieces, ..first.ask });
    assert_eq!(sent(&LibreTranslate::default(), &second)["q"], json!(["Escribe", "b", "en el mensaje"]));
    let body = json!({ "translatedText": ["Write", "b", "in the message"] });
    assert_eq!(judged(&second, &body), done("Write &lt;b&gt; in the message", None));
    let bare = judged(
        &ask("es", "en", "Tom & Jerry; ¿sí?", Mode::Marked),
        &json!({ "translatedText": "Tom & Jerry; yes?" }),
    );
    assert_eq!(bare, done("Tom & Jerry; yes?", None));
}

#[test]
fn a_text_without_words_may_come_back_as_it_is() {
    let verdict = judged(&ask("es", "en", "Hotel", Mode::Marked), &json!({ "translatedText": "Hotel" }));
    assert_eq!(verdict, done("Hotel", None));
}

#[test]
fn squeezed_markers_are_rejected_and_the_pieces_are_sent() {
    let text = "Mira https://x.example/a, \n gracias por A-4471!";
    let first = ask("es", "en", text, Mode::Marked);
    let squeezed = json!({ "translatedText": "Look at [[0], thanks for [[ 1]]!" });
    assert_eq!(judged(&first, &squeezed), Verdict::Rejected(Rejection::Markers));
    let second = Question::from(Ask { mode: Mode::Pieces, ..first.ask });
    assert_eq!(sent(&LibreTranslate::default(), &second)["q"], json!(["Mira", ", \n gracias por"]));
    let body = json!({ "translatedText": ["Look at ", ", \n thanks for"] });
    assert_eq!(judged(&second, &body), done("Look at https://x.example/a, \n thanks for A-4471!", None));
    for wrong in [json!(["Look at"]), json!(["Look at", "thanks for", "!"]), json!("Look at")] {
        let verdict = judged(&second, &json!({ "translatedText": wrong }));
        assert_eq!(verdict, Verdict::Rejected(Rejection::Markers), "{wrong}");
    }
}

#[test]
fn of_several_pieces_the_surest_says_the_language() {
    let ask = ask("?", "en", "Mira https://x.example/a, gracias por todo", Mode::Pieces);
    let detected = json!([{ "language": "en", "confidence": 0.0 }, { "language": "es", "confidence": 92.0 }]);
    let body = json!({ "translatedText": ["Look at", ", thanks for all"], "detectedLanguage": detected });
    assert_eq!(judged(&ask, &body), done("Look at https://x.example/a, thanks for all", Some("es")));
}

#[test]
fn refusals_are_judged_by_their_status_alone() {
    // Whatever they say, in whatever language.
    let body = r#"{"error":"Solicitud no válida: demasiado larga"}"#;
    let ask = ask("es", "en", "Hola", Mode::Marked);
    for (status, verdict) in [
        (400, Verdict::BadRequest),
        (403, Verdict::Unauthorized),
        (404, Verdict::BadRequest),
        (413, Verdict::Rejected(Rejection::TooLong)),
        (429, Verdict::Limited { retry_after: None }),
        (500, Verdict::Broken),
        (502, Verdict::Broken),
        (503, Verdict::Busy),
        (504, Verdict::Broken),
    ] {
        assert_eq!(
            LibreTranslate::default().judge(&config(&[]), &ask, &answered(status, body)),
            verdict,
            "{status}"
        );
    }
    // Who was shown the pairs and let in knows what is left.
    let verdict = probed(LANGUAGES).judge(&config(&[]), &ask, &answered(400, body));
    assert_eq!(verdict, Verdict::Rejected(Rejection::TooLong));
    let fields = vec![(AnswerField::RetryAfter, "3".to_owned())];
    let limited = JobOutcome::Answered(Answer { fields, ..Answer::new(429, "") });
    let verdict = LibreTranslate::default().judge(&config(&[]), &ask, &limited);
    assert_eq!(verdict, Verdict::Limited { retry_after: Some("3".to_owned()) });
    let lost = JobOutcome::Failed { why: JobFailure::Lost, detail: String::new() };
    assert_eq!(LibreTranslate::default().judge(&config(&[]), &ask, &lost), Verdict::Broken);
}

#[test]
fn a_probe_learns_the_pairs_and_whether_we_may_ask() {
    let config = config(&[("LIBRETRANSLATE_KEY", "very-secret-key")]);
    let mut engine = LibreTranslate::default();
    let first = call(engine.begin_probe(&config, true));
    assert_eq!((first.method, &*first.path, first.credential), (JobMethod::Get, "/languages", None));
    let Probed::Next(second) = engine.on_probe(&config, &answered(200, LANGUAGES)) else { panic!("no next") };
    let second = call(second);
    assert_eq!((&*second.path, &second.body[..]), ("/detect", &br#"{"q":"Good morning!"}"#[..]));
    assert_eq!(second.credential, Some(Credential::Configured("libretranslate")));
    for (status, probed) in [
        (400, Probed::Unauthorized),
        (403, Probed::Unauthorized),
        (429, Probed::Well),
        (200, Probed::Well),
        (500, Probed::Down),
    ] {
        engine.begin_probe(&config, false);
        engine.on_probe(&config, &answered(200, LANGUAGES));
        assert_eq!(engine.on_probe(&config, &answered(status, "")), probed, "{status}");
    }
    for body in ["", "{}", "[]", r#"[{"name":"English"}]"#, "<html>"] {
        engine.begin_probe(&config, false);
        assert_eq!(engine.on_probe(&config, &answered(200, body)), Probed::Down, "{body}");
    }
    assert!(engine.covers((Some(language("es")), Language::ENGLISH)), "what it had is not forgotten");
    engine.begin_probe(&config, false);
    assert_eq!(engine.on_probe(&config, &answered(502, "")), Probed::Down);
}

#[test]
fn terms_of_the_glossary_are_cut_out_where_markers_do_not_survive() {
    let glossary = Glossary::parse(r#"[{"keep":"Blitzversand"},{"es":"cesta","en":"basket"}]"#).unwrap();
    let ask = ask("es", "en", "La cesta de Blitzversand está vacía.", Mode::Marked);
    let first = Question { terms: Terms::of(&glossary), ..ask };
    assert_eq!(sent(&probed(LANGUAGES), &first)["q"], "La [[0]] de [[1]] está vacía.");
    let squeezed = json!({ "translatedText": "The [0] of [1] is empty." });
    assert_eq!(judged(&first, &squeezed), Verdict::Rejected(Rejection::Markers));
    let ask = Ask { mode: Mode::Pieces, ..first.ask.clone() };
    let second = Question { ask, ..first };
    assert_eq!(sent(&probed(LANGUAGES), &second)["q"], json!(["La", "de", "está vacía."]));
    let verdict = judged(&second, &json!({ "translatedText": ["The", "of", "is empty."] }));
    assert_eq!(verdict, done("The basket of Blitzversand is empty.", None));
}
