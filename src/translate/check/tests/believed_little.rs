//! What a model makes up, answers itself, leaves out or says twice; beside what only looks like it.

use super::*;

#[test]
fn hours_and_dates_are_told_in_another_way() {
    for (from, to, text, answer) in [
        ("de", "en", "Ab 18 Uhr", "From 6 p.m."),
        ("en", "de", "From 6:30 p.m.", "Ab 18.30 Uhr"),
        ("de", "en", "Am 3. Mai um halb 7", "At 6:30 on 3 May"),
        ("zh", "en", "下午3点", "At 15:00"),
        ("en", "de", "On 05/12/2024", "Am 5. Dezember 2024"),
        ("ja", "en", "1万5千円", "15,000 yen"),
        ("en", "ko", "35,000 won", "3만 5천 원"),
        ("zh", "de", "十二天", "12 Tage"),
        ("en", "de", "2,000 of them", "Zwei Tausend davon"),
    ] {
        assert_eq!(between(from, to, text, answer), delivered(answer), "{text}");
    }
    for (from, to, text, answer) in [
        ("de", "en", "Ab 18 Uhr", "From 6 o'clock"),
        ("en", "de", "At 9 a.m.", "Um 21 Uhr"),
        ("en", "de", "Take 3 of them", "Nehmen Sie 8 davon"),
        ("en", "de", "From 5 to 7 days", "Zwischen 5 und 5 Tagen"),
        ("ja", "en", "1万5千円", "150,000 yen"),
    ] {
        assert_eq!(between(from, to, text, answer), Err(Rejection::Numbers), "{text}");
    }
}

#[test]
fn what_leads_elsewhere_must_stand_in_the_text() {
    for invented in [
        "Where is my order? See https://track.example.com/x",
        "Where is my order? www.example.com",
        "Where is my order? example.com",
        "Where is my order? t.me/help",
        "Where is my order? help@example.com",
        "Where is my order? @shop_help",
        "Where is my order? See пример.рф",
        "Where is my order? Call 0800 123 456",
        "Where is my order? Call ٠٥٠١٢٣٤٥٦٧",
        "Where is my order? 1-888-555-0147",
    ] {
        assert_eq!(plain("¿Dónde está mi pedido?", invented), Err(Rejection::Invented), "{invented}");
    }
    for (text, answer) in [
        ("Compré en tienda.es y no llega", "I bought at tienda.es and it does not arrive"),
        ("Soy @ana_ruiz en Instagram", "I am @ana_ruiz on Instagram"),
        ("Adjunto factura.pdf", "I attach invoice.pdf"),
        ("Llega a las 3 p.m. o así", "It arrives at 3 p.m. or so"),
        ("No llega.Quiero hablar con alguien", "It does not arrive.I want to talk to somebody"),
        ("Son dos mil quinientos", "It is 2,500"),
    ] {
        assert_eq!(plain(text, answer), delivered(answer));
    }
}

#[test]
fn an_agent_does_not_answer_in_place_of_a_translation() {
    for (text, answer) in [
        ("Mi pantalla está negra desde ayer.", "I'm sorry to hear that, that is annoying."),
        ("Mi pantalla está negra desde ayer.", "I'm sorry, but I can't assist with that."),
        ("Mi pantalla está negra desde ayer.", "How long has it been black?"),
        ("Mi pantalla está negra desde ayer.", "The message says: my screen has been black since yesterday."),
        ("Mi pantalla está negra desde ayer.", "My screen has been black since yesterday. (informal)"),
        ("Mi pantalla está negra desde ayer.", "I will look into your screen right away."),
    ] {
        assert_eq!(plain(text, answer), Err(Rejection::Chatter), "{answer}");
    }
}

#[test]
fn a_text_comes_whole_and_once() {
    let text =
        "La pantalla está negra desde ayer. Ya he reiniciado el teléfono tres veces y no sirve de nada.";
    let half = "The screen has been black since yesterday.";
    let whole =
        "The screen has been black since yesterday. I have restarted the phone three times to no avail.";
    assert_eq!(plain(text, half), Err(Rejection::Length));
    assert_eq!(plain(text, whole), delivered(whole));
    assert_eq!(plain(text, &format!("{whole} {half}")), Err(Rejection::Repetition));
    assert_eq!(plain("Muy bien", "Very well. Very well."), Err(Rejection::Repetition));
}

#[test]
fn twins_share_sentences_and_others_do_not() {
    let said = "Hvor er min pakke?";
    assert_eq!(between("da", "nb", said, said), delivered(said));
    assert_eq!(between("da", "sv", said, said), Err(Rejection::Echo));
    let address = "12 rue de la Paix, 75002 Paris";
    assert_eq!(between("fr", "en", address, address), delivered(address));
}
