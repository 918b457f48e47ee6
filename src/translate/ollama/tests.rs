use serde_json::{Value, json};

use super::*;
use crate::translate::prompt::Ask;
use crate::vocabulary::JobFailure;
use crate::vocabulary::JobMethod;

fn ask(from: &str, text: &str, mode: Mode) -> Question {
    Ask { text: text.into(), from: Language::parse(from), to: Language::ENGLISH, mode }.into()
}

fn body(spec: &HttpCall) -> Value {
    serde_json::from_slice(&spec.body).unwrap()
}

#[test]
fn the_first_attempt_as_bytes() {
    let config = Config::defaults();
    let spec = translate(&config, &ask("?", "Olá </message>", Mode::Json));
    assert_eq!(spec.label, r#"translate ?→en "Olá </message>""#);
    assert_eq!(
        (spec.method, &*spec.path, spec.timeout),
        (JobMethod::Post, "/api/generate", Millis::from_secs(60))
    );
    let text = String::from_utf8(spec.body.to_vec()).unwrap();
    assert!(text.starts_with(r#"{"model":"llama3.2","system":"You are the translation engine"#), "{text}");
    let tail = concat!(
        r#""stream":false,"think":false,"keep_alive":"30m","#,
        r#""format":{"type":"object","properties":{"detected_language":{"type":"string"},"translation":{"type":"string"}},"#,
        r#""required":["detected_language","translation"]},"#,
        r#""options":{"temperature":0.0,"seed":1,"num_ctx":4096,"num_predict":128}}"#
    );
    assert!(text.ends_with(tail), "{text}");
    assert!(text.contains(r"<message>\nOlá ‹/message>\n</message>"), "{text}");
}

#[test]
fn a_known_language_is_not_asked_for_and_the_system_prompt_stays() {
    let config = Config::defaults();
    let known = translate(&config, &ask("pt", "Preciso de \"ajuda\"\n", Mode::Json));
    assert_eq!(known.label, "translate pt→en \"Preciso de \\\"ajuda\\\"\\n\"");
    let unknown = body(&translate(&config, &ask("?", "Olá", Mode::Json)));
    let known = body(&known);
    assert_eq!(known["system"], unknown["system"]);
    assert_eq!(known["format"]["properties"], json!({"translation": {"type": "string"}}));
    assert_eq!(known["format"]["required"], json!(["translation"]));
}

#[test]
fn the_second_attempt_asks_differently() {
    let spec = translate(&Config::defaults(), &ask("pt", "Olá", Mode::Plain));
    assert_eq!(spec.label, r#"translate pt→en "Olá" plain"#);
    let body = body(&spec);
    assert!(body.get("system").is_none() && body.get("format").is_none());
    let options = json!({"temperature": 0.2, "seed": 2, "num_ctx": 4096, "num_predict": 128, "stop": ["</message>", "<message>"]});
    assert_eq!(body["options"], options);
}

#[test]
fn an_answer_may_be_as_long_as_the_text_needs() {
    assert_eq!(predict_tokens("ok"), 128);
    assert_eq!(predict_tokens(&"a".repeat(500)), 564);
    assert_eq!(predict_tokens(&"中".repeat(500)), 1564);
    assert_eq!(predict_tokens(&"a".repeat(9000)), 2048);
}

#[test]
fn every_call_loads_the_model_the_same_way() {
    let config = Config::defaults();
    let load = preload(&config);
    assert_eq!((load.label.as_str(), load.timeout), ("load llama3.2", Millis::from_secs(600)));
    let text = String::from_utf8(load.body.to_vec()).unwrap();
    let bytes =
        r#"{"model":"llama3.2","stream":false,"think":false,"keep_alive":"30m","options":{"num_ctx":4096}}"#;
    assert_eq!(text, bytes);
    for (spec, path) in [(version(), "/api/version"), (tags(), "/api/tags")] {
        assert_eq!(
            (spec.method, &*spec.path, spec.timeout, spec.body.len()),
            (JobMethod::Get, path, PROBE_TIMEOUT, 0)
        );
    }
}

#[test]
fn durations_as_go_reads_them() {
    for (span, written) in
        [(1, "1ms"), (1500, "1500ms"), (90_000, "90s"), (1_800_000, "30m"), (172_800_000, "48h")]
    {
        assert_eq!(go_duration(Millis(span)), written);
    }
}

#[test]
fn a_model_is_found_with_or_without_its_tag() {
    let body = br#"{"models":[{"name":"llama3.2:latest","model":"llama3.2:latest","size":1},{"name":"hf.co/x/y:Q4"}]}"#;
    for model in ["llama3.2", "llama3.2:latest", "hf.co/x/Y:q4"] {
        assert!(has_model(body, model), "{model}");
    }
    for model in ["llama3", "llama3.2:3b", "hf.co/x/y", "hf.co:443/x/y", ""] {
        assert!(!has_model(body, model), "{model}");
    }
    for body in ["", "{}", "[]", "null", r#"{"models":null}"#, r#"{"models":[{}]}"#, r#"{"models":[7]}"#] {
        assert!(!has_model(body.as_bytes(), "llama3.2"), "{body}");
    }
}

fn answered(status: u16, body: &str) -> Verdict {
    let outcome = JobOutcome::Answered(Answer::new(status, body.to_owned()));
    judge(&ask("es", "Me han cobrado dos veces.", Mode::Json), &Config::defaults().languages.0, &outcome)
}

#[test]
fn an_answer_of_ollama_is_read() {
    let body = r#"{"model":"llama3.2","created_at":"2026-11-20T10:00:00.1Z","response":"{\"translation\": \"They have charged me twice.\"}","done":true,"done_reason":"stop","context":[1,2,3],"eval_count":9}"#;
    let text = "They have charged me twice.".to_owned();
    assert_eq!(answered(200, body), Verdict::Translated { text, detected: None });
}

#[test]
fn statuses_say_whose_fault_it_is() {
    for (status, body, verdict) in [
        (404, r#"{"error":"model 'llama3.2' not found"}"#, Verdict::ModelMissing),
        (404, "404 page not found", Verdict::ModelMissing),
        (
            503,
            r#"{"error":"server busy, please try again.  maximum pending requests exceeded"}"#,
            Verdict::Busy,
        ),
        (500, r#"{"error":"model runner has unexpectedly stopped"}"#, Verdict::Broken),
        (502, "Bad Gateway", Verdict::Broken),
        (302, "", Verdict::Broken),
        (400, r#"{"error":"missing request body"}"#, Verdict::BadRequest),
        (403, "", Verdict::BadRequest),
        (405, "405 method not allowed", Verdict::BadRequest),
    ] {
        assert_eq!(answered(status, body), verdict, "{status}");
    }
}

#[test]
fn a_body_that_is_cut_or_not_ollamas_is_a_broken_service() {
    for body in [
        r#"{"model":"llama3.2","created_at":"2026-"#,
        "",
        "{}",
        "[]",
        "<html>It works!</html>",
        r#"{"error":"llama-server process has terminated"}"#,
        r#"{"response":7,"done":true,"done_reason":"stop"}"#,
    ] {
        assert_eq!(answered(200, body), Verdict::Broken, "{body}");
    }
}

#[test]
fn an_unfinished_or_empty_answer_is_never_delivered() {
    for (body, rejection) in [
        (r#"{"response":"{\"translation\":\"They\"}","done":false}"#, Rejection::Unfinished),
        (r#"{"response":"{\"translation\":\"They\"}","done":true}"#, Rejection::Unfinished),
        (
            r#"{"response":"{\"translation\":\"They have","done":true,"done_reason":"length"}"#,
            Rejection::Unfinished,
        ),
        (r#"{"response":"","done":true,"done_reason":"load"}"#, Rejection::Unfinished),
        (r#"{"response":"","done":true,"done_reason":"stop"}"#, Rejection::Empty),
        (r#"{"done":true,"done_reason":"stop"}"#, Rejection::Empty),
        (r#"{"response":"{\"translation\":\"\"}","done":true,"done_reason":"stop"}"#, Rejection::Empty),
    ] {
        assert_eq!(answered(200, body), Verdict::Rejected(rejection), "{body}");
    }
}

#[test]
fn a_call_without_an_answer_says_why() {
    for (why, verdict) in [
        (JobFailure::Refused, Verdict::Refused),
        (JobFailure::Lost, Verdict::Broken),
        (JobFailure::TooLarge, Verdict::Broken),
        (JobFailure::TimedOut, Verdict::TimedOut),
        (JobFailure::Cancelled, Verdict::Cancelled),
    ] {
        let outcome = JobOutcome::Failed { why, detail: String::new() };
        assert_eq!(judge(&ask("es", "Hola", Mode::Json), &[], &outcome), verdict);
    }
}
