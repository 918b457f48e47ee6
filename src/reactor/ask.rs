//! Asking the server that runs to forget somebody: it has the store, so nobody else may write there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use serde::Serialize;

use super::call::agent;
use super::services::CONNECT_TIMEOUT;
use crate::config::{Config, HostName, Value as _};

/// Writing the file of a large store anew takes its time.
const TIMEOUT: Duration = Duration::from_secs(300);

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Subject<'a> {
    RoomId(&'a str),
    Token(&'a str),
}

/// Has the server that listens where `config` says forget a chat by its id, or a customer by their token, authorised by
/// the key of the desk.
///
/// # Errors
/// A sentence: it does not answer, or does not do it.
pub fn ask_to_forget(config: &Config, key: &str, what: &str) -> Result<(), String> {
    let is_room = what.len() == 16 && what.bytes().all(|byte| byte.is_ascii_hexdigit());
    let subject = if is_room { Subject::RoomId(what) } else { Subject::Token(what) };
    let body = serde_json::to_vec(&subject).map_err(|error| error.to_string())?;
    let name = config.allowed_hosts.0.first().map_or_else(|| "localhost".to_owned(), HostName::write);
    let answer = agent(CONNECT_TIMEOUT)
        .post(format!("http://{}:{}/forget", reached_at(config.host), config.port))
        .config()
        .timeout_global(Some(TIMEOUT))
        .build()
        .header("Host", name)
        .header("Authorization", format!("Bearer {key}"))
        .send(&body[..]);
    match answer.map(|answer| answer.status().as_u16()) {
        Ok(200) => Ok(()),
        Ok(401 | 429) => Err("the running server does not take this AGENT_KEY".to_owned()),
        Ok(status) => Err(format!("the running server does not do it, and answers {status}")),
        Err(error) => Err(format!("the running server does not answer where HOST and PORT say: {error}")),
    }
}

/// An address that means every address is reached at loopback.
fn reached_at(host: IpAddr) -> String {
    match host {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.to_string(),
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) if address.is_unspecified() => format!("[{}]", Ipv6Addr::LOCALHOST),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}
