//! The real binary as a child: started on a free port, listened to, signalled, measured, and never left behind.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use super::http;

/// How long a test waits for what must come before it takes it for lost. Nothing ever takes this long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Nobody listens there: a test that needs an Ollama brings its own.
const NOWHERE: &str = "http://127.0.0.1:1";

/// A serving process.
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    lines: Receiver<String>,
    log: String,
}

/// How a process ended, and all it said.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) log: String,
}

/// The binary, with nothing of our own environment in its, and nothing kept unless a test wants it.
pub(crate) fn dragoman(arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dragoman"));
    command
        .args(arguments)
        .env_clear()
        .env("PORT", "0")
        .env("ENGINE", "ollama")
        .env("OLLAMA_URL", NOWHERE)
        .env("STORE", ":memory:");
    command.envs(variables.iter().copied()).stdin(Stdio::null());
    command
}

/// Runs it to its end.
pub(crate) fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    dragoman(arguments, variables).output().unwrap()
}

/// Sends a signal to a process of ours.
pub(crate) fn signal(pid: u32, name: &str) {
    let status = Command::new("kill").args(["-s", name, &pid.to_string()]).status().unwrap();
    assert!(status.success(), "kill -s {name}");
}

impl Server {
    /// Starts with these variables, and waits until it listens.
    pub(crate) fn start(variables: &[(&str, &str)]) -> Self {
        Self::start_with(&[], variables)
    }

    /// Starts with arguments too.
    pub(crate) fn start_with(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = dragoman(arguments, variables);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let (said, lines) = mpsc::channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        thread::spawn(move || stderr.lines().map_while(Result::ok).try_for_each(|line| said.send(line)));
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut server = Self { child, address, lines, log: String::new() };
        server.address = address_in(&server.hear("listening"));
        server
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until it has said this, and gives the line.
    pub(crate) fn hear(&mut self, what: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("never said {what:?}, but:\n{}", self.log));
            self.log.push_str(&line);
            self.log.push('\n');
            if line.contains(what) {
                return line;
            }
        }
    }

    /// Its number.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal: `TERM`, `INT`, `KILL`.
    pub(crate) fn signal(&self, name: &str) {
        signal(self.pid(), name);
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Ended {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => {
                    self.log.push_str(&line);
                    self.log.push('\n');
                }
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("does not end:\n{}", self.log),
            }
        }
        let status = self.child.wait().unwrap();
        Ended { code: status.code(), log: std::mem::take(&mut self.log) }
    }

    /// Asks it to stop and waits until it has.
    pub(crate) fn stop(self) -> Ended {
        self.signal("TERM");
        self.end()
    }

    /// How many descriptors it holds.
    pub(crate) fn descriptors(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap().count()
    }

    /// Memory it really uses, in KiB.
    pub(crate) fn resident_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// One number of `/metrics`: the only one of this name, or the sum of all that have labels.
    pub(crate) fn metric(&self, name: &str) -> u64 {
        let page = http::get(self.address, "/metrics").text();
        let rest = page.lines().filter_map(|line| line.strip_prefix(name));
        let of_name = rest.filter(|rest| rest.starts_with([' ', '{']));
        let values: Vec<u64> =
            of_name.map(|rest| rest.rsplit(' ').next().unwrap().parse().unwrap()).collect();
        assert!(!values.is_empty(), "no {name} in {page}");
        values.iter().sum()
    }

    /// Asks until a condition holds. Each question is a round trip, so this is no busy loop on the server's own time.
    pub(crate) fn until(&self, what: &str, mut holds: impl FnMut(&Self) -> bool) {
        self.until_some(what, |server| holds(server).then_some(()));
    }

    /// Asks until there is an answer.
    pub(crate) fn until_some<T>(&self, what: &str, mut ask: impl FnMut(&Self) -> Option<T>) -> T {
        let from = Instant::now();
        loop {
            if let Some(answer) = ask(self) {
                return answer;
            }
            assert!(from.elapsed() < PATIENCE, "never came true: {what}");
            thread::yield_now();
        }
    }

    /// Waits until nobody is connected but the one who asks.
    pub(crate) fn until_alone(&self) {
        self.until("nobody is connected", |server| server.metric("dragoman_connections") == 1);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn address_in(line: &str) -> SocketAddr {
    let (_, rest) = line.split_once("http://").unwrap();
    let (authority, _) = rest.split_once('/').unwrap();
    authority.parse().unwrap()
}

/// A file of this test alone, gone when the test is over.
pub(crate) struct TempFile(std::path::PathBuf);

impl TempFile {
    /// Only the name; the file is for the test to make.
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("dragoman-{}-{name}", std::process::id()));
        let _ = fs::remove_file(&path);
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn as_str(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
