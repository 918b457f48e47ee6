//! Which engines translate, in which order, and for which pairs of languages another order holds.

use super::{Config, Value};
use crate::vocabulary::{EngineName, Language};

/// The order of preference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Engines {
    /// What a setting of its own names, then Ollama. Apertium stands behind them where it is installed: whoever looks
    /// for it names the whole list instead.
    Auto,
    /// These and no others; nothing is translated if there are none.
    Listed(Vec<EngineName>),
}

impl Value for Engines {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "none" => Ok(Self::Listed(Vec::new())),
            _ => names(text, ',').map(Self::Listed),
        }
    }

    fn write(&self) -> String {
        match self {
            Self::Auto => "auto".to_owned(),
            Self::Listed(names) => written(names, ","),
        }
    }
}

fn names(text: &str, between: char) -> Result<Vec<EngineName>, String> {
    let mut names = Vec::new();
    for word in text.split(between).map(str::trim) {
        let name = EngineName::of(word).ok_or_else(|| {
            let known = EngineName::ALL.map(EngineName::word).join(", ");
            format!("names {word:?}, which is no engine; there are {known}")
        })?;
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

fn written(names: &[EngineName], between: &str) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names.iter().map(|name| name.word()).collect::<Vec<_>>().join(between)
}

/// Other engines for some pairs, as `nb-nn:apertium` or `*-ja:openai+ollama`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairRule {
    /// From which language; from any, known or not, if there is none.
    pub from: Option<Language>,
    pub to: Option<Language>,
    /// In order of preference.
    pub engines: Vec<EngineName>,
}

impl PairRule {
    /// Whether it is about this pair.
    pub fn is_for(&self, from: Option<Language>, to: Language) -> bool {
        (self.from.is_none() || self.from == from) && self.to.is_none_or(|it| it == to)
    }
}

impl Value for PairRule {
    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("has {text:?}, which is no rule such as de-en:deepl or *-ja:openai+ollama");
        let (pair, engines) = text.split_once(':').ok_or_else(wrong)?;
        let (from, to) = pair_of(pair.trim()).ok_or_else(wrong)?;
        let engines = if engines.trim() == "none" { Vec::new() } else { names(engines, '+')? };
        Ok(Self { from, to, engines })
    }

    fn write(&self) -> String {
        let code = |language: Option<Language>| language.map_or("*", Language::code);
        format!("{}-{}:{}", code(self.from), code(self.to), written(&self.engines, "+"))
    }
}

type Ends = (Option<Language>, Option<Language>);

/// A code may have a hyphen itself, so each is tried as the one in the middle.
fn pair_of(text: &str) -> Option<Ends> {
    let end = |code: &str| if code == "*" { Some(None) } else { Language::parse(code).map(Some) };
    let ends = |(at, _): (usize, &str)| Some((end(&text[..at])?, end(&text[at + 1..])?));
    text.match_indices('-').find_map(ends)
}

impl Config {
    /// The engines in order of preference, where no rule says otherwise.
    pub fn engines(&self) -> Vec<EngineName> {
        match &self.engine {
            Engines::Listed(names) => names.clone(),
            Engines::Auto => self.automatic(),
        }
    }

    /// What is named by a setting of its own, and Ollama, which listens where it does unless told otherwise.
    fn automatic(&self) -> Vec<EngineName> {
        let is_named = |name: &EngineName| match name {
            EngineName::Ollama => self.ollama_url != Config::OLLAMA_URL,
            EngineName::OpenAi => !self.openai_url.is_empty(),
            EngineName::LibreTranslate => !self.libretranslate_url.is_empty(),
            EngineName::DeepL => self.deepl_key.is_some(),
            EngineName::Apertium => false,
        };
        let mut names: Vec<_> = EngineName::ALL.into_iter().filter(is_named).collect();
        if !names.contains(&EngineName::Ollama) {
            names.push(EngineName::Ollama);
        }
        names
    }

    /// Every engine that some text may go to: those of the list, then those that only a rule names.
    pub fn all_engines(&self) -> Vec<EngineName> {
        let mut names = self.engines();
        for name in self.engine_pairs.0.iter().flat_map(|rule| &rule.engines) {
            if !names.contains(name) {
                names.push(*name);
            }
        }
        names
    }

    /// Apertium is installed here: it stands last where nobody has named the engines.
    pub fn with_apertium(mut self) -> Self {
        if self.engine == Engines::Auto {
            let mut names = self.automatic();
            names.push(EngineName::Apertium);
            self.engine = Engines::Listed(names);
        }
        self
    }

    /// What an engine needs that some text may go to, and has not.
    pub(super) fn check_routing(&self, problem: &mut dyn FnMut(&'static str, &[&str], &str)) {
        let needs = [
            (EngineName::OpenAi, self.openai_url.is_empty(), "OPENAI_URL"),
            (EngineName::LibreTranslate, self.libretranslate_url.is_empty(), "LIBRETRANSLATE_URL"),
            (EngineName::DeepL, self.deepl_key.is_none(), "DEEPL_KEY"),
        ];
        let named = self.all_engines();
        for (name, is_missing, setting) in needs {
            if is_missing && named.contains(&name) {
                let listed = matches!(&self.engine, Engines::Listed(names) if names.contains(&name));
                let what = format!("names {}, which needs {setting}", name.word());
                problem(if listed { "ENGINE" } else { "ENGINE_PAIRS" }, &[setting], &what);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(settings: &[(&str, &str)]) -> Config {
        let value =
            |name: &str| settings.iter().find(|(it, _)| *it == name).map(|(_, value)| (*value).to_owned());
        Config::read(value).unwrap()
    }

    fn engines(settings: &[(&str, &str)]) -> String {
        written(&config(settings).engines(), ",")
    }

    #[test]
    fn what_is_named_stands_before_ollama_where_it_listens_by_default() {
        let openai = ("OPENAI_URL", "http://127.0.0.1:8081/v1");
        assert_eq!(engines(&[]), "ollama");
        assert_eq!(engines(&[openai]), "openai,ollama");
        assert_eq!(engines(&[openai, ("OLLAMA_URL", "http://127.0.0.1:1")]), "ollama,openai");
        assert_eq!(engines(&[openai, ("OLLAMA_MODEL", "gemma3")]), "openai,ollama", "a model names nothing");
        assert_eq!(engines(&[openai, ("ENGINE", "none")]), "none");
        assert_eq!(engines(&[openai, ("ENGINE", "ollama, openai,ollama")]), "ollama,openai");
    }

    #[test]
    fn apertium_stands_last_where_nobody_has_named_the_engines() {
        let found = |settings| written(&config(settings).with_apertium().engines(), ",");
        assert_eq!(found(&[("APERTIUM_DIR", "/opt/apertium")]), "ollama,apertium");
        assert_eq!(found(&[("ENGINE", "ollama")]), "ollama");
    }

    #[test]
    fn a_rule_says_from_what_to_what_and_whom_to_ask() {
        for (text, written) in [
            ("de-en:deepl", "de-en:deepl"),
            ("*-ja: openai+ollama", "*-ja:openai+ollama"),
            ("zh-Hant-*:none", "zh-Hant-*:none"),
            ("en-zh-Hant:ollama", "en-zh-Hant:ollama"),
        ] {
            assert_eq!(PairRule::parse(text).map(|rule| rule.write()), Ok(written.to_owned()));
        }
        for wrong in ["de-en", "de:deepl", "xx-en:deepl", "de-en:gogle", "-:ollama", "de-en:"] {
            assert!(PairRule::parse(wrong).is_err(), "{wrong}");
        }
        let rule = PairRule::parse("*-ja:ollama").unwrap();
        let [de, ja] = ["de", "ja"].map(|code| Language::parse(code).unwrap());
        assert!(rule.is_for(Some(de), ja) && rule.is_for(None, ja) && !rule.is_for(Some(ja), de));
        assert!(!PairRule::parse("de-*:ollama").unwrap().is_for(None, ja), "it may be German, or not");
    }

    #[test]
    fn an_engine_without_what_it_needs_is_refused_by_name() {
        let refused = |name: &str, value: &str| {
            let value = |it: &str| (it == name).then(|| value.to_owned());
            Config::read(value).unwrap_err().remove(0)
        };
        let problem = refused("ENGINE", "openai,ollama");
        assert_eq!((problem.name, &*problem.what), ("ENGINE", "names openai, which needs OPENAI_URL"));
        let problem = refused("ENGINE_PAIRS", "de-en:deepl");
        assert_eq!((problem.name, &*problem.what), ("ENGINE_PAIRS", "names deepl, which needs DEEPL_KEY"));
    }
}
