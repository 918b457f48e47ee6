//! What to ask Ollama, whether to believe its answer, and what to remember.
//!
//! Everything here is pure: jobs and answers are bytes, time is an argument. The words of a customer are data
//! throughout: delimited when asked about, checked when they come back, never logged.

pub mod cache;
pub mod check;
pub mod detect;
mod letters;
pub mod ollama;
pub mod prompt;
