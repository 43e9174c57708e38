//! Facts of the application in the words that its pages share.

use chrono::NaiveDate;

use super::Sheet;
use crate::actions::judge_draft::Judgement;
use crate::domain::calendar::jst_date;
use crate::domain::certificate::{CertificateFacts, ValidationType};
use crate::domain::contact::{PhoneNumber, whom_to_phone};
use crate::domain::csr::{self, CsrFacts, DifferingField};
use crate::domain::problem::Problem;
use crate::errors::Result;
use crate::messages::{Texts, dates};
use crate::models::certificates::Certificate;
use crate::models::contacts;
use crate::models::wall::OwnRows;
use crate::views::portal::reissue::{Callee, CsrRead, Difference, Target};

impl Sheet {
    pub(super) fn target(&self) -> Target {
        let (t, source) = (self.frame.t, &self.source);
        let left = (source.last_day() - self.frame.today()).num_days();
        Target {
            reception_number: self.number.to_string(),
            common_name: source.common_name.clone(),
            ev: source.validation == ValidationType::Ev,
            validity: period(jst_date(source.not_before), source.last_day()),
            remaining: t.f("reissue.remaining", &[("n", &left)]),
            notice: self.eligibility.reexamination.map(|needed| t.problem(&needed.problem())),
        }
    }

    /// What the CSR says, where one was given that can be used.
    pub(super) fn csr_read(&self, judged: &Judgement) -> Result<Option<CsrRead>> {
        let Some(facts) = &judged.csr else { return Ok(None) };
        Ok(Some(csr_read(self.frame.t, facts, &self.source.facts()?)))
    }
}

pub(super) fn period(from: NaiveDate, to: NaiveDate) -> String {
    format!("{} – {}", dates::numeric(from), dates::numeric(to))
}

/// Who is phoned about a certificate, and the words for it.
pub(super) struct Person {
    pub role: &'static str,
    pub kind: &'static str,
    pub name: String,
    pub phone_tail: String,
}

impl Person {
    pub(super) fn shown(&self, t: Texts) -> Callee {
        Callee {
            role: t.f("reissue.callee_role", &[("role", &self.role), ("kind", &self.kind)]),
            name: self.name.clone(),
            phone: t.f("reissue.callee_phone", &[("tail", &self.phone_tail)]),
        }
    }
}

/// `None` where nobody is registered.
pub(super) async fn person(db: &OwnRows, t: Texts, source: &Certificate) -> Result<Option<Person>> {
    let people = contacts::current(db, source.subscriber_id).await?;
    let Some(contact) = whom_to_phone(source.validation).and_then(|role| contacts::in_role(&people, role)) else {
        return Ok(None);
    };
    Ok(Some(Person {
        role: t.s(&format!("contact_role.{}", contact.role.as_str())),
        kind: t.s(&format!("mail.validation.{}", source.validation.as_str())),
        name: contact.name.clone(),
        phone_tail: PhoneNumber::parse(&contact.phone)?.tail().to_owned(),
    }))
}

/// The sentences that explain and do not refuse.
pub(super) fn sentences(t: Texts, problems: &[Problem]) -> Vec<String> {
    problems.iter().map(|problem| t.problem(problem)).collect()
}

fn csr_read(t: Texts, csr: &CsrFacts, source: &CertificateFacts) -> CsrRead {
    let or_nothing = |text: Option<&String>| text.map_or_else(|| t.s("reissue.read_nothing").to_owned(), Clone::clone);
    let differences = csr::differences(csr, source).into_iter().map(|difference| Difference {
        field: t.s(field(difference.field)).to_owned(),
        requested: difference.requested,
        source: if difference.source.is_empty() { t.s("csr_field.none").to_owned() } else { difference.source },
    });
    CsrRead {
        common_name: or_nothing(csr.subject.common_name.as_ref()),
        key: csr.public_key.algorithm.to_string(),
        signature: csr.signature_algorithm.to_owned(),
        key_sha256: csr.public_key.spki_sha256.to_string(),
        differences: differences.collect(),
    }
}

fn field(field: DifferingField) -> &'static str {
    match field {
        DifferingField::CommonName => "csr_field.common_name",
        DifferingField::Organization => "csr_field.organization",
        DifferingField::OrganizationalUnit => "csr_field.organizational_unit",
        DifferingField::DnsNames => "csr_field.dns_names",
    }
}
