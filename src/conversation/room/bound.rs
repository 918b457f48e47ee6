//! The log stays in proportion to its messages, however often people change their minds.
//!
//! Every choice of a language and every translation asked for once more adds entries behind the messages they speak of.
//! Only the last end of a translation is of use to a cursor that has not come so far, and only in a language that somebody
//! here reads; when the others have become too many they are taken out, and every position in the log moves up.

use super::Room;
use crate::config::Config;
use crate::vocabulary::Language;

/// A log of few messages may have so many entries more.
const SLACK: usize = 64;

impl Room {
    /// Takes out entries that say nothing any more, if there are too many entries.
    pub(super) fn bound_log(&mut self) {
        if !self.log_is_long() {
            return;
        }
        let read: Vec<Language> = self.members.iter().filter_map(|member| member.language).collect();
        let moved = self.log.compact(|to| read.contains(&to));
        for reader in &mut self.readers {
            reader.cursor = moved.place_of(reader.cursor);
        }
        for member in &mut self.members {
            member.got_to = moved.place_of(member.got_to);
        }
        self.agents_got_to = moved.place_of(self.agents_got_to);
    }

    pub(super) fn log_is_long(&self) -> bool {
        self.log.len() > Config::MAX_ENTRIES_PER_MESSAGE * self.log.messages().len() + SLACK
    }
}
