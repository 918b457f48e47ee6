//! Every reason for which the reader refuses to go on.

/// A request that will not be read. Answer it, then close the connection: where the next request begins is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The status of the answer.
    pub status: u16,
    /// The reason as a word for machines.
    pub code: &'static str,
    /// The reason as a sentence for people. Never quotes the request.
    pub message: &'static str,
    /// The request is known to be `HEAD`, so the answer must not have a body (RFC 9110, 9.3.2).
    pub to_head: bool,
}

const fn refusal(status: u16, code: &'static str, message: &'static str) -> Refusal {
    Refusal { status, code, message, to_head: false }
}

pub(super) const TLS: Refusal = refusal(
    400,
    "tls_on_plain_port",
    "This port speaks plain HTTP: begin the address with http://, not https://.",
);
pub(super) const EMPTY_LINES: Refusal =
    refusal(400, "bad_request_line", "There are too many empty lines before the request line.");
pub(super) const LINE_ENDING: Refusal =
    refusal(400, "bad_line_ending", "Every line must end with CR and LF, and neither may stand alone.");
pub(super) const REQUEST_LINE: Refusal = refusal(
    400,
    "bad_request_line",
    "The request line must be a method, a target and a version, one blank between.",
);
pub(super) const TARGET: Refusal = refusal(
    400,
    "bad_target",
    "The request target must be an absolute path or an http:// URL, in visible ASCII.",
);
pub(super) const FIELD_NAME: Refusal =
    refusal(400, "bad_field_name", "A field must begin with a name, directly followed by a colon.");
pub(super) const FIELD_VALUE: Refusal =
    refusal(400, "bad_field_value", "A field value must not have control characters.");
pub(super) const FOLDED_FIELD: Refusal =
    refusal(400, "folded_field", "A field must not begin with a blank nor go on over several lines.");
pub(super) const HOST: Refusal = refusal(400, "bad_host", "There must be exactly one valid Host field.");
pub(super) const CONTENT_LENGTH: Refusal = refusal(
    400,
    "bad_content_length",
    "There may be one Content-Length, one decimal number, without Transfer-Encoding.",
);
pub(super) const TRANSFER_ENCODING: Refusal =
    refusal(400, "bad_transfer_encoding", "The only valid Transfer-Encoding is chunked, once, in HTTP/1.1.");
pub(super) const CHUNK: Refusal = refusal(400, "bad_chunk", "The chunked body is malformed.");
pub(super) const EXTENSIONS: Refusal = refusal(400, "bad_chunk", "The chunk extensions are too long.");
pub(super) const LENGTH_REQUIRED: Refusal =
    refusal(411, "length_required", "A request with this method needs a Content-Length.");
pub(super) const BODY_TOO_LARGE: Refusal =
    refusal(413, "body_too_large", "The body of the request is too large.");
pub(super) const TARGET_TOO_LONG: Refusal =
    refusal(414, "target_too_long", "The request target is too long.");
pub(super) const EXPECTATION: Refusal =
    refusal(417, "expectation_failed", "The only expectation that can be met is 100-continue.");
pub(super) const HEAD_TOO_LARGE: Refusal =
    refusal(431, "head_too_large", "The head of the request is too large.");
pub(super) const TOO_MANY_FIELDS: Refusal =
    refusal(431, "too_many_fields", "The request has too many fields.");
pub(super) const METHOD: Refusal = refusal(501, "method_unknown", "This server does not know the method.");
pub(super) const TRANSFER_CODING: Refusal =
    refusal(501, "transfer_coding_unknown", "The only transfer coding this server knows is chunked.");
pub(super) const VERSION: Refusal =
    refusal(505, "version_not_supported", "This server speaks HTTP/1.1 and HTTP/1.0 only.");
