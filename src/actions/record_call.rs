//! Records a phone call and what it does to the case.
//!
//! The model of every action: load, judge by the domain, then one transaction that writes state, fact row, audit event
//! and mail together.

use chrono::{Duration, NaiveDate};
use sea_orm::prelude::DateTimeUtc;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, DatabaseTransaction};
use serde_json::{Value, json};

use super::claim_case::held_by_another;
use super::letters;
use super::report_key_compromise::{self, compromise};
use crate::domain::actor::Actor;
use crate::domain::authorization::AuthorizationKind;
use crate::domain::calendar::{self, Calendar, jst_date};
use crate::domain::call::{self, CallEffect, CallOutcome, CallReport, CallSituation, IdentityChecks, SpokeWith};
use crate::domain::call_rules::CallRules;
use crate::domain::case::HoldReason;
use crate::domain::contact;
use crate::domain::reception_number::ReceptionNumber;
use crate::domain::retry::CallRetryRule;
use crate::errors::{Error, Result};
use crate::mail::letter::{CallInVain, Occasion, Performer};
use crate::models::authorizations;
use crate::models::calls::{self, Call};
use crate::models::certificates::{self, Certificate};
use crate::models::contacts::{self, Contact};
use crate::models::revocation_cases::{self, Case, advance, clear_lease};
use crate::models::transaction;
use crate::services::Services;

/// A call as the agent reports it.
#[derive(Debug, Clone)]
pub struct RecordCall {
    pub reception_number: ReceptionNumber,
    pub version: i64,
    pub outcome: CallOutcome,
    /// A contact's name or role, as the agent chose or typed it.
    pub spoke_with: Option<String>,
    pub identity_checks: IdentityChecks,
    pub call_back_at: Option<DateTimeUtc>,
    pub requested_on: Option<NaiveDate>,
    pub note: Option<String>,
}

/// Records the call; the case as it stands afterwards.
///
/// Refused: without the claim on the case, on a stale version, and with everything that the outcome demands and the
/// report lacks, all at once.
pub async fn record_call(desk: &Services, input: RecordCall, actor: &Actor, now: DateTimeUtc) -> Result<Case> {
    let txn = transaction::begin(&desk.db).await?;
    let call = PhoneCall::load(&txn, input, now).await?;
    check_lease(&call.case, actor, now)?;
    revocation_cases::check_version(&call.case, call.input.version)?;
    let effect = call::read_report(&call.report(), &call.situation(&desk.calendar(), desk)).map_err(Error::Invalid)?;
    let recorded = call.insert(&txn, actor).await?;
    let case = call.carry_out(&txn, desk, effect, &recorded, actor).await?;
    txn.commit().await?;
    Ok(case)
}

fn check_lease(case: &Case, actor: &Actor, now: DateTimeUtc) -> Result<()> {
    match case.holder(now) {
        Some(holder) if holder == actor.key() => Ok(()),
        Some(_) => Err(held_by_another(case)),
        None => Err(Error::conflict("claim_lost")),
    }
}

/// A call and the case as the call finds it.
struct PhoneCall {
    input: RecordCall,
    case: Case,
    source: Certificate,
    /// The contact whom the manual wants phoned.
    callee: Contact,
    spoke_with: Option<SpokeWith>,
    now: DateTimeUtc,
}

impl PhoneCall {
    async fn load(txn: &DatabaseTransaction, input: RecordCall, now: DateTimeUtc) -> Result<Self> {
        let case = revocation_cases::by_reception_number(txn, input.reception_number).await?;
        let source = certificates::by_id(txn, case.source_certificate_id).await?;
        let people = contacts::current(txn, case.subscriber_id).await?;
        let callee = contact::whom_to_phone(source.validation)
            .and_then(|role| contacts::in_role(&people, role))
            .ok_or_else(|| Error::conflict("contact_missing"))?
            .clone();
        contact::check_dialable(&callee.phone_source, callee.verified_on, jst_date(now))?;
        let spoke_with = input.spoke_with.as_deref().filter(|words| !words.trim().is_empty()).map(|words| {
            contacts::named(&people, words, &callee)
                .map_or(SpokeWith::Stranger, |person| SpokeWith::Contact(person.role))
        });
        Ok(Self { input, case, source, callee, spoke_with, now })
    }

    fn report(&self) -> CallReport {
        CallReport {
            outcome: self.input.outcome,
            spoke_with: self.spoke_with,
            identity_checks: self.input.identity_checks,
            call_back_at: self.input.call_back_at,
            requested_on: self.input.requested_on,
        }
    }

    fn situation<'a>(&self, calendar: &'a Calendar, desk: &Services) -> CallSituation<'a> {
        CallSituation {
            whom: self.callee.role,
            due_on: self.case.due_on,
            source_last_day: self.source.last_day(),
            call_window: desk.calls_on(jst_date(self.now)).window_business_days,
            calendar,
            compromised: self.case.compromise_reported_at.is_some(),
            now: self.now,
        }
    }

    /// The fact row. It carries the version that the call leads to.
    async fn insert(&self, txn: &DatabaseTransaction, actor: &Actor) -> Result<Call> {
        let row = calls::ActiveModel {
            case_id: Set(self.case.id),
            case_version: Set(self.case.version + 1),
            caller: Set(actor.key()),
            caller_name: Set(actor.name().to_owned()),
            contact_id: Set(self.callee.id),
            outcome: Set(self.input.outcome),
            spoke_with: Set(self.input.spoke_with.clone()),
            name_and_company: Set(self.input.identity_checks.name_and_company),
            reception_number_or_common_name: Set(self.input.identity_checks.reception_number_or_common_name),
            call_back_at: Set(self.input.call_back_at),
            requested_on: Set(self.input.requested_on),
            note: Set(self.input.note.clone().filter(|note| !note.trim().is_empty())),
            called_at: Set(self.now),
            ..Default::default()
        };
        Ok(row.insert(txn).await?)
    }

    async fn carry_out(
        &self,
        txn: &DatabaseTransaction,
        desk: &Services,
        effect: CallEffect,
        call: &Call,
        actor: &Actor,
    ) -> Result<Case> {
        match effect {
            CallEffect::Confirm => self.confirm(txn, call, actor).await,
            CallEffect::Retry => self.retry(txn, desk, call, actor).await,
            CallEffect::CallBack { at } => self.call_back(txn, at, call, actor).await,
            CallEffect::Reschedule(date) => {
                let before = self.case.requested_on;
                let case = self
                    .step(txn, CallEffect::Reschedule(date), call, actor, |row| {
                        row.requested_on = Set(date.requested_on);
                        row.due_on = Set(date.due_on);
                        row.next_call_at = Set(None);
                    })
                    .await?;
                let occasion = Occasion::RequestedDateChanged { before, by: self.performer() };
                self.mail(txn, desk, &case, occasion).await?;
                Ok(case)
            }
            CallEffect::Withdraw => {
                let case = self.step(txn, CallEffect::Withdraw, call, actor, |_| {}).await?;
                self.mail(txn, desk, &case, Occasion::Withdrawn { by: self.performer() }).await?;
                Ok(case)
            }
            CallEffect::Hold(reason) => self.hold(txn, desk, reason, call, actor).await,
            CallEffect::ReportKeyCompromise => {
                let told_by = report_key_compromise::Ground::Call(call.id);
                compromise(txn, desk, &self.case, told_by, actor, self.now).await
            }
        }
    }

    async fn confirm(&self, txn: &DatabaseTransaction, call: &Call, actor: &Actor) -> Result<Case> {
        let case = self.step(txn, CallEffect::Confirm, call, actor, |row| row.next_call_at = Set(None)).await?;
        authorizations::ActiveModel {
            case_id: Set(case.id),
            case_version: Set(case.version),
            kind: Set(AuthorizationKind::PhoneConfirmation),
            call_id: Set(Some(call.id)),
            granted_by: Set(actor.key()),
            granted_by_name: Set(actor.name().to_owned()),
            granted_at: Set(self.now),
            ..Default::default()
        }
        .insert(txn)
        .await?;
        Ok(case)
    }

    async fn retry(&self, txn: &DatabaseTransaction, desk: &Services, call: &Call, actor: &Actor) -> Result<Case> {
        let all = calls::of_case(txn, self.case.id).await?;
        let in_vain = &all[all.len() - calls::unanswered(&all)..];
        let today = in_vain.iter().filter(|call| jst_date(call.called_at) == jst_date(self.now)).count();
        let rule = retry_rule(&desk.calls_on(jst_date(self.now)));
        let next = rule.next_call_at(&desk.calendar(), count(today), self.now);
        let case = self.step(txn, CallEffect::Retry, call, actor, |row| row.next_call_at = Set(Some(next))).await?;
        if rule.calls_for_mail(count(in_vain.len())) {
            let calls = in_vain.iter().map(|call| CallInVain { at: call.called_at, outcome: call.outcome }).collect();
            let occasion = Occasion::ContactUnreached { calls, reply_by: self.reply_by(desk) };
            letters::queue(txn, desk, &case, occasion, &format!("due-{}", case.due_on), self.now).await?;
        }
        Ok(case)
    }

    async fn call_back(&self, txn: &DatabaseTransaction, at: DateTimeUtc, call: &Call, actor: &Actor) -> Result<Case> {
        self.step(txn, CallEffect::CallBack { at }, call, actor, |row| row.next_call_at = Set(Some(at))).await
    }

    async fn hold(
        &self,
        txn: &DatabaseTransaction,
        desk: &Services,
        reason: HoldReason,
        call: &Call,
        actor: &Actor,
    ) -> Result<Case> {
        let case = self
            .step(txn, CallEffect::Hold(reason), call, actor, |row| {
                row.hold_reason = Set(Some(reason));
                row.hold_note = Set(self.input.note.clone());
                row.next_call_at = Set(None);
            })
            .await?;
        match reason {
            HoldReason::ContactChanged => {
                let occasion = Occasion::ContactChangeNeeded { reply_by: self.reply_by(desk) };
                self.mail(txn, desk, &case, occasion).await?;
            }
            // The mail says that the contact has left the post. Nobody knows that here, and after a failed identity
            // check nobody knows who would read it: a supervisor decides.
            HoldReason::WrongNumber | HoldReason::IdentityFailed | HoldReason::CaRefused | HoldReason::Manual => {}
        }
        Ok(case)
    }

    /// The state change of `effect`; the claim ends with it.
    async fn step(
        &self,
        txn: &DatabaseTransaction,
        effect: CallEffect,
        call: &Call,
        actor: &Actor,
        change: impl FnOnce(&mut revocation_cases::ActiveModel),
    ) -> Result<Case> {
        let release_and_change = |row: &mut revocation_cases::ActiveModel| {
            clear_lease(row);
            change(row);
        };
        advance(txn, &self.case, effect.event(), release_and_change, called(call), actor, self.now).await
    }

    async fn mail(&self, txn: &impl ConnectionTrait, desk: &Services, case: &Case, occasion: Occasion) -> Result<()> {
        letters::queue(txn, desk, case, occasion, &format!("version-{}", case.version), self.now).await?;
        Ok(())
    }

    /// Who asked for it on the phone.
    fn performer(&self) -> Performer {
        match self.spoke_with {
            Some(SpokeWith::Contact(role)) if role == self.callee.role => {
                Performer::Contact { role, name: self.callee.name.clone() }
            }
            Some(SpokeWith::Contact(_) | SpokeWith::Stranger) | None => Performer::Desk,
        }
    }

    /// Answers are asked for until an hour before the desk closes on the next business day.
    fn reply_by(&self, desk: &Services) -> DateTimeUtc {
        let day = desk.calendar().next_business_day(jst_date(self.now));
        calendar::jst(day, 18, 0) - Duration::hours(1)
    }
}

fn called(call: &Call) -> Value {
    json!({ "call": call.id, "outcome": call.outcome.as_str() })
}

fn retry_rule(calls: &CallRules) -> CallRetryRule {
    CallRetryRule {
        attempts_per_day: calls.attempts.div_ceil(calls.attempts_within_business_days),
        gap: Duration::minutes(i64::from(calls.attempts_apart_minutes)),
        attempts_before_mail: calls.attempts,
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
