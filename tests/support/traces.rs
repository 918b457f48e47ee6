//! The traces in a folder.

use std::path::{Path, PathBuf};

use dragoman::trace::Trace;

/// Every trace below a folder of the project, in order, with where it is. There is at least one.
pub(crate) fn traces_in(folder: &str) -> Vec<(PathBuf, Trace)> {
    let mut paths = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut paths);
    assert!(!paths.is_empty(), "there are no traces in {folder}");
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), read(&path))).collect()
}

fn collect(directory: &Path, paths: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(directory).expect("the folder can be read");
    for path in entries.map(|entry| entry.expect("its entries can be read").path()) {
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "trace") {
            paths.push(path);
        }
    }
}

fn read(path: &Path) -> Trace {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Trace::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
