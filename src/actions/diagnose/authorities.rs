//! The CAs: each one is asked whether it can be reached and takes our credentials.

use crate::ca::Authorities;
use crate::domain::diagnosis::Finding;
use crate::domain::problem::Problem;

pub async fn look(authorities: &Authorities) -> Vec<Finding> {
    let mut findings = Vec::new();
    for member in authorities.members() {
        let named = |code| Problem::new(code).with("name", &member.name);
        findings.push(match member.ca().check().await {
            Ok(abilities) => Finding::ok(named("doctor_ca").with("says", abilities.says)),
            Err(error) => Finding::error(named("doctor_ca_refuses").with("reason", error)),
        });
    }
    findings
}
