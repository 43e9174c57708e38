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
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::ClientId;
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::{Security, SendError, SmtpServer, tls};
use crate::clock::Stopwatch;
use crate::domain::mail::{Recipient, is_unfit_for_a_line};
use crate::mail::envelope::{self, Envelope};

/// For one mail from connecting to the last answer. Shorter than a sender's lease on the mail.
pub const SEND_TIMEOUT: Duration = Duration::from_mins(1);
/// For TCP, TLS, EHLO and AUTH together.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
const CONNECTIONS: usize = 8;
/// Servers and firewalls drop silent connections, some without a word: then a mail would wait for its time-out.
const MAX_IDLE_TIME: Duration = Duration::from_secs(30);
/// Characters of a server's answer that are kept.
const MAX_ANSWER: usize = 300;

pub struct SmtpTransport {
    server: SmtpServer,
    hello: ClientId,
    send_timeout: Duration,
    connections: usize,
    lines: Semaphore,
    idle: Mutex<Vec<Idle>>,
    /// DER of a CA of our own that is trusted besides the public ones.
    own_root: Option<Vec<u8>>,
}

/// A connection after a complete dialogue.
struct Idle {
    connection: AsyncSmtpConnection,
    since: Stopwatch,
    /// The server is still in the middle of a mail that it did not get.
    unfinished: bool,
}

type Answers = Vec<Result<(), SendError>>;

/// The connection is of no use, and the server has nothing of the mail: on another one it may go.
struct Useless(Error);

impl SmtpTransport {
    /// `hello` is our own host name.
    pub fn new(server: SmtpServer, hello: &str) -> Self {
        Self {
            server,
            hello: client_id(hello),
            send_timeout: SEND_TIMEOUT,
            connections: CONNECTIONS,
            lines: Semaphore::new(CONNECTIONS),
            idle: Mutex::new(Vec::new()),
            own_root: None,
        }
    }

    #[must_use]
    pub fn with_send_timeout(mut self, send_timeout: Duration) -> Self {
        self.send_timeout = send_timeout;
        self
    }

    #[must_use]
    pub fn with_connections(mut self, connections: usize) -> Self {
        self.connections = connections;
        self.lines = Semaphore::new(connections);
        self
    }

    /// Trusts this CA (DER) too.
    #[must_use]
    pub fn with_own_root(mut self, root: Vec<u8>) -> Self {
        self.own_root = Some(root);
        self
    }

    pub fn security(&self) -> Security {
        self.server.security
    }

    /// `host:port`
    pub fn place(&self) -> String {
        format!("{}:{}", self.server.host, self.server.port)
    }

    /// Whether the server greets us and takes our credentials. Sends nothing.
    pub async fn check(&self) -> Result<(), SendError> {
        let connecting = timeout(CONNECT_TIMEOUT, self.connect()).await;
        let mut connection = connecting
            .map_err(|_| SendError::Unreachable("the mail server did not greet in time".to_owned()))?
            .map_err(SendError::Unreachable)?;
        // What it says to the farewell changes nothing.
        let _ = connection.quit().await;
        Ok(())
    }

    pub fn connections(&self) -> usize {
        self.connections
    }

    pub fn send_timeout(&self) -> Duration {
        self.send_timeout
    }

    /// Waits for one of the connections. They are counted here and not in [`Self::deliver`], so that a mail can be given
    /// back when the wait was too long.
    pub async fn line(&self) -> Option<SemaphorePermit<'_>> {
        // Never closed.
        self.lines.acquire().await.ok()
    }

    /// One dialogue for all of `to`; each one has its own answer.
    pub async fn deliver(&self, envelope: &Envelope, to: &[Recipient]) -> Result<Answers, SendError> {
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

    async fn converse(&self, envelope: &Envelope, to: &[Address]) -> Result<Answers, SendError> {
        if let Some(idle) = self.take_idle() {
            // The server may have closed it since, or may want no more mails on it.
            match self.resume(idle, envelope, to).await {
                Err(Useless(_)) => {}
                Ok(answers) => return Ok(answers),
            }
        }
        let connecting = timeout(CONNECT_TIMEOUT, self.connect()).await;
        let mut connection = connecting
            .map_err(|_| SendError::Unreachable("the mail server did not greet in time".to_owned()))?
            .map_err(SendError::Unreachable)?;
        // A server that refuses our sender address refuses us, not this recipient: that can be set right.
        greet(&mut connection, &envelope.from).await.map_err(|error| SendError::TryLater(one_line(&error)))?;
        let handed_over = self.hand_over(connection, envelope, to).await;
        handed_over.map_err(|Useless(error)| SendError::TryLater(one_line(&error)))
    }

    async fn resume(&self, idle: Idle, envelope: &Envelope, to: &[Address]) -> Result<Answers, Useless> {
        let Idle { mut connection, unfinished, .. } = idle;
        if unfinished {
            connection.command(Rset).await.map_err(Useless)?;
        }
        greet(&mut connection, &envelope.from).await.map_err(Useless)?;
        self.hand_over(connection, envelope, to).await
    }

    /// On a connection on which the server has taken our sender address.
    async fn hand_over(
        &self,
        mut connection: AsyncSmtpConnection,
        envelope: &Envelope,
        to: &[Address],
    ) -> Result<Answers, Useless> {
        let mut answers = Vec::with_capacity(to.len());
        for address in to {
            match connection.command(Rcpt::new(address.clone(), vec![])).await {
                Ok(_) => answers.push(Ok(())),
                Err(error) if is_the_last_answer(&error) => return Err(Useless(error)),
                Err(error) => answers.push(Err(judged(&error))),
            }
        }
        if answers.iter().all(Result::is_err) {
            self.keep(connection, true);
            return Ok(answers);
        }
        if let Err(error) = connection.command(Data).await {
            if is_the_last_answer(&error) {
                return Err(Useless(error));
            }
            self.keep(connection, true);
            return Ok(spoilt(answers, &judged(&error)));
        }
        if let Err(error) = connection.message(&envelope.bytes).await {
            if error.status().is_none() {
                return Ok(spoilt(answers, &SendError::Unknown(one_line(&error))));
            }
            if !is_the_last_answer(&error) {
                self.keep(connection, false);
            }
            return Ok(spoilt(answers, &judged(&error)));
        }
        self.keep(connection, false);
        Ok(answers)
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, String> {
        let SmtpServer { host, port, security, credentials } = &self.server;
        let own_root = self.own_root.as_deref();
        let stream = TcpStream::connect((host.as_str(), *port)).await.map_err(|error| one_line(&error))?;
        // lettre writes the end of the content by itself: with Nagle's algorithm it would wait for an acknowledgement.
        stream.set_nodelay(true).map_err(|error| one_line(&error))?;
        let stream: Box<dyn AsyncTokioStream> = match security {
            Security::Plain | Security::Opportunistic | Security::StartTls => Box::new(stream),
            Security::Tls => Box::new(tls::encrypt(stream, host, own_root).await.map_err(|error| one_line(&error))?),
        };
        let greeted = AsyncSmtpConnection::connect_with_transport(stream, &self.hello).await;
        let mut connection = greeted.map_err(|error| one_line(&error))?;
        let offered = *security == Security::Opportunistic && connection.can_starttls();
        if *security == Security::StartTls || offered {
            let tls = tls::parameters(host, own_root).map_err(|error| one_line(&error))?;
            connection.starttls(tls, &self.hello).await.map_err(|error| one_line(&error))?;
        }
        if let Some(credentials) = credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await.map_err(|error| one_line(&error))?;
        }
        Ok(connection)
    }

    fn take_idle(&self) -> Option<Idle> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|idle| idle.since.elapsed() < MAX_IDLE_TIME);
        idle.pop()
    }

    fn keep(&self, connection: AsyncSmtpConnection, unfinished: bool) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|idle| idle.since.elapsed() < MAX_IDLE_TIME);
        if idle.len() < self.connections {
            idle.push(Idle { connection, since: Stopwatch::start(), unfinished });
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

async fn greet(connection: &mut AsyncSmtpConnection, from: &Address) -> Result<(), Error> {
    connection.command(Mail::new(Some(from.clone()), vec![])).await.map(|_| ())
}

/// Nothing follows on this connection: it broke, or the server closes it (421).
fn is_the_last_answer(error: &Error) -> bool {
    error.status().is_none_or(|status| u16::from(status) == 421)
}

/// What became of the content is true of all whom the server knew; the others keep their own answers.
fn spoilt(answers: Answers, error: &SendError) -> Answers {
    answers.into_iter().map(|answer| answer.and(Err(error.clone()))).collect()
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
