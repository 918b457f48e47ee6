//! A server as a child of the bench: pinned to its core, listened to, measured, and never left behind.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// The core of every server; the load generator takes the other one. No two servers are busy at the same time.
const SERVER_CORE: &str = "0";
const OWN_CORE: &str = "1";

/// How long a server may take to say where it listens.
const PATIENCE: Duration = Duration::from_secs(30);

/// What no row shall run into.
const UNLIMITED: [(&str, &str); 12] = [
    ("PORT", "0"),
    ("STORE", ":memory:"),
    ("ENGINE", "ollama"),
    ("OLLAMA_URL", "http://127.0.0.1:1"),
    ("ECHO", "1"),
    ("RATE_LIMIT", "0"),
    ("STARTS_PER_ADDRESS", "0"),
    ("MAX_ROOMS_PER_ADDRESS", "1000000"),
    ("MAX_CONNECTIONS_PER_ADDRESS", "1000000"),
    ("MAX_CONNECTIONS", "30000"),
    ("MAX_ROOMS", "30000"),
    ("MAX_TOKENS", "100000"),
];

/// A serving process.
pub(crate) struct Process {
    child: Child,
    address: SocketAddr,
}

impl Process {
    /// The release binary, without a store and without limits that would get in the way.
    pub(crate) fn dragoman() -> Self {
        Self::dragoman_with(&[])
    }

    /// The same with more settings.
    pub(crate) fn dragoman_with(more: &[(&str, &str)]) -> Self {
        let settings: Vec<_> = UNLIMITED.iter().chain(more).copied().collect();
        Self::start(Path::new(env!("CARGO_BIN_EXE_dragoman")), &[], &settings)
    }

    /// This program once more, as a raw server.
    pub(crate) fn raw(what: &str) -> Self {
        let own = std::env::current_exe().unwrap();
        Self::start(&own, &["--raw", what], &[])
    }

    /// Starts a program and waits until it says `http://ADDRESS/`.
    pub(crate) fn start(program: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = pinned(program);
        command.args(arguments).env_clear().envs(variables.iter().copied());
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let (told, address) = mpsc::channel();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                match address_in(&line) {
                    Some(address) => drop(told.send(address)),
                    None if line.contains("ERROR") => eprintln!("{line}"),
                    None => {}
                }
            }
        });
        let address = address.recv_timeout(PATIENCE);
        let address = address.unwrap_or_else(|_| panic!("{} never said where it listens", program.display()));
        Self { child, address }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its number.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Time all its threads have been on a processor, the kernel's work for them included.
    pub(crate) fn cpu(&self) -> Duration {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.pid())).unwrap();
        let nanoseconds = tasks.map(|task| {
            let text = fs::read_to_string(task.unwrap().path().join("schedstat")).unwrap();
            text.split(' ').next().unwrap().parse::<u64>().unwrap()
        });
        Duration::from_nanos(nanoseconds.sum())
    }

    /// Memory it really uses, in KiB.
    pub(crate) fn resident_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn address_in(line: &str) -> Option<SocketAddr> {
    line.split_once("http://")?.1.split_once('/')?.0.parse().ok()
}

/// A command on the core of the servers, if there is more than one core and the means to choose.
fn pinned(program: &Path) -> Command {
    match taskset() {
        Some(taskset) => {
            let mut command = Command::new(taskset);
            command.args(["-c", SERVER_CORE]).arg(program);
            command
        }
        None => Command::new(program),
    }
}

/// Takes the other core for ourselves. To be called before there are threads.
pub(crate) fn pin_self() {
    let pinned = taskset().is_some_and(|taskset| {
        let own = std::process::id().to_string();
        let status = Command::new(taskset).args(["-cp", OWN_CORE, &own]).stdout(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    });
    if !pinned {
        println!("not pinned: there is one core only, or no taskset; expect more noise");
    }
}

fn taskset() -> Option<PathBuf> {
    let cores = fs::read_to_string("/proc/cpuinfo").map_or(0, |text| text.matches("processor\t").count());
    found("taskset").filter(|_| cores > 1)
}

/// Where a program is, if it is installed.
pub(crate) fn found(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}
