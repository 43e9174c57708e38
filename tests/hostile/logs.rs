//! A walk through everything leaves no name, phone, address of mail, token or key in any line of the log.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use revocation_desk::actions::follow_up::follow_up;
use revocation_desk::actions::invite_customer::{InviteCustomer, invite_customer};
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::role::Role;
use revocation_desk::models::columns::RunCause;
use revocation_desk::scheduler::{Job, Scheduler};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::{fmt::MakeWriter, layer::SubscriberExt};

use super::guests::{address, call, go};
use super::mutations::{Dice, mutated, seeds};
use super::routes;
use super::town::OpenTown;
use crate::support::app::PASSWORD;

/// What is logged, gathered.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn a_walk_through_everything_leaves_nothing_personal_and_no_secret_in_the_log() {
    let log = Log::default();
    // All of the program's own, and what libraries say in production.
    let filter = tracing_subscriber::filter::Targets::new()
        .with_default(tracing::Level::INFO)
        .with_target("revocation_desk", tracing::Level::TRACE)
        .with_target("sqlx", tracing::Level::WARN);
    let layer = tracing_subscriber::fmt::layer().json().with_writer(log.clone());
    // With a second one alive, what other tests' threads log first is not switched off for this one.
    let _another = tracing::Dispatch::new(tracing_subscriber::registry());
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer).with(filter));
    let town = OpenTown::open().await;
    let mut secrets = vec![PASSWORD.to_owned(), "wrong password".to_owned()];

    for role in Role::ALL {
        let mut browser = town.app.login_as(role).await;
        let csrf = browser.get("/desk/cases").await.hidden_fields("/logout").remove(0).1;
        let token = town.app.program(role).await.token;
        secrets.extend([csrf.clone(), token.clone().unwrap(), browser.cookie("desk_session").unwrap().to_owned()]);
        for route in routes::all().into_iter().filter(|route| !route.is_stream()) {
            let address = address(&town, &route, &town.ours);
            if route.is_api() {
                call(&mut town.app.visitor(), token.as_deref(), &route, &address).await;
            } else {
                go(&mut browser, &csrf, &route, &address).await;
            }
        }
        browser.get("/desk/cases?q=例文").await;
        town.app.visitor().log_in("hana.nobody@example.jp", "wrong password").await;
    }
    let mut customer = town.app.browser_of(town.ours.login).await;
    let csrf = customer.portal_csrf().await;
    secrets.extend([csrf.clone(), customer.cookie("portal_session").unwrap_or("portal_session").to_owned()]);
    for route in routes::all().into_iter().filter(routes::Route::is_portal) {
        go(&mut customer, &csrf, &route, &address(&town, &route, &town.ours)).await;
    }
    broken_certificates(&town).await;
    secrets.push(a_link(&town).await);
    rings(&town).await;

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.lines().count() > 500, "{}", log.lines().count());
    for mark in town.ours.marks.iter().chain(&secrets).map(String::as_str).chain(["@", "PRIVATE KEY", "BEGIN CERT"]) {
        // Names of sites and serial numbers are of certificates, which are public.
        if mark.ends_with(".example") || mark.bytes().all(|byte| byte.is_ascii_hexdigit()) && mark.len() < 64 {
            continue;
        }
        let line = log.lines().find(|line| line.contains(mark));
        assert!(line.is_none(), "{mark}: {}", line.unwrap_or_default());
    }
}

/// What the parsers refuse is not repeated to the log.
async fn broken_certificates(town: &OpenTown) {
    let program = town.app.program(Role::Admin).await;
    let (seeds, mut dice) = (seeds("certificates"), Dice::new(7));
    for _ in 0..50 {
        let text = super::mutations::pem("CERTIFICATE", &mutated(&mut dice, &seeds));
        program.post("/api/v1/certificates", serde_json::json!({ "subscriber_id": 1, "pem": text })).await;
    }
    program.post("/api/v1/certificates", serde_json::json!({ "subscriber_id": 1, "例文 花": 1 })).await;
}

/// The link of a mail, opened: its token.
async fn a_link(town: &OpenTown) -> String {
    let (desk, now) = (&town.world.desk, town.app.now());
    let input = InviteCustomer {
        subscriber_id: town.ours.subscriber,
        login: "invited".to_owned(),
        name: "例文 花".to_owned(),
        email: "invited@ours.example".to_owned(),
    };
    invite_customer(desk, input, &Actor::system(), now).await.unwrap();
    let row = sea_orm::ConnectionTrait::query_one_raw(
        &desk.db,
        sea_orm::Statement::from_string(
            sea_orm::ConnectionTrait::get_database_backend(&desk.db),
            "SELECT body_text FROM messages ORDER BY id DESC LIMIT 1",
        ),
    );
    let body: String = row.await.unwrap().unwrap().try_get_by_index(0).unwrap();
    let token = body.split("/portal/password/").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    town.app.visitor().get(&format!("/portal/password/{token}")).await.assert_status(200);
    token
}

/// Every job of the schedule, mails sent among them.
async fn rings(town: &OpenTown) {
    let desk = town.app.services();
    for job in Job::ALL {
        Scheduler::new(desk.clone()).ring(job).await;
    }
    let stop = CancellationToken::new();
    follow_up(&desk, town.world.today(), RunCause::Task, &stop, &Actor::batch(), town.app.now()).await;
    revocation_desk::watchdog::Watchdog::new(desk).look().await.unwrap();
}
