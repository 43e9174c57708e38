//! What a passkey has to say to count, and whose it is.

use revocation_desk::actions::add_passkey::{AddPasskey, add_passkey};
use revocation_desk::actions::log_in_by_passkey::{PasskeyAnswer, log_in_by_passkey};
use revocation_desk::actions::prove_again::{Proof, prove_again};
use revocation_desk::domain::actor::{Actor, Identity};
use revocation_desk::domain::role::Role;
use revocation_desk::models::passwords::Passwords;
use revocation_desk::models::users::{self, NewUser};
use revocation_desk::passkeys::{PasskeyError, Passkeys};

use crate::authenticator::Authenticator;
use crate::builders::{World, codes};

fn site() -> Passkeys {
    Passkeys::at("https://desk.example").unwrap()
}

#[test]
fn an_answer_counts_when_its_owner_unlocked_it_for_this_question_and_it_has_not_been_copied() {
    let site = site();
    let mut passkey = Authenticator::new(7);
    let asked = site.ask_to_enrol(12, "hana@ca.example", "例文 花", &[]).unwrap();
    let stored = site.enrol(&passkey.make(&asked.options), &asked.kept).unwrap().stored;
    let (asked, other) = (site.ask().unwrap(), site.ask().unwrap());
    let refused = |answer: String, stored: &str| {
        matches!(site.judge(&answer, &asked.kept, stored), Err(PasskeyError::Refused(_)))
    };

    passkey.counter = 5;
    passkey.is_unlocked = false;
    assert!(refused(passkey.prove(&asked.options, 12), &stored), "locked");
    passkey.is_unlocked = true;
    assert!(refused(passkey.prove(&other.options, 12), &stored), "another question");
    passkey.origin = "https://desk.examp1e".to_owned();
    assert!(refused(passkey.prove(&asked.options, 12), &stored), "another site");
    passkey.origin = "https://desk.example".to_owned();
    assert!(refused(Authenticator::new(8).prove(&asked.options, 12), &stored), "another passkey");

    let stored = site.judge(&passkey.prove(&asked.options, 12), &asked.kept, &stored).unwrap();
    for (counter, counts) in [(4, false), (5, false), (6, true)] {
        passkey.counter = counter;
        assert_eq!(refused(passkey.prove(&asked.options, 12), &stored), !counts, "{counter}");
    }
}

#[test]
fn a_passkey_that_is_not_unlocked_is_not_even_made() {
    let site = site();
    let mut passkey = Authenticator::new(7);
    passkey.is_unlocked = false;
    let asked = site.ask_to_enrol(12, "hana@ca.example", "例文 花", &[]).unwrap();
    assert!(matches!(site.enrol(&passkey.make(&asked.options), &asked.kept), Err(PasskeyError::Refused(_))));
}

/// A member of staff with a passkey of their own.
async fn a_user(world: &World, email: &str, passkey: &Authenticator) -> (users::Model, Actor) {
    let new = NewUser {
        email: email.to_owned(),
        name: "例文 花".to_owned(),
        role: Role::Agent,
        password_hash: "$argon2id$nothing".to_owned(),
        must_change_password: false,
    };
    let user = users::insert(&world.desk.db, new, world.now).await.unwrap();
    let actor = Actor::new(Identity::Staff { id: user.id, name: user.name.clone(), role: user.role }, None);
    let asked = site().ask_to_enrol(user.id, email, &user.name, &[]).unwrap();
    let made = AddPasskey { name: "PC".to_owned(), answer: passkey.make(&asked.options), question: asked.kept };
    add_passkey(&world.desk, made, &actor, world.now).await.unwrap();
    (user, actor)
}

#[tokio::test]
async fn somebody_elses_passkey_neither_proves_who_one_is_nor_stands_in_for_a_second_factor() {
    let mut world = World::new().await;
    world.desk.passkeys = Some(site());
    let (mut of_hana, mut of_jiro) = (Authenticator::new(7), Authenticator::new(8));
    let (hana, hana_herself) = a_user(&world, "hana@ca.example", &of_hana).await;
    let (jiro, _) = a_user(&world, "jiro@ca.example", &of_jiro).await;
    let (desk, now) = (&world.desk, world.now);
    let handle = |user: &users::Model| u128::try_from(user.id).unwrap();
    (of_hana.counter, of_jiro.counter) = (2, 2);
    let asked = site().ask().unwrap();
    let proof =
        |passkey: &Authenticator, user| Proof::Passkey(passkey.prove(&asked.options, handle(user)), asked.kept.clone());
    let log_in = |passkey: &Authenticator, user: &users::Model, awaited| {
        let answer = passkey.prove(&asked.options, handle(user));
        let input = PasskeyAnswer { answer, question: asked.kept.clone(), address: "192.0.2.1".to_owned() };
        log_in_by_passkey(desk, input, awaited, now)
    };

    let by_jiros = prove_again(desk, &Passwords::default(), proof(&of_jiro, &jiro), &hana_herself, now).await;
    assert_eq!(codes(by_jiros), ["passkey_refused"]);
    assert_eq!(codes(log_in(&of_jiro, &jiro, Some(hana.id)).await), ["passkey_refused"]);
    assert_eq!(world.count("audit_events WHERE action IN ('identity_proven', 'logged_in')").await, 0);

    prove_again(desk, &Passwords::default(), proof(&of_hana, &hana), &hana_herself, now).await.unwrap();
    of_hana.counter = 3;
    assert_eq!(log_in(&of_hana, &hana, Some(hana.id)).await.unwrap().id, hana.id);
    users::disable(&desk.db, jiro.id, now).await.unwrap();
    assert_eq!(codes(log_in(&of_jiro, &jiro, None).await), ["passkey_refused"]);
}
