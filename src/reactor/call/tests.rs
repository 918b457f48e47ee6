use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use bytes::Bytes;

use super::*;
use crate::reactor::services::CONNECT_TIMEOUT;
use crate::vocabulary::{MAX_ANSWER_BYTES, RequestField, Service};

mod engines;

const GENEROUS: Millis = Millis(60_000);

fn get(path: &'static str, timeout: Millis) -> HttpCall {
    HttpCall::get("test".to_owned(), Service::OLLAMA, path, timeout)
}

/// What everything secret here is made of.
const SECRET: &str = "geheim";

/// Makes a whole call to a service with one credential.
fn call_at(url: &str, spec: &HttpCall) -> JobOutcome {
    let mut setup = Setup::new(Service::OLLAMA, url, 1);
    let value = format!("Key {SECRET}");
    setup.credentials.insert("desk", Secret::Field { name: "x-api-key", value });
    let member = Secret::Member { name: "api_key", value: format!("\"{SECRET}\\") };
    setup.credentials.insert("libre", member);
    call(&agent_for(&setup), &setup, spec, &mut |_| panic!("nobody asked for pieces"))
}

/// Reads one request: its first line, and its body.
fn request(stream: &TcpStream) -> (String, String) {
    let mut reader = BufReader::new(stream);
    let mut head = Vec::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line == "\r\n" {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        head.push(line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    (head.concat(), String::from_utf8(body).unwrap())
}

/// Makes a call to a server that answers so, and gives what the server was asked.
fn call_to(answer: Vec<u8>, spec: &HttpCall) -> (JobOutcome, String, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::scope(|scope| {
        let server = scope.spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let asked = request(&stream);
            // The client may hang up before it has read everything.
            let _ = stream.write_all(&answer);
            asked
        });
        let outcome = call_at(&url, spec);
        let (head, body) = server.join().unwrap();
        (outcome, head, body)
    })
}

fn answer(head: &str, body: &[u8]) -> Vec<u8> {
    let mut answer = format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
    answer.extend_from_slice(body);
    answer
}

fn why(outcome: &JobOutcome) -> Option<JobFailure> {
    match outcome {
        JobOutcome::Answered(_) => None,
        JobOutcome::Failed { why, .. } => Some(*why),
    }
}

#[test]
fn a_get_brings_status_and_body() {
    let (outcome, head, body) = call_to(answer("200 OK", b"{}"), &get("/api/version", GENEROUS));
    assert_eq!(outcome, JobOutcome::Answered(Answer::new(200, "{}")));
    assert!(head.starts_with("GET /api/version HTTP/1.1\r\n"), "{head}");
    assert!(head.contains(concat!("dragoman/", env!("CARGO_PKG_VERSION"))), "{head}");
    assert_eq!(body, "");
}

#[test]
fn a_post_carries_its_body_as_json() {
    let body = Bytes::from_static(b"{\"prompt\":\"ol\xc3\xa1\"}");
    let spec = HttpCall { method: JobMethod::Post, body, ..get("/api/generate", GENEROUS) };
    let (outcome, head, body) = call_to(answer("200 OK", b"{}"), &spec);
    assert_eq!(why(&outcome), None);
    assert!(head.starts_with("POST /api/generate HTTP/1.1\r\n"), "{head}");
    assert!(head.to_ascii_lowercase().contains("content-type: application/json\r\n"), "{head}");
    assert_eq!(body, "{\"prompt\":\"olá\"}");
}

#[test]
fn an_error_status_or_a_redirect_is_an_answer_like_any_other() {
    for status in ["404 Not Found", "500 Internal Server Error", "503 Busy"] {
        let (outcome, ..) = call_to(answer(status, b"{\"error\":\"no\"}"), &get("/", GENEROUS));
        let code = status[..3].parse().unwrap();
        assert_eq!(outcome, JobOutcome::Answered(Answer::new(code, "{\"error\":\"no\"}")));
    }
    for (status, method) in [("302 Found", JobMethod::Get), ("307 Moved", JobMethod::Post)] {
        let head = format!("{status}\r\nLocation: http://127.0.0.1:1/");
        let (outcome, ..) = call_to(answer(&head, b""), &HttpCall { method, ..get("/", GENEROUS) });
        assert!(matches!(outcome, JobOutcome::Answered(Answer { status: 302 | 307, .. })), "{outcome:?}");
    }
}

#[test]
fn an_answer_may_be_as_long_as_the_limit_and_no_longer() {
    let (outcome, ..) = call_to(answer("200 OK", &vec![b'x'; MAX_ANSWER_BYTES]), &get("/", GENEROUS));
    assert!(
        matches!(&outcome, JobOutcome::Answered(Answer { body, .. }) if body.len() == MAX_ANSWER_BYTES),
        "{:?}",
        why(&outcome)
    );
    let (outcome, ..) = call_to(answer("200 OK", &vec![b'x'; MAX_ANSWER_BYTES + 1]), &get("/", GENEROUS));
    assert_eq!(why(&outcome), Some(JobFailure::TooLarge));
    let endless = [&b"HTTP/1.1 200 OK\r\n\r\n"[..], &vec![b'x'; 2 * MAX_ANSWER_BYTES]].concat();
    let (outcome, ..) = call_to(endless, &get("/", GENEROUS));
    assert_eq!(why(&outcome), Some(JobFailure::TooLarge));
}

#[test]
fn an_answer_brings_what_is_read_of_its_head() {
    let head = format!(
        "429 Too Many\r\nContent-Type: application/json\r\nrequest-id: r7\r\nRETRY-AFTER: 7\r\nSet-Cookie: a=b\r\n\
         Retry-After-Ms: {}",
        "9".repeat(FIELD_BYTES_MAX + 1)
    );
    let (outcome, ..) = call_to(answer(&head, b"{}"), &get("/", GENEROUS));
    let fields = vec![(AnswerField::RetryAfter, "7".to_owned()), (AnswerField::RequestId, "r7".to_owned())];
    let expected = Answer { content_type: "application/json".to_owned(), fields, ..Answer::new(429, "{}") };
    assert_eq!(outcome, JobOutcome::Answered(expected));
}

#[test]
fn a_call_brings_its_fields_and_what_proves_it_may_ask() {
    let with = |credential| HttpCall {
        fields: vec![(RequestField::Accept, "text/plain".to_owned())],
        credential: Some(credential),
        ..get("/", GENEROUS)
    };
    let (_, head, _) = call_to(answer("200 OK", b""), &with(Credential::Configured("desk")));
    assert!(head.contains("x-api-key: Key geheim\r\n"), "{head}");
    assert!(head.contains("accept: text/plain\r\n") && !head.contains("*/*"), "{head}");
    let (_, head, _) = call_to(answer("200 OK", b""), &with(Credential::OfUser(SECRET.into())));
    assert!(head.contains("authorization: Bearer geheim\r\n"), "{head}");
}

#[test]
fn a_credential_may_be_a_member_of_the_body() {
    let with = |body: &'static str| HttpCall {
        method: JobMethod::Post,
        body: Bytes::from_static(body.as_bytes()),
        credential: Some(Credential::Configured("libre")),
        ..get("/translate", GENEROUS)
    };
    for (body, sent) in [
        (r#"{"q":"olá","source":"pt"}"#, r#"{"api_key":"\"geheim\\","q":"olá","source":"pt"}"#),
        ("{}", r#"{"api_key":"\"geheim\\"}"#),
        ("{ }", r#"{"api_key":"\"geheim\\" }"#),
    ] {
        let (outcome, head, body) = call_to(answer("200 OK", b"{}"), &with(body));
        assert_eq!(why(&outcome), None);
        assert_eq!(body, sent);
        assert!(!head.contains(SECRET), "{head}");
    }
    for body in ["", "[]", "7"] {
        let outcome = call_at("http://127.0.0.1:9", &with(body));
        assert_eq!(why(&outcome), Some(JobFailure::Refused), "{outcome:?}");
        assert!(!format!("{outcome:?}").contains(SECRET), "{outcome:?}");
    }
}

#[test]
fn words_go_to_nobody_in_public_in_clear() {
    // An address of nobody, RFC 5737: who asks it would wait.
    let outcome = call_at("http://192.0.2.1", &get("/", GENEROUS));
    assert_eq!(why(&outcome), Some(JobFailure::Refused), "{outcome:?}");
    let JobOutcome::Failed { detail, .. } = outcome else { panic!("answered") };
    assert!(detail.contains("public address"), "{detail}");
}

#[test]
fn a_credential_is_in_nothing_that_is_said() {
    for (credential, expected) in [
        (Credential::Configured("unknown"), JobFailure::Refused),
        (Credential::OfUser(format!("{SECRET}\r\nEvil: yes").into()), JobFailure::Lost),
    ] {
        let said = format!("{credential:?}");
        let spec = HttpCall { credential: Some(credential), ..get("/", GENEROUS) };
        let outcome = call_at("http://127.0.0.1:9", &spec);
        assert_eq!(why(&outcome), Some(expected), "{outcome:?}");
        assert!(!format!("{outcome:?}{spec:?}{said}").contains(SECRET), "{outcome:?}");
    }
}

#[test]
fn a_broken_or_senseless_answer_is_lost() {
    for answer in [&b""[..], b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{", b"SSH-2.0-nonsense\r\n\r\n"] {
        let (outcome, ..) = call_to(answer.to_vec(), &get("/", GENEROUS));
        assert_eq!(why(&outcome), Some(JobFailure::Lost), "{outcome:?}");
    }
}

#[test]
fn nobody_there_is_a_refusal() {
    // The port that is reserved for a service nobody runs.
    let outcome = call_at("http://127.0.0.1:9", &get("/", GENEROUS));
    assert_eq!(why(&outcome), Some(JobFailure::Refused), "{outcome:?}");
    // Too long for any resolver, so none is asked.
    let nobody = format!("http://{}", vec!["x".repeat(60); 5].join("."));
    let outcome = call_at(&nobody, &get("/", GENEROUS));
    assert_eq!(why(&outcome), Some(JobFailure::Refused), "{outcome:?}");
}

#[test]
fn silence_times_out() {
    // Nobody accepts: the kernel does, and the request waits in its buffer.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    assert_eq!(why(&call_at(&url, &get("/", Millis(20)))), Some(JobFailure::TimedOut));
}

#[test]
fn a_bad_url_is_not_repeated_in_the_detail() {
    let outcome = call_at("http://user:secret@", &get("/", GENEROUS));
    let JobOutcome::Failed { detail, .. } = outcome else { panic!("answered") };
    assert!(!detail.contains("secret"), "{detail}");
}

/// Runs itself once more with a proxy in the environment, since a test must not change its own.
#[test]
fn a_proxy_in_the_environment_is_not_used() {
    const CHILD: &str = "DRAGOMAN_TEST_CHILD";
    const NAME: &str = "reactor::call::tests::a_proxy_in_the_environment_is_not_used";
    if std::env::var_os(CHILD).is_some() {
        assert!(ureq::config::Config::default().proxy().is_some(), "the trap is not set");
        assert!(agent(CONNECT_TIMEOUT).config().proxy().is_none());
        return;
    }
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", NAME]).env(CHILD, "1");
    for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy"] {
        child.env(variable, "http://127.0.0.1:9");
    }
    let output = child.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "the child ran no test");
}
