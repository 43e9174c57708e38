//! Applications: filing, and replacements that were issued elsewhere.

use axum::response::Response;

use super::{body::Body, lists::created, may_register, reading::detail};
use crate::{
    actions::{
        file_application::{CsrChoice, FileApplication, file_application},
        issue_at_once::issue_at_once,
        register_replacement::{RegisterReplacement, register_replacement},
    },
    controllers::extractors::{ApiCaller, Path},
    domain::{application::FilingChannel, problem::Problem},
    errors::Result,
    services::Services,
    views::api::{
        cases::CaseDetail,
        registrations::{NewReissue, NewReplacement},
        reissues::Reissue,
    },
};

/// The words that stand in the place of a CSR: that of the source certificate, and one that follows.
const REUSE: &str = "reuse";
const LATER: &str = "later";

/// File an application to reissue and to revoke
///
/// The replacement is issued at once where that is possible. Otherwise the case waits for it: for a re-examination, for
/// the CA, or for a certificate issued elsewhere.
#[utoipa::path(post, path = "/reissues", request_body = NewReissue, responses((status = 201, body = Reissue)))]
pub async fn file(desk: Services, caller: ApiCaller, Body(new): Body<NewReissue>) -> Result<Response> {
    may_register(&caller)?;
    let (actor, now) = (caller.actor(), desk.clock.now());
    let case = file_application(&desk, application(new)?, &actor, now).await?;
    let case = issue_at_once(&desk, case, &actor, now).await?;
    let reception_number = case.reception_number.to_string();
    let address = format!("/api/v1/cases/{reception_number}");
    Ok(created(&address, Reissue { reception_number, case: detail(&desk, caller.t, case).await? }))
}

/// Register the replacement of a case that was issued elsewhere
#[utoipa::path(post, path = "/reissues/{reception_number}/replacement", params(("reception_number" = String, Path)),
    request_body = NewReplacement, responses((status = 201, body = CaseDetail)))]
pub async fn replace(
    desk: Services,
    caller: ApiCaller,
    Path(number): Path<String>,
    Body(new): Body<NewReplacement>,
) -> Result<Response> {
    may_register(&caller)?;
    let reception_number = super::reception_number(&number)?;
    let input = RegisterReplacement { reception_number, certificate: new.pem.into_bytes() };
    let case = register_replacement(&desk, input, &caller.actor(), desk.clock.now()).await?;
    Ok(created(&format!("/api/v1/cases/{reception_number}"), detail(&desk, caller.t, case).await?))
}

fn application(new: NewReissue) -> Result<FileApplication, Problem> {
    let csr = match new.csr.as_str() {
        REUSE => CsrChoice::Reuse,
        LATER => CsrChoice::Later,
        _ => CsrChoice::Given(new.csr.into_bytes()),
    };
    Ok(FileApplication {
        certificate_id: new.certificate_id,
        draft: None,
        reason: new.reason.parse()?,
        key_possibly_exposed: new.key_possibly_exposed,
        requested_on: new.requested_on,
        csr,
        agreement_version: new.consent.version,
        channel: FilingChannel::Api,
        caller: None,
    })
}
