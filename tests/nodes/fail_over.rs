//! The database server goes away in the middle of a run; the nodes go on by themselves with what takes its place.

use crate::books::{Books, assert_finished_once};
use crate::cluster::Cluster;
use crate::line::Line;
use crate::node::Node;
use crate::office::Office;
use crate::wait::until;

const CASES: u32 = 120;

/// An office whose programs reach the server by the line.
async fn an_office_on(cluster: &Cluster, line: &Line) -> Office {
    let office = Office::on_postgres(cluster, CASES).await;
    office.set("/database/uri", office.url.replace(&cluster.host_and_port(), &line.address.to_string()));
    office
}

async fn begun(office: &Office) {
    until("the run has begun", async || office.books.count("ca_revocations").await >= i64::from(CASES) / 4).await;
}

/// No node was started anew: the same processes came back to the end of the work.
async fn finished_by(office: &Office, nodes: &mut [Node]) {
    until("everything is done", async || {
        for node in &mut *nodes {
            assert_eq!(node.ended(), None, "{}", node.log());
        }
        drop(office.books.let_leases_run_out().await);
        office.books.left().await.is_ok_and(|left| left.is_empty())
    })
    .await;
    assert_finished_once(office, i64::from(CASES), 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_goes_on_after_a_crash_of_the_server() {
    let cluster = Cluster::start();
    let line = Line::to(cluster.host_and_port()).await;
    let office = an_office_on(&cluster, &line).await;
    let mut nodes = [Node::start(&office), Node::start(&office)];
    begun(&office).await;

    cluster.kill();
    cluster.start_again();

    finished_by(&office, &mut nodes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_goes_on_with_the_promoted_replica_behind_another_address() {
    let primary = Cluster::start();
    let line = Line::to(primary.host_and_port()).await;
    let mut office = an_office_on(&primary, &line).await;
    let replica = Cluster::replica_of(&primary).await;
    let mut nodes = [Node::start(&office), Node::start(&office)];
    begun(&office).await;

    primary.kill();
    replica.promote();
    line.lead_to(replica.host_and_port());
    office.books = Books::open(&office.url_on(&replica)).await;

    finished_by(&office, &mut nodes).await;
}
