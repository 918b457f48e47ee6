//! What the hub tells of itself: `/hub/stats`, and its part of the metrics.

use super::Hub;
use super::protocol::Stats;
use crate::doors::Context;
use crate::wire::http::Response;

impl Hub {
    /// Open rooms.
    pub fn rooms(&self) -> usize {
        self.halls.len()
    }

    /// People who are known, here or not.
    pub fn people(&self) -> usize {
        self.people.len()
    }

    /// Members of all rooms, and of the largest.
    pub fn members(&self) -> (usize, usize) {
        let counts = self.halls.values().map(|hall| hall.members.len());
        (counts.clone().sum(), counts.max().unwrap_or(0))
    }

    /// `GET /hub/stats`
    pub(super) fn stats(&self, cx: &Context<'_>) -> Response {
        let rooms =
            self.halls.iter().filter_map(|(key, hall)| Some(hall.stats(cx.rooms.room(*key)?, cx.now)));
        let stats =
            Stats { rooms: rooms.collect(), people: self.people.len(), delivery: cx.counters.gauges.into() };
        Response::new(200).json(&stats).header("Cache-Control", "no-store")
    }
}
