//! APIトークン: what programs show to be let in.

use axum::response::{IntoResponse, Response};
use chrono::Duration;
use sea_orm::EntityTrait;

use super::super::frame::Frame;
use super::{again, blank, fields, label, open, roles, saved};
use crate::actions::create_token::{DEFAULT_LIFETIME, NewToken, create_token};
use crate::actions::revoke_token::revoke_token;
use crate::controllers::extractors::{Form, Path};
use crate::errors::{Error, Result};
use crate::messages::dates;
use crate::models::api_tokens::{self, Model as Token};
use crate::views::chrome::Place;
use crate::views::desk::settings::accounts::{NewTokenForm, NewTokenPage, SecretPage, TokenRow, TokensPage};
use crate::views::desk::settings::{Button, ChangeRow, ConfirmPage, ReasonForm};
use crate::views::form::{Choice, FieldErrors};
use crate::views::parts::{Link, StatusLabel, Tone};

const HREF: &str = "/desk/settings/tokens";
const LIMIT: usize = 100;

/// `GET /desk/settings/tokens`
pub async fn index(frame: Frame) -> Result<TokensPage> {
    open(&frame).await?;
    let mut found = api_tokens::newest(&frame.desk.db, frame.now, LIMIT as u64 + 1).await?;
    let cut = (found.len() > LIMIT).then(|| frame.t.f("settings.cut", &[("n", &LIMIT)]));
    found.truncate(LIMIT);
    let names = frame.staff_names(found.iter().map(|token| token.created_by.as_str())).await?;
    let rows = found.iter().map(|token| {
        let by = names.get(&token.created_by).map(String::as_str);
        row(&frame, token, by)
    });
    Ok(TokensPage { chrome: frame.chrome(Place::Settings).await?, rows: rows.collect(), cut })
}

fn row(frame: &Frame, token: &Token, by: Option<&str>) -> TokenRow {
    let t = frame.t;
    let works = token.revoked_at.is_none() && token.expires_at > frame.now;
    let created = dates::table(t, dates::day_of(token.created_at));
    TokenRow {
        name: token.name.clone(),
        role: t.s(&format!("role.{}", token.role.as_str())).to_owned(),
        scopes: scopes(frame, token).to_owned(),
        created: by.map_or_else(|| created.clone(), |by| format!("{created}\u{3000}{by}")),
        expires: dates::table(t, dates::day_of(token.expires_at)),
        status: status(frame, token),
        revocation: works.then(|| format!("{HREF}/{}/revocation", token.id)),
    }
}

fn scopes(frame: &Frame, token: &Token) -> &'static str {
    let writes = token.scopes.split_whitespace().any(|scope| scope == "write");
    frame.t.s(if writes { "settings.scope.write" } else { "settings.scope.read" })
}

fn status(frame: &Frame, token: &Token) -> StatusLabel {
    let t = frame.t;
    if token.revoked_at.is_some() {
        label(t, "ban", Tone::Hold, "settings.tokens.revoked")
    } else if token.expires_at <= frame.now {
        label(t, "clock", Tone::Hold, "settings.tokens.expired")
    } else {
        label(t, "circle-check", Tone::Ok, "settings.tokens.valid")
    }
}

/// `GET /desk/settings/tokens/new`
pub async fn new(frame: Frame) -> Result<NewTokenPage> {
    open(&frame).await?;
    let form = NewTokenForm { days: DEFAULT_LIFETIME.num_days().to_string(), ..NewTokenForm::default() };
    new_page(&frame, form, FieldErrors::default()).await
}

async fn new_page(frame: &Frame, form: NewTokenForm, errors: FieldErrors) -> Result<NewTokenPage> {
    let t = frame.t;
    let scope = |scope: &str| Choice::new(scope, t.s(&format!("settings.scope.{scope}")), form.scope == scope);
    Ok(NewTokenPage {
        chrome: frame.chrome(Place::Settings).await?,
        roles: roles(t, &form.role),
        scopes: ["read", "write"].into_iter().map(scope).collect(),
        form,
        errors,
    })
}

/// `POST /desk/settings/tokens`: the answer shows the token, once.
pub async fn create(frame: Frame, Form(form): Form<NewTokenForm>) -> Result<Response> {
    open(&frame).await?;
    let created = match read(&form) {
        Ok(new) => create_token(&frame.desk.db, new, &frame.actor(), frame.now).await,
        Err(error) => Err(error),
    };
    match created {
        Ok((token, secret)) => Ok(secret_page(&frame, &token, secret).await?.into_response()),
        Err(error) => {
            let status = error.status();
            let errors = FieldErrors::of(frame.t, &error.into_problems()?);
            Ok((status, new_page(&frame, form, errors).await?).into_response())
        }
    }
}

fn read(form: &NewTokenForm) -> Result<NewToken> {
    let mut problems = Vec::new();
    let days = fields::number("days", &form.days, &mut problems);
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    Ok(NewToken {
        name: form.name.clone(),
        role: form.role.parse()?,
        read_only: form.scope != "write",
        lifetime: Duration::days(days.into()),
        reason: Some(form.reason.clone()),
    })
}

async fn secret_page(frame: &Frame, token: &Token, secret: String) -> Result<SecretPage> {
    let t = frame.t;
    Ok(SecretPage {
        chrome: frame.chrome(Place::Settings).await?,
        title: t.f("settings.tokens.created_title", &[("name", &token.name)]),
        lead: t.s("settings.tokens.secret_lead").to_owned(),
        label: t.s("settings.tokens.token"),
        secret,
        facts: vec![
            (t.s("settings.users.role").to_owned(), t.s(&format!("role.{}", token.role.as_str())).to_owned()),
            (t.s("settings.tokens.scopes").to_owned(), scopes(frame, token).to_owned()),
            (t.s("settings.tokens.expires").to_owned(), dates::long_instant(t, token.expires_at)),
        ],
        back: Link::new(HREF, t.s("settings.tokens.title")),
    })
}

async fn find(frame: &Frame, id: i64) -> Result<Token> {
    let found = api_tokens::Entity::find_by_id(id).one(&frame.desk.db).await?;
    found.ok_or_else(|| Error::not_found("token_not_found"))
}

/// `GET /desk/settings/tokens/{id}/revocation`
pub async fn edit(frame: Frame, Path(id): Path<i64>) -> Result<ConfirmPage> {
    open(&frame).await?;
    revocation(&frame, &find(&frame, id).await?, String::new()).await
}

/// `POST /desk/settings/tokens/{id}/revocation`
pub async fn revoke(frame: Frame, Path(id): Path<i64>, Form(form): Form<ReasonForm>) -> Result<Response> {
    open(&frame).await?;
    let token = find(&frame, id).await?;
    match revoke_token(&frame.desk.db, id, &form.reason, &frame.actor(), frame.now).await {
        Ok(_) => saved(&frame, "settings.tokens.token_revoked", HREF).await,
        Err(error) => again(&frame, revocation(&frame, &token, form.reason).await?, error),
    }
}

async fn revocation(frame: &Frame, token: &Token, reason: String) -> Result<ConfirmPage> {
    let t = frame.t;
    let revoked = t.s("settings.tokens.revoked");
    Ok(ConfirmPage {
        title: t.f("settings.tokens.confirm", &[("name", &token.name)]),
        action: format!("{HREF}/{}/revocation", token.id),
        changes: vec![ChangeRow::new(t.s("col.status"), status(frame, token).text, revoked)],
        effect: t.s("settings.tokens.revoke_effect").to_owned(),
        reason,
        button: Button { icon: "ban", label: t.s("settings.tokens.revoke"), danger: true },
        ..blank(frame, HREF, "settings.tokens.title").await?
    })
}
