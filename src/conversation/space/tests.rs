use super::*;
use crate::conversation::{Draft, MESSAGE_OVERHEAD_BYTES, Opening, Role, Status};
use crate::tools::random::Random;
use crate::vocabulary::{ConnId, Millis};

/// What a message of [`say`] takes.
const MESSAGE_BYTES: usize = 1000;
const NO_LIMIT: usize = usize::MAX;
/// Everything was said at 1.
const NOBODY_YOUNG: Young = Young { since_unix_ms: 1, until_unix_ms: 1, bytes: NO_LIMIT };

/// Rooms with a customer, who has a connection, and an agent, who has another one.
struct Scene {
    rooms: Rooms,
    keys: Vec<RoomKey>,
}

fn open(rooms: &mut Rooms, random: &mut Random) -> RoomKey {
    let id = rooms.new_id(random);
    rooms.open_as(id, 0)
}

fn append(room: &mut Room, draft: Draft) {
    room.append(room.log.last_id() + 1, draft);
}

fn client(role: Role) -> ClientKey {
    ClientKey::from_bits(1 + role as u64)
}

fn conn(role: Role) -> ConnId {
    ConnId { slot: role as u32, generation: 1 }
}

impl Scene {
    /// One room for each, with so many messages.
    fn new(messages: &[usize]) -> Self {
        let (mut rooms, mut random) = (Rooms::default(), Random::new([7; 32]));
        let keys = messages.iter().map(|_| open(&mut rooms, &mut random)).collect();
        let mut scene = Self { rooms, keys };
        for (room, messages) in messages.iter().enumerate() {
            scene.edit(room, |room| {
                for role in [Role::Customer, Role::Agent] {
                    room.join(client(role), role, None);
                }
            });
            for role in [Role::Customer, Role::Agent] {
                scene.open(room, role, 0);
            }
            scene.say(room, *messages);
        }
        scene
    }

    fn edit<R>(&mut self, room: usize, edit: impl FnOnce(&mut Room) -> R) -> R {
        self.rooms.edit(self.keys[room], edit).unwrap()
    }

    fn open(&mut self, room: usize, role: Role, after: u64) {
        let opening = Opening {
            conn: conn(role),
            client: client(role),
            language: None,
            after,
            updates: false,
            takes_pending: false,
            originals: false,
        };
        self.edit(room, |room| room.open(opening, Millis(0)));
    }

    fn say(&mut self, room: usize, times: usize) {
        for _ in 0..times {
            let draft = draft(Role::Customer);
            self.edit(room, |room| append(room, draft));
        }
    }

    /// Everybody who is connected reads everything.
    fn read(&mut self, room: usize) {
        self.edit(room, |room| {
            for reader in 0..room.readers.len() {
                while room.next_step(reader).is_some() {}
            }
        });
    }

    fn read_all(&mut self) {
        (0..self.keys.len()).for_each(|room| self.read(room));
    }

    fn sizes(&self) -> Vec<usize> {
        let size = |key: &RoomKey| self.rooms.room(*key).map_or(0, |room| room.log.message_count());
        self.keys.iter().map(size).collect()
    }

    /// The rooms that may have messages to give up.
    fn givers(&mut self) -> Vec<usize> {
        let givers: Vec<_> = self.rooms.givers().left_bytes.keys().copied().collect();
        givers.iter().filter_map(|key| self.keys.iter().position(|it| it == key)).collect()
    }
}

fn draft(role: Role) -> Draft {
    Draft {
        writer: client(role),
        addressee: None,
        role,
        from: "Ana".into(),
        reference: None,
        text: "x".repeat(MESSAGE_BYTES - MESSAGE_OVERHEAD_BYTES).into(),
        language: None,
        language_is_sure: false,
        has_words: true,
        at_unix_ms: 1,
    }
}

#[test]
fn the_fullest_rooms_give_until_they_are_like_the_next() {
    let mut scene = Scene::new(&[800, 240, 80, 1200]);
    scene.read_all();
    // 240 messages of the longest go: one part in 64 of this memory.
    let limit = 64 * 240 * MESSAGE_BYTES;
    scene.rooms.drop_read(1, limit, NOBODY_YOUNG);
    assert_eq!(scene.sizes(), [800, 240, 80, 960]);
    scene.rooms.drop_read(1, limit, NOBODY_YOUNG);
    let sizes = scene.sizes();
    assert_eq!(sizes.iter().sum::<usize>(), 1840);
    assert!(sizes[0].abs_diff(sizes[3]) <= 800 / 16, "{sizes:?}");
    assert_eq!(sizes[1..3], [240, 80], "short rooms pay nothing while there are long ones");
    scene.rooms.drop_read(1520 * MESSAGE_BYTES, limit, NOBODY_YOUNG);
    let sizes = scene.sizes();
    assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 80 / 16, "{sizes:?}");
    scene.rooms.drop_read(NO_LIMIT, NO_LIMIT, NOBODY_YOUNG);
    let kept = KEPT_BYTES.div_ceil(MESSAGE_BYTES);
    assert_eq!(scene.sizes(), [kept; 4], "what was said last stays");
}

#[test]
fn many_short_rooms_do_not_fill_memory() {
    let mut scene = Scene::new(&[8; 100]);
    scene.read_all();
    scene.rooms.drop_read(NO_LIMIT, 800 * MESSAGE_BYTES, NOBODY_YOUNG);
    assert_eq!(scene.sizes(), [2; 100], "all together they keep a quarter");
}

/// As many rooms as there may be, each as full as it may be: whoever comes now still finds a place, and each time anew.
#[test]
fn rooms_full_of_what_was_read_leave_space_for_the_next() {
    let mut scene = Scene::new(&[32; 128]);
    scene.read_all();
    let limit = scene.rooms.text_bytes();
    let mut random = Random::new([8; 32]);
    for _ in 0..64 {
        let over = (scene.rooms.text_bytes() + MESSAGE_BYTES).saturating_sub(limit);
        scene.rooms.drop_read(over, limit, NOBODY_YOUNG);
        assert!(scene.rooms.text_bytes() + MESSAGE_BYTES <= limit, "a chat can be started");
        scene.keys.push(open(&mut scene.rooms, &mut random));
        scene.say(scene.keys.len() - 1, 1);
    }
    assert_eq!(scene.sizes()[128..], [1; 64], "what nobody has read yet is all there");
}

#[test]
fn what_somebody_has_not_received_stays_however_full_it_is() {
    let mut scene = Scene::new(&[40, 20]);
    scene.read(1);
    scene.rooms.drop_read(NO_LIMIT, 0, NOBODY_YOUNG);
    assert_eq!(scene.sizes(), [40, 0], "nobody has read the longer one");
    scene.edit(0, |room| while room.next_step(0).is_some() {});
    scene.rooms.drop_read(NO_LIMIT, 0, NOBODY_YOUNG);
    assert_eq!(scene.sizes(), [40, 0], "the agent has not");
    scene.read(0);
    scene.edit(0, |room| room.close_reader(1));
    scene.rooms.drop_read(NO_LIMIT, 0, NOBODY_YOUNG);
    assert_eq!(scene.sizes(), [40, 0], "what was sent to a connection that broke may never have arrived");
    scene.open(0, Role::Agent, 30);
    scene.rooms.drop_read(NO_LIMIT, 0, NOBODY_YOUNG);
    assert_eq!(scene.sizes(), [10, 0], "that much has arrived");
    scene.rooms.rooms.get(scene.keys[0]).unwrap().check_invariants();
}

/// A full server does not look at every room for each message, nor does it have to wait when there is something to drop.
#[test]
fn who_had_nothing_to_give_is_asked_again_when_it_has_changed() {
    let mut scene = Scene::new(&[5; 50]);
    assert_eq!(scene.givers().len(), 50);
    scene.rooms.drop_read(1, 0, NOBODY_YOUNG);
    assert_eq!(scene.givers(), [] as [usize; 0], "all had nothing");
    scene.say(7, 1);
    scene.read(3);
    assert_eq!(scene.givers(), [3, 7]);
    scene.rooms.drop_read(1, 0, NOBODY_YOUNG);
    assert_eq!(scene.sizes().iter().sum::<usize>(), 250, "a message was said and one was dropped");
    assert_eq!(scene.sizes()[3], 4);
    let shortened = scene.rooms.drop_read(NO_LIMIT, 0, NOBODY_YOUNG);
    assert_eq!((scene.sizes()[3], scene.givers().len(), shortened.len()), (0, 0, 1));
    scene.rooms.close(scene.keys[3], "closed");
    assert!(scene.rooms.quiet(scene.keys[3]).is_none());
    scene.read(4);
    assert_eq!(scene.givers(), [4], "a room that is gone is not looked for");
    scene.rooms.drop_read(NO_LIMIT, NO_LIMIT, NOBODY_YOUNG);
    assert_eq!(scene.sizes()[4], 5, "it keeps what was said last");
    scene.rooms.drop_read(1, 0, NOBODY_YOUNG);
    assert_eq!(scene.sizes()[4], 4, "but not when it is to keep less");
}

/// A connection that broke a moment ago has been sent them, and nobody knows yet that they have not arrived.
#[test]
fn what_was_said_a_moment_ago_stays_until_it_has_arrived() {
    let mut scene = Scene::new(&[20, 5]);
    scene.read_all();
    let young = Young { since_unix_ms: 0, until_unix_ms: 1, bytes: 8 * MESSAGE_BYTES };
    scene.rooms.drop_read(NO_LIMIT, 0, young);
    assert_eq!(scene.sizes(), [8, 5], "of a long room the last of it");
    assert_eq!(scene.givers(), [] as [usize; 0]);
    scene.rooms.drop_read(NO_LIMIT, 0, NOBODY_YOUNG);
    assert_eq!(scene.sizes(), [0, 0], "time alone has made them old");
}

#[test]
fn a_room_that_is_open_keeps_what_its_visitors_have_not_had() {
    let mut scene = Scene::new(&[0]);
    let room = open(&mut scene.rooms, &mut Random::new([8; 32]));
    scene.keys.push(room);
    let visit = Opening {
        conn: conn(Role::Guest),
        client: client(Role::Guest),
        language: None,
        after: 0,
        updates: false,
        takes_pending: false,
        originals: false,
    };
    scene.edit(1, |room| {
        room.open_to_visitors();
        for _ in 0..10 {
            append(room, draft(Role::Guest));
        }
        room.open(visit, Millis(0));
        assert!((0..4).all(|_| room.next_step(0).is_some()));
    });
    scene.rooms.drop_read(NO_LIMIT, 0, NOBODY_YOUNG);
    assert_eq!((scene.sizes()[1], scene.rooms.take_dropped()), (6, vec![client(Role::Guest); 4]));
    scene.edit(1, |room| room.close_reader(0));
    scene.rooms.drop_read(NO_LIMIT, 0, NOBODY_YOUNG);
    assert_eq!((scene.sizes()[1], scene.rooms.take_dropped().len()), (0, 6));
    assert_eq!(scene.edit(1, |room| room.status), Status::Open);
}

#[test]
fn the_names_of_what_is_gone_do_not_count_as_what_stays() {
    let mut scene = Scene::new(&[0]);
    for number in 0..200 {
        let draft = Draft { reference: Some(format!("{number:064}").into()), ..draft(Role::Customer) };
        scene.edit(0, |room| append(room, draft));
    }
    scene.read_all();
    scene.rooms.drop_read(NO_LIMIT, NO_LIMIT, NOBODY_YOUNG);
    assert_eq!(scene.sizes(), [KEPT_BYTES.div_ceil(MESSAGE_BYTES + 2 * 64)]);
}
