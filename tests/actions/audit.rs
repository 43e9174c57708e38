//! The audit chain shows whether somebody changed it (`reliability.md` T10).

use revocation_desk::actions::verify_audit::{AuditFault, AuditVerdict, verify_audit};
use revocation_desk::domain::case::CaseState;

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
