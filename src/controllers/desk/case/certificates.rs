//! The two certificates of a case, side by side and as a picture.

use crate::controllers::desk::frame::Frame;
use crate::controllers::desk::installation::sites;
use crate::domain::validity::replacement_validity;
use crate::messages::{Texts, dates};
use crate::models::case_file::CaseFile;
use crate::models::certificates::Certificate;
use crate::views::desk::case::{CertificateFacts, CertificatePair};
use crate::views::desk::validity_picture::{Period, ValidityPicture};
use crate::views::parts::{Serial, SiteNames, StatusLabel, Tone};

pub fn pair(frame: &Frame, file: &CaseFile) -> CertificatePair {
    let reason = frame.t.s(&format!("mail.reason.{}", file.application.reason.as_str()));
    CertificatePair {
        reason: frame.t.f("case.reissue_reason", &[("reason", &reason)]),
        old: facts(frame, &file.source, file.case.revoked_at.is_some()),
        new: file.replacement.as_ref().map(|new| facts(frame, new, new.revoked_at.is_some())),
        sites: sites(frame, file),
        ct_log: frame.desk.settings.desk.ct_search_of(&file.source.sha256.to_string()),
    }
}

fn facts(frame: &Frame, certificate: &Certificate, revoked: bool) -> CertificateFacts {
    let (t, today) = (frame.t, frame.today());
    let (first, last) = (dates::day_of(certificate.not_before), certificate.last_day());
    let left = (last - today).num_days();
    let remaining_key = if certificate.last_day() < certificate.entitlement_end_on {
        "cert.remaining_shortened"
    } else {
        "cert.remaining"
    };
    CertificateFacts {
        common_name: certificate.common_name.clone(),
        other_names: certificate.names().into_iter().filter(|name| *name != certificate.common_name).collect(),
        organization: certificate.organization.clone().unwrap_or_default(),
        period: format!("{} – {}", dates::numeric(first), dates::numeric(last)),
        remaining: if left < 0 { t.s("cert.ended").to_owned() } else { t.f(remaining_key, &[("n", &left)]) },
        serial: Serial::new(&certificate.serial.to_string()),
        issuer: certificate.issuer.clone(),
        key: certificate.key_label.clone(),
        status: certificate_status(t, revoked, last < today),
        sha256: certificate.sha256.to_string(),
    }
}

fn certificate_status(t: Texts, revoked: bool, ended: bool) -> StatusLabel {
    let (icon, tone, key) = if revoked {
        ("ban", Tone::Bad, "cert.revoked")
    } else if ended {
        ("minus", Tone::Hold, "cert.expired")
    } else {
        ("circle-check", Tone::Ok, "cert.valid")
    };
    StatusLabel { icon, tone, text: t.s(key).to_owned() }
}

pub(super) fn picture(frame: &Frame, file: &CaseFile) -> ValidityPicture {
    let (t, today) = (frame.t, frame.today());
    let period = |one: &Certificate| Period { from: dates::day_of(one.not_before), to: one.last_day() };
    let revoke_on = file.case.revoked_at.map_or(file.case.requested_on, dates::day_of);
    let new = file.replacement.as_ref();
    let mut picture = ValidityPicture::new(t, period(&file.source), new.map(period), revoke_on, today);
    if let Some(new) = new
        && let Ok(term) =
            replacement_validity(&frame.desk.policy(), dates::day_of(new.not_before), new.entitlement_end_on)
        && let Some(from) = term.full_term_from
    {
        let (days, end) = (t.days(from, term.full_term_until), dates::long(t, new.entitlement_end_on));
        picture.notes.push(t.f("picture.full_term", &[("days", &days), ("end", &end)]));
    }
    picture
}

pub fn names(t: Texts, certificate: &Certificate) -> SiteNames {
    let others = certificate.names().iter().filter(|name| **name != certificate.common_name).count();
    SiteNames::new(t, certificate.common_name.clone(), others)
}
