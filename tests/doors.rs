//! Doors from outside: a toy of this test's own, and every door of the table before the same hostile seat.
//!
//! The toy (`doors/toy.rs`) shows all that a door needs: a path, a WebSocket, a timer, a translation, and to be told who is
//! to be forgotten. `doors/hostile.rs` is what no door may mind.

#[path = "doors/hostile.rs"]
mod hostile;
#[path = "doors/stage.rs"]
mod stage;
#[path = "doors/toy.rs"]
mod toy;

use dragoman::doors::{Door, table};
use dragoman::vocabulary::{Event, Millis};
use stage::{Stage, config};
use toy::Toy;

/// A house with nothing but the toy.
fn alone() -> Stage {
    Stage::with_doors(config(&[]), vec![Box::new(Toy::default())])
}

#[test]
fn a_toy_answers_its_path() {
    let mut stage = alone();
    assert_eq!(stage.request("GET /toy HTTP/1.1\r\nHost: localhost\r\n\r\n"), (200, "0 seats".into()));
    let options = stage.request("OPTIONS /toy HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(options, (204, String::new()));
    assert!(stage.head.contains("Allow: GET, HEAD, OPTIONS\r\n"), "{}", stage.head);
}

#[test]
fn a_toy_has_a_websocket() {
    let mut stage = alone();
    let conn = stage.open("/toy/ws");
    assert_eq!(stage.text(conn, "hello"), ["you said hello"]);
    assert_eq!(stage.request("GET /toy HTTP/1.1\r\nHost: localhost\r\n\r\n").1, "1 seats");
    assert_eq!(stage.engine.census().repeats, 1, "what it counts is in the census");
    let goodbye = stage.frame(conn, 0x82, b"\x00\x01");
    assert!(stage::closes(&goodbye, conn), "binary is not spoken by who does not say otherwise");
    assert_eq!(stage.engine.census().repeats, 0, "it was told who has gone");
}

#[test]
fn a_toy_is_woken_when_it_wants() {
    let mut stage = alone();
    let conn = stage.open("/toy/ws");
    let next = stage.open("/toy/ws");
    assert!(stage.text(conn, "wake me").is_empty());
    assert!(stage.pass(Millis(999)).is_empty(), "not before its time");
    let woken = stage.pass(Millis(1));
    assert_eq!(stage::texts(&woken, conn), ["good morning"]);
    assert!(stage::texts(&woken, next).is_empty(), "nobody else is woken");
    assert!(stage.text(conn, "wake me").is_empty());
    stage.handle(Event::Eof { conn });
    assert!(stage.pass(Millis::from_secs(2)).is_empty(), "whoever is gone is not woken");
}

#[test]
fn a_toy_finds_its_own_translations() {
    let config = config(&[]);
    let mut doors = table::all(&config);
    doors.push(Box::new(Toy::default()));
    let mut stage = Stage::with_doors(config, doors);
    let conn = stage.open("/toy/ws");
    assert!(stage.text(conn, "translate Onde está o meu pacote?").is_empty());
    let answered = stage.answer_jobs("Where is my parcel?");
    assert_eq!(stage::texts(&answered, conn), ["Where is my parcel?"]);
}

#[test]
fn a_toy_hears_who_is_forgotten_by_another_door() {
    let config = config(&[("AGENT_KEY", "open-sesame-please")]);
    let mut doors = table::all(&config);
    doors.push(Box::new(Toy::default()));
    let mut stage = Stage::with_doors(config, doors);
    let body = r#"{"room_id":"00000000000000aa"}"#;
    let forget = |key: &str| {
        format!(
            "POST /forget HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    assert_eq!(stage.request(&forget("a guess")).0, 401);
    assert_eq!(stage.request("GET /toy HTTP/1.1\r\nHost: localhost\r\n\r\n").1, "0 seats");
    assert_eq!(stage.request(&forget("open-sesame-please")).0, 200);
    let told = stage.request("GET /toy HTTP/1.1\r\nHost: localhost\r\n\r\n").1;
    assert_eq!(told, "0 seats, forgot Room(00000000000000aa)");
}

#[test]
fn what_is_behind_a_shut_door_is_not_there() {
    let mut stage = alone();
    for target in
        ["/rooms", "/hub/stats", "/echo", "/customer.html", "/hub.html", "/ws?token=x", "/ws?userId=x"]
    {
        let request = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert_eq!(stage.request(&request).0, 404, "{target}");
    }
    for target in ["/health", "/metrics", "/"] {
        let request = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert_eq!(stage.request(&request).0, 200, "{target}");
    }
}

/// Somebody at a door, by its name: a stage with only that door open, and where a WebSocket of it is. Where a door
/// translates, the stage knows of somebody who reads another language there.
fn at_the_door(name: &str) -> (Stage, String) {
    let config = config(&[]);
    let mut doors: Vec<Box<dyn Door>> = table::all(&config);
    doors.retain(|door| door.name() == name);
    assert_eq!(doors.len(), 1, "names of doors are their own");
    let mut stage = Stage::with_doors(config, doors);
    let (target, foreigner) = match name {
        "chat" => {
            let chat = stage.start_chat();
            let foreigner = stage.join_chat(&chat);
            (chat, Some(foreigner))
        }
        "hub" => (hub_target("ana", "pt"), Some(hub_target("bo", "en"))),
        "echo" => ("/echo".to_owned(), None),
        other => panic!("say here how somebody comes through {other}"),
    };
    stage.foreigner = foreigner;
    (stage, target)
}

fn hub_target(name: &str, language: &str) -> String {
    format!("/ws?userId={name}&username={name}&language={language}")
}

#[test]
fn no_door_minds_a_hostile_seat() {
    for door in table::all(&config(&[])) {
        for (what, act) in hostile::ACTS {
            let (mut stage, target) = at_the_door(door.name());
            act(&mut stage, &target);
            let census = stage.engine.census();
            assert_eq!(census.connections, 0, "{}: {what}: nobody is left", door.name());
        }
    }
}

#[test]
fn the_table_has_three_doors_and_each_can_be_shut() {
    let names = |config| table::all(&config).iter().map(|door| door.name()).collect::<Vec<_>>();
    assert_eq!(names(config(&[])), ["chat", "hub", "echo"]);
    assert_eq!(names(config(&[("ENABLE_SERVICES", "hub"), ("ECHO", "0")])), ["hub"]);
}
