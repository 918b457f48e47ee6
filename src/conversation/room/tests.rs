//! What the traces cannot see: what a room keeps.

use super::*;
use crate::conversation::{Correction, Shown};

const SOON: Millis = Millis(8000);
const NOBODY_YOUNG: Young = Young { since_unix_ms: u64::MAX, until_unix_ms: u64::MAX, bytes: 0 };

fn language(code: &str) -> Language {
    Language::parse(code).unwrap()
}

/// A connection that gets messages when they are whole.
fn opening(conn: ConnId, client: ClientKey, after: u64) -> Opening {
    Opening { conn, client, language: None, after, updates: false, takes_pending: false, originals: false }
}

/// One that gets them at once, and what becomes of them later.
fn live(conn: ConnId, client: ClientKey, after: u64) -> Opening {
    Opening { updates: true, takes_pending: true, ..opening(conn, client, after) }
}

/// A room with a customer who writes Portuguese and an agent who reads English on one connection, with updates.
struct Scene {
    room: Room,
    customer: ClientKey,
}

const AGENT: ConnId = ConnId { slot: 1, generation: 1 };

impl Scene {
    fn new() -> Self {
        let (customer, agent) = (ClientKey::from_bits(1), ClientKey::from_bits(2));
        let mut room = Room::new(RoomId::parse("0123456789abcdef").unwrap(), 0);
        room.join(customer, Role::Customer, Some(language("pt")));
        room.join(agent, Role::Agent, Some(language("en")));
        room.open(live(AGENT, agent, 0), SOON);
        Self { room, customer }
    }

    fn write(&mut self, text: &str) -> u64 {
        let draft = Draft {
            writer: self.customer,
            addressee: None,
            role: Role::Customer,
            from: "Ana".into(),
            reference: None,
            text: text.into(),
            language: Some(language("pt")),
            language_is_sure: true,
            has_words: true,
            at_unix_ms: 0,
        };
        let id = self.room.log.last_id() + 1;
        self.room.append(id, draft);
        self.room.attach(id, None, SOON);
        id
    }

    fn translated(&mut self, id: u64, ended: Ended) {
        self.room.wants.clear();
        self.end(id, "en", ended);
    }

    fn end(&mut self, id: u64, to: &str, ended: Ended) {
        let to = language(to);
        match self.room.sees_end(id, to, &ended) {
            None => {}
            Some(true) => self.room.apply_ended(id, to, ended),
            Some(false) => self.room.fail_again(id, to),
        }
    }

    /// What a member chose is what they read.
    fn choose(&mut self, client: ClientKey, code: &str) {
        let is_new = self.room.member(client).is_some_and(|member| member.language != Some(language(code)));
        self.room.set_language(client, language(code));
        self.room.want_all_of(client, is_new, SOON);
    }

    fn retry(&mut self, conn: ConnId, id: u64) -> Option<Language> {
        let to = self.room.retries_into(conn, id)?;
        self.room.apply_wanted(id, to);
        self.room.retry(conn, id, to);
        Some(to)
    }

    fn read(&mut self) -> Vec<Step> {
        std::iter::from_fn(|| self.room.next_step(0)).collect()
    }
}

#[test]
fn a_service_that_keeps_failing_does_not_make_the_log_grow() {
    let mut scene = Scene::new();
    let id = scene.write("Onde está?");
    scene.translated(id, Ended::Failed { again: true });
    assert_eq!(scene.read(), [Step::Message(id, Shown::Untranslated)]);
    let end = scene.room.log.revision();
    for _ in 0..100 {
        scene.room.want_failed_again();
        scene.translated(id, Ended::Failed { again: true });
    }
    assert_eq!(scene.room.log.revision(), end);
    scene.room.want_failed_again();
    scene.translated(id, Ended::Done { text: "Where is it?".into(), engine: None });
    assert_eq!(
        scene.read(),
        [Step::Update(id, Shown::Translated { text: "Where is it?".into(), engine: None })]
    );
}

#[test]
fn a_failure_is_told_once_to_who_had_the_message_pending() {
    let mut scene = Scene::new();
    let id = scene.write("Onde está?");
    assert_eq!(scene.read(), [Step::Message(id, Shown::Pending)]);
    scene.translated(id, Ended::Failed { again: true });
    scene.room.want_failed_again();
    scene.translated(id, Ended::Failed { again: true });
    assert_eq!(scene.read(), [Step::Update(id, Shown::Untranslated)]);
}

/// The service was back, and it is being tried again by itself when somebody asks for it; then it fails once more.
#[test]
fn a_failure_is_told_to_who_asked_for_what_was_under_way() {
    let mut scene = Scene::new();
    let id = scene.write("Onde está?");
    scene.translated(id, Ended::Failed { again: true });
    assert_eq!(scene.read(), [Step::Message(id, Shown::Untranslated)]);
    scene.room.want_failed_again();
    assert_eq!(scene.retry(AGENT, id), Some(language("en")));
    assert_eq!(scene.read(), [], "whoever asks is told by the answer");
    scene.translated(id, Ended::Failed { again: true });
    assert_eq!(scene.read(), [Step::Update(id, Shown::Untranslated)]);
}

/// They were told that it is pending, came back and chose another language; then it fails.
#[test]
fn a_promise_outlives_its_connection_and_a_change_of_language() {
    let mut scene = Scene::new();
    let id = scene.write("Onde está?");
    assert_eq!(scene.read(), [Step::Message(id, Shown::Pending)]);
    let agent = scene.room.readers[0].client;
    scene.room.close_reader(0);
    scene.room.expire_deadlines(SOON);
    let opening = live(ConnId { slot: 2, generation: 1 }, agent, id);
    scene.room.open(opening, SOON);
    assert_eq!(scene.read(), []);
    scene.choose(agent, "de");
    scene.room.wants.clear();
    scene.end(id, "de", Ended::Failed { again: true });
    assert_eq!(scene.read(), [Step::Update(id, Shown::Untranslated)]);
}

#[test]
fn nothing_is_owed_when_another_language_shows_the_same() {
    let mut scene = Scene::new();
    let id = scene.write("Ok");
    scene.translated(id, Ended::Same);
    assert_eq!(scene.read(), [Step::Message(id, Shown::Plain)]);
    let agent = scene.room.readers[0].client;
    scene.choose(agent, "de");
    scene.room.wants.clear();
    scene.end(id, "de", Ended::Same);
    assert_eq!(scene.read(), []);
    assert!(scene.room.readers[0].ahead.is_empty(), "nothing is remembered for longer than needed");
}

#[test]
fn a_failure_does_not_keep_what_stands_behind_it_from_being_forgotten() {
    let mut scene = Scene::new();
    let failed = scene.write("Onde está?");
    scene.translated(failed, Ended::Failed { again: false });
    let done = scene.write("Obrigada.");
    scene.translated(done, Ended::Done { text: "Thank you.".into(), engine: None });
    assert_eq!(scene.read().len(), 2);
    let conn = ConnId { slot: 2, generation: 1 };
    let client = scene.customer;
    scene.room.open(Opening { updates: true, ..opening(conn, client, done) }, SOON);
    while scene.room.next_step(1).is_some() {}
    assert_eq!(scene.room.drop_translations(), "Thank you.".len());
}

/// The store has it still, and is to be told that it is not there.
#[test]
fn what_was_forgotten_is_wanted_anew_once() {
    let mut scene = Scene::new();
    let en = language("en");
    let [one, other] = ["Obrigada.", "Onde está?"].map(|text| scene.write(text));
    assert_eq!(scene.room.take_wanted_anew(), [], "wanted for the first time");
    scene.translated(one, Ended::Done { text: "Thank you.".into(), engine: None });
    scene.translated(other, Ended::Failed { again: false });
    scene.read();
    scene.room.forget_translations();
    let again = live(ConnId { slot: 2, generation: 1 }, scene.room.readers[0].client, 0);
    scene.room.open(again, SOON);
    assert_eq!(scene.room.take_wanted_anew(), [(one, en)], "the other one was never there");
    assert_eq!(scene.room.take_wanted_anew(), []);
}

/// At the start there was no memory for it.
#[test]
fn what_was_not_restored_is_wanted_anew_unless_it_ends_at_once() {
    let mut scene = Scene::new();
    let (en, de) = (language("en"), language("de"));
    let id = scene.write("Obrigada.");
    scene.translated(id, Ended::Done { text: "Thank you.".into(), engine: None });
    scene.room.drop_ended(id, en);
    scene.room.want(id, en, SOON);
    scene.room.want(id, de, SOON);
    scene.end(id, "de", Ended::Same);
    assert_eq!(scene.room.take_wanted_anew(), [(id, en)]);
}

#[test]
fn what_a_broken_connection_was_sent_may_never_have_arrived() {
    let mut scene = Scene::new();
    for text in ["um", "dois", "três"] {
        scene.write(text);
    }
    let (room, agent) = (&mut scene.room, ClientKey::from_bits(2));
    let customer = opening(ConnId { slot: 0, generation: 1 }, scene.customer, 3);
    room.open(customer, SOON);
    while room.next_step(0).is_some() {}
    room.close_reader(0);
    assert!(
        !room.make_room(1, room.text_bytes(), NOBODY_YOUNG),
        "the agent may come back and ask for all of it"
    );
    let conn = ConnId { slot: 2, generation: 1 };
    room.open(opening(conn, agent, 2), SOON);
    assert!(room.make_room(1, room.text_bytes(), NOBODY_YOUNG), "two have arrived");
    assert_eq!(room.log.first_id(), 2);
    room.check_invariants();
}

#[test]
fn what_was_promised_stays_and_so_does_what_stands_behind_it() {
    let mut scene = Scene::new();
    for text in ["Um", "Dois", "Três"] {
        scene.write(text);
    }
    let customer = opening(ConnId { slot: 0, generation: 1 }, scene.customer, 3);
    scene.room.open(customer, SOON);
    scene.translated(1, Ended::Done { text: "One".into(), engine: None });
    assert_eq!(scene.read().len(), 3, "the first of them with its translation");
    let mut concerned = Vec::new();
    assert!(scene.room.give_up(usize::MAX, 0, NOBODY_YOUNG, &mut concerned) > 0);
    assert_eq!(scene.room.log.first_id(), 2, "the agent was told that the second is being translated");
    scene.translated(2, Ended::Failed { again: false });
    assert_eq!(
        scene.room.give_up(usize::MAX, 0, NOBODY_YOUNG, &mut concerned),
        0,
        "and has not heard how that ended"
    );
    assert_eq!(scene.read(), [Step::Update(2, Shown::Untranslated)]);
    assert!(scene.room.give_up(usize::MAX, 0, NOBODY_YOUNG, &mut concerned) > 0);
    assert_eq!((scene.room.log.first_id(), concerned), (3, Vec::new()));
    scene.room.check_invariants();
}

/// Somebody changes their mind all the time: the log does not grow for ever, and nobody misses anything.
#[test]
fn the_log_stays_in_proportion_to_its_messages() {
    let mut scene = Scene::new();
    let ids: Vec<u64> = ["Um", "Dois", "Três"].map(|text| scene.write(text)).to_vec();
    let messages = scene.read();
    assert_eq!(messages.len(), 3);
    let agent = ClientKey::from_bits(2);
    for round in 0..200 {
        for code in ["de", "fr"] {
            scene.choose(agent, code);
            scene.room.wants.clear();
            for id in &ids {
                let text = format!("{code} {id} {round}");
                scene.end(*id, code, Ended::Done { text: text.into(), engine: None });
            }
            scene.room.check_invariants();
        }
        // Afterwards the reader has been shown already what there is to be read now.
        assert_eq!(scene.read().len(), if round == 0 { 3 } else { 0 });
    }
    assert!(scene.room.log.len() < 100, "{}", scene.room.log.len());
    scene.choose(agent, "de");
    let last = scene.read();
    let shown =
        |id: &u64| Step::Update(*id, Shown::Translated { text: format!("de {id} 0").into(), engine: None });
    assert_eq!(last, ids.iter().map(shown).collect::<Vec<_>>(), "what was translated once is kept");
}

impl Scene {
    /// The agent's connection breaks; they come back with everything up to a message.
    fn resume(&mut self, after: u64) {
        let agent = self.room.readers[0].client;
        self.room.close_reader(0);
        let opening = live(AGENT, agent, after);
        self.room.open(opening, SOON);
    }
}

/// The translation came behind a later message, and the connection broke between the two.
#[test]
fn a_translation_that_was_cut_off_is_told_behind_what_arrived() {
    let mut scene = Scene::new();
    let [early, later] = ["Onde está?", "Obrigada."].map(|text| scene.write(text));
    scene.translated(early, Ended::Done { text: "Where is it?".into(), engine: None });
    let told: Vec<Step> = [0; 2].iter().filter_map(|_| scene.room.next_step(0)).collect();
    assert_eq!(told.len(), 2, "both messages, and not the translation");
    scene.resume(later);
    assert_eq!(
        scene.read(),
        [Step::Update(early, Shown::Translated { text: "Where is it?".into(), engine: None })]
    );
}

/// The translation came before a later message, and both were cut off.
#[test]
fn what_comes_in_between_is_told_in_between() {
    let mut scene = Scene::new();
    let early = scene.write("Onde está?");
    assert_eq!(scene.read(), [Step::Message(early, Shown::Pending)]);
    scene.translated(early, Ended::Done { text: "Where is it?".into(), engine: None });
    let later = scene.write("Obrigada.");
    scene.resume(early);
    let update = Step::Update(early, Shown::Translated { text: "Where is it?".into(), engine: None });
    assert_eq!(scene.read(), [update, Step::Message(later, Shown::Pending)]);
}

/// Who waits for translations gets them with the message; they have no second life as updates.
#[test]
fn a_message_that_waited_is_no_update_of_itself() {
    let mut scene = Scene::new();
    scene.room.readers[0].takes_pending = false;
    let [early, later] = ["Onde está?", "Obrigada."].map(|text| scene.write(text));
    assert_eq!(scene.read(), []);
    scene.translated(later, Ended::Done { text: "Thank you.".into(), engine: None });
    assert_eq!(scene.read(), [], "nothing overtakes");
    scene.translated(early, Ended::Done { text: "Where is it?".into(), engine: None });
    let shown = |id, text: &str| Step::Message(id, Shown::Translated { text: text.into(), engine: None });
    assert_eq!(scene.read(), [shown(early, "Where is it?"), shown(later, "Thank you.")]);
    assert!(scene.room.readers[0].ahead.is_empty(), "nothing is remembered for longer than needed");
}

/// A deadline and the service's own second try show nobody anything new; a person who asks again sees it pending, then
/// how it ended.
#[test]
fn only_what_readers_see_moves_the_revision() {
    let mut scene = Scene::new();
    let id = scene.write("Onde está?");
    let written = scene.room.log.revision();
    scene.room.expire_deadlines(SOON);
    assert_eq!(scene.room.log.revision(), written);
    scene.translated(id, Ended::Failed { again: true });
    assert_eq!(scene.room.log.revision(), written + 1);
    scene.read();
    scene.room.want_failed_again();
    scene.translated(id, Ended::Failed { again: true });
    assert_eq!(scene.room.log.revision(), written + 1);
    scene.retry(AGENT, id);
    scene.translated(id, Ended::Failed { again: true });
    assert_eq!(scene.room.log.revision(), written + 3);
}

/// Its text was dropped while they were away, with the end of its translation still before them.
#[test]
fn what_was_dropped_before_it_was_told_is_asked_for_again() {
    let mut scene = Scene::new();
    let [early, later] = ["Onde está?", "Obrigada."].map(|text| scene.write(text));
    assert_eq!(scene.read().len(), 2);
    scene.resume(later);
    scene.translated(early, Ended::Done { text: "Where is it?".into(), engine: None });
    scene.room.close_reader(0);
    scene.room.forget_translations();
    scene.room.open(live(AGENT, ClientKey::from_bits(2), later), SOON);
    assert_eq!(scene.room.take_wanted_anew(), [(early, language("en"))]);
    scene.translated(early, Ended::Done { text: "Where is it?".into(), engine: None });
    assert_eq!(
        scene.read(),
        [Step::Update(early, Shown::Translated { text: "Where is it?".into(), engine: None })]
    );
}

/// It was taken for Portuguese and told to be pending; it is English.
#[test]
fn a_new_label_is_told_to_who_waits() {
    let mut scene = Scene::new();
    let id = scene.write("Hello there");
    assert_eq!(scene.read(), [Step::Message(id, Shown::Pending)]);
    scene.room.correct_language(scene.customer, Some(language("pt")), language("en"), Correction::Certain);
    assert_eq!(scene.room.take_unwanted(), (Vec::new(), vec![(id, language("en"))]));
    assert_eq!(scene.read(), [Step::Update(id, Shown::Plain)]);
}
