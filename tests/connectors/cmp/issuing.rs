//! `ir` and `p10cr`. The server hands out the one certificate that it was started with.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use revocation_desk::ca::{CaError, CertificateAuthority, IssueOrder};
use revocation_desk::domain::certificate::CertificateFacts;
use serde_json::json;
use tempfile::TempDir;

use super::connector;
use super::mock::{Mock, REFERENCE, SECRET, by_secret};
use crate::issuing::{assert_issued, order_with, request};
use crate::outside::clock;
use crate::test_ca::{Holder, TestCa};
use crate::wire::Wire;

struct Issuing {
    ca: TestCa,
    home: TempDir,
    wire: Wire,
    connector: Arc<dyn CertificateAuthority>,
    _server: Mock,
}

/// The server gives `given(ca, csr)` to whoever asks as `asking` has it.
async fn issuing(
    asking: &str,
    more: &[&str],
    given: impl Fn(&TestCa, &[u8]) -> CertificateFacts,
    csr: &[u8],
) -> Issuing {
    let (home, ca) = (tempfile::tempdir().unwrap(), TestCa::new("CMP Test CA"));
    let more = more.iter().map(|argument| (*argument).to_owned()).collect();
    let server = Mock::start(home.path(), &given(&ca, csr).der, &[by_secret(SECRET), more].concat());
    let wire = Wire::to(server.address).await;
    let setting = json!({ "kind": "cmp", "account": REFERENCE, "profile": asking });
    let connector = connector(&home, &ca, &wire, setting);
    Issuing { ca, home, wire, connector, _server: server }
}

fn until() -> DateTime<Utc> {
    clock() + Duration::days(100)
}

fn as_ordered(ca: &TestCa, csr: &[u8]) -> CertificateFacts {
    ca.sign_request(&Holder::example(), csr, until())
}

impl Issuing {
    fn order(&self, csr: &[u8]) -> IssueOrder {
        let source = self.ca.sign(&Holder::example(), clock() + Duration::days(200));
        order_with(&source, csr.to_vec(), until())
    }
}

#[tokio::test]
async fn a_template_has_the_names_of_the_source_and_the_key_of_the_request() {
    let csr = crate::authority::ec_request();
    let cmp = issuing("ir", &["-accept_raverified"], as_ordered, &csr).await;
    let order = cmp.order(&csr);

    let issued = cmp.connector.issue(&order).await.unwrap();

    assert_issued(&order, &issued);
    assert!(cmp.home.path().exists());
}

#[tokio::test]
async fn a_request_is_sent_as_it_is_when_its_names_are_the_source_s() {
    let csr = request(&Holder::example());
    let cmp = issuing("p10cr", &[], as_ordered, &csr).await;
    let order = cmp.order(&csr);

    assert_issued(&order, &cmp.connector.issue(&order).await.unwrap());

    let sent = cmp.wire.sent();
    let other = request(&Holder { dns_names: vec!["other.example.jp".to_owned()], ..Holder::example() });
    let issued = cmp.connector.issue(&cmp.order(&other)).await;
    assert!(matches!(issued, Err(CaError::Unsupported(_))), "{issued:?}");
    assert_eq!(cmp.wire.sent(), sent, "nothing is sent");
}

#[tokio::test]
async fn another_certificate_than_ordered_is_given_back() {
    let csr = crate::authority::ec_request();
    let other_key = |ca: &TestCa, _: &[u8]| ca.sign(&Holder::example(), until());
    let other_name = |ca: &TestCa, csr: &[u8]| {
        let holder = Holder { dns_names: vec!["other.example.jp".to_owned()], ..Holder::example() };
        ca.sign_request(&holder, csr, until())
    };
    let cmp = issuing("ir", &["-accept_raverified"], other_name, &csr).await;
    let issued = cmp.connector.issue(&cmp.order(&csr)).await;
    assert!(matches!(&issued, Err(CaError::Refused(why)) if why.contains("name in the SAN")), "{issued:?}");

    let cmp = issuing("ir", &["-accept_raverified"], other_key, &csr).await;
    let issued = cmp.connector.issue(&cmp.order(&csr)).await;
    assert!(issued.is_err(), "{issued:?}");
}

#[tokio::test]
async fn a_ca_that_does_not_take_our_word_for_the_customer_s_key_says_so() {
    let csr = crate::authority::ec_request();
    let cmp = issuing("ir", &[], as_ordered, &csr).await;
    let issued = cmp.connector.issue(&cmp.order(&csr)).await;
    assert!(matches!(issued, Err(CaError::Refused(_))), "{issued:?}");
}

#[tokio::test]
async fn a_ca_that_waits_for_somebody_or_refuses_has_issued_nothing() {
    let csr = crate::authority::ec_request();
    for (way, for_good) in [
        (&["-pkistatus", "3"][..], false),
        (&["-pkistatus", "2", "-failure", "19"], true),
        (&["-pkistatus", "2", "-failure", "24"], false),
    ] {
        let cmp = issuing("ir", &[way, &["-accept_raverified"]].concat(), as_ordered, &csr).await;
        let issued = cmp.connector.issue(&cmp.order(&csr)).await.unwrap_err();
        assert_eq!(matches!(issued, CaError::Refused(_)), for_good, "{way:?}: {issued:?}");
    }
}
