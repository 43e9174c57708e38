//! Counts are exact up to their limit, and counted again when something has happened.

use revocation_desk::actions::claim_case::claim_case;
use revocation_desk::models::_entities::login_failures::{ActiveModel, Entity};
use revocation_desk::models::case_queue;
use revocation_desk::models::counting::{self, Count, LIMIT};
use sea_orm::{ActiveValue::Set, EntityTrait, QueryTrait};

use crate::builders::{World, agent};

#[tokio::test]
async fn a_count_is_exact_up_to_the_limit_and_no_more_than_the_limit_above() {
    let world = World::new().await;
    let mut made = 0;
    for (rows, expected) in [
        (0, Count::exactly(0)),
        (LIMIT - 1, Count::exactly(LIMIT - 1)),
        (LIMIT, Count::exactly(LIMIT)),
        (LIMIT + 1, Count::at_least(LIMIT)),
    ] {
        let failure = || ActiveModel {
            account: Set("x".to_owned()),
            address: Set("x".to_owned()),
            failed_at: Set(world.desk.clock.now()),
            ..Default::default()
        };
        if rows > made {
            let missing = (made..rows).map(|_| failure());
            Entity::insert_many(missing).exec_without_returning(&world.desk.db).await.unwrap();
            made = rows;
        }
        let all = Entity::find().into_query();
        let none = {
            use revocation_desk::models::_entities::login_failures::Column;
            use sea_orm::{ColumnTrait, QueryFilter};
            Entity::find().filter(Column::Account.eq("y")).into_query()
        };
        let counts = counting::each(&world.desk.db, vec![all, none]).await.unwrap();
        assert_eq!(counts, [expected, Count::exactly(0)], "{rows}");
    }
}

#[tokio::test]
async fn what_was_counted_holds_until_something_happens() {
    let world = World::new().await;
    let case = world.a_case().open().await;
    let db = &world.desk.db;
    let open = async |today| case_queue::counts(db, &world.desk.counts, today).await.unwrap()[0];
    assert_eq!(open(world.today()).await, Count::exactly(1));

    // Behind the program's back: nothing that the log knows of.
    world.tamper("UPDATE revocation_cases SET state = 'withdrawn'").await;
    assert_eq!(open(world.today()).await, Count::exactly(1), "not counted again");
    assert_eq!(open(world.today().succ_opt().unwrap()).await, Count::exactly(0), "another day");
    world.tamper("UPDATE revocation_cases SET state = 'awaiting_call'").await;
    assert_eq!(open(world.today().succ_opt().unwrap()).await, Count::exactly(0));

    claim_case(&world.desk, case.reception_number, &agent(), world.now).await.unwrap();
    assert_eq!(open(world.today().succ_opt().unwrap()).await, Count::exactly(1), "something has happened");
}
