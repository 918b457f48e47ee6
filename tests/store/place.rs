//! Where a store is: a directory of the test alone, and the servers that run on a file in it.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::support::http::{Http, Response, request};
use crate::support::process::{Ended, Server, run};

/// A directory, gone when the test is over.
pub(crate) struct Place {
    directory: PathBuf,
}

impl Place {
    pub(crate) fn new(name: &str) -> Self {
        let directory = std::env::temp_dir().join(format!("dragoman-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir(&directory).unwrap();
        Self { directory }
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// The file of the store.
    pub(crate) fn store(&self) -> String {
        self.file("chats.db").to_str().unwrap().to_owned()
    }

    /// Another file beside it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// A server on the store, without the limits that would slow a test down.
    pub(crate) fn server(&self, variables: &[(&str, &str)]) -> Server {
        let store = self.store();
        let mut all = vec![
            ("STORE", store.as_str()),
            ("RATE_LIMIT", "0"),
            ("STARTS_PER_ADDRESS", "0"),
            ("FAILURES_PER_ADDRESS", "0"),
            ("MAX_ROOMS_PER_ADDRESS", "10000"),
            ("MAX_ROOM_TEXT_BYTES", "64MiB"),
        ];
        all.extend(variables);
        Server::start(&all)
    }

    /// All transcripts, as `dragoman export` prints them.
    pub(crate) fn export(&self) -> Vec<Value> {
        let output = run(&["export", "--since", "2000-01-01", "--store", &self.store()], &[]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// Ends a server as a power switch would.
pub(crate) fn kill(server: Server) -> Ended {
    server.signal("KILL");
    let ended = server.end();
    assert_eq!(ended.code, None, "it was killed: {}", ended.log);
    ended
}

/// What `/health` says of the store.
///
/// Asked again when there is no answer: one that fell into a turn that could not be stored waits with it.
pub(crate) fn health(server: SocketAddr) -> String {
    loop {
        let mut http = Http::connect(server);
        http.stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
        http.send(request("GET", "/health", None, None));
        if http.fill().is_ok() {
            return word_of_store(&http.response());
        }
    }
}

fn word_of_store(response: &Response) -> String {
    response.json()["store"].as_str().unwrap().to_owned()
}

/// Waits until `/health` says this of the store.
pub(crate) fn until_health(server: &Server, state: &str) {
    server.until(&format!("the store is {state}"), |server| health(server.address()) == state);
}
