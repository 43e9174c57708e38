//! The machine, and how the program shows itself to the network.

use rustix::fs::statvfs;

use super::Patient;
use crate::domain::diagnosis::{self, Finding, Level};
use crate::domain::problem::Problem;

const MEBIBYTE: u64 = 1024 * 1024;

pub fn look(patient: &Patient<'_>) -> Vec<Finding> {
    let mut findings = vec![address(patient), disk(patient)];
    if patient.settings.operations.open_to_network {
        findings.push(Finding::warning(Problem::new("doctor_figures_open")));
    }
    findings
}

/// Without TLS there are no secure cookies either.
fn address(patient: &Patient<'_>) -> Finding {
    let url = &patient.settings.public_url;
    if patient.settings.is_https() {
        Finding::ok(Problem::new("doctor_https").with("url", url))
    } else {
        Finding::for_production(patient.is_production, Problem::new("doctor_no_https").with("url", url))
    }
}

fn disk(patient: &Patient<'_>) -> Finding {
    let path = &patient.settings.data_dir;
    let named = |code| Problem::new(code).with("path", path.display());
    match statvfs(path) {
        Err(error) => Finding::error(named("doctor_no_data_dir").with("reason", error)),
        Ok(space) => {
            let free = space.f_bavail.saturating_mul(space.f_frsize);
            let code = match diagnosis::disk(free) {
                Level::Ok => "doctor_disk",
                Level::Warning | Level::Error => "doctor_disk_narrow",
            };
            Finding { level: diagnosis::disk(free), what: named(code).with("mebibytes", free / MEBIBYTE) }
        }
    }
}
