//! Proves revocations: looks for revoked cases in the issuer's CRLs, asks its OCSP responder about those that no CRL shows
//! yet, and closes what is proven.
//!
//! Everything is fetched and verified with no transaction open (`looking`); then chunks of cases, several at a time, are
//! judged and, when proven, closed with their evidence and their mails in one transaction each (`chunk`). Not visible yet
//! means: look again later. Any number of nodes may prove at once: a case that another one has in hand is left to it.

mod chunk;
mod exhibits;
mod looking;

use std::collections::BTreeMap;
use std::sync::Arc;

use sea_orm::prelude::DateTimeUtc;
use tokio::task::JoinSet;

use self::chunk::Proving;
use super::revoke_due::chunks_at_once;
use crate::domain::actor::Actor;
use crate::errors::{Error, Result};
use crate::models::batch_runs::Counts;
use crate::models::case_chunks::{self, Unproven};
use crate::services::Services;

/// Cases for which a CRL is looked through at once. A CRL is read anew for each so many.
const PAGE: u64 = 20_000;

/// Counts: done = proven and closed, skipped = not visible yet, failed = the proof says otherwise or cannot be used.
pub async fn prove(desk: &Services, actor: &Actor, now: DateTimeUtc) -> Result<Counts> {
    prove_telling(desk, actor, now, &|_| ()).await
}

/// The same; `progress` is told the counts after each chunk.
pub async fn prove_telling(
    desk: &Services,
    actor: &Actor,
    now: DateTimeUtc,
    progress: &(dyn Fn(Counts) + Send + Sync),
) -> Result<Counts> {
    let mut counts = Counts::default();
    let mut seen = None;
    loop {
        let page = case_chunks::next_unproven(&desk.db, seen, PAGE).await?;
        let Some(last) = page.last() else { return Ok(counts) };
        seen = Some((last.due_on, last.id));
        counts.target += number(page.len());
        for (issuer, cases) in by_issuer(page) {
            prove_by_issuer(desk, &issuer, cases, &mut counts, (actor, now), progress).await?;
        }
    }
}

fn by_issuer(page: Vec<Unproven>) -> BTreeMap<String, Vec<Unproven>> {
    let mut by_issuer: BTreeMap<String, Vec<Unproven>> = BTreeMap::new();
    for mut case in page {
        by_issuer.entry(std::mem::take(&mut case.issuer)).or_default().push(case);
    }
    by_issuer
}

async fn prove_by_issuer(
    desk: &Services,
    issuer: &str,
    cases: Vec<Unproven>,
    counts: &mut Counts,
    (actor, now): (&Actor, DateTimeUtc),
    progress: &(dyn Fn(Counts) + Send + Sync),
) -> Result<()> {
    let sights = looking::look(desk, issuer, &cases, now).await?;
    if sights.is_empty() {
        counts.failed += number(cases.len());
        return Ok(());
    }
    let keeps_reasons = desk.authorities.keeps_reasons(issuer);
    let proving = Arc::new(Proving { desk: desk.clone(), actor: actor.clone(), now, sights, keeps_reasons });
    let mut cases = cases.into_iter();
    let mut chunks = JoinSet::new();
    loop {
        while chunks.len() < chunks_at_once(desk) as usize {
            let chunk: Vec<Unproven> = cases.by_ref().take(desk.settings.revocation.chunk as usize).collect();
            if chunk.is_empty() {
                break;
            }
            chunks.spawn(proving.clone().prove(chunk));
        }
        let Some(proven) = chunks.join_next().await else { return Ok(()) };
        count(counts, proven.map_err(Error::internal)?);
        progress(*counts);
    }
}

fn count(counts: &mut Counts, chunk: Counts) {
    counts.done += chunk.done;
    counts.failed += chunk.failed;
    counts.skipped += chunk.skipped;
}

fn number(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
