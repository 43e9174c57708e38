//! Whether the program lives, whether it can work, and its figures: for load balancers and monitoring.
//!
//! Asks the database on connections of its own and only for a while, so that a busy pool or a database that is away
//! does not keep anybody waiting.

use std::time::Duration;

use axum::{
    Json,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use loco_rs::controller::Routes;
use sea_orm::{DatabaseBackend, DatabaseConnection, DbErr};
use serde::Serialize;

use super::extractors::ClientAddress;
use crate::{
    domain::{
        overdue::{expected_ring, last_run_through},
        ring_times::RingTimes,
    },
    errors::{Error, Result},
    models::{
        schema,
        standing::{self, Standing},
    },
    services::Services,
    views::metrics::{Expected, Process, gauges},
};

/// For all questions of one request together. Shorter than load balancers wait.
const LIMIT: Duration = Duration::from_secs(2);

/// Prometheus text format.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

pub fn routes() -> Routes {
    Routes::new().add("/_health", get(health)).add("/_readiness", get(readiness)).add("/metrics", get(metrics))
}

#[derive(Serialize)]
struct Health {
    ok: bool,
}

#[allow(clippy::struct_excessive_bools, reason = "each is a field of the answer")]
#[derive(Serialize)]
struct Readiness {
    ok: bool,
    database: bool,
    /// Whether the schema is the one this program was built for.
    migrated: bool,
    /// Whether the keys of the embedded CA can be read; true where there is none.
    ca_key: bool,
    /// Whether the newest CRL of the embedded CA is served here; true where there is none.
    crl: bool,
    /// The process was asked to end: no new requests, please.
    stopping: bool,
}

/// The process answers.
async fn health(services: Services, address: ClientAddress) -> Result<Json<Health>> {
    admit(&services, address)?;
    Ok(Json(Health { ok: true }))
}

/// Requests can be worked on here.
async fn readiness(services: Services, address: ClientAddress) -> Result<impl IntoResponse> {
    admit(&services, address)?;
    let answered = in_time(ask(&services)).await;
    let database = answered.is_some();
    let (migrated, crl) = answered.unwrap_or_default();
    let ca_key = services.embedded_ca.as_ref().is_none_or(super::super::ca::embedded::EmbeddedCa::keys_are_readable);
    let stopping = services.stop.is_cancelled();
    // An old CRL leaves the node in: without it nobody could phone and revoke, and the others have the same folder.
    let ok = database && migrated && ca_key && !stopping;
    let status = if ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok((status, Json(Readiness { ok, database, migrated, ca_key, crl, stopping })))
}

/// Whether the schema is ours; and whether the newest CRL is served, as far as the schema lets it be known.
async fn ask(services: &Services) -> Result<(bool, bool), DbErr> {
    let migrated = schema::is_ours(&services.probe).await?;
    let crl = match &services.embedded_ca {
        Some(ca) => migrated && ca.crl_is_served(&services.probe, services.clock.now()).await?,
        None => true,
    };
    Ok((migrated, crl))
}

/// What this process has counted and how things stand in the database.
async fn metrics(services: Services, address: ClientAddress) -> Result<impl IntoResponse> {
    admit(&services, address)?;
    let now = services.clock.now();
    let times = RingTimes::parse(&services.settings.schedule.revoke_due)?;
    let ring = last_run_through(&times, now);
    let issuers: Vec<String> =
        services.embedded_ca.iter().flat_map(|ca| [ca.root().id.clone(), ca.issuing().id.clone()]).collect();
    let standing = in_time(standing::read(&services.probe, ring, &issuers, now)).await;
    let standing = standing.as_ref().map(|standing| (standing, expected(&times, standing, now)));
    let text = services.metrics.exposition(gauges(&process(&services), standing, now)).map_err(Error::internal)?;
    Ok(([(header::CONTENT_TYPE, TEXT)], text))
}

fn expected(times: &RingTimes, standing: &Standing, now: chrono::DateTime<chrono::Utc>) -> Expected {
    let oldest = standing.overdue.oldest;
    let missed_ring = oldest.and_then(|(due_on, confirmed_at)| expected_ring(times, due_on, confirmed_at));
    Expected { last_ring: times.last(now), missed_ring }
}

fn process(services: &Services) -> Process {
    let (size, idle) = connections(&services.db);
    Process {
        version: env!("CARGO_PKG_VERSION"),
        connections_in_use: size.saturating_sub(idle),
        connections_idle: idle,
        resident_bytes: resident_bytes(),
        stopping: services.stop.is_cancelled(),
    }
}

/// Open connections, and how many of them nobody uses.
fn connections(db: &DatabaseConnection) -> (u32, u32) {
    let (size, idle) = match db.get_database_backend() {
        DatabaseBackend::Postgres => {
            let pool = db.get_postgres_connection_pool();
            (pool.size(), pool.num_idle())
        }
        _ => {
            let pool = db.get_sqlite_connection_pool();
            (pool.size(), pool.num_idle())
        }
    };
    (size, u32::try_from(idle).unwrap_or(u32::MAX).min(size))
}

/// Where there is no /proc, nobody knows.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kibibytes| kibibytes * 1024)
}

/// The answer, unless it fails or takes too long.
async fn in_time<T>(question: impl Future<Output = Result<T, DbErr>>) -> Option<T> {
    match tokio::time::timeout(LIMIT, question).await {
        Ok(Ok(answer)) => Some(answer),
        Ok(Err(error)) => {
            tracing::warn!(cause = %error, "the database did not answer a probe");
            None
        }
        Err(_) => {
            tracing::warn!("the database did not answer a probe in time");
            None
        }
    }
}

fn admit(services: &Services, address: ClientAddress) -> Result<()> {
    if services.settings.operations.open_to_network || address.is_loopback() {
        Ok(())
    } else {
        Err(Error::not_found("not_found"))
    }
}
