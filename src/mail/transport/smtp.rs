//! Mails to a server over SMTP (RFC 5321).
//!
//! Speaks lettre's protocol on connections of its own. lettre's own pool puts the connection of a cancelled send back,
//! in the middle of a dialogue: the late answer to one mail would then pass for the acceptance of the next. Here a
//! connection is kept only after a complete dialogue; in every other case it is closed.

use std::fmt;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::DEFAULT_MECHANISMS;
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{Security, SendError, SmtpServer};
use crate::clock::Stopwatch;
use crate::domain::mail::{Recipient, is_unfit_for_a_line};
use crate::mail::envelope::{self, Envelope};

/// For one mail from connecting to the last answer. Shorter than a sender's lease on the mail.
pub const SEND_TIMEOUT: Duration = Duration::from_mins(1);
/// For TCP, TLS, EHLO and AUTH together.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// Kept between mails. More than the mails that are sent side by side are never open.
const MAX_IDLE: usize = 16;
/// Servers and firewalls drop silent connections, some without a word: then a mail would wait for its time-out.
const MAX_IDLE_TIME: Duration = Duration::from_secs(30);
/// Characters of a server's answer that are kept.
const MAX_ANSWER: usize = 300;

pub struct SmtpTransport {
    server: SmtpServer,
    hello: ClientId,
    send_timeout: Duration,
    idle: Mutex<Vec<Idle>>,
}

/// A connection after a complete dialogue.
struct Idle {
    connection: AsyncSmtpConnection,
    since: Stopwatch,
}

impl SmtpTransport {
    /// `hello` is our own host name.
    pub fn new(server: SmtpServer, hello: &str) -> Self {
        Self { server, hello: client_id(hello), send_timeout: SEND_TIMEOUT, idle: Mutex::new(Vec::new()) }
    }

    #[must_use]
    pub fn with_send_timeout(mut self, send_timeout: Duration) -> Self {
        self.send_timeout = send_timeout;
        self
    }

    /// One dialogue for all of `to`; each one has its own answer.
    pub async fn deliver(
        &self,
        envelope: &Envelope,
        to: &[Recipient],
    ) -> Result<Vec<Result<(), SendError>>, SendError> {
        let addresses = to
            .iter()
            .map(envelope::address)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|unfit| SendError::Refused(unfit.to_string()))?;
        match timeout(self.send_timeout, self.converse(envelope, &addresses)).await {
            Ok(result) => result,
            Err(_) => Err(SendError::Unknown("the mail server did not answer in time".to_owned())),
        }
    }

    async fn converse(&self, envelope: &Envelope, to: &[Address]) -> Result<Vec<Result<(), SendError>>, SendError> {
        let mut connection = self.begin(&envelope.from).await?;
        let mut answers = Vec::with_capacity(to.len());
        for address in to {
            let answer = connection.command(Rcpt::new(address.clone(), vec![])).await;
            answers.push(answer.map(|_| ()).map_err(|error| judged(&error)));
        }
        if answers.iter().all(Result::is_err) {
            return Ok(answers);
        }
        connection.command(Data).await.map_err(|error| judged(&error))?;
        connection.message(&envelope.bytes).await.map_err(|error| match error.status() {
            Some(_) => judged(&error),
            None => SendError::Unknown(one_line(&error)),
        })?;
        self.keep(connection);
        Ok(answers)
    }

    /// A connection on which the server has taken our sender address.
    async fn begin(&self, from: &Address) -> Result<AsyncSmtpConnection, SendError> {
        let greeting = || Mail::new(Some(from.clone()), vec![]);
        let kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(Idle { mut connection, .. }) = kept.filter(|idle| idle.since.elapsed() < MAX_IDLE_TIME) {
            // The server may have closed it since; nothing is lost by asking on a new one.
            if connection.command(greeting()).await.is_ok() {
                return Ok(connection);
            }
        }
        let connecting = timeout(CONNECT_TIMEOUT, self.connect()).await;
        let mut connection = connecting
            .map_err(|_| SendError::Unreachable("the mail server did not greet in time".to_owned()))?
            .map_err(SendError::Unreachable)?;
        // A server that refuses our sender address refuses us, not this recipient: that can be set right.
        connection.command(greeting()).await.map_err(|error| SendError::TryLater(one_line(&error)))?;
        Ok(connection)
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, String> {
        let SmtpServer { host, port, security, credentials } = &self.server;
        let mut connection = match security {
            // lettre opens the socket itself here and leaves Nagle's algorithm on: about 40 ms more for each mail.
            Security::Tls => {
                let tls = TlsParameters::new(host.clone()).map_err(|error| one_line(&error))?;
                let server = (host.as_str(), *port);
                AsyncSmtpConnection::connect_tokio1(server, Some(CONNECT_TIMEOUT), &self.hello, Some(tls), None).await
            }
            Security::Plain | Security::StartTls => {
                let stream = TcpStream::connect((host.as_str(), *port)).await.map_err(|error| one_line(&error))?;
                stream.set_nodelay(true).map_err(|error| one_line(&error))?;
                AsyncSmtpConnection::connect_with_transport(Box::new(stream), &self.hello).await
            }
        }
        .map_err(|error| one_line(&error))?;
        if *security == Security::StartTls {
            let tls = TlsParameters::new(host.clone()).map_err(|error| one_line(&error))?;
            connection.starttls(tls, &self.hello).await.map_err(|error| one_line(&error))?;
        }
        if let Some(credentials) = credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await.map_err(|error| one_line(&error))?;
        }
        Ok(connection)
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|idle| idle.since.elapsed() < MAX_IDLE_TIME);
        if idle.len() < MAX_IDLE {
            idle.push(Idle { connection, since: Stopwatch::start() });
        }
    }
}

impl fmt::Debug for SmtpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmtpTransport({:?})", self.server)
    }
}

fn client_id(host: &str) -> ClientId {
    match host.trim_matches(['[', ']']).parse() {
        Ok(IpAddr::V4(address)) => ClientId::Ipv4(address),
        Ok(IpAddr::V6(address)) => ClientId::Ipv6(address),
        Err(_) => ClientId::Domain(host.to_owned()),
    }
}

/// What the server's answer means for the mail.
fn judged(error: &Error) -> SendError {
    if error.is_permanent() { SendError::Refused(one_line(error)) } else { SendError::TryLater(one_line(error)) }
}

/// Servers write what they like into their answers.
fn one_line(error: &dyn fmt::Display) -> String {
    let text = error.to_string();
    text.chars().take(MAX_ANSWER).map(|found| if is_unfit_for_a_line(found) { ' ' } else { found }).collect()
}
