//! A mail server that keeps what it gets and misbehaves on demand.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader, ReadHalf, WriteHalf, split};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// What the server does to one recipient, or to the mail that goes to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Accept,
    /// 550 to the recipient.
    RefuseRecipient,
    /// 451 to the recipient.
    DeferRecipient,
    /// 554 to the content.
    RefuseContent,
    /// 452 to the content.
    DeferContent,
    /// Closes the connection instead of asking for the content.
    DropBeforeContent,
    /// Takes the mail and closes the connection without a word.
    DropAfterContent,
    /// Takes the mail and answers this much later.
    Late(Duration),
    /// Takes no notice of the content for good.
    Silence,
    /// 421 to the recipient, and closes the connection.
    CloseAtRecipient,
}

/// What a server does when a connection has brought the mails it may bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Farewell {
    /// 421 to the next one.
    Said,
    /// Closes without a word.
    Silent,
}

/// How the server is met.
#[derive(Clone)]
struct Habits {
    greeting: &'static str,
    mails_a_connection: usize,
    farewell: Farewell,
    tls: Option<(TlsAcceptor, Encryption)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    FromTheStart,
    StartTls,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            greeting: "220 sink.example.com ESMTP",
            mails_a_connection: usize::MAX,
            farewell: Farewell::Silent,
            tls: None,
        }
    }
}

/// A mail that the server took, whether the sender came to know it or not.
#[derive(Debug, Clone)]
pub struct Received {
    pub recipients: Vec<String>,
    pub message_id: String,
    pub data: String,
}

/// What to answer: from the number of the mail (counted from 0 over all connections) and the recipient.
type Plan = Arc<dyn Fn(usize, &str) -> Answer + Send + Sync>;

pub struct MailSink {
    pub url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    mails_begun: usize,
    connections: usize,
    received: Vec<Received>,
}

impl MailSink {
    pub async fn start(plan: impl Fn(usize, &str) -> Answer + Send + Sync + 'static) -> Self {
        Self::with(Habits::default(), plan).await
    }

    /// A server that wants nothing to do with anybody.
    pub async fn closed_for_all() -> Self {
        Self::with(Habits { greeting: "554 no service here", ..Habits::default() }, |_, _| Answer::Accept).await
    }

    /// A server that takes so many mails on one connection.
    pub async fn closing_after(mails_a_connection: usize, farewell: Farewell) -> Self {
        Self::with(Habits { mails_a_connection, farewell, ..Habits::default() }, |_, _| Answer::Accept).await
    }

    /// A server with a certificate of its own for 127.0.0.1 (DER).
    pub async fn encrypted(encryption: Encryption) -> (Self, Vec<u8>) {
        let rcgen::CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        let tls = Some((TlsAcceptor::from(Arc::new(config)), encryption));
        let mut sink = Self::with(Habits { tls, ..Habits::default() }, |_, _| Answer::Accept).await;
        sink.url = match encryption {
            Encryption::FromTheStart => sink.url.replace("smtp://", "smtps://"),
            Encryption::StartTls => format!("{}?tls=required", sink.url),
        };
        (sink, cert.der().to_vec())
    }

    async fn with(habits: Habits, plan: impl Fn(usize, &str) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let (shared, plan): (_, Plan) = (Arc::clone(&state), Arc::new(plan));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                shared.lock().unwrap().connections += 1;
                let (habits, shared, plan) = (habits.clone(), Arc::clone(&shared), Arc::clone(&plan));
                tokio::spawn(async move {
                    let stream: Stream = match &habits.tls {
                        Some((tls, Encryption::FromTheStart)) => Box::new(tls.accept(stream).await.ok()?),
                        _ => Box::new(stream),
                    };
                    Dialogue::new(stream, habits, shared, plan).hold().await
                });
            }
        });
        Self { url, state }
    }

    /// An address where nobody listens.
    pub async fn absent() -> String {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        format!("smtp://{}", listener.local_addr().unwrap())
    }

    pub fn received(&self) -> Vec<Received> {
        self.state.lock().unwrap().received.clone()
    }

    pub fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }
}

trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}
type Stream = Box<dyn Duplex>;

struct Dialogue {
    lines: BufReader<ReadHalf<Stream>>,
    out: WriteHalf<Stream>,
    habits: Habits,
    mails_here: usize,
    in_mail: bool,
    state: Arc<Mutex<State>>,
    plan: Plan,
    mail: usize,
    accepted: Vec<(String, Answer)>,
}

impl Dialogue {
    fn new(stream: Stream, habits: Habits, state: Arc<Mutex<State>>, plan: Plan) -> Self {
        let (lines, out) = split(stream);
        let lines = BufReader::new(lines);
        Self { lines, out, habits, mails_here: 0, in_mail: false, state, plan, mail: 0, accepted: Vec::new() }
    }

    /// `None` ends the dialogue and closes the connection.
    async fn hold(mut self) -> Option<()> {
        self.say(self.habits.greeting).await?;
        loop {
            let line = self.line().await?;
            let upper = line.to_ascii_uppercase();
            match upper.split([' ', ':']).next().unwrap_or_default() {
                "EHLO" => self.say("250-sink.example.com\r\n250-STARTTLS\r\n250 8BITMIME").await?,
                "STARTTLS" => self = self.encrypt().await?,
                "MAIL" => self.begin_mail().await?,
                "RCPT" => self.recipient(&line).await?,
                "DATA" => self.content().await?,
                "RSET" => {
                    self.in_mail = false;
                    self.say("250 forgotten").await?;
                }
                "QUIT" => return self.say("221 bye").await,
                _ => self.say("250 fine").await?,
            }
        }
    }

    async fn encrypt(mut self) -> Option<Self> {
        let (tls, _) = self.habits.tls.clone()?;
        self.say("220 go on").await?;
        let stream = self.lines.into_inner().unsplit(self.out);
        let stream = Box::new(tls.accept(stream).await.ok()?);
        Some(Self::new(stream, self.habits, self.state, self.plan))
    }

    async fn begin_mail(&mut self) -> Option<()> {
        if self.in_mail {
            return self.say("503 5.5.1 one mail after the other").await;
        }
        self.in_mail = true;
        self.accepted.clear();
        if self.mails_here == self.habits.mails_a_connection {
            self.say("421 4.7.0 too many mails on one connection").await?;
            return None;
        }
        self.mails_here += 1;
        {
            let mut state = self.state.lock().unwrap();
            self.mail = state.mails_begun;
            state.mails_begun += 1;
        }
        self.say("250 go on").await
    }

    async fn recipient(&mut self, line: &str) -> Option<()> {
        let address = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        match (self.plan)(self.mail, &address) {
            Answer::RefuseRecipient => self.say("550 5.1.1 nobody by that name").await,
            Answer::DeferRecipient => self.say("451 4.2.1 mailbox busy").await,
            Answer::CloseAtRecipient => {
                self.say("421 4.3.2 going down").await?;
                None
            }
            answer => {
                self.accepted.push((address, answer));
                self.say("250 known").await
            }
        }
    }

    async fn content(&mut self) -> Option<()> {
        let answer = self.accepted.iter().map(|(_, answer)| *answer).find(|answer| *answer != Answer::Accept);
        if answer == Some(Answer::DropBeforeContent) {
            return None;
        }
        self.say("354 go ahead").await?;
        let mut data = String::new();
        loop {
            let line = self.line().await?;
            if line == "." {
                break;
            }
            data.push_str(line.strip_prefix("..").map_or(line.as_str(), |_| &line[1..]));
            data.push_str("\r\n");
        }
        self.in_mail = false;
        match answer.unwrap_or(Answer::Accept) {
            Answer::RefuseContent => return self.say("554 5.7.1 not this content").await,
            Answer::DeferContent => return self.say("452 4.3.1 no room").await,
            Answer::Silence => std::future::pending().await,
            Answer::Accept | Answer::DropAfterContent | Answer::Late(_) => self.keep(data),
            Answer::RefuseRecipient | Answer::DeferRecipient | Answer::DropBeforeContent | Answer::CloseAtRecipient => {
                unreachable!()
            }
        }
        match answer {
            Some(Answer::DropAfterContent) => return None,
            Some(Answer::Late(delay)) => tokio::time::sleep(delay).await,
            _ => {}
        }
        self.say("250 taken").await?;
        let full = self.mails_here == self.habits.mails_a_connection;
        if full && self.habits.farewell == Farewell::Silent { None } else { Some(()) }
    }

    fn keep(&self, data: String) {
        let message_id = data.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap_or_default().to_owned();
        let recipients = self.accepted.iter().map(|(address, _)| address.clone()).collect();
        self.state.lock().unwrap().received.push(Received { recipients, message_id, data });
    }

    async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.lines.read_line(&mut line).await.ok()?;
        (read > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned())
    }

    async fn say(&mut self, line: &str) -> Option<()> {
        self.out.write_all(format!("{line}\r\n").as_bytes()).await.ok()
    }
}
