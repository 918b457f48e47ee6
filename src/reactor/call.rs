//! One HTTP call to the service that translates: made by a worker, blocking, bounded in time and size.
//!
//! Carries bytes and believes nothing: what the answer means is decided in the core, by `translate`. Every default of
//! the library that matters is set here, because its own would follow a proxy from the environment, follow redirects,
//! wait for ever and hold 256 KiB of buffers. Customers' words pass through: nothing of a body goes into a log.

use std::io::{self, ErrorKind};
use std::time::Duration;

use ureq::{Agent, Body, Error, Timeout, http};

use crate::vocabulary::{Answer, HttpCall, JobFailure, JobMethod, JobOutcome, MAX_ANSWER_BYTES, Millis};

/// Who does not accept a connection in this time does not listen.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Who cannot be found by name in this time is not there.
const RESOLVE_TIMEOUT: Duration = Duration::from_secs(5);
/// Each way; an answer is a few kilobytes.
const BUFFER_BYTES: usize = 16 * 1024;
/// Longest explanation of a failure, in characters.
const DETAIL_CHARS_MAX: usize = 200;

/// A fresh client. `Agent::shutdown` on a clone of it interrupts its running call, and the agent is of no use afterwards.
pub(super) fn agent() -> Agent {
    Agent::config_builder()
        // Ollama is where OLLAMA_URL says. HTTP_PROXY would send customers' words elsewhere.
        .proxy(None)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .timeout_resolve(Some(RESOLVE_TIMEOUT))
        .timeout_connect(Some(CONNECT_TIMEOUT))
        .input_buffer_size(BUFFER_BYTES)
        .output_buffer_size(BUFFER_BYTES)
        // A connection that was kept may be closed by the other side just as we write; a new one costs nothing beside a
        // translation.
        .max_idle_connections(0)
        .user_agent(concat!("dragoman/", env!("CARGO_PKG_VERSION")))
        .build()
        .into()
}

/// Makes the call. `base_url` is without a slash at its end.
pub(super) fn call(agent: &Agent, base_url: &str, spec: &HttpCall) -> JobOutcome {
    match exchange(agent, base_url, spec) {
        Ok((status, body)) if body.len() <= MAX_ANSWER_BYTES => {
            JobOutcome::Answered(Answer::new(status, body))
        }
        Ok(_) => failed(JobFailure::TooLarge, "the answer is too long"),
        Err(error) => failed(failure(&error), &detail(&error)),
    }
}

/// A job without an answer.
pub(super) fn failed(why: JobFailure, detail: &str) -> JobOutcome {
    JobOutcome::Failed { why, detail: detail.chars().take(DETAIL_CHARS_MAX).collect() }
}

fn exchange(agent: &Agent, base_url: &str, spec: &HttpCall) -> Result<(u16, Vec<u8>), Error> {
    let url = format!("{base_url}{}", spec.path);
    let mut response = send(agent, &url, spec)?;
    // One byte more than allowed: the library takes a body of exactly the limit for too long.
    let limit = MAX_ANSWER_BYTES as u64 + 1;
    let body = response.body_mut().with_config().limit(limit).read_to_vec()?;
    Ok((response.status().as_u16(), body))
}

fn send(agent: &Agent, url: &str, spec: &HttpCall) -> Result<http::Response<Body>, Error> {
    let timeout = Some(span(spec.timeout));
    match spec.method {
        JobMethod::Get => agent.get(url).config().timeout_global(timeout).build().call(),
        JobMethod::Post => agent
            .post(url)
            .config()
            .timeout_global(timeout)
            .build()
            .content_type("application/json")
            .send(&spec.body[..]),
    }
}

fn span(span: Millis) -> Duration {
    Duration::from_millis(span.0)
}

/// The kind of failure, on which the core's breaker rests.
fn failure(error: &Error) -> JobFailure {
    match error {
        Error::Timeout(Timeout::Connect | Timeout::Resolve)
        | Error::HostNotFound
        | Error::ConnectionFailed
        | Error::BadUri(_)
        | Error::Tls(_)
        | Error::TlsRequired => JobFailure::Refused,
        Error::Timeout(_) => JobFailure::TimedOut,
        Error::BodyExceedsLimit(_) => JobFailure::TooLarge,
        Error::Io(error) if is_refusal(error) => JobFailure::Refused,
        _ => JobFailure::Lost,
    }
}

fn is_refusal(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionRefused
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NetworkDown
            | ErrorKind::AddrNotAvailable
    ) || is_failed_lookup(error)
}

/// The standard library has no kind for a name that cannot be looked up, only a sentence.
fn is_failed_lookup(error: &io::Error) -> bool {
    error.raw_os_error().is_none() && error.to_string().starts_with("failed to lookup address")
}

/// For the log. The URL stays out of it: somebody may have put a password there.
fn detail(error: &Error) -> String {
    match error {
        Error::BadUri(_) => "OLLAMA_URL is not a URL that can be called".to_owned(),
        error => error.to_string(),
    }
}

#[cfg(test)]
mod tests;
