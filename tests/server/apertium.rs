//! Apertium behind the whole server, and `dragoman translate`: with the programs and the pairs as Debian packages them,
//! `apertium-eng-spa`, `apertium-spa-cat` and `apertium-eng-cat`. Where they are not installed these tests say so and do
//! nothing; with `CI=true` they fail.

use std::fs;
use std::io::{self, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Output, Stdio};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use serde_json::{Value, json};

use crate::support::desk::{agent, customer};
use crate::support::http;
use crate::support::ollama::Ollama;
use crate::support::process::{PATIENCE, Server, TempFile, dragoman, run};

const APERTIUM: (&str, &str) = ("ENGINE", "apertium");
const MODES: [&str; 4] = ["spa-eng", "eng-spa", "eng-cat", "cat-spa"];

/// Whether the pairs are there.
fn is_installed() -> bool {
    let is_missing = |name: &&str| !Path::new(&format!("/usr/share/apertium/modes/{name}.mode")).exists();
    let missing: Vec<_> = MODES.into_iter().filter(is_missing).collect();
    if missing.is_empty() {
        return true;
    }
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "Apertium is wanted; missing: {missing:?}");
    // Not `eprintln!`, which nobody would see of a test that passes.
    let said = format!("a test is skipped: Apertium is not installed; missing: {missing:?}\n");
    io::stderr().write_all(said.as_bytes()).unwrap();
    false
}

#[test]
fn a_conversation_is_translated_without_a_model_and_marked_as_rough() {
    if !is_installed() {
        return;
    }
    let server = Server::start(&[APERTIUM]);
    let mut joana = customer(server.address(), "es", "Hola, ¿dónde está mi paquete A-4471?");
    let mut sam = agent(server.address(), "en", &joana.room);
    let heard = sam.socket.event_of("message");
    let translated = heard["translated_content"].as_str().unwrap();
    assert!(translated.starts_with("Hello, where") && translated.contains("A-4471"), "{heard}");
    assert_eq!((&heard["rough"], &heard["engine"]), (&json!(true), &json!("apertium")));

    sam.socket.write("Your package is in Madrid.", "a1");
    joana.socket.event_of("message");
    let heard = joana.socket.event_of("message");
    let translated = heard["content"].as_str().unwrap();
    assert!(translated.contains("paquete") && translated.contains("Madrid"), "{heard}");
    assert_eq!(heard["rough"], true, "the customer is told as well");
    assert!(heard.get("engine").is_none(), "but not by whom: {heard}");

    let health = http::get(server.address(), "/health").json();
    assert_eq!(
        (&health["translator"]["engine"], &health["translator"]["state"]),
        (&json!("apertium"), &json!("ready"))
    );
    assert_eq!(server.stop().code, Some(0));
}

/// The state of an engine, as `/health` tells it.
fn state_of(server: &Server, engine: &str) -> Value {
    let health = http::get(server.address(), "/health").json();
    let engines = health["translator"]["engines"].as_array().unwrap();
    engines.iter().find(|it| it["name"] == engine).unwrap_or_else(|| panic!("no {engine}: {health}"))["state"]
        .clone()
}

/// Where nobody listens, and no other test will: they have another address of this machine.
fn nobody() -> SocketAddr {
    TcpListener::bind(("127.0.0.77", 0)).unwrap().local_addr().unwrap()
}

#[test]
fn the_model_speaks_as_soon_as_it_is_there_and_apertium_as_soon_as_it_is_not() {
    if !is_installed() {
        return;
    }
    let texts = ["Quiero cancelar el pedido.", "El paquete está roto.", "Gracias por la ayuda."];
    let place = nobody();
    let url = format!("http://{place}");
    let server = Server::start(&[("ENGINE", "ollama,apertium"), ("OLLAMA_URL", &url)]);
    let mut joana = customer(server.address(), "es", texts[0]);
    let mut sam = agent(server.address(), "en", &joana.room);
    let mut hears = || {
        let heard = sam.socket.event_of("message");
        let is_rough = heard.get("rough").is_some();
        assert_eq!(is_rough, heard["engine"] == "apertium", "{heard}");
        (heard["engine"].clone(), heard["translated_content"].clone())
    };
    assert_eq!(hears().0, "apertium");

    let ollama = Ollama::start_at(place, &[(texts[1], "The parcel is broken, says the model.")]);
    server.until("Ollama is seen", |server| state_of(server, "ollama") == "ready");
    joana.socket.write(texts[1], "c1");
    assert_eq!(hears(), (json!("ollama"), json!("The parcel is broken, says the model.")));

    drop(ollama);
    joana.socket.write(texts[2], "c2");
    let (engine, translated) = hears();
    assert_eq!(engine, "apertium");
    assert!(translated.as_str().unwrap().starts_with("Thank"), "{translated}");
    assert_eq!(state_of(&server, "ollama"), "down");
    assert_eq!(server.stop().code, Some(0));
}

/// The programs that a server has started and that live.
fn programs_of(server: &Server) -> Vec<OwnedFd> {
    let tasks = fs::read_dir(format!("/proc/{}/task", server.pid())).unwrap().flatten();
    let children = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    let children: String = children.collect();
    let ids = children.split_whitespace().map(|id| Pid::from_raw(id.parse().unwrap()).unwrap());
    ids.map(|id| pidfd_open(id, PidfdFlags::empty()).unwrap()).collect()
}

/// Waits for the end of a program.
fn until_ended(program: &OwnedFd) -> bool {
    let mut ends = [PollFd::new(program, PollFlags::IN)];
    poll(&mut ends, Some(&Timespec::try_from(PATIENCE).unwrap())) == Ok(1)
}

#[test]
fn no_program_outlives_its_server() {
    if !is_installed() {
        return;
    }
    for signal in ["TERM", "KILL"] {
        let server = Server::start(&[APERTIUM]);
        let mut joana = customer(server.address(), "es", "Quiero cancelar el pedido.");
        let mut sam = agent(server.address(), "en", &joana.room);
        assert_eq!(sam.socket.event_of("message")["engine"], "apertium");
        sam.socket.write("Thank you very much.", "a1");
        joana.socket.event_of("message");
        assert_eq!(joana.socket.event_of("message")["rough"], true);
        let programs = programs_of(&server);
        assert!(programs.len() > 3 * 5, "three pairs have a pipeline each, of {} programs", programs.len());
        server.signal(signal);
        let ended = server.end();
        assert_eq!(ended.code, (signal == "TERM").then_some(0), "{}", ended.log);
        assert!(programs.iter().all(until_ended), "after SIG{signal} a program is left");
    }
}

/// `dragoman translate` with this on its standard input, and what came of it, line by line.
fn translate(arguments: &[&str], variables: &[(&str, &str)], lines: &str) -> (Output, Vec<Value>) {
    let mut command = dragoman(&[&["translate"], arguments].concat(), variables);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // One that was refused reads nothing.
    let _ = child.stdin.take().unwrap().write_all(lines.as_bytes());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout.clone()).unwrap();
    let said = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (output, said)
}

#[test]
fn lines_are_translated_one_by_one_and_in_order() {
    if !is_installed() {
        return;
    }
    let lines = [
        "Quiero cancelar el pedido 4471.",
        "",
        "[#0] ^$ *@",
        "xqzt wvkp zzxy qwrt plmk",
        "¿Dónde está el gato?",
    ];
    let arguments = ["--from", "es", "--to", "en", "--engine", "apertium"];
    // The last line has no end of its own.
    let (output, said) = translate(&arguments, &[], &lines.join("\n"));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(said.len(), lines.len(), "{said:?}");
    for (line, said) in lines.iter().zip(&said) {
        let keys: Vec<_> = said.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["engine", "ms", "rejected", "rough", "text"]);
        assert_eq!(said["rough"], said["engine"] == "apertium");
        assert!(said["engine"] == "apertium" || said["text"] == *line, "{line:?}: {said}");
    }
    let texts: Vec<_> = said.iter().map(|said| said["text"].as_str().unwrap()).collect();
    assert!(texts[0].contains("4471") && texts[0].starts_with("I want"), "{texts:?}");
    assert!(texts[4].contains("cat"), "{texts:?}");
    assert_eq!((&said[3]["engine"], said[3]["rejected"].is_string()), (&Value::Null, true), "{}", said[3]);
}

#[test]
fn the_code_says_whether_an_engine_was_there() {
    let es_en = ["--from", "es", "--to", "en"];
    let (output, said) = translate(&es_en, &[], "Quiero cancelar el pedido.\nGracias por la ayuda.\n");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let original = |text: &str, said: &Value| said["text"] == text && said["engine"].is_null();
    assert!(said.len() == 2 && original("Quiero cancelar el pedido.", &said[0]), "{said:?}");

    let ollama = Ollama::start(&[("Gracias por la ayuda.", "Thank you for the help.")]);
    let (output, said) = translate(&es_en, &[("OLLAMA_URL", &ollama.url())], "Gracias por la ayuda.\n");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!((&said[0]["text"], &said[0]["rough"]), (&json!("Thank you for the help."), &json!(false)));

    for arguments in [&["--from", "es"][..], &["--to", "xx"], &["--to", "en", "--engine", "babelfish"]] {
        let (output, said) = translate(arguments, &[], "Hola\n");
        assert_eq!((output.status.code(), said.len()), (Some(2), 0), "{arguments:?}: {output:?}");
    }
}

#[test]
fn apertium_that_is_named_and_not_installed_is_refused_by_name() {
    let empty = TempFile::new("no-apertium");
    fs::create_dir(empty.path()).unwrap();
    let variables = [APERTIUM, ("APERTIUM_DIR", empty.as_str())];
    let (translated, _) = translate(&["--from", "es", "--to", "en"], &variables, "Hola\n");
    for refused in [run(&[], &variables), translated] {
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{said}");
        assert!(said.contains("ENGINE names apertium") && said.contains(empty.as_str()), "{said}");
    }
    // It need not be there where nobody has named it.
    let mut server = Server::start(&[("ENGINE", "auto"), ("APERTIUM_DIR", empty.as_str())]);
    server.hear("Ollama");
    assert_eq!(state_of(&server, "ollama"), "down");
    fs::remove_dir(empty.path()).unwrap();
}
