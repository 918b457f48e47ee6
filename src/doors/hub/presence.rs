//! Who comes is welcomed, and who comes and goes is told to everybody in the room: one by one, or in numbers where there are many.

use std::collections::BTreeMap;

use super::Hub;
use super::hub_room::{HubRoom, Turnover};
use super::protocol::{Here, Presence, Welcome};
use crate::config::Config;
use crate::conversation::{ClientKey, Room, RoomKey, RoomTimer};
use crate::doors::{Context, json};
use crate::vocabulary::ConnId;
use crate::wire::date;
use crate::wire::websocket::text_frame;

impl Hub {
    /// The first thing a WebSocket hears.
    pub(super) fn welcome(
        &self,
        cx: &mut Context<'_>,
        conn: ConnId,
        secret: Option<&str>,
        wants_people: bool,
    ) {
        let Some(visitor) = self.visitors.get(conn) else { return };
        let Some(person) = self.people.get(&visitor.client) else { return };
        let Some(hub_room) = self.hub_rooms.get(&visitor.room) else { return };
        let Some(room) = cx.rooms.room(visitor.room) else { return };
        let welcome = Welcome {
            r#type: "system",
            code: "welcome",
            room: &hub_room.name,
            user_id: &person.user,
            username: &visitor.username,
            verified: person.verified,
            secret,
            language: visitor.language,
            members: hub_room.members.len(),
            log: room.id,
            first_id: room.log.first_id(),
            last_id: room.log.last_id(),
            people: if wants_people { self.people_in(cx, hub_room, room) } else { None },
        };
        let frame = text_frame(&json(&welcome));
        cx.outbox.send(conn, frame, cx.effects);
    }

    /// Who is in a room, each once, under the name they came with last; nobody in a crowd.
    fn people_in(&self, cx: &Context<'_>, hub_room: &HubRoom, room: &Room) -> Option<Vec<Here<'_>>> {
        if hub_room.members.len() > cx.config.hub_crowd {
            return None;
        }
        let visitors = room.readers.iter().filter_map(|reader| self.visitors.get(reader.conn));
        let names: BTreeMap<_, _> = visitors.map(|visitor| (visitor.client, &*visitor.username)).collect();
        let here = names.iter().filter_map(|(client, username)| {
            let person = self.people.get(client)?;
            Some(Here { username, user_id: &person.user, verified: person.verified })
        });
        let mut here: Vec<_> = here.collect();
        here.sort();
        Some(here)
    }

    /// Somebody came or left. In a crowd that is told in numbers, a moment later.
    pub(super) fn announce(
        &mut self,
        cx: &mut Context<'_>,
        key: RoomKey,
        came: bool,
        client: ClientKey,
        username: &str,
    ) {
        let (Some(hub_room), Some(person)) = (self.hub_rooms.get_mut(&key), self.people.get(&client)) else {
            return;
        };
        let turnover = Turnover::of(came);
        if hub_room.members.len() > cx.config.hub_crowd {
            hub_room.turnover.add(turnover);
            let at = cx.now + Config::HUB_CROWD_SPAN;
            cx.rooms.edit_timers(key, |room| {
                let at = room.timer(RoomTimer::Crowd).unwrap_or(at);
                room.set_timer(RoomTimer::Crowd, Some(at));
            });
            return;
        }
        let frame = text_frame(&json(&Presence {
            r#type: if came { "join" } else { "leave" },
            user_id: &person.user,
            username,
            verified: person.verified,
            members: hub_room.members.len(),
            timestamp: &date::rfc3339(cx.unix_ms),
        }));
        self.send_all(cx, key, &frame, turnover);
    }

    pub(super) fn send_turnover(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        let Some(hub_room) = self.hub_rooms.get_mut(&key) else { return };
        let Some(turnover) = hub_room.turnover.take() else { return };
        let event = turnover.event(hub_room.members.len());
        let frame = text_frame(&json(&event));
        self.send_all(cx, key, &frame, turnover);
    }

    /// Tells every reader who came and left; those who can take no more learn it when they can, in numbers.
    pub(super) fn send_all(
        &mut self,
        cx: &mut Context<'_>,
        key: RoomKey,
        frame: &bytes::Bytes,
        turnover: Turnover,
    ) {
        let Some(room) = cx.rooms.room(key) else { return };
        for reader in &room.readers {
            if !cx.outbox.is_full(reader.conn) {
                cx.outbox.send(reader.conn, frame.clone(), cx.effects);
            } else if let Some(visitor) = self.visitors.get_mut(reader.conn) {
                visitor.missed.add(turnover);
            }
        }
    }
}
