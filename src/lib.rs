//! Dragoman: customer-support chat in which everybody writes and reads their own language.
//!
//! *A dragoman was the interpreter who stood between two people and let each speak their own language.*
//!
//! One process, one thread for everything but the slow calls, one port for HTTP and WebSocket. A pure core takes
//! `(now, event)` and yields effects; a thin shell owns every system call, the clock, the threads and the files. Given
//! the same events the core does the same thing, byte for byte, every time: so a whole run can be recorded, replayed,
//! simulated and measured.
//!
//! ```text
//!       sockets · clock · threads · files                    the shell: the only impure room
//!  ┌──────────────────────── reactor ───────────────────────────┐
//!  │  poll → read → Event ──┐                ┌── Effect → store, write, close, start a job
//!  └────────────────────────┼────────────────┼──────────────────┘
//!                           ▼                │
//!                        engine   handle(now, event, &mut effects)
//!                           │                ▲
//!             wire: bytes → request, text    │ response, text → bytes : wire
//!                           ▼                │
//!                        doors               │        doors: chat · hub · echo
//!                           ▼                │
//!                        desk    queue, lobby, lifecycle, assignment: the policy of support
//!                           ▼
//!                     conversation   rooms: log, members, cursors
//! ```
//!
//! # The words
//!
//! | word | means |
//! |---|---|
//! | event | one thing that happened outside the core: bytes came, a job ended, time passed |
//! | effect | one thing the core wants done: send, close, start a job, store a record |
//! | connection | one TCP connection, named by slot **and** generation; first HTTP, perhaps WebSocket later |
//! | client | a person: customer or agent; holds a token; may have several connections |
//! | tenant | whose clients and rooms these are; one by default |
//! | room | one conversation: members, a log of entries, a status |
//! | entry | a step of the log: a message appended, or a translation settled |
//! | message | its sequence number in the room, its writer, text, language, translations |
//! | cursor | how far one connection has been sent the log |
//! | job, service, owner | a slow call done by a worker thread, started by an effect, ended by an event; whom it calls; who gets its answer |
//! | exchange | one request and its response, which may come later |
//! | record | what has happened and must survive a restart |
//! | trace | the text of a run: every event, and the effects it caused |
//! | door | one protocol on the conversation model; turns its own words into room operations and back |
//!
//! # The invariants
//!
//! 1. Same config, same events: same effects.
//! 2. How bytes were cut into reads changes nothing: same bytes out per connection, same records, jobs and closes.
//! 3. No input, however bad, panics or grows memory without bound; every collection has a named limit in [`config`],
//!    and all text together has one.
//! 4. A message acknowledged is never lost, duplicated or overtaken within its room.
//! 5. A stale id (connection, timer, job) touches nothing.
//! 6. Nobody reads or writes a room they are no member of, the lobby's glimpse of waiting rooms aside.
//!
//! # The map
//!
//! The modules, in reading order; each imports only from those above it. Nothing outside `reactor` and `main` names a
//! socket, a thread, a file or the clock. To follow one message from socket to socket, read [`engine`], then
//! `doors::chat`, then [`desk`] and [`conversation`]; to add a protocol, begin at [`doors`].

pub mod vocabulary;

pub mod config;

pub mod tools;
pub mod wire;

pub mod translate;

pub mod conversation;

pub mod desk;

pub mod doors;

pub mod engine;

pub mod trace;

pub mod reactor;
