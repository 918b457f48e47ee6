//! Allocations a message, counted inside the engine: from the bytes that were read to the bytes that are to be written.
//! The sockets add one queue for each connection and turn.

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

use super::support::{Desk, masked};
use dragoman::event::Event;

#[global_allocator]
static COUNTING: &StatsAlloc<std::alloc::System> = &INSTRUMENTED_SYSTEM;

const MESSAGES: usize = 10_000;

/// Prints the rows.
pub(crate) fn table() {
    let mut desk = Desk::open();
    let pair = desk.pair();
    let frame = masked(r#"{"content":"The quick brown fox jumps over the lazy dog, and then she rests."}"#);
    let mut say = |times: usize| {
        for number in 0..times {
            desk.handle(Event::Bytes { conn: pair.customer, bytes: &frame });
            if number % 64 == 63 {
                desk.drain(pair);
            }
        }
    };
    // Until the log of the room is at its limit and no longer grows.
    say(2 * MESSAGES);
    let region = Region::new(COUNTING);
    say(MESSAGES);
    let change = region.change();
    println!(
        "\nthe engine alone, a message from its bytes to the bytes of its acknowledgement and its delivery"
    );
    let each = |count: usize| count as f64 / MESSAGES as f64;
    println!("  {:<42} {:>17.2}", "allocations", each(change.allocations));
    println!("  {:<42} {:>17.2}", "of them grown again", each(change.reallocations));
    println!("  {:<42} {:>17.0}", "bytes", each(change.bytes_allocated));
}
