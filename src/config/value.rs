//! How each kind of setting is written and read. `parse(write(v)) == v` for every value, which traces rely on.

use std::fmt::Write as _;
use std::net::IpAddr;

use log::LevelFilter;
use sha2::{Digest, Sha256};

use crate::vocabulary::Language;
use crate::vocabulary::Millis;

/// A setting that can be read from the text of a variable and written back.
pub trait Value: Sized {
    /// Reads it.
    ///
    /// # Errors
    /// A sentence that says what would be right.
    fn parse(text: &str) -> Result<Self, String>;

    /// Writes it so that `parse` gives the same value.
    fn write(&self) -> String;
}

/// A secret of the configuration, known by its hash only: nothing that prints a `Config` can leak it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

impl Secret {
    /// Whether `text` is the secret. Compares hashes, so the time it takes says nothing about the secret.
    pub fn is(&self, text: &str) -> bool {
        self.0 == <[u8; 32]>::from(Sha256::digest(text.as_bytes()))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

const HASH_PREFIX: &str = "sha256:";

impl Value for Option<Secret> {
    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(None);
        }
        if let Some(hex) = text.strip_prefix(HASH_PREFIX) {
            let hash = (0..32)
                .map(|i| hex.get(2 * i..2 * i + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()))
                .collect::<Option<Vec<u8>>>()
                .filter(|_| hex.len() == 64);
            return match hash.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()) {
                Some(hash) => Ok(Some(Secret(hash))),
                None => Err(format!("has {HASH_PREFIX} without 64 hexadecimal digits behind it")),
            };
        }
        // The key travels in a header field: RFC 6750, section 2.1 allows these characters.
        if text.len() < 8 || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("must have at least 8 characters, printable ASCII without blanks".to_owned());
        }
        Ok(Some(Secret(Sha256::digest(text.as_bytes()).into())))
    }

    fn write(&self) -> String {
        let Some(Secret(hash)) = self else { return String::new() };
        let mut text = HASH_PREFIX.to_owned();
        for byte in hash {
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

impl Value for String {
    fn parse(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }

    fn write(&self) -> String {
        self.clone()
    }
}

impl Value for bool {
    fn parse(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "1" | "true" | "yes" | "on" => Ok(true),
            "0" | "false" | "no" | "off" => Ok(false),
            _ => Err(format!("is {text:?}, which is neither true nor false")),
        }
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

macro_rules! whole_numbers {
    ($($type:ty),*) => {$(
        impl Value for $type {
            fn parse(text: &str) -> Result<Self, String> {
                text.parse().map_err(|_| format!("is {text:?}, not a whole number from 0 to {}", <$type>::MAX))
            }

            fn write(&self) -> String {
                self.to_string()
            }
        }
    )*};
}
whole_numbers!(u8, u16, u32);

/// Counts and sizes: `4000`, `64KiB`, `8MiB`.
impl Value for usize {
    fn parse(text: &str) -> Result<Self, String> {
        let (number, unit) = split_unit(text);
        let factor: usize = match unit {
            "" | "B" => 1,
            "K" | "KiB" => 1 << 10,
            "M" | "MiB" => 1 << 20,
            "G" | "GiB" => 1 << 30,
            _ => return Err(format!("is {text:?}; a size is a whole number, alone or with KiB, MiB or GiB")),
        };
        let number: Option<usize> = number.parse().ok();
        number
            .and_then(|number| number.checked_mul(factor))
            .ok_or_else(|| format!("is {text:?}; a count or size is a whole number such as 4000 or 64KiB"))
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

/// Longest span a setting may name: a year. More is a slip of the pen, and would overflow a wheel.
const SPAN_MAX_MS: u64 = 366 * 24 * 3_600_000;

/// Spans: `250ms`, `8s`, `5m`, `12h`.
impl Value for Millis {
    fn parse(text: &str) -> Result<Self, String> {
        let (number, unit) = split_unit(text);
        let factor: u64 = match unit {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(format!("is {text:?}; a duration needs a unit, as in 250ms, 8s, 5m or 12h")),
        };
        let number: Option<u64> = number.parse().ok();
        number
            .and_then(|number| number.checked_mul(factor))
            .filter(|span| (1..=SPAN_MAX_MS).contains(span))
            .map(Millis)
            .ok_or_else(|| {
                format!("is {text:?}; a duration is a whole number with a unit, from 1ms to a year")
            })
    }

    fn write(&self) -> String {
        format!("{}ms", self.0)
    }
}

fn split_unit(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

impl Value for IpAddr {
    fn parse(text: &str) -> Result<Self, String> {
        let bare = text.trim_start_matches('[').trim_end_matches(']');
        if bare.eq_ignore_ascii_case("localhost") {
            return Ok(IpAddr::from([127, 0, 0, 1]));
        }
        bare.parse().map_err(|_| format!("is {text:?}, not an address such as 127.0.0.1, 0.0.0.0 or ::1"))
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

impl Value for Language {
    fn parse(text: &str) -> Result<Self, String> {
        Language::parse(text).ok_or_else(|| {
            let known: Vec<_> = Language::all().map(Language::code).collect();
            format!("names {text:?}, which is not a language known here; known are {}", known.join(", "))
        })
    }

    fn write(&self) -> String {
        self.code().to_owned()
    }
}

/// Several values, separated by commas. Empty text is an empty list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed<T>(pub Vec<T>);

impl<T: Value + PartialEq> Value for Listed<T> {
    fn parse(text: &str) -> Result<Self, String> {
        let mut values = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let value = T::parse(part)?;
            if !values.contains(&value) {
                values.push(value);
            }
        }
        Ok(Self(values))
    }

    fn write(&self) -> String {
        self.0.iter().map(Value::write).collect::<Vec<_>>().join(",")
    }
}

/// An address, or all that share its first bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// Whether the address is one of these. An IPv4 address mapped into IPv6 counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(net), IpAddr::V4(one)) => {
                same_prefix(u128::from(u32::from(net)), u128::from(u32::from(one)), self.bits, 32)
            }
            (IpAddr::V6(net), IpAddr::V6(one)) => {
                same_prefix(u128::from(net), u128::from(one), self.bits, 128)
            }
            _ => false,
        }
    }
}

fn same_prefix(one: u128, other: u128, bits: u8, width: u8) -> bool {
    bits == 0 || (one ^ other) >> (width - bits) == 0
}

impl Value for Network {
    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("names {text:?}, not an address or network such as 10.0.0.7 or 10.0.0.0/8");
        let (address, bits) =
            text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(width), str::parse).map_err(|_| wrong())?;
        if bits > width { Err(wrong()) } else { Ok(Self { address, bits }) }
    }

    fn write(&self) -> String {
        format!("{}/{}", self.address, self.bits)
    }
}

/// A front door that can be turned on and off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Customers and agents.
    Chat,
    /// Public rooms.
    Hub,
}

impl Value for Service {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "chat" => Ok(Self::Chat),
            "hub" => Ok(Self::Hub),
            _ => Err(format!("names {text:?}; there are chat and hub")),
        }
    }

    fn write(&self) -> String {
        match self {
            Self::Chat => "chat".to_owned(),
            Self::Hub => "hub".to_owned(),
        }
    }
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Value for LogFormat {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(format!("is {text:?}, which is neither text nor json")),
        }
    }

    fn write(&self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Json => "json".to_owned(),
        }
    }
}

/// How much a commit of the store survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreSync {
    /// The death of the process: what the kernel has, it writes.
    Normal,
    /// The loss of power: waits for the disk at every commit.
    Full,
}

impl Value for StoreSync {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "normal" => Ok(Self::Normal),
            "full" => Ok(Self::Full),
            _ => Err(format!("is {text:?}, which is neither normal nor full")),
        }
    }

    fn write(&self) -> String {
        match self {
            Self::Normal => "normal".to_owned(),
            Self::Full => "full".to_owned(),
        }
    }
}

/// What is logged, by level and module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFilter(String);

impl LogFilter {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Value for LogFilter {
    fn parse(text: &str) -> Result<Self, String> {
        check_filter(text)?;
        Ok(Self(text.to_owned()))
    }

    fn write(&self) -> String {
        self.0.clone()
    }
}

/// The logger ignores what it does not understand, and takes a misspelt level for the name of a module, which silences
/// everything. So look first.
fn check_filter(filter: &str) -> Result<(), String> {
    let (directives, text) = filter.split_once('/').unwrap_or((filter, ""));
    if text.contains('/') {
        return Err(format!("is {filter:?}, which has more than one /"));
    }
    directives
        .split(',')
        .map(str::trim)
        .filter(|directive| !directive.is_empty())
        .try_for_each(check_directive)
}

fn check_directive(directive: &str) -> Result<(), String> {
    let is_level = |text: &str| text.trim().parse::<LevelFilter>().is_ok();
    let understood = match directive.split_once('=') {
        None => is_level(directive) || directive.starts_with("dragoman"),
        Some((target, level)) => !target.trim().is_empty() && is_level(level),
    };
    if understood {
        return Ok(());
    }
    Err(format!(
        "has {directive:?}, which is neither off, error, warn, info, debug or trace nor a filter such as \
         dragoman::translate=debug"
    ))
}

/// How an engine that can choose addresses people, as DeepL spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Formality {
    More,
    Less,
    Default,
}

impl Formality {
    /// As DeepL spells it; one that a language has not is ignored there.
    pub fn word(self) -> &'static str {
        match self {
            Self::More => "prefer_more",
            Self::Less => "prefer_less",
            Self::Default => "default",
        }
    }
}

impl Value for Formality {
    fn parse(text: &str) -> Result<Self, String> {
        let all = [Self::More, Self::Less, Self::Default];
        let found = all.into_iter().find(|it| it.word() == text);
        found.ok_or_else(|| format!("is {text:?}, neither prefer_more nor prefer_less nor default"))
    }

    fn write(&self) -> String {
        self.word().to_owned()
    }
}

/// A JSON object, its members in the order of their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JsonObject(pub serde_json::Map<String, serde_json::Value>);

impl Value for JsonObject {
    fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map(Self).map_err(|error| format!("is not a JSON object: {error}"))
    }

    fn write(&self) -> String {
        serde_json::Value::from(self.0.clone()).to_string()
    }
}
