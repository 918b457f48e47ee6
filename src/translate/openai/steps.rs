//! How a server is asked that does not take all there is: what was sent and refused is sent otherwise or not at all, step by
//! step, and that is remembered.
//!
//! A step goes by what was *sent*, not by what the refusal recommends: servers name ways they do not have, and leave out
//! some that they do.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::fault::Fault;

/// Steps of a run at most.
const STEPS_MAX: u32 = 5;
/// What a refusal may call the form of the answer.
const FORM_NAMES: [&str; 3] = ["response_format", "json_schema", "strict"];

/// How the server is held to the form of its answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Shape {
    /// By a schema.
    #[default]
    Schema,
    /// To some JSON.
    Object,
    /// By the words of the prompt.
    Bare,
}

/// What has been learned.
#[derive(Debug, Default)]
pub(super) struct Steps {
    shape: Shape,
    /// Whether the limit of tokens has its newer name.
    counts_completion: bool,
    left_out: BTreeSet<String>,
    /// Whether a refusal that named nothing has been taken for one of the form.
    has_guessed: bool,
    /// Whether a request with a form was answered, so that a refusal that names nothing is not about that.
    has_worked: bool,
    taken: u32,
}

impl Steps {
    pub(super) fn shape(&self) -> Shape {
        self.shape
    }

    /// How many steps were taken.
    pub(super) fn taken(&self) -> u32 {
        self.taken
    }

    /// What the limit of tokens is called.
    pub(super) fn tokens_field(&self) -> &'static str {
        if self.counts_completion { "max_completion_tokens" } else { "max_tokens" }
    }

    pub(super) fn leaves_out(&self, field: &str) -> bool {
        self.left_out.contains(field)
    }

    /// A request that had all there is was taken. One text that the server does not like is no reason to ask all others
    /// in another way.
    pub(super) fn worked(&mut self) {
        self.has_worked = true;
    }

    /// The server may be another one than before.
    pub(super) fn doubt(&mut self) {
        self.has_worked = false;
    }

    /// Learns from the refusal of a request that had the fields `sent`, of which `extra` are not ours. What is different
    /// from now on, by its name; `None` if there is no step to take.
    pub(super) fn take(
        &mut self,
        fault: &Fault,
        sent: &Map<String, Value>,
        extra: &Map<String, Value>,
    ) -> Option<&'static str> {
        if self.taken == STEPS_MAX {
            return None;
        }
        let is_ours = |field: &str| sent.contains_key(field) && !extra.contains_key(field);
        let has_form = is_ours("response_format");
        let named = |field: &&str| is_ours(field) && fault.names(field);
        let what = if has_form && FORM_NAMES.iter().any(|name| fault.names(name)) {
            self.lower_shape()
        } else if named(&"max_tokens") {
            self.counts_completion = true;
            "max_tokens"
        } else if let Some(field) = ["temperature", "seed", "stop"].into_iter().find(named) {
            self.left_out.insert(field.to_owned());
            field
        } else if let Some(field) = extra.keys().find(|field| *field != "model" && fault.names(field)) {
            self.left_out.insert(field.clone());
            "OPENAI_EXTRA"
        } else if has_form && !self.has_guessed && !self.has_worked && !fault.has_param() {
            self.has_guessed = true;
            self.lower_shape()
        } else {
            return None;
        };
        self.taken += 1;
        Some(what)
    }

    fn lower_shape(&mut self) -> &'static str {
        self.shape = match self.shape {
            Shape::Schema => Shape::Object,
            Shape::Object | Shape::Bare => Shape::Bare,
        };
        "response_format"
    }
}
