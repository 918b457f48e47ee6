//! Who is paused is not read until resumed.

use super::*;

#[test]
fn who_is_paused_is_not_read_and_misses_nothing() {
    let mut scene = Scene::new();
    let (paused, mut peer) = scene.connect();
    let (other, mut other_peer) = scene.connect();
    scene.sockets.pause(paused);
    peer.write_all(b"later").unwrap();
    peer.shutdown(Shutdown::Write).unwrap();
    other_peer.write_all(b"now").unwrap();
    assert_eq!(scene.told(), bytes(other, "now"));
    assert!(!scene.sockets.has_work(), "nothing is spun over");
    // What the kernel says of it meanwhile is kept, and it is written all the same.
    other_peer.write_all(b"and now").unwrap();
    assert_eq!(scene.told(), bytes(other, "and now"));
    scene.sockets.send(paused, Bytes::from_static(b"wait"));
    scene.sockets.commit(NOW);
    let mut heard = [0; 4];
    peer.read_exact(&mut heard).unwrap();
    assert_eq!(&heard, b"wait");
    scene.sockets.resume(paused);
    assert_eq!(scene.told(), bytes(paused, "later"));
    assert_eq!(scene.told(), [Told::Eof(paused)]);
}

#[test]
fn a_reset_is_told_of_who_is_paused_as_well() {
    let mut scene = Scene::new();
    let (conn, peer) = scene.connect();
    scene.sockets.pause(conn);
    scene.sockets.send(conn, Bytes::from_static(b"unread"));
    scene.sockets.commit(NOW);
    peer.peek(&mut [0]).unwrap();
    drop(peer);
    assert_eq!(scene.told(), [Told::Closed(conn, CloseReason::Reset)]);
    scene.sockets.resume(conn);
    assert!(scene.sockets.is_empty() && !scene.sockets.has_work());
}
