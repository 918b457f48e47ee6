//! The doors there are: a row each. Nothing else in the server names one.

use super::Door;
use super::chat::Chat;
use super::echo::Echo;
use super::hub::Hub;
use crate::config::Config;

/// Every door, with nothing behind it yet. Where order is part of the output, it is this one.
pub(super) fn every() -> Vec<Box<dyn Door>> {
    vec![Box::<Chat>::default(), Box::<Hub>::default(), Box::new(Echo)]
}

/// The doors that are on.
pub fn all(config: &Config) -> Vec<Box<dyn Door>> {
    let mut doors = every();
    doors.retain(|door| door.is_on(config));
    doors
}
