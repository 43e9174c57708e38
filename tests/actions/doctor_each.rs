//! What `doctor` sees of keys, folders, clocks, mail and CAs: each weakness on its own, and what is sound beside it.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Duration, Utc};
use revocation_desk::actions::diagnose::{Patient, diagnose};
use revocation_desk::actions::load_demo::known_accounts;
use revocation_desk::ca::Authorities;
use revocation_desk::domain::diagnosis::{Finding, Level};
use revocation_desk::domain::halt::HaltCause;
use revocation_desk::domain::role::Role;
use revocation_desk::models::customers::{self, NewCustomer};
use revocation_desk::models::users::{self, NewUser};
use revocation_desk::settings::{Bounces, Secret, Settings};
use revocation_desk::vault::Vault;
use sea_orm::{ConnectionTrait, DbBackend};

use crate::builders::World;
use crate::doctor::{examined, level};
use crate::halt::halt;

async fn at(world: &World, now: DateTime<Utc>) -> Vec<Finding> {
    with_vault(world, &world.desk.vault, now).await
}

async fn with_vault(world: &World, vault: &Vault, now: DateTime<Utc>) -> Vec<Finding> {
    let settings = &world.desk.settings;
    diagnose(&Patient {
        is_production: true,
        settings,
        db: Some(&world.desk.db),
        vault: Some(vault),
        authorities: Some(&world.desk.authorities),
        now,
    })
    .await
}

fn written_at(path: &Path, at: DateTime<Utc>) {
    fs::write(path, "x").unwrap();
    fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
    File::options().write(true).open(path).unwrap().set_modified(at.into()).unwrap();
}

#[tokio::test]
async fn a_folder_that_others_may_look_into_is_named_and_one_that_is_missing_is_an_error() {
    let world = World::new().await;
    let folder = world.desk.settings.data_dir.join("apart");
    fs::create_dir(&folder).unwrap();
    for (mode, expected) in [(0o700, None), (0o750, Some(Level::Warning)), (0o701, Some(Level::Warning))] {
        fs::set_permissions(&folder, Permissions::from_mode(mode)).unwrap();
        let findings = examined(&world, true, |settings| settings.data_dir.clone_from(&folder)).await;
        assert_eq!(level(&findings, "doctor_folder_open"), expected, "{mode:o}");
        let closed = expected.is_none().then_some(Level::Ok);
        assert_eq!(level(&findings, "doctor_files_closed"), closed, "{mode:o}");
    }
    let findings = examined(&world, true, |settings| settings.data_dir = folder.join("nowhere")).await;
    assert_eq!(level(&findings, "doctor_no_data_dir"), Some(Level::Error));
    assert_eq!(level(&findings, "doctor_disk"), None);
}

#[tokio::test]
async fn a_master_key_of_more_than_a_year_is_named() {
    let world = World::new().await;
    let key = world.desk.settings.data_dir.join("master");
    for (age, expected) in [(Duration::days(366), None), (Duration::days(367), Some(Level::Warning))] {
        written_at(&key, world.now - age);
        let findings = examined(&world, true, |settings| settings.master_key_file = Some(key.clone())).await;
        assert_eq!(level(&findings, "doctor_master_key_old"), expected, "{age}");
    }
}

#[tokio::test]
async fn signed_ends_of_the_log_are_new_and_lie_elsewhere() {
    let world = World::new().await;
    let folder = world.desk.settings.data_dir.join("elsewhere");
    fs::create_dir(&folder).unwrap();
    for (age, is_sound) in [(Duration::hours(3), true), (Duration::seconds(3 * 3600 + 1), false)] {
        written_at(&folder.join("2026-11.jsonl"), world.now - age);
        let findings = examined(&world, true, |settings| settings.audit.heads_dir = Some(folder.clone())).await;
        assert_eq!(level(&findings, "doctor_heads"), is_sound.then_some(Level::Ok), "{age}");
        assert_eq!(level(&findings, "doctor_heads_old"), (!is_sound).then_some(Level::Warning), "{age}");
        assert_eq!(level(&findings, "doctor_heads_inside"), None);
    }
    let findings = examined(&world, true, |_| {}).await;
    assert_eq!(level(&findings, "doctor_heads_inside"), Some(Level::Warning));
    assert_eq!(level(&examined(&world, false, |_| {}).await, "doctor_heads_inside"), None);
}

#[tokio::test]
async fn figures_that_are_open_and_a_database_in_a_file_are_named() {
    let world = World::new().await;
    for open in [false, true] {
        let findings = examined(&world, true, |settings| settings.operations.open_to_network = open).await;
        assert_eq!(level(&findings, "doctor_figures_open"), open.then_some(Level::Warning));
    }
    let in_a_file = world.desk.db.get_database_backend() == DbBackend::Sqlite;
    for is_production in [false, true] {
        let findings = examined(&world, is_production, |_| {}).await;
        let expected = (in_a_file && is_production).then_some(Level::Warning);
        assert_eq!(level(&findings, "doctor_sqlite"), expected, "{is_production}");
    }
}

#[tokio::test]
async fn a_clock_behind_the_log_a_halt_and_missing_holidays_are_named() {
    let world = World::new().await;
    for code in ["doctor_clock_behind", "doctor_halted", "doctor_holidays_missing"] {
        assert_eq!(level(&at(&world, world.now).await, code), None, "{code}");
    }
    assert_eq!(level(&at(&world, world.now).await, "doctor_clock"), Some(Level::Ok));
    assert_eq!(level(&at(&world, world.now).await, "doctor_holidays"), Some(Level::Ok));
    let years_on = at(&world, world.now + Duration::days(3650)).await;
    assert_eq!(level(&years_on, "doctor_holidays_missing"), Some(Level::Warning));

    halt(&world, HaltCause::Ordered).await;
    assert_eq!(level(&at(&world, world.now).await, "doctor_halted"), Some(Level::Warning));
    for (seconds, expected) in [(4, None), (5, Some(Level::Error))] {
        let findings = at(&world, world.now - Duration::seconds(seconds)).await;
        assert_eq!(level(&findings, "doctor_clock_behind"), expected, "{seconds}");
    }
}

#[tokio::test]
async fn what_is_still_sealed_with_an_old_key_is_counted_and_an_old_key_that_opens_nothing_may_go() {
    let world = World::new().await;
    let keys = world.desk.settings.data_dir.join("keys");
    let line = |byte: u8| STANDARD.encode([byte; 32]);
    let vault = |lines: &[String]| {
        fs::write(&keys, lines.join("\n")).unwrap();
        Vault::load(Some(&keys), &world.desk.settings.data_dir).unwrap()
    };
    let old = vault(&[line(1)]);
    let both = vault(&[line(2), line(1)]);
    assert_eq!(level(&with_vault(&world, &old, world.now).await, "doctor_master_keys_left"), None);
    assert_eq!(level(&with_vault(&world, &both, world.now).await, "doctor_master_keys_left"), Some(Level::Warning));
    let new = NewUser {
        email: "staff@ca.example".to_owned(),
        name: "例文 花".to_owned(),
        role: Role::Agent,
        password_hash: "$argon2id$nothing".to_owned(),
        must_change_password: false,
    };
    let user = users::insert(&world.desk.db, new, world.now).await.unwrap();
    let sealed = old.seal(&format!("users/{}/totp_secret", user.id), "JBSWY3DPEHPK3PXP").unwrap();
    users::set_code_secret(&world.desk.db, user.id, Some(sealed), None).await.unwrap();
    assert_eq!(level(&with_vault(&world, &old, world.now).await, "doctor_seals_old"), None);
    let findings = with_vault(&world, &both, world.now).await;
    assert_eq!(level(&findings, "doctor_seals_old"), Some(Level::Warning));
    assert_eq!(level(&findings, "doctor_master_keys_left"), None);
}

#[tokio::test]
async fn the_way_out_of_mails_and_the_way_back_are_looked_at() {
    let world = World::new().await;
    let mails = world.desk.settings.data_dir.join("bounced");
    let smtp = |settings: &mut Settings, url: &str| settings.mail.smtp_url = Some(Secret::new(url));
    let bounces = |settings: &mut Settings| {
        settings.mail.bounces = Some(Bounces {
            address: "bounce@ca.example".to_owned(),
            maildir: mails.clone(),
            key_file: mails.join("key"),
            key: None,
        });
    };
    let findings = examined(&world, true, |settings| smtp(settings, "smtp://127.0.0.1:1?tls=opportunistic")).await;
    assert_eq!(level(&findings, "doctor_mail_opportunistic"), Some(Level::Warning));
    assert_eq!(level(&findings, "doctor_mail_plain"), None);
    assert_eq!(level(&findings, "doctor_no_bounces"), Some(Level::Warning));
    let findings = examined(&world, true, |settings| smtp(settings, "gopher://mail")).await;
    assert_eq!(level(&findings, "doctor_mail_settings"), Some(Level::Error));
    let findings = examined(&world, true, |settings| {
        smtp(settings, "smtp://127.0.0.1:1?tls=required");
        bounces(settings);
    })
    .await;
    assert_eq!(level(&findings, "doctor_mail_opportunistic"), None);
    assert_eq!(level(&findings, "doctor_no_bounces"), None);
    assert_eq!(level(&findings, "doctor_bounces_unreadable"), Some(Level::Error));
    for part in ["new", "cur", "tmp"] {
        fs::create_dir_all(mails.join(part)).unwrap();
    }
    let findings = examined(&world, true, bounces).await;
    assert_eq!(level(&findings, "doctor_bounces"), Some(Level::Ok));
}

#[tokio::test]
async fn a_database_that_is_bare_or_answers_with_errors_is_an_error() {
    let world = World::new().await;
    let settings = &world.desk.settings;
    let bare = sea_orm::Database::connect("sqlite::memory:").await.unwrap();
    let authorities = Authorities::default();
    let (vault, now) = (Some(&world.desk.vault), world.now);
    let patient =
        Patient { is_production: true, settings, db: Some(&bare), vault, authorities: Some(&authorities), now };
    assert_eq!(level(&diagnose(&patient).await, "doctor_not_migrated"), Some(Level::Error));
    world.desk.db.execute_unprepared("ALTER TABLE holidays RENAME TO gone").await.unwrap();
    let findings = at(&world, now).await;
    assert_eq!(level(&findings, "doctor_database_failed"), Some(Level::Error));
    assert_eq!(level(&findings, "doctor_migrated"), None);
}

#[tokio::test]
async fn a_customer_of_the_demonstration_is_found_as_long_as_the_account_is_open() {
    let world = World::new().await;
    let (_, logins) = known_accounts().unwrap();
    let new = NewCustomer {
        subscriber_id: world.a_subscriber().register().await.id,
        login: logins[0].clone(),
        name: "例文 花".to_owned(),
        email: "hana@customer.example".to_owned(),
        password_hash: None,
    };
    customers::insert(&world.desk.db, new, world.now).await.unwrap();
    assert_eq!(level(&at(&world, world.now).await, "doctor_demo_accounts"), Some(Level::Error));
    let closed = format!("UPDATE customers SET disabled_at = '{}'", world.now.to_rfc3339());
    world.desk.db.execute_unprepared(&closed).await.unwrap();
    assert_eq!(level(&at(&world, world.now).await, "doctor_demo_accounts"), None);
}
