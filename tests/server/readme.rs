//! What the README tells people to paste, pasted. It needs curl and Python; what is missing is skipped, and says so.

use std::process::{Command, Stdio};

use crate::support::outside;
use crate::support::process::Server;

const README: &str = include_str!("../../README.md");

/// The blocks of commands that speak to a server.
fn blocks() -> Vec<&'static str> {
    let all = README.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    let blocks: Vec<&str> = all.filter(|block| block.contains("localhost:8080")).collect();
    assert_eq!(blocks.len(), 2, "the chat and the hub");
    blocks
}

/// A command that is typed into what stands behind it.
fn typed(line: &str) -> String {
    match line.split_once("# {") {
        Some((command, words)) => format!("{command} <<< '{{{words}'\n"),
        None => format!("{line}\n"),
    }
}

#[test]
fn its_commands_do_what_it_says() {
    let (Some(_), Some(_), Some(bash)) = (outside("curl"), outside("python3"), outside("bash")) else {
        return;
    };
    let server = Server::start(&[]);
    // One shell, since later blocks use what earlier ones have set.
    let script: String = blocks().into_iter().flat_map(str::lines).map(typed).collect();
    let script = script.replace("localhost:8080", &server.address().to_string());
    let mut command = Command::new(bash);
    command.args(["-eu", "-o", "pipefail", "-c", &script]).current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = command.stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{script}\n{said}\n{}", String::from_utf8_lossy(&output.stderr));
    for sign in [
        "\"customer_name\":\"Ana\"",
        "\"room_joined\"",
        "\"ack\"",
        "\"chat_ended\"",
        "\"secret\"",
        "\"content\":\"Hello everybody\"",
        "\"delivery\"",
    ] {
        assert!(said.contains(sign), "no {sign} in:\n{said}");
    }
}
