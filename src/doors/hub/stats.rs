//! What the hub tells of itself: `/hub/stats`, and its part of the metrics.

use super::Hub;
use super::protocol::Stats;
use crate::doors::Context;
use crate::doors::status::Rows;
use crate::wire::http::Response;

impl Hub {
    /// Its rows of `/metrics`.
    pub(super) fn tell_metrics(&self, page: &mut Rows) {
        page.gauge("dragoman_hub_rooms", "Rooms of the hub.", self.hub_rooms.len() as u64);
        page.gauge("dragoman_hub_people", "People the hub knows, here or not.", self.people.len() as u64);
        // Names of rooms are people's words: a label of each could be many. `/hub/stats` has them one by one.
        let counts = self.hub_rooms.values().map(|hub_room| hub_room.members.len() as u64);
        let (members, most) = (counts.clone().sum(), counts.max().unwrap_or(0));
        page.gauge("dragoman_hub_members", "Members of all rooms of the hub.", members);
        page.gauge("dragoman_hub_members_largest_room", "Members of the largest room of the hub.", most);
    }

    /// `GET /hub/stats`
    pub(super) fn stats(&self, cx: &Context<'_>) -> Response {
        let rooms = self
            .hub_rooms
            .iter()
            .filter_map(|(key, hub_room)| Some(hub_room.stats(cx.rooms.room(*key)?, cx.now)));
        let stats =
            Stats { rooms: rooms.collect(), people: self.people.len(), delivery: cx.counters.gauges.into() };
        Response::new(200).json(&stats).header("Cache-Control", "no-store")
    }
}
