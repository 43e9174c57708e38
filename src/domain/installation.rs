//! 設置の確認: which certificate the customer's sites show to those who connect to them.
//!
//! Owns what one look at a site may come to, what the looks at all sites of a case come to together, which names are looked
//! at, and the limits of the setting. A look never decides about a revocation: it is told, and an agent who clicks has
//! to say that the customer was told.

use chrono::Duration;
use serde::{Deserialize, Serialize};

use super::authorization::AuthorizationKind;
use super::case::CaseState;
use super::certificate::Fingerprint;
use super::named::named;
use super::problem::Problem;
use super::setting::Change;

named! {
    /// What a site showed. Of several addresses and ports of one name the greatest counts: as long as one of them still
    /// shows the old certificate, its revocation is seen by visitors.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
    pub enum Seen {
        /// Nobody answered, or not with TLS, or the address is none of the internet's.
        Unreachable = "unreachable",
        /// Another certificate than the two of the case.
        Other = "other",
        New = "new",
        Old = "old",
    }
    else |text| Problem::new("value_unknown").with("value", text)
}

impl Seen {
    /// What `served` is to the case.
    pub fn of(served: &Fingerprint, source: &Fingerprint, replacement: Option<&Fingerprint>) -> Self {
        if served == source {
            Self::Old
        } else if Some(served) == replacement {
            Self::New
        } else {
            Self::Other
        }
    }
}

named! {
    /// Why a site showed nothing.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum Hindrance {
        /// The name has no address.
        NoAddress = "no_address",
        /// All its addresses are private, of this machine or of no machine.
        NotPublic = "not_public",
        /// No connection.
        NoAnswer = "no_answer",
        /// A connection, and no certificate over it.
        NoTls = "no_tls",
    }
    else |text| Problem::new("value_unknown").with("value", text)
}

/// What all looks at a case come to, as its pages show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub kind: StandingKind,
    /// Names that show it.
    pub names: usize,
    /// Names that were looked at.
    pub of: usize,
}

named! {
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum StandingKind {
        /// At least one name shows the old certificate.
        Old = "old",
        /// Every name shows the new one.
        Installed = "installed",
        /// Some names show the new one, none the old one.
        Partly = "partly",
        /// Neither of the two is seen anywhere.
        Other = "other",
        /// Nothing is seen from the internet.
        Unreachable = "unreachable",
    }
    else |text| Problem::new("value_unknown").with("value", text)
}

impl Standing {
    /// `None`: nobody has looked yet.
    pub fn of(looks: &[Seen]) -> Option<Self> {
        let count = |seen: Seen| looks.iter().filter(|one| **one == seen).count();
        let of = looks.len();
        let (kind, names) = match looks.iter().max()? {
            Seen::Old => (StandingKind::Old, count(Seen::Old)),
            Seen::New if count(Seen::New) == of => (StandingKind::Installed, of),
            Seen::New => (StandingKind::Partly, count(Seen::New)),
            Seen::Other => (StandingKind::Other, count(Seen::Other)),
            Seen::Unreachable => (StandingKind::Unreachable, of),
        };
        Some(Self { kind, names, of })
    }

    pub fn is_old_in_use(self) -> bool {
        self.kind == StandingKind::Old
    }
}

/// Cases at whose sites somebody looks: the new certificate is there, and the old one is not revoked.
pub const LOOKED_AT: [CaseState; 3] = [CaseState::AwaitingCall, CaseState::Confirmed, CaseState::OnHold];

/// The names of a certificate that a connection can be made to, each once. What stands behind a wildcard is not known.
pub fn names_to_look_at<'a>(dns_names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in dns_names {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        if !name.is_empty() && !name.contains('*') && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Whether the click on 失効する needs the word that the customer knows. Only who confirmed by telephone can be told: a
/// reported key compromise and an override have nobody on the line, and must not wait for it.
pub fn check_told(standing: Option<Standing>, authorization: AuthorizationKind, told: bool) -> Result<(), Problem> {
    let needed = standing.is_some_and(Standing::is_old_in_use) && authorization.was_given_in_a_call();
    match (needed, told) {
        (true, false) => Err(Problem::on("old_in_use_told", "old_in_use_not_told")),
        (true, true) | (false, _) => Ok(()),
    }
}

/// The setting 設置の確認. Off unless an administrator turns it on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstallationRules {
    pub on: bool,
    pub ports: Vec<u32>,
    /// Between two looks at the same case.
    pub hours_between_looks: u32,
}

/// Ports that one name is asked on.
const MOST_PORTS: usize = 3;
/// Hours of a week.
const LONGEST_WAIT: u32 = 168;

impl Default for InstallationRules {
    fn default() -> Self {
        Self { on: false, ports: vec![443], hours_between_looks: 24 }
    }
}

impl InstallationRules {
    /// Everything that is outside of its limits, named by its field.
    pub fn check(&self) -> Vec<Problem> {
        let out_of_range =
            |field, from: u32, to: u32| Problem::on(field, "setting_out_of_range").with("from", from).with("to", to);
        let mut problems = Vec::new();
        if self.ports.is_empty() {
            problems.push(Problem::on("ports", "ports_missing"));
        } else if self.ports.len() > MOST_PORTS {
            problems.push(Problem::on("ports", "ports_too_many").with("limit", MOST_PORTS));
        } else if self.ports.iter().any(|port| !(1..=65_535).contains(port)) {
            problems.push(out_of_range("ports", 1, 65_535));
        }
        if !(1..=LONGEST_WAIT).contains(&self.hours_between_looks) {
            problems.push(out_of_range("hours_between_looks", 1, LONGEST_WAIT));
        }
        problems
    }

    pub fn ports(&self) -> Vec<u16> {
        self.ports.iter().filter_map(|port| u16::try_from(*port).ok()).collect()
    }

    pub fn between_looks(&self) -> Duration {
        Duration::hours(self.hours_between_looks.into())
    }

    /// The value of each field as it is typed, in the order of the page.
    pub fn entries(&self) -> [(&'static str, String); 3] {
        let ports: Vec<String> = self.ports.iter().map(ToString::to_string).collect();
        [
            ("on", if self.on { "on" } else { "off" }.to_owned()),
            ("ports", ports.join(", ")),
            ("hours_between_looks", self.hours_between_looks.to_string()),
        ]
    }

    /// What differs in `new`.
    pub fn changes_to(&self, new: &Self) -> Vec<Change> {
        let pairs = self.entries().into_iter().zip(new.entries());
        let changed = pairs.filter(|((_, before), (_, after))| before != after);
        changed.map(|((field, before), (_, after))| Change { field: field.to_owned(), before, after }).collect()
    }
}
