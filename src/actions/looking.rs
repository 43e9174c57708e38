//! One look at the sites of cases, in its two parts: the connections, with no transaction open, and what they came to.

use std::collections::HashMap;
use std::sync::Arc;

use futures::StreamExt;
use futures::stream;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use crate::domain::actor::Actor;
use crate::domain::certificate::Fingerprint;
use crate::domain::installation::{Hindrance, InstallationRules, LOOKED_AT, Seen, Standing, names_to_look_at};
use crate::errors::Result;
use crate::hosts::Hosts;
use crate::models::audit_events::{self, Act};
use crate::models::certificates::{self, Certificate};
use crate::models::installation::{self, NewLook, Sight};
use crate::models::revocation_cases::{self, Case};
use crate::models::transaction;
use crate::services::Services;

/// Names that are looked at at the same time, for each process.
const PARALLEL: usize = 16;

/// What its sites showed for one case.
pub(super) struct Looked {
    pub case: Case,
    pub looks: Vec<NewLook>,
}

/// The pair of certificates that a name is compared with.
struct Pair {
    source: Fingerprint,
    replacement: Option<Fingerprint>,
}

/// Connects to every name of every case.
pub(super) async fn look(desk: &Services, cases: Vec<Case>, rules: &InstallationRules) -> Result<Vec<Looked>> {
    let certificates = certificates_of(desk, &cases).await?;
    let ports = rules.ports();
    let mut jobs = Vec::new();
    for (place, case) in cases.iter().enumerate() {
        let Some(source) = certificates.get(&case.source_certificate_id) else { continue };
        let replacement = case.replacement_certificate_id.and_then(|id| certificates.get(&id));
        let pair = Pair { source: source.sha256.clone(), replacement: replacement.map(|new| new.sha256.clone()) };
        let pair = Arc::new(pair);
        for name in names_to_look_at(source.dns_names.lines()) {
            jobs.push(look_at(desk.hosts.clone(), (place, name), ports.clone(), pair.clone()));
        }
    }
    let mut looked: Vec<Looked> = cases.into_iter().map(|case| Looked { case, looks: Vec::new() }).collect();
    let mut looks = stream::iter(jobs).buffer_unordered(PARALLEL);
    while let Some((place, look)) = looks.next().await {
        looked[place].looks.push(look);
    }
    Ok(looked)
}

async fn certificates_of(desk: &Services, cases: &[Case]) -> Result<HashMap<i64, Certificate>> {
    let both = |case: &Case| [Some(case.source_certificate_id), case.replacement_certificate_id];
    let ids: Vec<i64> = cases.iter().flat_map(both).flatten().collect();
    let found = certificates::by_ids(&desk.db, &ids).await?;
    Ok(found.into_iter().map(|one| (one.id, one)).collect())
}

/// One name on all ports: what counts most of what it showed.
async fn look_at(
    hosts: Arc<dyn Hosts>,
    (place, name): (usize, String),
    ports: Vec<u16>,
    pair: Arc<Pair>,
) -> (usize, NewLook) {
    let mut result: std::result::Result<Sight, Hindrance> = Err(Hindrance::NoAddress);
    for port in ports {
        let sight = match hosts.served(&name, port).await {
            Ok(leaves) => most(leaves, port, &pair).ok_or(Hindrance::NoTls),
            Err(hindrance) => Err(hindrance),
        };
        let more = match (&result, &sight) {
            (Ok(before), Ok(now)) => now.seen > before.seen,
            (Err(_), _) => true,
            (Ok(_), Err(_)) => false,
        };
        if more {
            result = sight;
        }
    }
    (place, NewLook { name, result })
}

fn most(leaves: Vec<Fingerprint>, port: u16, pair: &Pair) -> Option<Sight> {
    let sight = |sha256: Fingerprint| {
        let seen = Seen::of(&sha256, &pair.source, pair.replacement.as_ref());
        Sight { seen, port, sha256 }
    };
    leaves.into_iter().map(sight).max_by_key(|sight| sight.seen)
}

/// Writes what was seen, and records it when it is something else than before. `false`: meanwhile the case has gone on
/// to where nobody looks.
pub(super) async fn keep(
    desk: &Services,
    looked: Looked,
    rules: &InstallationRules,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<bool> {
    let Looked { case: seen_case, looks } = looked;
    let txn = transaction::begin(&desk.db).await?;
    let case = revocation_cases::by_id(&txn, seen_case.id).await?;
    let same_pair = case.replacement_certificate_id == seen_case.replacement_certificate_id;
    if !(LOOKED_AT.contains(&case.state) && same_pair) {
        return Ok(false);
    }
    let before = installation::of_case(&txn, case.id).await?;
    let before = Standing::of(&before.iter().map(|look| look.seen).collect::<Vec<_>>());
    let seen: Vec<Seen> = looks.iter().map(NewLook::seen).collect();
    let after = Standing::of(&seen);
    installation::keep(&txn, case.id, looks, now + rules.between_looks(), now).await?;
    if let Some(standing) = after.filter(|_| after != before) {
        let detail = json!({
            "seen": standing.kind.as_str(),
            "names": standing.names,
            "of": standing.of,
            "before": before.map(|standing| standing.kind.as_str()),
        });
        let (action, subject) = ("installation_seen", case.audit_subject());
        audit_events::append(&txn, Act { action, subject, case_id: Some(case.id), detail }, actor, now).await?;
    }
    txn.commit().await?;
    Ok(true)
}
