//! CRLs and OCSP responders of CAs outside of this program, over HTTP.
//!
//! A CRL is fetched again only when its server says that it has changed, and verified once for its octets.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures::{StreamExt, stream};
use reqwest::Url;

use super::{
    Document, FetchedAnswer, FetchedCrl, ProofError, ProofSource, Sought,
    crl::VerifiedCrl,
    http::{self, AddressError, Fetched, Http, Validators},
    ocsp, sha256,
};
use crate::domain::certificate::{CertificateFacts, SerialNumber, pem};

/// CRLs of one issuer that are fetched at the same time.
const AT_ONCE: usize = 8;

/// Where an issuer publishes what it revoked.
#[derive(Debug, Clone)]
pub struct ProofPlaces {
    pub issuer: CertificateFacts,
    /// One CRL of all certificates, or all parts of a partitioned one.
    pub crls: Vec<String>,
    pub ocsp: Option<String>,
    /// Whether they may be on a private network.
    pub allow_private: bool,
}

/// Cheap to clone.
#[derive(Clone)]
pub struct OutsideProofs {
    issuers: Arc<Vec<Outside>>,
}

struct Outside {
    http: Http,
    issuer: CertificateFacts,
    crls: Vec<Place>,
    responder: Option<Url>,
}

/// One address and the CRL that was there last.
struct Place {
    /// As the settings have it, and maybe certificates.
    name: String,
    address: Url,
    last: Mutex<Option<Arc<Last>>>,
}

struct Last {
    validators: Validators,
    sha256: String,
    der: Arc<Vec<u8>>,
    crl: Arc<VerifiedCrl>,
}

impl OutsideProofs {
    pub fn new(places: Vec<ProofPlaces>) -> Result<Self, AddressError> {
        let issuers = places.into_iter().map(Outside::new).collect::<Result<_, _>>()?;
        Ok(Self { issuers: Arc::new(issuers) })
    }

    fn of(&self, issuer: &str) -> Result<&Outside, ProofError> {
        let mut issuers = self.issuers.iter();
        let found = issuers.find(|outside| outside.issuer.subject.text == issuer);
        found.ok_or_else(|| ProofError::UnknownIssuer(issuer.to_owned()))
    }
}

#[async_trait]
impl ProofSource for OutsideProofs {
    fn needs_certificates(&self, issuer: &str) -> bool {
        self.of(issuer).is_ok_and(|outside| !outside.crls.is_empty())
    }

    async fn crls(&self, issuer: &str, sought: &[Sought]) -> Vec<Result<FetchedCrl, ProofError>> {
        let outside = match self.of(issuer) {
            Ok(outside) => outside,
            Err(error) => return vec![Err(error)],
        };
        let places = outside.places_for(sought).into_iter();
        let fetches: Vec<_> = places.map(|place| place.fetch(&outside.http, &outside.issuer, sought)).collect();
        let mut crls: Vec<_> = stream::iter(fetches).buffered(AT_ONCE).collect().await;
        keep_the_newest(&mut crls);
        crls
    }

    fn has_responder(&self, issuer: &str) -> bool {
        self.of(issuer).is_ok_and(|outside| outside.responder.is_some())
    }

    async fn ocsp(&self, issuer: &str, serial: &SerialNumber, now: DateTime<Utc>) -> Result<FetchedAnswer, ProofError> {
        let outside = self.of(issuer)?;
        let address = outside.responder.as_ref().ok_or_else(|| ProofError::UnknownIssuer(issuer.to_owned()))?;
        let question = ocsp::Question::new(&outside.issuer, serial)?;
        let bytes = outside.http.ocsp(address, question.encoded()).await?;
        let view = question.read(&bytes, now)?;
        let (this_update, next_update) = (view.this_update, view.next_update);
        let (source, sha256) = (address.to_string(), sha256(&bytes));
        let document = Document { source, sha256, bytes: bytes.into(), this_update, next_update };
        Ok(FetchedAnswer { document, view })
    }
}

impl Outside {
    fn new(places: ProofPlaces) -> Result<Self, AddressError> {
        let allow_private = places.allow_private;
        let place = |name: &String| {
            http::address(name, allow_private).map(|address| Place {
                name: name.clone(),
                address,
                last: Mutex::default(),
            })
        };
        Ok(Self {
            http: Http::new(allow_private)?,
            crls: places.crls.iter().map(place).collect::<Result<_, _>>()?,
            responder: places.ocsp.as_deref().map(|ocsp| http::address(ocsp, allow_private)).transpose()?,
            issuer: places.issuer,
        })
    }

    /// Those that the certificates name, and all when one names none of them: then only the CRLs themselves can tell.
    fn places_for(&self, sought: &[Sought]) -> Vec<&Place> {
        let named = |place: &Place, one: &Sought| one.points.contains(&place.name);
        if sought.iter().all(|one| self.crls.iter().any(|place| named(place, one))) {
            self.crls.iter().filter(|place| sought.iter().any(|one| named(place, one))).collect()
        } else {
            self.crls.iter().collect()
        }
    }
}

impl Place {
    async fn fetch(&self, http: &Http, issuer: &CertificateFacts, sought: &[Sought]) -> Result<FetchedCrl, ProofError> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let validators = last.as_ref().map(|last| last.validators.clone()).unwrap_or_default();
        let current = match (http.crl(&self.address, &validators).await?, last) {
            (Fetched::NotModified, Some(last)) => last,
            (Fetched::NotModified, None) => return Err(ProofError::Unreadable("nothing to compare with".to_owned())),
            (Fetched::New { bytes, validators }, last) => {
                let issuer = issuer.clone();
                let read = tokio::task::spawn_blocking(move || Last::read(&bytes, validators, last, &issuer));
                let read = read.await.map_err(|error| ProofError::Unreachable(error.to_string()))??;
                *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(read.clone());
                read
            }
        };
        let (sought, source) = (sought.to_vec(), self.name.clone());
        tokio::task::spawn_blocking(move || current.look_up(&sought, source))
            .await
            .map_err(|error| ProofError::Unreachable(error.to_string()))?
    }
}

impl Last {
    /// Octets that were verified before are not verified again.
    fn read(
        bytes: &[u8],
        validators: Validators,
        last: Option<Arc<Self>>,
        issuer: &CertificateFacts,
    ) -> Result<Arc<Self>, ProofError> {
        let der = pem::only_der(bytes, &["X509 CRL"])
            .map_err(|_| ProofError::Unreadable("neither DER nor one PEM block".to_owned()))?;
        let sha256 = sha256(&der);
        let (der, crl) = match last.filter(|last| last.sha256 == sha256) {
            Some(same) => (same.der.clone(), same.crl.clone()),
            None => {
                let crl = VerifiedCrl::read(&der, issuer).map_err(unreadable)?;
                (der.into(), Arc::new(crl))
            }
        };
        Ok(Arc::new(Self { validators, sha256, der, crl }))
    }

    fn look_up(&self, sought: &[Sought], source: String) -> Result<FetchedCrl, ProofError> {
        let covered = sought.iter().filter(|one| self.crl.covers(&one.points)).map(|one| &one.serial);
        let read = self.crl.look_up(&self.der, covered).map_err(unreadable)?;
        let document = Document {
            source,
            bytes: self.der.clone(),
            sha256: self.sha256.clone(),
            this_update: read.this_update,
            next_update: read.next_update,
        };
        Ok(FetchedCrl { document, views: read.views })
    }
}

fn unreadable(part: &'static str) -> ProofError {
    ProofError::Unreadable(part.to_owned())
}

/// Of several CRLs that cover a certificate (two addresses of one, or a part and the whole) the newest counts, and before
/// it one that is the issuer's.
fn keep_the_newest(crls: &mut [Result<FetchedCrl, ProofError>]) {
    let mut best: HashMap<SerialNumber, ((bool, DateTime<Utc>), usize)> = HashMap::new();
    for (index, crl) in crls.iter().enumerate() {
        for (serial, view) in crl.iter().flat_map(|crl| &crl.views) {
            let rank = (view.signature_valid && view.issuer_matches, view.this_update);
            if best.get(serial).is_none_or(|(other, _)| *other < rank) {
                best.insert(serial.clone(), (rank, index));
            }
        }
    }
    for (index, crl) in crls.iter_mut().enumerate() {
        for crl in crl.iter_mut() {
            crl.views.retain(|serial, _| best.get(serial).is_some_and(|(_, kept)| *kept == index));
        }
    }
}
