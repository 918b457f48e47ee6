//! The port: accepts so many a turn, and takes a rest when the system has nothing left to accept with.
//!
//! Knows nothing of the table of sockets; [`super::shell`] puts what comes from here into it.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};

use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Registry, Token};

use crate::vocabulary::Millis;

/// Connections accepted in one turn; the rest wait for the next, so that those who are in are served meanwhile.
const ACCEPTS_PER_TURN: usize = 64;
/// How long nothing is accepted after the system said it has no descriptor or memory left.
const REST: Millis = Millis(100);
/// Pause between two warnings about that.
const WARNING_PAUSE: Millis = Millis::from_secs(60);

#[derive(Debug)]
pub(super) struct Listener {
    socket: TcpListener,
    /// Somebody may be waiting; the poll tells once only.
    acceptable: bool,
    accepts_left: usize,
    pause: Pause,
}

impl Listener {
    /// Listens.
    ///
    /// # Errors
    /// The address is taken, not ours, or not allowed.
    pub(super) fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = TcpListener::bind(address)?;
        Ok(Self { socket, acceptable: false, accepts_left: 0, pause: Pause::default() })
    }

    /// Where it listens, with the true port.
    ///
    /// # Errors
    /// As the system says.
    pub(super) fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Adds it to the poll.
    ///
    /// # Errors
    /// As the system says.
    pub(super) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        registry.register(&mut self.socket, token, Interest::READABLE)
    }

    /// The poll says that somebody waits.
    pub(super) fn note(&mut self) {
        self.acceptable = true;
    }

    pub(super) fn begin_turn(&mut self) {
        self.accepts_left = ACCEPTS_PER_TURN;
    }

    /// When it wants to be asked again without the poll saying so.
    pub(super) fn next_deadline(&self) -> Option<Millis> {
        self.acceptable.then_some(self.pause.until)
    }

    /// The next connection, until nobody waits or the turn has had its share.
    pub(super) fn accept(&mut self, now: Millis) -> Option<(TcpStream, IpAddr)> {
        while self.acceptable && self.accepts_left > 0 && now >= self.pause.until {
            self.accepts_left -= 1;
            match self.socket.accept() {
                Ok((stream, peer)) => {
                    if let Err(error) = stream.set_nodelay(true) {
                        // The peer is gone already; reading will say so.
                        log::debug!(error:%; "could not turn off the delay of small packets");
                    }
                    return Some((stream, peer.ip().to_canonical()));
                }
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock => self.acceptable = false,
                    ErrorKind::Interrupted | ErrorKind::ConnectionAborted => {}
                    _ => self.pause.begin(now, &error),
                },
            }
        }
        None
    }
}

/// The rest after an error that asking again at once would only repeat: at the limit of descriptors the connection stays
/// in the queue, and a loop that went on would spin.
#[derive(Debug, Default)]
struct Pause {
    until: Millis,
    warn_from: Millis,
}

impl Pause {
    fn begin(&mut self, now: Millis, error: &io::Error) {
        self.until = now + REST;
        if now >= self.warn_from {
            self.warn_from = now + WARNING_PAUSE;
            log::warn!(
                error:%;
                "cannot accept connections for now; if files are short, raise `ulimit -n` or lower MAX_CONNECTIONS"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_ends_and_warns_once_a_minute() {
        let mut pause = Pause::default();
        let error = io::Error::other("too many open files");
        pause.begin(Millis(0), &error);
        assert_eq!((pause.until, pause.warn_from), (Millis(100), Millis(60_000)));
        pause.begin(Millis(100), &error);
        assert_eq!((pause.until, pause.warn_from), (Millis(200), Millis(60_000)));
        pause.begin(Millis(70_000), &error);
        assert_eq!(pause.warn_from, Millis(130_000));
    }

    #[test]
    fn asks_again_only_while_somebody_waits() {
        let mut listener = Listener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        assert_eq!(listener.next_deadline(), None);
        listener.note();
        listener.begin_turn();
        assert_eq!(listener.next_deadline(), Some(Millis(0)));
        assert!(listener.accept(Millis(5)).is_none());
        assert_eq!(listener.next_deadline(), None);
    }

    #[test]
    fn a_turn_accepts_its_share_and_says_that_there_is_more() {
        let mut listener = Listener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.address().unwrap();
        let _peers: Vec<_> =
            (0..=ACCEPTS_PER_TURN).map(|_| std::net::TcpStream::connect(address).unwrap()).collect();
        listener.note();
        listener.begin_turn();
        for _ in 0..ACCEPTS_PER_TURN {
            assert!(listener.accept(Millis(0)).is_some());
        }
        assert!(listener.accept(Millis(0)).is_none());
        assert!(listener.next_deadline().is_some());
        listener.begin_turn();
        assert_eq!(listener.accept(Millis(0)).unwrap().1, IpAddr::from([127, 0, 0, 1]));
    }
}
