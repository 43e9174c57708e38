//! T7: malformed certificates, requests, lists and JSON over HTTP. Nothing falls over, whatever is sent.
//!
//! A panic of a handler is answered with 500, so that no 5xx means no panic.

use axum::body::Body;
use axum::http::{Method, Request, header};
use revocation_desk::domain::role::Role;
use serde_json::{Value, json};

use super::guests::{address, go};
use super::mutations::{Dice, mutated, pem, seeds};
use super::pages::{Send, forms};
use super::routes::{self, Route};
use super::samples;
use super::town::{OpenTown, Town};
use crate::support::app::{Answer, Browser, Program};

/// How many were sent, and what fell over.
#[derive(Default)]
struct Tally {
    sent: usize,
    taken: usize,
    refused: usize,
    fallen: Vec<String>,
}

impl Tally {
    fn count(&mut self, answer: &Answer, what: impl FnOnce() -> String) {
        self.sent += 1;
        match answer.status.as_u16() {
            500.. => self.fallen.push(format!("{}: {}", what(), answer.status)),
            400.. => self.refused += 1,
            _ => self.taken += 1,
        }
    }

    #[track_caller]
    fn none_fell(self, least: usize) {
        assert!(self.fallen.is_empty(), "{} of {}:\n{}", self.fallen.len(), self.sent, self.fallen.join("\n"));
        assert!(self.sent >= least, "only {} were sent", self.sent);
        assert!(self.refused > self.sent / 2, "only {} of {} were refused", self.refused, self.sent);
        println!("{} sent, {} taken, {} refused, 0 fell over", self.sent, self.taken, self.refused);
    }
}

/// Chooses a file in a form.
async fn upload(browser: &mut Browser, address: &str, csrf: &str, field: &str, bytes: &[u8]) -> Answer {
    browser.post_parts(address, &[("_csrf", None, csrf.as_bytes()), (field, Some("a"), bytes)]).await
}

#[tokio::test]
async fn broken_certificates_are_refused() {
    let town = OpenTown::open().await;
    let program = town.app.program(Role::Admin).await;
    let (seeds, mut dice, mut tally) = (seeds("certificates"), Dice::new(1), Tally::default());
    let post = async |text: String| {
        program.post("/api/v1/certificates", json!({ "subscriber_id": town.ours.subscriber, "pem": text })).await
    };
    for seed in &seeds {
        let answer = post(pem("CERTIFICATE", seed)).await;
        tally.count(&answer, || hex::encode(seed));
    }
    for _ in 0..1500 {
        let broken = mutated(&mut dice, &seeds);
        let answer = post(pem("CERTIFICATE", &broken)).await;
        tally.count(&answer, || hex::encode(&broken));
    }
    for _ in 0..300 {
        let texts: Vec<Vec<u8>> = vec![pem("CERTIFICATE", dice.choose::<Vec<u8>>(&seeds)).into_bytes()];
        let broken = String::from_utf8_lossy(&mutated(&mut dice, &texts)).into_owned();
        let answer = post(broken.clone()).await;
        tally.count(&answer, || broken);
    }
    tally.none_fell(1800);
}

#[tokio::test]
async fn broken_requests_are_refused_at_all_three_places() {
    let town = OpenTown::open().await;
    let program = town.app.program(Role::Admin).await;
    let mut customer = town.app.browser_of(town.ours.login).await;
    let csrf = customer.portal_csrf().await;
    let page = format!("/portal/certificates/{}/reissue/csr", town.ours.certificate_number());
    let mut agent = town.app.login_as(Role::Agent).await;
    let agent_csrf = agent.get("/desk/cases").await.hidden_fields("/logout").remove(0).1;
    let certificate = town.ours.free.id.to_string();
    let (seeds, mut dice, mut tally) = (seeds("requests"), Dice::new(2), Tally::default());
    for n in 0..1500 {
        let broken = mutated(&mut dice, &seeds);
        let text = pem("CERTIFICATE REQUEST", &broken);
        let answer = match n % 3 {
            0 => upload(&mut customer, &page, &csrf, "csr_file", &broken).await,
            1 => {
                let application = json!({
                    "certificate_id": town.ours.free.id, "reason": "server_replacement", "requested_on": "2026-12-08",
                    "csr": text, "consent": { "version": "1.0" },
                });
                program.post("/api/v1/reissues", application).await
            }
            _ => {
                let fields = [
                    ("_csrf", agent_csrf.as_str()),
                    ("certificate", certificate.as_str()),
                    ("reason", "server_replacement"),
                    ("requested_on", "2026-12-08"),
                    ("csr_choice", "given"),
                    ("csr", text.as_str()),
                ];
                agent.post("/desk/reissues", &fields).await
            }
        };
        tally.count(&answer, || hex::encode(&broken));
    }
    tally.none_fell(1500);
}

/// Lists as spreadsheets write them, and worse.
const LISTS: [&str; 6] = [
    "受付番号\r\nRQ-261117-0001\r\nRQ-261117-0002\r\n",
    "\u{feff}受付番号,備考\r\n\"RQ-261117-0001\",\"a\"\"b\r\nc\"\r\n",
    "国民の祝日・休日月日,国民の祝日・休日名称\r\n2027/1/1,元日\r\n2027/1/11,成人の日\r\n",
    "\"\"\"\"\"\"\n,,,,,,\n\"unterminated\nRQ",
    "=cmd|' /C calc'!A0,+1,-1,@x\n2027/2/30,x\n99999/99/99,\u{202e}x\n",
    "a\u{0}b\tc\r\r\n\n\n\u{7f}\u{85}\u{2028}",
];

#[tokio::test]
async fn broken_lists_are_refused() {
    let town = OpenTown::open().await;
    let seeds: Vec<Vec<u8>> = LISTS.iter().map(|list| list.as_bytes().to_vec()).collect();
    let (mut dice, mut tally) = (Dice::new(3), Tally::default());
    let mut guests = Vec::new();
    for (role, address) in
        [(Role::Supervisor, "/desk/bulk/file"), (Role::Admin, "/desk/settings/calendar/holidays/preview")]
    {
        let mut browser = town.app.login_as(role).await;
        let csrf = browser.get("/desk/cases").await.hidden_fields("/logout").remove(0).1;
        guests.push((browser, csrf, address));
    }
    for n in 0..1000 {
        let broken = if n < seeds.len() * 2 { seeds[n / 2].clone() } else { mutated(&mut dice, &seeds) };
        let (browser, csrf, address) = &mut guests[n % 2];
        let answer = upload(browser, address, csrf, "file", &broken).await;
        tally.count(&answer, || String::from_utf8_lossy(&broken).into_owned());
    }
    let (browser, csrf, address) = &mut guests[0];
    let many = "RQ-261117-0001\r\n".repeat(60_000);
    let answer = upload(browser, address, csrf, "file", many.as_bytes()).await;
    tally.count(&answer, || "a long list".to_owned());
    tally.none_fell(1000);
}

/// What a member of a JSON object may be instead of what it should be.
fn nasty_values() -> Vec<Value> {
    let mut deep = json!(1);
    for _ in 0..100 {
        deep = json!([deep]);
    }
    vec![
        Value::Null,
        json!(true),
        json!(-1),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(1e300),
        json!(0.1),
        json!(""),
        json!(" "),
        json!("\u{0}"),
        json!("a\u{0}b"),
        json!("\u{202e}\u{2066}\u{feff}"),
        json!("\r\nBcc: x@example.jp"),
        json!("'; DROP TABLE revocation_cases; --"),
        json!("<script>alert(1)</script>"),
        json!("x".repeat(5000)),
        json!("😀\u{10ffff}"),
        json!("9999-12-31"),
        json!("-262144-01-01"),
        json!("2026-11-24T24:61:61Z"),
        json!([]),
        json!({}),
        json!(["a", null]),
        deep,
    ]
}

fn with_body(route: &Route) -> bool {
    route.is_api() && matches!(route.method, Method::POST | Method::PUT)
}

/// Everybody's sound bodies: the samples, with facts that could be right.
fn sound(address: &str, town: &Town) -> Vec<Value> {
    let version = town.ours.case.version;
    let mut bodies = vec![samples::body(address)];
    bodies.extend(match address.rsplit('/').next().unwrap() {
        "calls" => Some(json!({
            "outcome": "confirmed", "version": version, "spoke_with": "procedure_contact", "note": "x",
            "identity_checks": ["name_and_company"], "call_back_at": "2026-11-25T01:00:00Z", "requested_on": "2026-12-08",
        })),
        "contacts" | "contact_changes" => Some(json!({
            "role": "procedure_contact", "name": "例文", "name_kana": "レイブン", "department": "部", "email": "a@example.jp",
            "phone": "03-0000-1111", "phone_source": "登記簿", "verified_on": "2026-05-01",
        })),
        "subscribers" => Some(json!({ "name": "例", "name_kana": "レイ", "external_id": "7" })),
        "reissues" => Some(json!({
            "certificate_id": town.ours.free.id, "reason": "server_replacement", "requested_on": "2026-12-08",
            "csr": "reuse", "consent": { "version": "1.0" },
        })),
        _ => None,
    });
    bodies
}

#[tokio::test]
async fn broken_json_is_refused() {
    let town = OpenTown::open().await;
    let program = town.app.program(Role::Supervisor).await;
    let (mut dice, mut tally) = (Dice::new(4), Tally::default());
    for route in routes::all().into_iter().filter(with_body) {
        let address = address(&town, &route, &town.ours);
        for sound in sound(&address, &town) {
            for name in sound.as_object().unwrap().keys() {
                for value in nasty_values() {
                    let mut body = sound.clone();
                    body[name] = value;
                    let answer = program.call(route.method.clone(), &address, Some(body.clone()), &[]).await;
                    tally.count(&answer, || format!("{} {address} {body}", route.method));
                }
            }
            let seeds = [sound.to_string().into_bytes()];
            for _ in 0..20 {
                let broken = mutated(&mut dice, &seeds);
                let answer = raw(&mut town.app.visitor(), &program, &route, &address, &broken).await;
                tally.count(&answer, || format!("{address} {}", String::from_utf8_lossy(&broken)));
            }
        }
    }
    tally.none_fell(1500);
}

async fn raw(browser: &mut Browser, program: &Program, route: &Route, address: &str, body: &[u8]) -> Answer {
    let request = Request::builder()
        .method(route.method.clone())
        .uri(address)
        .header(header::AUTHORIZATION, format!("Bearer {}", program.token.as_deref().unwrap()))
        .header(header::CONTENT_TYPE, "application/json");
    browser.send(request.body(Body::from(body.to_vec())).unwrap()).await
}

/// Values of a part of an address or of its query, as they stand in it.
const PLACES: [&str; 12] = [
    "0",
    "-1",
    "9223372036854775808",
    "99999999999999999999999999",
    "%00",
    "a%00b",
    "%ff%fe",
    "..%2f..%2fetc%2fpasswd",
    "RQ-999999-9999",
    "%F0%9F%98%80",
    "%27%20OR%201%3D1--",
    "%E2%80%AE",
];

/// Names of queries that pages and lists know.
const QUERIES: [&str; 16] = [
    "q",
    "after",
    "before",
    "limit",
    "state",
    "view",
    "tab",
    "from",
    "until",
    "month",
    "case",
    "subscriber",
    "certificate",
    "version",
    "sort",
    "history",
];

#[tokio::test]
async fn broken_addresses_and_queries_are_refused_or_read_as_nothing() {
    let town = OpenTown::open().await;
    let mut supervisor = town.app.login_as(Role::Supervisor).await;
    let mut admin = town.app.login_as(Role::Admin).await;
    let mut customer = town.app.browser_of(town.ours.login).await;
    let program = town.app.program(Role::Supervisor).await;
    let (mut tally, mut n) = (Tally::default(), 0);
    for route in routes::all().into_iter().filter(|route| route.method == Method::GET && !route.is_stream()) {
        let mut addresses: Vec<String> = Vec::new();
        if route.path.contains('{') {
            addresses.extend(PLACES.iter().map(|place| filled(route.path, place)));
        }
        for name in QUERIES {
            n += 1;
            let plain = address(&town, &route, &town.ours);
            addresses.push(format!("{}?{name}={}", plain.split('?').next().unwrap(), PLACES[n % PLACES.len()]));
        }
        for address in addresses {
            let answer = if route.is_api() {
                program.get(&address).await
            } else if route.is_portal() {
                customer.get(&address).await
            } else if route.path.starts_with("/desk/settings") {
                admin.get(&address).await
            } else {
                supervisor.get(&address).await
            };
            tally.count(&answer, || address.clone());
        }
    }
    assert!(tally.fallen.is_empty(), "{:#?}", tally.fallen);
    assert!(tally.sent > 1500, "{}", tally.sent);
}

fn filled(path: &str, value: &str) -> String {
    let parts: Vec<_> = path.split('/').map(|part| if part.starts_with('{') { value } else { part }).collect();
    parts.join("/")
}

/// Texts that no form may fall over.
const TEXTS: [&str; 8] = [
    "a\u{0}b",
    "\u{202e}\u{2066}abc",
    "=HYPERLINK(\"http://evil.example\")",
    "x\r\nBcc: y@example.jp",
    "<img src=x onerror=alert(1)>",
    "-99999999999999999999",
    "9999-99-99",
    "😀\u{10ffff}\u{e000}",
];

/// Every form that these people see, with its own hidden fields and choices, and one broken text in all that they write.
#[tokio::test]
async fn broken_texts_in_every_form_are_refused_or_taken_as_text() {
    for role in [Some(Role::Supervisor), Some(Role::Admin), None] {
        let town = OpenTown::open().await;
        let mut browser = match role {
            Some(role) => town.app.login_as(role).await,
            None => town.app.browser_of(town.ours.login).await,
        };
        let csrf = match role {
            Some(_) => browser.get("/desk/cases").await.hidden_fields("/logout").remove(0).1,
            None => browser.portal_csrf().await,
        };
        let mut tally = Tally::default();
        let pages = |route: &Route| {
            route.method == Method::GET && !route.is_api() && !route.is_stream() && route.is_portal() == role.is_none()
        };
        for route in routes::all().into_iter().filter(pages) {
            let page = go(&mut browser, &csrf, &route, &address(&town, &route, &town.ours)).await;
            for form in forms(&page) {
                // Of the style guide's, and what would end the walk.
                let elsewhere = !form.action.starts_with('/');
                if elsewhere
                    || form.action.ends_with("/logout")
                    || form.action.contains("disable")
                    || form.action.contains("password")
                {
                    continue;
                }
                for text in TEXTS.into_iter().filter(|_| form.fields.iter().any(|field| field.is_text)) {
                    let fields: Vec<(&str, &str)> = form
                        .fields
                        .iter()
                        .map(|field| (field.name.as_str(), if field.is_text { text } else { field.value.as_str() }))
                        .collect();
                    let answer = match form.method {
                        Send::Post => browser.post(&form.action, &fields).await,
                        Send::Get => browser.get(&format!("{}?{}", form.action, query(&fields))).await,
                    };
                    tally.count(&answer, || format!("{} {text:?}", form.action));
                }
            }
        }
        assert!(tally.fallen.is_empty(), "{role:?} {:#?}", tally.fallen);
        // A customer writes little.
        let least = if role.is_some() { 100 } else { 30 };
        assert!(tally.sent > least, "{role:?} {}", tally.sent);
        println!("{role:?}: {} forms sent, 0 fell over", tally.sent);
    }
}

fn query(fields: &[(&str, &str)]) -> String {
    let percent = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    fields.iter().map(|(name, value)| format!("{}={}", percent(name), percent(value))).collect::<Vec<_>>().join("&")
}
