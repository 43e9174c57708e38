//! The words for where a certificate and its requests stand, as customers read them. Pure: the facts are arguments.

use chrono::{DateTime, Utc};

use crate::domain::application::compromise_deadline;
use crate::domain::case::CaseState;
use crate::domain::certificate::ValidationType;
use crate::messages::{Texts, dates};
use crate::models::revocation_cases::Case;
use crate::views::parts::{StatusLabel, Tone};

/// What the word for a certificate depends on.
#[derive(Debug, Clone, Copy)]
pub struct CertificateStanding<'a> {
    pub not_before: DateTime<Utc>,
    pub not_after: DateTime<Utc>,
    pub revoked: bool,
    /// The case that is to revoke it.
    pub open_case: Option<&'a Case>,
}

impl CertificateStanding<'_> {
    /// Whether servers may still show it.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        !self.revoked && self.not_after >= now
    }
}

pub fn certificate_status(t: Texts, standing: &CertificateStanding<'_>, now: DateTime<Utc>) -> StatusLabel {
    let label = |icon, tone, key: &str| StatusLabel { icon, tone, text: t.s(key).to_owned() };
    if standing.revoked {
        return label("ban", Tone::Bad, "certificate_status.revoked");
    }
    if standing.not_after < now {
        return label("minus", Tone::Hold, "certificate_status.expired");
    }
    match standing.open_case {
        Some(case) => request_status(t, case),
        None if standing.not_before > now => label("clock", Tone::Hold, "certificate_status.not_yet"),
        None => label("circle-check", Tone::Ok, "certificate_status.valid"),
    }
}

/// Where a request stands. What goes on at the desk (calls, holds, attempts) is told only as far as it concerns the
/// customer.
pub fn request_status(t: Texts, case: &Case) -> StatusLabel {
    let label = |icon, tone, key: &str| StatusLabel { icon, tone, text: t.s(key).to_owned() };
    if case.state.is_open()
        && !matches!(case.state, CaseState::Revoking | CaseState::Revoked)
        && let Some(at) = case.compromise_reported_at
    {
        let until = dates::short_instant(t, compromise_deadline(at));
        let text = t.f("certificate_status.urgent", &[("until", &until)]);
        return StatusLabel { icon: "shield-alert", tone: Tone::Bad, text };
    }
    match case.state {
        CaseState::AwaitingReissue => label("clock", Tone::Wait, "certificate_status.awaiting_reissue"),
        CaseState::AwaitingCall | CaseState::Confirmed => StatusLabel {
            icon: "calendar-days",
            tone: Tone::Wait,
            text: t.f("certificate_status.planned", &[("day", &dates::short(t, case.due_on))]),
        },
        CaseState::OnHold => label("pause", Tone::Hold, "certificate_status.on_hold"),
        CaseState::Revoking => label("refresh-cw", Tone::Work, "certificate_status.revoking"),
        CaseState::Revoked | CaseState::Completed => label("ban", Tone::Bad, "certificate_status.revoked"),
        CaseState::Withdrawn => label("minus", Tone::Hold, "certificate_status.withdrawn"),
        CaseState::Expired => label("minus", Tone::Hold, "certificate_status.ended"),
    }
}

/// `EV`, `OV`; another word for what cannot be reissued here.
pub fn kind(t: Texts, validation: ValidationType) -> &'static str {
    match validation {
        ValidationType::Ev => "EV",
        ValidationType::Ov => "OV",
        ValidationType::Iv => "IV",
        ValidationType::Dv => "DV",
        ValidationType::Unknown => t.s("certificate_list.kind_unknown"),
    }
}
