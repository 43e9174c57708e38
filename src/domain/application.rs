//! What may be filed: reasons and their CRLReason, eligibility of the source certificate, limits of the requested
//! date (`domain.md` section 3).
//!
//! Owns the rules of filing. What happens to a filed application is `case.rs`; how a CSR is judged is `csr.rs`.

use std::str::FromStr;

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc};
use unicode_normalization::UnicodeNormalization;

use super::calendar::{Calendar, DayKind, jst_date};
use super::named::named;
use super::problem::Problem;
use super::reception_number::ReceptionNumber;

/// Before this many JST days since issue the within-30-days procedure at the desk applies.
const FIRST_DAY_AFTER_ISSUE: u64 = 31;

/// 再発行理由. The customer picks one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReissueReason {
    ServerReplacement,
    KeyLostOrDamaged,
    /// Suspected or certain.
    KeyCompromise,
    Other,
}

impl ReissueReason {
    pub const ALL: [Self; 4] = [Self::ServerReplacement, Self::KeyLostOrDamaged, Self::KeyCompromise, Self::Other];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::ServerReplacement => "server_replacement",
            Self::KeyLostOrDamaged => "key_lost_or_damaged",
            Self::KeyCompromise => "key_compromise",
            Self::Other => "other",
        }
    }
}

impl FromStr for ReissueReason {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text).ok_or_else(|| match text {
            "" => Problem::on("reason", "reissue_reason_missing"),
            other => Problem::on("reason", "reissue_reason_unknown").with("value", other),
        })
    }
}

/// The reasons this desk puts into a CRL (RFC 5280, 5.3.1). certificateHold does not exist here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CrlReason {
    KeyCompromise = 1,
    Superseded = 4,
}

impl CrlReason {
    pub const ALL: [Self; 2] = [Self::KeyCompromise, Self::Superseded];

    /// The ENUMERATED value of the CRL entry extension.
    pub fn code(self) -> u8 {
        self as u8
    }

    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::KeyCompromise => "key_compromise",
            Self::Superseded => "superseded",
        }
    }
}

impl FromStr for CrlReason {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        Self::ALL
            .into_iter()
            .find(|reason| reason.as_str() == text)
            .ok_or_else(|| Problem::on("crl_reason", "crl_reason_unknown").with("value", text))
    }
}

/// Fixes the CRLReason at filing. Lost or damaged keys need the answer whether a third party may have obtained the
/// key; whoever says so has reported a compromise, whatever reason was picked (BR 4.9.1.1).
pub fn revocation_reason(reason: ReissueReason, key_possibly_exposed: Option<bool>) -> Result<CrlReason, Problem> {
    match (reason, key_possibly_exposed) {
        (ReissueReason::KeyCompromise, _) | (_, Some(true)) => Ok(CrlReason::KeyCompromise),
        (ReissueReason::KeyLostOrDamaged, None) => Err(Problem::on("key_possibly_exposed", "key_exposure_unanswered")),
        (ReissueReason::ServerReplacement | ReissueReason::Other, None | Some(false))
        | (ReissueReason::KeyLostOrDamaged, Some(false)) => Ok(CrlReason::Superseded),
    }
}

named! {
    /// Who brought the application in.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum FilingChannel {
        /// The customer, in the portal.
        Portal = "portal",
        /// A member of the desk for a customer who cannot; kept with the caller and why.
        Agent = "agent",
        /// Another program with a token.
        Api = "api",
    }
    else |text| Problem::on("channel", "filing_channel_unknown").with("value", text)
}

/// What BR 4.9.1.1 leaves from a report of key compromise to the revocation, whatever day it is.
pub const COMPROMISE_TIME: TimeDelta = TimeDelta::hours(24);

pub fn compromise_deadline(reported_at: DateTime<Utc>) -> DateTime<Utc> {
    reported_at.checked_add_signed(COMPROMISE_TIME).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// What eligibility is judged by, gathered by the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EligibilityFacts {
    pub owned_by_applicant: bool,
    /// OV or EV by policy OID.
    pub organisation_validated: bool,
    pub not_before: DateTime<Utc>,
    pub not_after: DateTime<Utc>,
    pub revoked: bool,
    pub open_case: Option<OpenCase>,
    /// All OU values of the subject, as encoded.
    pub organizational_units: Vec<String>,
    /// The last day the validation data behind the certificate may be used, when known.
    pub validation_expires_on: Option<NaiveDate>,
}

/// The case that is already under way for the certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenCase {
    pub reception_number: ReceptionNumber,
    pub filed_on: NaiveDate,
}

/// Whether a certificate can be reissued here, and whether the application would have to wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Eligibility {
    /// Every reason against it; empty means it may be filed.
    pub refusals: Vec<Ineligibility>,
    /// It may be filed, but waits for a re-examination and is never issued silently.
    pub reexamination: Option<ReexaminationNeeded>,
}

impl Eligibility {
    pub fn may_be_filed(&self) -> bool {
        self.refusals.is_empty()
    }
}

/// One reason why a certificate cannot be reissued here. Each sentence says what to do instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ineligibility {
    NotOwned,
    NotOrganisationValidated,
    NotYetValid { valid_from: NaiveDate },
    Expired { last_day: NaiveDate },
    Revoked,
    IssuedRecently { first_day: NaiveDate },
    CaseInProgress(OpenCase),
    SymbolsOnlyUnit { unit: String },
}

impl Ineligibility {
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotOwned => "certificate_not_owned",
            Self::NotOrganisationValidated => "certificate_not_ov_ev",
            Self::NotYetValid { .. } => "certificate_not_yet_valid",
            Self::Expired { .. } => "certificate_expired",
            Self::Revoked => "certificate_revoked",
            Self::IssuedRecently { .. } => "issued_within_30_days",
            Self::CaseInProgress(_) => "case_in_progress",
            Self::SymbolsOnlyUnit { .. } => "ou_symbols_only",
        }
    }

    /// Forbids a new certificate here, but not the revocation that a compromised key demands within 24 hours whatever its
    /// certificate's age or subject (BR 4.9.1.1).
    pub fn yields_to_compromise(&self) -> bool {
        match self {
            Self::IssuedRecently { .. } | Self::SymbolsOnlyUnit { .. } => true,
            Self::NotOwned
            | Self::NotOrganisationValidated
            | Self::NotYetValid { .. }
            | Self::Expired { .. }
            | Self::Revoked
            | Self::CaseInProgress(_) => false,
        }
    }

    pub fn problem(&self) -> Problem {
        let problem = Problem::on("certificate_id", self.code());
        match self {
            Self::NotOwned | Self::NotOrganisationValidated | Self::Revoked => problem,
            Self::NotYetValid { valid_from } => problem.with("valid_from", valid_from),
            Self::Expired { last_day } => problem.with("last_day", last_day),
            Self::IssuedRecently { first_day } => problem.with("first_day", first_day),
            Self::CaseInProgress(open) => {
                problem.with("reception_number", open.reception_number).with("filed_on", open.filed_on)
            }
            Self::SymbolsOnlyUnit { unit } => problem.with("unit", unit),
        }
    }
}

/// The validation data is older than policy allows: the application waits (`domain.md` section 3, rule 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReexaminationNeeded {
    pub validation_expired_on: NaiveDate,
}

impl ReexaminationNeeded {
    /// The sentence for the applicant; it explains and does not refuse.
    pub fn problem(self) -> Problem {
        Problem::on("certificate_id", "reexamination_needed").with("validation_expired_on", self.validation_expired_on)
    }
}

/// Judges all rules at once, so that the applicant sees every obstacle. Of somebody else's certificate nothing but
/// that is told.
pub fn eligibility(facts: &EligibilityFacts, now: DateTime<Utc>) -> Eligibility {
    if !facts.owned_by_applicant {
        return Eligibility { refusals: vec![Ineligibility::NotOwned], reexamination: None };
    }
    let issue = if now < facts.not_before {
        Some(Ineligibility::NotYetValid { valid_from: jst_date(facts.not_before) })
    } else {
        issued_recently(jst_date(facts.not_before), jst_date(now))
    };
    let refusals = [
        (!facts.organisation_validated).then_some(Ineligibility::NotOrganisationValidated),
        issue,
        (facts.not_after < now).then(|| Ineligibility::Expired { last_day: jst_date(facts.not_after) }),
        facts.revoked.then_some(Ineligibility::Revoked),
        facts.open_case.map(Ineligibility::CaseInProgress),
        symbols_only_unit(&facts.organizational_units),
    ];
    Eligibility {
        refusals: refusals.into_iter().flatten().collect(),
        reexamination: reexamination_needed(facts.validation_expires_on, jst_date(now)),
    }
}

/// The first day on which a certificate can be reissued here, counted in JST calendar days from the day of issue:
/// 2020-08-10 → 2020-09-10.
pub fn first_day_of_reissue(issued_on: NaiveDate) -> NaiveDate {
    issued_on.checked_add_days(Days::new(FIRST_DAY_AFTER_ISSUE)).unwrap_or(NaiveDate::MAX)
}

fn issued_recently(issued_on: NaiveDate, today: NaiveDate) -> Option<Ineligibility> {
    let first_day = first_day_of_reissue(issued_on);
    (today < first_day).then_some(Ineligibility::IssuedRecently { first_day })
}

fn symbols_only_unit(units: &[String]) -> Option<Ineligibility> {
    let unit = units.iter().find(|unit| ou_is_symbols_only(unit))?;
    Some(Ineligibility::SymbolsOnlyUnit { unit: unit.clone() })
}

/// Whether the validation data is too old on `today`, the day after its last day being the first; unknown data does not
/// hold an application up.
pub fn reexamination_needed(validation_expires_on: Option<NaiveDate>, today: NaiveDate) -> Option<ReexaminationNeeded> {
    validation_expires_on
        .filter(|last_day| *last_day < today)
        .map(|last_day| ReexaminationNeeded { validation_expired_on: last_day })
}

/// The OU rule: after NFKC no Unicode letter or digit remains. Blank counts. The long vowel mark, to Unicode a letter,
/// is a symbol where it stands alone: people type it for a dash.
pub fn ou_is_symbols_only(unit: &str) -> bool {
    !unit.nfkc().any(|character| character.is_alphanumeric() && character != '\u{30FC}')
}

/// A date the desk can keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestedDate {
    pub requested_on: NaiveDate,
    pub due_on: NaiveDate,
}

impl RequestedDate {
    /// Sentences that explain and do not refuse: why `due_on` is later than requested, and that the holidays of its
    /// year are not known yet.
    pub fn explanations(self, calendar: &Calendar) -> Vec<Problem> {
        let moved = |code| {
            Problem::on("requested_on", code).with("requested_on", self.requested_on).with("due_on", self.due_on)
        };
        let closed = match calendar.day_kind(self.requested_on) {
            DayKind::Business => None,
            DayKind::Weekend => Some(moved("requested_on_moved_weekend")),
            DayKind::Holiday(name) => Some(moved("requested_on_moved_holiday").with("name", name)),
            DayKind::YearEnd => Some(moved("requested_on_moved_year_end")),
            DayKind::Closure(name) => Some(moved("requested_on_moved_closure").with("name", name)),
        };
        let year = self.due_on.year();
        let unknown = (!calendar.covers_year(year)).then(|| {
            Problem::on("requested_on", "requested_on_holidays_unknown").with("year", year).with("due_on", self.due_on)
        });
        closed.into_iter().chain(unknown).collect()
    }
}

/// Reads a date as people type it: `2026/12/08`, `2026-12-8`, full width.
pub fn parse_requested_on(text: &str) -> Result<NaiveDate, Problem> {
    let typed: String = text.trim().nfkc().take(MAX_DATE_CHARS).collect();
    if typed.is_empty() {
        return Err(Problem::on("requested_on", "requested_on_missing"));
    }
    let malformed = || Problem::on("requested_on", "requested_on_malformed").with("value", &typed);
    let four_digit_year = typed.bytes().take_while(u8::is_ascii_digit).count() == 4;
    let date = NaiveDate::parse_from_str(&typed.replace('/', "-"), "%Y-%m-%d").map_err(|_| malformed())?;
    if four_digit_year { Ok(date) } else { Err(malformed()) }
}

const MAX_DATE_CHARS: usize = 32;

/// The limits of the requested date: today … the source certificate's last day, both included, JST. Days on which the
/// desk is closed are accepted, because the case is simply due on the next business day; but that day, too, must not
/// be later than the certificate.
pub fn check_requested_on(
    requested_on: NaiveDate,
    today: NaiveDate,
    source_last_day: NaiveDate,
    calendar: &Calendar,
) -> Result<RequestedDate, Problem> {
    let refuse = |code| {
        Problem::on("requested_on", code)
            .with("requested_on", requested_on)
            .with("today", today)
            .with("last_day", source_last_day)
    };
    if source_last_day < today {
        return Err(refuse("requested_on_source_expired"));
    }
    if requested_on < today {
        return Err(refuse("requested_on_past"));
    }
    if source_last_day < requested_on {
        return Err(refuse("requested_on_after_last_day"));
    }
    let due_on = calendar.due_on(requested_on);
    if source_last_day < due_on {
        let latest = calendar.last_business_day_until(source_last_day);
        return Err(if latest < today {
            refuse("requested_on_no_business_day_left")
        } else {
            refuse("requested_on_due_after_last_day").with("due_on", due_on).with("latest", latest)
        });
    }
    Ok(RequestedDate { requested_on, due_on })
}
