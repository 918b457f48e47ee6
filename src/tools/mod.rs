//! Tools of the core that know nothing of conversations: keyed storage, values by connection, timers, jobs, limits,
//! randomness, and the count of what was sent.

pub mod alarm;
pub mod answers;
pub mod arena;
pub mod jobs;
pub mod limiter;
pub mod outbox;
pub mod random;
pub mod seats;
pub mod timer;
pub mod timers;
