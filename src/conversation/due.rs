//! What a reader is to be told beside the log: how things stand, not how they came to stand so.
//!
//! Who is here, who types, how far the others have read: none of it is worth a queue. A reader has a flag for each that
//! may have changed, and hears what is true when its turn comes; a slow one hears the latest and never a backlog. What it
//! was told is remembered, so that it hears of changes only.

use super::ClientKey;

/// One thing that is told as it is at the moment of telling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// That they are in the room, and how it stands: the first thing a reader hears.
    Greeting,
    /// The status of the room, and the languages in it.
    Status,
    /// Whether the other side is here.
    Presence,
    /// Whether the other side types.
    Typing,
    /// How far the other side has read.
    Read,
    /// How far the other side was sent the log.
    Delivered,
}

/// In the order in which they are told.
const ORDER: [Due; 6] = [Due::Greeting, Due::Status, Due::Presence, Due::Typing, Due::Read, Due::Delivered];

/// Which of them a reader is to be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dues(u8);

impl Dues {
    /// Whatever there is to say of the other side: for a reader who begins.
    pub(super) fn of_the_other_side() -> Self {
        let mut dues = Self::default();
        for due in [Due::Presence, Due::Typing, Due::Read, Due::Delivered] {
            dues.add(due);
        }
        dues
    }

    /// One more.
    pub fn add(&mut self, due: Due) {
        self.0 |= 1 << due as u8;
    }

    /// Takes the one to be told first.
    pub(super) fn take(&mut self) -> Option<Due> {
        let due = *ORDER.get(self.0.trailing_zeros() as usize)?;
        self.0 &= self.0 - 1;
        if due == Due::Greeting {
            // It says that as well.
            self.0 &= !(1 << Due::Status as u8);
        }
        Some(due)
    }
}

/// What a reader was told last of the other side.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Who was said to be here, or not.
    pub(super) presence: Option<(ClientKey, bool)>,
    /// Who was said to type.
    pub(super) typist: Option<ClientKey>,
    /// How far they were said to have read.
    pub(super) read: u64,
    /// How far they were said to have been sent the log.
    pub(super) delivered: u64,
}

/// What a reader is told of how things stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// They are in the room.
    Greeting,
    /// The status of the room, whatever it is.
    Status,
    /// Somebody of the other side has come or gone.
    Presence {
        /// Who.
        client: ClientKey,
        /// Whether they are here.
        is_online: bool,
    },
    /// Somebody of the other side has begun or ended to type.
    Typing {
        /// Who.
        client: ClientKey,
        /// Whether they type.
        is_typing: bool,
    },
    /// The other side has read everything up to this message.
    Read(u64),
    /// A connection of the other side was sent everything up to this message, the last of it by this reader's side.
    Delivered(u64),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dues_are_told_in_their_order_and_once() {
        let mut dues = Dues::default();
        for due in [Due::Delivered, Due::Status, Due::Typing, Due::Status] {
            dues.add(due);
        }
        let told: Vec<Due> = std::iter::from_fn(|| dues.take()).collect();
        assert_eq!(told, [Due::Status, Due::Typing, Due::Delivered]);
        assert!(ORDER.iter().enumerate().all(|(place, due)| *due as usize == place));
    }
}
