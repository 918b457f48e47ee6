//! What a program is given, and what is left of it.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{PidfdFlags, pidfd_open};

use super::*;

#[test]
fn a_program_sees_next_to_nothing_and_is_bounded() {
    let place = Place::new("bounds");
    place.pipeline("echo", ECHO);
    // The bounds come after the start and before the first text.
    let show = "pwd; ls /proc/self/fd | wc -l; env | sort; cat /proc/self/limits";
    place.pipeline(
        "show",
        &format!("IFS= read -r -d '' text; printf '%s' \"$text\"; {show}; printf '\\0'; exec cat"),
    );
    let mut scene = Scene::of(place.setup());
    assert_eq!(
        scene.say(&["echo"], "another, whose pipes are its own"),
        text("another, whose pipes are its own")
    );
    let shown = scene.say(&["show"], "x").unwrap();
    let mut lines = shown.lines();
    assert_eq!(lines.next(), Some("x/"));
    // Input, output, errors, the folder that is listed, and what whoever runs the tests has left open for everybody.
    assert_eq!(lines.next().map(str::trim), Some(&*(4 + left_open()).to_string()));
    // What bash sets for itself begins with these.
    let own = |line: &&str| !["PWD=", "SHLVL=", "_=", "OLDPWD="].iter().any(|it| line.starts_with(it));
    let seen: Vec<_> = lines.take_while(|line| line.contains('=')).filter(own).collect();
    assert_eq!(seen, ["LC_ALL=C.UTF-8".to_owned(), format!("PATH={}", place.setup().path())]);
    for (name, most) in
        [("address space", "1073741824"), ("cpu time", "600"), ("core file size", "0"), ("open files", "32")]
    {
        let name = format!("Max {name}");
        let line = shown.lines().find(|line| line.starts_with(&name)).unwrap();
        let limits: Vec<_> = line[name.len()..].split_whitespace().take(2).collect();
        assert_eq!(limits, [most; 2], "{name}");
    }
}

/// Files of this process, beyond the first three, that every program it starts has as well.
fn left_open() -> usize {
    let is_kept = |entry: &fs::DirEntry| {
        let number = entry.file_name().into_string().unwrap();
        let flags = fs::read_to_string(entry.path()).unwrap_or_default();
        let flags = flags.lines().find_map(|line| line.strip_prefix("flags:"));
        // The one that lists them is gone by now.
        let flags = flags.and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok());
        number.parse::<u32>().unwrap() > 2 && flags.is_some_and(|flags| flags & 0o2_000_000 == 0)
    };
    fs::read_dir("/proc/self/fdinfo").unwrap().flatten().filter(is_kept).count()
}

#[test]
fn nothing_is_left_when_the_crew_stops() {
    let mut scene = Scene::at(place("stop"));
    assert_eq!(scene.say(&["three"], "Hola"), text("Hola"));
    assert_eq!(scene.say(&["echo"], "Hola"), text("Hola"));
    let mut ids = [scene.ids("three"), scene.ids("echo")].concat();
    scene.ask(1, &["mute"], "still running");
    scene.ask(2, &["echo"], "running or waiting");
    scene.crew.stop();
    ids.retain(|id| lives(*id));
    assert!(ids.is_empty(), "{ids:?}");
    assert!(scene.crew.idle.is_empty());
}

#[test]
fn programs_end_when_nobody_holds_the_other_end_of_their_input() {
    let place = place("closed");
    let setup = place.setup();
    let start = || group::Group::start(&modes::programs(&setup, "three").unwrap(), &setup.path()).unwrap();
    let (first, second) = (start(), start());
    // Nobody kills; the second, started later, holds nothing of the first.
    first.let_go();
    assert!(second.is_quiet());
}

/// Set for the process that is to be killed.
const VICTIM: &str = "DRAGOMAN_PIPELINES_VICTIM";

#[test]
fn nothing_is_left_when_the_server_is_killed() {
    if std::env::var_os(VICTIM).is_some() {
        return be_killed();
    }
    let name = "reactor::pipelines::tests::left::nothing_is_left_when_the_server_is_killed";
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(VICTIM, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    let ids = lines
        .map_while(Result::ok)
        .find_map(|line| line.split_once("ids ").map(|it| it.1.to_owned()))
        .unwrap();
    let ids: Vec<_> = ids.split(' ').map(|id| pid(id.parse().unwrap())).collect();
    assert_eq!(ids.len(), 5);
    let watched: Vec<_> = ids.iter().map(|id| pidfd_open(*id, PidfdFlags::empty()).unwrap()).collect();
    victim.kill().unwrap();
    victim.wait().unwrap();
    // It could not clear its place away.
    drop(Place(std::env::temp_dir().join(format!("dragoman-pipelines-{}-victim", victim.id()))));
    for watched in watched {
        let mut ends = [PollFd::new(&watched, PollFlags::IN)];
        let time = Timespec::try_from(TOO_LONG).unwrap();
        assert_eq!(poll(&mut ends, Some(&time)), Ok(1), "a program has not ended");
    }
}

/// Runs pipelines, one of them in the middle of a text, says which, and waits for its end.
fn be_killed() {
    let place = place("victim");
    let mut scene = Scene::of(place.setup());
    for name in ["three", "echo", "mute"] {
        scene.ask(1, &[name], "Hola");
        if name != "mute" {
            assert!(scene.told().1.is_ok());
        }
    }
    let mut ids = [scene.ids("three"), scene.ids("echo")].concat();
    // That of the running text was started by a thread, and may not be there yet.
    while ids.len() < 5 {
        let children = fs::read_dir("/proc/self/task").unwrap().flatten();
        let children = children.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
        ids = children.collect::<String>().split_whitespace().map(|id| id.parse().unwrap()).collect();
    }
    let ids: Vec<_> = ids.iter().map(u32::to_string).collect();
    println!("ids {}", ids.join(" "));
    io::stdin().read_line(&mut String::new()).unwrap();
}
