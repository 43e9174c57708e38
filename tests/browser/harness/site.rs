//! The program in this process, on a port of its own.

use std::net::SocketAddr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use loco_rs::config::Config;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task::AbortHandle;

use super::window::{Screen, Window};
use crate::builders::World;
use crate::fake_ca::FakeCa;
use crate::line::Line;
use crate::support::app::{TestApp, set};

/// How many tests may have browsers at a time.
static SEATS: Semaphore = Semaphore::const_new(2);

pub struct Site {
    pub app: TestApp,
    /// Builders for what the site is to hold. Its CA is the program's.
    pub world: World,
    pub url: String,
    server: AbortHandle,
    _seat: SemaphorePermit<'static>,
}

impl Site {
    /// Tuesday 24 November 2026, 10:00 JST.
    pub async fn open() -> Self {
        Self::open_at("2026-11-24T01:00:00Z".parse().unwrap()).await
    }

    pub async fn open_at(now: DateTime<Utc>) -> Self {
        Self::open_with(now, |_| {}).await
    }

    /// By a name, which passkeys need.
    pub async fn open_by_name() -> Self {
        let now = "2026-11-24T01:00:00Z".parse().unwrap();
        let mut site = Self::open_with(now, |config| {
            let url = config.settings.as_ref().unwrap()["public_url"].as_str().unwrap().to_owned();
            set(config, "public_url", url.replace("127.0.0.1", "localhost"));
        })
        .await;
        site.url = site.url.replace("127.0.0.1", "localhost");
        site
    }

    /// With changed settings.
    pub async fn open_with(now: DateTime<Utc>, change: impl FnOnce(&mut Config)) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        Self::serve(listener, address, now, change).await
    }

    /// Behind a line that can be cut; with where the line leads while it is whole.
    pub async fn on_a_line() -> (Self, Line, String) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let server = listener.local_addr().unwrap().to_string();
        let line = Line::to(server.clone()).await;
        let now = "2026-11-24T01:00:00Z".parse().unwrap();
        (Self::serve(listener, line.address, now, |_| {}).await, line, server)
    }

    /// These pages instead of the program's.
    pub async fn showing(pages: axum::Router) -> Self {
        let mut site = Self::open().await;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        site.url = format!("http://{}", listener.local_addr().unwrap());
        site.server.abort();
        site.server = tokio::spawn(async move { axum::serve(listener, pages).await.unwrap() }).abort_handle();
        site
    }

    async fn serve(
        listener: TcpListener,
        address: SocketAddr,
        now: DateTime<Utc>,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let seat = SEATS.acquire().await.unwrap();
        let url = format!("http://{address}");
        let app = TestApp::start_with(|config| {
            set(config, "clock_starts_at", now.to_rfc3339());
            set(config, "public_url", url.as_str());
            change(config);
        })
        .await;
        let ca = Arc::new(FakeCa::new(app.services().embedded_ca.unwrap()));
        app.change_services(|services| services.ca = ca.clone());
        let world = World::of_program(app.services(), ca);
        let service = app.router().into_make_service_with_connect_info::<SocketAddr>();
        let server = tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
        Self { app, world, url, server: server.abort_handle(), _seat: seat }
    }

    /// Waits until nothing goes on in the background.
    pub async fn is_done(&self) {
        self.app.services().finished().await;
    }

    /// The browser of one person.
    pub async fn window(&self, screen: Screen) -> Window {
        self.window_for(screen, true).await
    }

    /// Without script the browser runs none of any page.
    pub async fn window_for(&self, screen: Screen, scripted: bool) -> Window {
        Window::open_on(&self.url, screen, scripted).await
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.server.abort();
    }
}
