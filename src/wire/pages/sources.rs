//! What is under `static/`, as it lies in the binary, and how pages are put together of it.

/// Path, content.
pub(super) type Source = (&'static str, &'static str);

macro_rules! sources {
    ($($path:literal)*) => {
        &[$(($path, include_str!(concat!("../../../static", $path)))),*]
    };
}

/// The pages, one for each language of [`TABLES`].
pub(super) const DOCUMENTS: &[Source] = sources! { "/index.html" "/customer.html" "/agent.html" "/hub.html" };

/// Written into the pages that name them.
pub(super) const SHEETS: &[Source] = sources! { "/style.css" "/hub.css" };

/// Sent by themselves, or within a bundle.
pub(super) const SCRIPTS: &[Source] = sources! {
    "/js/agent.js" "/js/api.js" "/js/canned.js" "/js/chat.js" "/js/connection.js" "/js/customer.js" "/js/desk.js"
    "/js/dom.js" "/js/front.js" "/js/hub.js" "/js/lobby.js" "/js/log.js" "/js/notify.js" "/js/preview.js" "/js/room.js"
    "/js/search.js" "/js/session.js" "/js/stretch.js" "/js/strip.js" "/js/text.js" "/js/transcript.js"
};

/// The words, English first: for whoever asks for no other.
pub(super) const TABLES: &[Source] = sources! {
    "/text/en.json" "/text/ar.json" "/text/de.json" "/text/es.json" "/text/fr.json" "/text/ja.json" "/text/pt.json"
};

/// Scripts that are sent as one, each behind those it needs.
pub(super) struct Bundle {
    pub(super) path: &'static str,
    pub(super) modules: &'static [&'static str],
}

pub(super) const BUNDLES: [Bundle; 2] = [
    // What every page needs, so that one has it for the other.
    Bundle {
        path: "/js/core.js",
        modules: &["text", "dom", "api", "session", "connection", "stretch", "log", "chat"],
    },
    Bundle { path: "/js/desk.js", modules: &["lobby", "room", "desk", "agent"] },
];

/// The code of a table's language.
pub(super) fn language_of(table: &Source) -> &'static str {
    table.0.trim_start_matches("/text/").trim_end_matches(".json")
}

/// The content of one of them.
pub(super) fn content(sources: &[Source], path: &str) -> &'static str {
    sources.iter().find(|(name, _)| *name == path).map_or("", |(_, content)| content)
}
