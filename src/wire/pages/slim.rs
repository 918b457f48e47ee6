//! A script without what only people read: comments, indentation, blanks around signs.
//!
//! Comments and blanks are a third of our scripts; a phone would pay for them with every visit and has no use for them.
//! The scripts are served as they are written otherwise: no name is changed, nothing is moved, no tool is needed.
//!
//! It knows strings, templates and regular expressions as far as *our* scripts go, and is no parser: it must not be
//! given anybody else's. Its one assumption is that statements end with `;` or a block. The blanks it takes away are
//! those beside a sign that separates by itself; `a + +b` is not `a++b`, so between two of these one stays.

/// Signs that need no blank, nor the end of a line, on either side.
const SEPARATES: &str = "{}()[],;=:?&|<>*";
/// Signs that become others where they meet.
const MEET: &str = "+-";

/// See the module.
pub(super) fn slim(script: &str) -> String {
    let mut slimmer =
        Slimmer { rest: script, out: String::with_capacity(script.len()), blank: None, nested: vec![] };
    while let Some(next) = slimmer.rest.chars().next() {
        slimmer.step(next);
    }
    slimmer.out.push('\n');
    slimmer.out
}

struct Slimmer<'s> {
    rest: &'s str,
    out: String,
    /// What stood between the last sign and the next: a blank or the end of a line.
    blank: Option<char>,
    /// For each template that we are inside a `${}` of: how many braces are open in there.
    nested: Vec<usize>,
}

impl Slimmer<'_> {
    fn step(&mut self, next: char) {
        match next {
            _ if next.is_whitespace() => {
                self.blank = self.blank.filter(|blank| *blank == '\n' || next != '\n').or(Some(next));
                self.skip(next.len_utf8());
            }
            '/' if self.rest.starts_with("//") => self.skip(self.rest.find('\n').unwrap_or(self.rest.len())),
            '/' if self.rest.starts_with("/*") => {
                self.skip(self.rest.find("*/").map_or(self.rest.len(), |end| end + 2));
            }
            '/' if self.begins_a_pattern() => self.copy(end_of_pattern(self.rest)),
            '\'' | '"' => self.copy(end_of_string(self.rest, next)),
            '`' => self.template(1),
            '}' if self.nested.last() == Some(&0) => {
                self.nested.pop();
                self.template(1);
            }
            _ => {
                if let Some(open) = self.nested.last_mut() {
                    *open = open
                        .saturating_add(usize::from(next == '{'))
                        .saturating_sub(usize::from(next == '}'));
                }
                self.copy(next.len_utf8());
            }
        }
    }

    /// A `/` where a value is expected begins a regular expression; after a value it divides.
    fn begins_a_pattern(&self) -> bool {
        self.out.chars().next_back().is_none_or(|last| "(,=:[!&|?{};>".contains(last))
    }

    /// The text of a template, up to its end or the next `${`; the first `from` bytes end what was before.
    fn template(&mut self, from: usize) {
        let end = end_of_text(self.rest, from);
        if self.rest.get(..end).is_some_and(|text| text.ends_with("${")) {
            self.nested.push(0);
        }
        self.copy(end);
    }

    fn copy(&mut self, bytes: usize) {
        let (piece, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        if let (Some(blank), Some(last), Some(next)) =
            (self.blank.take(), self.out.chars().next_back(), piece.chars().next())
            && is_needed_between(last, next)
        {
            self.out.push(if blank == '\n' { '\n' } else { ' ' });
        }
        self.out.push_str(piece);
        self.rest = rest;
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }
}

fn is_needed_between(last: char, next: char) -> bool {
    match (MEET.contains(last), MEET.contains(next)) {
        (true, true) => true,
        (false, false) => !SEPARATES.contains(last) && !SEPARATES.contains(next) && next != '.',
        _ => false,
    }
}

/// Where a string ends that begins here, in bytes.
fn end_of_string(text: &str, quote: char) -> usize {
    let mut escaped = false;
    let end = text.char_indices().skip(1).find(|(_, c)| {
        let ends = *c == quote && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |(at, c)| at + c.len_utf8())
}

/// Where a regular expression ends that begins here; a `/` within brackets does not end it.
fn end_of_pattern(text: &str) -> usize {
    let (mut escaped, mut listed) = (false, false);
    let end = text.char_indices().skip(1).find(|(_, c)| {
        let ends = *c == '/' && !escaped && !listed;
        listed = !escaped && (*c == '[' || listed && *c != ']') || escaped && listed;
        escaped = *c == '\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |(at, _)| at + 1)
}

/// Where the text of a template ends, behind its quote or its next `${`.
fn end_of_text(text: &str, from: usize) -> usize {
    let mut escaped = false;
    let mut before = ' ';
    let end = text.char_indices().skip(from).find(|(_, c)| {
        let ends = !escaped && (*c == '`' || *c == '{' && before == '$');
        escaped = *c == '\\' && !escaped;
        before = *c;
        ends
    });
    end.map_or(text.len(), |(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn becomes(script: &str, slimmed: &str) {
        assert_eq!(slim(script), format!("{slimmed}\n"));
        assert_eq!(slim(slimmed), format!("{slimmed}\n"), "once more changes nothing");
    }

    #[test]
    fn comments_and_blanks_go() {
        becomes(
            "// One.\n\n/** Says\n * two. */\nexport const two = () => {\n  return 1 + +a; // yes\n};\n\nb();\n",
            "export const two=()=>{return 1+ +a;};b();",
        );
        becomes("if (a) b();\nelse {\n  c /* so */ -= 1;\n}\nd();\n", "if(a)b();else{c-=1;}d();");
        becomes("let x\nlet y = a - -b - c--;", "let x\nlet y=a- -b-c--;");
        becomes("a\n  .b( c )\n  .d[ 0 ] * 2 ;", "a.b(c).d[0]*2;");
    }

    #[test]
    fn what_is_quoted_stays() {
        becomes("a = 'it\\'s  // here' + \"  \" ;", "a='it\\'s  // here'+\"  \";");
        becomes(
            "a = ` x  ${ b ? ` {  ${c }} ` : '}' }  y // z `;",
            "a=` x  ${b?` {  ${c}} `:'}'}  y // z `;",
        );
        becomes("a = b.replace(/[/\"' ]  \\/ x/g, '') / 2 / c;", "a=b.replace(/[/\"' ]  \\/ x/g,'')/ 2 / c;");
        becomes("a = \"ü\" ;  b = `é ${ ü }`;", "a=\"ü\";b=`é ${ü}`;");
    }

    #[test]
    fn anything_is_survived() {
        for broken in ["", "'", "`${", "/", "/*", "a = /[", "`\\", "}}}", "${", "//", "`${`${"] {
            assert!(slim(broken).len() <= broken.len() + 1, "{broken}");
        }
    }
}
