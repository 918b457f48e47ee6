use super::*;
use crate::config::{Glossary, Value as _};
use crate::translate::glossary::Terms;
use crate::translate::prompt::Ask;
use crate::vocabulary::JobFailure;

fn language(code: &str) -> Language {
    Language::parse(code).unwrap()
}

fn ask(from: &str, to: &str, text: &str) -> Question {
    Ask { text: text.into(), from: Language::parse(from), to: language(to), mode: Mode::Marked }.into()
}

fn answered(body: &str) -> JobOutcome {
    JobOutcome::Answered(Answer::new(200, body.to_owned()))
}

/// With the pairs that three packages install.
fn installed(config: &Config) -> Apertium {
    let mut apertium = Apertium::default();
    let names = "cat-eng\ncat-spa\neng-cat\neng-spa\nspa-cat\nspa-eng\nspa-eng_US";
    assert_eq!(apertium.on_probe(config, &answered(names)), Probed::Well);
    apertium
}

/// What is made of an answer to a Spanish text for an English reader.
fn verdict(text: &str, answer: &str) -> Verdict {
    let config = Config::defaults();
    installed(&config).judge(&config, &ask("es", "en", text), &answered(answer))
}

fn translated(text: &str) -> Verdict {
    Verdict::Translated { text: text.to_owned(), detected: None }
}

#[test]
fn it_covers_what_is_installed_and_never_an_unknown_source() {
    let config = Config::defaults();
    let mut apertium = installed(&config);
    let (en, es, de) = (language("en"), language("es"), language("de"));
    assert!(apertium.covers((Some(es), en)) && apertium.covers((Some(en), es)));
    assert!(
        !apertium.covers((Some(es), de)) && !apertium.covers((None, en)) && !apertium.covers((Some(en), en))
    );
    assert_eq!(apertium.pairs(&config), (2, 2), "Catalan is not offered");
    assert_eq!(apertium.on_probe(&config, &answered("")), Probed::Down);
    assert!(!apertium.covers((Some(es), en)), "it was removed");
    let refused = JobOutcome::Failed { why: JobFailure::Refused, detail: String::new() };
    assert_eq!(apertium.on_probe(&config, &refused), Probed::Down);
}

#[test]
fn a_text_goes_through_the_pipelines_of_its_pair() {
    let config = Config::defaults();
    let JobSpec::Pipeline(call) = installed(&config).translate(&config, &ask("en", "es", "Where is A-4471?"))
    else {
        panic!("a call of another kind");
    };
    let chain = ["eng-cat", "cat-spa"].map(str::to_owned).to_vec();
    assert_eq!(call.work, PipelineWork::Run { chain, text: "Where is [#0]?[]\n".to_owned() });
    assert_eq!(
        (call.label.as_str(), call.service),
        ("translate en→es \"Where is A-4471?\"", Service::APERTIUM)
    );
}

#[test]
fn an_answer_is_translated_unless_too_much_of_it_is_unknown() {
    let hello = "Hola, quiero devolver A-4471.";
    assert_eq!(
        verdict(hello, "Hello, I want to #give back [#0].[]\n"),
        translated("Hello, I want to give back A-4471.")
    );
    let unknown = Verdict::Rejected(Rejection::UnknownWords);
    assert_eq!(
        verdict("uno dos tres cuatro cinco", "*uno *dos three four five.[]"),
        translated("uno dos three four five")
    );
    assert_eq!(verdict("uno dos tres cuatro cinco", "*uno *dos *tres four five.[]"), unknown);
}

#[test]
fn a_name_is_no_unknown_word() {
    let unknown = Verdict::Rejected(Rejection::UnknownWords);
    assert_eq!(verdict("Hola Xyz", "Hello *Xyz.[]"), translated("Hello Xyz"));
    assert_eq!(
        verdict("Me llamo Xyz Öztürk-Ng", "I call me *Xyz *Öztürk-*Ng.[]"),
        translated("I call me Xyz Öztürk-Ng")
    );
    // Names are no reason to believe what else there is.
    assert_eq!(verdict("perdí tarjeta Xyz Abc", "*perdí card *Xyz *Abc.[]"), unknown);
    // Only a capital in the middle of a sentence makes one.
    for (text, answer) in [
        ("hola xyz", "hello *xyz.[]"),
        ("HOLA XYZ", "hello *xyz.[]"),
        ("Hola. Xyzar", "Hello. *Xyzar.[]"),
        ("Hola: ¿Xyzar?", "Hello: ¿*Xyzar?[]"),
    ] {
        assert_eq!(verdict(text, answer), unknown, "{text}");
    }
}

#[test]
fn what_comes_back_unchanged_is_right_only_for_names() {
    let echo = Verdict::Rejected(Rejection::Echo);
    assert_eq!(verdict("quiero devolver mi pedido ya", "quiero devolver mi pedido ya.[]"), echo);
    assert_eq!(verdict("*quiero devolver mi pedido", "[#0]*quiero *devolver *mi *pedido.[]"), echo);
    assert_eq!(verdict("Maria Pérez García", "*Maria *Pérez *García.[]"), translated("Maria Pérez García"));
    assert_eq!(verdict("Vale", "*Vale.[]"), translated("Vale"));
}

#[test]
fn a_text_that_is_too_long_is_not_sent() {
    let config = Config::defaults();
    let mut apertium = installed(&config);
    let long = ask("es", "en", &"a ".repeat(MAX_CHARS / 2 + 1));
    let JobSpec::Pipeline(PipelineCall { work: PipelineWork::Run { text, .. }, .. }) =
        apertium.translate(&config, &long)
    else {
        panic!("a call of another kind");
    };
    assert_eq!(text, "");
    assert_eq!(apertium.judge(&config, &long, &answered("")), Verdict::Rejected(Rejection::TooLong));
    assert!(!is_too_long(&ask("es", "en", &"á".repeat(MAX_CHARS))));
}

#[test]
fn the_longest_text_fits_into_a_pipe() {
    for c in ["*a", "[", "é", "\u{1F600}", "a\n", "[[0]]"] {
        let mut text = c.repeat(MAX_CHARS / c.chars().count() - 1);
        text.push('a');
        let sent = Stream::of(&text).sent().len();
        assert!(sent < 64 * 1024 - 64, "{c:?} becomes {sent} bytes");
    }
}

#[test]
fn an_end_without_an_answer_is_what_it_is() {
    let config = Config::defaults();
    let judge = |outcome: &JobOutcome| installed(&config).judge(&config, &ask("es", "en", "Hola"), outcome);
    for (why, verdict) in [
        (JobFailure::Lost, Verdict::Broken),
        (JobFailure::TimedOut, Verdict::TimedOut),
        (JobFailure::Refused, Verdict::Refused),
        (JobFailure::Cancelled, Verdict::Cancelled),
    ] {
        assert_eq!(judge(&JobOutcome::Failed { why, detail: String::new() }), verdict);
    }
    assert_eq!(judge(&JobOutcome::Answered(Answer::new(500, "Hello.[]"))), Verdict::Broken);
    let garbled = JobOutcome::Answered(Answer::new(200, vec![0xFF]));
    assert_eq!(judge(&garbled), Verdict::Rejected(Rejection::Garbled));
    assert_eq!(judge(&answered("Hello.[]\nHi.[]")), Verdict::Rejected(Rejection::Markers));
}

#[test]
fn terms_of_the_glossary_travel_in_brackets() {
    let config = Config::defaults();
    let glossary = Glossary::parse(r#"[{"keep":"Blitzversand"},{"es":"cesta","en":"basket"}]"#).unwrap();
    let ask = ask("es", "en", "La cesta de Blitzversand está vacía\nCesta");
    let ask = Question { terms: Terms::of(&glossary), ..ask };
    let JobSpec::Pipeline(call) = installed(&config).translate(&config, &ask) else { panic!("a call") };
    let PipelineWork::Run { text, .. } = call.work else { panic!("a text") };
    assert_eq!(text, "La [#0] de [#1] está vacía.[]\n", "a line of nothing but terms needs no engine");
    let verdict = installed(&config).judge(&config, &ask, &answered("The [#0] of [#1] is empty.[]\n"));
    let text = "The basket of Blitzversand is empty\nBasket".to_owned();
    assert_eq!(verdict, Verdict::Translated { text, detected: None });
}
