//! One embedded CA on several nodes: one database, one folder, and what becomes of a node that has another one.

use std::{fs, path::Path};

use chrono::Duration;
use futures::future::join_all;
use revocation_desk::ca::{
    CertificateAuthority,
    embedded::{EmbeddedCa, PublishError, StoreError},
};
use sea_orm::{ConnectionTrait, TransactionTrait};
use tempfile::TempDir;

use crate::authority::{Authority, PUBLIC_URL, now, revocation};
use crate::database;

async fn open(authority: &Authority, directory: &Path) -> Result<EmbeddedCa, StoreError> {
    EmbeddedCa::open_with_books(authority.db.clone(), directory, PUBLIC_URL, now()).await
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        let target = to.join(file.file_name());
        if file.file_type().unwrap().is_dir() {
            copy(&file.path(), &target);
        } else {
            drop(fs::copy(file.path(), target));
        }
    }
}

#[tokio::test]
async fn a_node_with_another_ca_or_none_is_refused_once_the_books_have_one() {
    let authority = Authority::new().await;
    let elsewhere = TempDir::new().unwrap();
    let (other, none) = (elsewhere.path().join("other"), elsewhere.path().join("none"));
    open(&authority, &authority.directory()).await.unwrap();
    EmbeddedCa::open(authority.db.clone(), &other, PUBLIC_URL, now()).unwrap();

    let other = open(&authority, &other).await.err();
    let without = open(&authority, &none).await.err();

    assert!(matches!(other, Some(StoreError::OtherBooks { .. })), "{other:?}");
    assert!(other.unwrap().to_string().contains("share DATA_DIR/ca"));
    assert!(matches!(without, Some(StoreError::FolderMissing { .. })), "{without:?}");
    assert!(!none.exists(), "no new CA is made beside the one of the books");
    assert_eq!(open(&authority, &authority.directory()).await.unwrap().issuing().id, authority.ca.issuing().id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_nodes_that_make_a_ca_at_once_one_wins() {
    let authority = Authority::new().await;
    let homes: Vec<TempDir> = (0..6).map(|_| TempDir::new().unwrap()).collect();

    let folders: Vec<_> = homes.iter().map(|home| home.path().join("ca")).collect();
    let opened = join_all(folders.iter().map(|folder| open(&authority, folder))).await;

    assert_eq!(opened.iter().filter(|node| node.is_ok()).count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_that_publish_at_the_same_moment_take_turns() {
    let authority = Authority::new().await;
    let nodes = join_all((0..4).map(|_| authority.another_node())).await;
    for round in 0..3 {
        let source = authority.source().await;
        let order = revocation(&source, now());
        let revoked = nodes[round].revoke(&order);
        revoked.await.unwrap();
        join_all(nodes.iter().map(|node| node.publish_crl(node.issuing(), now()))).await;
    }

    let mut numbers = Vec::new();
    for node in &nodes {
        let crl = node.publish_crl(node.issuing(), now()).await.unwrap();
        assert_eq!(crl.entries, 3);
        assert_eq!(fs::read(node.crl_file(node.issuing())).unwrap(), fs::read(&crl.path).unwrap());
        numbers.push(crl.number);
    }
    assert_eq!(numbers, [13, 14, 15, 16]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_revocation_of_one_node_is_published_by_another_and_only_once() {
    let authority = Authority::new().await;
    let nodes = join_all((0..4).map(|_| authority.another_node())).await;
    assert_eq!(nodes[0].publish_revocations(now()).await.unwrap().map(|crl| crl.number), Some(1));
    let source = authority.source().await;
    nodes[0].revoke(&revocation(&source, now())).await.unwrap();

    let published = join_all(nodes.iter().map(|node| node.publish_revocations(now()))).await;

    let published: Vec<_> = published.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(published.iter().map(|crl| (crl.number, crl.entries)).collect::<Vec<_>>(), [(2, 1)]);
    assert_eq!(nodes[3].publish_revocations(now()).await.unwrap(), None);
}

/// What a kill between the books and the last step leaves.
#[tokio::test]
async fn a_crl_that_nobody_was_shown_is_followed_by_one_that_is_shown() {
    let authority = Authority::new().await;
    let ca = &authority.ca;
    let first = ca.publish_revocations(now()).await.unwrap().unwrap();
    let shown = ca.crl_file(ca.issuing());
    let source = authority.source().await;
    authority.revoke_at(&source, now()).await;
    ca.publish_revocations(now()).await.unwrap().unwrap();
    fs::remove_file(&shown).unwrap();
    fs::hard_link(&first.path, &shown).unwrap();

    let third = authority.another_node().await.publish_revocations(now()).await.unwrap().unwrap();

    assert_eq!((third.number, third.entries), (3, 1));
    assert_eq!(fs::read(&shown).unwrap(), fs::read(&third.path).unwrap());
    assert_eq!(ca.publish_revocations(now()).await.unwrap(), None);
}

#[tokio::test]
async fn a_node_with_a_folder_of_its_own_publishes_nothing_that_could_forget() {
    let authority = Authority::new().await;
    authority.ca.publish_crls(now()).await.unwrap();
    let elsewhere = TempDir::new().unwrap();
    let folder = elsewhere.path().join("ca");
    copy(&authority.directory(), &folder);
    let apart = open(&authority, &folder).await.unwrap();
    let source = authority.source().await;
    apart.revoke(&revocation(&source, now())).await.unwrap();
    authority.ca.publish_revocations(now()).await.unwrap().unwrap();

    let refused = apart.publish_crl(apart.issuing(), now() + Duration::hours(1)).await;

    let error = refused.expect_err("the newest CRL is not here");
    assert!(matches!(error, PublishError::PreviousMissing { .. }), "{error}");
    assert!(error.to_string().contains("share the folder"), "{error}");
}

/// PostgreSQL hands out ids before they are committed: a revocation may appear before others that were there already.
#[tokio::test]
async fn a_revocation_that_commits_late_is_in_no_gap_of_the_segments() {
    if !database::is_postgres() {
        return;
    }
    let authority = Authority::new().await;
    let ca = authority.ca.clone().with_segments_of(2);
    let (late, early) = (authority.source().await, [authority.source().await, authority.source().await]);
    let open = authority.db.begin().await.unwrap();
    let sql = format!(
        "INSERT INTO ca_revocations (issuer_id, serial, entry, reason, revoked_at, not_after, request_id)
         SELECT issuer_id, serial, '\\x3003020101', 4, issued_at, not_after, request_id
         FROM ca_certificates WHERE serial = '{}'",
        late.serial
    );
    open.execute_unprepared(&sql).await.unwrap();
    for certificate in &early {
        ca.revoke(&revocation(certificate, now())).await.unwrap();
    }

    assert_eq!(ca.seal_revocations().await.unwrap(), 0, "a row may still appear before these");
    assert_eq!(ca.publish_revocations(now()).await.unwrap().unwrap().entries, 2);
    open.commit().await.unwrap();
    assert_eq!(ca.seal_revocations().await.unwrap(), 1);
    assert_eq!(ca.publish_revocations(now()).await.unwrap().unwrap().entries, 3);
}
