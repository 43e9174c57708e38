//! `/dev/mail`: reads the `.eml` files that are written where there is no mail server. Answers in development only.

use axum::{
    extract::{Path, State},
    response::Html,
    routing::get,
};
use loco_rs::{app::AppContext, controller::Routes, environment::Environment};

use crate::{
    errors::{Error, Result},
    mail::stored::{self, StoredMail},
    messages::Texts,
    services::Services,
    views::development_mail::{DevelopmentMailPage, DevelopmentMailRow, DevelopmentMailsPage},
};

/// Newest first; older ones are opened from the folder.
const SHOWN: usize = 200;

pub fn routes() -> Routes {
    Routes::new()
        .add("/dev/mail", get(index))
        .add("/dev/mail/{name}", get(show))
        .add("/dev/mail/{name}/html", get(html))
}

async fn index(State(ctx): State<AppContext>, services: Services) -> Result<DevelopmentMailsPage> {
    admit(&ctx)?;
    let mails = stored::newest(&folder(&services), SHOWN).await?;
    Ok(DevelopmentMailsPage {
        t: Texts::JA,
        product: services.settings.desk.staff_product.clone(),
        rows: mails.iter().map(row).collect(),
    })
}

fn row(mail: &StoredMail) -> DevelopmentMailRow {
    DevelopmentMailRow {
        href: format!("/dev/mail/{}", mail.file_name),
        subject: mail.header("Subject").to_owned(),
        to: mail.header("To").to_owned(),
        date: mail.header("Date").to_owned(),
    }
}

async fn show(
    State(ctx): State<AppContext>,
    services: Services,
    Path(name): Path<String>,
) -> Result<DevelopmentMailPage> {
    admit(&ctx)?;
    let mail = find(&services, &name).await?;
    Ok(DevelopmentMailPage {
        t: Texts::JA,
        product: services.settings.desk.staff_product.clone(),
        subject: mail.header("Subject").to_owned(),
        html_href: format!("/dev/mail/{}/html", mail.file_name),
        headers: mail.headers,
        text: mail.text,
    })
}

/// The HTML part as it is, under the content security policy of all pages.
async fn html(State(ctx): State<AppContext>, services: Services, Path(name): Path<String>) -> Result<Html<String>> {
    admit(&ctx)?;
    Ok(Html(find(&services, &name).await?.html))
}

async fn find(services: &Services, name: &str) -> Result<StoredMail> {
    stored::read(&folder(services), name).await?.ok_or_else(|| Error::not_found("message_not_found"))
}

fn folder(services: &Services) -> std::path::PathBuf {
    services.settings.data_dir.join("mail")
}

/// Mails hold personal data: in production nobody reads them here.
fn admit(ctx: &AppContext) -> Result<()> {
    if ctx.environment == Environment::Development { Ok(()) } else { Err(Error::not_found("not_found")) }
}
