//! Files that settings name: their text becomes the value, since the core opens no file.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

/// Bytes of such a file. One that is longer is read as far as that and one byte, so that who parses it sees that it is.
const MAX_BYTES: u64 = 1024 * 1024;

/// The text of a file.
///
/// # Errors
/// What is wrong with it, as the rest of a sentence that begins with the name of the setting.
pub fn contents(path: &Path) -> Result<String, String> {
    let mut text = String::new();
    match File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_string(&mut text)) {
        Ok(_) if text.trim().is_empty() => Err(format!("names {path:?}, which is empty")),
        Ok(_) => Ok(text),
        Err(error) => Err(format!("names {path:?}, which cannot be read: {error}")),
    }
}

/// The same while everybody waits for it: what is no file may never come to an end.
pub(super) fn contents_again(path: &Path) -> Result<String, String> {
    match fs::metadata(path) {
        Ok(about) if !about.is_file() => Err(format!("names {path:?}, which is no file")),
        _ => contents(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{CannedReplies, Glossary};

    #[test]
    fn what_is_too_long_is_seen_to_be() {
        for most in [CannedReplies::MAX_FILE_BYTES, Glossary::MAX_FILE_BYTES] {
            assert_eq!(most as u64, MAX_BYTES);
        }
    }

    #[test]
    fn what_never_ends_is_not_waited_for() {
        let what = contents_again(Path::new("/dev/null")).unwrap_err();
        assert!(what.contains("is no file"), "{what}");
        assert!(contents_again(Path::new("/nowhere/at/all")).unwrap_err().contains("cannot be read"));
    }
}
