//! Writes one of each kind of certificate, CRL and OCSP answer for `scripts/pkilint.sh`, into `target/tmp/pkilint/`.

use std::{fs, path::Path};

use chrono::Duration;
use revocation_desk::{
    ca::{
        CertificateAuthority, IssueOrder,
        embedded::{SourceOrder, rsa_requests},
    },
    domain::certificate::{SerialNumber, pem},
    proof::ocsp::Question,
};
use uuid::Uuid;

use crate::authority::{Authority, ec_request, ev_order, now, source_order};
use crate::ocsp_answered::responders;

#[tokio::test]
async fn samples_for_the_linter_are_written() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pkilint");
    fs::create_dir_all(&folder).unwrap();
    let write = |name: &str, label: &str, der: &[u8]| fs::write(folder.join(name), pem::encode(label, der)).unwrap();

    let authority = Authority::new().await;
    let ca = &authority.ca;
    write("root.pem", "CERTIFICATE", &ca.root().certificate.der);
    write("issuing.pem", "CERTIFICATE", &ca.issuing().certificate.der);
    for (kind, csr_der) in [("rsa", rsa_requests().swap_remove(0)), ("ec", ec_request())] {
        for (validation, source) in [("ov", source_order(csr_der.clone())), ("ev", ev_order(csr_der.clone()))] {
            let within_the_limit = SourceOrder { not_before: now() - Duration::days(150), not_after: now(), ..source };
            let source_der = ca.sign_source_certificate(&within_the_limit).await.unwrap();
            let order = IssueOrder {
                source_der,
                csr_der: csr_der.clone(),
                not_before: now(),
                not_after: now() + Duration::days(199) - Duration::seconds(1),
                request_id: Uuid::new_v4(),
                now: now(),
            };
            write(&format!("{validation}-{kind}.pem"), "CERTIFICATE", &ca.issue(&order).await.unwrap().der);
        }
    }
    let crl = |name: &str, issuer| write(name, "X509 CRL", &fs::read(ca.crl_file(issuer)).unwrap());
    ca.publish_crls(now()).await.unwrap();
    crl("root-crl.pem", ca.root());
    crl("empty-crl.pem", ca.issuing());
    let source = authority.source().await;
    authority.revoke_at(&source, now()).await;
    ca.publish_crls(now()).await.unwrap();
    crl("crl.pem", ca.issuing());
    let ask = async |serial: &SerialNumber| {
        let question = Question::new(&ca.issuing().certificate, serial).unwrap();
        ca.answer_ocsp(ca.issuing(), &question.encoded(), now()).await.der
    };
    fs::write(folder.join("ocsp-revoked.der"), ask(&source.serial).await).unwrap();
    fs::write(folder.join("ocsp-good.der"), ask(&authority.source().await.serial).await).unwrap();
    write("ocsp-responder.pem", "CERTIFICATE", &responders(&authority).await.remove(0).der);
}
