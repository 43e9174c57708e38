//! Secrets are sealed under the master key, those from before there was one too, and a new key takes over all.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use revocation_desk::actions::confirm_log_in::{Code, ConfirmLogIn, confirm_log_in};
use revocation_desk::actions::confirm_staff_log_in::{ConfirmStaffLogIn, confirm_staff_log_in};
use revocation_desk::actions::seal_secrets::{Sealed, Secrets, seal_secrets};
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::confirmation_code::{code_at, encode};
use revocation_desk::domain::role::Role;
use revocation_desk::models::{audit_events, customers, users};
use revocation_desk::services::Services;
use revocation_desk::vault::Vault;

use crate::builders::World;

/// A customer and a member of staff whose codes come from these secrets, as an older program stored them.
async fn two_accounts(world: &World) -> (i64, i64, String) {
    let db = &world.desk.db;
    let subscriber = world.a_subscriber().register().await;
    let new = customers::NewCustomer {
        subscriber_id: subscriber.id,
        login: "hana".to_owned(),
        name: "例文 花".to_owned(),
        email: "hana@customer.example".to_owned(),
        password_hash: Some("x".to_owned()),
    };
    let customer = customers::insert(db, new, world.now).await.unwrap().id;
    let new = users::NewUser {
        email: "hana@ca.example".to_owned(),
        name: "例文 花".to_owned(),
        role: Role::Agent,
        password_hash: "x".to_owned(),
        must_change_password: false,
    };
    let user = users::insert(db, new, world.now).await.unwrap().id;
    let secret = encode([7; 20]);
    customers::set_code_secret(db, customer, Some(secret.clone()), None).await.unwrap();
    users::set_code_secret(db, user, Some(secret.clone()), None).await.unwrap();
    (customer, user, secret)
}

async fn seal(desk: &Services, which: Secrets) -> Sealed {
    seal_secrets(desk, which, &Actor::system(), desk.clock.now()).await.unwrap()
}

async fn stored(world: &World) -> Vec<String> {
    let customers = customers::with_code(&world.desk.db).await.unwrap().into_iter().map(|row| row.totp_secret);
    let users = users::with_code(&world.desk.db).await.unwrap().into_iter().map(|row| row.totp_secret);
    customers.chain(users).flatten().collect()
}

/// The program with these master keys, the first one sealing.
fn with_keys(world: &World, keys: &[u8]) -> Services {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys");
    let lines: Vec<String> = keys.iter().map(|byte| STANDARD.encode([*byte; 32])).collect();
    std::fs::write(&file, lines.join("\n")).unwrap();
    let mut desk = world.desk.clone();
    desk.vault = Vault::load(Some(&file), folder.path()).unwrap();
    desk
}

#[tokio::test]
async fn what_an_older_program_stored_is_sealed_at_the_start_and_still_opens() {
    let world = World::new().await;
    let (customer, user, secret) = two_accounts(&world).await;

    assert_eq!(seal(&world.desk, Secrets::Unsealed).await, Sealed { checked: 2, changed: 2 });

    for sealed in stored(&world).await {
        assert!(Vault::is_sealed(&sealed) && !sealed.contains(&secret), "{sealed}");
    }
    assert_eq!(seal(&world.desk, Secrets::Unsealed).await, Sealed { checked: 2, changed: 0 }, "once");
    let code = || Code::App(code_at(&secret, world.now).unwrap());
    let address = || "192.0.2.1".to_owned();
    let input = ConfirmLogIn { customer_id: customer, code: code(), address: address() };
    confirm_log_in(&world.desk, input, world.now).await.unwrap();
    let input = ConfirmStaffLogIn { user_id: user, code: code(), address: address() };
    confirm_staff_log_in(&world.desk, input, world.now).await.unwrap();
}

#[tokio::test]
async fn a_new_master_key_takes_over_and_the_old_one_is_needed_no_more() {
    let world = World::new().await;
    let (_, user, secret) = two_accounts(&world).await;
    seal(&with_keys(&world, &[1]), Secrets::Unsealed).await;

    assert_eq!(seal(&with_keys(&world, &[2, 1]), Secrets::Unsealed).await.changed, 0, "a start changes no key");
    assert_eq!(seal(&with_keys(&world, &[2, 1]), Secrets::All).await, Sealed { checked: 2, changed: 2 });
    assert_eq!(seal(&with_keys(&world, &[2, 1]), Secrets::All).await.changed, 0);

    let (sequence, _) = audit_events::head(&world.desk.db).await.unwrap();
    let event = audit_events::numbered(&world.desk.db, sequence).await.unwrap().unwrap();
    assert_eq!((event.action.as_str(), event.facts()["changed"].as_u64()), ("master_key_rotated", Some(2)));
    let code = Code::App(code_at(&secret, world.now).unwrap());
    let input = ConfirmStaffLogIn { user_id: user, code, address: "192.0.2.1".to_owned() };
    confirm_staff_log_in(&with_keys(&world, &[2]), input, world.now).await.unwrap();
}

#[tokio::test]
async fn without_the_key_that_sealed_them_nothing_is_changed() {
    let world = World::new().await;
    two_accounts(&world).await;
    seal(&with_keys(&world, &[1]), Secrets::Unsealed).await;
    let before = stored(&world).await;

    let refused = seal_secrets(&with_keys(&world, &[3]), Secrets::All, &Actor::system(), world.now).await;

    assert!(refused.is_err());
    assert_eq!(stored(&world).await, before);
}

#[tokio::test]
async fn a_secret_that_was_moved_to_another_account_opens_nothing() {
    let world = World::new().await;
    let (_, user, secret) = two_accounts(&world).await;
    seal(&world.desk, Secrets::Unsealed).await;
    world.tamper("UPDATE users SET totp_secret = (SELECT totp_secret FROM customers)").await;

    let code = Code::App(code_at(&secret, world.now).unwrap());
    let input = ConfirmStaffLogIn { user_id: user, code, address: "192.0.2.1".to_owned() };
    assert!(confirm_staff_log_in(&world.desk, input, world.now).await.is_err());
}
