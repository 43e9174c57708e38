//! The audit chain shows whether somebody changed it (`reliability.md` T10).

use chrono::Duration;
use revocation_desk::actions::compare_heads::compare_heads;
use revocation_desk::actions::export_head::export_head;
use revocation_desk::actions::verify_audit::{AuditFault, AuditVerdict, verify_audit};
use revocation_desk::audit_heads::{self, HeadKey, SignedHead};
use revocation_desk::domain::case::CaseState;
use revocation_desk::models::audit_events;

use crate::builders::World;

async fn a_chain() -> (World, i64) {
    let world = World::new().await;
    world.a_case().in_state(CaseState::Confirmed).open().await;
    let length = world.count("audit_events").await;
    assert!(length >= 6, "{length}");
    (world, length)
}

async fn verdict(world: &World) -> AuditVerdict {
    verify_audit(&world.desk, &|_| ()).await.unwrap()
}

#[tokio::test]
async fn a_chain_as_it_was_written_is_sound() {
    let (world, length) = a_chain().await;
    assert_eq!(verdict(&world).await, AuditVerdict { sound: length, fault: None });
}

#[tokio::test]
async fn an_empty_chain_is_sound() {
    let world = World::new().await;
    assert_eq!(verdict(&world).await, AuditVerdict { sound: 0, fault: None });
}

#[tokio::test]
async fn an_edited_event_is_found_whatever_was_edited() {
    for edit in [
        "detail = '{}'",
        "actor = 'staff:9'",
        "action = 'withdrawn'",
        "at = '2020-01-01T00:00:00+00:00'",
        "subject = 'case:9'",
        "address = '203.0.113.9'",
        "hash = 'abc'",
    ] {
        let (world, _) = a_chain().await;
        world.tamper(&format!("UPDATE audit_events SET {edit} WHERE sequence = 3")).await;
        let expected = AuditVerdict { sound: 2, fault: Some(AuditFault::Altered { sequence: 3 }) };
        assert_eq!(verdict(&world).await, expected, "{edit}");
    }
}

#[tokio::test]
async fn a_deleted_event_is_found() {
    for sequence in [1, 4] {
        let (world, _) = a_chain().await;
        world.tamper(&format!("DELETE FROM audit_events WHERE sequence = {sequence}")).await;
        assert_eq!(verdict(&world).await.fault, Some(AuditFault::Missing { sequence }));
    }
}

#[tokio::test]
async fn swapped_events_are_found() {
    let (world, _) = a_chain().await;
    for (from, to) in [(2, -1), (3, 2), (-1, 3)] {
        world.tamper(&format!("UPDATE audit_events SET sequence = {to} WHERE sequence = {from}")).await;
    }
    assert_eq!(verdict(&world).await.fault, Some(AuditFault::Altered { sequence: 2 }));
}

#[tokio::test]
async fn a_cut_end_is_found_by_the_head() {
    let (world, length) = a_chain().await;
    world.tamper(&format!("DELETE FROM audit_events WHERE sequence > {}", length - 2)).await;
    let expected = AuditFault::Truncated { after: length - 2, head: length };
    assert_eq!(verdict(&world).await, AuditVerdict { sound: length - 2, fault: Some(expected) });
}

#[tokio::test]
async fn a_head_that_is_not_the_end_of_the_chain_is_found() {
    for (edit, sequence) in [("hash = 'abc'", 0), ("sequence = sequence - 1", 1)] {
        let (world, length) = a_chain().await;
        world.tamper(&format!("UPDATE audit_head SET {edit}")).await;
        assert_eq!(verdict(&world).await.fault, Some(AuditFault::HeadDiffers { sequence: length - sequence }));
    }
}

/// A log with an end that was signed an hour ago, and one that was signed now.
async fn signed_heads() -> (World, Vec<SignedHead>) {
    let world = World::new().await;
    export_head(&world.desk, world.now - Duration::hours(1)).await.unwrap();
    world.a_case().in_state(CaseState::Confirmed).open().await;
    export_head(&world.desk, world.now).await.unwrap();
    world.a_case().open().await;
    let heads = read(&world).unwrap();
    assert_eq!(heads.iter().map(|head| head.sequence > 0).collect::<Vec<_>>(), [false, true]);
    (world, heads)
}

fn read(world: &World) -> Result<Vec<SignedHead>, &'static str> {
    let public = HeadKey::open(&world.desk.settings).unwrap().public();
    let folder = audit_heads::folder(&world.desk.settings);
    audit_heads::read(&folder, &public).unwrap().map_err(|problem| problem.code)
}

/// As somebody would who knows how the log is made: from `sequence` on gone, the head set back.
async fn cut(world: &World, sequence: i64) {
    world.tamper(&format!("DELETE FROM audit_events WHERE sequence >= {sequence}")).await;
    let last = audit_events::numbered(&world.desk.db, sequence - 1).await.unwrap().unwrap();
    let head = format!("UPDATE audit_head SET sequence = {}, hash = '{}'", last.sequence, last.hash);
    world.tamper(&head).await;
}

#[tokio::test]
async fn a_log_that_was_cut_with_its_head_is_sound_in_itself_and_found_by_the_signed_heads() {
    let (world, heads) = signed_heads().await;
    assert_eq!(compare_heads(&world.desk, &heads).await.unwrap(), None);

    cut(&world, heads[1].sequence).await;

    assert_eq!(verdict(&world).await.fault, None, "nothing in the database tells");
    assert_eq!(compare_heads(&world.desk, &heads).await.unwrap(), Some(&heads[1]));
}

#[tokio::test]
async fn a_log_that_grew_again_after_the_cut_is_found_by_the_signed_heads() {
    let (world, heads) = signed_heads().await;
    cut(&world, heads[1].sequence - 2).await;
    while world.count("audit_events").await <= heads[1].sequence {
        world.a_subscriber().register().await;
    }
    assert_eq!(verdict(&world).await.fault, None);
    assert_eq!(compare_heads(&world.desk, &heads).await.unwrap(), Some(&heads[1]));
}

#[tokio::test]
async fn an_event_rewritten_with_all_hashes_after_it_is_found_by_the_signed_heads() {
    let (world, heads) = signed_heads().await;
    let mut previous = audit_events::numbered(&world.desk.db, 1).await.unwrap().unwrap().hash;
    for mut event in audit_events::after(&world.desk.db, 1, 1000).await.unwrap() {
        event.actor = "staff:9".to_owned();
        event.hash = audit_events::chain_hash(&previous, &event);
        let (hash, sequence) = (&event.hash, event.sequence);
        world
            .tamper(&format!("UPDATE audit_events SET actor = 'staff:9', hash = '{hash}' WHERE sequence = {sequence}"))
            .await;
        previous = event.hash;
    }
    world.tamper(&format!("UPDATE audit_head SET hash = '{previous}'")).await;

    assert_eq!(verdict(&world).await.fault, None);
    assert_eq!(compare_heads(&world.desk, &heads).await.unwrap(), Some(&heads[1]));
}

#[tokio::test]
async fn a_signed_head_that_somebody_changed_or_made_is_refused() {
    let (world, heads) = signed_heads().await;
    let file = audit_heads::folder(&world.desk.settings).join("2026-11.jsonl");
    let kept = std::fs::read_to_string(&file).unwrap();
    let sequence = format!("\"sequence\":{}", heads[1].sequence);
    for (line, refused) in [
        (kept.replace(&sequence, "\"sequence\":1"), "audit_head_forged"),
        (kept.replace(&heads[1].hash, &"0".repeat(64)), "audit_head_forged"),
        (kept.replace("2026-11-24T01:00:00Z", "2026-11-24T01:00:01Z"), "audit_head_forged"),
        (kept.replace(&heads[1].signature, &heads[0].signature), "audit_head_forged"),
        (kept.replace(&heads[1].signature, ""), "audit_head_forged"),
        (format!("{kept}x"), "audit_head_unreadable"),
        (kept.replace("\"sequence\"", "\"number\""), "audit_head_unreadable"),
    ] {
        assert_ne!(line, kept);
        std::fs::write(&file, line).unwrap();
        assert_eq!(read(&world), Err(refused));
    }
    std::fs::write(&file, &kept).unwrap();
    let other = World::new().await;
    let public = HeadKey::open(&other.desk.settings).unwrap().public();
    assert!(audit_heads::read(&file, &public).unwrap().is_err(), "another key");
}

#[tokio::test]
async fn the_key_is_the_owners_alone_and_made_once() {
    let world = World::new().await;
    let keys: Vec<_> = (0..3).map(|_| HeadKey::open(&world.desk.settings).unwrap().public()).collect();
    assert_eq!(keys[0], keys[2]);
    let file = world.desk.settings.data_dir.join("audit-head.key");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(file).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
}
