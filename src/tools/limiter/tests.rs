use super::*;

const MINUTE: Millis = Millis::from_secs(60);

#[test]
fn any_interval_has_at_most_the_limit() {
    let mut window = Window::new();
    let mut allowed: Vec<u64> = Vec::new();
    let mut state = 9_u64;
    let mut now = 0;
    for _ in 0..5_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        now += (state >> 33) % 9_000;
        let before = allowed.iter().filter(|&&instant| instant + 60_000 > now).count();
        match window.check(Millis(now), 10, MINUTE) {
            Ok(()) => {
                assert!(before < 10);
                allowed.push(now);
            }
            Err(wait) => {
                assert_eq!(before, 10);
                assert_eq!(window.peek(Millis(now + wait.0 - 1), 10, MINUTE), Err(Millis(1)));
                assert_eq!(window.peek(Millis(now + wait.0), 10, MINUTE), Ok(()));
            }
        }
        assert!(window.instants.len() <= 10);
    }
    assert!(allowed.len() > 1_000);
}

#[test]
fn a_limit_of_zero_is_none_and_costs_nothing() {
    let mut window = Window::new();
    for _ in 0..100 {
        assert_eq!(window.check(Millis(1), 0, MINUTE), Ok(()));
    }
    assert!(window.is_empty());
}

#[test]
fn an_empty_window_holds_no_memory() {
    let mut window = Window::new();
    for now in 0..10 {
        assert_eq!(window.check(Millis(now), 10, MINUTE), Ok(()));
    }
    window.forget(Millis(60_008), MINUTE);
    assert!(!window.is_empty());
    window.forget(Millis(60_009), MINUTE);
    assert!(window.is_empty());
    assert_eq!(window.instants.capacity(), 0);
}

#[test]
fn a_lower_limit_counts_what_was_done_before() {
    let mut window = Window::new();
    for now in [0, 1_000, 2_000, 3_000] {
        assert_eq!(window.check(Millis(now), 10, MINUTE), Ok(()));
    }
    assert_eq!(window.check(Millis(4_000), 2, MINUTE), Err(Millis(58_000)));
}

#[test]
fn subjects_do_not_disturb_each_other() {
    let mut limiter = Limiter::new(10);
    assert_eq!(limiter.check(Millis(0), 'a', 1, MINUTE), Ok(()));
    assert_eq!(limiter.check(Millis(5), 'a', 1, MINUTE), Err(Millis(59_995)));
    assert_eq!(limiter.peek(Millis(5), 'b', 1, MINUTE), Ok(()));
    assert_eq!(limiter.check(Millis(5), 'b', 1, MINUTE), Ok(()));
    assert_eq!(limiter.peek(Millis(5), 'b', 1, MINUTE), Err(MINUTE));
}

#[test]
fn the_one_silent_longest_is_forgotten_first() {
    let mut limiter = Limiter::new(2);
    assert_eq!(limiter.check(Millis(0), 'a', 1, MINUTE), Ok(()));
    assert_eq!(limiter.check(Millis(0), 'b', 1, MINUTE), Ok(()));
    assert!(limiter.check(Millis(0), 'a', 1, MINUTE).is_err(), "refused, yet active");
    assert_eq!(limiter.check(Millis(0), 'c', 1, MINUTE), Ok(()));
    assert_eq!(limiter.len(), 2);
    assert!(limiter.peek(Millis(0), 'a', 1, MINUTE).is_err());
    assert!(limiter.peek(Millis(0), 'b', 1, MINUTE).is_ok(), "forgotten");
}

#[test]
fn purging_forgets_the_silent_only() {
    let mut limiter = Limiter::new(100);
    for key in 0..50_u64 {
        assert_eq!(limiter.check(Millis(key), key, 5, MINUTE), Ok(()));
    }
    limiter.purge(Millis(60_009), MINUTE);
    assert_eq!(limiter.len(), 40);
    limiter.purge(Millis(70_000), MINUTE);
    assert!(limiter.is_empty());
    assert!(limiter.by_activity.is_empty());
}

#[test]
fn without_room_or_limit_nobody_is_remembered() {
    let mut limiter = Limiter::new(0);
    assert_eq!(limiter.check(Millis(0), 1, 1, MINUTE), Ok(()));
    assert_eq!(limiter.check(Millis(0), 1, 1, MINUTE), Ok(()));
    let mut limiter = Limiter::new(1);
    assert_eq!(limiter.check(Millis(0), 1, 0, MINUTE), Ok(()));
    assert!(limiter.is_empty());
}

#[test]
fn addresses_are_grouped_as_they_are_owned() {
    let key = |text: &str| AddressKey::from(text.parse::<IpAddr>().unwrap());
    assert_eq!(key("192.0.2.7"), key("::ffff:192.0.2.7"));
    assert_ne!(key("192.0.2.7"), key("192.0.2.8"));
    assert_eq!(key("2001:db8:1:2::3"), key("2001:db8:1:2:ffff::9"));
    assert_ne!(key("2001:db8:1:2::3"), key("2001:db8:1:3::3"));
    assert_ne!(key("0.0.0.0"), key("::"));
    assert_eq!(key("192.0.2.7").to_string(), "192.0.2.7");
    assert_eq!(key("2001:db8:1:2:3::").to_string(), "2001:db8:1:2::/64");
    assert_eq!(key("2001:db8:1:2:3::").site(), key("2001:db8:1:9::").site());
    assert_eq!(key("2001:db8:1:2::").site().map(|site| site.to_string()), Some("2001:db8:1::/48".to_owned()));
    assert_eq!(key("192.0.2.7").site(), None);
}

#[test]
fn who_has_many_addresses_of_a_network_shares_one_limit() {
    let key = |text: &str| AddressKey::from(text.parse::<IpAddr>().unwrap());
    let mut limiter = Limiter::new(100);
    let mut check = |address: &str, now| limiter.check_shared(Millis(now), key(address), 2, 2, MINUTE);
    for address in ["2001:db8:1:1::", "2001:db8:1:1::", "2001:db8:1:2::", "2001:db8:1:3::"] {
        assert_eq!(check(address, 0), Ok(()), "{address}");
    }
    assert_eq!(check("2001:db8:1:4::", 1), Err(Millis(59_999)), "the fifth of the network");
    assert_eq!(check("2001:db8:1:1::", 1), Err(Millis(59_999)), "and of an address of it");
    assert_eq!(check("2001:db8:2:4::", 1), Ok(()), "another network");
    assert_eq!(check("2001:db8:1:4::", 60_000), Ok(()), "nothing that was refused counts");
}
