//! Behind real proxies, at their defaults and as people's recipes set them: what works, and that no stranger becomes an
//! agent. They need nginx, HAProxy and Caddy; what is missing is skipped, and says so, unless `OUTSIDE_TESTS` is set.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Instant;

use serde_json::{Value, json};

use crate::support::desk::{seat, word};
use crate::support::http::{Http, Response};
use crate::support::outside;
use crate::support::process::{PATIENCE, Server};
use crate::support::websocket::{WebSocket, handshake};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Program {
    Nginx,
    Haproxy,
    Caddy,
}

/// One way to put a proxy in front.
#[derive(Debug)]
struct Recipe {
    program: Program,
    /// What stands beside the address of the server.
    lines: &'static str,
    /// Whether its requests show that they have come through a proxy. Where none does, they are those of a program on
    /// this machine, byte for byte.
    shows: bool,
    /// Whether people chat through it under a public name, once the server has that name and a key.
    works: bool,
}

/// Lines that are the README's.
const README: &str = "README";

const KEEP_UPGRADE: &str = "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;";

const RECIPES: [Recipe; 11] = [
    nginx("", true, false),
    nginx("proxy_set_header Host $host;", true, false),
    nginx("proxy_set_header Host $http_host;", true, false),
    // As nginx.org describes WebSockets: the Host is that of `proxy_pass`.
    nginx("UPGRADE proxy_set_header Connection upgrade;", true, false),
    nginx("UPGRADE proxy_set_header Connection $connection_upgrade;", false, false),
    // What nginx does by itself since 1.29.7.
    nginx("proxy_http_version 1.1; proxy_set_header Connection '';", false, false),
    nginx(README, true, true),
    Recipe { program: Program::Haproxy, lines: "mode http", shows: false, works: true },
    Recipe { program: Program::Haproxy, lines: "mode tcp", shows: false, works: true },
    Recipe { program: Program::Haproxy, lines: README, shows: true, works: true },
    Recipe { program: Program::Caddy, lines: "", shows: true, works: true },
];

const fn nginx(lines: &'static str, shows: bool, works: bool) -> Recipe {
    Recipe { program: Program::Nginx, lines, shows, works }
}

impl Recipe {
    /// What stands in the proxy's file for its service.
    fn service(&self, behind: SocketAddr) -> String {
        let lines = self.lines.replace("UPGRADE", KEEP_UPGRADE);
        match self.program {
            _ if self.lines == README => {
                let kind = if self.program == Program::Nginx { "```nginx\n" } else { "```haproxy\n" };
                let (_, rest) = include_str!("../../README.md").split_once(kind).unwrap();
                rest.split("```").next().unwrap().replace("127.0.0.1:8080", &behind.to_string())
            }
            Program::Nginx => format!("location / {{ proxy_pass http://{behind}; {lines} }}"),
            Program::Haproxy => format!("{lines}\nserver dragoman {behind}\n"),
            Program::Caddy => format!("reverse_proxy {behind}"),
        }
    }

    fn config(&self, folder: &Path, port: u16, behind: SocketAddr) -> String {
        let (service, folder) = (self.service(behind), folder.display());
        match self.program {
            Program::Nginx => format!(
                "daemon off; master_process off; pid {folder}/pid; error_log stderr; events {{}} http {{ access_log off; \
                 client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fast; \
                 uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi; \
                 map $http_upgrade $connection_upgrade {{ default upgrade; '' close; }} \
                 server {{ listen 127.0.0.1:{port}; {service} }} }}\n"
            ),
            Program::Haproxy => format!(
                "defaults\n timeout connect 5s\n timeout client 50s\n timeout server 50s\n\
                 listen shop\n bind 127.0.0.1:{port}\n{service}"
            ),
            Program::Caddy => format!(
                "{{\n admin off\n auto_https off\n}}\nhttp://:{port} {{\n bind 127.0.0.1\n {service}\n}}\n"
            ),
        }
    }
}

/// A proxy that runs.
struct Proxy {
    child: Child,
    folder: PathBuf,
    address: SocketAddr,
}

impl Proxy {
    /// None where the program is not installed.
    fn start(recipe: &Recipe, behind: SocketAddr) -> Option<Self> {
        let name = match recipe.program {
            Program::Nginx => "nginx",
            Program::Haproxy => "haproxy",
            Program::Caddy => "caddy",
        };
        let program = outside(name)?;
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
        let folder = std::env::temp_dir().join(format!("dragoman-proxy-{}", address.port()));
        fs::create_dir_all(&folder).unwrap();
        let config = folder.join("config");
        fs::write(&config, recipe.config(&folder, address.port(), behind)).unwrap();
        let mut command = Command::new(program);
        match recipe.program {
            Program::Nginx => command.args(["-e", "stderr", "-p"]).arg(&folder).arg("-c").arg(&config),
            Program::Haproxy => command.args(["-q", "-db", "-f"]).arg(&config),
            Program::Caddy => command.args(["run", "--adapter", "caddyfile", "--config"]).arg(&config),
        };
        command.env("HOME", &folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut proxy = Self { child: command.spawn().unwrap(), folder, address };
        let from = Instant::now();
        while TcpStream::connect(address).is_err() {
            let ended = proxy.child.try_wait().unwrap();
            assert!(ended.is_none() && from.elapsed() < PATIENCE, "{recipe:?} does not start: {ended:?}");
            thread::yield_now();
        }
        Some(proxy)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Somebody who asks for the server under a name.
struct Visitor {
    address: SocketAddr,
    /// With the port, as browsers say it.
    host: String,
}

impl Visitor {
    /// The pages, and the script that each of them asks for.
    fn loads_pages(&self, recipe: &Recipe) {
        for path in ["/", "/customer.html", "/agent.html"] {
            let page = self.ask("GET", path, &self.origin(), None);
            assert_eq!(page.status, 200, "{path} {recipe:?}");
            let text = page.text();
            let script = text
                .split("src=\"")
                .skip(1)
                .filter_map(|rest| rest.split('"').next())
                .find(|it| it.ends_with(".js"));
            let Some(script) = script else { panic!("{path} has no script") };
            assert_eq!(self.ask("GET", script, &self.origin(), None).status, 200, "{script} {recipe:?}");
        }
    }

    fn of(proxy: &Proxy, name: &str) -> Self {
        Self { address: proxy.address, host: format!("{name}:{}", proxy.address.port()) }
    }

    /// What a page of this server adds.
    fn origin(&self) -> String {
        format!("Origin: http://{}\r\n", self.host)
    }

    fn ask(&self, method: &str, path: &str, fields: &str, body: Option<&Value>) -> Response {
        let body = body.map(Value::to_string).unwrap_or_default();
        let (host, length) = (&self.host, body.len());
        let mut http = Http::connect(self.address);
        http.send(format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: identity\r\nContent-Length: {length}\r\n\
             {fields}\r\n{body}"
        ));
        http.response()
    }

    fn call(&self, path: &str, token: &str, body: &Value) -> Response {
        let fields = format!("{}Authorization: Bearer {token}\r\n", self.origin());
        self.ask("POST", path, &fields, Some(body))
    }

    fn starts_a_chat(&self) -> Response {
        self.ask("POST", "/start-chat", &self.origin(), Some(&json!({ "name": "Ana", "content": "Bom dia" })))
    }

    /// Whether somebody without a page, a token or a key gets what is for agents.
    fn is_an_agent(&self, fields: &str) -> bool {
        let rooms = self.ask("GET", "/rooms", fields, None).status;
        let profile = json!({ "name": "Eve", "language": "en" });
        let admitted = self.ask("POST", "/set-profile", fields, Some(&profile)).status;
        assert!(
            [200, 403, 421].contains(&rooms) && [200, 403, 421].contains(&admitted),
            "{rooms} {admitted}"
        );
        rooms == 200 || admitted == 200
    }

    fn connect(&self, token: &str, room: &str) -> WebSocket {
        let mut http = Http::connect(self.address);
        let wanted = handshake(&seat(token, room), &self.origin());
        http.send(wanted.replace("Host: localhost", &format!("Host: {}", self.host)));
        let opened = http.response();
        assert_eq!(opened.status, 101, "{opened:?}");
        let mut socket = WebSocket { http };
        socket.event_of("room_joined");
        socket
    }
}

/// What a stranger may add, in the hope that it hides the proxy.
const DISGUISES: [&str; 3] = [
    "",
    "Connection: keep-alive\r\n",
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
     Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
];

#[test]
fn without_a_key_no_stranger_is_an_agent_behind_a_proxy_that_people_chat_through() {
    let server = Server::start(&[]);
    for recipe in RECIPES {
        let Some(proxy) = Proxy::start(&recipe, server.address()) else { continue };
        for name in ["shop.example", "localhost", "127.0.0.1"] {
            let visitor = Visitor::of(&proxy, name);
            for disguise in DISGUISES {
                let is_agent = visitor.is_an_agent(disguise);
                assert!(!(recipe.shows && is_agent), "{name} {disguise:?}: {recipe:?}");
                let chats = || visitor.starts_a_chat().status == 200;
                assert!(!is_agent || name != "shop.example" || !chats(), "{name} {disguise:?}: {recipe:?}");
            }
        }
    }
}

#[test]
fn with_a_key_and_a_name_people_chat_behind_the_usual_recipes() {
    let key = "a-long-random-secret";
    let server = Server::start(&[
        ("AGENT_KEY", key),
        ("ALLOWED_HOSTS", "shop.example"),
        ("TRUSTED_PROXIES", "127.0.0.1"),
        ("RATE_LIMIT", "0"),
    ]);
    for recipe in RECIPES.iter().filter(|recipe| recipe.works) {
        let Some(proxy) = Proxy::start(recipe, server.address()) else { continue };
        let visitor = Visitor::of(&proxy, "shop.example");
        visitor.loads_pages(recipe);
        assert_eq!(visitor.ask("GET", "/rooms", "", None).status, 401, "{recipe:?}");
        let started = visitor.starts_a_chat();
        let (customer, room) = (word(&started, "token"), word(&started, "room_id"));
        let profile = visitor.call("/set-profile", key, &json!({ "name": "Sam", "language": "pt" }));
        let agent = word(&profile, "token");
        assert_eq!(visitor.call("/join-room", &agent, &json!({ "room_id": room })).status, 200, "{recipe:?}");
        let mut ana = visitor.connect(&customer, &room);
        let mut sam = visitor.connect(&agent, &room);
        sam.write("Em que posso ajudar?", "1");
        while ana.event_of("message")["content"] != "Em que posso ajudar?" {}
        ana.write("Onde está a encomenda?", "1");
        while sam.event_of("message")["content"] != "Onde está a encomenda?" {}
    }
}

#[test]
fn behind_other_recipes_pages_load_and_the_log_says_what_to_set() {
    for recipe in RECIPES.iter().filter(|recipe| !recipe.works) {
        let mut server = Server::start(&[]);
        let Some(proxy) = Proxy::start(recipe, server.address()) else { continue };
        let here = Visitor::of(&proxy, "localhost");
        here.loads_pages(recipe);
        let there = Visitor::of(&proxy, "shop.example");
        if there.starts_a_chat().status != 200 {
            let said = server.hear(" refused ");
            assert!(
                said.contains("proxy_set_header Host") || said.contains("ALLOWED_HOSTS"),
                "{recipe:?}: {said}"
            );
        }
    }
}
