use std::fs;
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::PathBuf;

use super::export::{ExportError, Wanted, export};
use super::forget::forget;
use super::*;
use crate::vocabulary::{
    Audience, Bytes32, ClientNumber, Ended, EngineName, Language, Reason, Role, RoomId, Source, Status,
    TokenHash,
};

mod forgotten;
mod visitors;

const ANA: ClientNumber = ClientNumber::from_number(0xa1a0_0000_0000_0001);
const BOB: ClientNumber = ClientNumber::from_number(0x0b0b_0000_0000_0002);
const ROOM: RoomId = RoomId::from_number(0xf00d_0000_0000_0003);
const NOW: Millis = Millis(0);
const AT: u64 = 1_766_000_000_000;

/// A place of its own for a store, gone with the test.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let directory = std::env::temp_dir().join(format!("dragoman-store-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).unwrap();
        Self(directory)
    }

    fn file(&self, suffix: &str) -> PathBuf {
        self.0.join(format!("shop.db{suffix}"))
    }

    fn config(&self) -> Config {
        let path = self.file("").display().to_string();
        Config::read(|name| (name == "STORE").then(|| path.clone())).unwrap()
    }

    fn open(&self) -> (Store, Vec<Record>) {
        self.open_since(AT)
    }

    fn open_since(&self, tombstones: u64) -> (Store, Vec<Record>) {
        Store::open(&self.config(), tombstones, |_| true).unwrap().unwrap()
    }

    fn refusal(&self) -> String {
        match Store::open(&self.config(), AT, |_| true) {
            Ok(_) => panic!("it was opened"),
            Err(error) => error.to_string(),
        }
    }

    /// All bytes of all files.
    #[expect(clippy::disallowed_methods, reason = "a look behind the library's back")]
    fn bytes(&self) -> Vec<u8> {
        let files = fs::read_dir(&self.0).unwrap();
        files.flat_map(|file| fs::read(file.unwrap().path()).unwrap()).collect()
    }

    fn holds(&self, text: &str) -> bool {
        self.bytes().windows(text.len()).any(|window| window == text.as_bytes())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn client(client: ClientNumber, role: Role, name: &str) -> Record {
    let is_agent = role == Role::Agent;
    Record::ClientCreated {
        client,
        token: TokenHash::of(&forget_token(client)),
        role,
        name: name.into(),
        language: is_agent.then_some(Language::ENGLISH),
        source: if is_agent { Source::Chosen } else { Source::Unknown },
        address: "192.0.2.7".into(),
        at: AT,
    }
}

/// Another room than [`ROOM`].
fn other(number: u64) -> RoomId {
    RoomId::from_number(ROOM.number() + number)
}

fn forget_token(client: ClientNumber) -> String {
    format!("{:032x}", client.number())
}

fn message(room: RoomId, id: u64, text: &str) -> Record {
    Record::MessageAppended {
        room,
        id,
        writer: ANA,
        role: Role::Customer,
        audience: Audience::Everybody,
        name: None,
        reference: (id == 1).then(|| "m-1".into()),
        text: text.into(),
        language: Language::parse("pt"),
        sure: id > 1,
        at: AT + id,
    }
}

fn ended(room: RoomId, id: u64, outcome: Ended) -> Record {
    Record::TranslationEnded { room, id, to: Language::ENGLISH, outcome }
}

fn opened(room: RoomId) -> Record {
    Record::RoomOpened { room, customer: ANA, at: AT }
}

fn closed(room: RoomId, at: u64) -> Record {
    Record::RoomClosed { room, reason: Reason::Closed, at }
}

/// A conversation in which everything happens at least once, nothing of which is over.
fn conversation() -> Vec<Record> {
    let to = Language::ENGLISH;
    vec![
        client(ANA, Role::Customer, "Ana"),
        opened(ROOM),
        message(ROOM, 1, "Onde está o meu pacote?"),
        Record::StartNamed {
            room: ROOM,
            key: Bytes32([1; 32]),
            body: Bytes32([2; 32]),
            salt: Bytes32([3; 32]),
        },
        Record::LanguageLearnt { client: ANA, language: Language::ENGLISH, source: Source::Model },
        Record::CustomerCame { room: ROOM },
        client(BOB, Role::Agent, "Bob"),
        Record::Joined { room: ROOM, client: BOB, at: AT + 5 },
        message(ROOM, 2, "Olá?"),
        Record::TranslationWanted { room: ROOM, id: 1, to },
        ended(ROOM, 2, Ended::Same),
        ended(ROOM, 1, Ended::Failed { again: true }),
        message(ROOM, 3, ""),
        ended(
            ROOM,
            1,
            Ended::Done { text: "Where is my parcel?".into(), engine: Some(EngineName::Apertium) },
        ),
        ended(ROOM, 3, Ended::Failed { again: false }),
        Record::LanguageLearnt { client: ANA, language: Language::ENGLISH, source: Source::Chosen },
        Record::Left { room: ROOM, client: BOB, at: AT + 9 },
        Record::Joined { room: ROOM, client: BOB, at: AT + 10 },
        Record::StatusChanged { room: ROOM, status: Status::Waiting, queue: Some(-4), at: AT + 11 },
    ]
}

#[test]
fn a_log_that_had_to_begin_later_comes_back_from_there_and_older_names_with_it() {
    let place = Place::new("begins");
    let begins = Record::LogBegins { room: ROOM, id: 3 };
    let mut past = vec![client(ANA, Role::Customer, "Ana"), opened(ROOM)];
    past.extend((1..=2).map(|id| message(ROOM, id, "early")));
    past.push(ended(ROOM, 2, Ended::Done { text: "soon".into(), engine: None }));
    past.extend((3..=5).map(|id| message(ROOM, id, "late")));
    past.push(ended(ROOM, 2, Ended::Done { text: "too late".into(), engine: None }));
    past.push(ended(ROOM, 4, Ended::Done { text: "in time".into(), engine: None }));
    let (mut store, _) = place.open();
    store.commit(NOW, &past).unwrap();
    store.commit(NOW, std::slice::from_ref(&begins)).unwrap();
    drop(store);
    // The second message has no name.
    let named = [message(ROOM, 1, "early"), message(ROOM, 3, "late"), message(ROOM, 4, "late")];
    let mut expected = past[..2].to_vec();
    expected.push(begins);
    expected.extend(named);
    expected.extend([
        message(ROOM, 5, "late"),
        ended(ROOM, 4, Ended::Done { text: "in time".into(), engine: None }),
    ]);
    assert_eq!(place.open().1, expected);
    let (mut store, _) = place.open();
    store.commit(NOW, &[Record::LogBegins { room: ROOM, id: 70 }]).unwrap();
    drop(store);
    assert!(!place.open().1.contains(&message(ROOM, 1, "early")), "names that old are forgotten");
    assert!(
        exported(&place, &Wanted::Room(ROOM.to_string())).unwrap().contains("early"),
        "the store keeps it"
    );
}

#[test]
fn what_was_stored_comes_back_in_order() {
    let place = Place::new("order");
    let (mut store, before) = place.open();
    assert_eq!(before, []);
    // In turns of different lengths, and a restart in between.
    let records = conversation();
    store.commit(NOW, &records[..1]).unwrap();
    store.commit(NOW, &[]).unwrap();
    store.commit(NOW, &records[1..7]).unwrap();
    drop(store);
    let (mut store, before) = place.open();
    assert_eq!(before, records[..7]);
    store.commit(NOW, &records[7..]).unwrap();
    drop(store);
    assert_eq!(place.open().1, records);
}

#[test]
fn a_repeated_turn_changes_nothing() {
    let place = Place::new("repeated");
    let (mut store, _) = place.open();
    store.commit(NOW, &conversation()).unwrap();
    store.next_place = 1;
    store.commit(NOW, &conversation()).unwrap();
    drop(store);
    assert_eq!(place.open().1, conversation());
}

#[test]
fn only_the_last_status_matters() {
    let place = Place::new("status");
    let (mut store, _) = place.open();
    let status = |status: Status| Record::StatusChanged { room: ROOM, status, queue: None, at: AT + 20 };
    store
        .commit(
            NOW,
            &[
                client(ANA, Role::Customer, "Ana"),
                opened(ROOM),
                status(Status::Active),
                status(Status::Closing),
            ],
        )
        .unwrap();
    drop(store);
    let expected = [client(ANA, Role::Customer, "Ana"), opened(ROOM), status(Status::Closing)];
    assert_eq!(place.open().1, expected);
}

#[test]
fn a_closed_room_is_told_while_it_is_remembered_and_without_what_was_said() {
    let place = Place::new("tombstone");
    let (mut store, _) = place.open();
    store.commit(NOW, &conversation()).unwrap();
    store.commit(NOW, &[closed(ROOM, AT + 100), Record::ClientEnded { client: ANA }]).unwrap();
    drop(store);
    let (store, told) = place.open_since(AT + 100);
    let has = |wanted: &Record| told.contains(wanted);
    assert!(has(&opened(ROOM)) && has(&closed(ROOM, AT + 100)), "{told:?}");
    // Her token is no more, but the room names her.
    assert!(
        has(&client(ANA, Role::Customer, "Ana")) && told.last() == Some(&Record::ClientEnded { client: ANA })
    );
    assert!(!told.iter().any(|record| matches!(record, Record::MessageAppended { .. })));
    drop(store);
    let (mut store, told) = place.open_since(AT + 101);
    assert_eq!(told, [client(BOB, Role::Agent, "Bob")]);
    store.commit(NOW, &[Record::RoomForgotten { room: ROOM }]).unwrap();
    drop(store);
    assert_eq!(place.open_since(AT).1, [client(BOB, Role::Agent, "Bob")]);
}

#[test]
fn who_was_in_no_chat_is_gone_with_their_token() {
    let place = Place::new("ended");
    let (mut store, _) = place.open();
    let learnt = Record::LanguageLearnt { client: BOB, language: Language::ENGLISH, source: Source::Chosen };
    store
        .commit(NOW, &[client(BOB, Role::Agent, "Roberto"), learnt, Record::ClientEnded { client: BOB }])
        .unwrap();
    let rows: i64 = store
        .connection
        .query_row("SELECT (SELECT count(*) FROM clients) + (SELECT count(*) FROM languages)", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(rows, 0);
}

#[test]
fn old_chats_are_deleted_with_those_who_have_no_other() {
    let place = Place::new("old");
    let (mut store, _) = place.open();
    store.commit(NOW, &conversation()).unwrap();
    store.commit(NOW, &[closed(ROOM, AT + 100), Record::ClientEnded { client: ANA }]).unwrap();
    assert_ne!(store.delete_old(NOW, AT + 100).unwrap(), Left::Chats);
    assert_eq!(store.delete_old(NOW, AT + 101).unwrap(), Left::Chats);
    assert_ne!(store.delete_old(NOW, AT + 101).unwrap(), Left::Chats);
    for table in ["rooms", "members", "starts", "messages", "translations", "languages"] {
        let rows: i64 = store
            .connection
            .query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))
            .unwrap();
        assert_eq!(rows, 0, "{table}");
    }
    drop(store);
    assert_eq!(place.open_since(0).1, [client(BOB, Role::Agent, "Bob")]);
}

#[test]
fn a_full_disk_is_an_error_that_keeps_nothing_and_passes() {
    let place = Place::new("full");
    let (mut store, _) = place.open();
    store.commit(NOW, &[client(ANA, Role::Customer, "Ana"), opened(ROOM)]).unwrap();
    let pages: i64 = store.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    store.connection.pragma_update(None, "max_page_count", pages + 1).unwrap();
    let long = "x".repeat(20_000);
    let turn = [message(ROOM, 1, "short"), message(ROOM, 2, &long)];
    let error = store.commit(NOW, &turn).unwrap_err().to_string();
    assert!(error.contains("is full; make room"), "{error}");
    assert!(store.connection.is_autocommit());
    store.connection.pragma_update(None, "max_page_count", 1_000_000).unwrap();
    store.commit(NOW, &turn).unwrap();
    drop(store);
    assert_eq!(place.open().1[2..], turn);
}

#[test]
fn every_file_is_its_owners_alone() {
    let place = Place::new("modes");
    fs::write(place.file(""), "").unwrap();
    fs::set_permissions(place.file(""), fs::Permissions::from_mode(0o644)).unwrap();
    let (mut store, _) = place.open();
    store.commit(NOW, &conversation()).unwrap();
    for suffix in ["", "-wal", "-shm", ".lock"] {
        let mode = fs::metadata(place.file(suffix)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{suffix}");
    }
}

#[test]
fn a_second_server_is_refused_until_the_first_has_ended() {
    let place = Place::new("second");
    let (store, _) = place.open();
    assert!(place.refusal().contains("is in use by another running Dragoman; stop that one"));
    // By another name, too.
    let link = place.0.join("link.db");
    std::os::unix::fs::symlink(place.file(""), &link).unwrap();
    assert!(matches!(Held::take(&link), Err(StoreError::Taken { .. })));
    drop(store);
    place.open();
}

#[test]
fn what_is_no_store_is_refused_and_left_alone() {
    let place = Place::new("corrupt");
    let letter = "Dear database, this is a letter, and long enough to be taken for one.\n".repeat(100);
    fs::write(place.file(""), &letter).unwrap();
    assert!(place.refusal().contains("is not a database"), "{}", place.refusal());
    assert_eq!(fs::read_to_string(place.file("")).unwrap(), letter);
}

#[test]
fn a_damaged_file_is_told_as_such() {
    let place = Place::new("damaged");
    let (mut store, _) = place.open();
    store.commit(NOW, &conversation()).unwrap();
    drop(store);
    let length = fs::metadata(place.file("")).unwrap().len();
    let file = fs::OpenOptions::new().write(true).open(place.file("")).unwrap();
    file.write_all_at(&vec![0xee; usize::try_from(length - 4096).unwrap()], 4096).unwrap();
    assert!(place.refusal().contains("is damaged"), "{}", place.refusal());
}

#[test]
fn a_newer_file_is_refused_by_name_and_left_alone() {
    let place = Place::new("newer");
    drop(place.open());
    let connection = Connection::open(place.file("")).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let sentence = place.refusal();
    assert!(sentence.contains("shop.db was written by a newer Dragoman (schema 99"), "{sentence}");
}

#[test]
fn a_file_that_was_deleted_or_replaced_takes_nothing_more() {
    let place = Place::new("replaced");
    fs::write(place.file(""), "").unwrap();
    let aside = place.file("-aside");
    fs::hard_link(place.file(""), &aside).unwrap();
    let (mut store, _) = place.open();
    store.commit(NOW, &conversation()[..2]).unwrap();
    fs::remove_file(place.file("")).unwrap();
    assert!(matches!(store.commit(NOW, &[opened(other(7))]), Err(StoreError::Replaced { .. })));
    fs::write(place.file(""), "another").unwrap();
    // However often it is tried.
    for _ in 0..3 {
        let error = store.commit(NOW, &[opened(other(7))]).unwrap_err().to_string();
        assert!(
            error.contains("was deleted or replaced while it was in use; put the original file back"),
            "{error}"
        );
    }
    fs::rename(&aside, place.file("")).unwrap();
    store.commit(NOW, &[opened(other(7))]).unwrap();
}

#[test]
fn a_file_that_was_moved_is_missed_within_a_second_and_has_what_was_written_to_it() {
    let place = Place::new("moved");
    let (mut store, _) = place.open();
    store.commit(NOW, &conversation()[..2]).unwrap();
    let aside = place.file("-aside");
    fs::rename(place.file(""), &aside).unwrap();
    store.commit(NOW + Millis(999), &conversation()[2..3]).unwrap();
    for later in [1000, 1001] {
        let error = store.commit(NOW + Millis(later), &conversation()[3..]);
        assert!(matches!(error, Err(StoreError::Replaced { .. })), "{error:?}");
    }
    fs::rename(&aside, place.file("")).unwrap();
    store.commit(NOW + Millis(1002), &conversation()[3..]).unwrap();
    drop(store);
    assert_eq!(place.open().1, conversation());
}

#[test]
fn memory_keeps_nothing() {
    let config = Config::read(|name| (name == "STORE").then(|| ":memory:".to_owned())).unwrap();
    assert!(Store::open(&config, 0, |_| true).unwrap().is_none());
}

fn exported(place: &Place, wanted: &Wanted) -> Result<String, ExportError> {
    let mut out = Vec::new();
    export(&place.file(""), wanted, &mut out)?;
    Ok(String::from_utf8(out).unwrap())
}

#[test]
fn a_transcript_is_read_beside_an_open_store() {
    let place = Place::new("export");
    let (mut store, _) = place.open();
    store.commit(NOW, &conversation()).unwrap();
    let text = exported(&place, &Wanted::Room(ROOM.to_string())).unwrap();
    let start = "{\"room\":\"f00d000000000003\",\"customer\":\"Ana\",\"status\":\"waiting\",\
                 \"opened\":\"2025-12-17T19:33:20.000Z\",\"messages\":[{\"id\":1,\"at\":\"2025-12-17T19:33:20.001Z\",\
                 \"role\":\"customer\",\"from\":\"Ana\",\"language\":\"pt\",\"text\":\"Onde está o meu pacote?\",\
                 \"translations\":{\"en\":\"Where is my parcel?\"},\"engines\":{\"en\":\"apertium\"}},";
    assert!(text.starts_with(start), "{text}");
    assert_eq!(text.lines().count(), 1);
    // The server goes on.
    store.commit(NOW, &[message(ROOM, 4, "Obrigada")]).unwrap();
    let since = |date: &str| exported(&place, &Wanted::Since(date.to_owned()));
    assert!(since("2025-12-17").unwrap().contains("Obrigada"));
    assert_eq!(since("2025-12-18").unwrap(), "");
    assert!(matches!(since("now"), Err(ExportError::Misused(_))));
    assert!(matches!(since("2025-99-99"), Err(ExportError::Misused(_))));
    assert!(matches!(exported(&place, &Wanted::Room("1".repeat(16))), Err(ExportError::Store(_))));
}
