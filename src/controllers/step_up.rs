//! What a computer left alone must not do is asked for with a proof: whoever logged in, or proved who they are, more than
//! five minutes ago gives a password, a code or a passkey first, or goes to the company's own log-in
//! ([`super::step_up_by_sso`]). Nothing that was typed is lost: it comes along.

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{FromRequestParts, MatchedPath, Request, State},
    http::{Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use loco_rs::app::AppContext;
use tower_sessions::Session;

use super::{
    desk::kept,
    extractors::{Staff, check_csrf},
    session::{self, percent},
    sign_in::{passkey_options, take_question},
    staff_session::{note_proof, profile},
    step_up_by_sso,
};
use crate::{
    actions::prove_again::{Proof, prove_again},
    domain::{problem::Problem, sign_in},
    errors::{Error, Result},
    messages::Texts,
    models::{passkeys, passwords::Passwords, users},
    services::Services,
    views::{form::FieldErrors, sign_in::ProofPage},
};

/// Bytes of a form. What is larger holds a file, and only shows what it would do.
const LIMIT: usize = 1024 * 1024;

/// The routes besides the settings': overriding without a call, approving for many, taking data out, and the means by
/// which one logs in.
const GUARDED: [&str; 12] = [
    "/desk/cases/{no}/override",
    "/desk/cases/{no}/override/approval",
    "/desk/bulk/{id}/approval",
    "/desk/exports/cases",
    "/desk/reports/export",
    "/desk/audit/export",
    "/desk/imports/{id}/refused",
    "/desk/account/code",
    "/desk/account/code/off",
    "/desk/account/passkeys",
    "/desk/account/passkeys/{id}/removal",
    "/desk/account/sessions/end",
];
const SETTINGS: &str = "/desk/settings/";
/// The ends of routes of the settings that change nothing.
const HARMLESS: [&str; 4] = ["/preview", "/check", "/test", "/edit"];

/// Whether a form that is posted there needs a proof that is fresh.
pub fn asks_for_proof(route: &str) -> bool {
    let changes_settings = route.starts_with(SETTINGS) && !HARMLESS.iter().any(|end| route.ends_with(end));
    changes_settings || GUARDED.contains(&route)
}

/// Within the sessions' layer.
pub async fn ask(State(ctx): State<AppContext>, session: Session, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    if request.method() != Method::POST || !route.is_some_and(asks_for_proof) {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, LIMIT).await else { return Error::TooLarge.into_response() };
    // Nobody logged in, or something else has to come first: the handler leads there.
    let Ok(staff) = Staff::from_request_parts(&mut parts.clone(), &ctx).await else {
        return next.run(Request::from_parts(parts, Body::from(bytes))).await;
    };
    match judge(&ctx, &session, &staff, &parts, &bytes).await {
        Ok(Verdict::Go(body)) => {
            parts.headers.remove(header::CONTENT_LENGTH);
            next.run(Request::from_parts(parts, Body::from(body))).await
        }
        Ok(Verdict::Ask(page)) => page,
        Err(error) => error.into_response(),
    }
}

enum Verdict {
    /// On to the handler with this form.
    Go(Bytes),
    Ask(Response),
}

async fn judge(ctx: &AppContext, session: &Session, staff: &Staff, parts: &Parts, bytes: &Bytes) -> Result<Verdict> {
    let services = Services::of(ctx)?;
    let now = services.clock.now();
    let fresh = sign_in::is_fresh(profile(session).await?.proven_at, now);
    let (given, fields): (Vec<_>, Vec<_>) =
        kept::fields(bytes).await.into_iter().partition(|(name, _)| name.starts_with("proof_"));
    let token = fields.iter().find(|(name, _)| name == "_csrf").map_or("", |(_, value)| value);
    let is_ours = check_csrf(session, token).await.is_ok();
    if given.is_empty() && (fresh || !is_ours) {
        return Ok(Verdict::Go(bytes.clone()));
    }
    // Guesses are counted for forms of ours only.
    if fresh || !is_ours {
        return Ok(Verdict::Go(written(&fields)));
    }
    let form = Halted { action: parts.uri.path().to_owned(), fields, back: back(parts) };
    let asked = Asked { services: &services, session, staff, form: &form };
    if given.is_empty() {
        return Ok(Verdict::Ask((StatusCode::FORBIDDEN, asked.page(FieldErrors::default()).await?).into_response()));
    }
    if given.iter().any(|(name, _)| name == "proof_sso") {
        return Ok(Verdict::Ask(step_up_by_sso::depart(&asked, now).await?));
    }
    let outcome = match proof(session, &given).await {
        Ok(proof) => prove_again(&services, &Passwords::of(ctx)?, proof, &staff.actor(), now).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => {
            note_proof(session, None, now).await?;
            Ok(Verdict::Go(written(&form.fields)))
        }
        Err(error) => Ok(Verdict::Ask(asked.refused(&error.into_problems()?).await?)),
    }
}

/// The one of the three that was filled in on the page.
async fn proof(session: &Session, given: &[(String, String)]) -> Result<Proof> {
    let value = |name: &str| given.iter().find(|(known, value)| known == name && !value.is_empty());
    if let Some((_, answer)) = value("proof_passkey") {
        return Ok(Proof::Passkey(answer.clone(), take_question(session).await?));
    }
    if let Some((_, code)) = value("proof_code") {
        return Ok(Proof::Code(code.clone()));
    }
    match value("proof_password") {
        Some((_, password)) => Ok(Proof::Password(password.clone())),
        None => Err(Problem::on("proof_password", "proof_missing").into()),
    }
}

/// As a form that a browser sends.
fn written(fields: &[(String, String)]) -> Bytes {
    let pairs = fields.iter().map(|(name, value)| format!("{}={}", percent(name), percent(value)));
    Bytes::from(pairs.collect::<Vec<_>>().join("&"))
}

/// A form that waits for a proof.
pub struct Halted {
    pub action: String,
    pub fields: Vec<(String, String)>,
    pub back: String,
}

/// Whom the page asks, and for what.
pub struct Asked<'a> {
    pub services: &'a Services,
    pub session: &'a Session,
    pub staff: &'a Staff,
    pub form: &'a Halted,
}

impl Asked<'_> {
    /// The page once more, with what is wrong.
    pub async fn refused(&self, problems: &[Problem]) -> Result<Response> {
        let page = self.page(FieldErrors::of(Texts::of(self.staff.language), problems)).await?;
        Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
    }

    async fn page(&self, errors: FieldErrors) -> Result<ProofPage> {
        let Self { services, session, staff, form } = self;
        let user = users::Entity::find_enabled(&services.db, staff.id).await?.ok_or(Error::Unauthenticated)?;
        let has_passkey = passkeys::count_of(&services.db, staff.id).await? > 0;
        Ok(ProofPage {
            t: Texts::of(staff.language),
            product: services.settings.desk.staff_product.clone(),
            name: staff.name.clone(),
            login: user.email,
            action: form.action.clone(),
            fields: form.fields.clone(),
            by_code: user.totp_secret.is_some(),
            by_sso: services.sso.is_some() && user.sso_subject.is_some(),
            passkey: if has_passkey { passkey_options(services, session).await? } else { None },
            back: form.back.clone(),
            errors,
        })
    }
}

/// The page that the form was on.
fn back(parts: &Parts) -> String {
    let referer = parts.headers.get(header::REFERER).and_then(|value| value.to_str().ok());
    let path = referer.and_then(|url| url.parse::<axum::http::Uri>().ok()).map(|url| url.path().to_owned());
    path.filter(|path| session::is_local(path)).unwrap_or_else(|| "/desk/today".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_settings_or_takes_data_out_asks_for_a_proof() {
        for (route, asks) in [
            ("/desk/settings/users", true),
            ("/desk/settings/users/{id}/role", true),
            ("/desk/settings/tokens", true),
            ("/desk/settings/ca/pause", true),
            ("/desk/settings/texts/{name}/versions", true),
            ("/desk/settings/texts/{name}/preview", false),
            ("/desk/settings/texts/{name}/edit", false),
            ("/desk/settings/texts/{name}/test", false),
            ("/desk/settings/calls/preview", false),
            ("/desk/settings/calls", true),
            ("/desk/settings/ca/check", false),
            ("/desk/exports/cases", true),
            ("/desk/audit/export", true),
            ("/desk/bulk/{id}/approval", true),
            ("/desk/cases/{no}/override", true),
            ("/desk/cases/{no}/override/approval", true),
            ("/desk/cases/{no}/calls", false),
            ("/desk/cases/{no}/revocation", false),
            ("/desk/preferences", false),
        ] {
            assert_eq!(asks_for_proof(route), asks, "{route}");
        }
    }

    #[test]
    fn a_form_goes_on_as_it_was_sent() {
        let fields = [("reason", "理由 & more"), ("case", "1"), ("case", "2")];
        let fields: Vec<_> = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let body = written(&fields);
        assert_eq!(body, "reason=%E7%90%86%E7%94%B1%20%26%20more&case=1&case=2");
    }
}
