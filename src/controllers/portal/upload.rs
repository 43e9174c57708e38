//! A posted form with a file in it, read whole. The same form without the file, as a plain form, is read too.

use std::collections::BTreeMap;

use axum::{
    extract::{FromRequest, Multipart, Request, multipart::MultipartError},
    http::{StatusCode, header},
};
use loco_rs::app::AppContext;

use crate::controllers::extractors::{check_csrf, session_of};
use crate::domain::problem::Problem;
use crate::errors::{Error, Result};

/// The fields by name. Its hidden field `_csrf` is the session's. The size is limited like every body's.
pub struct Upload(BTreeMap<String, Vec<u8>>);

impl Upload {
    pub fn bytes(&self, name: &str) -> &[u8] {
        self.0.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Nothing where it is not text; NUL is in none.
    pub fn text(&self, name: &str) -> &str {
        std::str::from_utf8(self.bytes(name)).ok().filter(|text| !text.contains('\0')).unwrap_or_default()
    }

    pub fn has(&self, name: &str) -> bool {
        !self.bytes(name).is_empty()
    }
}

impl FromRequest<AppContext> for Upload {
    type Rejection = Error;

    async fn from_request(request: Request, ctx: &AppContext) -> Result<Self> {
        let (parts, body) = request.into_parts();
        let session = session_of(&parts)?;
        let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let is_multipart = content_type.is_some_and(|kind| kind.starts_with("multipart/form-data"));
        let request = Request::from_parts(parts, body);
        let upload = Self(if is_multipart { multipart(request, ctx).await? } else { plain(request, ctx).await? });
        check_csrf(&session, upload.text("_csrf")).await?;
        Ok(upload)
    }
}

async fn multipart(request: Request, ctx: &AppContext) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut parts = Multipart::from_request(request, ctx).await.map_err(|_| malformed())?;
    let mut fields = BTreeMap::new();
    while let Some(field) = parts.next_field().await.map_err(|error| unreadable(&error))? {
        let name = field.name().unwrap_or_default().to_owned();
        let value = field.bytes().await.map_err(|error| unreadable(&error))?;
        fields.insert(name, value.to_vec());
    }
    Ok(fields)
}

async fn plain(request: Request, ctx: &AppContext) -> Result<BTreeMap<String, Vec<u8>>> {
    let form = axum_extra::extract::Form::<BTreeMap<String, String>>::from_request(request, ctx).await;
    let axum_extra::extract::Form(fields) = form.map_err(|_| malformed())?;
    Ok(fields.into_iter().map(|(name, value)| (name, value.into_bytes())).collect())
}

fn unreadable(error: &MultipartError) -> Error {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE { Error::TooLarge } else { malformed() }
}

fn malformed() -> Error {
    Error::Malformed(Problem::new("malformed_request"))
}
