//! Why the server could not start or go on, as a sentence for the person who started it.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::path::PathBuf;

use super::store::error::StoreError;

/// Why the server could not start, or had to end.
#[derive(Debug)]
pub enum ServeError {
    /// The address cannot be listened on.
    Listen { address: SocketAddr, source: io::Error },
    /// The file for the trace cannot be created.
    Record { path: PathBuf, source: io::Error },
    /// The store cannot be used.
    Store(StoreError),
    /// What is stored of open chats does not fit into memory.
    Memory {
        given: usize,
        /// By how many bytes it is too little.
        missing: usize,
    },
    /// Apertium is to translate and is not installed.
    NoApertium { dir: String },
    /// The system refused something it always grants.
    System {
        /// What was asked for.
        what: &'static str,
        source: io::Error,
    },
}

impl ServeError {
    /// For `map_err`: names what was asked of the system.
    pub(super) fn system(what: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::System { what, source }
    }
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen { address, source } => match source.kind() {
                ErrorKind::AddrInUse => write!(
                    f,
                    "port {} on {} is taken by another program; stop that one, or set PORT to a free port",
                    address.port(),
                    address.ip()
                ),
                ErrorKind::AddrNotAvailable => write!(
                    f,
                    "{} is not an address of this machine; set HOST to one that is, such as 127.0.0.1",
                    address.ip()
                ),
                ErrorKind::PermissionDenied => write!(
                    f,
                    "not allowed to listen on port {}; ports below 1024 are reserved, set PORT to a higher one",
                    address.port()
                ),
                _ => write!(f, "cannot listen on {address}: {source}"),
            },
            Self::Record { path, source } if source.kind() == ErrorKind::AlreadyExists => write!(
                f,
                "{} exists already, and a trace never overwrites a file; choose another name",
                path.display()
            ),
            Self::Record { path, source } => write!(f, "cannot create {}: {source}", path.display()),
            Self::Store(error) => error.fmt(f),
            Self::Memory { given, missing } => write!(
                f,
                "MAX_TEXT_BYTES is {given}, and the open chats in the store need {missing} bytes more; set it to at least {}",
                given + missing
            ),
            Self::NoApertium { dir } => write!(
                f,
                "ENGINE names apertium, and {dir} has no language pair; install some, such as apertium-eng-spa, or set \
                 APERTIUM_DIR"
            ),
            Self::System { what, source } => write!(f, "cannot {what}: {source}"),
        }
    }
}

impl std::error::Error for ServeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Listen { source, .. } | Self::Record { source, .. } | Self::System { source, .. } => {
                Some(source)
            }
            Self::Store(error) => error.source(),
            Self::Memory { .. } | Self::NoApertium { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_told_with_what_to_do() {
        let error = ServeError::Listen {
            address: "127.0.0.1:8080".parse().unwrap(),
            source: ErrorKind::AddrInUse.into(),
        };
        let sentence =
            "port 8080 on 127.0.0.1 is taken by another program; stop that one, or set PORT to a free port";
        assert_eq!(error.to_string(), sentence);
    }

    #[test]
    fn a_trace_that_exists_is_told_by_name() {
        let error = ServeError::Record { path: "run.trace".into(), source: ErrorKind::AlreadyExists.into() };
        assert!(error.to_string().starts_with("run.trace exists already"));
    }
}
