use super::*;

fn read(vars: &[(&str, &str)]) -> Result<Config, Vec<Problem>> {
    Config::read(|name| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
}

#[test]
fn defaults_are_valid_and_stand_in_the_help() {
    let config = Config::defaults();
    assert_eq!(config.port, 8080);
    assert_eq!(config.translate_deadline_ms, Millis(8000));
    assert_eq!(config.max_room_text_bytes, 512 * 1024);
    assert!(config.differences().is_empty());
    for (name, _, _) in Config::table() {
        assert!(help().contains(name));
    }
}

#[test]
fn every_problem_is_reported_at_once_by_name() {
    let problems =
        read(&[("PORT", "eighty"), ("CLOSE_WAIT", "5"), ("LANGUAGES", "en,xx"), ("RATE_LIMIT", "20")]);
    let names: Vec<_> = problems.unwrap_err().into_iter().map(|problem| problem.name).collect();
    assert_eq!(names, ["PORT", "LANGUAGES", "CLOSE_WAIT"]);
}

#[test]
fn leaving_loopback_needs_a_key() {
    let problems = read(&[("HOST", "0.0.0.0")]).unwrap_err();
    assert_eq!(problems[0].name, "AGENT_KEY");
    assert_eq!(problems[1].name, "HUB_KEY");
    let key = ("AGENT_KEY", "long-enough-secret");
    assert!(read(&[("HOST", "0.0.0.0"), key, ("HUB_KEY", "another-long-secret")]).is_ok());
    assert!(read(&[("HOST", "0.0.0.0"), key, ("HUB_PUBLIC", "1")]).is_ok());
    assert!(read(&[("HOST", "0.0.0.0"), key, ("ENABLE_SERVICES", "chat")]).is_ok());
    assert!(read(&[("HOST", "0.0.0.0"), ("HUB_PUBLIC", "1"), ("ENABLE_SERVICES", "hub")]).is_ok());
    let problems = read(&[("HUB_KEY", "another-long-secret"), ("HUB_PUBLIC", "1")]).unwrap_err();
    assert_eq!(problems[0].name, "HUB_PUBLIC");
    assert_eq!(read(&[("ENABLE_SERVICES", "chat,desk")]).unwrap_err()[0].name, "ENABLE_SERVICES");
    assert!(read(&[("HOST", "::1")]).is_ok());
}

#[test]
fn differences_read_back_to_the_same_config_without_the_secret() {
    let config = read(&[
        ("AGENT_KEY", "long-enough-secret"),
        ("TRUSTED_PROXIES", "10.0.0.0/8, ::1"),
        ("TRANSLATE_DEADLINE", "250ms"),
        ("MAX_TEXT_BYTES", "1GiB"),
        ("LOG_FORMAT", "json"),
        ("LANGUAGES", "pt-BR,en"),
    ])
    .unwrap();
    let written = config.differences();
    assert!(written.iter().all(|(_, value)| !value.contains("long-enough-secret")));
    let again =
        Config::read(|name| written.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone()));
    assert_eq!(again.as_ref(), Ok(&config));
    assert!(again.unwrap().agent_key.unwrap().is("long-enough-secret"));
}

#[test]
fn networks_contain_their_addresses() {
    let network = |text| <Network as Value>::parse(text).unwrap();
    assert!(network("10.0.0.0/8").contains([10, 9, 8, 7].into()));
    assert!(!network("10.0.0.0/8").contains([11, 0, 0, 1].into()));
    assert!(network("0.0.0.0/0").contains([11, 0, 0, 1].into()));
    assert!(network("::1").contains("::1".parse().unwrap()));
    assert!(network("127.0.0.1").contains("::ffff:127.0.0.1".parse().unwrap()));
    assert!(<Network as Value>::parse("10.0.0.0/33").is_err());
}

#[test]
fn durations_need_units() {
    for (text, ms) in [("250ms", 250), ("8s", 8000), ("5m", 300_000), ("12h", 43_200_000)] {
        assert_eq!(Millis::parse(text), Ok(Millis(ms)));
    }
    for text in ["8", "-1s", "0s", "8 s", "s", "99999999999999999999h", "400d"] {
        assert!(Millis::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_filter_that_would_be_misunderstood_is_a_problem() {
    for filter in [
        "info",
        "off",
        "INFO",
        "dragoman=debug",
        "warn, dragoman::conversation=trace",
        "mio=error",
        "info/ready",
        "",
    ] {
        assert_eq!(LogFilter::parse(filter).map(|read| read.write()), Ok(filter.to_owned()), "{filter}");
    }
    for filter in ["inof", "dragoman=loud", "rooms", "=info", "info/a/b", "a=info=b"] {
        assert!(LogFilter::parse(filter).is_err(), "{filter}");
    }
}

#[test]
fn what_cannot_be_read_hides_no_other_problem() {
    let names = |vars: &[(&str, &str)]| -> Vec<_> {
        read(vars).unwrap_err().into_iter().map(|problem| problem.name).collect()
    };
    assert_eq!(
        names(&[("PORT", "eighty"), ("HOST", "0.0.0.0"), ("LOG", "inof"), ("TRANSLATE_WORKERS", "0")]),
        ["PORT", "LOG", "AGENT_KEY", "HUB_KEY", "TRANSLATE_WORKERS"]
    );
    // Nor is a rule about two variables applied to one that could not be read.
    assert_eq!(
        names(&[("HOST", "0.0.0.0"), ("AGENT_KEY", "short"), ("HUB_KEY", "short")]),
        ["AGENT_KEY", "HUB_KEY"]
    );
    assert_eq!(names(&[("PING_INTERVAL", "10"), ("PONG_TIMEOUT", "20s")]), ["PING_INTERVAL"]);
}
