//! The file of the glossary, read at the start and again at SIGHUP.

use std::fs;

use serde_json::{Value, json};

use crate::support::desk::{Member, agent, customer};
use crate::support::ollama::{Ollama, READY};
use crate::support::process::{Server, TempFile, run};
use crate::support::websocket::{FIN, TEXT, frame};

const PAIRS: [(&str, &str); 2] = [
    ("Your quick shipping is on its way.", "O seu envio rápido está a caminho."),
    ("Your [[0]] is on its way.", "O seu [[0]] está a caminho."),
];

/// What the customer would read of the same draft as ever.
fn preview(sam: &mut Member) -> Value {
    let draft = json!({ "type": "preview", "content": PAIRS[0].0 }).to_string();
    sam.socket.send(&frame(FIN | TEXT, draft.as_bytes()));
    sam.socket.event_of("preview")
}

#[test]
fn a_hangup_has_it_read_again_and_a_wrong_one_changes_nothing() {
    let file = TempFile::new("glossary.json");
    fs::write(file.path(), "[]").unwrap();
    let ollama = Ollama::start(&PAIRS);
    let mut server = Server::start(&[("OLLAMA_URL", &ollama.url()), ("GLOSSARY", file.as_str())]);
    server.hear(READY);
    let joana = customer(server.address(), "pt", "Bom dia!");
    let mut sam = agent(server.address(), "en", &joana.room);
    let before = preview(&mut sam);
    assert_eq!((&before["translated_content"], before.get("terms")), (&json!(PAIRS[0].1), None));

    fs::write(file.path(), r#"[{"keep":"quick shipping"},{"en":"way"},7]"#).unwrap();
    server.signal("HUP");
    let said = server.hear("stays in force");
    assert!(said.contains("GLOSSARY") && said.contains("entry 2 ") && said.contains("entry 3 "), "{said}");
    server.hear(READY);
    let asked = ollama.asked();
    assert_eq!(preview(&mut sam), before);
    assert_eq!(ollama.asked(), asked, "it is remembered still");

    fs::remove_file(file.path()).unwrap();
    server.signal("HUP");
    assert!(server.hear("stays in force").contains("cannot be read"));
    server.hear(READY);

    fs::write(file.path(), r#"[{"keep":"quick shipping"}]"#).unwrap();
    server.signal("HUP");
    server.hear("the glossary was read again");
    server.hear(READY);
    let after = preview(&mut sam);
    assert_eq!(after["translated_content"], "O seu quick shipping está a caminho.");
    assert_eq!(after["terms"], json!(["quick shipping"]));
    assert_eq!(server.stop().code, Some(0));
}

#[test]
fn a_wrong_one_is_refused_at_the_start_with_all_that_is_wrong() {
    let file = TempFile::new("wrong-glossary.json");
    for (content, what) in [
        (None, vec!["cannot be read"]),
        (Some(" \n"), vec!["is empty"]),
        (Some("{}"), vec!["no list of entries"]),
        (
            Some(r#"[{"keep":"A"},{"de":"B"},{"keep":"a"}]"#),
            vec!["entry 2 has one language", "entry 3 has \"a\""],
        ),
    ] {
        if let Some(content) = content {
            fs::write(file.path(), content).unwrap();
        }
        let refused = run(&[], &[("GLOSSARY", file.as_str()), ("PORT", "eighty")]);
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{said}");
        for what in ["GLOSSARY", "PORT"].iter().chain(&what) {
            assert!(said.contains(what), "{what} is not in {said}");
        }
    }
}
