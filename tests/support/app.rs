//! The whole program on a database and a data folder of its own, and browsers and programs that talk to it.
//!
//! A test boots with [`TestApp::start`], logs somebody in with [`TestApp::login_as`] and goes on as a [`Browser`], or
//! takes a [`Program`] with a token. Time is set, never waited for ([`TestApp::set_time`]).

#![allow(dead_code, reason = "each test binary uses its part")]
#![allow(clippy::unwrap_used, reason = "a test stops where something is wrong")]

use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use chrono::{DateTime, Duration, Utc};
use loco_rs::{
    app::{AppContext, Hooks},
    boot::StartMode,
    config::Config,
    environment::Environment,
};
use revocation_desk::{
    actions::create_token::{NewToken, create_token},
    app::App,
    clock::Clock,
    domain::{actor::Actor, role::Role},
    models::{customers, passwords::Passwords, users},
    services::Services,
};
use tempfile::TempDir;
use tower::ServiceExt;

use crate::database;

/// Where the tests' program says it is.
pub const PUBLIC_URL: &str = "http://desk.test";
/// The password of everybody whom [`TestApp::user`] makes.
pub const PASSWORD: &str = "correct horse battery";

pub struct TestApp {
    pub ctx: AppContext,
    router: Router,
    folder: TempDir,
}

impl TestApp {
    /// On the morning of a business day, Tuesday 24 November 2026, 10:00 JST.
    pub async fn start() -> Self {
        Self::start_at("2026-11-24T01:00:00Z".parse().unwrap()).await
    }

    pub async fn start_at(now: DateTime<Utc>) -> Self {
        Self::start_with(|config| set(config, "clock_starts_at", now.to_rfc3339())).await
    }

    /// With changed settings; see [`set`].
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = App::load_config(&Environment::Test).await.unwrap();
        config.database.uri = database::empty(folder.path()).await;
        set(&mut config, "data_dir", folder.path().to_string_lossy());
        set(&mut config, "public_url", PUBLIC_URL);
        change(&mut config);
        let booted = App::boot(StartMode::ServerOnly, &Environment::Test, config).await.unwrap();
        Self { ctx: booted.app_context, router: booted.router.unwrap(), folder }
    }

    /// To be served on a port.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    pub fn services(&self) -> Services {
        Services::of(&self.ctx).unwrap()
    }

    /// Where the program keeps its files.
    pub fn data_dir(&self) -> &std::path::Path {
        self.folder.path()
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.services().clock.now()
    }

    /// From here on the program's clock runs on from `now`.
    pub fn set_time(&self, now: DateTime<Utc>) {
        self.change_services(|services| services.clock = Clock::starting_at(now));
    }

    pub fn pass(&self, time: Duration) {
        self.set_time(self.now() + time);
    }

    /// Swaps a port, such as the CA, for all requests from here on.
    pub fn change_services(&self, change: impl FnOnce(&mut Services)) {
        let mut services = self.services();
        change(&mut services);
        self.ctx.shared_store.insert(services);
    }

    /// A member of staff with [`PASSWORD`].
    pub async fn user(&self, email: &str, role: Role) -> users::Model {
        let password_hash = Passwords::of(&self.ctx).unwrap().hash(PASSWORD.to_owned()).await.unwrap();
        let new = users::NewUser {
            email: email.to_owned(),
            name: format!("例文 {}", role.as_str()),
            role,
            password_hash,
            must_change_password: false,
        };
        users::insert(&self.ctx.db, new, self.now()).await.unwrap()
    }

    /// A browser in which somebody with this role is logged in.
    pub async fn login_as(&self, role: Role) -> Browser {
        self.login_another(role, &format!("{}@ca.example", role.as_str())).await
    }

    /// An account of the portal with [`PASSWORD`].
    pub async fn customer(&self, subscriber_id: i64, login: &str) -> customers::Customer {
        let password_hash = Passwords::of(&self.ctx).unwrap().hash(PASSWORD.to_owned()).await.unwrap();
        let new = customers::NewCustomer {
            subscriber_id,
            login: login.to_owned(),
            name: "例文 花".to_owned(),
            email: format!("{login}@customer.example"),
            password_hash: Some(password_hash),
        };
        customers::insert(&self.ctx.db, new, self.now()).await.unwrap()
    }

    /// A browser in which a new customer of this subscriber is logged in to the portal.
    pub async fn login_customer(&self, subscriber_id: i64, login: &str) -> Browser {
        self.customer(subscriber_id, login).await;
        self.browser_of(login).await
    }

    /// One more browser of the customer with this ユーザーID.
    pub async fn browser_of(&self, login: &str) -> Browser {
        let mut browser = self.visitor();
        let answer = browser.log_in_to_portal(login, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        browser
    }

    /// One more person with the same role.
    pub async fn login_another(&self, role: Role, email: &str) -> Browser {
        self.user(email, role).await;
        let mut browser = self.visitor();
        let answer = browser.log_in(email, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        browser
    }

    /// A browser in which nobody is logged in.
    pub fn visitor(&self) -> Browser {
        Browser {
            router: self.router.clone(),
            cookies: BTreeMap::new(),
            address: "127.0.0.1".to_owned(),
            origin: Some(PUBLIC_URL.to_owned()),
        }
    }

    /// A program with a token of this role.
    pub async fn program(&self, role: Role) -> Program {
        let new = NewToken {
            name: format!("{} program", role.as_str()),
            role,
            read_only: false,
            lifetime: Duration::days(1),
            reason: None,
        };
        let (_, token) = create_token(&self.ctx.db, new, &Actor::system(), self.now()).await.unwrap();
        Program { router: self.router.clone(), token: Some(token) }
    }
}

/// Changes one setting, named by its dotted key.
pub fn set(config: &mut Config, key: &str, value: impl Into<serde_json::Value>) {
    let settings = config.settings.get_or_insert_default();
    let place = key.split('.').fold(settings, |section, name| &mut section[name]);
    *place = value.into();
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn location(&self) -> &str {
        self.header(header::LOCATION.as_str())
    }

    /// The header's value, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {:?}", self.body))
    }

    #[track_caller]
    pub fn assert_status(&self, expected: u16) -> &Self {
        assert_eq!(self.status.as_u16(), expected, "{:?} {}", self.headers, self.body);
        self
    }

    #[track_caller]
    pub fn assert_contains(&self, text: &str) -> &Self {
        assert!(self.shows(text), "no {text:?} in {}", self.body);
        self
    }

    #[track_caller]
    pub fn assert_lacks(&self, text: &str) -> &Self {
        assert!(!self.shows(text), "{text:?} in {}", self.body);
        self
    }

    /// In the page as it is written, or as a sentence whose numbers are kept in one piece by an element of their own.
    fn shows(&self, text: &str) -> bool {
        const OPENS: &str = "<span class=\"num\">";
        let (head, marked) = self.body.split_once(OPENS).unwrap_or((&self.body, ""));
        let sentences = marked.split(OPENS).map(|part| part.replacen("</span>", "", 1));
        self.body.contains(text) || sentences.fold(head.to_owned(), |all, part| all + &part).contains(text)
    }

    /// The hidden fields of the form that posts to `action`.
    pub fn hidden_fields(&self, action: &str) -> Vec<(String, String)> {
        let start = self
            .body
            .find(&format!("action=\"{}\"", escaped(action)))
            .unwrap_or_else(|| panic!("no form posts to {action} in {}", self.body));
        let form = &self.body[start..];
        let form = &form[..form.find("</form>").unwrap_or(form.len())];
        let inputs = form.split("<input ").filter(|input| input.starts_with("type=\"hidden\""));
        inputs.map(|input| (attribute(input, "name"), attribute(input, "value"))).collect()
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&#38;")
}

fn attribute(element: &str, name: &str) -> String {
    let rest = element.split(&format!("{name}=\"")).nth(1).unwrap_or_default();
    rest.split('"').next().unwrap_or_default().replace("&#38;", "&")
}

/// Keeps cookies, follows nothing, and says where its posts come from as browsers do.
#[derive(Clone)]
pub struct Browser {
    router: Router,
    cookies: BTreeMap<String, String>,
    /// The network address.
    pub address: String,
    /// Sent with posts; `None` sends none.
    pub origin: Option<String>,
}

impl Browser {
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Fills in the form on `page` that posts to `action`: its hidden fields, and these.
    pub async fn post_form(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let shown = self.get(page).await;
        let hidden = shown.hidden_fields(action);
        let mut all: Vec<(&str, &str)> = hidden
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .filter(|(name, _)| fields.iter().all(|(given, _)| given != name))
            .collect();
        all.extend_from_slice(fields);
        self.post(action, &all).await
    }

    /// The token of a logged-in customer's forms.
    pub async fn portal_csrf(&mut self) -> String {
        self.get("/portal/certificates").await.hidden_fields("/portal/logout").remove(0).1
    }

    /// Posts exactly these fields.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = fields.iter().map(|(name, value)| format!("{}={}", percent(name), percent(value)));
        let mut request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(origin) = &self.origin {
            request = request.header(header::ORIGIN, origin);
        }
        self.send(request.body(Body::from(body.collect::<Vec<_>>().join("&"))).unwrap()).await
    }

    /// Posts these parts as a form does that holds a file: name, file name or none, content.
    pub async fn post_parts(&mut self, path: &str, parts: &[(&str, Option<&str>, &[u8])]) -> Answer {
        let mut body = Vec::new();
        for (name, file, content) in parts {
            let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
            let head = format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--x--\r\n");
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x")
            .header(header::ORIGIN, PUBLIC_URL);
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    /// The same with the hidden fields of the form on `page`.
    pub async fn attach(&mut self, page: &str, action: &str, parts: &[(&str, Option<&str>, &[u8])]) -> Answer {
        let hidden = self.get(page).await.hidden_fields(action);
        let mut all: Vec<(&str, Option<&str>, &[u8])> =
            hidden.iter().map(|(name, value)| (name.as_str(), None, value.as_bytes())).collect();
        all.extend_from_slice(parts);
        self.post_parts(action, &all).await
    }

    pub async fn log_in(&mut self, email: &str, password: &str) -> Answer {
        self.post_form("/login", "/login", &[("email", email), ("password", password)]).await
    }

    pub async fn log_in_to_portal(&mut self, login: &str, password: &str) -> Answer {
        self.post_form("/portal/login", "/portal/login", &[("login", login), ("password", password)]).await
    }

    pub async fn send(&mut self, mut request: Request<Body>) -> Answer {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let headers = request.headers_mut();
        headers.insert(header::HOST, "desk.test".parse().unwrap());
        if !cookies.is_empty() {
            headers.insert(header::COOKIE, cookies.join("; ").parse().unwrap());
        }
        let answer = send(&self.router, request, &self.address).await;
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            match rest.split(';').next() {
                Some("") | None => self.cookies.remove(name),
                Some(value) => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        answer
    }

    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    pub fn set_cookie(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }
}

/// Speaks JSON with a bearer token.
#[derive(Clone)]
pub struct Program {
    router: Router,
    pub token: Option<String>,
}

impl Program {
    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None, &[]).await
    }

    pub async fn post(&self, path: &str, body: serde_json::Value) -> Answer {
        self.call(Method::POST, path, Some(body), &[]).await
    }

    pub async fn put(&self, path: &str, body: serde_json::Value) -> Answer {
        self.call(Method::PUT, path, Some(body), &[]).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, None, &[]).await
    }

    pub async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<serde_json::Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "desk.test");
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = match body {
            Some(body) => {
                request.header(header::CONTENT_TYPE, "application/json").body(Body::from(body.to_string())).unwrap()
            }
            None => request.body(Body::empty()).unwrap(),
        };
        send(&self.router, request, "127.0.0.1").await
    }
}

async fn send(router: &Router, mut request: Request<Body>, address: &str) -> Answer {
    let address: SocketAddr = (address.parse::<std::net::IpAddr>().unwrap(), 50_000).into();
    request.extensions_mut().insert(ConnectInfo(address));
    let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&bytes).into_owned() }
}

fn percent(text: &str) -> String {
    let encode = |byte: u8| {
        if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    text.bytes().map(encode).collect()
}
