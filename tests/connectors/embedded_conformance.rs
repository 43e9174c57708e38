//! The embedded CA among the connectors: the same list as for all others.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use revocation_desk::ca::CertificateAuthority;
use revocation_desk::domain::certificate::CertificateFacts;
use sea_orm::{ConnectionTrait, Statement};

use crate::authority::{Authority, now};
use crate::conformance::{self, Entry, Expired, Habits, Harness, Repeated, Tells, Unknown};
use crate::wire::Wire;

async fn start() -> Authority {
    Authority::new().await
}

#[async_trait]
impl Harness for Authority {
    fn connector(&self) -> Arc<dyn CertificateAuthority> {
        Arc::new(self.ca.clone())
    }

    fn wire(&self) -> Option<&Wire> {
        None
    }

    fn habits(&self) -> Habits {
        Habits {
            name: "embedded",
            server: "the real one",
            repeated: Repeated::ToldSo,
            unknown_serial: Unknown::Refused,
            expired: Expired::Refused,
            keeps_reason: true,
            compares_sha256: true,
            status: Tells::Itself,
        }
    }

    fn now(&self) -> DateTime<Utc> {
        now()
    }

    async fn certificate(&self) -> CertificateFacts {
        self.source().await
    }

    async fn expired(&self) -> Option<CertificateFacts> {
        Some(self.source_until(now() - Duration::days(1)).await)
    }

    async fn unlisted(&self) -> Option<CertificateFacts> {
        let certificate = self.source().await;
        let delete = format!("DELETE FROM ca_certificates WHERE serial = '{}'", certificate.serial);
        self.db.execute_unprepared(&delete).await.unwrap();
        Some(certificate)
    }

    async fn books(&self, certificate: &CertificateFacts) -> Entry {
        let sql = "SELECT reason FROM ca_revocations WHERE serial = $1";
        let serial = certificate.serial.to_string().into();
        let statement = Statement::from_sql_and_values(self.db.get_database_backend(), sql, [serial]);
        match self.db.query_one_raw(statement).await.unwrap() {
            Some(row) => Entry::Revoked(u8::try_from(row.try_get_by_index::<i32>(0).unwrap()).ok()),
            None => Entry::Good,
        }
    }
}

conformance::suite!(start);
