//! Who calls, from where, and whether pages from there may: checks that stand before every door.
//!
//! Loopback is not private: a page anywhere can send requests to it (so origins are checked), can make a name point to
//! it (so hosts are checked, against DNS rebinding), and a proxy on the same machine can pass strangers on (so forwarded
//! requests are no agents' without a key).

use std::net::IpAddr;

use super::{Context, Limits, Refusal};
use crate::config::Config;
use crate::tools::limiter::AddressKey;
use crate::vocabulary::{ExchangeId, Millis};
use crate::wire::http::{Method, Request, Response, Version};

/// Who makes a request.
#[derive(Clone, Debug)]
pub struct Caller {
    /// By which to answer later.
    pub exchange: ExchangeId,
    /// For the limits: the peer, or whom a trusted proxy names.
    pub address: AddressKey,
    /// Whether the request came through a proxy.
    pub forwarded: bool,
    /// The origin of a foreign page that may call; its answer has to say so.
    pub foreign_origin: Option<String>,
}

/// Where doors open WebSockets.
pub(super) const SHARED_WEBSOCKET: &str = "/ws";

/// Fields that only a proxy adds (RFC 7239, and what was common before).
const FORWARDING_FIELDS: [&str; 6] =
    ["Forwarded", "X-Real-IP", "Via", "True-Client-IP", "X-Client-IP", "X-Cluster-Client-IP"];
/// How the names of others begin that only a proxy adds.
const FORWARDING_PREFIXES: [&str; 4] = ["X-Forwarded-", "CF-", "X-Original-", "X-Envoy-"];

/// Finds out who calls.
///
/// # Errors
/// 421 for a host that is not ours, 403 for a page that may not call.
pub fn identify(
    config: &Config,
    peer: IpAddr,
    exchange: ExchangeId,
    request: &Request,
    is_page: bool,
) -> Result<Caller, Refusal> {
    check_host(config, request)?;
    let foreign_origin = match check_origin(config, request) {
        // A page is for whoever asks; what it may do is asked when it calls.
        Err(_) if is_page => None,
        checked => checked?,
    };
    Ok(Caller {
        exchange,
        address: AddressKey::from(client_address(config, peer, request)),
        forwarded: is_forwarded(request),
        foreign_origin,
    })
}

/// Whether a proxy has passed a request on. Some add no field at all, but speak HTTP/1.0 unless told otherwise, which no
/// browser does.
fn is_forwarded(request: &Request) -> bool {
    request.version == Version::Http10
        || asks_for_any_upgrade(request)
        || FORWARDING_FIELDS.iter().any(|name| request.has_field(name))
        || request.has_field_like(|name| {
            FORWARDING_PREFIXES.iter().any(|prefix| {
                name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
            })
        })
}

/// Whether a request that opens no WebSocket says `Connection: upgrade` and nothing else, as it does behind the proxy
/// whose recipe for WebSockets says so in every request. HTTP/2 names its settings beside it (RFC 7540, 3.2.1).
fn asks_for_any_upgrade(request: &Request) -> bool {
    let mut asked = request.members("Connection").peekable();
    request.path != SHARED_WEBSOCKET
        && asked.peek().is_some()
        && asked.all(|what| what.eq_ignore_ascii_case(b"upgrade"))
}

fn check_host(config: &Config, request: &Request) -> Result<(), Refusal> {
    let host = request.host().map(host_name).unwrap_or_default();
    let is_name = || config.allowed_hosts.0.iter().any(|name| name.as_str().eq_ignore_ascii_case(host));
    let is_address = || host.parse::<IpAddr>().is_ok_and(|address| address == config.host);
    // HTTP/1.0 may come without a host; a browser never does.
    if host.is_empty() || is_name() || is_address() {
        return Ok(());
    }
    Err(Refusal::new(
        421,
        UNKNOWN_HOST,
        "this server does not go by that name; ALLOWED_HOSTS lists its names",
    ))
}

/// A host without its port, and without the brackets of IPv6.
fn host_name(authority: &str) -> &str {
    let end = match authority.rfind(']') {
        Some(bracket) => bracket + 1,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    unbracketed(&authority[..end])
}

fn unbracketed(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

/// The address the limits count: walks `X-Forwarded-For` from the right as long as proxies are trusted.
fn client_address(config: &Config, peer: IpAddr, request: &Request) -> IpAddr {
    let mut address = peer;
    let hops: Vec<&[u8]> = request.members("X-Forwarded-For").collect();
    for hop in hops.into_iter().rev() {
        if !config.trusts(address) {
            break;
        }
        match parse_hop(hop) {
            Some(next) => address = next,
            None => break,
        }
    }
    address
}

/// An address, perhaps with a port.
fn parse_hop(hop: &[u8]) -> Option<IpAddr> {
    let hop = str::from_utf8(hop).ok()?;
    hop.parse().ok().or_else(|| hop.parse::<std::net::SocketAddr>().ok().map(|address| address.ip()))
}

/// The origin, if it is a foreign one that may call. Requests without one do not come from a page.
fn check_origin(config: &Config, request: &Request) -> Result<Option<String>, Refusal> {
    if !request.has_field("Origin") {
        return Ok(None);
    }
    // One that is no text is nobody's, and so are two.
    if let Some(origin) = request.only_header("Origin") {
        if is_same_origin(origin, request.host().unwrap_or_default()) {
            return Ok(None);
        }
        if config.allowed_origins.0.iter().any(|one| one.is_of(origin)) {
            return Ok(Some(origin.to_owned()));
        }
    }
    Err(Refusal::new(
        403,
        ORIGIN_NOT_ALLOWED,
        "pages of this origin may not call here; ALLOWED_ORIGINS lists who may",
    ))
}

/// The scheme does not count: a proxy may have taken TLS off.
fn is_same_origin(origin: &str, host: &str) -> bool {
    let (authority, port) = match (origin.strip_prefix("http://"), origin.strip_prefix("https://")) {
        (Some(authority), _) => (authority, ":80"),
        (_, Some(authority)) => (authority, ":443"),
        _ => return false,
    };
    let bare = |text: &str| text.strip_suffix(port).unwrap_or(text).to_ascii_lowercase();
    !host.is_empty() && bare(authority) == bare(host)
}

/// Says in the log that somebody was refused who may be one of us, and what to set then. What they sent stands in no log.
pub fn log_refusal(limits: &mut Limits, now: Millis, refusal: &Refusal) {
    match refusal.code {
        UNKNOWN_HOST => warn_once(
            limits,
            now,
            UNKNOWN_HOST,
            "refused a request for a name that is not in ALLOWED_HOSTS; if this server goes by it, add it",
        ),
        ORIGIN_NOT_ALLOWED => warn_once(
            limits,
            now,
            ORIGIN_NOT_ALLOWED,
            "refused a page of another origin; if it is ours, have the proxy pass on the Host that it was asked for \
             (nginx: proxy_set_header Host $http_host), or add the page's origin to ALLOWED_ORIGINS",
        ),
        _ => {}
    }
}

/// Without a key, whoever comes through a proxy may be anybody.
///
/// # Errors
/// 403.
pub fn agents_may_call(cx: &mut Context<'_>, caller: &Caller) -> Result<(), Refusal> {
    if !caller.forwarded || cx.config.agent_key.is_some() {
        return Ok(());
    }
    let code = "agents_need_a_key";
    let what = "refused an agent's call that came through a proxy; set AGENT_KEY, which agents bring then";
    warn_once(cx.limits, cx.now, code, what);
    Err(Refusal::new(403, code, "requests through a proxy may not do what agents do unless AGENT_KEY is set"))
}

/// Says something in the log, once a minute for each reason.
fn warn_once(limits: &mut Limits, now: Millis, reason: &'static str, what: &str) {
    if limits.refusals.check(now, reason, 1, Config::RATE_WINDOW).is_ok() {
        log::warn!("{what}");
    }
}

const UNKNOWN_HOST: &str = "unknown_host";
const ORIGIN_NOT_ALLOWED: &str = "origin_not_allowed";

/// What an `Authorization: Bearer` brings (RFC 6750, section 2.1).
pub fn bearer(request: &Request) -> Option<&str> {
    let (scheme, token) = request.header("Authorization")?.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Counts a wrong key or token against the address it came from.
pub fn wrong_secret(
    cx: &mut Context<'_>,
    caller: &Caller,
    code: &'static str,
    message: &'static str,
) -> Refusal {
    let (limit, site) = (cx.config.failures_per_address, cx.config.site_addresses);
    match cx.limits.failures.check_shared(cx.now, caller.address, limit, site, Config::RATE_WINDOW) {
        Ok(()) => Refusal::new(401, code, message),
        Err(wait) => too_many_failures(wait),
    }
}

/// Who has guessed too often is not even compared.
///
/// # Errors
/// 429.
pub fn may_guess(cx: &Context<'_>, caller: &Caller) -> Result<(), Refusal> {
    let (limit, site) = (cx.config.failures_per_address, cx.config.site_addresses);
    let peeked = cx.limits.failures.peek_shared(cx.now, caller.address, limit, site, Config::RATE_WINDOW);
    peeked.map_err(too_many_failures)
}

fn too_many_failures(wait: Millis) -> Refusal {
    Refusal::for_now(429, "too_many_failures", "too many wrong keys or tokens from this address", wait)
}

/// What a browser asks before it lets a foreign page call (the CORS protocol of the Fetch standard).
pub fn preflight(caller: &Caller, request: &Request) -> Option<Response> {
    let asks = request.method == Method::Options && request.header("Access-Control-Request-Method").is_some();
    asks.then(|| {
        let response = Response::new(204)
            .header("Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS")
            .header("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key")
            .header("Access-Control-Max-Age", "600");
        share(caller, response)
    })
}

/// Lets the page that called see the answer.
pub fn share(caller: &Caller, response: Response) -> Response {
    match &caller.foreign_origin {
        Some(origin) => {
            response.header("Access-Control-Allow-Origin", origin.clone()).header("Vary", "Origin")
        }
        None => response,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_lose_ports_and_brackets() {
        for (authority, host) in [
            ("localhost", "localhost"),
            ("localhost:8080", "localhost"),
            ("[::1]:8080", "::1"),
            ("[::1]", "::1"),
            ("127.0.0.1:1", "127.0.0.1"),
        ] {
            assert_eq!(host_name(authority), host);
        }
    }

    #[test]
    fn an_origin_is_the_same_with_or_without_the_usual_port() {
        for (origin, host, same) in [
            ("http://localhost:8080", "localhost:8080", true),
            ("https://shop.example", "shop.example", true),
            ("https://shop.example", "shop.example:443", true),
            ("http://shop.example:80", "SHOP.example", true),
            ("http://shop.example:8080", "shop.example", false),
            ("https://evil.example", "shop.example", false),
            ("null", "null", false),
            ("http://", "", false),
        ] {
            assert_eq!(is_same_origin(origin, host), same, "{origin} at {host}");
        }
    }
}
