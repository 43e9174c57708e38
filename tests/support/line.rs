//! An address that leads to a server and can be laid to another one, or cut.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub struct Line {
    /// `127.0.0.1:port`, the same for good.
    pub address: SocketAddr,
    server: watch::Sender<String>,
}

impl Line {
    pub async fn to(server: String) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (server, seen) = watch::channel(server);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(join(near, seen.clone()));
            }
        });
        Self { address, server }
    }

    /// Calls go to `server` from now on; those under way are cut off.
    pub fn lead_to(&self, server: String) {
        self.server.send_replace(server);
    }
}

async fn join(mut near: TcpStream, mut server: watch::Receiver<String>) {
    let place = server.borrow_and_update().clone();
    let Ok(mut far) = TcpStream::connect(place).await else { return };
    tokio::select! {
        _ = copy_bidirectional(&mut near, &mut far) => {}
        _ = server.changed() => {}
    }
}
