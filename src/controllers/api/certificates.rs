//! Certificates: registration, facts, eligibility.

use axum::{Json, response::Response};

use super::{body::Body, lists::created, may_register};
use crate::{
    actions::{
        file_application::eligibility_facts,
        register_certificate::{RegisterCertificate, register_certificate},
    },
    controllers::extractors::{ApiCaller, Path},
    domain::{application, calendar::jst_date, role::Permission, validity::replacement_validity},
    errors::Result,
    models::certificates,
    services::Services,
    views::api::{
        certificates::{Certificate, Eligibility},
        registrations::NewCertificate,
    },
};

/// Register a certificate of any CA
///
/// Everything about it is read from its own bytes: OV or EV, subject, names, serial number, issuer, validity.
#[utoipa::path(post, path = "/certificates", request_body = NewCertificate,
    responses((status = 201, body = Certificate)))]
pub async fn register(desk: Services, caller: ApiCaller, Body(new): Body<NewCertificate>) -> Result<Response> {
    may_register(&caller)?;
    let input = RegisterCertificate {
        subscriber_id: new.subscriber_id,
        certificate: new.pem.into_bytes(),
        reception_number: new.reception_number.map(|number| number.parse()).transpose()?,
        entitlement_end_on: new.entitlement_end_on,
        validation_expires_on: new.validation_expires_on,
    };
    let certificate = register_certificate(&desk, input, &caller.actor(), desk.clock.now()).await?;
    Ok(created(&format!("/api/v1/certificates/{}", certificate.id), described(&certificate)?))
}

/// Show a certificate
#[utoipa::path(get, path = "/certificates/{id}", params(("id" = i64, Path)),
    responses((status = 200, body = Certificate)))]
pub async fn show(desk: Services, caller: ApiCaller, Path(id): Path<i64>) -> Result<Json<Certificate>> {
    caller.require(Permission::ReadCases)?;
    Ok(Json(described(&certificates::by_id(&desk.db, id).await?)?))
}

/// Tell whether a certificate may be reissued today
#[utoipa::path(get, path = "/certificates/{id}/eligibility", params(("id" = i64, Path)),
    responses((status = 200, body = Eligibility)))]
pub async fn eligibility(desk: Services, caller: ApiCaller, Path(id): Path<i64>) -> Result<Json<Eligibility>> {
    caller.require(Permission::ReadCases)?;
    let now = desk.clock.now();
    let source = certificates::by_id(&desk.db, id).await?;
    let judged = application::eligibility(&eligibility_facts(&desk.db, &source, None).await?, now);
    let term = replacement_validity(&desk.policy(), jst_date(now), source.entitlement_end_on).ok();
    Ok(Json(Eligibility::of(caller.t, &judged, term)))
}

/// A certificate with its subject, which stands only in its bytes.
pub fn described(certificate: &certificates::Certificate) -> Result<Certificate> {
    Ok(Certificate::of(certificate, certificate.facts()?.subject.text))
}
