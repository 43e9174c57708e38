//! The program as people meet it: in a browser, over a real connection.
//!
//! A test opens a [`harness::Site`] (the program in this process, on a port of its own, with its own database, folder and
//! clock) and one [`harness::Window`] for each person (a Chromium with an empty profile, or one that was emptied). A window is told what a person would
//! do and see, in the words on the page:
//!
//! ```ignore
//! let site = Site::open().await;                       // Tuesday 24 November 2026, 10:00 JST
//! let case = site.world.a_case().open().await;         // tests/support/builders.rs
//! site.app.user("misaki@ca.example", Role::Agent).await;
//! let agent = site.window(Screen::Desk).await;
//! agent.open("/login").await;
//! agent.fill("メールアドレス", "misaki@ca.example").await;
//! agent.fill("パスワード", PASSWORD).await;
//! agent.press("ログイン").await;                        // a button or a link, by its text
//! agent.sees("本日の電話確認").await;
//! agent.is_sound("today").await;                       // accessible, no sideways scroll, nothing on the console
//! ```
//!
//! Nothing waits for a while: each step waits for what it needs, up to a generous limit, and then says what was there
//! instead. `is_sound` leaves a picture in `target/browser/<test>-<step>.png`, a failed step one in `<test>-failed.png`.
//!
//! The browser is Debian's `chromium` with its `chromium-driver`; `scripts/setup test` installs both. They are spoken to by
//! WebDriver, which is JSON over HTTP: the client is [`harness`] itself, because client crates bring features that would
//! make cargo build every dependency twice. At most two tests have browsers at a time.

#![allow(clippy::unwrap_used, reason = "a test stops where something is wrong")]
#![allow(clippy::large_futures, reason = "walks are long")]

#[path = "../support/mod.rs"]
mod support;

#[path = "../support/builders.rs"]
mod builders;
#[path = "../support/database.rs"]
mod database;
#[path = "../support/fake_ca.rs"]
mod fake_ca;
#[path = "../support/line.rs"]
mod line;
#[path = "../support/provider.rs"]
mod provider;
#[path = "../support/tls_sites.rs"]
mod tls_sites;

// A page that gets a sample is looked at here, too.
#[path = "../http/samples.rs"]
#[allow(dead_code, reason = "the tests of single pages use the rest")]
mod samples;
#[path = "../http/samples_contacts.rs"]
#[allow(dead_code, reason = "the tests of single pages use the rest")]
mod samples_contacts;
#[path = "../http/samples_imports.rs"]
#[allow(dead_code, reason = "the tests of single pages use the rest")]
mod samples_imports;
#[path = "../http/samples_installation.rs"]
#[allow(dead_code, reason = "the tests of single pages use the rest")]
mod samples_installation;
#[path = "../http/samples_lists.rs"]
#[allow(dead_code, reason = "the tests of single pages use the rest")]
mod samples_lists;
#[path = "../http/samples_live.rs"]
#[allow(dead_code, reason = "the tests of single pages use the rest")]
mod samples_live;
#[path = "../http/samples_preferences.rs"]
#[allow(dead_code, reason = "the tests of single pages use the rest")]
mod samples_preferences;
#[path = "../http/samples_reading.rs"]
#[allow(dead_code, reason = "the tests of single pages use the rest")]
mod samples_reading;
#[path = "../http/samples_reissue.rs"]
#[allow(dead_code, reason = "the tests of single pages use the rest")]
mod samples_reissue;
#[path = "../http/samples_settings.rs"]
#[allow(dead_code, reason = "the tests of single pages use the rest")]
mod samples_settings;
#[path = "../http/samples_sign_in.rs"]
#[allow(dead_code, reason = "the tests of single pages use the rest")]
mod samples_sign_in;
#[path = "../http/samples_texts.rs"]
#[allow(dead_code, reason = "the tests of single pages use the rest")]
mod samples_texts;
#[path = "../http/samples_webhooks.rs"]
#[allow(dead_code, reason = "the tests of single pages use the rest")]
mod samples_webhooks;

mod every_page;
mod harness;
mod hostile;

mod portal;
mod staff;
