//! One row of the table: the server and the floor under the same load, by turns, so that what else the machine does hits
//! both alike.

use std::time::Duration;

use super::calls;
use super::drive::{Drive, Sample};
use super::process::Process;

/// How long and how often is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    /// Each time.
    pub(crate) span: Duration,
    /// Times; the medians count.
    pub(crate) repetitions: usize,
    /// Whether system calls are counted, where there is strace.
    pub(crate) counts_calls: bool,
}

/// A server, and the load on it.
pub(crate) struct Contestant {
    name: String,
    server: Process,
    drive: Drive,
}

impl Contestant {
    pub(crate) fn new(name: &str, server: Process, connect: impl FnOnce(&mut Drive, &Process)) -> Self {
        let mut drive = Drive::new();
        connect(&mut drive, &server);
        Self::ready(name, server, drive)
    }

    /// Everybody is connected already.
    pub(crate) fn ready(name: &str, server: Process, drive: Drive) -> Self {
        Self { name: name.to_owned(), server, drive }
    }
}

/// What the cost of a server is divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Message,
    Delivery,
}

impl Unit {
    fn count(self, sample: &Sample) -> f64 {
        match self {
            Self::Message => sample.messages as f64,
            Self::Delivery => sample.deliveries as f64,
        }
    }

    /// How many there ever were.
    pub(crate) fn total(self, drive: &Drive) -> u64 {
        match self {
            Self::Message => drive.messages_ever(),
            Self::Delivery => drive.deliveries_ever(),
        }
    }
}

pub(crate) fn print_head() {
    println!(
        "{:<44} {:>6} {:>6} {:>9} {:>10} {:>7} {:>7}  system calls a message",
        "", "goal", "× raw", "CPU µs", "msgs/s", "p50 µs", "p99 µs"
    );
}

/// Measures all and prints a line for each; the first is the floor.
pub(crate) fn row(title: &str, goal: Option<f64>, unit: Unit, all: &mut [Contestant], effort: Effort) {
    let mut samples = vec![Vec::new(); all.len()];
    for _ in 0..effort.repetitions {
        for (contestant, samples) in all.iter_mut().zip(&mut samples) {
            samples.push(contestant.drive.run(&contestant.server, effort.span));
        }
    }
    println!("{title}");
    let costs: Vec<Vec<f64>> =
        samples.iter().map(|samples| samples.iter().map(|one| cost(unit, one)).collect()).collect();
    for (index, contestant) in all.iter_mut().enumerate() {
        let ratio = median(costs[index].iter().zip(&costs[0]).map(|(own, raw)| own / raw));
        let samples = &samples[index];
        let cost = median(costs[index].iter().copied());
        let rate = median(samples.iter().map(|one| unit.count(one) / one.wall.as_secs_f64()));
        let [p50, p99] = [|one: &Sample| one.p50, |one: &Sample| one.p99]
            .map(|of| median(samples.iter().map(|one| of(one).as_secs_f64() * 1e6)));
        let is_ours = contestant.name == "dragoman";
        let goal = goal.filter(|_| is_ours).map_or(String::new(), |goal| format!("{goal:.2}"));
        let calls = if effort.counts_calls {
            calls::count(&contestant.server, &mut contestant.drive, unit)
        } else {
            String::new()
        };
        println!(
            "  {:<42} {goal:>6} {ratio:>6.2} {cost:>9.3} {rate:>10.0} {p50:>7.0} {p99:>7.0}  {calls}",
            contestant.name
        );
    }
}

/// Microseconds on a processor for each.
fn cost(unit: Unit, sample: &Sample) -> f64 {
    sample.cpu.as_secs_f64() * 1e6 / unit.count(sample)
}

pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
}
