//! The embedded CA's files: made once, whole, and for nobody else's eyes.

use std::{collections::HashSet, fs, os::unix::fs::PermissionsExt, thread};

use revocation_desk::ca::embedded::{EmbeddedCa, StoreError};
use sea_orm::Database;
use tempfile::TempDir;

use crate::authority::{Authority, PUBLIC_URL, now};

#[tokio::test]
async fn the_first_start_makes_a_root_and_an_issuing_ca_that_openssl_accepts() {
    let authority = Authority::new().await;
    authority.ca.publish_crls(now()).await.unwrap();

    let (good, said) = crate::openssl::verify(&authority, &authority.source().await, now());

    assert!(good, "{said}");
    let root = crate::openssl::text(&authority, &authority.ca.root().certificate.der);
    assert!(root.contains("CA:TRUE"), "{root}");
}

#[tokio::test]
async fn keys_are_readable_by_the_program_only() {
    let authority = Authority::new().await;
    let mode = |name: &str| fs::metadata(authority.directory().join(name)).unwrap().permissions().mode() & 0o777;

    assert_eq!(mode("."), 0o700);
    assert_eq!(mode("root.key.pem"), 0o600);
    assert_eq!(mode("issuing.key.pem"), 0o600);
}

#[tokio::test]
async fn the_next_start_finds_the_same_ca() {
    let authority = Authority::new().await;

    let again = EmbeddedCa::open(authority.db.clone(), &authority.directory(), PUBLIC_URL, now()).unwrap();

    assert_eq!(again.issuing().certificate, authority.ca.issuing().certificate);
    assert_eq!(again.root().id, authority.ca.root().id);
    assert!(again.issuer(&again.root().id).is_some());
    assert!(again.issuer("0000000000000000").is_none());
}

#[tokio::test]
async fn a_key_that_others_can_read_stops_the_start() {
    let authority = Authority::new().await;
    let key = authority.directory().join("issuing.key.pem");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();

    let refused = EmbeddedCa::open(authority.db.clone(), &authority.directory(), PUBLIC_URL, now());

    assert!(matches!(refused.err(), Some(StoreError::Permissions(path)) if path == key));
}

#[tokio::test]
async fn a_directory_with_half_a_ca_is_left_alone() {
    let authority = Authority::new().await;
    for gone in ["issuing.key.pem", "root.key.pem"] {
        fs::remove_file(authority.directory().join(gone)).unwrap();
        let before = files(&authority);

        assert!(EmbeddedCa::open(authority.db.clone(), &authority.directory(), PUBLIC_URL, now()).is_err(), "{gone}");
        assert_eq!(files(&authority), before, "{gone}");
    }
}

#[tokio::test]
async fn the_certificate_of_another_key_is_noticed() {
    let authority = Authority::new().await;
    let directory = authority.directory();
    fs::copy(directory.join("root.crt.pem"), directory.join("issuing.crt.pem")).unwrap();

    let refused = EmbeddedCa::open(authority.db.clone(), &directory, PUBLIC_URL, now());

    assert!(matches!(refused.err(), Some(StoreError::Mismatch)));
}

#[tokio::test]
async fn processes_that_start_at_once_end_up_with_one_ca() {
    let home = TempDir::new().unwrap();
    let db = Database::connect("sqlite::memory:").await.unwrap();
    let directory = home.path().join("data/ca");

    let ids: HashSet<String> = thread::scope(|scope| {
        let starts: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| EmbeddedCa::open(db.clone(), &directory, PUBLIC_URL, now()).unwrap()))
            .collect();
        starts.into_iter().map(|start| start.join().unwrap().issuing().id.clone()).collect()
    });

    assert_eq!(ids.len(), 1);
    assert_eq!(fs::read_dir(home.path().join("data")).unwrap().count(), 1, "left-overs");
}

fn files(authority: &Authority) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(authority.directory())
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
