//! Schema changes, one file each, in order. Migrations add first and remove later: code runs before and after.

use sea_orm_migration::prelude::*;

mod m20261122_000001_desk;
mod m20261122_000002_embedded_ca;
mod m20261122_000003_portal;
mod statement;

pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_desk::Migration),
            Box::new(m20261122_000002_embedded_ca::Migration),
            Box::new(m20261122_000003_portal::Migration),
        ]
    }
}
