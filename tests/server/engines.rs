//! The engines beside Ollama, as the binary is told of them: what it refuses to start with, and that no key is ever told.

use std::fs;

use crate::support::engines::Fake;
use crate::support::engines::deepl::DeepL;
use crate::support::engines::libretranslate::LibreTranslate;
use crate::support::engines::openai::OpenAi;
use crate::support::http;
use crate::support::process::{Server, TempFile, run};

const KEY: &str = "the-very-secret-key";

#[test]
fn what_would_send_words_or_keys_astray_is_refused_by_name() {
    let hash = format!("sha256:{}", "0f".repeat(32));
    for (variables, name) in [
        (&[("OPENAI_KEY", KEY)][..], "OPENAI_KEY is of no use without OPENAI_URL"),
        (&[("LIBRETRANSLATE_KEY", KEY)], "LIBRETRANSLATE_KEY is of no use without LIBRETRANSLATE_URL"),
        (&[("DEEPL_URL", "http://127.0.0.1:9")], "DEEPL_URL is of no use without DEEPL_KEY"),
        (&[("OLLAMA_URL", "http://8.8.8.8")], "OLLAMA_URL names a public address"),
        (&[("OPENAI_URL", "http://0x08080808/v1"), ("OPENAI_KEY", KEY)], "OPENAI_URL names a public address"),
        (
            &[("LIBRETRANSLATE_URL", "http://me:the-very-secret-key@10.0.0.7")],
            "LIBRETRANSLATE_URL must not hold",
        ),
        (&[("OPENAI_URL", "http://10.0.0.7/v1"), ("OPENAI_KEY", &hash)], "OPENAI_KEY is the hash of a key"),
        (&[("OPENAI_EXTRA", r#"{"stream":true}"#)], "OPENAI_EXTRA must not set \"stream\""),
        (&[("APERTIUM_HOPS", "9")], "APERTIUM_HOPS must be from 1 to 5"),
    ] {
        let refused = run(&[], variables);
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{said}");
        assert!(said.contains(name) && !said.contains(KEY), "{said}");
    }
}

#[test]
fn keys_are_in_no_log_no_trace_and_no_answer() {
    let openai = Fake::start(OpenAi::new(&[]));
    let libretranslate = Fake::start(LibreTranslate::new(&[]));
    let deepl = Fake::start(DeepL::new(KEY, &[]));
    let (openai_url, libretranslate_url, deepl_url) =
        (format!("{}/v1", openai.url()), libretranslate.url(), deepl.url());
    let variables = [
        ("OPENAI_URL", &*openai_url),
        ("OPENAI_KEY", KEY),
        ("LIBRETRANSLATE_URL", &*libretranslate_url),
        ("LIBRETRANSLATE_KEY", KEY),
        ("DEEPL_URL", &*deepl_url),
        ("DEEPL_KEY", KEY),
        ("LOG", "trace"),
    ];
    let trace = TempFile::new("engines.trace");
    let server = Server::start_with(&["--record", trace.as_str()], &variables);
    let told = ["/health", "/metrics"].map(|path| http::get(server.address(), path).text());
    let log = server.stop().log;
    let trace = fs::read_to_string(trace.path()).unwrap();
    for name in ["OPENAI_KEY", "LIBRETRANSLATE_KEY", "DEEPL_KEY"] {
        assert!(trace.contains(&format!("{name}=sha256:")), "the settings are in the trace: {trace}");
    }
    for told in told.iter().chain([&log, &trace]) {
        assert!(!told.contains(KEY), "{told}");
    }
}
