//! 設置の確認 as lists and pages of cases show it.

use crate::domain::installation::{Seen, Standing, StandingKind, names_to_look_at};
use crate::messages::{Texts, dates};
use crate::models::installation::{Look, Summary};
use crate::views::parts::{StatusLabel, Tone};

/// The column 新証明書の設置: what the sites showed, or how far the new certificate has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    pub status: Option<StatusLabel>,
    /// When somebody looked; without a status the whole cell.
    pub text: String,
}

impl Cell {
    /// While nobody looks: whether it is issued.
    pub fn issued(t: Texts, has_replacement: bool) -> Self {
        let key = if has_replacement { "cases.replacement_issued" } else { "cases.replacement_waiting" };
        Self { status: None, text: t.s(key).to_owned() }
    }

    /// While somebody looks, for an issued certificate. `dns_names` has one name on each line.
    pub fn looked_at(t: Texts, summary: Option<&Summary>, dns_names: &str) -> Self {
        match summary {
            Some(Summary { standing, looked_at }) => {
                Self { status: Some(status(t, *standing)), text: dates::history(*looked_at) }
            }
            None => Self { status: None, text: t.s(absence(dns_names)).to_owned() },
        }
    }

    /// For a spreadsheet.
    pub fn plain(&self) -> &str {
        self.status.as_ref().map_or(&self.text, |status| &status.text)
    }
}

/// Why nothing was seen yet.
pub fn absence(dns_names: &str) -> &'static str {
    if names_to_look_at(dns_names.lines()).is_empty() { "installation.no_names" } else { "installation.not_yet" }
}

/// `設置済み 3/3`
pub fn status(t: Texts, standing: Standing) -> StatusLabel {
    let (icon, tone) = match standing.kind {
        StandingKind::Old => ("triangle-alert", Tone::Bad),
        StandingKind::Installed => ("circle-check", Tone::Ok),
        StandingKind::Partly => ("clock", Tone::Wait),
        StandingKind::Other => ("circle-alert", Tone::Hold),
        StandingKind::Unreachable => ("minus", Tone::Hold),
    };
    StatusLabel { icon, tone, text: words(t, standing) }
}

pub fn words(t: Texts, standing: Standing) -> String {
    let numbers: [(&str, &(dyn std::fmt::Display + Sync)); 2] = [("n", &standing.names), ("of", &standing.of)];
    t.f(&format!("installation.kind.{}", standing.kind.as_str()), &numbers)
}

/// What the page of a case shows of its sites.
#[derive(Debug, Clone)]
pub struct Sites {
    /// Under 旧証明書 and 新証明書.
    pub old: StatusLabel,
    pub new: StatusLabel,
    /// `11/24 09:00 確認`
    pub at: String,
    pub rows: Vec<SiteRow>,
    /// For those who work on the case: looks again.
    pub again: Option<Again>,
}

#[derive(Debug, Clone)]
pub struct Again {
    pub href: String,
    pub csrf: String,
}

#[derive(Debug, Clone)]
pub struct SiteRow {
    pub name: String,
    pub status: StatusLabel,
    /// The port, or why nothing was seen.
    pub note: String,
}

impl Sites {
    pub fn new(t: Texts, looks: &[Look], summary: Option<&Summary>, dns_names: &str, again: Option<Again>) -> Self {
        let count = |seen: Seen| looks.iter().filter(|look| look.seen == seen).count();
        let of = looks.len();
        let numbered = |key: &str, n: usize| t.f(key, &[("n", &n), ("of", &of)]);
        let label = |icon, tone, text| StatusLabel { icon, tone, text };
        let absent = || label("clock", Tone::Hold, t.s(absence(dns_names)).to_owned());
        let (old, new) = match (summary, count(Seen::Old)) {
            (None, _) => (absent(), absent()),
            (Some(summary), 0) => {
                let old = label("minus", Tone::Hold, t.s("installation.old_nowhere").to_owned());
                (old, status(t, summary.standing))
            }
            (Some(_), n) => {
                let new = count(Seen::New);
                let (icon, tone) = if new == 0 { ("minus", Tone::Hold) } else { ("clock", Tone::Wait) };
                let new = label(icon, tone, numbered("installation.new_on", new));
                (label("triangle-alert", Tone::Bad, numbered("installation.old_on", n)), new)
            }
        };
        let at = summary.map(|summary| t.f("installation.at", &[("at", &dates::history(summary.looked_at))]));
        let rows = looks.iter().map(|look| row(t, look)).collect();
        Self { old, new, at: at.unwrap_or_default(), rows, again }
    }
}

fn row(t: Texts, look: &Look) -> SiteRow {
    let (icon, tone) = match look.seen {
        Seen::Old => ("triangle-alert", Tone::Bad),
        Seen::New => ("circle-check", Tone::Ok),
        Seen::Other => ("circle-alert", Tone::Hold),
        Seen::Unreachable => ("minus", Tone::Hold),
    };
    let text = t.s(&format!("installation.seen.{}", look.seen.as_str())).to_owned();
    let hindrance = look.hindrance.map(|why| t.s(&format!("installation.hindrance.{}", why.as_str())).to_owned());
    let port = look.port.map(|port| t.f("installation.port", &[("n", &port)]));
    SiteRow {
        name: look.name.clone(),
        status: StatusLabel { icon, tone, text },
        note: hindrance.or(port).unwrap_or_default(),
    }
}

/// `shop.example.jp、www.example.jp ほか2件`: the names that show the old certificate.
pub fn old_names(t: Texts, looks: &[Look]) -> String {
    const TOLD: usize = 3;
    let names: Vec<&str> = looks.iter().filter(|look| look.seen == Seen::Old).map(|look| look.name.as_str()).collect();
    let told = names.iter().take(TOLD).copied().collect::<Vec<_>>().join(t.s("cert.names_joint"));
    match names.len().saturating_sub(TOLD) {
        0 => told,
        more => t.f("installation.and_more", &[("names", &told), ("n", &more)]),
    }
}
