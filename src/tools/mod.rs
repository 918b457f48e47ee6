//! Tools of the core that know nothing of conversations: keyed storage, values by connection, timers, limits, randomness,
//! and the count of what was sent.

pub mod alarm;
pub mod arena;
pub mod limiter;
pub mod outbox;
pub mod random;
pub mod seats;
pub mod timer;
pub mod timers;
