//! Finding the certificate by reception number, domain or organisation.

use crate::controllers::desk::case;
use crate::controllers::desk::frame::{Frame, case_href};
use crate::domain::certificate::ValidationType;
use crate::errors::Result;
use crate::messages::{Texts, dates};
use crate::models::certificates::{self, Certificate};
use crate::models::revocation_cases::{self, Case};
use crate::models::subscribers;
use crate::views::chrome::Place;
use crate::views::desk::reissues::{FoundCertificate, ReissueSearchPage};
use crate::views::parts::{Empty, Link, StatusLabel, Tone};

/// Whoever finds more asks the caller for more.
const SHOWN: u64 = 50;

pub async fn page(frame: &Frame, q: String) -> Result<ReissueSearchPage> {
    let t = frame.t;
    let wanted = q.trim();
    let mut found = match wanted {
        "" => Vec::new(),
        wanted => certificates::search(&frame.desk.db, wanted, SHOWN + 1).await?,
    };
    let more = found.len() as u64 > SHOWN;
    found.truncate(usize::try_from(SHOWN).unwrap_or(usize::MAX));
    let total = if more {
        t.f("filing.more", &[("n", &SHOWN)])
    } else if wanted.is_empty() {
        String::new()
    } else {
        t.f("list.count", &[("n", &found.len())])
    };
    let sentence = if wanted.is_empty() { "filing.start" } else { "filing.empty" };
    Ok(ReissueSearchPage {
        chrome: frame.chrome(Place::Reissue).await?,
        total,
        empty: found.is_empty().then(|| Empty { text: t.s(sentence).to_owned(), link: None }),
        rows: rows(frame, &found).await?,
        q,
    })
}

async fn rows(frame: &Frame, found: &[Certificate]) -> Result<Vec<FoundCertificate>> {
    let companies = subscribers::by_ids(&frame.desk.db, found.iter().map(|one| one.subscriber_id).collect()).await?;
    let ids: Vec<i64> = found.iter().map(|one| one.id).collect();
    let cases = revocation_cases::open_on_certificates(&frame.desk.db, ids).await?;
    let row = |certificate: &Certificate| {
        let company = companies.iter().find(|one| one.id == certificate.subscriber_id);
        let case = cases.iter().find(|case| case.source_certificate_id == certificate.id);
        found_certificate(frame, certificate, company.map(|one| one.name.clone()).unwrap_or_default(), case)
    };
    Ok(found.iter().map(row).collect())
}

fn found_certificate(
    frame: &Frame,
    certificate: &Certificate,
    company: String,
    case: Option<&Case>,
) -> FoundCertificate {
    let t = frame.t;
    FoundCertificate {
        href: format!("/desk/reissues/new?certificate={}", certificate.id),
        ev: certificate.validation == ValidationType::Ev,
        other_kind: !matches!(certificate.validation, ValidationType::Ev | ValidationType::Ov),
        reception_number: certificate.reception_number.map(|number| number.to_string()).unwrap_or_default(),
        company,
        names: case::certificates::names(t, certificate),
        period: period(certificate),
        status: status(frame, certificate, case),
        case: case.map(|case| Link::new(case_href(case.reception_number), case.reception_number.to_string())),
    }
}

/// `2026/03/02 – 2027/04/03`
pub fn period(certificate: &Certificate) -> String {
    let first = dates::day_of(certificate.not_before);
    format!("{} – {}", dates::numeric(first), dates::numeric(certificate.last_day()))
}

fn status(frame: &Frame, certificate: &Certificate, case: Option<&Case>) -> StatusLabel {
    let label = |t: Texts, icon, tone, key: &str| StatusLabel { icon, tone, text: t.s(key).to_owned() };
    let t = frame.t;
    if certificate.revoked_at.is_some() {
        label(t, "ban", Tone::Bad, "cert.revoked")
    } else if certificate.not_after < frame.now {
        label(t, "minus", Tone::Hold, "cert.expired")
    } else if case.is_some() {
        label(t, "clock", Tone::Wait, "filing.in_progress")
    } else {
        label(t, "circle-check", Tone::Ok, "cert.valid")
    }
}
