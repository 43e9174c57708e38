//! Sends mails and takes them, for `bench/mail/run`. Prints seconds, or for `outbox` a line of JSON.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measuring tool: it stops at the first surprise"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use std::{env, fs};

use chrono::Utc;
use lettre::message::{Mailbox, Message, MultiPart, SinglePart, header::ContentType};
use lettre::transport::smtp::PoolConfig;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use migration::Migrator;
use revocation_desk::actions::send_messages::{Sender, send_messages};
use revocation_desk::clock::Clock;
use revocation_desk::domain::mail::{ComposedMail, MailKind, Recipient};
use revocation_desk::mail::envelope::{Draft, Envelope};
use revocation_desk::mail::transport::{SmtpServer, SmtpTransport, Transport};
use revocation_desk::models::messages::{self, NewMessage};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, TransactionTrait};
use sea_orm_migration::MigratorTrait;
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

const USAGE: &str = "usage: mail sink PORT | flood PORT MAILS CONNECTIONS | lettre PORT MAILS CONNECTIONS
     | deliver PORT MAILS CONNECTIONS | queue DATABASE MAILS | outbox DATABASE PORT CONNECTIONS";

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<usize>().unwrap();
    match arguments[..] {
        ["sink", port] => sink(port).await,
        ["flood", port, mails, connections] => timed(flood(port, number(mails), number(connections))).await,
        ["lettre", port, mails, connections] => timed(lettre_pool(port, number(mails), number(connections))).await,
        ["deliver", port, mails, connections] => timed(deliver(port, number(mails), number(connections))).await,
        ["queue", database, mails] => timed(queue(database, number(mails))).await,
        ["outbox", database, port, connections] => outbox(database, port, number(connections)).await,
        _ => println!("{USAGE}"),
    }
}

async fn timed(work: impl Future<Output = ()>) {
    let start = Instant::now();
    work.await;
    println!("{:.4}", start.elapsed().as_secs_f64());
}

/// Takes all mails and forgets them.
async fn sink(port: &str) {
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await.unwrap();
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(take_mails(stream));
        }
    }
}

async fn take_mails(stream: TcpStream) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let (reading, mut writing) = stream.into_split();
    let mut reading = BufReader::with_capacity(64 * 1024, reading);
    let mut line = Vec::new();
    writing.write_all(b"220 sink.example ESMTP\r\n").await.ok()?;
    loop {
        line.clear();
        if reading.read_until(b'\n', &mut line).await.ok()? == 0 {
            return None;
        }
        let answer: &[u8] = match line.get(..4)?.to_ascii_uppercase().as_slice() {
            b"EHLO" => b"250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
            b"DATA" => {
                writing.write_all(b"354 go ahead\r\n").await.ok()?;
                skip_content(&mut reading).await?;
                b"250 taken\r\n"
            }
            b"QUIT" => return writing.write_all(b"221 bye\r\n").await.ok(),
            _ => b"250 fine\r\n",
        };
        writing.write_all(answer).await.ok()?;
    }
}

/// To the end of the mail, without looking at its lines one by one. Nobody here sends the next command with it.
async fn skip_content(reading: &mut BufReader<impl AsyncReadExt + Unpin>) -> Option<()> {
    let mut tail = Vec::with_capacity(8);
    loop {
        let found = reading.fill_buf().await.ok()?;
        if found.is_empty() {
            return None;
        }
        let length = found.len();
        tail.extend_from_slice(&found[length.saturating_sub(5)..]);
        reading.consume(length);
        if tail.ends_with(b"\r\n.\r\n") {
            return Some(());
        }
        let old = tail.len().saturating_sub(5);
        tail.drain(..old);
    }
}

/// As fast as the sink can: one ready message again and again, commands in one write.
async fn flood(port: &str, mails: usize, connections: usize) {
    let message = ours(&Letter::load(), 0);
    let content = [&message.bytes[..], b"\r\n.\r\n"].concat();
    let mut senders = JoinSet::new();
    for _ in 0..connections {
        let (address, content) = (format!("127.0.0.1:{port}"), content.clone());
        senders.spawn(async move {
            let stream = TcpStream::connect(address).await.unwrap();
            stream.set_nodelay(true).unwrap();
            let (reading, mut writing) = stream.into_split();
            let mut reading = BufReader::new(reading).lines();
            reading.next_line().await.unwrap();
            for _ in 0..mails / connections {
                writing.write_all(b"MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n").await.unwrap();
                for _ in 0..3 {
                    reading.next_line().await.unwrap();
                }
                writing.write_all(&content).await.unwrap();
                assert!(reading.next_line().await.unwrap().unwrap().starts_with("250"));
            }
        });
    }
    senders.join_all().await;
}

#[derive(Deserialize)]
struct Letter {
    from: String,
    to: String,
    name: String,
    subject: String,
    text: String,
    html: String,
}

impl Letter {
    fn load() -> Self {
        serde_json::from_str(include_str!("mail.json")).unwrap()
    }

    fn sender(&self) -> Recipient {
        Recipient::new(&self.name, &self.from).unwrap()
    }

    fn recipient(&self) -> Recipient {
        Recipient::new(&self.name, &self.to).unwrap()
    }
}

/// Each mail is made anew, by every client.
async fn lettre_pool(port: &str, mails: usize, connections: usize) {
    let pool = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("127.0.0.1")
        .port(port.parse().unwrap())
        .pool_config(PoolConfig::new().max_size(u32::try_from(connections).unwrap()))
        .build();
    let (letter, next) = (Arc::new(Letter::load()), Arc::new(AtomicUsize::new(0)));
    let mut senders = JoinSet::new();
    for _ in 0..connections {
        let (pool, letter, next) = (pool.clone(), letter.clone(), next.clone());
        senders.spawn(async move {
            while next.fetch_add(1, Ordering::Relaxed) < mails {
                pool.send(by_lettre(&letter)).await.unwrap();
            }
        });
    }
    senders.join_all().await;
}

fn by_lettre(letter: &Letter) -> Message {
    let mailbox = |address: &str| Mailbox::new(Some(letter.name.clone()), address.parse().unwrap());
    let part = |kind: ContentType, body: &str| SinglePart::builder().header(kind).body(body.to_owned());
    Message::builder()
        .from(mailbox(&letter.from))
        .to(mailbox(&letter.to))
        .subject(&letter.subject)
        .multipart(
            MultiPart::alternative()
                .singlepart(part(ContentType::TEXT_PLAIN, &letter.text))
                .singlepart(part(ContentType::TEXT_HTML, &letter.html)),
        )
        .unwrap()
}

/// Our way out without the database.
async fn deliver(port: &str, mails: usize, connections: usize) {
    let (letter, next) = (Arc::new(Letter::load()), Arc::new(AtomicUsize::new(0)));
    let transport = transport(port, connections);
    let mut senders = JoinSet::new();
    for _ in 0..2 * connections {
        let (transport, letter, next) = (transport.clone(), letter.clone(), next.clone());
        senders.spawn(async move {
            let to = [letter.recipient()];
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= mails {
                    break;
                }
                let envelope = ours(&letter, number);
                let _line = transport.line().await;
                transport.deliver(&envelope, &to).await.into_iter().collect::<Result<Vec<_>, _>>().unwrap();
            }
        });
    }
    senders.join_all().await;
}

fn transport(port: &str, connections: usize) -> Arc<Transport> {
    let server = SmtpServer::parse(&format!("smtp://127.0.0.1:{port}")).unwrap();
    Arc::new(Transport::Smtp(SmtpTransport::new(server, "desk.example").with_connections(connections)))
}

fn ours(letter: &Letter, number: usize) -> Envelope {
    Envelope::new(&Draft {
        from: &letter.sender(),
        reply_to: &letter.sender(),
        to: &[letter.recipient()],
        subject: &letter.subject,
        text: &letter.text,
        html: &letter.html,
        message_id: &format!("<{number}@desk.example>"),
        date: Utc::now(),
        returns_to: None,
        signer: None,
    })
    .unwrap()
}

/// A new outbox with so many mails that are due.
async fn queue(database: &str, mails: usize) {
    let db = connect(database).await;
    Migrator::up(&db, None).await.unwrap();
    db.execute_unprepared("DELETE FROM messages").await.unwrap();
    let letter = Letter::load();
    let now = Clock::system().now();
    for start in (0..mails).step_by(1000) {
        let txn = db.begin().await.unwrap();
        for number in start..mails.min(start + 1000) {
            let mail = ComposedMail {
                kind: MailKind::RevocationCompleted,
                recipients: vec![letter.recipient()],
                subject: letter.subject.clone(),
                text: letter.text.clone(),
                html: letter.html.clone(),
            };
            let (about, event_key) = (format!("RQ-261122-{number}"), "version-1".to_owned());
            let new = NewMessage { case_id: None, about, event_key, mail };
            assert!(messages::enqueue(&txn, new, "https://desk.example", now).await.unwrap());
        }
        txn.commit().await.unwrap();
    }
    let tidy = if database.starts_with("postgres") { "VACUUM ANALYZE messages" } else { "ANALYZE" };
    db.execute_unprepared(tidy).await.unwrap();
}

/// One run of the sender, as the schedule starts it.
async fn outbox(database: &str, port: &str, connections: usize) {
    let db = connect(database).await;
    let letter = Letter::load();
    let sender = Sender::plain(letter.sender(), letter.sender());
    let transport = transport(port, connections);
    let before = peak_kib();
    let start = Instant::now();
    let stop = CancellationToken::new();
    let counts = send_messages(&db, &transport, &sender, &stop, Clock::system()).await.unwrap();
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{{\"sent\":{},\"retried\":{},\"seconds\":{seconds:.4},\"peak_kib\":{},\"peak_kib_before\":{before}}}",
        counts.sent,
        counts.retried,
        peak_kib()
    );
}

async fn connect(database: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(database);
    options.max_connections(16).sqlx_logging(false).map_sqlx_sqlite_opts(|options| {
        options.pragma("journal_mode", "WAL").pragma("synchronous", "FULL").foreign_keys(true)
    });
    Database::connect(options).await.unwrap()
}

fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
