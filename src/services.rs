//! What every action works with besides its input: the database, the settings and the ports.

use std::sync::{Arc, PoisonError, RwLock};

use sea_orm::DatabaseConnection;

use crate::ca::CertificateAuthority;
use crate::clock::Clock;
use crate::domain::calendar::Calendar;
use crate::domain::validity::ValidityPolicy;
use crate::proof::ProofSource;
use crate::settings::{Agreement, Settings};

/// One per process; cheap to clone.
#[derive(Clone)]
pub struct Services {
    pub db: DatabaseConnection,
    pub settings: Arc<Settings>,
    pub agreement: Arc<Agreement>,
    pub clock: Clock,
    pub policy: Arc<ValidityPolicy>,
    pub ca: Arc<dyn CertificateAuthority>,
    pub proof: Arc<dyn ProofSource>,
    calendar: Arc<RwLock<Arc<Calendar>>>,
}

/// The parts of [`Services`] that are not made from others.
pub struct Parts {
    pub db: DatabaseConnection,
    pub settings: Arc<Settings>,
    pub agreement: Arc<Agreement>,
    pub clock: Clock,
    pub policy: Arc<ValidityPolicy>,
    pub ca: Arc<dyn CertificateAuthority>,
    pub proof: Arc<dyn ProofSource>,
    pub calendar: Calendar,
}

impl Services {
    pub fn new(parts: Parts) -> Self {
        Self {
            db: parts.db,
            settings: parts.settings,
            agreement: parts.agreement,
            clock: parts.clock,
            policy: parts.policy,
            ca: parts.ca,
            proof: parts.proof,
            calendar: Arc::new(RwLock::new(Arc::new(parts.calendar))),
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
}
