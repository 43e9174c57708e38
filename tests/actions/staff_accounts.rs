//! Accounts of staff and tokens of programs, as administrators change them.

use std::sync::LazyLock;

use chrono::Duration;
use revocation_desk::actions::change_role::{ChangeRole, change_role};
use revocation_desk::actions::claim_case::claim_case;
use revocation_desk::actions::create_token::{NewToken, create_token};
use revocation_desk::actions::create_user::{NewStaff, create_user};
use revocation_desk::actions::disable_user::disable_user;
use revocation_desk::actions::enable_user::enable_user;
use revocation_desk::actions::log_in::{Credentials, StaffLoggedIn, log_in};
use revocation_desk::actions::reset_password::reset_password;
use revocation_desk::actions::revoke_token::revoke_token;
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::role::Role;
use revocation_desk::models::passwords::Passwords;
use revocation_desk::models::sessions::{self, Owner};
use revocation_desk::models::{api_tokens, audit_events, users};
use sea_orm::EntityTrait;
use serde_json::Value;

use crate::builders::{World, codes, problem, staff};

static PASSWORDS: LazyLock<Passwords> = LazyLock::new(Passwords::default);

async fn an_account(world: &World, email: &str, role: Role) -> (users::Model, String) {
    let new = NewStaff { name: "例文 花".to_owned(), email: email.to_owned(), role, reason: None };
    create_user(&world.desk.db, &PASSWORDS, new, &Actor::system(), world.now).await.unwrap()
}

async fn reload(world: &World, user: &users::Model) -> users::Model {
    users::Entity::find_by_id(user.id).one(&world.desk.db).await.unwrap().unwrap()
}

async fn last_event(world: &World) -> (String, Value) {
    let (sequence, _) = audit_events::head(&world.desk.db).await.unwrap();
    let event = audit_events::numbered(&world.desk.db, sequence).await.unwrap().unwrap();
    (event.action.clone(), event.facts())
}

fn acting(user: &users::Model) -> Actor {
    staff(user.id, &user.name, user.role)
}

async fn a_session(world: &World, user: &users::Model) {
    let owner = Owner::User(user.id);
    sessions::insert(&world.desk.db, format!("hash-{}", user.id), owner, "{}".to_owned(), world.now).await.unwrap();
}

#[tokio::test]
async fn a_closed_account_is_logged_out_at_once_and_opened_with_what_it_had() {
    let world = World::new().await;
    let (admin, _) = an_account(&world, "megumi@ca.example", Role::Admin).await;
    let (hana, _) = an_account(&world, "hana@ca.example", Role::Agent).await;
    a_session(&world, &hana).await;
    let (db, by) = (&world.desk.db, acting(&admin));

    disable_user(db, hana.id, "退職", &by, world.now).await.unwrap();

    assert_eq!(world.count("sessions").await, 0);
    assert!(users::Entity::find_enabled(db, hana.id).await.unwrap().is_none());
    let (action, facts) = last_event(&world).await;
    assert_eq!((action.as_str(), &facts["reason"]), ("user_disabled", &Value::from("退職")));
    enable_user(db, hana.id, "復職", &by, world.now).await.unwrap();
    assert_eq!(reload(&world, &hana).await, hana);
    assert_eq!(last_event(&world).await.0, "user_enabled");
}

#[tokio::test]
async fn the_last_administrator_stays_and_nobody_changes_themselves() {
    let world = World::new().await;
    let (megumi, _) = an_account(&world, "megumi@ca.example", Role::Admin).await;
    let db = &world.desk.db;
    let own = disable_user(db, megumi.id, "x", &acting(&megumi), world.now).await;
    assert_eq!(problem(own).code, "own_account");
    let last = disable_user(db, megumi.id, "x", &Actor::system(), world.now).await;
    assert_eq!(problem(last).code, "last_admin");
    let demoted = ChangeRole { user_id: megumi.id, role: Role::Agent, reason: "x".to_owned() };
    let demoted = change_role(db, demoted, &Actor::system(), world.now).await;
    assert_eq!(problem(demoted).code, "last_admin");

    let (ryo, _) = an_account(&world, "ryo@ca.example", Role::Admin).await;
    disable_user(db, megumi.id, "異動", &acting(&ryo), world.now).await.unwrap();
    let late = disable_user(db, ryo.id, "異動", &acting(&megumi), world.now).await;
    assert_eq!(problem(late).code, "last_admin", "who closed whom first is seen");
}

#[tokio::test]
async fn two_administrators_who_close_each_other_at_once_leave_one() {
    let world = World::new().await;
    let (megumi, _) = an_account(&world, "megumi@ca.example", Role::Admin).await;
    let (ryo, _) = an_account(&world, "ryo@ca.example", Role::Admin).await;
    let second = world.second_connection().await;
    let (by_megumi, by_ryo) = (acting(&megumi), acting(&ryo));

    let (one, other) = tokio::join!(
        disable_user(&world.desk.db, ryo.id, "x", &by_megumi, world.now),
        disable_user(&second, megumi.id, "x", &by_ryo, world.now),
    );

    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    assert_eq!(world.count("users WHERE disabled_at IS NULL").await, 1);
}

#[tokio::test]
async fn another_role_is_recorded_with_both() {
    let world = World::new().await;
    let (admin, _) = an_account(&world, "megumi@ca.example", Role::Admin).await;
    let (hana, _) = an_account(&world, "hana@ca.example", Role::Agent).await;
    let input = ChangeRole { user_id: hana.id, role: Role::Supervisor, reason: "昇格".to_owned() };

    change_role(&world.desk.db, input, &acting(&admin), world.now).await.unwrap();

    assert_eq!(reload(&world, &hana).await.role, Role::Supervisor);
    let (action, facts) = last_event(&world).await;
    assert_eq!(action, "user_role_changed");
    assert_eq!(facts["changes"][0], serde_json::json!({ "field": "role", "before": "agent", "after": "supervisor" }));
}

#[tokio::test]
async fn a_reset_password_opens_a_locked_account_once_and_has_to_be_replaced() {
    let world = World::new().await;
    let (admin, _) = an_account(&world, "megumi@ca.example", Role::Admin).await;
    let (hana, old) = an_account(&world, "hana@ca.example", Role::Agent).await;
    let try_in = async |password: &str| {
        let credentials = Credentials {
            account: "hana@ca.example".to_owned(),
            password: password.to_owned(),
            address: "192.0.2.1".to_owned(),
        };
        log_in(&world.desk.db, &PASSWORDS, credentials, world.now).await
    };
    for _ in 0..5 {
        assert_eq!(codes(try_in("wrong password").await), ["login_refused"]);
    }
    assert_eq!(codes(try_in(&old).await), ["login_locked"]);
    a_session(&world, &hana).await;

    let (user, new) =
        reset_password(&world.desk.db, &PASSWORDS, (hana.id, "忘れたため"), &acting(&admin), world.now).await.unwrap();

    assert_eq!(user.id, hana.id);
    assert_eq!(world.count("sessions").await, 0);
    assert_eq!(last_event(&world).await.0, "user_password_reset");
    assert_eq!(codes(try_in(&old).await), ["login_refused"]);
    let StaffLoggedIn::Done(user) = try_in(&new).await.unwrap() else { panic!("nothing else is asked") };
    assert!(user.must_change_password);
}

#[tokio::test]
async fn a_revoked_token_opens_nothing_any_more() {
    let world = World::new().await;
    let db = &world.desk.db;
    let new = NewToken {
        name: "注文システム".to_owned(),
        role: Role::Agent,
        read_only: false,
        lifetime: Duration::days(1),
        reason: Some("連携の開始".to_owned()),
    };
    let (row, token) = create_token(db, new, &Actor::system(), world.now).await.unwrap();
    assert_eq!(last_event(&world).await.1["reason"], "連携の開始");
    assert!(api_tokens::Entity::find_valid(db, &token, world.now).await.unwrap().is_some());
    assert_eq!(problem(revoke_token(db, row.id, " ", &Actor::system(), world.now).await).code, "change_reason_missing");

    revoke_token(db, row.id, "漏えい", &Actor::system(), world.now).await.unwrap();

    assert!(api_tokens::Entity::find_valid(db, &token, world.now).await.unwrap().is_none());
    assert_eq!(last_event(&world).await.0, "token_revoked");
    let twice = revoke_token(db, row.id, "漏えい", &Actor::system(), world.now).await;
    assert_eq!(problem(twice).code, "token_revoked_already");
}

#[tokio::test]
async fn a_closed_account_gives_its_claims_back_at_once() {
    let world = World::new().await;
    let (admin, _) = an_account(&world, "megumi@ca.example", Role::Admin).await;
    let (hana, _) = an_account(&world, "hana@ca.example", Role::Agent).await;
    let (hers, others) = (world.a_case().open().await, world.a_case().open().await);
    claim_case(&world.desk, hers.reception_number, &acting(&hana), world.now).await.unwrap();
    claim_case(&world.desk, others.reception_number, &acting(&admin), world.now).await.unwrap();

    disable_user(&world.desk.db, hana.id, "退職", &acting(&admin), world.now).await.unwrap();

    assert_eq!(world.reload(&hers).await.holder(world.now), None);
    assert_eq!(world.reload(&others).await.holder(world.now), Some(acting(&admin).key().as_str()));
    assert!(world.reload(&hers).await.fence > hers.fence + 1, "what she still sends does not count");
    assert_eq!(last_event(&world).await.1["claims_released"], 1);
}

#[tokio::test]
async fn a_code_is_used_up_with_all_before_it_even_by_somebody_who_read_the_account_earlier() {
    let world = World::new().await;
    let (hana, _) = an_account(&world, "hana@ca.example", Role::Agent).await;
    let db = &world.desk.db;
    users::set_code_secret(db, hana.id, Some("sealed".to_owned()), None).await.unwrap();
    for (step, counts) in [(7, true), (7, false), (6, false), (8, true)] {
        assert_eq!(users::use_code_step(db, hana.id, step).await.unwrap(), counts, "{step}");
    }
}
