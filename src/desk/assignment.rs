//! Agents: they join rooms that wait, leave them, and are lost.

use super::access::open_room;
use super::lifecycle::set_status;
use super::{Desk, Refused};
use crate::conversation::{ClientKey, Context, Role, RoomId, RoomKey, RoomTimer, Status, Turn, change};
use crate::tools::outbox::NORMAL_CLOSURE;
use crate::vocabulary::{ConnId, Tenant};

impl Desk {
    /// An agent takes a room that waits.
    ///
    /// # Errors
    /// There is none, they have enough, or it does not wait.
    pub fn join(
        &mut self,
        cx: &mut Context<'_>,
        tenant: Tenant,
        id: RoomId,
        agent: ClientKey,
    ) -> Result<(), Refused> {
        let key = open_room(cx, tenant, id)?;
        must_be_free(cx, agent)?;
        if cx.rooms.room(key).map(|room| room.status) != Some(Status::Waiting) {
            return Err(Refused::NotWaiting);
        }
        change::join(cx, key, agent);
        set_status(cx, key, Status::Active, Turn::Last);
        log::info!(target: "dragoman::desk", room:% = id; "an agent has joined");
        Ok(())
    }

    pub(super) fn agent_ends(&mut self, cx: &mut Context<'_>, key: RoomKey, agent: ClientKey) {
        self.agent_leaves(cx, key, agent);
        set_status(cx, key, Status::Closing, Turn::Last);
        let Some(room) = cx.rooms.room(key) else { return };
        log::info!(target: "dragoman::desk", room:% = room.id; "the agent has ended the chat");
        let conns: Vec<ConnId> = room.readers.iter().map(|reader| reader.conn).collect();
        let ended = self.words.agent_left(cx.outbox, room.id);
        for conn in conns {
            cx.outbox.send(conn, ended.clone(), cx.effects);
        }
    }

    /// The agent was gone for too long: the customer waits again, before everybody else.
    pub(super) fn agent_is_lost(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        let Some(room) = cx.rooms.room(key).filter(|room| !room.is_ending()) else { return };
        let Some(agent) = room.member_as(Role::Agent).map(|agent| agent.client) else { return };
        log::info!(target: "dragoman::desk", room:% = room.id; "the agent is gone; the customer waits again");
        self.agent_leaves(cx, key, agent);
        set_status(cx, key, Status::Waiting, Turn::First);
    }

    fn agent_leaves(&mut self, cx: &mut Context<'_>, key: RoomKey, agent: ClientKey) {
        let Some(id) = cx.rooms.room(key).map(|room| room.id) else { return };
        for conn in change::leave(cx, key, agent) {
            let ended = self.words.agent_left(cx.outbox, id);
            cx.outbox.send(conn, ended, cx.effects);
            cx.end(conn, NORMAL_CLOSURE, "agent_left");
        }
    }
}

/// An agent whose join was answered into the void learns here where they are.
fn must_be_free(cx: &Context<'_>, agent: ClientKey) -> Result<(), Refused> {
    let Some(client) = cx.rooms.client(agent) else { return Ok(()) };
    if client.rooms.len() < cx.config.rooms_per_agent {
        return Ok(());
    }
    let last = client.rooms.last().and_then(|room| cx.rooms.room(*room));
    Err(Refused::AlreadyInARoom(last.map(|room| room.id)))
}

/// The agent is not connected: not for too long, please.
pub(super) fn expect_agent(cx: &mut Context<'_>, key: RoomKey) {
    let at = cx.now + cx.config.agent_absence_ms;
    cx.rooms.edit_timers(key, |room| room.set_timer(RoomTimer::AgentAbsence, Some(at)));
}
