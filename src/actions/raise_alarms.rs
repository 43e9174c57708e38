//! Looks for what a person has to be told at once, and puts a mail to the desk into the outbox for each.
//!
//! Depends on no schedule and no run: everything is a query. Only broken promises wait for the daily check, which takes
//! long. Any number of nodes may look; the mails carry keys, so each alarm is mailed once a day (once a run).

use chrono::NaiveDate;
use sea_orm::DatabaseConnection;
use sea_orm::prelude::DateTimeUtc;

use super::check_invariants::{Severity, check_invariants};
use super::letters::desk_itself;
use crate::domain::alarm::{
    Alarm, AlarmKind, BOUNCES_WITHIN, MANY_BOUNCES, PROOF_BREACH, PROOF_LATE, WEBHOOK_FAILING, WEBHOOK_GIVEN_UP,
};
use crate::domain::calendar::jst_date;
use crate::domain::overdue::{expected_ring, last_run_through};
use crate::domain::ring_times::RingTimes;
use crate::errors::Result;
use crate::mail::Words;
use crate::mail::alarm::{AlarmLetter, compose_alarm};
use crate::models::alarming::{self, Late};
use crate::models::batch_runs::Counts;
use crate::models::case_chunks::count_due;
use crate::models::columns::RunStatus;
use crate::models::{bounces, desk_settings, halts, messages, overdue, transaction, webhooks};
use crate::services::Services;

/// Broken promises or receivers that the mail about them names.
const NAMED: usize = 10;

/// What is wrong now, and how many mails were queued about it.
#[derive(Debug, Default)]
pub struct Raised {
    pub alarms: Vec<Alarm>,
    pub mails: usize,
}

/// Asks and writes by the connections of those who watch.
pub async fn raise_alarms(desk: &Services, now: DateTimeUtc) -> Result<Raised> {
    let alarms = find_alarms(desk, now).await?;
    let mails = mail_alarms(desk, &alarms, now).await?;
    Ok(Raised { alarms, mails })
}

/// What is wrong now.
pub async fn find_alarms(desk: &Services, now: DateTimeUtc) -> Result<Vec<Alarm>> {
    let db = &desk.probe;
    let mut alarms = Vec::new();
    alarms.extend(halts::current(db).await?.map(|halt| alarm(AlarmKind::DeskHalted, 1, halt.placed_at)));
    alarms.extend(desk_settings::ca_pause(db).await?.map(|pause| alarm(AlarmKind::CaPaused, 1, pause.since)));
    alarms.extend(overdue_cases(desk, now).await?);
    alarms.extend(alarming::compromised(db, now).await?.map(|late| of_cases(AlarmKind::CompromiseLate, late)));
    // Past 24 hours there is no need to hear about the 12 as well.
    let proof = match alarming::unproven(db, now - PROOF_BREACH).await? {
        Some(late) => Some(of_cases(AlarmKind::ProofBreach, late)),
        None => alarming::unproven(db, now - PROOF_LATE).await?.map(|late| of_cases(AlarmKind::ProofLate, late)),
    };
    alarms.extend(proof);
    alarms.extend(alarming::disagreeing(db).await?.map(|found| of_cases(AlarmKind::ProofDisagrees, found)));
    alarms.extend(bad_run(db, now).await?);
    if let Some((mails, oldest)) = alarming::stuck_mails(db, now).await? {
        alarms.push(alarm(AlarmKind::MailStuck, mails, oldest));
    }
    let bounced = bounces::failed_since(db, now - BOUNCES_WITHIN).await?;
    if let Some((mails, first)) = bounced.filter(|(mails, _)| *mails >= MANY_BOUNCES) {
        alarms.push(alarm(AlarmKind::MailBounced, mails, first));
    }
    alarms.extend(failing_webhooks(desk, now).await?);
    for issuer in desk.embedded_ca.iter().flat_map(|ca| [ca.root(), ca.issuing()]) {
        if let Some(next_update) = alarming::crl_close(db, &issuer.id, now).await? {
            alarms.push(Alarm { examples: vec![issuer.id.clone()], ..alarm(AlarmKind::CrlClose, 1, next_update) });
        }
    }
    Ok(alarms)
}

/// Logs what must not be, and mails that there is something: the daily check. Counts: failed = broken promises,
/// skipped = warnings.
pub async fn raise_broken_promises(desk: &Services, today: NaiveDate, now: DateTimeUtc) -> Result<Counts> {
    let mut counts = Counts::default();
    let mut broken = Vec::new();
    for finding in check_invariants(desk, today, now).await? {
        counts.target += 1;
        match finding.severity {
            Severity::Violation => {
                tracing::error!(rule = finding.rule, subject = finding.subject, "a promise is broken");
                counts.failed += 1;
                broken.push(format!("{} {}", finding.rule, finding.subject));
            }
            Severity::Warning => {
                tracing::warn!(rule = finding.rule, subject = finding.subject, "needs a person soon");
                counts.skipped += 1;
            }
        }
    }
    if counts.failed > 0 {
        broken.truncate(NAMED);
        let found = Alarm { examples: broken, ..alarm(AlarmKind::InvariantsBroken, counts.failed, now) };
        mail_alarms(desk, &[found], now).await?;
    }
    Ok(counts)
}

/// One mail for each, unless it was queued before.
async fn mail_alarms(desk: &Services, alarms: &[Alarm], now: DateTimeUtc) -> Result<usize> {
    if alarms.is_empty() {
        return Ok(0);
    }
    let txn = transaction::begin(&desk.probe).await?;
    let texts = desk.texts.in_force(&txn, jst_date(now)).await?;
    let named = desk.desk_on(jst_date(now));
    let words = Words { desk: &named, texts: &texts };
    let mut queued = 0;
    for alarm in alarms {
        let letter = AlarmLetter { to: desk_itself(desk)?, url: &desk.settings.public_url };
        let message = messages::NewMessage {
            case_id: None,
            about: "alarm".to_owned(),
            event_key: alarm.event_key(now),
            mail: compose_alarm(alarm, letter, words)?,
        };
        queued += usize::from(messages::enqueue(&txn, message, &desk.settings.public_url, now).await?);
    }
    txn.commit().await?;
    Ok(queued)
}

async fn overdue_cases(desk: &Services, now: DateTimeUtc) -> Result<Option<Alarm>> {
    let times = RingTimes::parse(&desk.settings.schedule.revoke_due)?;
    let Some(ring) = last_run_through(&times, now) else { return Ok(None) };
    let found = overdue::since(&desk.probe, ring).await?;
    let Some((due_on, confirmed_at)) = found.oldest else { return Ok(None) };
    let since = expected_ring(&times, due_on, confirmed_at).unwrap_or(ring);
    let examples = overdue::numbers(&desk.probe, ring, alarming::EXAMPLES).await?;
    Ok(Some(Alarm { examples, ..alarm(AlarmKind::Overdue, found.cases, since) }))
}

async fn failing_webhooks(desk: &Services, now: DateTimeUtc) -> Result<Option<Alarm>> {
    let (failing, given_up) = (now - WEBHOOK_FAILING, now - WEBHOOK_GIVEN_UP);
    let found = webhooks::ailing(&desk.probe, failing, given_up, NAMED).await?;
    Ok(found
        .map(|found| Alarm { examples: found.names, ..alarm(AlarmKind::WebhookFailing, found.receivers, found.since) }))
}

async fn bad_run(db: &DatabaseConnection, now: DateTimeUtc) -> Result<Option<Alarm>> {
    let Some(run) = alarming::bad_run(db, now).await? else { return Ok(None) };
    let (kind, count) = match run.status {
        RunStatus::Braked => (AlarmKind::RunBraked, run.target),
        RunStatus::Interrupted | RunStatus::Running | RunStatus::Finished | RunStatus::Failed => {
            let left = count_due(db, run.business_date).await?;
            (AlarmKind::RunInterrupted, i64::try_from(left).unwrap_or(i64::MAX))
        }
    };
    Ok(Some(Alarm { run: Some(run.id), ..alarm(kind, count, run.heartbeat_at) }))
}

fn of_cases(kind: AlarmKind, late: Late) -> Alarm {
    Alarm { examples: late.numbers, ..alarm(kind, late.cases, late.oldest) }
}

fn alarm(kind: AlarmKind, count: i64, instant: DateTimeUtc) -> Alarm {
    Alarm { kind, count, instant, examples: Vec::new(), run: None }
}
