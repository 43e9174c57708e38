//! `SMTP_URL`: which server, how it is encrypted, who we are there.

use axum::http::Uri;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::{SMTP_PORT, SUBMISSION_PORT, SUBMISSIONS_PORT};

/// `smtps://user:password@host` (TLS from the first byte), `smtp://user:password@host?tls=required` (STARTTLS),
/// `smtp://host?tls=opportunistic` (STARTTLS where the server offers it) or `smtp://host` (plain, for a relay on the same
/// machine or network). User and password are percent-encoded.
pub struct SmtpServer {
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub credentials: Option<Credentials>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    Plain,
    /// Encrypted where the server offers it; then it has to prove its name as ever.
    Opportunistic,
    StartTls,
    Tls,
}

impl SmtpServer {
    /// The error never repeats the URL: it may hold a password.
    pub fn parse(url: &str) -> Result<Self, &'static str> {
        let uri: Uri = url.parse().map_err(|_| "SMTP_URL is not a URL")?;
        let security = match (uri.scheme_str(), uri.query()) {
            (Some("smtps"), None) => Security::Tls,
            (Some("smtp"), Some("tls=required")) => Security::StartTls,
            (Some("smtp"), Some("tls=opportunistic")) => Security::Opportunistic,
            (Some("smtp"), None) => Security::Plain,
            _ => {
                return Err(
                    "SMTP_URL needs smtps://host or smtp://host, smtp://host?tls=required or ?tls=opportunistic",
                );
            }
        };
        let authority = uri.authority().ok_or("SMTP_URL names no host")?;
        let credentials = match authority.as_str().rsplit_once('@') {
            Some((user_info, _)) => Some(credentials(user_info)?),
            None => None,
        };
        if credentials.is_some() && matches!(security, Security::Plain | Security::Opportunistic) {
            return Err("SMTP_URL would send the password unencrypted: use smtps:// or ?tls=required");
        }
        let default_port = match security {
            Security::Plain | Security::Opportunistic => SMTP_PORT,
            Security::StartTls => SUBMISSION_PORT,
            Security::Tls => SUBMISSIONS_PORT,
        };
        let port = authority.port_u16().unwrap_or(default_port);
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        Ok(Self { host, port, security, credentials })
    }
}

/// Without the password.
impl std::fmt::Debug for SmtpServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SmtpServer({}:{}, {:?})", self.host, self.port, self.security)
    }
}

fn credentials(user_info: &str) -> Result<Credentials, &'static str> {
    let (user, password) = user_info.split_once(':').ok_or("SMTP_URL has a user without a password")?;
    Ok(Credentials::new(percent_decoded(user)?, percent_decoded(password)?))
}

fn percent_decoded(text: &str) -> Result<String, &'static str> {
    const MALFORMED: &str = "SMTP_URL has a user or password that is not percent-encoded";
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(octet) = rest.next() {
        if octet != b'%' {
            octets.push(octet);
            continue;
        }
        let digits = [rest.next().ok_or(MALFORMED)?, rest.next().ok_or(MALFORMED)?];
        octets.extend(hex::decode(digits).map_err(|_| MALFORMED)?);
    }
    String::from_utf8(octets).map_err(|_| MALFORMED)
}
