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
//!                        doors    parse a command · render a step      chat · hub · echo
//!                           ▼                ▲
//!             desk   queue, lobby, lifecycle, assignment: the policy of support
//!                           ▼                │
//!       conversation   decide → Record → apply      drain(dirty rooms): ask, expire, advance
//!                           ▼                │
//!                  translate   whom to ask, what to ask, what to believe
//! ```
//!
//! Inside the core the same thought once more: a command is decided, becomes a record, the record is applied
//! (`conversation/apply.rs`, live and at the start alike); then one drain (`conversation/drain.rs`) lets everything follow
//! that follows from it.
//!
//! # The words
//!
//! | word | means |
//! |---|---|
//! | event | one thing that happened outside the core: bytes came, a job ended, time passed |
//! | effect | one thing the core wants done: send, close, start a job, store a record |
//! | connection | one TCP connection, named by slot **and** generation; first HTTP, perhaps WebSocket later |
//! | client | somebody with a token: customer, agent, guest; may have several connections |
//! | tenant | whose rooms and translations these are; one by default |
//! | room | one conversation: a log of messages, members, readers, a status |
//! | message | its number in the room, its writer, text, language |
//! | translation | what a message reads like in another language, with a state and a revision |
//! | revision | counts the changes of a room that readers see: messages and their translations share it |
//! | reader | a connection that follows a room, with a position: the revision it has been told |
//! | command | what somebody wants of a room |
//! | record | what has happened and must survive a restart |
//! | apply | record → state; the only writer of what survives |
//! | drain | after a step, everything that follows from it, once for each room that is dirty |
//! | job, service, owner | a slow call done by a worker thread; whom it calls; who gets its answer |
//! | translation engine | who translates: a model, a service or programs, with an API, a queue and a breaker of its own |
//! | exchange | one request and its response, which may come later |
//! | door | one protocol on the conversation model; parses commands, renders steps |
//! | trace | the text of a run: every event, and the effects it caused |
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
//! The modules, in reading order; each imports only from those above it. Inside a module there is no circle, but for the few
//! that `tests/architecture/map.rs` lists.
//! Nothing outside `reactor` and `main` names a socket, a thread, a file or the clock; a door names no other door.
//! `tests/architecture.rs` holds all of it. To follow one message from socket to socket, read [`engine`], then
//! `doors::chat`, then [`desk`] and [`conversation`].
//!
//! # How a door is added
//!
//! A door is a file or a folder in `doors/` that implements [`doors::Door`], and a row in its table ([`doors::table`]). It
//! says which paths are its own, turns requests and texts into commands ([`conversation::change`]), and renders what
//! readers are to be told; a door of support has a [`desk`] that decides for it. Routing, timers, jobs, restoring,
//! forgetting, health and metrics go through the trait, and all but the paths have an answer for doors that need none. The
//! echo (`doors/echo.rs`) is the smallest; `tests/doors/toy.rs` is one with a WebSocket, a timer and a translation, in a
//! test that walks through it. `tests/doors.rs` puts every door of the table before the same hostile seat, and has an arm
//! that says how somebody comes through each. Then it needs a folder of traces and a row in the README.
//!
//! # How a translation engine is added
//!
//! It is a file in `translate/` that implements [`translate::format::Format`]: which pairs it does, what to ask, what an answer
//! means, how to see whether it is there. Then a row each in [`vocabulary::EngineName`], in `translate/engine.rs` and, for
//! whom the shell calls, in `reactor/services.rs`; its settings in [`config`], with what it needs; a row in the README.
//! Choosing, queues, breakers, the cache, health and metrics know no engine by name; the agents' page knows what people call
//! it (`static/js/strip.js`). An engine inside the process would be one more kind of [`vocabulary::JobSpec`].
//!
//! # How it is tested
//!
//! * **Traces** (`tests/traces/`) are whole runs: events, and the effects they must have. A new one is the events alone;
//!   `UPDATE_TRACES=1 cargo test --test traces` adds what happens, for `git diff` to be read. They hold however the bytes
//!   are cut, and what they stored is what was known (`tests/restored.rs`).
//! * **The simulation** (`tests/simulation.rs`) makes a run of each seed: people, a model, a disk and a kernel that all
//!   misbehave. A seed that fails leaves a trace and says where; cut down to what matters, that becomes a trace of its own.
//! * **The guard** (`benches/guard/`) counts instructions and allocations against `benches/guard/expected.txt`;
//!   `UPDATE_GUARD=1 cargo bench --bench guard` writes them anew.

pub mod vocabulary;

pub mod config;

pub mod wire;

pub mod tools;

pub mod translate;

pub mod conversation;

pub mod desk;

pub mod doors;

pub mod engine;

pub mod trace;

pub mod reactor;
