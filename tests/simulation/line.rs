//! One TCP connection, all of it: the shell's end, what is under way in the kernel, and the peer's end.

use std::collections::VecDeque;

use dragoman::vocabulary::{Closing, ConnId, Millis};

use super::lobby::Lobby;
use super::wire::Ear;

/// A request under way, and who made it.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) person: usize,
    pub(crate) what: Asked,
}

/// What a request asks for.
#[derive(Clone, Debug)]
pub(crate) enum Asked {
    Start {
        text: String,
        number: u32,
        key: Option<String>,
    },
    Profile,
    Rooms,
    /// The lobby.
    Watch,
    Transcript {
        room: usize,
    },
    Join {
        room: usize,
    },
    End {
        room: usize,
    },
    Open {
        device: usize,
        room: usize,
    },
    /// Something that must not succeed.
    Forbidden {
        what: String,
    },
    /// The hub, what was brought to prove a name, and when.
    Visit {
        guest: usize,
        secret: Option<String>,
        at: Millis,
    },
    /// What everybody may see.
    Glance,
    /// Something about which nothing is known.
    Other,
}

/// A text under way, in the order in which they are answered.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) reference: Option<String>,
    pub(crate) text: String,
    pub(crate) number: u32,
    /// It is no valid message and must be refused.
    pub(crate) is_bad: bool,
}

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) conn: ConnId,
    // The shell.
    pub(crate) out: Vec<u8>,
    pub(crate) unacknowledged: usize,
    /// The engine has let go of it.
    pub(crate) closing: Option<Closing>,
    pub(crate) end_was_told: bool,
    /// Nothing leaves before what it speaks of is stored.
    pub(crate) is_held: bool,
    /// It waits for its turn.
    pub(crate) has_yielded: bool,
    // The kernel.
    pub(crate) inbox: Vec<u8>,
    /// Nothing leaves.
    pub(crate) is_stalled: bool,
    /// The peer writes no more.
    pub(crate) has_ended: bool,
    // What the engine has said, as soon as it said it.
    pub(crate) tap: Ear,
    pub(crate) tap_calls: VecDeque<Call>,
    /// Texts of the peer that have neither an ack nor an error yet.
    pub(crate) unanswered: VecDeque<Said>,
    /// The last message that its person (or, for agents, any agent) had been sent when it opened.
    pub(crate) sent_before: u64,
    /// Which seat it has, as the engine sees it.
    pub(crate) tap_seat: Option<Call>,
    // The peer.
    pub(crate) ear: Ear,
    pub(crate) calls: VecDeque<Call>,
    pub(crate) owner: Option<usize>,
    pub(crate) device: Option<usize>,
    /// Since when its reader has read all that was sent.
    pub(crate) reads_since: Millis,
    /// Where the log begins, as the peer was told.
    pub(crate) first_id: u64,
    /// What it was told of the other side.
    pub(crate) told: super::together::Told,
    /// What the reader reads, as the engine has told.
    pub(crate) language: Option<String>,
    /// What the customer reads, as the engine has told.
    pub(crate) customer_language: Option<String>,
    /// Something was sent after which nothing can be expected.
    pub(crate) is_spoilt: bool,
    /// Who waits, if it watches, as the engine has told.
    pub(crate) lobby: Lobby,
    /// The place in the queue, as the engine has told; 0 if it has not.
    pub(crate) place: usize,
    /// Which screen of the hub it belongs to.
    pub(crate) guest: Option<usize>,
    /// Its visitor was told that their name is theirs.
    pub(crate) is_verified: bool,
}

impl Line {
    pub(crate) fn new(conn: ConnId) -> Self {
        Self {
            conn,
            out: Vec::new(),
            unacknowledged: 0,
            closing: None,
            end_was_told: false,
            is_held: false,
            has_yielded: false,
            inbox: Vec::new(),
            is_stalled: false,
            has_ended: false,
            tap: Ear::default(),
            tap_calls: VecDeque::new(),
            unanswered: VecDeque::new(),
            sent_before: 0,
            tap_seat: None,
            ear: Ear::default(),
            calls: VecDeque::new(),
            owner: None,
            device: None,
            reads_since: Millis::ZERO,
            first_id: 1,
            told: super::together::Told::default(),
            language: None,
            customer_language: None,
            is_spoilt: false,
            lobby: Lobby::default(),
            place: 0,
            guest: None,
            is_verified: false,
        }
    }

    /// The engine says something; it will leave.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
        self.unacknowledged += bytes.len();
    }

    /// The peer asks something.
    pub(crate) fn ask(&mut self, bytes: &[u8], call: Call, to_head: bool) {
        // Whoever is turned away is answered before asking.
        let is_open = self.closing.is_none();
        self.ear.expect(to_head && is_open);
        if is_open {
            self.tap.expect(to_head);
            self.tap_calls.push_back(call.clone());
        }
        self.calls.push_back(call);
        self.inbox.extend_from_slice(bytes);
    }

    /// Whether another request may be written on it.
    pub(crate) fn takes_requests(&self) -> bool {
        self.closing.is_none() && !self.has_ended && !self.is_spoilt && !self.is_taken()
    }

    /// Whether it is a WebSocket, or will be one if all goes well.
    fn is_taken(&self) -> bool {
        self.ear.is_websocket()
            || self.calls.iter().any(|call| {
                matches!(
                    call.what,
                    Asked::Open { .. } | Asked::Watch | Asked::Visit { .. } | Asked::Forbidden { .. }
                )
            })
    }

    /// Whether it is in the lobby.
    pub(crate) fn is_watched(&self) -> bool {
        self.closing.is_none() && self.tap_seat.as_ref().is_some_and(|call| matches!(call.what, Asked::Watch))
    }

    /// Whether its peer may write a text on it.
    pub(crate) fn takes_texts(&self) -> bool {
        self.device.is_some() && !self.is_watched() && self.is_open_websocket()
    }

    /// Whether it is a WebSocket on which its peer may write.
    pub(crate) fn is_open_websocket(&self) -> bool {
        self.ear.is_websocket()
            && !self.ear.is_over()
            && self.closing.is_none()
            && !self.has_ended
            && !self.is_spoilt
    }
}
