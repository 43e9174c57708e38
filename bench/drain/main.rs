//! Times a revocation run over many due cases. Driven by `bench/drain/run`; PostgreSQL only.
//!
//! `drain prepare ADDRESS CASES` migrates an empty database and fills it with confirmed cases that are due today.
//! `drain work ADDRESS CHUNKS` is one node: takes part in the run of the day, CHUNKS chunks at a time, then proves what was
//! revoked and queues the mails. The CA answers at once and keeps nothing; everything else is the program as it is.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measuring tool: it stops at the first surprise"
)]

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;
use std::{env, fs};

use async_trait::async_trait;
use chrono::{DateTime, Duration, NaiveDate, TimeZone, Utc};
use loco_rs::environment::Environment;
use migration::Migrator;
use revocation_desk::actions::prove::prove;
use revocation_desk::actions::revoke_due::{RevokeDue, revoke_due};
use revocation_desk::ca::embedded::{EmbeddedCa, SourceOrder, SubjectAttribute};
use revocation_desk::ca::{
    Abilities, CaError, CaStatus, CertificateAuthority, IssueOrder, Issued, Receipt, RevocationOrder,
};
use revocation_desk::clock::Clock;
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::calendar::{Calendar, jst_date};
use revocation_desk::domain::certificate::{self, CertificateIdentity, ValidationType};
use revocation_desk::domain::evidence::{CrlEntry, CrlScope, CrlView};
use revocation_desk::domain::validity::ValidityPolicy;
use revocation_desk::mail::Transport;
use revocation_desk::models::columns::RunCause;
use revocation_desk::proof::{Document, FetchedCrl, ProofError, ProofSource, Sought};
use revocation_desk::services::{Parts, Services};
use revocation_desk::settings::Settings;
use revocation_desk::vault::Vault;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use sea_orm_migration::MigratorTrait;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = env::args().filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[1..] {
        ["prepare", address, cases] => prepare(address, cases.parse().unwrap()).await,
        ["work", address, chunks] => work(address, chunks.parse().unwrap()).await,
        _ => println!("usage: drain prepare ADDRESS CASES | drain work ADDRESS CHUNKS"),
    }
}

/// Tuesday 24 November 2026, 12:00 JST: a business day.
fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 24, 3, 0, 0).unwrap()
}

async fn work(address: &str, chunks: u32) {
    let mut desk = desk(address, chunks).await;
    desk.clock = Clock::starting_at(now());
    let stop = CancellationToken::new();
    let today = jst_date(now());
    let before = resident_kib("VmRSS");
    let input = RevokeDue {
        today,
        cause: RunCause::Schedule,
        dry_run: false,
        brake_lifted: true,
        stop: &stop,
        progress: &|_| (),
    };
    let batch = Actor::batch();
    let start = Instant::now();
    revoke_due(&desk, input, &batch, desk.clock.now()).await.unwrap();
    let revoked = start.elapsed().as_secs_f64();
    // As in a real run: proof follows when nothing is left to revoke, and each node looks for it.
    let counts = prove(&desk, &batch, desk.clock.now() + Duration::seconds(1)).await.unwrap();
    println!(
        "{{\"revoke_s\":{revoked:.3},\"all_s\":{:.3},\"proven\":{},\"rss_before_kib\":{before},\"rss_peak_kib\":{}}}",
        start.elapsed().as_secs_f64(),
        counts.done,
        resident_kib("VmHWM")
    );
}

async fn desk(address: &str, chunks: u32) -> Services {
    let db = connect(address).await;
    let mut settings = Settings::load(&Environment::Test.load().unwrap(), &Environment::Test).unwrap();
    settings.revocation.brake_limit = u32::MAX;
    settings.revocation.chunks = chunks;
    if let Ok(chunk) = env::var("CHUNK") {
        settings.revocation.chunk = chunk.parse().unwrap();
    }
    let transport = Transport::from_settings(&settings).unwrap();
    Services::new(Parts {
        db,
        agreement: Arc::new(settings.agreement().unwrap()),
        settings: Arc::new(settings),
        clock: Clock::system(),
        policy: Arc::new(ValidityPolicy::shipped()),
        ca: Arc::new(Null),
        authorities: Arc::default(),
        proof: Arc::new(Null),
        embedded_ca: None,
        transport: Arc::new(transport),
        vault: Vault::load(None, &env::temp_dir()).unwrap(),
        calendar: Calendar::shipped(),
    })
}

async fn connect(address: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(address);
    options.max_connections(16).sqlx_logging(false);
    Database::connect(options).await.unwrap()
}

/// A field of /proc/self/status.
fn resident_kib(field: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// A CA that says yes at once, and shows everything revoked.
struct Null;

#[async_trait]
impl CertificateAuthority for Null {
    async fn revoke(&self, order: &RevocationOrder) -> Result<Receipt, CaError> {
        Ok(Receipt { revoked_at: order.now, text: "accepted".to_owned() })
    }

    async fn status(&self, _: &CertificateIdentity) -> Result<CaStatus, CaError> {
        Ok(CaStatus::Good)
    }

    async fn issue(&self, _: &IssueOrder) -> Result<Issued, CaError> {
        Err(CaError::Unsupported("the null connector".to_owned()))
    }

    async fn issuers(&self, _: &[u8]) -> Result<Vec<Vec<u8>>, CaError> {
        Ok(Vec::new())
    }

    async fn check(&self) -> Result<Abilities, CaError> {
        Ok(Abilities { revoke: true, status: true, issue: false, says: String::new() })
    }
}

#[async_trait]
impl ProofSource for Null {
    async fn crls(&self, _: &str, sought: &[Sought]) -> Vec<Result<FetchedCrl, ProofError>> {
        let view = CrlView {
            signature_valid: true,
            issuer_matches: true,
            this_update: now(),
            next_update: Some(now() + Duration::days(7)),
            scope: CrlScope::Complete,
            entries: vec![CrlEntry { revoked_at: now(), reason: Some(4) }],
        };
        let views: HashMap<_, _> = sought.iter().map(|one| (one.serial.clone(), view.clone())).collect();
        let document = Document {
            source: "http://crl.test/issuing.crl".to_owned(),
            bytes: b"CRL".to_vec().into(),
            sha256: "0".repeat(64),
            this_update: now(),
            next_update: Some(now() + Duration::days(7)),
        };
        vec![Ok(FetchedCrl { document, views })]
    }
}

/// Makes two real certificates, old and new, and lets the database make as many like them as wanted: other serial numbers,
/// other fingerprints, everything else the same.
async fn prepare(address: &str, cases: i64) {
    let db = connect(address).await;
    Migrator::up(&db, None).await.unwrap();
    let folder = env::temp_dir().join(format!("drain-{}", Uuid::new_v4()));
    let ca = EmbeddedCa::open(db.clone(), &folder, "http://desk.example.jp", now()).unwrap();
    let (old, new) = (a_certificate(&ca, 100).await, a_certificate(&ca, 7).await);
    fs::remove_dir_all(&folder).unwrap();
    for statement in fill(cases, &old, &new) {
        db.execute_unprepared(&statement).await.unwrap();
    }
}

async fn a_certificate(ca: &EmbeddedCa, issued_days_ago: i64) -> Vec<u8> {
    let key = rcgen::KeyPair::generate().unwrap();
    let request = rcgen::CertificateParams::default().serialize_request(&key).unwrap();
    let order = SourceOrder {
        subject: vec![
            (SubjectAttribute::Country, "JP".to_owned()),
            (SubjectAttribute::State, "Tokyo".to_owned()),
            (SubjectAttribute::Organization, "Example Trading Co., Ltd.".to_owned()),
            (SubjectAttribute::CommonName, "www.example.jp".to_owned()),
        ],
        dns_names: vec!["www.example.jp".to_owned(), "example.jp".to_owned()],
        validation: ValidationType::Ov,
        csr_der: request.der().to_vec(),
        not_before: now() - Duration::days(issued_days_ago),
        not_after: now() + Duration::days(200),
        request_id: Uuid::new_v4(),
        now: now() - Duration::days(issued_days_ago),
    };
    ca.sign_source_certificate(&order).await.unwrap()
}

/// SQL that fills the tables.
fn fill(cases: i64, old: &[u8], new: &[u8]) -> Vec<String> {
    let day = |days: i64| (now() - Duration::days(days)).to_rfc3339();
    let (filed, called, today): (_, _, NaiveDate) =
        (day(7), (now() - Duration::hours(1)).to_rfc3339(), jst_date(now()));
    vec![
        format!(
            "INSERT INTO subscribers (id, name, search_name, created_at)
             SELECT i, '例示商事株式会社' || i, '例示商事株式会社' || i, '{filed}' FROM generate_series(1, {cases} / 5 + 1) i"
        ),
        format!(
            "INSERT INTO contacts (subscriber_id, role, name, department, email, phone, phone_source, verified_by,
                verified_on, created_at)
             SELECT i, role, '例文 花', '情報システム部', 'hana' || i || '@example.jp', '03-0000-4182', '登記簿', 'system',
                '2026-06-01', '{filed}'
             FROM generate_series(1, {cases} / 5 + 1) i, (VALUES ('procedure_contact'), ('application_responsible')) r(role)"
        ),
        certificates(cases, old, "a", "2 * i - 1", "NULL", 100),
        certificates(cases, new, "b", "2 * i", "2 * i - 1", 7),
        format!(
            "INSERT INTO reissue_applications (id, reception_number, certificate_id, reason, requested_on, csr_reused, channel,
                filed_by, filed_by_name, filed_at, needs_reexamination)
             SELECT i, {NUMBER}, 2 * i - 1, 'server_replacement', '{today}', TRUE, 'portal', 'customer:1', '例文 花',
                '{filed}', FALSE FROM generate_series(1, {cases}) i"
        ),
        format!(
            "INSERT INTO revocation_cases (id, reception_number, application_id, subscriber_id, source_certificate_id,
                replacement_certificate_id, state, version, revocation_reason, requested_on, due_on, fence, opened_at, updated_at)
             SELECT i, {NUMBER}, i, i / 5 + 1, 2 * i - 1, 2 * i, 'confirmed', 3, 4, '{today}', '{today}', 1, '{filed}', '{called}'
             FROM generate_series(1, {cases}) i"
        ),
        format!(
            "INSERT INTO calls (id, case_id, case_version, caller, caller_name, contact_id, outcome, spoke_with,
                name_and_company, reception_number_or_common_name, called_at)
             SELECT i, i, 2, 'staff:1', '窓口 美咲', 1, 'confirmed', 'procedure_contact', TRUE, TRUE, '{called}'
             FROM generate_series(1, {cases}) i"
        ),
        format!(
            "INSERT INTO authorizations (case_id, case_version, kind, call_id, granted_by, granted_by_name, granted_at)
             SELECT i, 3, 'phone_confirmation', i, 'staff:1', '窓口 美咲', '{called}' FROM generate_series(1, {cases}) i"
        ),
        "VACUUM ANALYZE".to_owned(),
        "CHECKPOINT".to_owned(),
    ]
}

const NUMBER: &str =
    "'RQ-' || to_char(DATE '2020-01-01' + (i / 9000)::int, 'YYMMDD') || '-' || lpad((i % 9000 + 1)::text, 4, '0')";

fn certificates(cases: i64, der: &[u8], kind: &str, id: &str, origin: &str, issued_days_ago: i64) -> String {
    let facts = certificate::parse_der(der).unwrap();
    let octets = facts.serial.octets();
    let place = der.windows(octets.len()).position(|window| window == octets).unwrap() + 1;
    let digits = octets.len() * 2;
    let identity = facts.identity();
    format!(
        "INSERT INTO certificates (id, subscriber_id, origin_id, issuer, serial, sha256, der, validation, common_name,
            organization, dns_names, search_names, spki_sha256, key_label, not_before, not_after, entitlement_end_on, created_at)
         SELECT {id}, i / 5 + 1, {origin}, '{issuer}', serial, encode(sha256(der), 'hex'), der, 'ov', 'www.example.jp',
            'Example Trading Co., Ltd.', E'www.example.jp\\nexample.jp', E'www.example.jp\\nwww.example.jp\\nexample.jp',
            encode(sha256(der), 'hex'), 'ECDSA P-256', '{not_before}', '{not_after}', '2027-06-01', '{not_before}'
         FROM (
            SELECT i, serial, overlay(decode('{der}', 'hex') PLACING decode(serial, 'hex') FROM {place}) AS der
            FROM (SELECT i, substr('4' || md5('{kind}' || i) || md5(i || '{kind}'), 1, {digits}) AS serial
                FROM generate_series(1::bigint, {cases}) i) numbered
         ) made",
        issuer = identity.issuer,
        der = hex::encode(der),
        not_before = (now() - Duration::days(issued_days_ago)).to_rfc3339(),
        not_after = (now() + Duration::days(200)).to_rfc3339(),
    )
}
