//! Turns what is known about a certificate into its page.

use super::certificates::certificate_href;
use super::downloads;
use super::frame::PortalFrame;
use crate::actions::file_application::eligibility_facts;
use crate::domain::application::{self, Eligibility, Ineligibility};
use crate::domain::case::CaseEvent;
use crate::domain::certificate::{self, CertificateFile, ValidationType};
use crate::domain::contact::{ContactRole, PhoneNumber, whom_to_phone};
use crate::domain::validity::replacement_validity;
use crate::errors::Result;
use crate::messages::{Texts, dates};
use crate::models::certificates::{self, Certificate};
use crate::models::columns::DeskForm;
use crate::models::contacts;
use crate::models::form_requests::{self, FormRequest};
use crate::models::revocation_cases::{self, Case};
use crate::views::parts::{Link, Period, Serial, SiteNames};
use crate::views::portal::certificate::{
    CertificateFacts, CertificatePage, Compromise, ContactFact, Download, FormOffer, Obstacle, Reissue, RequestRow,
};
use crate::views::portal::certificate_status::{CertificateStanding, certificate_status, kind, request_status};
use crate::views::portal::reissue_picture::ReissuePicture;

/// A certificate with all that its page tells.
struct File {
    certificate: Certificate,
    read: certificate::CertificateFacts,
    /// Newest first; those that revoke it and those that gave it.
    cases: Vec<Case>,
    /// Sources and replacements of those cases.
    relatives: Vec<Certificate>,
    contacts: Vec<contacts::Contact>,
    form_requests: Vec<FormRequest>,
    eligibility: Eligibility,
}

pub async fn page(frame: &PortalFrame, certificate: Certificate) -> Result<CertificatePage> {
    let issuers_unknown = downloads::issuers(frame, &certificate.der).await.is_empty();
    let file = load(frame, certificate).await?;
    let (t, certificate) = (frame.t, &file.certificate);
    let number = certificate.reception_number.map(|number| number.to_string()).unwrap_or_default();
    let standing = file.standing();
    let (open, past): (Vec<&Case>, Vec<&Case>) = file.cases.iter().partition(|case| case.state.is_open());
    let rows = |cases: Vec<&Case>| cases.into_iter().map(|case| request_row(t, &file, case)).collect();
    Ok(CertificatePage {
        chrome: frame.chrome().await?,
        csrf: frame.customer.csrf.clone(),
        status: certificate_status(t, &standing, frame.now),
        names: SiteNames::new(t, certificate.common_name.clone(), other_names(certificate)),
        ev: certificate.validation == ValidationType::Ev,
        kind: kind(t, certificate.validation),
        period: period_text(certificate),
        remaining: match (certificate.last_day() - frame.today()).num_days() {
            left if left >= 0 && standing.is_live(frame.now) => t.f("cert.remaining", &[("n", &left)]),
            _ => String::new(),
        },
        reissue: reissue(frame, &file, &number),
        open_requests: rows(open),
        past_requests: rows(past),
        facts: facts(frame, &file),
        downloads: offered_files(t, &number, issuers_unknown),
        issuers_unknown,
        contacts: contact_facts(t, &file),
        compromise: compromise(frame, &file, &number),
        reception_number: number,
    })
}

async fn load(frame: &PortalFrame, certificate: Certificate) -> Result<File> {
    let db = &frame.db;
    let cases = revocation_cases::about_certificate(db, certificate.id).await?;
    let related = cases.iter().flat_map(|case| [Some(case.source_certificate_id), case.replacement_certificate_id]);
    let ids: Vec<i64> = related.flatten().filter(|id| *id != certificate.id).collect();
    let known = eligibility_facts(db, &certificate, Some(frame.customer.subscriber_id)).await?;
    Ok(File {
        read: certificate.facts()?,
        relatives: certificates::by_ids(db, &ids).await?,
        contacts: contacts::current(db, certificate.subscriber_id).await?,
        form_requests: form_requests::of_certificate(db, certificate.id).await?,
        eligibility: application::eligibility(&known, frame.now),
        cases,
        certificate,
    })
}

impl File {
    fn open_case(&self) -> Option<&Case> {
        self.cases.iter().find(|case| case.source_certificate_id == self.certificate.id && case.state.is_open())
    }

    fn standing(&self) -> CertificateStanding<'_> {
        CertificateStanding {
            not_before: self.certificate.not_before,
            not_after: self.certificate.not_after,
            revoked: self.certificate.revoked_at.is_some(),
            open_case: self.open_case(),
        }
    }

    fn period(&self) -> Period {
        Period { from: dates::day_of(self.certificate.not_before), to: self.certificate.last_day() }
    }
}

fn other_names(certificate: &Certificate) -> usize {
    certificate.names().iter().filter(|name| **name != certificate.common_name).count()
}

fn period_text(certificate: &Certificate) -> String {
    let from = dates::numeric(dates::day_of(certificate.not_before));
    format!("{from} – {}", dates::numeric(certificate.last_day()))
}

fn reissue(frame: &PortalFrame, file: &File, number: &str) -> Reissue {
    let t = frame.t;
    if !file.eligibility.may_be_filed() {
        let refusals = &file.eligibility.refusals;
        let live = file.standing().is_live(frame.now);
        return Reissue::Refused {
            ask_the_desk: refusals.iter().any(|refusal| !matches!(refusal, Ineligibility::CaseInProgress(_))),
            obstacles: refusals.iter().map(|refusal| obstacle(t, file, refusal, number, live)).collect(),
        };
    }
    let (today, end) = (frame.today(), file.certificate.entitlement_end_on);
    // Without a rule for today nothing can be said about the new term; the application itself says so.
    let validity = replacement_validity(&frame.desk.policy(), today, end).ok();
    let shortened = validity.filter(|validity| validity.shortened);
    let regains = shortened.is_none() && validity.is_some() && file.certificate.last_day() < end;
    Reissue::Offered {
        notice: file.eligibility.reexamination.map(|needed| t.problem(&needed.problem())),
        picture: shortened.map(|validity| ReissuePicture::new(t, file.period(), today, end, validity)),
        regained: regains.then(|| t.f("certificate_page.regained", &[("end", &dates::long(t, end))])),
    }
}

/// What happened, why, and what to do now: in the portal's own words.
fn obstacle(t: Texts, file: &File, refusal: &Ineligibility, number: &str, live: bool) -> Obstacle {
    let key = format!("obstacle.{}", refusal.code());
    let plain = |text: String| Obstacle { text, link: None, forms: Vec::new() };
    match refusal {
        Ineligibility::NotOwned | Ineligibility::NotOrganisationValidated => plain(t.s(&key).to_owned()),
        Ineligibility::NotYetValid { valid_from } => plain(t.f(&key, &[("valid_from", &dates::long(t, *valid_from))])),
        Ineligibility::Expired { last_day } => plain(t.f(&key, &[("last_day", &dates::long(t, *last_day))])),
        Ineligibility::Revoked => {
            let newest = newest_replacement(file).map(|href| Link::new(href, t.s("obstacle.see_replacement")));
            Obstacle { link: newest, ..plain(t.s(&key).to_owned()) }
        }
        Ineligibility::IssuedRecently { first_day } => plain(t.f(&key, &[("first_day", &dates::long(t, *first_day))])),
        Ineligibility::CaseInProgress(open) => {
            let filed = dates::long(t, open.filed_on);
            let text = t.f(&key, &[("reception_number", &open.reception_number), ("filed_on", &filed)]);
            let href = request_href(&open.reception_number.to_string());
            Obstacle { link: Some(Link::new(href, t.s("obstacle.see_request"))), ..plain(text) }
        }
        Ineligibility::SymbolsOnlyUnit { unit } => {
            let shown = if unit.trim().is_empty() { t.s("obstacle.blank_unit") } else { unit };
            let offered = DeskForm::ALL.iter().filter(|form| live || **form == DeskForm::NewApplication);
            let forms = offered.map(|form| form_offer(t, file, *form, number)).collect();
            Obstacle { forms, ..plain(t.f(&key, &[("unit", &shown)])) }
        }
    }
}

/// Where the replacement of the newest case that revoked the certificate is.
fn newest_replacement(file: &File) -> Option<String> {
    let case = file.cases.iter().find(|case| case.source_certificate_id == file.certificate.id)?;
    let replacement = file.relatives.iter().find(|one| Some(one.id) == case.replacement_certificate_id)?;
    replacement.reception_number.map(certificate_href)
}

fn form_offer(t: Texts, file: &File, form: DeskForm, number: &str) -> FormOffer {
    let asked = file.form_requests.iter().find(|request| request.form == form);
    let said = |request: &FormRequest| {
        let at = dates::long_instant(t, request.requested_at);
        t.f(&format!("desk_form.{}.asked", form.as_str()), &[("at", &at)])
    };
    FormOffer {
        action: format!("/portal/certificates/{number}/forms/{}", form.as_str()),
        label: t.s(&format!("desk_form.{}.ask", form.as_str())),
        asked: asked.map(said),
    }
}

fn request_href(number: &str) -> String {
    format!("/portal/requests/{number}")
}

fn request_row(t: Texts, file: &File, case: &Case) -> RequestRow {
    let number = case.reception_number.to_string();
    let revokes = case.source_certificate_id == file.certificate.id;
    RequestRow {
        href: request_href(&number),
        reception_number: number,
        filed: dates::table(t, dates::day_of(case.opened_at)),
        what: t.s(if revokes { "certificate_page.revokes" } else { "certificate_page.issued" }).to_owned(),
        status: request_status(t, case),
    }
}

fn facts(frame: &PortalFrame, file: &File) -> CertificateFacts {
    let (t, certificate) = (frame.t, &file.certificate);
    let last_day = certificate.last_day();
    let (from, to) = (dates::table(t, dates::day_of(certificate.not_before)), dates::table(t, last_day));
    CertificateFacts {
        common_name: certificate.common_name.clone(),
        dns_names: certificate.names().into_iter().chain(file.read.other_names.iter().cloned()).collect(),
        organization: certificate.organization.clone().unwrap_or_default(),
        period: format!("{from} – {to}"),
        entitlement: (last_day < certificate.entitlement_end_on).then(|| entitlement(frame, certificate)),
        serial: Serial::new(&certificate.serial.to_string()),
        key: certificate.key_label.clone(),
        signature: file.read.signature_algorithm(),
        issuer: certificate.issuer.clone(),
        sha256: certificate.sha256.to_string(),
        chain: chain(t, file),
    }
}

/// The original end, and from which day it can be reached again.
fn entitlement(frame: &PortalFrame, certificate: &Certificate) -> String {
    let (t, end) = (frame.t, certificate.entitlement_end_on);
    let issued_on = dates::day_of(certificate.not_before);
    let term = replacement_validity(&frame.desk.policy(), issued_on, end).ok();
    let again = term.and_then(|term| Some((term.full_term_from?, term.full_term_until)));
    match again.filter(|(from, _)| *from > frame.today()) {
        Some((from, until)) => {
            let days = t.days(from, until);
            t.f("certificate_page.entitlement_again", &[("end", &dates::long(t, end)), ("days", &days)])
        }
        None => t.f("certificate_page.entitlement", &[("end", &dates::long(t, end))]),
    }
}

/// Where this certificate comes from, and what was issued instead of it.
fn chain(t: Texts, file: &File) -> Vec<(&'static str, Link)> {
    let mut links = Vec::new();
    for case in &file.cases {
        let (id, key) = if case.source_certificate_id == file.certificate.id {
            (case.replacement_certificate_id, "reissue_picture.replacement")
        } else {
            (Some(case.source_certificate_id), "reissue_picture.source")
        };
        let relative = file.relatives.iter().find(|one| Some(one.id) == id);
        if let Some((relative, number)) = relative.and_then(|one| Some((one, one.reception_number?))) {
            let label = format!("{number}（{}）", period_text(relative));
            links.push((t.s(key), Link::new(certificate_href(number), label)));
        }
    }
    links
}

fn offered_files(t: Texts, number: &str, issuers_unknown: bool) -> Vec<Download> {
    let offered = CertificateFile::ALL.into_iter().filter(|file| !(issuers_unknown && file.needs_issuers()));
    let download = |file: CertificateFile| {
        let (label, note) = match file {
            CertificateFile::Pem => ("download.pem", "download.pem_note"),
            CertificateFile::Chain => ("download.chain", "download.chain_note"),
            CertificateFile::Pkcs7 => ("download.pkcs7", "download.pkcs7_note"),
            CertificateFile::Der => ("download.der", "download.der_note"),
        };
        Download {
            href: format!("/portal/certificates/{number}/{}", file.as_str()),
            label: t.s(label),
            note: t.s(note),
        }
    };
    offered.map(download).collect()
}

fn contact_facts(t: Texts, file: &File) -> Vec<ContactFact> {
    let called = whom_to_phone(file.certificate.validation);
    let fact = |role: ContactRole| {
        let contact = contacts::in_role(&file.contacts, role)?;
        let phone = PhoneNumber::parse(&contact.phone).map(|phone| phone.tail().to_owned()).ok()?;
        Some(ContactFact {
            role: t.s(&format!("contact_role.{}", role.as_str())),
            name: contact.name.clone(),
            phone: t.f("certificate_page.phone_tail", &[("tail", &phone)]),
            called: called == Some(role),
        })
    };
    ContactRole::ALL.into_iter().filter_map(fact).collect()
}

/// A compromise can be told as long as the certificate is in use. Where no application is possible, the desk takes it.
fn compromise(frame: &PortalFrame, file: &File, number: &str) -> Compromise {
    if !file.standing().is_live(frame.now) {
        return Compromise::Over;
    }
    match file.open_case() {
        Some(case) => {
            let href = request_href(&case.reception_number.to_string());
            let takes_a_report = case.state.after(CaseEvent::KeyCompromiseReported).is_ok();
            match case.compromise_reported_at {
                Some(_) => Compromise::Reported { href },
                None if takes_a_report => Compromise::Report { href: format!("{href}/key_compromise") },
                // It is being revoked this moment.
                None => Compromise::Over,
            }
        }
        None if file.eligibility.may_be_filed() => {
            Compromise::Report { href: format!("/portal/certificates/{number}/reissue?reason=key_compromise") }
        }
        None => Compromise::TellTheDesk,
    }
}
