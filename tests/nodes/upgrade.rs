//! Nodes are replaced one by one: the old program works on the new schema, and the schema changes while nodes work.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;

use crate::cluster::Cluster;
use crate::node::Node;
use crate::office::Office;
use crate::wait::until;

/// What the next version adds: a column that may be empty, a table, and its mark in the list of steps.
const NEXT_STEP: [&str; 4] = [
    "ALTER TABLE messages ADD COLUMN of_the_next_version TEXT",
    "ALTER TABLE revocation_cases ADD COLUMN of_the_next_version BIGINT",
    "CREATE TABLE of_the_next_version (id BIGINT PRIMARY KEY)",
    "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20990101_000001_next', 4070908800)",
];

async fn an_old_program_works_on_the_next_schema(office: Office, cases: i64) {
    for statement in NEXT_STEP {
        office.books.tamper(statement).await;
    }

    let mut node = Node::start(&office);
    node.answers().await;

    assert!(get(node.port(), "/_readiness").starts_with("HTTP/1.1 200"), "{}", get(node.port(), "/_readiness"));
    office.books.finished().await;
    assert_eq!(office.books.count("revocation_cases WHERE state = 'completed'").await, cases);
    node.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_program_works_on_the_next_schema_of_sqlite() {
    an_old_program_works_on_the_next_schema(Office::on_sqlite(3).await, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_program_works_on_the_next_schema_of_postgresql() {
    let cluster = Cluster::shared();
    an_old_program_works_on_the_next_schema(Office::on_postgres(cluster, 3).await, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schema_changes_while_nodes_work() {
    let cluster = Cluster::shared();
    let office = Office::on_postgres(cluster, 120).await;
    let mut nodes = [Node::start(&office), Node::start(&office)];
    until("the run has begun", async || office.books.count("ca_revocations").await >= 20).await;

    for statement in NEXT_STEP {
        office.books.tamper(statement).await;
    }

    office.books.finished().await;
    for node in &mut nodes {
        assert_eq!(node.ended(), None, "{}", node.log());
        node.end();
    }
    assert_eq!(office.books.count("revocation_cases WHERE state = 'completed'").await, 120);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_cannot_have_its_lock_gives_up_instead_of_stopping_the_nodes() {
    let cluster = Cluster::shared();
    let office = Office::on_postgres(cluster, 1).await;
    // As if the last step had not been taken; and somebody holds the table that it changes.
    office.books.tamper("DROP TABLE halt_findings").await;
    office.books.tamper("DROP TABLE halts").await;
    office.books.tamper("ALTER TABLE audit_head DROP COLUMN halt_id").await;
    office.books.tamper("DELETE FROM seaql_migrations WHERE version LIKE '%restore'").await;
    let holding = "BEGIN; SELECT 1 FROM audit_head FOR UPDATE; SELECT pg_sleep(600)";
    let mut holder = Command::new("psql").args(["-Xq", &office.url, "-c", holding]).spawn().unwrap();
    let waiting = "pg_stat_activity WHERE query LIKE '%pg_sleep(600)' AND state = 'active' AND pid <> pg_backend_pid()";
    until("the row is held", async || office.books.count(waiting).await == 1).await;

    let refused = office.run(&["db", "migrate"]);
    holder.kill().unwrap();
    holder.wait().unwrap();
    office.books.tamper("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)' AND pid <> pg_backend_pid()").await;

    assert!(!refused.status.success());
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(told.contains("lock timeout"), "{told}");
    assert!(office.run(&["db", "migrate"]).status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_asked_to_end_finishes_what_it_does_and_no_more() {
    let office = Office::on_sqlite(400).await;
    let mut node = Node::start(&office);
    node.answers().await;
    until("the run has begun", async || office.books.count("ca_revocations").await >= 5).await;

    node.end();

    let done = office.books.count("ca_revocations").await;
    assert!(done < 400, "the run was over before the node was asked to end");
    let accepted = office.books.count("attempts WHERE outcome = 'accepted'").await;
    assert_eq!(accepted, done, "whatever the CA was asked has its receipt");
    assert_eq!(office.books.count("batch_runs WHERE task = 'revoke_due' AND status = 'running'").await, 0);
    let mut next = Node::start(&office);
    next.answers().await;
    until("the next one does the rest", async || {
        office.books.count("revocation_cases WHERE state = 'completed'").await == 400
    })
    .await;
    assert_eq!(office.books.count("ca_revocations").await, 400);
    office.books.assert_sound().await;
}

fn get(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
