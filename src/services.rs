//! What every action works with besides its input: the database, the settings and the ports.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chrono::NaiveDate;
use sea_orm::DatabaseConnection;
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::ca::embedded::EmbeddedCa;
use crate::ca::{Authorities, CertificateAuthority, Metered};
use crate::clock::Clock;
use crate::domain::alarm::Alarm;
use crate::domain::calendar::Calendar;
use crate::domain::calendar::hours::{AnnouncedHours, OpeningHours};
use crate::domain::call_rules::CallRules;
use crate::domain::validity::ValidityPolicy;
use crate::hosts::{Hosts, TlsHosts};
use crate::mail::Transport;
use crate::metrics::Metrics;
use crate::models::counting::KeptCounts;
use crate::models::desk_settings::Live;
use crate::models::text_versions::KeptTexts;
use crate::passkeys::Passkeys;
use crate::proof::ProofSource;
use crate::settings::{Agreement, Desk, Settings};
use crate::sso::SingleSignOn;
use crate::vault::Vault;

/// One per process; cheap to clone.
#[derive(Clone)]
pub struct Services {
    pub db: DatabaseConnection,
    /// Connections apart from the others, for those who watch: what keeps the others busy does not stop them.
    pub probe: DatabaseConnection,
    /// Connections on which a customer's request sees its own organisation alone; `None` where no role is set up for it.
    pub walled: Option<DatabaseConnection>,
    pub settings: Arc<Settings>,
    pub agreement: Arc<Agreement>,
    pub clock: Clock,
    policy: Arc<ValidityPolicy>,
    pub ca: Arc<dyn CertificateAuthority>,
    /// The same CAs one by one, to look at and to set.
    pub authorities: Arc<Authorities>,
    pub proof: Arc<dyn ProofSource>,
    /// The CA whose CRLs this program publishes itself, when there is one.
    pub embedded_ca: Option<EmbeddedCa>,
    pub transport: Arc<Transport>,
    /// The sites of customers, to be looked at.
    pub hosts: Arc<dyn Hosts>,
    /// Seals what must not be read in the database.
    pub vault: Vault,
    /// `None` where browsers allow no passkeys.
    pub passkeys: Option<Passkeys>,
    /// The company's own log-in, if there is one.
    pub sso: Option<SingleSignOn>,
    pub metrics: Metrics,
    pub counts: KeptCounts,
    pub texts: KeptTexts,
    calendar: Arc<RwLock<Arc<Calendar>>>,
    live: Arc<RwLock<Arc<Live>>>,
    alarms: Arc<RwLock<Arc<Vec<Alarm>>>>,
    bell: Arc<Notify>,
    /// Set when the process is asked to end: what runs is finished, nothing more is begun.
    pub stop: CancellationToken,
    running: TaskTracker,
}

/// The parts of [`Services`] that are not made from others.
pub struct Parts {
    pub db: DatabaseConnection,
    pub settings: Arc<Settings>,
    pub agreement: Arc<Agreement>,
    pub clock: Clock,
    pub policy: Arc<ValidityPolicy>,
    pub ca: Arc<dyn CertificateAuthority>,
    pub authorities: Arc<Authorities>,
    pub proof: Arc<dyn ProofSource>,
    pub embedded_ca: Option<EmbeddedCa>,
    pub transport: Arc<Transport>,
    pub vault: Vault,
    pub calendar: Calendar,
}

impl Services {
    pub fn new(parts: Parts) -> Self {
        let metrics = Metrics::default();
        let passkeys = Passkeys::at(&parts.settings.public_url);
        Self {
            probe: parts.db.clone(),
            walled: None,
            db: parts.db,
            hosts: Arc::new(TlsHosts::new(parts.settings.installation.allow_private)),
            settings: parts.settings,
            agreement: parts.agreement,
            clock: parts.clock,
            policy: parts.policy,
            ca: Arc::new(Metered::new(parts.ca, metrics.clone())),
            authorities: parts.authorities,
            proof: parts.proof,
            embedded_ca: parts.embedded_ca,
            transport: parts.transport,
            vault: parts.vault,
            passkeys,
            sso: None,
            metrics,
            counts: KeptCounts::default(),
            texts: KeptTexts::default(),
            calendar: Arc::new(RwLock::new(Arc::new(parts.calendar))),
            live: Arc::default(),
            alarms: Arc::default(),
            bell: Arc::new(Notify::new()),
            stop: CancellationToken::new(),
            running: TaskTracker::new(),
        }
    }

    /// The business calendar as last loaded.
    pub fn calendar(&self) -> Arc<Calendar> {
        self.calendar.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes over a calendar read anew after an import.
    pub fn replace_calendar(&self, calendar: Calendar) {
        *self.calendar.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(calendar);
    }

    /// What administrators have changed of the settings, as this process last read it.
    pub fn live(&self) -> Arc<Live> {
        self.live.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes over settings read anew after a change.
    pub fn replace_live(&self, live: Live) {
        *self.live.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(live);
    }

    /// The rules for calls of that day: what an administrator set for it, or the file.
    pub fn calls_on(&self, day: NaiveDate) -> CallRules {
        self.calls_of(&self.live(), day)
    }

    /// The same with settings that were read just now.
    pub fn calls_of(&self, live: &Live, day: NaiveDate) -> CallRules {
        live.calls_on(day).cloned().unwrap_or_else(|| self.settings.calls.rules())
    }

    /// The hours of that day and their words: what an administrator set for it, or the file.
    pub fn hours_of(&self, live: &Live, day: NaiveDate) -> AnnouncedHours {
        let of_file = || AnnouncedHours { hours: OpeningHours::default(), words: self.settings.desk.hours.clone() };
        live.hours_on(day).cloned().unwrap_or_else(of_file)
    }

    /// Who the desk is on that day, as mails, scripts and pages name it.
    pub fn desk_on(&self, day: NaiveDate) -> Desk {
        Desk { hours: self.hours_of(&self.live(), day).words, ..self.settings.desk.clone() }
    }

    /// The table of validity rules: an administrator's, or the one the program comes with.
    pub fn policy(&self) -> Arc<ValidityPolicy> {
        self.policy_of(&self.live())
    }

    /// The same with settings that were read just now.
    pub fn policy_of(&self, live: &Live) -> Arc<ValidityPolicy> {
        live.policy().unwrap_or_else(|| self.policy.clone())
    }

    /// What needs a person, as the watchdog of this process last saw it.
    pub fn alarms(&self) -> Arc<Vec<Alarm>> {
        self.alarms.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn replace_alarms(&self, alarms: Vec<Alarm>) {
        *self.alarms.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(alarms);
    }

    /// Lets `work` go on in the background. The end of the process waits for it, within a limit; long work looks at
    /// `stop`.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.running.spawn(work);
    }

    /// Waits until nothing goes on in the background any more.
    pub async fn finished(&self) {
        self.running.close();
        self.running.wait().await;
    }

    /// Rings the bell after a revocation or a queued mail: publishing, proof and sending follow right away in the
    /// background, once for any number of rings. Costs nothing, and without a listener (a task) does nothing.
    pub fn nudge(&self) {
        self.bell.notify_one();
    }

    /// Rings the bell after `time`, unless the process ends first.
    pub fn nudge_after(&self, time: Duration) {
        let desk = self.clone();
        self.spawn(async move {
            if desk.stop.run_until_cancelled(tokio::time::sleep(time)).await.is_some() {
                desk.nudge();
            }
        });
    }

    /// Waits for the next ring, or for one that nobody has heard yet.
    pub async fn nudged(&self) {
        self.bell.notified().await;
    }
}
