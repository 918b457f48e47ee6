//! A request that was read completely.

use super::fields::Fields;
use super::framing::keeps_alive;
use super::line::RequestLine;
use super::method::{Method, Version};
use super::percent::form_decode;

/// One request, with its body. Its size is bounded by the limits it was read with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub method: Method,
    /// To what: begins with a slash, or is `*`. Visible ASCII, without query, still percent-encoded: split it, then
    /// decode the parts with [`super::percent_decode`].
    pub path: String,
    /// Behind the first question mark, still encoded; see [`Request::query_param`].
    pub query: Option<String>,
    /// The version of the request.
    pub version: Version,
    /// Decoded if it was chunked; empty if there was none.
    pub body: Vec<u8>,
    /// Whether the connection may stay open behind the answer (RFC 9112, 9.3).
    pub keep_alive: bool,
    authority: Option<String>,
    fields: Fields,
}

impl Request {
    pub(super) fn new(line: RequestLine, fields: Fields) -> Self {
        Self {
            method: line.method,
            path: line.target.path,
            query: line.target.query,
            version: line.version,
            body: Vec::new(),
            keep_alive: keeps_alive(line.version, &fields),
            authority: line.target.authority,
            fields,
        }
    }

    /// The value of the first field called `name`, whatever its case, without the whitespace around it.
    ///
    /// `None` if there is no such field, and also if its first value is not UTF-8: the standard says that bytes above
    /// ASCII are opaque (RFC 9110, 5.5), and no field we read has them.
    pub fn header(&self, name: &str) -> Option<&str> {
        str::from_utf8(self.fields.values(name).next()?).ok()
    }

    /// The value of the one field called `name`; none if there are several, or if it is no UTF-8.
    pub fn only_header(&self, name: &str) -> Option<&str> {
        let mut values = self.fields.values(name);
        let only = values.next().filter(|_| values.next().is_none())?;
        str::from_utf8(only).ok()
    }

    /// The values of all fields called `name`, in their order; those that are not UTF-8 are left out.
    pub fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        self.fields.values(name).filter_map(|value| str::from_utf8(value).ok())
    }

    /// Whether there is a field whose name is of some kind.
    pub fn has_field_like(&self, is_it: impl Fn(&[u8]) -> bool) -> bool {
        self.fields.names().any(is_it)
    }

    /// Whether there is a field called `name`, whatever is in it.
    pub fn has_field(&self, name: &str) -> bool {
        self.fields.values(name).next().is_some()
    }

    /// Every member of the comma-separated lists under `name`, over all fields of that name, trimmed. Bytes, since one
    /// member that is not UTF-8 must not hide the others.
    pub fn members(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        self.fields.members(name)
    }

    /// Whether `token` is a member of the comma-separated list under `name` (RFC 9110, 5.6.1), over all fields of that
    /// name, whatever the case. For lists of plain tokens such as `Connection` and `Upgrade`: it knows no quotes.
    pub fn has_token(&self, name: &str, token: &str) -> bool {
        self.fields.has_token(name, token)
    }

    /// The value of the first query parameter called `name`, decoded (`+` is a blank); empty if there is no `=`.
    ///
    /// `None` if there is no such parameter, and also if an escape in its value is invalid or the value not UTF-8.
    pub fn query_param(&self, name: &str) -> Option<String> {
        form_decode(self.raw_query_param(name)?)
    }

    /// Whether there is a query parameter called `name`, even one that cannot be decoded.
    pub fn has_query_param(&self, name: &str) -> bool {
        self.raw_query_param(name).is_some()
    }

    fn raw_query_param(&self, name: &str) -> Option<&str> {
        let pairs = self.query.as_deref()?.split('&');
        let mut values = pairs.filter_map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (form_decode(key).as_deref() == Some(name)).then_some(value)
        });
        values.next()
    }

    /// Under which name, and perhaps port, we were addressed: that of an absolute-form target, else the `Host` field
    /// (RFC 9112, 3.2.2). Valid by its grammar. `None` only for HTTP/1.0.
    pub fn host(&self) -> Option<&str> {
        self.authority.as_deref().or_else(|| self.header("host"))
    }

    #[cfg(test)]
    pub(super) const fn fields(&self) -> &Fields {
        &self.fields
    }

    #[cfg(test)]
    pub(super) fn held_bytes(&self) -> usize {
        let target = self.path.capacity()
            + [&self.query, &self.authority].into_iter().flatten().map(String::capacity).sum::<usize>();
        target + self.fields.held_bytes() + self.body.capacity()
    }
}
