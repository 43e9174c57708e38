//! Whether the program lives and whether it can work, for load balancers and monitoring.

use axum::{Json, extract::State, http::StatusCode, response::IntoResponse, routing::get};
use loco_rs::{app::AppContext, controller::Routes};
use migration::Migrator;
use sea_orm_migration::MigratorTrait;
use serde::Serialize;

use super::extractors::ClientAddress;
use crate::{
    errors::{Error, Result},
    services::Services,
};

pub fn routes() -> Routes {
    Routes::new().add("/_health", get(health)).add("/_readiness", get(readiness))
}

#[derive(Serialize)]
struct Health {
    ok: bool,
}

#[derive(Serialize)]
struct Readiness {
    ok: bool,
    database: bool,
    /// Whether the schema is the one this program was built for.
    migrated: bool,
}

/// The process answers.
async fn health(services: Services, address: ClientAddress) -> Result<Json<Health>> {
    admit(&services, &address)?;
    Ok(Json(Health { ok: true }))
}

/// The database answers and has our schema.
async fn readiness(
    State(ctx): State<AppContext>,
    services: Services,
    address: ClientAddress,
) -> Result<impl IntoResponse> {
    admit(&services, &address)?;
    let database = ctx.db.ping().await.is_ok();
    let migrated = database && Migrator::get_pending_migrations(&ctx.db).await.is_ok_and(|list| list.is_empty());
    let ok = database && migrated;
    let status = if ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok((status, Json(Readiness { ok, database, migrated })))
}

fn admit(services: &Services, address: &ClientAddress) -> Result<()> {
    if services.settings.operations.open_to_network || address.is_loopback() {
        Ok(())
    } else {
        Err(Error::not_found("not_found"))
    }
}
