//! Single sign-on with the company's own log-in: OpenID Connect, the code flow with PKCE, state and nonce.
//!
//! Asks the provider afresh each time, so that new keys of it count at once. Must not know accounts or sessions.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use openidconnect::core::{CoreAuthPrompt, CoreClient, CoreProviderMetadata, CoreResponseType};
use openidconnect::{
    AsyncHttpClient, AuthenticationFlow, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest,
    HttpResponse, IssuerUrl, Nonce, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenResponse,
};
use serde::{Deserialize, Serialize};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, pem::PemObject};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::settings::Sso;

/// Where the provider sends people back to.
pub const CALLBACK: &str = "/login/sso/callback";
const TIME_OUT: Duration = Duration::from_secs(10);
/// Bytes of an answer of the provider.
const LARGEST: usize = 256 * 1024;

#[derive(Debug, thiserror::Error)]
pub enum SsoError {
    /// Wrong settings: at the start.
    #[error("settings.sso: {0}")]
    Settings(String),
    /// The provider does not answer, or not as it should.
    #[error("single sign-on: {0}")]
    Provider(String),
    /// It answers, and what it says proves nothing.
    #[error("single sign-on refused: {0}")]
    Refused(String),
}

/// Somebody who is on the way to the provider; kept in their session.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Departure {
    pub state: String,
    nonce: String,
    verifier: String,
}

/// What the provider vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    pub issuer: String,
    pub subject: String,
    /// Only where it says that it has verified it.
    pub email: Option<String>,
    /// When it last asked them for who they are.
    pub authenticated_at: Option<DateTime<Utc>>,
}

/// Whether the provider may take somebody at their word whom it knows already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    AsItLikes,
    Anew,
}

/// Cheap to clone.
#[derive(Clone)]
pub struct SingleSignOn(Arc<Inner>);

struct Inner {
    issuer: IssuerUrl,
    client: ClientId,
    secret: ClientSecret,
    callback: RedirectUrl,
    http: Http,
}

impl Arrival {
    /// Issuer and subject, parted by a blank: stays the same for good.
    pub fn identity(&self) -> String {
        format!("{} {}", self.issuer, self.subject)
    }
}

impl SingleSignOn {
    pub fn from_settings(settings: &Sso, public_url: &str) -> Result<Self, SsoError> {
        let unfit = |error: &dyn std::fmt::Display| SsoError::Settings(error.to_string());
        let secret = settings.client_secret.as_ref().ok_or_else(|| unfit(&"the client's secret was not read"))?;
        Ok(Self(Arc::new(Inner {
            issuer: IssuerUrl::new(settings.issuer.clone()).map_err(|error| unfit(&error))?,
            client: ClientId::new(settings.client_id.clone()),
            secret: ClientSecret::new(secret.reveal().to_owned()),
            callback: RedirectUrl::new(format!("{public_url}{CALLBACK}")).map_err(|error| unfit(&error))?,
            http: Http(client(settings).map_err(|error| unfit(&error))?),
        })))
    }

    /// Where to send the browser, and what to keep until it comes back.
    pub async fn depart(&self, asking: Asking) -> Result<(String, Departure), SsoError> {
        let (metadata, of) = (self.metadata().await?, &self.0);
        let client = CoreClient::from_provider_metadata(metadata, of.client.clone(), Some(of.secret.clone()))
            .set_redirect_uri(of.callback.clone());
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = AuthenticationFlow::<CoreResponseType>::AuthorizationCode;
        let asked = client
            .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
            .add_scope(Scope::new("email".to_owned()))
            .set_pkce_challenge(challenge);
        let asked = match asking {
            Asking::AsItLikes => asked,
            Asking::Anew => asked.add_prompt(CoreAuthPrompt::Login).set_max_age(Duration::ZERO),
        };
        let (url, state, nonce) = asked.url();
        let departure = Departure {
            state: state.secret().clone(),
            nonce: nonce.secret().clone(),
            verifier: verifier.into_secret(),
        };
        Ok((url.to_string(), departure))
    }

    /// Trades the code for an ID token and verifies it: signature, issuer, audience, times, nonce.
    pub async fn arrive(&self, code: String, departure: Departure, now: DateTime<Utc>) -> Result<Arrival, SsoError> {
        let (metadata, of) = (self.metadata().await?, &self.0);
        let client = CoreClient::from_provider_metadata(metadata, of.client.clone(), Some(of.secret.clone()))
            .set_redirect_uri(of.callback.clone());
        let answer = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| SsoError::Provider(error.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(departure.verifier))
            .request_async(&of.http)
            .await
            .map_err(|error| SsoError::Refused(error.to_string()))?;
        let token = answer.id_token().ok_or_else(|| SsoError::Refused("no ID token".to_owned()))?;
        let verifier = client.id_token_verifier().set_time_fn(move || now);
        let claims = token
            .claims(&verifier, &Nonce::new(departure.nonce))
            .map_err(|error| SsoError::Refused(error.to_string()))?;
        let is_theirs = claims.email_verified() == Some(true);
        Ok(Arrival {
            issuer: claims.issuer().to_string(),
            subject: claims.subject().to_string(),
            email: claims.email().filter(|_| is_theirs).map(|email| email.to_string()),
            authenticated_at: claims.auth_time(),
        })
    }

    /// Whether the provider is there and is who the settings say.
    pub async fn check(&self) -> Result<(), SsoError> {
        self.metadata().await.map(|_| ())
    }

    async fn metadata(&self) -> Result<CoreProviderMetadata, SsoError> {
        let found = CoreProviderMetadata::discover_async(self.0.issuer.clone(), &self.0.http).await;
        found.map_err(|error| SsoError::Provider(error.to_string()))
    }
}

/// No redirects: a provider that answers from elsewhere is not the one in the settings.
fn client(settings: &Sso) -> Result<reqwest::Client, String> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(path) = &settings.ca_file {
        let unreadable = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unreadable(&error))? {
            let certificate = certificate.map_err(|error| unreadable(&error))?;
            roots.add(certificate).map_err(|error| unreadable(&error))?;
        }
    }
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(TIME_OUT)
        .build()
        .map_err(|error| error.to_string())
}

struct Http(reqwest::Client);

#[derive(Debug, thiserror::Error)]
enum HttpError {
    #[error("{0}")]
    Request(#[from] reqwest::Error),
    #[error("the answer is too large")]
    TooLarge,
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.ask(request))
    }
}

impl Http {
    async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let mut answer = self.0.execute(request.try_into()?).await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await? {
            if body.len() + part.len() > LARGEST {
                return Err(HttpError::TooLarge);
            }
            body.extend_from_slice(&part);
        }
        let mut built = HttpResponse::new(body);
        *built.status_mut() = status;
        *built.headers_mut() = headers;
        Ok(built)
    }
}
