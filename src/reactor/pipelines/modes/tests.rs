use super::*;
use crate::reactor::pipelines::tests::Place;

fn words(line: &str) -> Result<Vec<Vec<String>>, Flaw> {
    commands(line)
}

fn owned(commands: &[&[&str]]) -> Vec<Vec<String>> {
    commands.iter().map(|words| words.iter().map(|word| (*word).to_owned()).collect()).collect()
}

#[test]
fn a_line_is_split_as_a_shell_would() {
    assert_eq!(
        words("lt-proc '/a b' |  tagger -g $2 \"/c\"|x $1 /d"),
        Ok(owned(&[&["lt-proc", "/a b"], &["tagger", "-g", "/c"], &["x", "-g", "/d"],]))
    );
    for line in [
        "a; b",
        "a & b",
        "a > /b",
        "a < b",
        "a $(b)",
        "a `b`",
        "a $3",
        "a \"$1x\"",
        "a 'b",
        "a\nb",
        "a \\b",
        "a *",
    ] {
        assert_eq!(words(line), Err(Flaw::Shell), "{line}");
    }
}

#[test]
fn only_what_is_allowed_is_ever_started() {
    for name in ["lt-proc", "cg-proc", "lrx-proc", "lsx-proc", "hfst-proc", "apertium-transfer"] {
        assert!(is_allowed(name), "{name}");
    }
    for name in
        ["", "sh", "/usr/bin/lt-proc", "lt-proc2", "apertium-", "apertium-../sh", "../lt-proc", "Lt-proc"]
    {
        assert!(!is_allowed(name), "{name}");
    }
}

#[test]
fn a_pipeline_is_whole_or_none() {
    let place = Place::new("modes");
    let (data, missing) = (place.file("data", ""), place.path("missing"));
    place.program("lt-proc");
    place.mode("whole", &format!("lt-proc $1 '{data}' | lt-proc '-p' {data}"));
    place.mode("no-data", &format!("lt-proc '{missing}'"));
    place.mode("no-program", "lt-proc | apertium-nowhere");
    place.mode("relative", "lt-proc data");
    place.mode("shell", "sh -c 'rm -rf x' | lt-proc");
    place.mode("absolute", &format!("{} | lt-proc", place.path("bin/lt-proc")));
    place.mode("empty", "");
    place.mode("half", "lt-proc |");
    place.mode("long", &["lt-proc"; 33].join("|"));
    place.mode("not a name", "lt-proc");
    let setup = place.setup();
    assert_eq!(installed(&setup), ["whole"]);
    let told =
        [vec!["-z", "-g", &data], vec!["-z", "-p", &data]].map(|told| told.into_iter().map(str::to_owned));
    let programs =
        told.map(|told| Program { path: place.path("bin/lt-proc").into(), arguments: told.collect() });
    assert_eq!(super::programs(&setup, "whole"), Ok(programs.into()));
    for (name, flaw) in [
        ("no-data", Flaw::Missing(missing)),
        ("no-program", Flaw::Missing("apertium-nowhere".to_owned())),
        ("relative", Flaw::Missing("data".to_owned())),
        ("shell", Flaw::NotAllowed("sh".to_owned())),
        ("absolute", Flaw::NotAllowed(place.path("bin/lt-proc"))),
        ("empty", Flaw::Shell),
        ("half", Flaw::Shell),
        ("long", Flaw::TooMany),
        ("nothing", Flaw::Unreadable),
        ("../modes/whole", Flaw::Unreadable),
    ] {
        assert_eq!(super::programs(&setup, name), Err(flaw), "{name}");
    }
    assert!(has_any(&setup) && !has_any(&Place::new("modes-none").setup()));
}
