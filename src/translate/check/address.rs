//! Links, addresses and names of accounts that a text has not. What it has was hidden from the model behind markers, so
//! whatever looks like one is the model's, unless it stands in the text just so.

use crate::translate::letters::is_cjk;

/// Whether an answer, masked, has an address that is not in the source, masked.
pub(super) fn is_invented(source: &str, answer: &str) -> bool {
    let tokens = answer
        .split(is_outside)
        .map(|token| token.trim_matches(|c: char| !c.is_alphanumeric() && c != '@' && c != '/'));
    let mut addresses = tokens.filter(|token| is_address(token)).peekable();
    if addresses.peek().is_none() {
        return false;
    }
    let source = source.to_lowercase();
    addresses.any(|token| !source.contains(&token.to_lowercase()))
}

/// What ends an address. CJK writes no blanks, so only ASCII and the letters of domains in other scripts belong to one.
fn is_outside(c: char) -> bool {
    !(c.is_ascii_graphic() || c.is_alphanumeric()) || "()[]<>\"',;!|`{}".contains(c) || is_cjk(c)
}

fn is_address(token: &str) -> bool {
    is_account(token) || has_scheme(token) || is_host(token)
}

/// `https://example`, `www.example`.
fn has_scheme(token: &str) -> bool {
    let has_name = |(_, name): (&str, &str)| name.starts_with(char::is_alphanumeric);
    token.split_once("://").is_some_and(has_name)
        || token.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("www."))
}

/// Letters from which on `@name` is an account.
const ACCOUNT_LETTERS: usize = 3;

/// `somebody@example.com` or `@somebody`.
fn is_account(token: &str) -> bool {
    token
        .split_once('@')
        .is_some_and(|(_, name)| name.chars().filter(|c| c.is_alphanumeric()).count() >= ACCOUNT_LETTERS)
}

/// Ends of names of files, which a translation may translate.
const FILE_ENDS: [&str; 14] =
    ["pdf", "jpg", "jpeg", "png", "gif", "doc", "docx", "xls", "xlsx", "csv", "txt", "zip", "mp3", "mp4"];

/// Ends of domains that are not written in Latin letters.
const FOREIGN_TOPS: [&str; 6] = ["рф", "рус", "укр", "бел", "срб", "бг"];

/// `example.com`, `t.me/name`: labels with dots between, the last one of letters. Not "p.m.", "z.B." or "1.5kg", nor a
/// sentence that begins without a blank before it.
fn is_host(token: &str) -> bool {
    let host = token.split(['/', '?', '#', ':']).next().unwrap_or(token);
    let Some((name, top)) = host.rsplit_once('.') else { return false };
    let is_label = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
    let has_word = |label: &str| label.chars().filter(|c| c.is_alphabetic()).count() >= 2;
    let has_path = token[host.len()..].starts_with('/');
    let is_shouted = !name.chars().any(char::is_lowercase);
    let is_latin_top = top.len() >= 2
        && top.bytes().all(|byte| byte.is_ascii_lowercase() || (is_shouted && byte.is_ascii_uppercase()));
    (is_latin_top || FOREIGN_TOPS.contains(&top))
        && name.split('.').all(is_label)
        && (has_path || name.split('.').any(has_word))
        && !FILE_ENDS.contains(&top)
}
