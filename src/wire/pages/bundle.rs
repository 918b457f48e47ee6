//! Scripts as they are sent: modules that are always needed together as one file, without what only their readers need.
//!
//! Modules of a bundle are written one behind the other, so that a name at the top level of one means the same in all;
//! a test holds that no two have the same name there. What they import of each other falls away, and what they import of
//! another bundle is imported once. It knows as much of JavaScript as our own modules use: imports and exports are lines.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::sources::{BUNDLES, Bundle, SCRIPTS, content};

/// Every script that is sent: path and text.
pub(super) fn scripts() -> Vec<(&'static str, String)> {
    let is_alone = |path: &str| !BUNDLES.iter().any(|bundle| bundle.modules.contains(&name_of(path)));
    let alone =
        SCRIPTS.iter().filter(|(path, _)| is_alone(path)).map(|&(path, _)| (path, script(&[name_of(path)])));
    BUNDLES.iter().map(|Bundle { path, modules }| (*path, script(modules))).chain(alone).collect()
}

/// The file in which a module is sent.
pub(super) fn file_of(module: &str) -> String {
    let bundle = BUNDLES.iter().find(|bundle| bundle.modules.contains(&module));
    bundle.map_or_else(|| format!("/js/{module}.js"), |bundle| bundle.path.to_owned())
}

/// `say` of `/js/say.js`.
fn name_of(path: &str) -> &str {
    path.trim_start_matches("/js/").trim_end_matches(".js")
}

/// One script, made of some modules.
fn script(modules: &[&'static str]) -> String {
    let mut imports: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    let mut exports = Vec::new();
    let mut code = String::new();
    for module in modules {
        for line in lines(content(SCRIPTS, &format!("/js/{module}.js"))) {
            if let Some((names, from)) = import(line) {
                if !modules.contains(&from) {
                    imports.entry(file_of(from)).or_default().extend(names.split(',').map(str::trim));
                }
                continue;
            }
            let exported = line.strip_prefix("export ").filter(|_| modules.len() > 1);
            exports.extend(exported.and_then(declared));
            code.push_str(exported.unwrap_or(line));
            code.push('\n');
        }
    }
    let mut text = String::new();
    for (file, names) in imports {
        let names: Vec<_> = names.into_iter().collect();
        let _ =
            writeln!(text, "import {{ {} }} from '.{}';", names.join(", "), file.trim_start_matches("/js"));
    }
    text.push_str(&code);
    if !exports.is_empty() {
        let _ = writeln!(text, "export {{ {} }};", exports.join(", "));
    }
    text
}

/// The lines that do something.
fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    let mut in_comment = false;
    text.lines().map(str::trim).filter(move |line| {
        let is_comment = in_comment || line.starts_with("/*");
        in_comment = is_comment && !line.ends_with("*/");
        !is_comment && !line.is_empty() && !line.starts_with("//")
    })
}

/// The names and the module of `import { a, b } from './c.js';`
fn import(line: &'static str) -> Option<(&'static str, &'static str)> {
    let (names, from) = line.strip_prefix("import { ")?.split_once(" } from './")?;
    Some((names, from.strip_suffix(".js';")?))
}

/// The name that a line declares.
fn declared(line: &str) -> Option<&str> {
    let line = line.strip_prefix("async ").unwrap_or(line);
    let kinds = ["const ", "let ", "function ", "class "];
    let behind = kinds.iter().find_map(|kind| line.strip_prefix(kind))?;
    behind
        .split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$')
        .next()
        .filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_become_one_script() {
        let script = script(BUNDLES[1].modules);
        assert!(script.starts_with("import { "), "{script}");
        assert!(script.contains(" } from './core.js';"), "{script}");
        assert!(
            !script.contains("from './lobby.js'") && script.contains("\nfunction openLobby("),
            "{script}"
        );
        assert!(!script.contains("\n//") && !script.contains("/**"), "{script}");
        assert!(script.trim_end().ends_with("};"), "{script}");
    }

    #[test]
    fn a_module_imports_what_is_in_a_bundle_from_there() {
        let script = script(&["search"]);
        assert!(script.starts_with("import { say, t } from './core.js';\n"), "{script}");
        assert!(script.contains("export default function search("), "{script}");
    }

    /// What a reader of lines would misunderstand.
    #[test]
    fn modules_are_written_so_that_lines_say_it() {
        for (path, text) in SCRIPTS {
            for line in text.lines() {
                assert_eq!(line.matches('`').count() % 2, 0, "{path}: a text over several lines: {line}");
                let is_import = line.starts_with("import ") || line.starts_with("} from ");
                assert!(
                    !is_import || import(line.trim()).is_some_and(|(names, _)| !names.contains(" as ")),
                    "{path}: {line}"
                );
            }
        }
    }

    #[test]
    fn no_two_modules_of_a_bundle_declare_the_same_name() {
        for Bundle { path, modules } in &BUNDLES {
            let mut declared_by = BTreeMap::new();
            for module in *modules {
                for line in content(SCRIPTS, &format!("/js/{module}.js")).lines() {
                    for name in names_at_the_top(line) {
                        let before = declared_by.insert(name, *module);
                        assert!(
                            before.is_none_or(|before| before == *module),
                            "{path}: {name} of {module} and {before:?}"
                        );
                    }
                }
            }
            for (name, from) in imported(modules) {
                let declared = declared_by.get(name);
                assert_eq!(declared, None, "{path}: {name} of {from} and {declared:?}");
            }
        }
    }

    /// What a line of the top level declares, those in braces too.
    fn names_at_the_top(line: &'static str) -> Vec<&'static str> {
        let line = line.strip_prefix("export ").unwrap_or(line);
        match line.strip_prefix("const { ").and_then(|rest| rest.split_once(" } = ")) {
            Some((names, _)) => {
                names.split(", ").map(|name| name.rsplit(": ").next().unwrap_or(name)).collect()
            }
            None => declared(line).into_iter().collect(),
        }
    }

    /// What a bundle imports from outside, and whence.
    fn imported(modules: &[&'static str]) -> Vec<(&'static str, &'static str)> {
        let text = |module: &&str| content(SCRIPTS, &format!("/js/{module}.js")).lines();
        let imports = modules.iter().flat_map(text).filter_map(|line| import(line.trim()));
        let outside = imports.filter(|(_, from)| !modules.contains(from));
        outside.flat_map(|(names, from)| names.split(", ").map(move |name| (name, from))).collect()
    }
}
