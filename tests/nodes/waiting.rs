//! Starting before the database does.

use std::process::Stdio;
use std::time::Duration;

use crate::cluster::Cluster;
use crate::node::Node;
use crate::office::Office;

#[tokio::test(flavor = "multi_thread")]
async fn a_node_waits_for_a_server_that_starts_later_and_says_so() {
    let cluster = Cluster::start();
    let office = Office::on_postgres(&cluster, 1).await;
    cluster.kill();

    let mut node = Node::start(&office);
    crate::wait::until("the node says what it waits for", async || {
        assert_eq!(node.ended(), None, "{}", node.log());
        node.log().contains("waiting for the database")
    })
    .await;
    cluster.start_again();

    node.answers().await;
    office.books.finished().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_does_not_exist_is_no_reason_to_wait() {
    let cluster = Cluster::shared();
    let office = Office::on_postgres(cluster, 1).await;
    office.set("/database/uri", format!("{}/nowhere", cluster.address));

    let process = office.program(&["task", "audit_verify"]).stderr(Stdio::piped()).spawn().unwrap();
    let output = tokio::task::spawn_blocking(|| process.wait_with_output().unwrap());
    let output = tokio::time::timeout(Duration::from_secs(40), output).await.expect("it does not wait").unwrap();

    assert!(!output.status.success());
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("nowhere") && !told.contains("waiting"), "{told}");
}
