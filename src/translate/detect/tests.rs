use super::*;
use crate::config::Config;

fn offered(codes: &str) -> Vec<Language> {
    codes.split(',').map(|code| Language::parse(code).unwrap()).collect()
}

fn detected(text: &str, codes: &str) -> Option<&'static str> {
    detect(text, &offered(codes)).map(Language::code)
}

fn by_default(text: &str) -> Option<&'static str> {
    detect(text, &Config::defaults().languages.0).map(Language::code)
}

#[test]
fn a_few_sentences_tell_the_language() {
    for (text, code) in [
        ("Hi, I can't log in to my account since yesterday and I need to change the delivery address.", "en"),
        ("Olá, não consigo entrar na minha conta. Vocês podem me ajudar? Muito obrigado.", "pt"),
        ("Hola, no puedo entrar en mi cuenta. ¿Me pueden ayudar? Muchas gracias, señor.", "es"),
        ("Wo ist mein Paket? Ich möchte meine Bestellung stornieren, weil sie zu spät kommt.", "de"),
        ("Где моя посылка? Она должна была прийти двенадцатого мая, но её всё ещё нет.", "ru"),
        ("Γεια σας, πού είναι το δέμα μου;", "el"),
        ("注文の料金が二重に請求されています", "ja"),
        ("구독을 취소하고 싶습니다", "ko"),
        ("我想取消我的订阅", "zh"),
        ("أود إلغاء اشتراكي من فضلكم", "ar"),
    ] {
        assert_eq!(by_default(text), Some(code), "{text}");
    }
}

#[test]
fn little_text_tells_nothing() {
    for text in [
        "",
        "ok",
        "ok, danke",
        "Hello",
        "12345 67890",
        "😡😡😡",
        "A-4471",
        "https://www.beispiel.example/wo-ist-mein-paket",
        "谢谢",
    ] {
        assert_eq!(by_default(text), None, "{text}");
    }
}

#[test]
fn a_language_not_on_offer_is_not_taken_for_another() {
    for (text, codes) in [
        ("Olá, não consigo entrar na minha conta. Vocês podem me ajudar?", "en,ru"),
        ("Olá, não consigo entrar na minha conta. Vocês podem me ajudar?", "en,es"),
        ("Bạn có thể gửi lại hóa đơn cho tôi không?", "en,pt,fr"),
        ("Voisitteko lähettää laskun uudelleen?", "en,de"),
        ("Вітаю, з мене двічі зняли гроші за замовлення, дуже дякую за допомогу", "en,ru"),
        ("رمز عبورم را فراموش کرده‌ام و نمی‌توانم وارد شوم.", "en,ar"),
        ("我想取消我的订阅谢谢", "en,ja"),
        ("Où est mon colis ? Il aurait dû arriver la semaine dernière déjà.", "de"),
        ("Где моя посылка, пожалуйста", ""),
    ] {
        let offered: Vec<Language> = codes.split(',').filter_map(Language::parse).collect();
        assert_eq!(detect(text, &offered), None, "{text}");
    }
}

#[test]
fn galician_on_offer_makes_portuguese_doubtful() {
    let text = "Olá, não consigo entrar na minha conta. Vocês podem me ajudar? Muito obrigado.";
    assert_eq!(detected(text, "en,pt"), Some("pt"));
    assert_eq!(detected(text, "en,pt,gl"), None);
}

#[test]
fn chinese_is_the_one_on_offer_or_the_one_written() {
    let (simplified, traditional) = ("请问我的订单什么时候能到", "請問我的訂單什麼時候能到");
    assert_eq!(detected(traditional, "en,zh"), Some("zh"));
    assert_eq!(detected(simplified, "en,zh-Hant"), Some("zh-Hant"));
    assert_eq!(detected(traditional, "en,zh,zh-Hant"), Some("zh-Hant"));
    assert_eq!(detected(simplified, "en,zh-Hant,zh"), Some("zh"));
    assert_eq!(SIMPLIFIED.chars().count(), TRADITIONAL.chars().count());
}

#[test]
fn every_language_is_known_once_and_by_its_code() {
    for (code, _) in KNOWN {
        assert_eq!(Language::parse(code).map(Language::code), Some(code));
        assert_eq!(KNOWN.iter().filter(|(other, _)| *other == code).count(), 1);
    }
}

fn browser(header: &str, codes: &str) -> Option<&'static str> {
    from_accept_language(header, &offered(codes)).map(Language::code)
}

#[test]
fn the_browser_says_what_it_prefers() {
    for (header, codes, found) in [
        ("pt-BR,pt;q=0.9,en;q=0.8", "en,pt", Some("pt")),
        ("en;q=0.8, pt;q=0.9", "en,pt", Some("pt")),
        ("fr, en;q=0.5", "en,pt", Some("en")),
        ("en;q=0.5,pt;q=0.5", "en,pt", Some("en")),
        ("pt;q=0, *;q=0.5", "en,pt", None),
        ("pt;q=0,en;q=0.001", "en,pt", Some("en")),
        ("*", "en", None),
        ("zh-TW", "en,zh", Some("zh")),
        ("zh-TW,zh;q=0.9", "zh,zh-Hant", Some("zh-Hant")),
        (" EN-us ; q = 1.000 ", "en", Some("en")),
    ] {
        assert_eq!(browser(header, codes), found, "{header}");
    }
}

#[test]
fn a_garbled_header_is_no_preference() {
    for header in [
        "",
        ",,,;",
        ";q=1",
        "en;q",
        "en;q=",
        "en;q=2",
        "en;q=1.5",
        "en;q=-1",
        "en;q=0.1234",
        "en;q=nan",
        "english",
        "en;q=0.é",
    ] {
        assert_eq!(browser(header, "en"), None, "{header}");
    }
    assert_eq!(browser("en;q=x, pt;q=0.1, \u{1F600}", "en,pt"), Some("pt"));
}
