//! Whom the shell calls: where each service is, and within which limits it is called.
//!
//! A service stands on its own: threads, queue and limits of one are no other's, so one that hangs stops nobody else. What
//! proves to a service that we may ask is known here and nowhere else; the core only names it. To add a service: its name
//! beside `Service::OLLAMA`, and a row here.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::config::Config;
use crate::vocabulary::{MAX_ANSWER_BYTES, Service};

/// Jobs that may wait for a thread of a service. The core starts no more translations than there are threads for them.
const QUEUED_MAX: usize = 256;
/// Who does not accept a connection in this time does not listen.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// One service. Not to be printed: it holds secrets.
pub(super) struct Setup {
    pub(super) service: Service,
    /// Without a slash at its end.
    pub(super) base_url: String,
    /// Calls made at a time.
    pub(super) threads: usize,
    /// Jobs that may wait for a thread.
    pub(super) queued_max: usize,
    /// Bytes of one answer.
    pub(super) answer_bytes_max: usize,
    pub(super) connect_timeout: Duration,
    /// What a credential means here, by its name.
    pub(super) credentials: BTreeMap<&'static str, Secret>,
}

/// A header field that proves who we are.
pub(super) struct Secret {
    pub(super) field: &'static str,
    pub(super) value: String,
}

impl Setup {
    /// One that is called like every other.
    pub(super) fn new(service: Service, base_url: &str, threads: usize) -> Self {
        Self {
            service,
            base_url: base_url.trim_end_matches('/').to_owned(),
            threads,
            queued_max: QUEUED_MAX,
            answer_bytes_max: MAX_ANSWER_BYTES,
            connect_timeout: CONNECT_TIMEOUT,
            credentials: BTreeMap::new(),
        }
    }
}

/// Every service of this server.
pub(super) fn setups(config: &Config) -> Vec<Setup> {
    // One thread more than translations that run at a time: a probe or the loading of the model never waits behind them.
    vec![Setup::new(Service::OLLAMA, &config.ollama_url, usize::from(config.translate_workers) + 1)]
}
