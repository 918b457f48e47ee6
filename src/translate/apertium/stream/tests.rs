use super::*;

const EN: Language = Language::ENGLISH;

fn sent(text: &str) -> String {
    Stream::of(text).sent().to_owned()
}

/// What becomes of an answer to a text.
fn read(text: &str, answer: &str) -> Result<String, Rejection> {
    Stream::of(text).read(answer, EN).map(|read| read.text)
}

/// What becomes of a text that programs pass on as it is.
fn echoed(text: &str) -> String {
    let stream = Stream::of(text);
    let read = stream.read(stream.sent(), EN).unwrap();
    prompt::mask(text).restore(&read.text)
}

fn text(text: &str) -> Result<String, Rejection> {
    Ok(text.to_owned())
}

#[test]
fn a_line_becomes_a_sentence_and_ends_with_brackets() {
    assert_eq!(sent("Hola"), "Hola.[]\n");
    assert_eq!(sent("¿Dónde está A-4471? Lo pedí"), "¿Dónde está [#0]? Lo pedí.[]\n");
    assert_eq!(sent("I don’t know!"), "I don't know![]\n");
    assert_eq!(sent("a  \t b"), "a b.[]\n");
    assert_eq!(sent("one\n\n  two?\n---\n12:30"), "one.[]\ntwo?[]\n");
    assert_eq!(sent("12:30 😀"), "", "nothing to translate");
}

#[test]
fn what_is_a_command_is_escaped_and_what_looks_like_a_mark_travels_in_brackets() {
    assert_eq!(
        sent(r"a \ [b] {c d} ^e$ f/g <h>"),
        r"a \\ \[b\] \{c d\} \^e\$ f\/g \<h\>.[]".to_owned() + "\n"
    );
    assert_eq!(sent("*a* @juan #1 ~b"), "[#0]a[#1] [#2]juan [#3]1 [#4]b.[]\n");
    assert_eq!(sent("Mira https://a.example/x **ya**"), "Mira [#0] [#1]ya[#2].[]\n");
}

#[test]
fn programs_that_do_nothing_change_nothing() {
    for text in [
        "Hola",
        "¿Qué tal? Bien.",
        "  con margen  ",
        "una\n\n  dos\n\ttres: 3\n---\ncuatro",
        r"\ [ ] { } ^ $ / @ < > * # ~ a",
        "**negrita** _y_ `código` {nombre} <|eot|> [[7]] [[[0]]] [[a]]",
        "HOLA A-4471 Y https://EXAMPLE.COM/X",
        "\u{202E}al revés\u{202C} 😀 שלום مرحبا 你好",
        "<message>a</message>",
        "juan@example.com, y @juan",
        "Fin.\n.\n?\n*",
    ] {
        assert_eq!(echoed(text), text);
    }
    assert_eq!(echoed("a\u{0}b\u{7}c"), "abc", "the characters that would end a text are not sent");
}

#[test]
fn every_reserved_sign_survives_next_to_every_other() {
    let signs: Vec<char> = "\\[]{}^$/@<>*#~|&%='\"().,;:!?-_+0a ".chars().collect();
    for one in &signs {
        for other in &signs {
            let text = format!("x {one}{other}y{one} {other}z");
            let single = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!(echoed(&text), single);
        }
    }
}

#[test]
fn marks_are_counted_and_taken_off() {
    let stream = Stream::of("uno dos tres cuatro cinco");
    let read = stream.read("*One two #three, it's @four-five.[]\n", EN).unwrap();
    assert_eq!((read.text.as_str(), read.words, read.unknown), ("one two three, it's four-five", 5, 3));
    let read = stream.read("two*three* 4 *5 [#9]six.[]\n", EN).unwrap();
    assert_eq!((read.text.as_str(), read.words, read.unknown), ("twothree 4 5 six", 2, 1));
}

#[test]
fn lines_come_back_in_their_place() {
    let source = "Hola\n\n  - Adiós.\n12\nSí";
    assert_eq!(read(source, "Hello.[]\n- Bye.[]\nYes.[]\n"), text("Hello\n\n  - Bye.\n12\nYes"));
    assert_eq!(read(source, "Hello.\n[]- Bye.[]  Yes.[]"), text("Hello\n\n  - Bye.\n12\nYes"));
    for answer in
        ["", "Hello.[]\n", "Hello.[]\n- Bye.[]\nYes.[]\nNo.[]\n", "Hello.[]\n- Bye.[]\nYes.[]\nNo", "Hello"]
    {
        assert_eq!(read(source, answer), Err(Rejection::Markers), "{answer}");
    }
}

#[test]
fn what_is_in_brackets_comes_back_once_and_what_is_lost_at_the_end() {
    let source = "Mi código A-4471 no sirve en www.example.com";
    assert_eq!(read(source, "My code [#0] fails at [#1].[]\n"), text("My code [[0]] fails at [[1]]"));
    assert_eq!(read(source, "My code fails at [#1].[]\n"), text("My code fails at [[1]] [[0]]"));
    assert_eq!(read(source, "My [#0] code [#0] [#7] fails[#1].[]\n"), text("My [[0]] code   fails[[1]]"));
    assert_eq!(read("Ve a *casa*!", "Go [#1]!.[]\n"), text("Go *!. *"));
}

#[test]
fn a_line_begins_as_its_source_does() {
    for (source, answer, read_as) in [
        ("hola", "Hello.[]", "hello"),
        ("Hola", "hello.[]", "Hello"),
        ("¿Ya?", "\"is it?[]", "\"Is it?"),
        ("no sé", "I do not know.[]", "I do not know"),
        ("ídolo", "Idol.[]", "idol"),
        ("12 Días", "12 days.[]", "12 Days"),
    ] {
        assert_eq!(read(source, answer), text(read_as), "{source}");
    }
    let german = Stream::of("yo").read("Ich.[]", Language::parse("de").unwrap()).unwrap();
    assert_eq!(german.text, "ich");
}

#[test]
fn who_shouts_is_heard_low_and_answered_loud() {
    let source = "¡NO FUNCIONA A-4471!\nHola";
    assert_eq!(sent(source), "¡no funciona [#0]![]\nHola.[]\n");
    assert_eq!(read(source, "It does not work [#0]![]\nHello.[]\n"), text("IT DOES NOT WORK [[0]]!\nHello"));
    assert_eq!(sent("A"), "A.[]\n", "one letter is no shout");
}

#[test]
fn between_two_pipelines_only_the_marks_go() {
    let answer = "*Hola [#0] \\@a \\*b #c @d ~e l’home [=17]f\\\\.[]\n";
    assert_eq!(between(answer), "Hola [#0] \\@a \\*b c d e l'home [=17]f\\\\.[]\n");
    for broken in ["[", "\\", "a[0", "]", ""] {
        assert_eq!(between(broken), broken);
    }
}
