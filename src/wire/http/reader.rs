//! The reader: one per connection, a chain of states.

use std::mem;

use super::body::BodyRead;
use super::fields::{Fields, FieldsRead};
use super::line::{LineRead, RequestLine};
use super::refusal::{self, Refusal};
use super::{Limits, MAX_EMPTY_LINES, Method, Request, framing};

/// Reads requests from bytes cut anywhere. Two words large, and without heap memory between requests.
///
/// What it holds in the middle of one is bounded by its limits: at most the head and the body, and the head once more
/// while that is taken apart.
#[derive(Debug, Default)]
pub struct RequestReader {
    state: State,
}

/// What came of some bytes.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// The input was wholly consumed and there is nothing to do yet.
    NeedMore,
    /// Send [`super::CONTINUE`], then go on: the client waits for it before it sends the body. Said once a request,
    /// when its head is complete and a body is to come, even if part of that has come already: else it would depend on
    /// how the bytes were cut. (RFC 9110, 10.1.1, lets a server leave it out in that case, and does not ask it to.)
    SendContinue,
    /// A request, complete with its body. What follows it is still in the input.
    Request(Request),
    /// Answer this and close the connection. The rest of the input was dropped, and so will be all input from now on.
    Refuse(Refusal),
}

/// What the reader is in the middle of; the deadlines of a connection follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Nothing: the next byte begins a request. Also when a request was refused.
    Idle,
    /// Part of a head has come.
    Head,
    /// The head is complete, the body is not.
    Body,
}

#[derive(Debug)]
enum State {
    Idle { empty_lines: u8, after_carriage_return: bool },
    Line(Box<LineRead>),
    Fields(Box<(RequestLine, FieldsRead)>),
    Body(Box<(Request, BodyRead)>),
    Refused,
}

impl Default for State {
    fn default() -> Self {
        Self::Idle { empty_lines: 0, after_carriage_return: false }
    }
}

/// `None`: look at the state and the rest of the input again.
type Outcome = Result<Option<Step>, Refusal>;

impl RequestReader {
    /// A reader at the beginning of a connection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes off the front of `input` until there is something to tell. Call it until it says
    /// [`Step::NeedMore`]; bytes behind a request stay in `input` (they may be no HTTP, if it was an upgrade).
    ///
    /// The same bytes give the same steps, however they were cut. Total: bad input is a [`Step::Refuse`]. The limits
    /// must not change in the middle of a request.
    pub fn step(&mut self, input: &mut &[u8], limits: &Limits) -> Step {
        while !input.is_empty() {
            match self.advance(input, limits) {
                Ok(None) => {}
                Ok(Some(step)) => return step,
                Err(refusal) => {
                    self.state = State::Refused;
                    *input = &[];
                    return Step::Refuse(refusal);
                }
            }
        }
        Step::NeedMore
    }

    /// What it is in the middle of.
    pub fn progress(&self) -> Progress {
        match self.state {
            State::Idle { .. } | State::Refused => Progress::Idle,
            State::Line(_) | State::Fields(_) => Progress::Head,
            State::Body(_) => Progress::Body,
        }
    }

    fn advance(&mut self, input: &mut &[u8], limits: &Limits) -> Outcome {
        match mem::take(&mut self.state) {
            State::Idle { empty_lines, after_carriage_return } => {
                self.idle(empty_lines, after_carriage_return, input, limits)
            }
            State::Line(line) => self.line(*line, input, limits),
            State::Fields(fields) => self.fields(fields.0, fields.1, input, limits),
            State::Body(body) => self.body(*body, input, limits),
            State::Refused => {
                self.state = State::Refused;
                *input = &[];
                Ok(None)
            }
        }
    }

    /// Before a request. Empty lines are skipped here without being kept (RFC 9112, 2.2).
    fn idle(
        &mut self,
        mut empty_lines: u8,
        after_carriage_return: bool,
        input: &mut &[u8],
        limits: &Limits,
    ) -> Outcome {
        let Some(&first) = input.first() else { return Ok(None) };
        match (after_carriage_return, first) {
            (true, b'\n') => empty_lines += 1,
            (true, _) | (false, b'\n') => return Err(refusal::LINE_ENDING),
            (false, b'\r') if empty_lines == MAX_EMPTY_LINES => return Err(refusal::EMPTY_LINES),
            (false, b'\r') => {}
            // The first byte of a TLS handshake: somebody typed https.
            (false, 0x16) => return Err(refusal::TLS),
            (false, _) => return self.line(LineRead::default(), input, limits),
        }
        *input = &input[1..];
        self.state = State::Idle { empty_lines, after_carriage_return: first == b'\r' };
        Ok(None)
    }

    /// The states are boxed only where bytes run out, so that a request that comes in one piece costs no boxes.
    fn line(&mut self, mut line: LineRead, input: &mut &[u8], limits: &Limits) -> Outcome {
        if let Some(complete) = line.feed(input, limits)? {
            let fields = FieldsRead::behind(complete.bytes);
            return self.fields(complete, fields, input, limits);
        }
        self.state = State::Line(Box::new(line));
        Ok(None)
    }

    fn fields(
        &mut self,
        line: RequestLine,
        mut fields: FieldsRead,
        input: &mut &[u8],
        limits: &Limits,
    ) -> Outcome {
        let to_head = line.method == Method::Head;
        let refuse = |refusal| Refusal { to_head, ..refusal };
        if let Some(complete) = fields.feed(input, limits).map_err(refuse)? {
            return self.head(line, complete, limits).map_err(refuse);
        }
        self.state = State::Fields(Box::new((line, fields)));
        Ok(None)
    }

    /// The head is complete: is it one to act on, and what follows it?
    fn head(&mut self, line: RequestLine, fields: Fields, limits: &Limits) -> Outcome {
        framing::check_host(line.version, &fields)?;
        let framing = framing::framing(line.method, line.version, &fields, limits)?;
        let waits = framing::expects_continue(line.version, &fields)?;
        let request = Request::new(line, fields);
        let Some(body) = BodyRead::new(&framing) else { return Ok(Some(Step::Request(request))) };
        self.state = State::Body(Box::new((request, body)));
        Ok(waits.then_some(Step::SendContinue))
    }

    fn body(
        &mut self,
        (mut request, mut body): (Request, BodyRead),
        input: &mut &[u8],
        limits: &Limits,
    ) -> Outcome {
        let to_head = request.method == Method::Head;
        let complete =
            body.feed(input, &mut request.body, limits).map_err(|refusal| Refusal { to_head, ..refusal })?;
        if complete {
            return Ok(Some(Step::Request(request)));
        }
        self.state = State::Body(Box::new((request, body)));
        Ok(None)
    }

    /// Bytes of requests it holds.
    #[cfg(test)]
    pub(super) fn held_bytes(&self) -> usize {
        match &self.state {
            State::Idle { .. } | State::Refused => 0,
            State::Line(line) => line.held_bytes(),
            State::Fields(fields) => fields.0.bytes + fields.1.held_bytes(),
            State::Body(body) => body.0.held_bytes(),
        }
    }
}
