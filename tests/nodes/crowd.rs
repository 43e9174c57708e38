//! Several nodes on one PostgreSQL, killed and restarted at random while people withdraw, and the server crashing once.

use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use revocation_desk::actions::withdraw::{Withdraw, withdraw};
use revocation_desk::domain::case::CaseState;
use revocation_desk::errors::Error;
use revocation_desk::models::revocation_cases::{Column, Entity};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::books::assert_finished_once;
use crate::builders::agent;
use crate::cluster::Cluster;
use crate::killed::PLACES;
use crate::node::{Node, was_killed};
use crate::office::Office;
use crate::wait::until;

/// How much of it.
struct Plan {
    nodes: usize,
    cases: u32,
    /// Nodes that die, at a place or at any moment, and come back.
    deaths: u32,
    withdrawals: u32,
    crashes: u32,
    /// Leases end when their time is up, as in life; otherwise the test makes them end.
    patient: bool,
    seed: u64,
}

impl Plan {
    fn short() -> Self {
        let seed = number("SEED").unwrap_or_else(|| rand::rng().random());
        Self { nodes: 4, cases: 300, deaths: 6, withdrawals: 20, crashes: 1, patient: false, seed }
    }

    fn full() -> Self {
        let or = |name, default: u32| number(name).map_or(default, |number| u32::try_from(number).unwrap());
        let nodes = or("NODES", 4) as usize;
        Self {
            nodes,
            cases: or("CASES", 10_000),
            deaths: or("DEATHS", 20),
            withdrawals: or("WITHDRAWALS", 200),
            crashes: or("CRASHES", 1),
            patient: true,
            ..Self::short()
        }
    }
}

impl Plan {
    /// Far more than it takes: only a standstill lasts so long.
    fn patience(&self) -> Duration {
        if self.patient { Duration::from_hours(1) } else { Duration::from_mins(5) }
    }
}

/// What happened.
#[derive(Default)]
struct Tally {
    killed_at_a_place: u32,
    killed_at_any_moment: u32,
    crashes: u32,
    withdrawn: i64,
}

struct Crowd<'a> {
    office: &'a Office,
    cluster: &'a Cluster,
    nodes: Vec<Node>,
    dice: StdRng,
    plan: Plan,
    tally: Tally,
}

impl Crowd<'_> {
    async fn survive(mut self) -> Tally {
        println!("seed {}", self.plan.seed);
        for _ in 0..self.plan.nodes {
            let node = self.a_node();
            self.nodes.push(node);
        }
        let began = Instant::now();
        while !self.office.books.left().await.is_ok_and(|left| left.is_empty()) {
            assert!(began.elapsed() < self.plan.patience(), "the work does not come to its end\n{}", self.logs());
            self.bury_the_dead();
            self.kill_somebody();
            self.withdraw_something().await;
            self.crash_when_half_is_done().await;
            if !self.plan.patient {
                drop(self.office.books.let_leases_run_out().await);
            }
            tokio::time::sleep(Duration::from_millis(self.dice.random_range(50..400))).await;
        }
        self.tally
    }

    /// As long as deaths are left, most nodes carry the place of theirs.
    fn a_node(&mut self) -> Node {
        let doomed = self.deaths_left() > 0 && self.dice.random_bool(0.7);
        let passages = if self.plan.patient { 1..400 } else { 1..20 };
        let place = PLACES.choose(&mut self.dice).unwrap();
        let doom = format!("{place}:{}", self.dice.random_range(passages));
        Node::doomed(self.office, doomed.then_some(&doom))
    }

    fn deaths_left(&self) -> u32 {
        self.plan.deaths.saturating_sub(self.tally.killed_at_a_place + self.tally.killed_at_any_moment)
    }

    fn logs(&self) -> String {
        self.nodes.iter().map(Node::log).collect::<Vec<_>>().join("\n\n")
    }

    fn bury_the_dead(&mut self) {
        for index in 0..self.nodes.len() {
            let Some(status) = self.nodes[index].ended() else { continue };
            if was_killed(status) {
                self.tally.killed_at_a_place += 1;
            } else {
                // The server went while it started: whoever manages the services starts it again.
                let (early, log) = (self.nodes[index].never_listened(), self.nodes[index].log());
                assert!(early && self.tally.crashes > 0, "a node ended by itself: {status}\n{log}");
            }
            self.nodes[index] = self.a_node();
        }
    }

    fn kill_somebody(&mut self) {
        if self.deaths_left() > 0 && self.dice.random_bool(0.2) {
            let index = self.dice.random_range(0..self.nodes.len());
            self.nodes[index].kill();
            self.tally.killed_at_any_moment += 1;
            self.nodes[index] = self.a_node();
        }
    }

    /// Whatever the answer was, the books say in the end whether the case was withdrawn.
    async fn withdraw_something(&mut self) {
        if self.tally.withdrawn >= i64::from(self.plan.withdrawals) {
            return;
        }
        let desk = &self.office.world.desk;
        let (somewhere, last) = (self.dice.random_range(0..i64::from(self.plan.cases)), self.plan.cases);
        let some = Entity::find()
            .filter(Column::State.eq(CaseState::Confirmed))
            .order_by_asc((Expr::col(Column::Id).add(somewhere)).modulo(i64::from(last)))
            .limit(3);
        let Ok(cases) = some.all(&desk.db).await else { return };
        for case in cases {
            let input = Withdraw {
                reception_number: case.reception_number,
                version: case.version,
                ground: "お客様からの電話".to_owned(),
            };
            match withdraw(desk, input, &agent(), self.office.now()).await {
                Ok(_) => self.tally.withdrawn += 1,
                // Too late, or the database went away: it may have been written even so.
                Err(Error::Conflict(_) | Error::Database(_)) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    async fn crash_when_half_is_done(&mut self) {
        if self.tally.crashes == self.plan.crashes {
            return;
        }
        let parts = i64::from(self.plan.crashes) + 1;
        let begun = i64::from(self.plan.cases) * i64::from(self.tally.crashes + 1) / parts;
        let Some(number) = self.office.books.count_if_there("ca_revocations").await else { return };
        if number >= begun {
            self.cluster.kill();
            tokio::time::sleep(Duration::from_millis(500)).await;
            self.cluster.start_again();
            self.tally.crashes += 1;
        }
    }
}

async fn survive(plan: Plan) {
    let cluster = Cluster::start();
    let office = Office::on_postgres(&cluster, plan.cases).await;
    if plan.patient {
        office.set("/settings/revocation", serde_json::json!({ "brake_limit": 1_000_000 }));
    }
    let (cases, nodes, crashes) = (i64::from(plan.cases), plan.nodes, plan.crashes);
    let began = office.now();
    let dice = StdRng::seed_from_u64(plan.seed);
    let crowd = Crowd { office: &office, cluster: &cluster, nodes: Vec::new(), dice, plan, tally: Tally::default() };

    let tally = crowd.survive().await;

    let seconds = (office.now() - began).num_milliseconds() as f64 / 1000.0;
    let withdrawn = office.books.count("revocation_cases WHERE state = 'withdrawn'").await;
    assert!(withdrawn >= tally.withdrawn, "{withdrawn} of {} withdrawals are there", tally.withdrawn);
    assert_finished_once(&office, cases - withdrawn, withdrawn).await;
    assert_eq!(tally.crashes, crashes);
    println!(
        "{nodes} nodes, {cases} cases in {seconds:.1} s ({:.0}/s): {} killed at a place, {} at any moment, \
         {crashes} crashes of PostgreSQL, {withdrawn} withdrawn: 0 lost, 0 double, 0 wrong, all completed",
        cases as f64 / seconds,
        tally.killed_at_a_place,
        tally.killed_at_any_moment,
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_are_killed_at_random_complete_everything_but_what_was_withdrawn() {
    survive(Plan::short()).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the full form: scripts/nodes full"]
async fn thousands_of_cases_on_a_crowd_of_nodes() {
    survive(Plan::full()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_rung_for_on_every_node_is_one_run() {
    let cluster = Cluster::shared();
    let office = Office::on_postgres(cluster, 40).await;
    let _nodes: Vec<Node> = (0..3).map(|_| Node::start(&office)).collect();

    until("everything is completed", async || office.books.left().await.unwrap().is_empty()).await;

    assert_eq!(office.books.count("batch_runs WHERE task = 'revoke_due'").await, 1);
    let until_it_ends = "batch_runs WHERE task = 'revoke_due' AND status = 'finished' AND target = 40 AND done = 40";
    until("the run ends", async || office.books.count(until_it_ends).await == 1).await;
    assert_finished_once(&office, 40, 0).await;
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{name}={value} is not a number")))
}
