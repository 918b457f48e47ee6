//! What a reader is to be told beside the log: how things stand, not how they came to stand so.
//!
//! Who is here, who types, how far the others have read: none of it is worth a queue. A reader has a flag for each that
//! may have changed, and hears what is true when its turn comes; a slow one hears the latest and never a backlog. What it
//! was told is remembered, so that it hears of changes only.

use super::ClientKey;
use crate::vocabulary::Language;

/// One thing that is told as it is at the moment of telling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// That they are in the room, and how it stands: the first thing a reader hears.
    Greeting,
    /// The status of the room, and the languages in it.
    Status,
    /// That somebody's language is another one now.
    Language,
    /// Whether the other side is here.
    Presence,
    /// Whether the other side types.
    Typing,
    /// How far the other side has read.
    Read,
    /// How far the other side was sent the log.
    Delivered,
    /// Whether anything is translated.
    Translator,
}

/// In the order in which they are told.
const ORDER: [NoticeKind; 8] = [
    NoticeKind::Greeting,
    NoticeKind::Status,
    NoticeKind::Language,
    NoticeKind::Presence,
    NoticeKind::Typing,
    NoticeKind::Read,
    NoticeKind::Delivered,
    NoticeKind::Translator,
];

/// Which of them a reader is to be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Notices(u8);

impl Notices {
    /// Whatever there is to say of the other side: for a reader who begins.
    pub(super) fn of_the_other_side() -> Self {
        let mut notices = Self::default();
        for kind in [NoticeKind::Presence, NoticeKind::Typing, NoticeKind::Read, NoticeKind::Delivered] {
            notices.add(kind);
        }
        notices
    }

    /// One more.
    pub fn add(&mut self, kind: NoticeKind) {
        self.0 |= 1 << kind as u8;
    }

    /// Takes the one to be told first.
    pub(super) fn take(&mut self) -> Option<NoticeKind> {
        let kind = *ORDER.get(self.0.trailing_zeros() as usize)?;
        self.0 &= self.0 - 1;
        if kind == NoticeKind::Greeting {
            // It says that as well.
            self.0 &= !(1 << NoticeKind::Status as u8);
        }
        Some(kind)
    }
}

/// What is being translated, as one reader may know of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Translating {
    /// Messages of their own that the other side cannot read yet, oldest first; the last of them at most.
    pub own: Vec<u64>,
    /// Whether there is a message for them that waits for its translation.
    pub is_coming: bool,
}

/// What a reader was told last of the other side.
#[derive(Debug, Default)]
pub(super) struct Noticed {
    /// What the customer and the agent read.
    pub(super) languages: Languages,
    /// Who was said to be here, or not.
    pub(super) presence: Option<(ClientKey, bool)>,
    /// Who was said to type.
    pub(super) typist: Option<ClientKey>,
    /// How far they were said to have read.
    pub(super) read: u64,
    /// How far they were said to have been sent the log.
    pub(super) delivered: u64,
    /// What was said to be on its way.
    pub(super) translating: Translating,
}

/// What the members of a room read, by role.
pub(super) type Languages = [Option<(ClientKey, Language)>; 2];

/// What a reader is told of how things stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// They are in the room.
    Greeting,
    /// The status of the room, whatever it is.
    Status,
    /// Somebody, perhaps the reader, reads another language than this one from now on.
    Language { client: ClientKey, from: Language },
    /// Somebody of the other side has come or gone.
    Presence { client: ClientKey, is_online: bool },
    /// Somebody of the other side has begun or ended to type.
    Typing { client: ClientKey, is_typing: bool },
    /// The other side has read everything up to this message.
    Read(u64),
    /// A connection of the other side was sent everything up to this message, the last of it by this reader's side.
    Delivered(u64),
    /// Something or nothing is translated, whichever it is.
    Translator,
    /// What is on its way between the two sides has changed; the reader has it as [`Translating`].
    Translating,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_come_in_their_order_and_once() {
        let mut notices = Notices::default();
        for kind in [NoticeKind::Delivered, NoticeKind::Status, NoticeKind::Typing, NoticeKind::Status] {
            notices.add(kind);
        }
        let told: Vec<NoticeKind> = std::iter::from_fn(|| notices.take()).collect();
        assert_eq!(told, [NoticeKind::Status, NoticeKind::Typing, NoticeKind::Delivered]);
        assert!(ORDER.iter().enumerate().all(|(place, kind)| *kind as usize == place));
    }
}
