//! Looks at customers' hosts: connects like a browser and says which certificate each one shows.
//!
//! Owns the connection and what must not be connected to. Must not know cases, must not judge what was seen
//! (`domain::installation` does), sends nothing after the handshake and follows nothing.

mod tls;

use async_trait::async_trait;

pub use tls::TlsHosts;

use crate::domain::certificate::Fingerprint;
use crate::domain::installation::Hindrance;

#[async_trait]
pub trait Hosts: Send + Sync {
    /// The leaf certificates that `name` shows on `port`, one for each of its addresses that shows any.
    async fn served(&self, name: &str, port: u16) -> Result<Vec<Fingerprint>, Hindrance>;
}
