//! The second state: the fields (RFC 9112, section 5). Trailers are scanned by the same rules and dropped.

use super::refusal::{self, Refusal};
use super::{Gathered, Limits, MAX_FIELDS, is_token_byte, is_value_byte, trim};

/// Looks at every byte of a field section once and finds its end. Keeps none of them.
#[derive(Debug, Default)]
pub(super) struct FieldScan {
    at: At,
    fields: usize,
    /// Seen so far, with the request line if there is one; a section fills the limit of the head at most.
    bytes: usize,
}

/// Where in the section the next byte stands.
#[derive(Debug, Default)]
enum At {
    #[default]
    LineStart,
    Name,
    Value,
    /// Behind the carriage return of a field line.
    LineFeed,
    /// Behind the carriage return of the empty line.
    LastLineFeed,
}

impl FieldScan {
    /// A section behind so many bytes of the same head.
    pub(super) fn behind(bytes: usize) -> Self {
        Self { bytes, ..Self::default() }
    }

    /// How many bytes of `input` belong to the section, if it ends there; else all of them do.
    ///
    /// # Errors
    /// The refusal, at the first byte that makes it certain.
    pub(super) fn feed(&mut self, input: &[u8], limits: &Limits) -> Result<Option<usize>, Refusal> {
        for (index, &byte) in input.iter().enumerate() {
            if self.bytes >= limits.head_bytes {
                return Err(refusal::HEAD_TOO_LARGE);
            }
            self.bytes += 1;
            if matches!(self.at, At::LastLineFeed) && byte == b'\n' {
                return Ok(Some(index + 1));
            }
            self.at = self.next(byte, limits)?;
        }
        Ok(None)
    }

    fn next(&mut self, byte: u8, limits: &Limits) -> Result<At, Refusal> {
        match (&self.at, byte) {
            (At::LineStart, b'\r') => Ok(At::LastLineFeed),
            (At::LineStart, b' ' | b'\t') => Err(refusal::FOLDED_FIELD),
            (At::LineStart, _) if is_token_byte(byte) => self.begin_field(limits),
            (At::Name, b':') => Ok(At::Value),
            (At::Name, _) if is_token_byte(byte) => Ok(At::Name),
            (At::Value, b'\r') => Ok(At::LineFeed),
            (At::Value, _) if is_value_byte(byte) => Ok(At::Value),
            (At::LineFeed, b'\n') => Ok(At::LineStart),
            (At::LineFeed | At::LastLineFeed, _) | (_, b'\n') => Err(refusal::LINE_ENDING),
            (At::LineStart | At::Name, _) => Err(refusal::FIELD_NAME),
            (At::Value, _) => Err(refusal::FIELD_VALUE),
        }
    }

    fn begin_field(&mut self, limits: &Limits) -> Result<At, Refusal> {
        if self.fields == limits.head_fields.min(MAX_FIELDS) {
            return Err(refusal::TOO_MANY_FIELDS);
        }
        self.fields += 1;
        Ok(At::Name)
    }
}

/// The fields of a head on their way in.
#[derive(Debug)]
pub(super) struct FieldsRead {
    scan: FieldScan,
    gathered: Gathered,
}

impl FieldsRead {
    /// Behind a request line of so many bytes.
    pub(super) fn behind(line_bytes: usize) -> Self {
        Self { scan: FieldScan::behind(line_bytes), gathered: Gathered::default() }
    }

    /// Takes bytes off `input`; the fields once they are complete.
    ///
    /// # Errors
    /// The refusal, at the first byte that makes it certain.
    pub(super) fn feed(&mut self, input: &mut &[u8], limits: &Limits) -> Result<Option<Fields>, Refusal> {
        let Some(end) = self.scan.feed(input, limits)? else {
            self.gathered.keep(input, limits.head_bytes);
            *input = &[];
            return Ok(None);
        };
        let (last, rest) = input.split_at(end);
        *input = rest;
        Fields::parse(self.gathered.finish(last, limits.head_bytes)).map(Some)
    }

    #[cfg(test)]
    pub(super) fn held_bytes(&self) -> usize {
        self.gathered.0.capacity()
    }
}

/// Names and values of a head, in their order, behind one another in a single buffer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields {
    text: Vec<u8>,
    /// For each field, where its name and its value end in `text`.
    ends: Vec<(usize, usize)>,
}

impl Fields {
    /// The scan has checked `section`; httparse only splits it and cannot object.
    fn parse(section: &[u8]) -> Result<Self, Refusal> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_FIELDS];
        let Ok(httparse::Status::Complete((_, headers))) = httparse::parse_headers(section, &mut headers)
        else {
            return Err(refusal::FIELD_NAME);
        };
        let mut fields =
            Self { text: Vec::with_capacity(section.len()), ends: Vec::with_capacity(headers.len()) };
        for header in headers {
            fields.text.extend_from_slice(header.name.as_bytes());
            let name_end = fields.text.len();
            fields.text.extend_from_slice(trim(header.value));
            fields.ends.push((name_end, fields.text.len()));
        }
        Ok(fields)
    }

    /// The name of every field, as it came.
    pub(super) fn names(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|&(_, end)| end));
        starts.zip(&self.ends).map(|(start, &(end, _))| &self.text[start..end])
    }

    /// Every value under `name`, upper and lower case being the same, as it came.
    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|&(_, end)| end));
        let fields = starts.zip(&self.ends);
        fields
            .filter(move |&(start, &(end, _))| self.text[start..end].eq_ignore_ascii_case(name.as_bytes()))
            .map(|(_, &(start, end))| &self.text[start..end])
    }

    /// Every member of the comma-separated lists under `name` (RFC 9110, 5.6.1), trimmed; empty ones too.
    pub(super) fn members(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        self.values(name).flat_map(|value| value.split(|&byte| byte == b',')).map(trim)
    }

    /// Whether such a list has `token`, upper and lower case being the same.
    pub(super) fn has_token(&self, name: &str, token: &str) -> bool {
        self.members(name).any(|member| member.eq_ignore_ascii_case(token.as_bytes()))
    }

    #[cfg(test)]
    pub(super) fn held_bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * size_of::<(usize, usize)>()
    }
}
