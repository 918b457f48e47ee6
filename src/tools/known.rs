//! What is looked up by a key that must exist.

/// What was found by a key that must exist, because whoever has it would have been told of its end. Where it is missing all
/// the same a debug build stops, and a release build goes on without. A key that comes from outside may be stale, and is no
/// case for this.
#[track_caller]
pub fn known<T>(found: Option<T>) -> Option<T> {
    debug_assert!(found.is_some(), "what must exist does not");
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "what must exist does not")]
    #[cfg(debug_assertions)]
    fn what_is_missing_is_noticed() {
        assert_eq!(known(Some(1)), Some(1));
        known::<u8>(None);
    }
}
