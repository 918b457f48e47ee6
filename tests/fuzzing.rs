//! The targets of the fuzzers, run with their corpus: what was found once stays found.

#[path = "fuzz/targets.rs"]
mod targets;

use std::path::Path;

/// What a fuzzer feeds.
type Target = fn(&[u8]);

#[test]
fn the_corpus_of_every_target_holds() {
    let all: [(&str, Target); 5] = [
        ("http", targets::http),
        ("websocket", targets::websocket),
        ("doors", targets::doors),
        ("judge", targets::judge),
        ("trace", targets::trace),
    ];
    for (name, target) in all {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(name);
        let files = std::fs::read_dir(&directory).expect("every target has a corpus");
        let mut paths: Vec<_> = files.map(|file| file.expect("it can be listed").path()).collect();
        paths.sort();
        assert!(!paths.is_empty(), "the corpus of {name} is empty");
        for path in paths {
            println!("{}", path.display());
            #[expect(clippy::disallowed_methods, reason = "the corpus is in files")]
            target(&std::fs::read(&path).expect("it can be read"));
        }
    }
}
