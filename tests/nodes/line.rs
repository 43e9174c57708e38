//! The address under which nodes know their database: a line that can be laid to another server.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub struct Line {
    /// `127.0.0.1:port`, the same for good.
    pub address: SocketAddr,
    end: watch::Sender<End>,
}

/// What is at the other end.
#[derive(Clone, PartialEq)]
enum End {
    Server(String),
    /// A host without power: it says nothing, not even that it is gone.
    Nothing,
}

impl Line {
    pub async fn to(server: String) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (end, seen) = watch::channel(End::Server(server));
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(join(near, seen.clone()));
            }
        });
        Self { address, end }
    }

    /// Calls go to `server` from now on; those under way are cut off, unless the line was silent.
    pub fn lead_to(&self, server: String) {
        self.end.send_replace(End::Server(server));
    }

    /// Calls under way are never heard of again, and new ones are not answered.
    pub fn fall_silent(&self) {
        self.end.send_replace(End::Nothing);
    }
}

async fn join(mut near: TcpStream, mut end: watch::Receiver<End>) {
    let silence = std::future::pending::<()>();
    let End::Server(server) = end.borrow_and_update().clone() else { return silence.await };
    let Ok(mut far) = TcpStream::connect(server).await else { return };
    tokio::select! {
        _ = copy_bidirectional(&mut near, &mut far) => return,
        _ = end.changed() => {}
    }
    if *end.borrow() == End::Nothing {
        silence.await;
    }
}
