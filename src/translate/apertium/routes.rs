//! Which pipelines a text goes through: the one that does the pair, else the fewest that lead there, but for what is
//! known to be better or worse.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::codes;
use crate::vocabulary::Language;

type Pair = (Language, Language);

/// Pairs that are done better over a third language than directly: from, over, to.
const DETOURS: [(&str, &str, &str); 1] = [("en", "ca", "es")];

/// Pairs so weak that nothing else is built on them: what goes wrong in the first step is lost.
const NO_FIRST_STEP: [(&str, &str); 1] = [("en", "es")];

/// How a text gets from one language into another.
#[derive(Debug, Default)]
pub(super) struct Routes {
    /// The pipeline that does a pair by itself.
    direct: BTreeMap<Pair, String>,
    /// The pipelines in order, for every pair that can be done.
    chains: BTreeMap<Pair, Vec<String>>,
}

impl Routes {
    /// From the names of all pipelines, for chains of so many at most.
    pub(super) fn of<'a>(names: impl Iterator<Item = &'a str>, hops: usize) -> Self {
        let mut found: Vec<_> = names.filter_map(|name| Some((codes::read(name)?, name))).collect();
        // The plain one last, so that it takes the place of its variants; of these the first in the alphabet.
        found.sort_by(|(one, a), (other, b)| other.is_variant.cmp(&one.is_variant).then(b.cmp(a)));
        let direct = found.into_iter().map(|(pipeline, name)| (pipeline.pair, name.to_owned())).collect();
        let mut routes = Self { direct, chains: BTreeMap::new() };
        let froms: BTreeSet<_> = routes.direct.keys().map(|pair| pair.0).collect();
        for from in froms {
            for (to, over) in routes.reached(from, hops) {
                let way = routes.detour((from, to), hops).unwrap_or(over);
                let pipelines =
                    way.windows(2).filter_map(|step| routes.direct.get(&(step[0], step[1])).cloned());
                routes.chains.insert((from, to), pipelines.collect());
            }
        }
        routes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.direct.is_empty()
    }

    pub(super) fn is_direct(&self, pair: Pair) -> bool {
        self.direct.contains_key(&pair)
    }

    /// The pipelines for a pair, in the order in which a text goes through them; never empty.
    pub(super) fn chain(&self, pair: Pair) -> Option<&[String]> {
        self.chains.get(&pair).map(Vec::as_slice)
    }

    /// The shortest ways from a language to every other one, both ends included; where there are several, the one over the
    /// language that stands first in our table.
    fn reached(&self, from: Language, hops: usize) -> BTreeMap<Language, Vec<Language>> {
        let mut ways = BTreeMap::from([(from, vec![from])]);
        let mut open = VecDeque::from([from]);
        // What is too weak for a first step is an end, and no way to a third language.
        let is_end = |at: Language| has_code(&NO_FIRST_STEP, (from, at));
        while let Some(at) = open.pop_front() {
            let way = ways[&at].clone();
            if way.len() > hops {
                continue;
            }
            let nexts: Vec<_> = self.nexts(at).filter(|next| !ways.contains_key(next)).collect();
            for next in nexts {
                if at == from && is_end(next) {
                    continue;
                }
                ways.insert(next, [&way[..], &[next]].concat());
                open.push_back(next);
            }
        }
        for end in self.nexts(from).filter(|next| is_end(*next)) {
            ways.insert(end, vec![from, end]);
        }
        ways.remove(&from);
        ways
    }

    /// Where the pipelines from a language lead.
    fn nexts(&self, from: Language) -> impl Iterator<Item = Language> {
        self.direct.keys().filter(move |pair| pair.0 == from).map(|pair| pair.1)
    }

    fn detour(&self, (from, to): Pair, hops: usize) -> Option<Vec<Language>> {
        let is_asked = |it: &&(&str, &str, &str)| (it.0, it.2) == (from.code(), to.code());
        let over = Language::parse(DETOURS.iter().find(is_asked)?.1)?;
        let is_there = hops >= 2 && self.is_direct((from, over)) && self.is_direct((over, to));
        is_there.then(|| vec![from, over, to])
    }
}

fn has_code(list: &[(&str, &str)], pair: Pair) -> bool {
    list.contains(&(pair.0.code(), pair.1.code()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const INSTALLED: [&str; 23] = [
        "cat-eng",
        "cat-eng_US",
        "cat-ita",
        "cat-por",
        "cat-por_BR",
        "cat-spa",
        "en-eo",
        "eng-cat",
        "eng-spa",
        "eo-en",
        "eo-en-j",
        "es-fr",
        "es-pt",
        "es-pt_BR",
        "fr-eo",
        "fr-es",
        "ita-cat",
        "ita-spa",
        "por-cat",
        "pt-es",
        "spa-cat",
        "spa-eng",
        "spa-ita",
    ];

    fn chain(routes: &Routes, from: &str, to: &str) -> Vec<String> {
        let pair = (Language::parse(from).unwrap(), Language::parse(to).unwrap());
        routes.chain(pair).unwrap_or_default().to_vec()
    }

    fn all(hops: usize) -> Routes {
        Routes::of(INSTALLED.into_iter(), hops)
    }

    #[test]
    fn a_pair_goes_the_shortest_way() {
        let routes = all(3);
        for (from, to, over) in [
            ("es", "en", &["spa-eng"] as &[&str]),
            ("ca", "pt", &["cat-por"]),
            ("es", "pt", &["es-pt"]),
            ("pt", "en", &["pt-es", "spa-eng"]),
            ("pt", "fr", &["pt-es", "es-fr"]),
            ("fr", "en", &["fr-es", "spa-eng"]),
            ("it", "eo", &["ita-spa", "spa-eng", "en-eo"]),
        ] {
            assert_eq!(chain(&routes, from, to), over, "{from} {to}");
        }
        assert!(chain(&routes, "es", "de").is_empty() && chain(&routes, "es", "es").is_empty());
    }

    #[test]
    fn a_detour_is_taken_where_it_is_better() {
        assert_eq!(chain(&all(3), "en", "es"), ["eng-cat", "cat-spa"]);
        assert_eq!(chain(&all(1), "en", "es"), ["eng-spa"], "one pair is all there may be");
        let two = Routes::of(["eng-spa", "spa-eng"].into_iter(), 3);
        assert_eq!(chain(&two, "en", "es"), ["eng-spa"], "there is no other");
    }

    #[test]
    fn nothing_is_built_on_a_weak_first_step() {
        assert_eq!(chain(&all(3), "en", "fr"), ["eng-cat", "cat-spa", "es-fr"]);
        assert!(chain(&all(2), "en", "fr").is_empty());
        assert!(chain(&Routes::of(["eng-spa", "es-fr"].into_iter(), 3), "en", "fr").is_empty());
    }

    #[test]
    fn a_chain_has_so_many_pairs_at_most() {
        for hops in 1..=4 {
            let routes = all(hops);
            assert!(routes.chains.values().all(|chain| (1..=hops).contains(&chain.len())), "{hops}");
        }
        assert!(all(1).chains.len() < all(2).chains.len() && all(2).chains.len() < all(3).chains.len());
        assert_eq!(all(3).direct.len(), 19);
        assert_eq!(all(3).chains.len(), 42, "each of the seven languages into every other one");
    }

    #[test]
    fn the_order_of_the_names_says_nothing() {
        let backwards = Routes::of(INSTALLED.into_iter().rev(), 3);
        assert_eq!((backwards.direct, backwards.chains), (all(3).direct, all(3).chains));
    }

    #[test]
    fn a_variant_stands_in_where_there_is_no_plain_one() {
        let routes = Routes::of(["cat-por_PTpre1990", "cat-por_BR"].into_iter(), 1);
        assert_eq!(chain(&routes, "ca", "pt"), ["cat-por_BR"]);
    }
}
