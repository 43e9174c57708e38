//! 申請情報詳細, and the forms that can be asked for on it.

use axum::Router;
use axum::response::Redirect;
use axum::routing::{get, post};
use loco_rs::app::AppContext;
use serde::Deserialize;

use super::certificate_page;
use super::certificates::certificate_href;
use super::frame::PortalFrame;
use crate::actions::request_form::{RequestForm, request_form};
use crate::controllers::extractors::{Form, Path};
use crate::domain::reception_number::ReceptionNumber;
use crate::errors::{Error, Result};
use crate::messages::dates;
use crate::models::certificate_list;
use crate::models::certificates::Certificate;
use crate::models::columns::DeskForm;
use crate::views::portal::certificate::CertificatePage;

pub fn routes() -> Router<AppContext> {
    Router::new()
        .route("/portal/certificates/{no}", get(show))
        .route("/portal/certificates/{no}/forms/{form}", post(create_form_request))
}

/// The customer's own certificate; of another organisation, or with a number that is none, there is nothing.
pub async fn certificate_of(frame: &PortalFrame, no: &str) -> Result<Certificate> {
    certificate_list::of_subscriber(&frame.db, frame.customer.subscriber_id, number(no)?).await
}

fn number(no: &str) -> Result<ReceptionNumber> {
    no.parse().map_err(|_| Error::not_found("certificate_not_found"))
}

/// `GET /portal/certificates/{no}`
async fn show(frame: PortalFrame, Path(no): Path<String>) -> Result<CertificatePage> {
    let certificate = certificate_of(&frame, &no).await?;
    certificate_page::page(&frame, certificate).await
}

/// A form that posts nothing but its token.
#[derive(Deserialize)]
struct NoFields {}

/// `POST /portal/certificates/{no}/forms/{new_application, revocation_application}`
async fn create_form_request(
    frame: PortalFrame,
    Path((no, form)): Path<(String, String)>,
    Form(_): Form<NoFields>,
) -> Result<Redirect> {
    let form: DeskForm = form.parse().map_err(|_| Error::not_found("not_found"))?;
    let input = RequestForm { reception_number: number(&no)?, form };
    let asked = request_form(&frame.desk, input, &frame.actor(), frame.now).await?;
    let text = if asked.now {
        frame.desk.nudge();
        frame.t.s(&format!("desk_form.{}.done", form.as_str())).to_owned()
    } else {
        let at = dates::long_instant(frame.t, asked.request.requested_at);
        frame.t.f(&format!("desk_form.{}.asked", form.as_str()), &[("at", &at)])
    };
    frame.done(text).await?;
    Ok(Redirect::to(&certificate_href(input.reception_number)))
}
