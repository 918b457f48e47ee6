//! One HTTP call to a service: made by a worker, blocking, bounded in time and size.
//!
//! Carries bytes and believes nothing: what the answer means is decided in the core, by the owner of the job. Every default
//! of the library that matters is set here, because its own would follow a proxy from the environment, follow redirects,
//! wait for ever and hold 256 KiB of buffers. Customers' words and credentials pass through: nothing of a body or of the
//! head that is sent goes into a log.

use std::io::{self, ErrorKind, Read};
use std::time::Duration;

use bytes::Bytes;
use ureq::http::{HeaderMap, Response, header};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Body, Error, RequestBuilder, Timeout};

use super::resolver::Nearby;
use super::services::{Secret, Setup};
use crate::vocabulary::{
    Answer, AnswerField, AnswerMode, Credential, HttpCall, JobFailure, JobMethod, JobOutcome, Millis,
};

/// Who cannot be found by name in this time is not there.
const RESOLVE_TIMEOUT: Duration = Duration::from_secs(5);
/// Each way; an answer is a few kilobytes. A piece of an answer is no larger.
pub(super) const BUFFER_BYTES: usize = 16 * 1024;
/// Longest explanation of a failure, in characters.
const DETAIL_CHARS_MAX: usize = 200;
/// Bytes of a field of an answer's head; a longer one is not passed on.
const FIELD_BYTES_MAX: usize = 256;

/// A fresh client for a service, which sends in clear to nobody in public what a name may lead to.
pub(super) fn agent_for(setup: &Setup) -> Agent {
    let agent = agent(setup.connect_timeout);
    if !setup.is_in_clear() {
        return agent;
    }
    Agent::with_parts(agent.config().clone(), DefaultConnector::default(), Nearby::default())
}

/// A fresh client. `Agent::shutdown` on a clone of it interrupts its running call, and the agent is of no use afterwards.
pub(super) fn agent(connect_timeout: Duration) -> Agent {
    Agent::config_builder()
        // A service is where its URL says. HTTP_PROXY would send customers' words elsewhere.
        .proxy(None)
        // A credential goes to nobody else.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .timeout_resolve(Some(RESOLVE_TIMEOUT))
        .timeout_connect(Some(connect_timeout))
        .input_buffer_size(BUFFER_BYTES)
        .output_buffer_size(BUFFER_BYTES)
        // A connection that was kept may be closed by the other side just as we write; a new one costs nothing beside a
        // translation.
        .max_idle_connections(0)
        .user_agent(concat!("dragoman/", env!("CARGO_PKG_VERSION")))
        .build()
        .into()
}

/// Makes the call. Pieces go to `on_piece`, which says whether anybody still listens.
pub(super) fn call(
    agent: &Agent,
    setup: &Setup,
    call: &HttpCall,
    on_piece: &mut dyn FnMut(Bytes) -> bool,
) -> JobOutcome {
    let Ok(secret) = secret(setup, call.credential.as_ref()) else {
        return failed(JobFailure::Refused, "the credential of the call is not set up here");
    };
    let (field, body) = match secret {
        None => (None, call.body.clone()),
        Some(Secret::Field { name, value }) => (Some((name, value)), call.body.clone()),
        Some(Secret::Member { name, value }) => match with_member(&call.body, name, &value) {
            Some(body) => (None, body),
            None => {
                return failed(JobFailure::Refused, "the body of the call has no place for its credential");
            }
        },
    };
    match exchange(agent, setup, call, field, &body, on_piece) {
        Ok(answer) => JobOutcome::Answered(answer),
        Err(Error::BadUri(_)) => {
            // The URL stays out of it: somebody may have put a password there.
            failed(JobFailure::Refused, &format!("the URL of {} cannot be called", setup.service))
        }
        Err(error) => failed(failure(&error), &error.to_string()),
    }
}

/// A job without an answer.
pub(super) fn failed(why: JobFailure, detail: &str) -> JobOutcome {
    JobOutcome::Failed { why, detail: detail.chars().take(DETAIL_CHARS_MAX).collect() }
}

/// What proves that we may ask, if that is wanted; an error if it is not known.
fn secret(setup: &Setup, credential: Option<&Credential>) -> Result<Option<Secret>, ()> {
    match credential {
        None => Ok(None),
        Some(Credential::OfUser(token)) => {
            Ok(Some(Secret::Field { name: "authorization", value: format!("Bearer {token}") }))
        }
        Some(Credential::Configured(name)) => Ok(Some(setup.credentials.get(name).ok_or(())?.clone())),
    }
}

/// A JSON object with one more member, which comes first; `None` if the body is no object.
fn with_member(body: &[u8], name: &str, value: &str) -> Option<Bytes> {
    let rest = body.strip_prefix(b"{")?;
    let is_empty = rest.trim_ascii_start().starts_with(b"}");
    let mut with = format!("{{{}:{}", serde_json::to_string(name).ok()?, serde_json::to_string(value).ok()?);
    with.push_str(if is_empty { "" } else { "," });
    let mut with = with.into_bytes();
    with.extend_from_slice(rest);
    Some(with.into())
}

fn exchange(
    agent: &Agent,
    setup: &Setup,
    call: &HttpCall,
    secret: Option<(&'static str, String)>,
    body: &[u8],
    on_piece: &mut dyn FnMut(Bytes) -> bool,
) -> Result<Answer, Error> {
    let mut response = send(agent, setup, call, secret, body)?;
    let mut answer = Answer {
        content_type: field(response.headers(), header::CONTENT_TYPE.as_str()).unwrap_or_default(),
        fields: fields(response.headers()),
        ..Answer::new(response.status().as_u16(), Bytes::new())
    };
    let in_pieces = call.answer == AnswerMode::Pieces && response.status().is_success();
    let (reader, limit) = (response.body_mut().as_reader(), setup.answer_bytes_max);
    if in_pieces {
        read(reader, limit, |bytes| on_piece(Bytes::copy_from_slice(bytes)))?;
    } else {
        let mut body = Vec::new();
        read(reader, limit, |bytes| {
            body.extend_from_slice(bytes);
            true
        })?;
        answer.body = body.into();
    }
    Ok(answer)
}

fn send(
    agent: &Agent,
    setup: &Setup,
    call: &HttpCall,
    secret: Option<(&'static str, String)>,
    body: &[u8],
) -> Result<Response<Body>, Error> {
    let url = format!("{}{}", setup.base_url, call.path);
    let timeout = Some(span(call.timeout));
    match call.method {
        JobMethod::Get => {
            let request = agent.get(url).config().timeout_global(timeout).build();
            with_head(request, call, secret).call()
        }
        JobMethod::Post => {
            let request = agent.post(url).config().timeout_global(timeout).build();
            with_head(request, call, secret).content_type("application/json").send(body)
        }
    }
}

fn with_head<T>(
    request: RequestBuilder<T>,
    call: &HttpCall,
    secret: Option<(&'static str, String)>,
) -> RequestBuilder<T> {
    let fields = call.fields.iter().map(|(field, value)| (field.name(), value.clone()));
    fields.chain(secret).fold(request, |request, (name, value)| request.header(name, value))
}

/// Those fields of a head that are passed on.
fn fields(head: &HeaderMap) -> Vec<(AnswerField, String)> {
    let found = |name: AnswerField| Some((name, field(head, name.name())?));
    AnswerField::ALL.into_iter().filter_map(found).collect()
}

fn field(head: &HeaderMap, name: &str) -> Option<String> {
    let value = head.get(name)?.to_str().ok()?;
    (value.len() <= FIELD_BYTES_MAX).then(|| value.to_owned())
}

/// Shows each read to `take` as long as that wants more.
fn read(mut reader: impl Read, limit: usize, mut take: impl FnMut(&[u8]) -> bool) -> Result<(), Error> {
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut left = limit;
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) if count > left => return Err(Error::BodyExceedsLimit(limit as u64)),
            Ok(count) if take(&buffer[..count]) => left -= count,
            Ok(_) => return Ok(()),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn span(span: Millis) -> Duration {
    Duration::from_millis(span.0)
}

/// The kind of failure, on which the core's breakers rest.
fn failure(error: &Error) -> JobFailure {
    match error {
        Error::Timeout(Timeout::Connect | Timeout::Resolve)
        | Error::HostNotFound
        | Error::ConnectionFailed
        | Error::Tls(_)
        // The one of ours, see `resolver`.
        | Error::Other(_)
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

#[cfg(test)]
mod tests;
