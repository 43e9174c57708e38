//! A desk that is worked over the API alone. The day is Tuesday 24 November 2026, 10:00 JST.

use axum::http::Method;
use chrono::{DateTime, Duration, Utc};
use revocation_desk::ca::embedded::{EmbeddedCa, SourceOrder, SubjectAttribute as A};
use revocation_desk::domain::certificate::{ValidationType, pem};
use revocation_desk::domain::role::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::app::{Answer, PUBLIC_URL, Program, TestApp};

pub const TODAY: &str = "2026-11-24";

/// The program, and one token for each role.
pub struct Desk {
    pub app: TestApp,
    pub agent: Program,
    pub supervisor: Program,
    pub admin: Program,
    pub auditor: Program,
}

impl Desk {
    pub async fn open() -> Self {
        let app = TestApp::start().await;
        Self {
            agent: app.program(Role::Agent).await,
            supervisor: app.program(Role::Supervisor).await,
            admin: app.program(Role::Admin).await,
            auditor: app.program(Role::Auditor).await,
            app,
        }
    }

    /// An organisation with both contacts; its id.
    pub async fn subscriber(&self) -> i64 {
        let answer = self.admin.post("/api/v1/subscribers", json!({ "name": "例示商事株式会社" })).await;
        let id = answer.assert_status(201).json()["id"].as_i64().unwrap();
        for role in ["procedure_contact", "application_responsible"] {
            self.admin.post(&format!("/api/v1/subscribers/{id}/contacts"), contact(role)).await.assert_status(201);
        }
        id
    }

    /// A certificate issued 100 days ago with 150 days to go, registered for a new subscriber.
    pub async fn certificate(&self, validation: ValidationType, name: &str) -> Value {
        let pem = self.signed(validation, name, self.app.now() - Duration::days(100)).await;
        let new = json!({ "subscriber_id": self.subscriber().await, "pem": pem });
        self.admin.post("/api/v1/certificates", new).await.assert_status(201).json()
    }

    /// PEM of a certificate of the embedded CA.
    pub async fn signed(&self, validation: ValidationType, name: &str, not_before: DateTime<Utc>) -> String {
        let now = self.app.now();
        let ca = EmbeddedCa::open(self.app.ctx.db.clone(), &self.app.data_dir().join("ca"), PUBLIC_URL, now).unwrap();
        let subject = [(A::Country, "JP"), (A::Organization, "Reiji Shoji K.K."), (A::CommonName, name)];
        let order = SourceOrder {
            subject: subject.into_iter().map(|(attribute, value)| (attribute, value.to_owned())).collect(),
            dns_names: vec![name.to_owned()],
            validation,
            csr_der: a_request().1,
            not_before,
            not_after: now + Duration::days(150),
            request_id: Uuid::new_v4(),
            now,
        };
        pem::encode("CERTIFICATE", &ca.sign_source_certificate(&order).await.unwrap())
    }

    /// A case that waits for its call today.
    pub async fn case(&self, validation: ValidationType) -> Value {
        let certificate = self.certificate(validation, "www.example.jp").await;
        let filed = self.admin.post("/api/v1/reissues", application(&certificate)).await;
        filed.assert_status(201).json()["case"].clone()
    }

    /// A case whose contact has agreed, as the agent's telephone system recorded it.
    pub async fn confirmed_case(&self) -> Value {
        let case = self.case(ValidationType::Ov).await;
        self.act(&self.agent, &case, "claim", None).await.assert_status(200);
        let call = confirming(&case, "procedure_contact");
        self.act(&self.agent, &case, "calls", Some(call)).await.assert_status(201).json()
    }

    /// Posts to a resource of the case.
    pub async fn act(&self, program: &Program, case: &Value, resource: &str, body: Option<Value>) -> Answer {
        program.call(Method::POST, &path(case, resource), body, &[]).await
    }

    pub async fn reload(&self, case: &Value) -> Value {
        self.auditor.get(&path(case, "")).await.assert_status(200).json()
    }
}

/// The same program with another token, or none.
pub fn with_token(program: &Program, token: Option<String>) -> Program {
    let mut other = program.clone();
    other.token = token;
    other
}

pub fn path(case: &Value, resource: &str) -> String {
    let number = case["reception_number"].as_str().unwrap();
    format!("/api/v1/cases/{number}/{resource}").trim_end_matches('/').to_owned()
}

pub fn contact(role: &str) -> Value {
    let (name, phone) = match role {
        "procedure_contact" => ("例文 花", "03-0000-4182"),
        _ => ("例田 一郎", "03-0000-3390 内線 21"),
    };
    json!({
        "role": role, "name": name, "email": "contact@example.jp", "phone": phone,
        "phone_source": "登記簿", "verified_on": "2026-05-01",
    })
}

/// An application for today with a new key.
pub fn application(certificate: &Value) -> Value {
    json!({
        "certificate_id": certificate["id"], "reason": "server_replacement", "requested_on": TODAY,
        "csr": a_request().0, "consent": { "version": "1.0" },
    })
}

pub fn confirming(case: &Value, whom: &str) -> Value {
    json!({
        "outcome": "confirmed", "spoke_with": whom, "version": case["version"],
        "identity_checks": ["name_and_company", "reception_number_or_common_name"],
    })
}

/// The order to revoke the source of the case.
pub fn revocation(case: &Value) -> Value {
    let serial = case["source"]["serial_number"].as_str().unwrap();
    json!({ "serial_suffix": serial[serial.len() - 4..], "version": case["version"] })
}

/// PEM and DER of a request with a fresh key.
pub fn a_request() -> (String, Vec<u8>) {
    let key = rcgen::KeyPair::generate().unwrap();
    let request = rcgen::CertificateParams::default().serialize_request(&key).unwrap();
    (request.pem().unwrap(), request.der().to_vec())
}

/// Status, code and the fields of a refusal.
#[track_caller]
pub fn assert_refused(answer: &Answer, status: u16, code: &str, fields: &[&str]) {
    answer.assert_status(status);
    assert!(answer.header("content-type").starts_with("application/problem+json"), "{:?}", answer.headers);
    let problem = answer.json();
    let all: Vec<&str> = problem["errors"].as_array().unwrap().iter().map(|e| e["code"].as_str().unwrap()).collect();
    assert!(problem["code"] == code || all.contains(&code), "{problem}");
    assert!(!answer.body.contains("???"), "a sentence is missing: {problem}");
    for field in fields {
        let named = problem["errors"].as_array().unwrap().iter().any(|error| error["field"] == *field);
        assert!(named, "no error of {field} in {problem}");
    }
}
