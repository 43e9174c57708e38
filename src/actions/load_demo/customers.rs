//! The fictitious customers and their certificates.

use chrono::{DateTime, Days, NaiveDate, Utc};
use rand::{Rng, SeedableRng, rngs::StdRng};
use uuid::Uuid;

use super::material::Material;
use crate::ca::embedded::{EmbeddedCa, SourceOrder, SubjectAttribute, rsa_requests};
use crate::domain::calendar::{end_of_day, jst_date};
use crate::domain::certificate::ValidationType;
use crate::domain::contact::ContactRole;
use crate::domain::validity::{ValidityPolicy, replacement_validity};
use crate::errors::{Error, Result};
use crate::models::contacts::NewContact;
use crate::models::subscribers::{NewSubscriber, Subscriber};

/// How long a customer orders.
const ORDERED_DAYS: u64 = 366;
/// For IDN: two words of the material as A-labels.
const IDN_LABELS: [&str; 2] = ["xn--fsq192h", "xn--8pvz87e"];
const HOSTS: [&str; 12] =
    ["www", "shop", "portal", "mail", "api", "login", "recruit", "support", "vpn", "sso", "booking", "ir"];

pub struct Customers<'a> {
    material: &'a Material,
    dice: StdRng,
    rsa: Vec<Vec<u8>>,
    made: usize,
}

/// What is special about a certificate besides what its number brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feature {
    Plain,
    /// An OU of nothing but a hyphen.
    SymbolsOnlyUnit,
    /// A key that no other certificate has.
    OwnKey,
    Ev,
    /// Ordered for no longer than the certificate lasts: a reissue can reach the end of the order.
    ShortOrder,
}

pub struct NewSource {
    pub organisation: usize,
    pub issued_at: DateTime<Utc>,
    pub last_day: Option<NaiveDate>,
    pub feature: Feature,
}

/// A certificate as signed, and the end of its order.
pub struct SignedSource {
    pub der: Vec<u8>,
    pub entitlement_end_on: NaiveDate,
}

impl<'a> Customers<'a> {
    pub fn new(material: &'a Material) -> Self {
        Self { material, dice: StdRng::seed_from_u64(31), rsa: rsa_requests(), made: 0 }
    }

    pub fn count(&self) -> usize {
        self.material.organisations.len()
    }

    pub fn subscriber(&self, organisation: usize) -> NewSubscriber {
        let [name, kana, ..] = &self.material.organisations[organisation];
        NewSubscriber {
            name: name.clone(),
            name_kana: Some(kana.clone()),
            external_id: Some(format!("C{:05}", 10_001 + organisation)),
        }
    }

    /// A contact whose number was verified some time before `today`.
    pub fn contact(
        &mut self,
        subscriber: &Subscriber,
        organisation: usize,
        role: ContactRole,
        today: NaiveDate,
    ) -> NewContact {
        let words = &self.material.words;
        let family = &self.material.families[self.dice.random_range(0..self.material.families.len())];
        let given = &self.material.givens[self.dice.random_range(0..self.material.givens.len())];
        let department = &words.departments[self.dice.random_range(0..words.departments.len())];
        let number: u32 = self.dice.random_range(0..1000);
        let phone = match number % 7 {
            0 => format!("0120-000-{number:03}"),
            1 => format!("06-0000-{number:04} ext.{}", 1000 + number),
            _ => format!("03-0000-{:04}", number * 9),
        };
        let (phone_source, verified_days_ago) = match role {
            ContactRole::ProcedureContact => (&words.phone_source, 40 + u64::from(number)),
            ContactRole::ApplicationResponsible => (&words.phone_source_ev, 20 + u64::from(number) / 4),
        };
        NewContact {
            subscriber_id: subscriber.id,
            role,
            name: format!("{} {}", family[0], given[0]),
            name_kana: Some(format!("{} {}", family[1], given[1])),
            department: Some(department.clone()),
            email: format!("{}.{}@{}", given[2], family[2], self.material.organisations[organisation][3]),
            phone,
            phone_source: phone_source.clone(),
            verified_by: words.verifier.clone(),
            verified_on: today - Days::new(verified_days_ago),
        }
    }

    /// A request with a fresh key, now and then an RSA one.
    pub fn request(&mut self, own_key: bool) -> Result<Vec<u8>> {
        self.made += 1;
        if !own_key && self.made.is_multiple_of(3) && !self.rsa.is_empty() {
            return Ok(self.rsa[self.made / 3 % self.rsa.len()].clone());
        }
        let curve =
            if self.made.is_multiple_of(10) { &rcgen::PKCS_ECDSA_P384_SHA384 } else { &rcgen::PKCS_ECDSA_P256_SHA256 };
        let key = rcgen::KeyPair::generate_for(curve).map_err(Error::internal)?;
        let request = rcgen::CertificateParams::default().serialize_request(&key).map_err(Error::internal)?;
        Ok(request.der().to_vec())
    }

    pub async fn sign(&mut self, ca: &EmbeddedCa, policy: &ValidityPolicy, new: &NewSource) -> Result<SignedSource> {
        let csr_der = self.request(new.feature == Feature::OwnKey)?;
        let issued_on = jst_date(new.issued_at);
        let ordered_until = issued_on + Days::new(ORDERED_DAYS);
        let allowed = replacement_validity(policy, issued_on, ordered_until)?.not_after_on;
        let entitlement_end_on = if new.feature == Feature::ShortOrder { allowed } else { ordered_until };
        let ev = self.made % 4 == 1 || new.feature == Feature::Ev;
        let validation = if ev { ValidationType::Ev } else { ValidationType::Ov };
        let dns_names = self.names(new.organisation, validation);
        let order = SourceOrder {
            subject: self.subject(new, validation, &dns_names[0]),
            dns_names,
            validation,
            csr_der,
            not_before: new.issued_at,
            not_after: end_of_day(new.last_day.unwrap_or(allowed)),
            request_id: Uuid::new_v4(),
            now: new.issued_at,
        };
        let der = ca.sign_source_certificate(&order).await.map_err(Error::internal)?;
        Ok(SignedSource { der, entitlement_end_on })
    }

    fn names(&mut self, organisation: usize, validation: ValidationType) -> Vec<String> {
        let domain = self.material.organisations[organisation][3].as_str();
        let number = self.made;
        let host = HOSTS[number % HOSTS.len()];
        match number % 23 {
            // EV certificates have no wildcards (EVG 7.1.2.3).
            4 | 9 if validation == ValidationType::Ov => vec![format!("*.{domain}"), domain.to_owned()],
            7 => vec![
                format!("{host}.{}.{domain}", IDN_LABELS[number % 2]),
                format!("{}.{domain}", IDN_LABELS[number % 2]),
            ],
            13 => (1..=60).map(|shop| format!("shop{shop:02}.{host}.{domain}")).collect(),
            1..4 => vec![format!("{host}.{domain}"), domain.to_owned()],
            16 => HOSTS[..5].iter().map(|host| format!("{host}.{domain}")).collect(),
            _ => vec![format!("{host}.{domain}")],
        }
    }

    fn subject(
        &self,
        new: &NewSource,
        validation: ValidationType,
        common_name: &str,
    ) -> Vec<(SubjectAttribute, String)> {
        use SubjectAttribute as A;
        let [name, _, english, _, state, city] = &self.material.organisations[new.organisation];
        let mut subject = Vec::new();
        if validation == ValidationType::Ev {
            subject.push((A::JurisdictionCountry, "JP".to_owned()));
            subject.push((A::BusinessCategory, "Private Organization".to_owned()));
            subject.push((A::RegistrationNumber, format!("0100-01-{:06}", 900_000 + new.organisation)));
        }
        subject.push((A::Country, "JP".to_owned()));
        subject.push((A::State, state.clone()));
        subject.push((A::Locality, city.clone()));
        subject.push((A::Organization, if new.organisation.is_multiple_of(2) { name } else { english }.clone()));
        match new.feature {
            Feature::SymbolsOnlyUnit => subject.push((A::OrganizationalUnit, "\u{2010}".to_owned())),
            Feature::Plain | Feature::OwnKey | Feature::Ev | Feature::ShortOrder if self.made % 9 == 2 => {
                subject.push((A::OrganizationalUnit, "Information Systems".to_owned()));
            }
            Feature::Plain | Feature::OwnKey | Feature::Ev | Feature::ShortOrder => {}
        }
        subject.push((A::CommonName, common_name.to_owned()));
        subject
    }
}
