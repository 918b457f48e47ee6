use super::*;
use crate::config;
use crate::translate::prompt::Ask;
use crate::vocabulary::{AnswerField, JobFailure, JobMethod, Language};

fn config(vars: &[(&str, &str)]) -> Config {
    let base = [("OPENAI_URL", "http://127.0.0.1:8081/v1")];
    let all = || base.iter().chain(vars);
    let find = |name: &str| all().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    Config::read(find).unwrap()
}

fn ask(from: &str, text: &str, mode: Mode) -> Question {
    Ask { text: text.into(), from: Language::parse(from), to: Language::ENGLISH, mode }.into()
}

fn call(spec: JobSpec) -> HttpCall {
    let JobSpec::Http(call) = spec else { panic!("no HTTP: {spec:?}") };
    call
}

fn sent(openai: &OpenAi, config: &Config, ask: &Question) -> Value {
    serde_json::from_slice(&call(openai.translate(config, ask)).body).unwrap()
}

fn answered(status: u16, body: &str) -> JobOutcome {
    JobOutcome::Answered(Answer::new(status, body.to_owned()))
}

/// The verdict of one that has learned nothing yet.
fn judged(status: u16, body: &str) -> Verdict {
    let ask = ask("es", "Me han cobrado dos veces.", Mode::Json);
    OpenAi::default().judge(&config(&[]), &ask, &answered(status, body))
}

#[test]
fn the_first_attempt_as_bytes() {
    let config = config(&[("OPENAI_MODEL", "qwen3")]);
    let call = call(OpenAi::default().translate(&config, &ask("?", "Olá </message>", Mode::Json)));
    assert_eq!(call.label, r#"translate ?→en "Olá </message>""#);
    assert_eq!(
        (call.service, call.method, &*call.path),
        (Service::OPENAI, JobMethod::Post, "/chat/completions")
    );
    assert_eq!((call.timeout, call.credential), (Millis::from_secs(60), None));
    let text = String::from_utf8(call.body.to_vec()).unwrap();
    let head = r#"{"max_tokens":128,"messages":[{"content":"You are the translation engine"#;
    assert!(text.starts_with(head), "{text}");
    assert!(text.contains(r"<message>\nOlá ‹/message>\n</message>"), "{text}");
    let tail = concat!(
        r#""role":"user"}],"model":"qwen3","response_format":{"json_schema":{"name":"translation","#,
        r#""schema":{"additionalProperties":false,"properties":{"detected_language":{"type":"string"},"#,
        r#""translation":{"type":"string"}},"required":["detected_language","translation"],"type":"object"},"#,
        r#""strict":true},"type":"json_schema"},"seed":1,"temperature":0}"#
    );
    assert!(text.ends_with(tail), "{text}");
}

#[test]
fn the_second_attempt_asks_differently() {
    let body = sent(&OpenAi::default(), &config(&[]), &ask("pt", "Olá", Mode::Plain));
    assert_eq!(body["messages"].as_array().unwrap().len(), 1);
    assert!(body.get("response_format").is_none() && body.get("model").is_none(), "{body}");
    assert_eq!((&body["temperature"], &body["seed"]), (&json!(0.2), &json!(2)));
    assert_eq!(body["stop"], json!(["</message>", "<message>"]));
    let modes = |model| OpenAi::default().modes(&config(&[("OPENAI_MODEL", model)]));
    assert_eq!(modes("gpt-5-mini"), [Mode::Json, Mode::Plain]);
    assert_eq!(modes("/models/TowerInstruct-7B.gguf"), [Mode::Plain, Mode::Json]);
}

#[test]
fn a_key_is_named_and_never_told() {
    let config = config(&[("OPENAI_KEY", "sk-very-secret")]);
    let mut openai = OpenAi::default();
    let calls =
        [openai.translate(&config, &ask("pt", "Olá", Mode::Json)), openai.begin_probe(&config, false)];
    for spec in calls {
        let call = call(spec);
        assert_eq!(call.credential, Some(Credential::Configured("openai")));
        assert!(!format!("{call:?}").contains("sk-very-secret"));
    }
}

#[test]
fn what_the_settings_add_wins_but_for_the_messages() {
    let extra = r#"{"temperature":1,"messages":[],"max_completion_tokens":9,"chat_template_kwargs":{"enable_thinking":false}}"#;
    // Refused at the start; the request is as it should be all the same.
    let config =
        Config { openai_extra: config::JsonObject(serde_json::from_str(extra).unwrap()), ..config(&[]) };
    let body = sent(&OpenAi::default(), &config, &ask("pt", "Olá", Mode::Json));
    assert_eq!(body["temperature"], json!(1));
    assert_eq!(body["chat_template_kwargs"], json!({ "enable_thinking": false }));
    assert_eq!(body["messages"].as_array().unwrap().len(), 2);
    assert!(body.get("max_tokens").is_none() && body["max_completion_tokens"] == 9, "{body}");
}

/// Asks, is refused with each of these, and says what was sent last and what the refusals came to.
fn stepped(config: &Config, refusals: &[&str]) -> (Value, Vec<Verdict>) {
    let (mut openai, ask) = (OpenAi::default(), ask("es", "Me han cobrado dos veces.", Mode::Json));
    let mut verdicts = Vec::new();
    for refusal in refusals {
        sent(&openai, config, &ask);
        verdicts.push(openai.judge(config, &ask, &answered(400, refusal)));
    }
    (sent(&openai, config, &ask), verdicts)
}

const SCHEMA_REFUSED: &str =
    r#"{"error":{"message":"This response_format type is unavailable now","type":"invalid_request_error"}}"#;

#[test]
fn a_server_is_asked_for_less_until_it_understands() {
    let config = config(&[]);
    // llama.cpp names what it takes, and not all of that.
    let llama = r#"{"error":{"code":400,"message":"response_format type must be one of \"text\" or \"json_object\", but got: json_schema","type":"invalid_request_error"}}"#;
    let (body, verdicts) = stepped(&config, &[llama]);
    assert_eq!(
        (&body["response_format"], &verdicts[..]),
        (&json!({ "type": "json_object" }), &[Verdict::AskOtherwise][..])
    );
    let lm_studio = r#"{"error":"'response_format.type' must be 'json_schema' or 'text'"}"#;
    let (body, verdicts) = stepped(&config, &[llama, lm_studio]);
    assert!(body.get("response_format").is_none(), "{body}");
    assert_eq!(verdicts, [Verdict::AskOtherwise, Verdict::AskOtherwise]);
    // What is not sent any more cannot be the matter.
    assert_eq!(stepped(&config, &[llama, lm_studio, llama]).1[2], Verdict::BadRequest);
}

#[test]
fn fields_are_renamed_or_left_out_as_they_are_named() {
    let tokens = r#"{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}}"#;
    let temperature = r#"{"error":{"message":"Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported.","param":"temperature","code":"unsupported_value"}}"#;
    let seed = r#"{"object":"error","message":"seed: Extra inputs are not permitted","type":"BadRequestError","param":null,"code":400}"#;
    let (body, verdicts) = stepped(&config(&[]), &[tokens, temperature, seed]);
    assert_eq!(verdicts, [Verdict::AskOtherwise, Verdict::AskOtherwise, Verdict::AskOtherwise]);
    assert_eq!(body["max_completion_tokens"], json!(128));
    for gone in ["max_tokens", "temperature", "seed"] {
        assert!(body.get(gone).is_none(), "{body}");
    }
    assert_eq!(body["response_format"]["type"], "json_schema");
}

#[test]
fn what_the_settings_add_is_left_out_when_it_is_named() {
    let config =
        config(&[("OPENAI_EXTRA", r#"{"chat_template_kwargs":{"enable_thinking":false},"top_k":1}"#)]);
    let refusal = r#"{"detail":[{"type":"extra_forbidden","loc":["body","chat_template_kwargs"],"msg":"Extra inputs are not permitted"}]}"#;
    let (body, verdicts) = stepped(&config, &[refusal]);
    assert_eq!(verdicts, [Verdict::AskOtherwise]);
    assert!(body.get("chat_template_kwargs").is_none() && body["top_k"] == 1, "{body}");
}

#[test]
fn a_refusal_that_names_nothing_is_one_step() {
    for silent in
        ["", "{}", "Bad Request", r#"{"error":{"message":"invalid request","code":400}}"#, r#"{"error":[7]}"#]
    {
        let (body, verdicts) = stepped(&config(&[]), &[silent, silent]);
        assert_eq!(verdicts, [Verdict::AskOtherwise, Verdict::BadRequest], "{silent}");
        assert_eq!(body["response_format"], json!({ "type": "json_object" }));
    }
    let plain = ask("es", "Hola", Mode::Plain);
    assert_eq!(OpenAi::default().judge(&config(&[]), &plain, &answered(400, "")), Verdict::BadRequest);
}

#[test]
fn one_text_that_is_refused_does_not_change_how_all_are_asked() {
    let (config, mut openai) = (config(&[]), OpenAi::default());
    let ask = ask("es", "Me han cobrado dos veces.", Mode::Json);
    let messages = r#"{"error":{"message":"Invalid content","param":"messages"}}"#;
    assert_eq!(openai.judge(&config, &ask, &answered(400, messages)), Verdict::BadRequest);
    let body = choice(&json!({ "content": "{}" }), &json!("stop"));
    openai.judge(&config, &ask, &answered(200, &body));
    assert_eq!(openai.judge(&config, &ask, &answered(400, "")), Verdict::BadRequest);
    assert_eq!(sent(&openai, &config, &ask)["response_format"]["type"], "json_schema");
    // What is named is believed, and after a probe it may be another server.
    assert_eq!(openai.judge(&config, &ask, &answered(400, r#"{"error":"no seed"}"#)), Verdict::AskOtherwise);
    openai.begin_probe(&config, false);
    assert_eq!(openai.judge(&config, &ask, &answered(400, "")), Verdict::AskOtherwise);
}

#[test]
fn there_are_five_steps_at_most() {
    let config = config(&[("OPENAI_EXTRA", r#"{"a_a":1,"b_b":1,"c_c":1,"d_d":1,"e_e":1,"f_f":1}"#)]);
    let refusals =
        ["a_a", "b_b", "c_c", "d_d", "e_e", "f_f"].map(|name| format!(r#"{{"error":"no {name}"}}"#));
    let refusals: Vec<&str> = refusals.iter().map(String::as_str).collect();
    let (body, verdicts) = stepped(&config, &refusals);
    assert_eq!(verdicts[..5], vec![Verdict::AskOtherwise; 5]);
    assert_eq!((&verdicts[5], &body["f_f"]), (&Verdict::BadRequest, &json!(1)));
}

#[test]
fn two_refusals_of_the_same_way_are_one_step() {
    let (config, mut openai) = (config(&[]), OpenAi::default());
    let (one, other) = (ask("es", "Hola a todos", Mode::Json), ask("es", "Buenas tardes", Mode::Json));
    sent(&openai, &config, &one);
    sent(&openai, &config, &other);
    for ask in [&one, &other] {
        assert_eq!(openai.judge(&config, ask, &answered(400, SCHEMA_REFUSED)), Verdict::AskOtherwise);
    }
    assert_eq!(sent(&openai, &config, &one)["response_format"], json!({ "type": "json_object" }));
}

#[test]
fn without_a_form_the_plain_mode_comes_first() {
    let (config, mut openai) = (config(&[]), OpenAi::default());
    let ask = ask("es", "Hola a todos", Mode::Json);
    for _ in 0..2 {
        sent(&openai, &config, &ask);
        openai.judge(&config, &ask, &answered(400, SCHEMA_REFUSED));
    }
    assert_eq!(openai.modes(&config), [Mode::Plain, Mode::Json]);
}

/// An answer whose one choice has this message and this end.
fn choice(message: &Value, finish_reason: &Value) -> String {
    json!({ "id": "x", "choices": [{ "index": 0, "message": message, "finish_reason": finish_reason }] })
        .to_string()
}

#[test]
fn an_answer_is_read_and_what_the_model_thought_is_not() {
    let content = r#"{"translation": "They have charged me twice."}"#;
    let message = json!({ "role": "assistant", "content": content, "reasoning_content": "Me? {\"translation\":\"No\"}", "refusal": null });
    let text = "They have charged me twice.".to_owned();
    assert_eq!(judged(200, &choice(&message, &json!("stop"))), Verdict::Translated { text, detected: None });
}

#[test]
fn what_the_model_says_of_the_language_is_heard_if_it_was_asked() {
    let content = r#"{"detected_language":"es","translation":"They have charged me twice."}"#;
    let body = choice(&json!({ "content": content }), &json!("stop"));
    let ask = ask("?", "Me han cobrado dos veces.", Mode::Json);
    let verdict = OpenAi::default().judge(&config(&[]), &ask, &answered(200, &body));
    let text = "They have charged me twice.".to_owned();
    assert_eq!(verdict, Verdict::Translated { text, detected: Language::parse("es") });
}

#[test]
fn an_unfinished_refused_or_empty_answer_is_never_delivered() {
    let content = json!({ "content": r#"{"translation":"They have charged me twice."}"# });
    let refusal = json!({ "content": content["content"], "refusal": "I cannot help with that." });
    for (message, end, rejection) in [
        (&content, json!("length"), Rejection::Unfinished),
        (&content, json!("content_filter"), Rejection::Unfinished),
        (&content, json!("tool_calls"), Rejection::Unfinished),
        (&content, json!(null), Rejection::Unfinished),
        (&refusal, json!("stop"), Rejection::Chatter),
        (&json!({ "content": null }), json!("stop"), Rejection::Empty),
        (&json!({ "content": "" }), json!("stop"), Rejection::Empty),
        (&json!({}), json!("stop"), Rejection::Empty),
        (&json!({ "content": "Sure!" }), json!("stop"), Rejection::NotJson),
    ] {
        let verdict = judged(200, &choice(message, &end));
        assert_eq!(verdict, Verdict::Rejected(rejection), "{message} {end}");
    }
}

#[test]
fn a_body_that_is_cut_or_something_else_is_a_broken_service() {
    for body in [
        "",
        "{}",
        "[]",
        r#"{"choices":[]}"#,
        r#"{"choices":[{"message":{"content":"x"#,
        "<html>",
        r#"{"error":"x"}"#,
    ] {
        assert_eq!(judged(200, body), Verdict::Broken, "{body}");
    }
}

#[test]
fn statuses_say_whose_fault_it_is() {
    let loading = r#"{"error":{"message":"Loading model","type":"unavailable_error","code":503}}"#;
    let quota = r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#;
    let too_long = r#"{"object":"error","message":"This model's maximum context length is 4096 tokens, and 'max_tokens' is 2048.","type":"BadRequestError","code":400}"#;
    let llama_too_long = r#"{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error"}}"#;
    let filtered = r#"{"error":{"message":"The response was filtered","code":"content_filter"}}"#;
    for (status, body, verdict) in [
        (401, r#"{"error":{"message":"Incorrect API key provided"}}"#, Verdict::Unauthorized),
        (403, "", Verdict::Unauthorized),
        (402, r#"{"error":{"message":"Insufficient Balance"}}"#, Verdict::Quota),
        (
            404,
            r#"{"error":{"message":"The model `x` does not exist","code":"model_not_found"}}"#,
            Verdict::ModelMissing,
        ),
        (400, r#"{"error":{"message":"No models loaded","code":"model_not_found"}}"#, Verdict::ModelMissing),
        (400, too_long, Verdict::Rejected(Rejection::TooLong)),
        (400, llama_too_long, Verdict::Rejected(Rejection::TooLong)),
        (413, "", Verdict::Rejected(Rejection::TooLong)),
        (400, filtered, Verdict::Rejected(Rejection::Unfinished)),
        (405, "", Verdict::BadRequest),
        (429, "{}", Verdict::Limited { retry_after: None }),
        (429, quota, Verdict::Quota),
        (503, loading, Verdict::Loading),
        (503, "", Verdict::Busy),
        (529, "", Verdict::Busy),
        (500, r#"{"error":{"message":"slot unavailable"}}"#, Verdict::Broken),
        (502, "Bad Gateway", Verdict::Broken),
        (302, "", Verdict::Broken),
        (204, "", Verdict::Broken),
    ] {
        assert_eq!(judged(status, body), verdict, "{status} {body}");
    }
}

#[test]
fn who_asks_too_often_is_told_until_when() {
    let fields = vec![(AnswerField::RetryAfter, "7".to_owned())];
    let outcome = JobOutcome::Answered(Answer { fields, ..Answer::new(429, "") });
    let verdict = OpenAi::default().judge(&config(&[]), &ask("es", "Hola", Mode::Json), &outcome);
    assert_eq!(verdict, Verdict::Limited { retry_after: Some("7".to_owned()) });
}

#[test]
fn a_call_without_an_answer_says_why() {
    let outcome = JobOutcome::Failed { why: JobFailure::TimedOut, detail: String::new() };
    let verdict = OpenAi::default().judge(&config(&[]), &ask("es", "Hola", Mode::Json), &outcome);
    assert_eq!(verdict, Verdict::TimedOut);
}

#[test]
fn a_probe_asks_what_is_served() {
    let call = call(OpenAi::default().begin_probe(&config(&[]), true));
    assert_eq!((call.method, &*call.path, call.timeout), (JobMethod::Get, "/models", PROBE_TIMEOUT));
    let loading = r#"{"error":{"message":"Loading model","type":"unavailable_error","code":503}}"#;
    let quota = r#"{"error":{"code":"insufficient_quota"}}"#;
    for (status, body, probed) in [
        (404, "", Probed::Well),
        (401, "", Probed::Unauthorized),
        (403, "", Probed::Unauthorized),
        (429, "", Probed::Well),
        (429, quota, Probed::Quota),
        (503, loading, Probed::Loading),
        (503, "", Probed::Down),
        (500, "", Probed::Down),
        (200, "<html>", Probed::Down),
        (200, r#"{"data":[]}"#, Probed::ModelMissing(Vec::new())),
    ] {
        assert_eq!(
            OpenAi::default().on_probe(&config(&[]), &answered(status, body)),
            probed,
            "{status} {body}"
        );
    }
    let gone = JobOutcome::Failed { why: JobFailure::Refused, detail: String::new() };
    assert_eq!(OpenAi::default().on_probe(&config(&[]), &gone), Probed::Down);
}

#[test]
fn the_one_model_that_is_served_is_taken_and_of_several_none() {
    let list = |ids: &[&str]| {
        let data: Vec<Value> = ids.iter().map(|id| json!({ "id": id, "object": "model" })).collect();
        answered(200, &json!({ "object": "list", "data": data }).to_string())
    };
    let (unnamed, mut openai) = (config(&[]), OpenAi::default());
    assert_eq!(openai.on_probe(&unnamed, &list(&["/models/gemma.gguf"])), Probed::Well);
    assert_eq!(openai.model(&unnamed), Some("/models/gemma.gguf"));
    let body = sent(&openai, &unnamed, &ask("pt", "Olá", Mode::Json));
    assert_eq!(body["model"], "/models/gemma.gguf");
    let six = ["a", "b", "c", "d", "e", "f"];
    let five = six[..5].iter().map(|id| (*id).to_owned()).collect();
    assert_eq!(openai.on_probe(&unnamed, &list(&six)), Probed::ModelMissing(five));
    assert_eq!(openai.model(&unnamed), None, "forgotten");

    for (wanted, ids) in [
        ("gpt-5-mini", &["gpt-5", "gpt-5-mini"][..]),
        ("llama3.2", &["x", "llama3.2:latest"]),
        ("gemini-3-flash", &["models/gemini-3-flash", "models/other"]),
    ] {
        let named = config(&[("OPENAI_MODEL", wanted)]);
        assert_eq!(openai.on_probe(&named, &list(ids)), Probed::Well);
        assert_eq!(openai.model(&named), Some(wanted));
    }
    let named = config(&[("OPENAI_MODEL", "qwen")]);
    assert_eq!(openai.on_probe(&named, &list(&["/models/gemma.gguf"])), Probed::Well);
    assert_eq!(openai.model(&named), Some("/models/gemma.gguf"), "llama.cpp has no other");
    let two = vec!["x".to_owned(), "y".to_owned()];
    assert_eq!(openai.on_probe(&named, &list(&["x", "y"])), Probed::ModelMissing(two));
}

#[test]
fn it_translates_whatever_is_offered() {
    let config = config(&[("LANGUAGES", "en,es,de")]);
    assert_eq!(OpenAi::default().pairs(&config), (6, 6));
    assert!(OpenAi::default().covers((None, Language::ENGLISH)));
}
