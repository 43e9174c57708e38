//! The builders that other tests stand on.

use revocation_desk::domain::case::CaseState;

use crate::builders::World;

#[tokio::test]
async fn a_case_can_be_brought_into_every_state() {
    for state in CaseState::ALL {
        let world = World::new().await;

        let case = world.a_case().in_state(state).open().await;

        assert_eq!(case.state, state);
    }
}
