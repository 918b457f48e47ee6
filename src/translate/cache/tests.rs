use super::*;
use crate::vocabulary::EngineName;

fn key(text: &str) -> Key {
    Key {
        tenant: Tenant::default(),
        scope: 0,
        from: Language::parse("pt"),
        to: Language::ENGLISH,
        glossary: 0,
        text: text.into(),
    }
}

fn cached(text: &str) -> Cached {
    Cached { text: text.into(), detected: None, by: EngineName::Ollama }
}

/// Room for `entries` of four bytes in all.
fn cache(entries: usize) -> Cache {
    Cache::new(entries * (ENTRY_OVERHEAD_BYTES + 4), Millis(100))
}

fn holds(cache: &Cache, texts: &[&str]) -> bool {
    let keys: Vec<&str> = cache.entries.keys().map(|key| &*key.text).collect();
    assert_eq!(cache.by_use.len(), keys.len());
    assert_eq!(cache.by_expiry.len(), keys.len());
    assert_eq!(
        cache.bytes(),
        cache.entries.iter().map(|(key, entry)| cost(key, &entry.cached)).sum::<usize>()
    );
    keys == texts
}

#[test]
fn a_translation_is_remembered_for_its_pair_only() {
    let mut cache = cache(3);
    cache.put(Millis(0), key("ok"), cached("OK"));
    assert_eq!(cache.get(Millis(1), &key("ok")), Some(&cached("OK")));
    assert_eq!(cache.get(Millis(1), &key("no")), None);
    assert_eq!(cache.get(Millis(1), &Key { from: None, ..key("ok") }), None);
    assert_eq!((cache.len(), cache.bytes()), (1, ENTRY_OVERHEAD_BYTES + 4));
}

#[test]
fn tenants_share_no_translation() {
    let mut cache = cache(3);
    let theirs = Key { tenant: Tenant::from_number(1), ..key("ok") };
    cache.put(Millis(0), key("ok"), cached("OK"));
    assert_eq!(cache.get(Millis(1), &theirs), None);
    cache.put(Millis(1), theirs.clone(), cached("O.K."));
    assert_eq!(cache.get(Millis(2), &theirs), Some(&cached("O.K.")));
    assert_eq!(cache.get(Millis(2), &key("ok")), Some(&cached("OK")));
}

#[test]
fn it_is_forgotten_in_time_however_often_it_is_used() {
    let mut cache = cache(3);
    cache.put(Millis(0), key("aa"), cached("AA"));
    cache.put(Millis(50), key("bb"), cached("BB"));
    assert_eq!(cache.next_expiry(), Some(Millis(100)));
    assert!(cache.get(Millis(99), &key("aa")).is_some());
    assert_eq!(cache.get(Millis(100), &key("aa")), None, "even before anybody cleans up");
    cache.expire(Millis(100));
    assert!(holds(&cache, &["bb"]));
    assert_eq!(cache.next_expiry(), Some(Millis(150)));
    cache.expire(Millis(1000));
    assert!(cache.is_empty() && cache.bytes() == 0 && cache.next_expiry().is_none());
}

#[test]
fn the_least_recently_used_makes_room() {
    let mut cache = cache(2);
    cache.put(Millis(0), key("aa"), cached("AA"));
    cache.put(Millis(1), key("bb"), cached("BB"));
    assert!(cache.get(Millis(2), &key("aa")).is_some());
    cache.put(Millis(3), key("cc"), cached("CC"));
    assert!(holds(&cache, &["aa", "cc"]));
}

#[test]
fn one_key_has_one_translation() {
    let mut cache = cache(2);
    cache.put(Millis(0), key("aa"), cached("AA"));
    cache.put(Millis(50), key("aa"), cached("A!"));
    assert_eq!(cache.get(Millis(120), &key("aa")), Some(&cached("A!")));
    assert!(holds(&cache, &["aa"]));
}

#[test]
fn what_is_too_large_is_not_stored() {
    let mut cache = cache(1);
    cache.put(Millis(0), key("aa"), cached("AA"));
    cache.put(Millis(0), key("bb"), cached("B much longer"));
    assert!(holds(&cache, &["aa"]));
    let mut none = Cache::new(0, Millis(100));
    none.put(Millis(0), key(""), cached(""));
    assert!(none.is_empty());
}

#[test]
fn memory_is_given_back_on_demand() {
    let mut cache = cache(3);
    for text in ["aa", "bb", "cc"] {
        cache.put(Millis(0), key(text), cached("12"));
    }
    assert_eq!(cache.evict(0), 0);
    assert_eq!(cache.evict(1), ENTRY_OVERHEAD_BYTES + 4);
    assert!(holds(&cache, &["bb", "cc"]));
    assert_eq!(cache.evict(usize::MAX), 2 * (ENTRY_OVERHEAD_BYTES + 4));
    assert!(holds(&cache, &[]));
}
