//! From the settings to the CAs that are ready to be asked. Reads certificates and keys; asks nobody yet.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::CertificateAuthority;
use super::acme::Acme;
use super::authorities::{Authorities, Member};
use super::cfssl::{Cfssl, authentication_key};
use super::cmp::{Asking, Cmp, Credentials, Endpoint, Signers};
use super::ejbca::{Ejbca, Profile};
use super::embedded::EmbeddedCa;
use super::guard::{Guarded, Limits};
use super::http::{HttpClient, Place};
use super::issuer_chain::IssuerChain;
use super::published::Published;
use super::step_ca::{Provisioner, StepCa};
use super::vault::Vault;
use crate::settings::{Authority, AuthorityKind, Secret};

/// Why the program refuses to start.
#[derive(Debug, thiserror::Error)]
#[error("settings.authorities, {name}: {reason}")]
pub struct OpenError {
    name: String,
    reason: String,
}

/// `embedded`: the CA inside, when the settings have one; `published`: how its issuers' CRLs are read.
pub fn open(
    settings: &[Authority],
    embedded: Option<&EmbeddedCa>,
    published: &Published,
) -> Result<Authorities, OpenError> {
    let inside = |name: &str| {
        embedded.map(|ca| {
            let issuer = ca.issuing().certificate.subject.text.clone();
            Member::inside(name.to_owned(), issuer, Arc::new(ca.clone()))
        })
    };
    if settings.is_empty() {
        return Ok(inside(AuthorityKind::Embedded.as_str()).map_or_else(Authorities::default, Authorities::alone));
    }
    let mut members: Vec<Member> = Vec::new();
    for authority in settings {
        let named = |reason| OpenError { name: authority.name.clone(), reason };
        let member = if authority.kind == AuthorityKind::Embedded {
            inside(&authority.name).ok_or_else(|| named("is not open".to_owned()))?
        } else {
            outside(authority, published)?
        };
        // Orders are sent by this name.
        if let Some(other) = members.iter().find(|other| other.issuer == member.issuer) {
            return Err(named(format!("has the same issuer as {}", other.name)));
        }
        members.push(member);
    }
    Ok(Authorities::new(members))
}

fn outside(authority: &Authority, published: &Published) -> Result<Member, OpenError> {
    let issuer = Arc::new(issuer_chain(authority)?);
    let name = issuer.name().to_owned();
    let ca = connector(authority, issuer, published)?;
    let limits = Limits {
        timeout: Duration::from_secs(authority.timeout_seconds.into()),
        per_second: authority.per_second,
        connections: authority.connections as usize,
        failures: authority.failures,
        rest: Duration::from_secs(authority.rest_seconds.into()),
    };
    let guarded = Guarded::new(ca, limits);
    Ok(Member::outside(authority.name.clone(), authority.kind, name, authority.per_second, guarded))
}

/// Whose certificates an outside CA signs.
pub fn issuer_chain(authority: &Authority) -> Result<IssuerChain, OpenError> {
    let named = |reason| OpenError { name: authority.name.clone(), reason };
    let pem = read(authority.issuer_file.as_deref(), "issuer_file").map_err(named)?.unwrap_or_default();
    IssuerChain::from_pem(&String::from_utf8_lossy(&pem)).map_err(|error| named(format!("issuer_file: {error}")))
}

/// The bare connector, without the guard that stands before it.
pub fn connector(
    authority: &Authority,
    issuer: Arc<IssuerChain>,
    published: &Published,
) -> Result<Arc<dyn CertificateAuthority>, OpenError> {
    let named = |reason| OpenError { name: authority.name.clone(), reason };
    connect(authority, issuer, published.clone()).map_err(named)
}

fn connect(
    authority: &Authority,
    issuer: Arc<IssuerChain>,
    published: Published,
) -> Result<Arc<dyn CertificateAuthority>, String> {
    let http = || HttpClient::new(&place(authority)?);
    Ok(match authority.kind {
        AuthorityKind::Embedded => return Err("is inside".to_owned()),
        AuthorityKind::Cfssl => {
            let key = authority.secret.as_ref().map(|secret| authentication_key(secret.reveal())).transpose()?;
            Arc::new(Cfssl { http: http()?, issuer, published, profile: authority.profile.clone(), key })
        }
        AuthorityKind::Vault => Arc::new(Vault {
            http: http()?,
            issuer,
            mount: authority.account.clone().unwrap_or_else(|| "pki".to_owned()),
            role: authority.profile.clone(),
            token: secret(authority)?,
        }),
        AuthorityKind::StepCa => {
            let name = authority.account.as_deref().unwrap_or_default();
            let provisioner = Provisioner::new(name, secret(authority)?.reveal())?;
            Arc::new(StepCa { http: http()?, issuer, published, provisioner })
        }
        AuthorityKind::Ejbca => Arc::new(Ejbca {
            http: http()?,
            issuer,
            issuer_dn: authority.account.clone(),
            profile: authority.profile.as_deref().map(Profile::parse).transpose()?,
        }),
        AuthorityKind::Acme => {
            Arc::new(Acme::new(http()?, issuer, &secret(authority)?, authority.profile.clone(), published)?)
        }
        AuthorityKind::Cmp => Arc::new(cmp(authority, issuer, published)?),
    })
}

fn cmp(authority: &Authority, issuer: Arc<IssuerChain>, published: Published) -> Result<Cmp, String> {
    let place = place(authority)?;
    let credentials = match (&place.identity, &authority.secret) {
        (Some((chain, key)), _) => Credentials::from_pem(&String::from_utf8_lossy(chain), key)?,
        (None, Some(secret)) => {
            let reference = authority.account.clone().ok_or("account: is needed with secret_file")?;
            Credentials::Secret { reference, secret: secret.clone() }
        }
        (None, None) => return Err("secret_file: or certificate_file is needed".to_owned()),
    };
    let signers = Signers::new(&issuer, place.trusted.as_deref())?;
    let asking = authority.profile.as_deref().map_or(Ok(Asking::Template), Asking::parse)?;
    let http = HttpClient::new(&place)?;
    Ok(Cmp::new(Endpoint { http, issuer, credentials, signers }, asking, published))
}

/// Where the connector asks, and with which certificate.
pub fn place(authority: &Authority) -> Result<Place, String> {
    let own = read(authority.certificate_file.as_deref(), "certificate_file")?;
    let key = authority.key.as_ref().map(|key| key.reveal().as_bytes().to_vec());
    Ok(Place {
        url: authority.url.clone().unwrap_or_default(),
        timeout: Duration::from_secs(authority.timeout_seconds.into()),
        allow_private: authority.allow_private,
        connections: authority.connections as usize,
        trusted: read(authority.trust_file.as_deref(), "trust_file")?,
        identity: own.zip(key),
    })
}

fn secret(authority: &Authority) -> Result<Secret, String> {
    authority.secret.clone().ok_or_else(|| "secret_file: is needed".to_owned())
}

fn read(path: Option<&Path>, field: &str) -> Result<Option<Vec<u8>>, String> {
    let read =
        |path: &Path| fs::read(path).map_err(|error| format!("{field}: cannot read {}: {error}", path.display()));
    path.map(read).transpose()
}
