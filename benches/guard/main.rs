//! Has anything become more expensive? Instructions and allocations of every scenario, held against `expected.txt`.
//!
//! Both are counts, not times: they are the same on a slow machine and on a busy one. Callgrind counts the instructions
//! of our own program, that of the libraries of the system left out, since these have other code for other processors.
//! Each scenario runs so many times and twice as many; the difference is what the deed itself takes. Another compiler
//! makes other code, so with another one than `expected.txt` was written by only allocations are judged.
//!
//! ```text
//! cargo bench --bench guard                        says what grew by more than the tolerance, and fails
//! UPDATE_GUARD=1 cargo bench --bench guard         writes expected.txt anew; the review is `git diff`
//! ```

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a bench is a shell of its own: it has files and children, and what cannot go on shall panic"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use support::scenarios::{ENGINE, FLAT, PIECES, Scenario};

mod callgrind;
#[path = "../support/mod.rs"]
mod support;

#[global_allocator]
static COUNTING: &StatsAlloc<std::alloc::System> = &INSTRUMENTED_SYSTEM;

/// What may be more before it counts as grown: the layout of memory moves a little.
const INSTRUCTIONS_TOLERANCE: f64 = 0.03;
const ALLOCATIONS_TOLERANCE: f64 = 0.01;
/// What may be more where many do what few do: tables are deeper, and what is far apart costs the same here.
const STEEPNESS_TOLERANCE: f64 = 0.10;

/// What one deed takes.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Cost {
    /// None without valgrind.
    instructions: Option<u64>,
    allocations: f64,
    bytes: u64,
}

fn all() -> impl Iterator<Item = Scenario> {
    ENGINE.into_iter().chain(PIECES)
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    if arguments.next().as_deref() == Some("--run") {
        let (name, times) = (arguments.next().unwrap(), arguments.next().unwrap().parse().unwrap());
        let scenario = all().find(|scenario| scenario.name == name).unwrap();
        run(scenario, times);
        return ExitCode::SUCCESS;
    }
    let counts = callgrind::is_there();
    if !counts {
        println!("valgrind is not installed: instructions are not counted");
    }
    let measured: Vec<_> = all().map(|scenario| (scenario.name, measure(scenario, counts))).collect();
    if std::env::var_os("UPDATE_GUARD").is_some() {
        assert!(counts, "expected.txt needs the instructions too");
        fs::write(place(), write(&measured)).unwrap();
        return ExitCode::SUCCESS;
    }
    judge(&measured)
}

/// Does the deed so many times.
fn run(scenario: Scenario, times: u32) {
    let mut deed = (scenario.prepare)();
    for _ in 0..times {
        deed();
    }
}

fn measure(scenario: Scenario, counts: bool) -> Cost {
    let times = scenario.times;
    let mut deed = (scenario.prepare)();
    for _ in 0..times {
        deed();
    }
    let region = Region::new(COUNTING);
    for _ in 0..times {
        deed();
    }
    let change = region.change();
    let instructions = counts.then(|| {
        let [once, twice] = [times, 2 * times].map(|times| callgrind::instructions(scenario.name, times));
        (twice - once) / u64::from(times)
    });
    Cost {
        instructions,
        allocations: (change.allocations + change.reallocations) as f64 / f64::from(times),
        bytes: change.bytes_allocated as u64 / u64::from(times),
    }
}

// ---- what was expected ----

fn place() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("benches/guard/expected.txt")
}

fn compiler() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output().unwrap();
    let target = format!("{} {}", std::env::consts::ARCH, std::env::consts::OS);
    format!("{} {target}", String::from_utf8(output.stdout).unwrap().trim())
}

fn write(measured: &[(&str, Cost)]) -> String {
    let mut text = format!("# {}\n# instructions  allocations  bytes  of one\n", compiler());
    for (name, cost) in measured {
        let instructions = cost.instructions.unwrap_or_default();
        text += &format!("{instructions:>14} {:>12.2} {:>6}  {name}\n", cost.allocations, cost.bytes);
    }
    text
}

fn read(text: &str) -> BTreeMap<&str, Cost> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let read = lines.map(|line| {
        let mut words = line.split_whitespace();
        let mut number = || words.next().unwrap().parse::<f64>().unwrap();
        let (instructions, allocations, bytes) = (number(), number(), number());
        let cost = Cost { instructions: Some(instructions as u64), allocations, bytes: bytes as u64 };
        (name_of(line), cost)
    });
    read.collect()
}

/// What stands behind the three numbers.
fn name_of(line: &str) -> &str {
    let mut rest = line;
    for _ in 0..3 {
        rest = rest.trim_start().split_once(' ').unwrap().1;
    }
    rest.trim()
}

/// What costs more than another deed so many times over.
fn steep(measured: &[(&str, Cost)]) -> Vec<String> {
    let instructions = |name: &str| {
        let found = measured.iter().find(|(it, _)| *it == name);
        let (_, cost) = found.unwrap_or_else(|| panic!("there is no scenario {name}"));
        cost.instructions.map(|instructions| instructions as f64)
    };
    let mut steep = Vec::new();
    for (large, times, small) in FLAT {
        let (Some(large_one), Some(small_one)) = (instructions(large), instructions(small)) else { continue };
        let more = large_one / (small_one * f64::from(times)) - 1.0;
        println!("{large}: {:+.1}% of {times} times {small}", 100.0 * more);
        if more > STEEPNESS_TOLERANCE {
            steep.push(format!("{large} takes {:.1} % more than {times} times {small}", 100.0 * more));
        }
    }
    steep
}

fn judge(measured: &[(&str, Cost)]) -> ExitCode {
    let Ok(text) = fs::read_to_string(place()) else {
        println!("there is no expected.txt to hold it against; UPDATE_GUARD=1 writes one");
        return ExitCode::SUCCESS;
    };
    let expected = read(&text);
    let same_compiler = text.lines().next().is_some_and(|line| line == format!("# {}", compiler()));
    if !same_compiler {
        println!("expected.txt is of another compiler: instructions are shown, not judged");
    }
    let mut grown = steep(measured);
    println!("{:<36} {:>12} {:>7} {:>12} {:>7}", "one", "instructions", "", "allocations", "");
    for (name, cost) in measured {
        let Some(before) = expected.get(name) else {
            grown.push(format!("{name} is not in expected.txt"));
            continue;
        };
        let more = |now: f64, before: f64| if now == before { 0.0 } else { now / before - 1.0 };
        let instructions = cost.instructions.unwrap_or_default() as f64;
        let in_work = more(instructions, before.instructions.unwrap_or_default() as f64);
        let in_memory = more(cost.allocations, before.allocations);
        println!(
            "{name:<36} {instructions:>12.0} {:>+6.1}% {:>12.2} {:>+6.1}%",
            100.0 * in_work,
            cost.allocations,
            100.0 * in_memory
        );
        if same_compiler && cost.instructions.is_some() && in_work > INSTRUCTIONS_TOLERANCE {
            grown.push(format!("{name} takes {:.1} % more instructions", 100.0 * in_work));
        }
        if in_memory > ALLOCATIONS_TOLERANCE {
            grown.push(format!("{name} makes {:.1} % more allocations", 100.0 * in_memory));
        }
    }
    for one in &grown {
        println!("grown: {one}");
    }
    if grown.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("if that is worth it: UPDATE_GUARD=1 cargo bench --bench guard, and say why in the commit");
    ExitCode::FAILURE
}
