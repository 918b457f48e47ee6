//! What has happened at least once, and what must have.

use std::collections::BTreeMap;

/// Counts by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Coverage(pub(crate) BTreeMap<String, u64>);

impl Coverage {
    pub(crate) fn note(&mut self, what: impl Into<String>) {
        *self.0.entry(what.into()).or_default() += 1;
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (what, count) in &other.0 {
            *self.0.entry(what.clone()).or_default() += count;
        }
    }

    /// What must happen and never did.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        REQUIRED
            .iter()
            .flat_map(|group| group.split_terminator('\n'))
            .map(str::trim)
            .filter(|what| !what.is_empty() && !self.0.contains_key(*what))
            .collect()
    }
}

/// Every refusal, every close code, every change of status, every state of a translation; one a line.
const REQUIRED: [&str; 7] = [REFUSALS, EVENTS, CLOSES, STATUSES, TRANSLATIONS, LOBBY, ENGINES];

/// Statuses and codes of HTTP responses.
const REFUSALS: &str = "
    http 200
    http 100
    http 101
    http 204
    http 304
    http 400 after_invalid
    http 400 bad_chunk
    http 400 bad_content_length
    http 400 bad_field_name
    http 400 bad_field_value
    http 400 bad_handshake
    http 400 bad_host
    http 400 bad_json
    http 400 bad_line_ending
    http 400 bad_request_line
    http 400 bad_target
    http 400 bad_transfer_encoding
    http 400 content_invalid
    http 400 content_missing
    http 400 content_too_long
    http 400 folded_field
    http 400 idempotency_key_invalid
    http 400 idempotency_key_reused
    http 400 name_invalid
    http 400 name_missing
    http 400 name_too_long
    http 400 room_id_missing
    http 400 tls_on_plain_port
    http 400 unknown_language
    http 401 unknown_token
    http 401 wrong_key
    http 403 agents_need_a_key
    http 403 not_a_member
    http 403 not_an_agent
    http 403 origin_not_allowed
    http 404 not_found
    http 404 room_not_found
    http 405 method_not_allowed
    http 408 timeout
    http 409 already_in_a_room
    http 409 already_left
    http 409 room_closed
    http 409 room_not_waiting
    http 410 room_closed
    http 411 length_required
    http 413 body_too_large
    http 414 target_too_long
    http 417 expectation_failed
    http 421 unknown_host
    http 426 upgrade_required
    http 429 too_many_connections
    http 429 too_many_failures
    http 429 too_many_rooms
    http 429 too_many_starts
    http 431 head_too_large
    http 431 too_many_fields
    http 501 method_unknown
    http 501 transfer_coding_unknown
    http 503 server_full
    http 503 stopping
    http 505 version_not_supported
";

/// Codes of error events, and acknowledgements.
const EVENTS: &str = "
    ack
    ack again
    ack canned
    event agents_only
    event bad_json
    event canned_unknown
    event content_invalid
    event content_missing
    event content_too_long
    event lobby_is_read_only
    event message_unknown
    event not_a_member
    event not_yours
    event nothing_failed
    event rate_limited
    event ref_invalid
    event room_closed
    event room_full
    event room_id_missing
    event room_not_found
    event server_full
    event store_down
    event too_many_connections
    event unknown_token
    event unknown_type
    event updates_needed
    frame ping
    frame pong
    yielded
    log dropped
    log begins later
    device complete
    store up
    time while the store is down
    death while the store is down
";

/// Codes of close frames, and reasons for the end of a chat.
const CLOSES: &str = "
    close 1000
    close 1001
    close 1002
    close 1003
    close 1007
    close 1008
    close 1009
    close 4401
    close 4403
    close 4404
    close 4410
    close 4429
    ended agent_left
    ended closed
    ended customer_left
";

/// From which status to which, and to the end for which reason.
const STATUSES: &str = "
    status new waiting
    status waiting active
    status active closing
    status active waiting
    status closing waiting
    status waiting closed customer_left
    status active closed customer_left
    status closing closed customer_left
    status closing closed closed
    status waiting closed closed
";

/// As what a message or an update was shown.
const TRANSLATIONS: &str = "
    message own
    message plain
    message translated
    message untranslated
    message translated own
    message untranslated own
    message pending
    update translated
    update untranslated
    update translated own
    update untranslated own
    update plain
    update pending
    preview plain
    preview translated
    preview untranslated
    shown by hand
    told delivered
    told presence false
    told presence true
    told read
    told typing false
    told typing true
    translator starting
    translator loading
    translator ready
    translator down
    translator model_missing
";

/// What agents in the lobby were told, places in the queue, transcripts, originals.
const LOBBY: &str = "
    lobby rooms
    lobby rooms again
    lobby room_added
    lobby room_changed
    lobby room_removed
    lobby words translated
    lobby complete
    lobby empty
    queue place
    queue place changed
    transcript json
    transcript text
    transcript translated
    original shown
";

/// How each engine was when it answered, what the core made of it, and by whom people were shown something.
const ENGINES: &str = "
    ollama fair
    ollama slow
    ollama garbage
    ollama broken
    ollama one pair broken
    ollama busy
    ollama refusing
    ollama silent
    ollama no model
    openai fair
    openai slow
    openai garbage
    openai broken
    openai one pair broken
    openai busy
    openai limited
    openai quota
    openai unauthorized
    openai loading
    openai refusing
    openai silent
    openai no model
    libretranslate fair
    libretranslate slow
    libretranslate garbage
    libretranslate broken
    libretranslate one pair broken
    libretranslate busy
    libretranslate limited
    libretranslate unauthorized
    libretranslate refusing
    libretranslate silent
    apertium fair
    apertium slow
    apertium garbage
    apertium broken
    apertium one pair broken
    apertium refusing
    apertium silent
    apertium no model
    engine asked as well
    engine asked after another
    engine asked again after a limit
    engine asked again after quota
    engine asked again after unauthorized
    engine gave up
    engine stands in
    told of a better engine
    translator unauthorized
    translator quota
    shown by ollama to agents
    shown by ollama to others
    shown by openai to agents
    shown by openai to others
    shown by libretranslate to agents
    shown by libretranslate to others
    shown by apertium to agents
    shown by apertium to others
";
