//! What `doctor` sees of a desk: each weakness is named, and a sound desk has none of them.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use revocation_desk::actions::diagnose::{Patient, diagnose};
use revocation_desk::domain::diagnosis::{Finding, Level};
use revocation_desk::domain::role::Role;
use revocation_desk::messages::Texts;
use revocation_desk::models::users::{self, NewUser};
use revocation_desk::settings::{Secret, Settings};
use sea_orm::ConnectionTrait;

use crate::builders::World;

pub async fn examined(world: &World, is_production: bool, change: impl FnOnce(&mut Settings)) -> Vec<Finding> {
    let mut settings = (*world.desk.settings).clone();
    change(&mut settings);
    let patient = Patient {
        is_production,
        settings: &settings,
        db: Some(&world.desk.db),
        vault: Some(&world.desk.vault),
        authorities: Some(&world.desk.authorities),
        now: world.now,
    };
    let findings = diagnose(&patient).await;
    for finding in &findings {
        for t in [Texts::JA, Texts::EN] {
            let text = t.problem(&finding.what);
            assert!(!text.contains("???") && !text.contains('{'), "{}: {text}", finding.what);
        }
    }
    findings
}

pub fn level(findings: &[Finding], code: &str) -> Option<Level> {
    findings.iter().find(|finding| finding.what.code == code).map(|finding| finding.level)
}

#[tokio::test]
async fn what_is_usual_in_development_is_an_error_in_production() {
    let world = World::new().await;
    for code in ["doctor_no_https", "doctor_mail_files", "doctor_no_second_factor", "doctor_no_heads"] {
        for (is_production, expected) in [(false, Level::Warning), (true, Level::Error)] {
            let findings = examined(&world, is_production, |settings| {
                settings.staff.require_second_factor = false;
                "http://desk.example".clone_into(&mut settings.public_url);
            })
            .await;
            assert_eq!(level(&findings, code), Some(expected), "{code} {is_production}");
        }
    }
    let findings = examined(&world, true, |settings| {
        settings.staff.require_second_factor = true;
        "https://desk.example".clone_into(&mut settings.public_url);
    })
    .await;
    for code in ["doctor_https", "doctor_second_factor", "doctor_migrated", "doctor_seals", "doctor_disk"] {
        assert_eq!(level(&findings, code), Some(Level::Ok), "{code}");
    }
}

#[tokio::test]
async fn a_key_that_others_may_read_is_named_and_not_shown() {
    let world = World::new().await;
    let key = world.desk.settings.data_dir.join("heads.pem");
    fs::write(&key, "the secret itself").unwrap();
    for (mode, expected) in [(0o600, None), (0o640, Some(Level::Warning)), (0o604, Some(Level::Error))] {
        fs::set_permissions(&key, Permissions::from_mode(mode)).unwrap();
        let findings = examined(&world, false, |settings| settings.audit.key_file = Some(key.clone())).await;
        assert_eq!(level(&findings, "doctor_file_open"), expected, "{mode:o}");
        assert!(!format!("{findings:?}").contains("the secret itself"));
    }
    fs::remove_file(&key).unwrap();
    let findings = examined(&world, false, |settings| settings.audit.key_file = Some(key.clone())).await;
    assert_eq!(level(&findings, "doctor_file_missing"), Some(Level::Error));
}

#[tokio::test]
async fn accounts_that_everybody_knows_are_found_as_long_as_they_are_open() {
    let world = World::new().await;
    assert_eq!(level(&examined(&world, true, |_| {}).await, "doctor_no_administrator"), Some(Level::Warning));
    let new = NewUser {
        email: "admin@desk.example".to_owned(),
        name: "例文 守".to_owned(),
        role: Role::Admin,
        password_hash: "$argon2id$nothing".to_owned(),
        must_change_password: false,
    };
    let user = users::insert(&world.desk.db, new, world.now).await.unwrap();
    let findings = examined(&world, true, |_| {}).await;
    assert_eq!(level(&findings, "doctor_demo_accounts"), Some(Level::Error));
    assert_eq!(level(&findings, "doctor_no_administrator"), None);
    users::disable(&world.desk.db, user.id, world.now).await.unwrap();
    assert_eq!(level(&examined(&world, true, |_| {}).await, "doctor_demo_accounts"), None);
}

#[tokio::test]
async fn what_does_not_open_is_an_error_and_what_is_bare_a_warning() {
    let world = World::new().await;
    let password_hash = "$argon2id$nothing".to_owned();
    let new = NewUser {
        email: "staff@ca.example".to_owned(),
        name: "例文 花".to_owned(),
        role: Role::Agent,
        password_hash,
        must_change_password: false,
    };
    let user = users::insert(&world.desk.db, new, world.now).await.unwrap();
    let row = format!("users/{}/totp_secret", user.id);
    let sealed = world.desk.vault.seal(&row, "JBSWY3DPEHPK3PXP").unwrap();
    for (stored, code, expected) in [
        (sealed.as_str(), "doctor_seals", Level::Ok),
        (sealed.trim_end_matches(char::is_alphanumeric), "doctor_seals_closed", Level::Error),
        ("JBSWY3DPEHPK3PXP", "doctor_seals_bare", Level::Warning),
    ] {
        let sql = format!("UPDATE users SET totp_secret = '{stored}' WHERE id = {}", user.id);
        world.desk.db.execute_unprepared(&sql).await.unwrap();
        let findings = examined(&world, false, |_| {}).await;
        assert_eq!(level(&findings, code), Some(expected), "{code}");
        assert!(!format!("{findings:?}").contains("JBSWY3DPEHPK3PXP"));
    }
}

#[tokio::test]
async fn a_mail_server_that_is_away_is_an_error_that_keeps_its_password() {
    let world = World::new().await;
    let findings = examined(&world, true, |settings| {
        settings.mail.smtp_url = Some(Secret::new("smtps://desk:s3cret-word@127.0.0.1:1"));
    })
    .await;
    assert_eq!(level(&findings, "doctor_mail_unreachable"), Some(Level::Error));
    assert_eq!(level(&findings, "doctor_no_dkim"), Some(Level::Warning));
    assert_eq!(level(&findings, "doctor_mail_plain"), None);
    assert!(!format!("{findings:?}").contains("s3cret-word"));
    let plain = examined(&world, true, |settings| {
        settings.mail.smtp_url = Some(Secret::new("smtp://127.0.0.1:1"));
    })
    .await;
    assert_eq!(level(&plain, "doctor_mail_plain"), Some(Level::Warning));
}
