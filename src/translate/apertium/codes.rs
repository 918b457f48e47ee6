//! What the pipelines are called: a code, a hyphen, a code, each with three letters or with two, and with a variant
//! behind it or none: `spa-eng`, `es-pt_BR`, `eng-cat_valencia`.

use crate::vocabulary::Language;

/// Codes of Apertium's that people do not write.
const CODES: [(&str, &str); 16] = [
    ("bul", "bg"),
    ("est", "et"),
    ("eus", "eu"),
    ("fas", "fa"),
    ("glg", "gl"),
    ("hbs", "hr"),
    ("hrv", "hr"),
    ("hun", "hu"),
    ("ind", "id"),
    ("lav", "lv"),
    ("mkd", "mk"),
    ("slk", "sk"),
    ("slv", "sl"),
    ("srp", "sr"),
    ("urd", "ur"),
    ("zlm", "ms"),
];

/// A pair that one pipeline does.
pub(super) struct Direct {
    pub(super) pair: (Language, Language),
    /// Whether it is one of several ways of writing a language. The plain one is to be preferred.
    pub(super) is_variant: bool,
}

/// Reads the name of a pipeline; `None` for languages that are not known here, and for trials of its makers, such as
/// `eo-en-compounds`.
pub(super) fn read(name: &str) -> Option<Direct> {
    let (from, to) = name.split_once('-').filter(|(_, to)| !to.contains('-'))?;
    let pair = (language(from)?, language(to)?);
    (pair.0 != pair.1).then(|| Direct { pair, is_variant: name.contains('_') })
}

fn language(code: &str) -> Option<Language> {
    let (plain, variant) = code.split_once('_').unwrap_or((code, ""));
    match plain {
        // Nynorsk is no Bokmål, though people who write it want the same pages.
        "nn" | "nno" => None,
        // Serbian in the letters that its pipelines write.
        "hbs" if variant.starts_with("SR") => Language::parse("sr"),
        _ => {
            let known = CODES.iter().find(|(code, _)| *code == plain);
            Language::parse(known.map_or(plain, |(_, known)| known))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(name: &str) -> Option<(&'static str, &'static str)> {
        read(name).map(|it| (it.pair.0.code(), it.pair.1.code()))
    }

    #[test]
    fn names_are_read_with_three_letters_and_with_two() {
        for (name, known) in [
            ("spa-eng", ("es", "en")),
            ("es-pt", ("es", "pt")),
            ("en-eo", ("en", "eo")),
            ("cat-por_BR", ("ca", "pt")),
            ("es-pt_BR", ("es", "pt")),
            ("eng-cat_valencia_uni_iec2017", ("en", "ca")),
            ("cat-por_PTpre1990", ("ca", "pt")),
            ("swe-nob", ("sv", "nb")),
            ("hbs-eng", ("hr", "en")),
            ("eng-hbs_SR", ("en", "sr")),
            ("ind-zlm", ("id", "ms")),
            ("urd-hin", ("ur", "hi")),
        ] {
            assert_eq!(pair(name), Some(known), "{name}");
        }
        assert!(read("es-pt_BR").unwrap().is_variant && !read("es-pt").unwrap().is_variant);
    }

    #[test]
    fn what_is_no_pair_of_ours_is_left_alone() {
        for name in
            ["", "-", "eng", "eco-es-fr", "eo-en-compounds", "nno-nob", "swe-nno", "oci-cat", "spa-spa_x"]
        {
            assert_eq!(pair(name), None, "{name}");
        }
    }
}
