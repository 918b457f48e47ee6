//! Each engine on real sockets: what the format asks goes through the shell to a fake that speaks the API, with the key
//! where it belongs, and the answer back to the format.

use super::*;
use crate::config::Config;
use crate::reactor::keys::Keys;
use crate::reactor::services::setups;
use crate::translate::check::Rejection;
use crate::translate::deepl::DeepL;
use crate::translate::format::{Format, Probed};
use crate::translate::libretranslate::LibreTranslate;
use crate::translate::openai::OpenAi;
use crate::translate::prompt::{Ask, Mode};
use crate::translate::verdict::Verdict;
use crate::vocabulary::{JobSpec, Language};

#[allow(
    dead_code,
    clippy::disallowed_methods,
    reason = "shared with the tests of the whole server, which is a shell of its own"
)]
#[path = "../../../../tests/support/engines/mod.rs"]
mod fakes;
use fakes::{Fake, Said};

const SPANISH: &str = "Me han cobrado dos veces.";
const ENGLISH: &str = "They have charged me twice.";
const KEY: &str = "the-very-secret-key:fx";

/// A format, and the shell's way to its service.
struct Scene<F> {
    format: F,
    config: Config,
    setup: Setup,
}

impl<F: Format> Scene<F> {
    fn new(format: F, service: Service, vars: &[(&str, &str)]) -> Self {
        let find =
            |name: &str| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let config = Config::read(find).unwrap();
        let all = setups(&config, &Keys::read(find).unwrap());
        let setup = all.into_iter().find(|setup| setup.service == service).unwrap();
        Self { format, config, setup }
    }

    fn call(&self, spec: JobSpec) -> JobOutcome {
        let JobSpec::Http(spec) = spec else { panic!("no HTTP: {spec:?}") };
        assert!(!format!("{spec:?}").contains(KEY), "{spec:?}");
        call(&agent_for(&self.setup), &self.setup, &spec, &mut |_| panic!("nobody asked for pieces"))
    }

    fn probe(&mut self) -> Probed {
        let mut spec = self.format.begin_probe(&self.config, false);
        loop {
            match self.format.on_probe(&self.config, &self.call(spec)) {
                Probed::Next(next) => spec = next,
                probed => return probed,
            }
        }
    }

    /// Asks until it was understood.
    fn ask(&mut self, from: &str, text: &str, mode: Mode) -> Verdict {
        let from = Language::parse(from);
        let ask = Ask { text: text.into(), from, to: Language::ENGLISH, mode }.into();
        loop {
            let outcome = self.call(self.format.translate(&self.config, &ask));
            match self.format.judge(&self.config, &ask, &outcome) {
                Verdict::AskOtherwise => {}
                verdict => return verdict,
            }
        }
    }
}

fn done(text: &str, detected: &str) -> Verdict {
    Verdict::Translated { text: text.to_owned(), detected: Language::parse(detected) }
}

fn limited(retry_after: Option<&str>) -> Verdict {
    Verdict::Limited { retry_after: retry_after.map(str::to_owned) }
}

fn openai(change: impl FnOnce(&mut fakes::openai::OpenAi)) -> (Fake<fakes::openai::OpenAi>, Scene<OpenAi>) {
    let fake = Fake::start(fakes::openai::OpenAi::new(&[(SPANISH, ENGLISH)]));
    fake.set(change);
    let url = format!("{}/v1/", fake.url());
    let vars = [("OPENAI_URL", &*url), ("OPENAI_KEY", KEY)];
    let scene = Scene::new(OpenAi::default(), Service::OPENAI, &vars);
    (fake, scene)
}

#[test]
fn openai_translates_with_the_one_model_it_serves() {
    let (fake, mut scene) = openai(|fake| fake.key = Some(KEY));
    assert_eq!(scene.probe(), Probed::Well);
    assert_eq!(scene.ask("?", SPANISH, Mode::Json), done(ENGLISH, "es"));
    assert_eq!(scene.ask("es", SPANISH, Mode::Plain), done(ENGLISH, "?"));
    let calls = fake.calls();
    assert!(calls.iter().all(|call| call.fields["authorization"] == format!("Bearer {KEY}")));
    assert_eq!(calls[1].body["model"], "/models/gemma-3-4b-it.gguf");
    fake.set(|fake| fake.key = Some("another"));
    assert_eq!(
        (scene.probe(), scene.ask("es", SPANISH, Mode::Json)),
        (Probed::Unauthorized, Verdict::Unauthorized)
    );
}

#[test]
fn openai_is_stepped_down_to_in_every_dialect() {
    use fakes::openai::Dialect;
    for dialect in [Dialect::OpenAi, Dialect::Llama, Dialect::OldVllm, Dialect::LmStudio] {
        let (fake, mut scene) = openai(|fake| {
            fake.dialect = dialect;
            fake.forms.clear();
            fake.refused = vec!["max_tokens", "temperature", "seed"];
        });
        scene.probe();
        assert_eq!(scene.ask("es", SPANISH, Mode::Json), done(ENGLISH, "?"), "{dialect:?}");
        // Two forms, and the three fields; what was learned is remembered.
        let count = fake.calls().len();
        assert_eq!(count, 1 + 5 + 1, "{dialect:?}");
        scene.ask("es", SPANISH, Mode::Plain);
        assert_eq!(fake.calls().len(), count + 1);
    }
}

#[test]
fn openai_goes_wrong_in_its_ways() {
    use fakes::openai::Fault;
    let (fake, mut scene) = openai(|_| {});
    scene.probe();
    for (fault, verdict) in [
        (Fault::Finish(Some("length")), Verdict::Rejected(Rejection::Unfinished)),
        (Fault::Finish(None), Verdict::Rejected(Rejection::Unfinished)),
        (Fault::Refusal, Verdict::Rejected(Rejection::Chatter)),
        (Fault::Null, Verdict::Rejected(Rejection::Empty)),
        (Fault::Chatty, Verdict::Rejected(Rejection::NotJson)),
        (Fault::TooLong, Verdict::Rejected(Rejection::TooLong)),
        (Fault::Loading, Verdict::Loading),
        (Fault::Quota, Verdict::Quota),
        (Fault::Limited(Some("7")), limited(Some("7"))),
        (Fault::Limited(None), limited(None)),
        (Fault::Status(413), Verdict::Rejected(Rejection::TooLong)),
        (Fault::Status(500), Verdict::Broken),
    ] {
        fake.set(|fake| fake.fault = Some(fault));
        assert_eq!(scene.ask("es", SPANISH, Mode::Json), verdict, "{fault:?}");
    }
    for (fault, probed) in [(Fault::Loading, Probed::Loading), (Fault::Quota, Probed::Quota)] {
        fake.set(|fake| fake.fault = Some(fault));
        assert_eq!(scene.probe(), probed, "{fault:?}");
    }
    fake.set(|fake| (fake.fault, fake.models) = (None, vec!["one", "other"]));
    assert_eq!(scene.probe(), Probed::ModelMissing(vec!["one".to_owned(), "other".to_owned()]));
    assert_eq!(scene.ask("es", SPANISH, Mode::Json), Verdict::ModelMissing);
    fake.set(|fake| fake.lists = false);
    assert_eq!(scene.probe(), Probed::Well);
}

fn libre(
    change: impl FnOnce(&mut fakes::libretranslate::LibreTranslate),
) -> (Fake<fakes::libretranslate::LibreTranslate>, Scene<LibreTranslate>) {
    let pairs = [(SPANISH, ENGLISH), ("Mira", "Look at"), (", gracias por todo", ", thanks for all")];
    let fake = Fake::start(fakes::libretranslate::LibreTranslate::new(&pairs));
    fake.set(change);
    let url = fake.url();
    let vars = [("LIBRETRANSLATE_URL", &*url), ("LIBRETRANSLATE_KEY", KEY)];
    let scene = Scene::new(LibreTranslate::default(), Service::LIBRETRANSLATE, &vars);
    (fake, scene)
}

#[test]
fn libretranslate_gets_its_key_in_the_body() {
    let (fake, mut scene) = libre(|fake| fake.key = Some(KEY));
    assert_eq!(scene.probe(), Probed::Well);
    assert_eq!(scene.ask("es", SPANISH, Mode::Marked), done(ENGLISH, "?"));
    assert_eq!(scene.ask("?", SPANISH, Mode::Marked), done(ENGLISH, "es"));
    let calls = fake.calls();
    let brought: Vec<&str> = calls.iter().filter_map(|call| call.body["api_key"].as_str()).collect();
    assert_eq!(brought, [KEY, KEY, KEY], "the list of languages is for everybody");
    assert!(calls.iter().all(|call| !format!("{:?}", call.fields).contains(KEY)), "{calls:?}");
    fake.set(|fake| fake.key = Some("another"));
    assert_eq!(
        (scene.probe(), scene.ask("es", SPANISH, Mode::Marked)),
        (Probed::Unauthorized, Verdict::Unauthorized)
    );
}

#[test]
fn libretranslate_sets_its_traps() {
    use fakes::libretranslate::Fault;
    let (fake, mut scene) = libre(|_| {});
    assert_eq!(scene.probe(), Probed::Well);
    let marked = "Mira https://x.example/a, gracias por todo";
    assert_eq!(scene.ask("es", marked, Mode::Marked), Verdict::Rejected(Rejection::Markers));
    let whole = "Look at https://x.example/a, thanks for all";
    assert_eq!(scene.ask("es", marked, Mode::Pieces), done(whole, "?"));
    assert_eq!(scene.ask("?", marked, Mode::Pieces), done(whole, "es"));
    let entity = "Mira &lt;, gracias por todo";
    assert_eq!(scene.ask("es", entity, Mode::Marked), Verdict::Rejected(Rejection::Markers));
    assert_eq!(scene.ask("es", entity, Mode::Pieces), done("Look at &lt;, thanks for all", "?"));
    assert_eq!(scene.ask("es", "Hotel 4", Mode::Marked), done("Hotel 4", "?"), "unchanged");
    let long = "Me han cobrado dos veces y nadie contesta. ".repeat(40);
    assert_eq!(scene.ask("es", &long, Mode::Marked), Verdict::Rejected(Rejection::TooLong));
    fake.set(|fake| fake.confidence = 0.0);
    assert_eq!(scene.ask("?", SPANISH, Mode::Marked), Verdict::Rejected(Rejection::UnknownSource));
    fake.set(|fake| fake.fault = Some(Fault::Picture));
    assert_eq!(scene.ask("es", "Hola", Mode::Marked), Verdict::Rejected(Rejection::Empty));
    for (status, verdict) in
        [(403, Verdict::Unauthorized), (429, limited(None)), (500, Verdict::Broken), (504, Verdict::Broken)]
    {
        fake.set(|fake| fake.fault = Some(Fault::Status(status)));
        assert_eq!(scene.ask("es", SPANISH, Mode::Marked), verdict, "{status}");
    }
}

#[test]
fn libretranslate_wants_a_key_that_we_do_not_have() {
    let fake = Fake::start(fakes::libretranslate::LibreTranslate::new(&[]));
    fake.set(|fake| fake.key = Some(KEY));
    let url = fake.url();
    let vars = [("LIBRETRANSLATE_URL", &*url)];
    let mut scene = Scene::new(LibreTranslate::default(), Service::LIBRETRANSLATE, &vars);
    assert_eq!(
        (scene.probe(), scene.ask("es", SPANISH, Mode::Marked)),
        (Probed::Unauthorized, Verdict::BadRequest)
    );
}

fn deepl() -> (Fake<fakes::deepl::DeepL>, Scene<DeepL>) {
    let pairs = [
        (SPANISH, ENGLISH),
        ("Mira <x>0</x> &amp; di &lt;hola&gt;", "Look at <x>0</x> &amp; say &lt;hello&gt;"),
    ];
    let fake = Fake::start(fakes::deepl::DeepL::new(KEY, &pairs));
    let url = fake.url();
    let scene = Scene::new(DeepL, Service::DEEPL, &[("DEEPL_URL", &*url), ("DEEPL_KEY", KEY)]);
    (fake, scene)
}

#[test]
fn deepl_translates_what_is_escaped_for_it() {
    let (fake, mut scene) = deepl();
    assert_eq!(scene.probe(), Probed::Well);
    assert_eq!(scene.ask("?", SPANISH, Mode::Marked), done(ENGLISH, "es"));
    let marked = "Mira https://x.example/?a=1&b=2 & di <hola>";
    assert_eq!(
        scene.ask("es", marked, Mode::Marked),
        done("Look at https://x.example/?a=1&b=2 & say <hello>", "?")
    );
    fake.set(|fake| fake.loses_markers = true);
    assert_eq!(scene.ask("es", marked, Mode::Marked), Verdict::Rejected(Rejection::Markers));
    assert!(fake.calls().iter().all(|call| !call.body.to_string().contains(KEY)));
}

#[test]
fn deepl_goes_wrong_in_its_ways() {
    let (fake, mut scene) = deepl();
    for (status, verdict) in [
        (400, Verdict::BadRequest),
        (413, Verdict::Rejected(Rejection::TooLong)),
        (429, limited(Some("Wed, 21 Oct 2026 07:28:00 GMT"))),
        (456, Verdict::Quota),
        (503, Verdict::Busy),
        (529, Verdict::Busy),
        (500, Verdict::Broken),
    ] {
        fake.set(|fake| {
            fake.status = Some(status);
            fake.retry_after = Some("Wed, 21 Oct 2026 07:28:00 GMT");
        });
        assert_eq!(scene.ask("es", SPANISH, Mode::Marked), verdict, "{status}");
    }
    fake.set(|fake| fake.used = (500_000, 500_000));
    assert_eq!(scene.probe(), Probed::Quota);
    fake.set(|fake| fake.key = "another");
    assert_eq!(
        (scene.probe(), scene.ask("es", SPANISH, Mode::Marked)),
        (Probed::Unauthorized, Verdict::Unauthorized)
    );
}

#[test]
fn a_line_that_breaks_is_no_answer() {
    let (fake, mut scene) = deepl();
    for said in [Said::Close, Said::Garbage, Said::Cut] {
        fake.say(Some(said.clone()));
        assert_eq!(
            (scene.ask("es", SPANISH, Mode::Marked), scene.probe()),
            (Verdict::Broken, Probed::Down),
            "{said:?}"
        );
    }
    scene.config.job_timeout_ms = Millis(50);
    fake.say(Some(Said::Stall));
    assert_eq!(scene.ask("es", SPANISH, Mode::Marked), Verdict::TimedOut);
    fake.until_asked("POST /v2/translate", 4);
    drop(fake);
    assert_eq!(scene.probe(), Probed::Down);
}
