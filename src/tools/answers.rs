//! Answers to requests that had to wait, on their way to the connections that asked.

use std::collections::VecDeque;

use crate::vocabulary::ExchangeId;
use crate::wire::http::Response;

#[derive(Default)]
pub struct Answers(VecDeque<(ExchangeId, Response)>);

impl Answers {
    /// One more.
    pub fn push(&mut self, exchange: ExchangeId, response: Response) {
        self.0.push_back((exchange, response));
    }

    /// The next one to send.
    pub fn pop(&mut self) -> Option<(ExchangeId, Response)> {
        self.0.pop_front()
    }
}
