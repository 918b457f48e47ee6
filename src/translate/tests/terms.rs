use super::*;
use crate::config::Value as _;
use crate::vocabulary::JobFailure;

/// One that calls a box a crate.
fn bench() -> Bench {
    let mut bench = Bench::ready();
    let glossary = Glossary::parse(r#"[{"pt":"caixa","en":"crate"},{"keep":"Blitz"}]"#).unwrap();
    bench.translator.take_glossary(&glossary);
    bench
}

fn said(translation: &str) -> String {
    let answer = serde_json::json!({ "translation": translation }).to_string();
    serde_json::json!({ "response": answer, "done": true, "done_reason": "stop" }).to_string()
}

fn said_plainly(response: &str) -> String {
    serde_json::json!({ "response": response, "done": true, "done_reason": "stop" }).to_string()
}

fn outcome(bench: &mut Bench) -> Option<String> {
    let (_, outcome) = bench.translator.take_ended().pop()?;
    match outcome {
        Outcome::Done { text, .. } => Some(text.to_string()),
        Outcome::Failed { .. } => panic!("it failed"),
    }
}

fn missed(bench: &Bench) -> u64 {
    bench.translator.engines[0].stats.glossary_missed
}

#[test]
fn an_answer_without_a_term_is_asked_for_the_other_way_and_then_taken() {
    for (first, second, taken, is_missed) in [
        ("The crate is open.", None, "The crate is open.", 0),
        ("The box is open.", Some("The crate is open."), "The crate is open.", 0),
        ("The box is open.", Some("That box is open."), "The box is open.", 1),
        ("The box is open.", Some("As an AI language model, I cannot do that."), "The box is open.", 1),
    ] {
        let mut bench = bench();
        assert_eq!(bench.ask_for(0, 1, "A caixa está aberta."), Asked::Later);
        bench.answer(200, &said(first));
        if let Some(second) = second {
            assert_eq!(outcome(&mut bench), None, "{first}");
            bench.answer(200, &said_plainly(second));
        }
        assert_eq!(outcome(&mut bench).as_deref(), Some(taken));
        assert_eq!(missed(&bench), is_missed, "{first}, then {second:?}");
        bench.translator.check_invariants(&bench.config);
    }
}

/// Trap: what could be believed is lost with the service.
#[test]
fn what_is_held_is_taken_when_the_service_goes() {
    let mut bench = bench();
    bench.ask_for(0, 1, "A caixa está aberta.");
    bench.answer(200, &said("The box is open."));
    let [Effect::StartJob { job, .. }] = bench.effects[..] else { panic!("the other way") };
    let work = bench.jobs.end(job).unwrap();
    let refused = JobOutcome::Failed { why: JobFailure::Refused, detail: String::new() };
    bench.with(|translator, turn| translator.on_job(turn, work, &refused));
    assert_eq!(outcome(&mut bench).as_deref(), Some("The box is open."));
    assert_eq!((missed(&bench), bench.translator.state()), (1, Some("down")));
    bench.translator.check_invariants(&bench.config);
}

/// Trap: what a part lacks ends the whole text, or is held for the next part.
#[test]
fn each_part_of_a_long_text_is_looked_at() {
    let mut bench = bench();
    let filler = |word: &str| format!("{} ", vec![word; 280].join(" "));
    let text =
        format!("A caixa {}está aberta.\n\nA caixa {}está fechada.", filler("grande"), filler("bonita"));
    assert_eq!(bench.ask_for(0, 1, &text), Asked::Later);
    let flight = bench.translator.by_key.values().next().copied().unwrap();
    let parts = |bench: &mut Bench, text: &str| {
        bench.effects.clear();
        bench.with(|translator, turn| {
            translator.term_missed(turn, flight, 0, text.to_owned(), None);
        });
    };
    // The first part lacks it twice, the second once more: its first answer is all there is by then.
    for (said, is_missed, ended) in [("One, ", 0, None), ("Eins, ", 1, None), ("two", 2, Some("One, two"))] {
        parts(&mut bench, said);
        assert_eq!((missed(&bench), outcome(&mut bench).as_deref()), (is_missed, ended), "{said}");
    }
}

#[test]
fn nothing_but_terms_is_said_at_once_and_what_was_remembered_is_for_one_glossary() {
    let mut bench = bench();
    let Asked::Now(Outcome::Done { text, by: None, .. }) = bench.ask_for(0, 1, "Caixa? Blitz!") else {
        panic!("no engine is needed")
    };
    assert_eq!(&*text, "Crate? Blitz!");
    bench.ask_for(0, 1, "A caixa está aberta.");
    bench.answer(200, &said("The crate is open."));
    assert!(matches!(bench.ask_for(0, 2, "A caixa está aberta."), Asked::Now(_)), "remembered");
    let other = Glossary::parse(r#"[{"pt":"caixa","en":"box"}]"#).unwrap();
    bench.translator.take_glossary(&other);
    assert_eq!(bench.ask_for(0, 3, "A caixa está aberta."), Asked::Later);
    bench.translator.take_glossary(&Glossary::default());
    assert_eq!(bench.ask_for(0, 4, "A caixa está aberta."), Asked::Later, "joins nobody with another one");
    assert_eq!(bench.translator.stats().joined, 0);
}

#[test]
fn a_look_at_an_engine_that_is_well_stops_nobody() {
    let mut bench = bench();
    bench.with(Translator::look_for_all);
    bench.with(Translator::look_for_all);
    assert_eq!(bench.effects.len(), 1, "one look at a time");
    for body in ["{}", r#"{"models":[{"name":"llama3.2:latest","model":"llama3.2:latest"}]}"#] {
        bench.answer(200, body);
        assert_eq!(bench.translator.state(), Some("ready"));
    }
    bench.answer(404, "{}");
    assert_eq!(bench.translator.state(), Some("model_missing"));
}
