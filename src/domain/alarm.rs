//! What a person has to be told at once: the kinds of alarms, their limits in time and where to act on them.

use chrono::{DateTime, Duration, NaiveDate, Utc};

use super::calendar::jst_date;

/// From a revocation to the first alarm about its missing proof; the second is [`PROOF_BREACH`] (`domain.md` section 7).
pub const PROOF_LATE: Duration = Duration::hours(12);
/// BR 4.9.5.
pub const PROOF_BREACH: Duration = Duration::hours(24);
/// Before the 24 hours of a key compromise are over (BR 4.9.1.1).
pub const COMPROMISE_LEFT: Duration = Duration::hours(4);
/// A mail that is still not sent is held up by something that a person has to look at.
pub const MAIL_STUCK: Duration = Duration::hours(1);
/// One or two mails a day come back by themselves: people change. So many within [`BOUNCES_WITHIN`] have one cause.
pub const MANY_BOUNCES: i64 = 10;
pub const BOUNCES_WITHIN: Duration = Duration::hours(24);
/// A receiver of webhooks that has failed for so long is not just being restarted.
pub const WEBHOOK_FAILING: Duration = Duration::hours(1);
/// For so long a webhook that was given up is news.
pub const WEBHOOK_GIVEN_UP: Duration = Duration::hours(24);
/// A CRL is valid for 7 days and made anew every day: with so little left, several days have failed.
pub const CRL_CLOSE: Duration = Duration::days(3);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AlarmKind {
    /// Confirmed cases that a run should have revoked.
    Overdue,
    /// Key compromises whose 24 hours are nearly over.
    CompromiseLate,
    /// A run would have revoked too many and stopped before the first.
    RunBraked,
    /// A run was cut off, and none has come to its end since.
    RunInterrupted,
    ProofLate,
    ProofBreach,
    /// What the CA published about revocations is not what was ordered.
    ProofDisagrees,
    MailStuck,
    /// Many mails came back.
    MailBounced,
    /// Receivers of webhooks fail, are gone, or did not take something until it was given up.
    WebhookFailing,
    CrlClose,
    InvariantsBroken,
    /// An administrator has paused the connection to the CA: due cases wait.
    CaPaused,
    /// Nothing is revoked or mailed until somebody releases the desk.
    DeskHalted,
}

impl AlarmKind {
    pub const ALL: [Self; 14] = [
        Self::Overdue,
        Self::CompromiseLate,
        Self::RunBraked,
        Self::RunInterrupted,
        Self::ProofLate,
        Self::ProofBreach,
        Self::ProofDisagrees,
        Self::MailStuck,
        Self::MailBounced,
        Self::WebhookFailing,
        Self::CrlClose,
        Self::InvariantsBroken,
        Self::CaPaused,
        Self::DeskHalted,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Overdue => "overdue",
            Self::CompromiseLate => "compromise_late",
            Self::RunBraked => "run_braked",
            Self::RunInterrupted => "run_interrupted",
            Self::ProofLate => "proof_late",
            Self::ProofBreach => "proof_breach",
            Self::ProofDisagrees => "proof_disagrees",
            Self::MailStuck => "mail_stuck",
            Self::MailBounced => "mail_bounced",
            Self::WebhookFailing => "webhook_failing",
            Self::CrlClose => "crl_close",
            Self::InvariantsBroken => "invariants_broken",
            Self::CaPaused => "ca_paused",
            Self::DeskHalted => "desk_halted",
        }
    }

    /// The desk's page on which to act.
    pub fn path(self, run: Option<i64>) -> String {
        match self {
            Self::Overdue => "/desk/cases?state=confirmed".to_owned(),
            Self::CompromiseLate => "/desk/cases".to_owned(),
            Self::RunBraked | Self::RunInterrupted => {
                run.map_or_else(|| "/desk/batches".to_owned(), |run| format!("/desk/batches/{run}"))
            }
            Self::ProofLate | Self::ProofBreach | Self::ProofDisagrees => "/desk/cases?state=revoked".to_owned(),
            Self::MailStuck => "/desk/mails?view=waiting".to_owned(),
            Self::MailBounced => "/desk/mails?view=failed".to_owned(),
            Self::WebhookFailing => "/desk/settings/webhooks".to_owned(),
            Self::CrlClose | Self::InvariantsBroken | Self::CaPaused => "/desk/batches".to_owned(),
            Self::DeskHalted => "/desk/today".to_owned(),
        }
    }
}

/// Something that is wrong now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    pub kind: AlarmKind,
    /// How many cases, mails or findings; 1 for a run.
    pub count: i64,
    /// Since when, or until when where the end is what counts.
    pub instant: DateTime<Utc>,
    /// Some of what it is about: reception numbers, names of rules.
    pub examples: Vec<String>,
    pub run: Option<i64>,
}

impl Alarm {
    /// Tells this alarm from others, once a day for what lasts (a fault may cut off a run each minute) and once for each
    /// run that was braked: all nodes find the same name, so one mail is sent.
    pub fn event_key(&self, now: DateTime<Utc>) -> String {
        let day: NaiveDate = jst_date(now);
        let name = self.kind.as_str().replace('_', "-");
        match (self.kind, self.run) {
            (AlarmKind::RunBraked, Some(run)) => format!("{name}-run-{run}"),
            _ => format!("{name}-{day}"),
        }
    }
}
