//! Tools of the core that know nothing of conversations: keyed storage, values by connection, timers, jobs, limits,
//! randomness, the count of what was sent, and what must exist.

pub mod alarm;
pub mod answers;
pub mod arena;
pub mod conn_map;
pub mod jobs;
pub mod known;
pub mod limiter;
pub mod outbox;
pub mod random;
pub mod shares;
pub mod timer;
pub mod timers;
