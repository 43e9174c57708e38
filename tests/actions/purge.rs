//! What has served its time goes; what may still be asked for stays.

use chrono::Duration;
use revocation_desk::actions::invite_customer::{InviteCustomer, invite_customer};
use revocation_desk::actions::purge::purge;
use revocation_desk::models::idempotency_keys::{self, NewKey};

use crate::builders::{World, agent};

#[tokio::test]
async fn answers_of_the_api_are_kept_for_a_week() {
    let world = World::new().await;
    let key = NewKey { actor: "token:1".to_owned(), key: "order-1".to_owned(), request_hash: "00".to_owned() };
    idempotency_keys::take(&world.desk.db, key, world.now).await.unwrap();
    for (age, kept) in [(Duration::days(7), 1), (Duration::days(7) + Duration::seconds(1), 0)] {
        purge(&world.desk, world.now + age).await.unwrap();
        assert_eq!(world.count("idempotency_keys").await, kept, "{age}");
    }
}

#[tokio::test]
async fn links_go_when_they_have_run_out() {
    let world = World::new().await;
    let subscriber = world.a_subscriber().register().await;
    let input = InviteCustomer {
        subscriber_id: subscriber.id,
        login: "hana".to_owned(),
        name: "例文 花".to_owned(),
        email: "hana@customer.example".to_owned(),
    };
    invite_customer(&world.desk, input, &agent(), world.now).await.unwrap();
    for (age, kept) in [(Duration::days(7) - Duration::seconds(1), 1), (Duration::days(7), 0)] {
        purge(&world.desk, world.now + age).await.unwrap();
        assert_eq!(world.count("customer_links").await, kept, "{age}");
    }
}
