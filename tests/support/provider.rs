//! A real provider of single sign-on (`scripts/oidc`) that runs for each test.
//!
//! It takes anybody at their word, and does not ask anew: when it asked, a test says for it.

#![allow(dead_code, reason = "not every folder uses all of it")]

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::json;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Stopped with the test.
pub struct Provider {
    process: Child,
    pub url: String,
    stderr: BufReader<std::process::ChildStderr>,
}

impl Provider {
    pub fn start() -> Self {
        let people = [
            json!({ "sub": "hana", "email": "Hana@ca.example", "email_verified": true }),
            json!({ "sub": "unverified", "email": "jiro@ca.example", "email_verified": false }),
            json!({ "sub": "other-hana", "email": "hana@ca.example", "email_verified": true }),
            json!({ "sub": "stranger", "email": "stranger@elsewhere.example", "email_verified": true }),
        ];
        let mut command = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/oidc"));
        // The program's clock may be anywhere.
        command.args(["--token-max-age", "100000000"]);
        for person in people {
            command.args(["--user-claims", &person.to_string()]);
        }
        let mut process = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = BufReader::new(process.stderr.take().unwrap());
        let mut told = String::new();
        let url = loop {
            let mut line = String::new();
            assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "the provider ended: {told}");
            if let Some((_, rest)) = line.split_once("running on ") {
                break rest.split_whitespace().next().unwrap().to_owned();
            }
            told.push_str(&line);
        };
        Self { process, url, stderr }
    }

    /// From now on it says of `sub` that it asked them at this time.
    pub async fn asked(&self, sub: &str, at: DateTime<Utc>) {
        let claims = json!({ "auth_time": at.timestamp() });
        let answer = client().put(format!("{}/users/{sub}", self.url)).json(&claims).send().await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let mut rest = String::new();
        let _ = self.stderr.read_to_string(&mut rest);
    }
}

/// Says at the provider who one is: the path that leads back.
pub async fn come_back(url: &str, sub: &str) -> String {
    let answer = client().post(url).form(&[("sub", sub)]).send().await.unwrap();
    let back = answer.headers()["location"].to_str().unwrap().to_owned();
    back.strip_prefix("http://desk.test").unwrap().to_owned()
}

/// Follows no redirects.
fn client() -> reqwest::Client {
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let client = reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy();
    client.redirect(reqwest::redirect::Policy::none()).build().unwrap()
}
