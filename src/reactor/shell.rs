//! The poll and everything it watches: turns readiness into events, and effects into what the system can do.
//!
//! No decision about chats is made here. A turn is bounded: sockets on the list when it began are read once, so many
//! connections are accepted, each service reports at most what its channel holds. [`super::serve`] drives it;
//! [`super::sockets`] is the larger half of it.

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use std::vec;

use mio::{Events, Poll, Token, Waker};

use super::clock::Clock;
use super::error::ServeError;
use super::files;
use super::keeper::{Keeper, Kept};
use super::keys::Keys;
use super::listener::Listener;
use super::services::{Wake, pipelines, setups};
use super::signals::Signals;
use super::sockets::Sockets;
use super::workers::Workers;
use crate::config::Config;
use crate::vocabulary::{ConnId, Effect, Event, Millis, Record};

const LISTENER: Token = Token(0);
const SIGNALS: Token = Token(1);
const WAKER: Token = Token(2);

/// Readiness taken from the poll at a time; the rest comes with the next turn.
const POLL_EVENTS: usize = 1024;
/// Sockets beyond MAX_CONNECTIONS: the core has let go of them and their last bytes are still leaving.
const LINGERING_MAX: usize = 1024;
/// How long connections may take to end after the first signal.
const STOP_SPAN: Millis = Millis::from_secs(30);

/// Everything the server asks the system for.
pub(super) struct Shell {
    poll: Poll,
    polled: Events,
    clock: Clock,
    now: Millis,
    signals: Option<Signals>,
    glossary: Option<PathBuf>,
    listener: Option<Listener>,
    address: SocketAddr,
    sockets: Sockets,
    sockets_max: usize,
    workers: Workers,
    /// Jobs to start and to cancel once the records before them are stored.
    jobs: Vec<Effect>,
    keeper: Keeper,
    /// On which connection that came whose effects are staged next.
    speaker: Option<ConnId>,
    boot: Option<Event<'static>>,
    /// What was stored before the start; gone once it is told.
    past: Option<vec::IntoIter<Record>>,
    /// What happened to the server as a whole.
    notices: VecDeque<Event<'static>>,
    tick_due: bool,
    stop_at: Option<Millis>,
}

impl Shell {
    /// Listens, reads what is stored and starts the workers. Without `signals` only a test can end it.
    ///
    /// # Errors
    /// The address is taken or not ours; the store cannot be used; the system is short of something.
    pub(super) fn open(
        config: &Config,
        keys: &Keys,
        mut signals: Option<Signals>,
    ) -> Result<Self, ServeError> {
        let clock = Clock::start();
        let asked = SocketAddr::new(config.host, config.port);
        let listen = |source| ServeError::Listen { address: asked, source };
        let mut listener = Listener::bind(asked).map_err(listen)?;
        let address = listener.address().map_err(listen)?;

        let (keeper, past) = Keeper::open(config).map_err(ServeError::Store)?;

        let poll = Poll::new().map_err(ServeError::system("poll for events"))?;
        listener.register(poll.registry(), LISTENER).map_err(listen)?;
        if let Some(signals) = &mut signals {
            signals.register(poll.registry(), SIGNALS).map_err(ServeError::system("watch for signals"))?;
        }
        let waker = Waker::new(poll.registry(), WAKER).map_err(ServeError::system("poll for events"))?;
        let wake: Wake = Arc::new(move || {
            // A poll that cannot be woken is gone, and so are we.
            let _ = waker.wake();
        });
        let workers = Workers::start(setups(config, keys), pipelines(config), &wake);
        let boot = clock.boot().map_err(ServeError::system("read /dev/urandom"))?;
        Ok(Self {
            poll,
            polled: Events::with_capacity(POLL_EVENTS),
            clock,
            now: Millis::ZERO,
            signals,
            glossary: None,
            listener: Some(listener),
            address,
            sockets: Sockets::new(config.high_water_bytes),
            sockets_max: config.max_connections.saturating_add(LINGERING_MAX),
            workers: workers.map_err(ServeError::system("start threads"))?,
            jobs: Vec::new(),
            keeper,
            speaker: None,
            boot: Some(boot),
            past: Some(past.into_iter()),
            notices: VecDeque::new(),
            tick_due: false,
            stop_at: None,
        })
    }

    /// Where it listens, with the true port.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The time of this turn. Never goes back.
    pub(super) fn now(&self) -> Millis {
        self.now
    }

    /// Whether the end was asked for and nothing is left to wait for.
    pub(super) fn is_finished(&self) -> bool {
        self.stop_at.is_some_and(|at| self.sockets.is_empty() || self.now >= at) && self.notices.is_empty()
    }

    /// Sleeps until something happens or the deadline has come, and begins a turn.
    ///
    /// A deadline may come late by as much as the turn before took: the clock is read once a turn.
    ///
    /// # Errors
    /// The poll is broken, which no retry mends.
    pub(super) fn wait(&mut self, deadline: Option<Millis>) -> Result<(), ServeError> {
        let timeout = self.timeout(deadline);
        match self.poll.poll(&mut self.polled, timeout) {
            Err(error) if error.kind() == ErrorKind::Interrupted => self.polled.clear(),
            polled => polled.map_err(ServeError::system("poll for events"))?,
        }
        self.now = self.clock.now();
        self.note_polled();
        self.workers.tend();
        self.sockets.begin_turn(self.now);
        if let Some(listener) = &mut self.listener {
            listener.begin_turn();
        }
        self.notices.extend(self.clock.wall(self.now));
        self.notices.extend(self.clock.entropy(self.now));
        self.notices.extend(self.sockets.report(self.now).map(Event::Gauges));
        self.tick_due = deadline.is_some_and(|at| at <= self.now);
        Ok(())
    }

    fn timeout(&self, deadline: Option<Millis>) -> Option<Duration> {
        let read_on = self.sockets.has_work() && !self.keeper.is_full();
        if self.boot.is_some() || !self.notices.is_empty() || self.workers.has_results() || read_on {
            return Some(Duration::ZERO);
        }
        let accept = self.listener.as_ref().and_then(Listener::next_deadline);
        let (sockets, keeper) = (self.sockets.next_deadline(), self.keeper.next_deadline());
        let first = [deadline, accept, sockets, keeper, self.stop_at].into_iter().flatten().min();
        let first = first.map(|at| Duration::from_millis((at - self.now).0));
        first.into_iter().chain(self.workers.rest()).min()
    }

    fn note_polled(&mut self) {
        let mut signalled = false;
        for event in &self.polled {
            match event.token() {
                LISTENER => self.listener.iter_mut().for_each(Listener::note),
                SIGNALS => signalled = true,
                WAKER => self.workers.collect(),
                _ => self.sockets.note(event),
            }
        }
        let came = self.signals.as_mut().filter(|_| signalled).map(Signals::came).unwrap_or_default();
        if came.reload {
            log::info!(signal = "SIGHUP"; "asked to look again at engines and glossary");
            self.reload();
        }
        if let Some(signal) = came.end {
            log::info!(signal; "asked to stop; a second signal ends at once");
            self.stop();
        }
    }

    /// Has the core look again at what may have changed. A file that cannot be read changes nothing.
    fn reload(&mut self) {
        let glossary = self.glossary.as_deref().and_then(|path| match files::contents_again(path) {
            Ok(text) => Some(text),
            Err(what) => {
                log::error!("GLOSSARY {what}; the one from before stays in force");
                None
            }
        });
        self.notices.push_back(Event::Reload { glossary });
    }

    /// Names the file that is read again when somebody wants that.
    pub(super) fn with_glossary(self, path: Option<PathBuf>) -> Self {
        Self { glossary: path, ..self }
    }

    /// Takes no more connections and tells the core, which sends people home.
    pub(super) fn stop(&mut self) {
        if self.stop_at.is_none() {
            self.stop_at = Some(self.now + STOP_SPAN);
            self.listener = None;
            self.notices.push_back(Event::Shutdown);
        }
    }

    /// The next event of this turn; none when the turn is over. Bytes are borrowed from `buffer`.
    pub(super) fn next_event<'b>(&mut self, buffer: &'b mut [u8]) -> Option<Event<'b>> {
        self.speaker = None;
        self.boot
            .take()
            .or_else(|| self.next_past())
            .or_else(|| self.notices.pop_front())
            .or_else(|| self.workers.next_event())
            .or_else(|| self.next_from_outside(buffer))
            // Last, so that who has just spoken is not taken for silent.
            .or_else(|| std::mem::take(&mut self.tick_due).then_some(Event::Tick))
    }

    fn next_past(&mut self) -> Option<Event<'static>> {
        let record = self.past.as_mut()?.next();
        if record.is_none() {
            self.past = None;
        }
        record.map(|record| Event::Restored { record })
    }

    /// What peers do; nothing while so much waits to be stored that no more can.
    fn next_from_outside<'b>(&mut self, buffer: &'b mut [u8]) -> Option<Event<'b>> {
        if self.keeper.is_full() {
            return None;
        }
        let event = self.sockets.next_event(buffer);
        if let Some(Event::Bytes { conn, .. } | Event::Turn { conn }) = &event {
            self.speaker = Some(*conn);
        }
        event.or_else(|| self.next_accepted())
    }

    fn next_accepted(&mut self) -> Option<Event<'static>> {
        loop {
            let (stream, peer) = self.listener.as_mut()?.accept(self.now)?;
            if self.sockets.len() >= self.sockets_max {
                log::debug!("dropped a new connection: too many are open");
                continue;
            }
            match self.sockets.insert(stream, self.poll.registry()) {
                Ok(conn) => return Some(Event::Accepted { conn, peer }),
                Err(error) => log::warn!(error:%; "dropped a new connection: the poll does not take it"),
            }
        }
    }

    /// Takes the effects of one event; all of them wait for [`Shell::commit`].
    pub(super) fn stage(&mut self, effects: &mut Vec<Effect>) {
        for effect in effects.drain(..) {
            match effect {
                Effect::Send { conn, bytes } => {
                    let delivers = self.speaker.is_some_and(|speaker| speaker != conn);
                    if delivers {
                        self.sockets.measure(conn);
                    } else if self.speaker.is_some() {
                        self.sockets.count_answer(bytes.len());
                    }
                    self.sockets.send(conn, bytes);
                }
                Effect::Close { conn, how } => self.sockets.close(conn, how, self.now),
                Effect::Pause { conn } => self.sockets.pause(conn),
                Effect::Resume { conn } => self.sockets.resume(conn),
                Effect::Yield { conn } => self.sockets.yield_turn(conn),
                Effect::StartJob { job, ref spec } => {
                    if self.workers.admit(job, spec) {
                        self.jobs.push(effect);
                    }
                }
                Effect::CancelJob { .. } => self.jobs.push(effect),
                Effect::Store(record) => self.keeper.keep(record),
            }
        }
    }

    /// Ends a turn: records to disk, then jobs to workers, bytes to sockets, and closes. When records cannot be stored, the rest
    /// of their turn waits; from then on the core knows, and says nothing that is not stored.
    pub(super) fn commit(&mut self) {
        match self.keeper.commit(self.now) {
            Kept::Now => self.start_jobs(),
            Kept::Again => {
                self.notices.push_back(Event::StoreUp);
                self.sockets.release(self.now);
                self.start_jobs();
            }
            Kept::Down => {
                self.notices.push_back(Event::StoreDown);
                self.sockets.hold(self.now);
            }
            Kept::Waiting => {}
        }
        self.sockets.commit(self.now);
    }

    fn start_jobs(&mut self) {
        for effect in self.jobs.drain(..) {
            match effect {
                Effect::StartJob { job, spec } => self.workers.submit(job, spec),
                Effect::CancelJob { job } => self.workers.cancel(job),
                _ => {}
            }
        }
    }

    /// Interrupts the jobs that run; nobody waits for them any more.
    pub(super) fn close(&mut self) {
        self.workers.stop();
        self.keeper.close(self.now);
        if !self.sockets.is_empty() {
            log::warn!(connections = self.sockets.len(); "stopped before every connection had ended");
        }
    }
}

#[cfg(test)]
mod tests;
