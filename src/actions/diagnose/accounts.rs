//! Who could log in that should not, and whether anybody can.

use sea_orm::ConnectionTrait;

use super::Patient;
use crate::actions::load_demo::known_accounts;
use crate::domain::diagnosis::Finding;
use crate::domain::problem::Problem;
use crate::domain::role::Role;
use crate::errors::Result;
use crate::models::{customers, users};

pub async fn look(patient: &Patient<'_>, db: &impl ConnectionTrait) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    if users::count_enabled(db, [Role::Admin]).await? == 0 {
        findings.push(Finding::warning(Problem::new("doctor_no_administrator")));
    }
    let (staff, portal) = known_accounts()?;
    let mut known = Vec::new();
    for email in staff {
        let found = users::Entity::find_by_email(db, &email).await?;
        known.extend(found.filter(|user| user.disabled_at.is_none()).map(|user| user.email));
    }
    for login in portal {
        let found = customers::Entity::find_by_login(db, &login).await?;
        known.extend(found.filter(|customer| customer.disabled_at.is_none()).map(|customer| customer.login));
    }
    if !known.is_empty() {
        let open = Problem::new("doctor_demo_accounts").with("n", known.len()).with("names", known.join(", "));
        findings.push(Finding::for_production(patient.is_production, open));
    }
    findings.push(if patient.settings.staff.require_second_factor {
        Finding::ok(Problem::new("doctor_second_factor"))
    } else {
        Finding::for_production(patient.is_production, Problem::new("doctor_no_second_factor"))
    });
    Ok(findings)
}
