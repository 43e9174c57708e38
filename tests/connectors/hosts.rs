//! The look at a site over real TLS: what is seen, what is never sent, and where nobody may be sent to.

use std::net::Ipv4Addr;
use std::time::Duration;

use revocation_desk::domain::certificate::Fingerprint;
use revocation_desk::domain::installation::Hindrance;
use revocation_desk::hosts::{Hosts, TlsHosts};
use tokio::net::TcpListener;
use tokio_rustls::rustls::version::{TLS12, TLS13};

use crate::tls_sites::Sites;

fn a_certificate(name: &str) -> Vec<u8> {
    let key = rcgen::KeyPair::generate().unwrap();
    rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap().self_signed(&key).unwrap().der().to_vec()
}

#[tokio::test]
async fn each_name_shows_its_own_certificate_whoever_signed_it() {
    for version in [&TLS12, &TLS13] {
        let sites = Sites::speaking(&[version]).await;
        let [shop, pay] = ["shop.example.jp", "pay.example.jp"].map(a_certificate);
        sites.show("shop.example.jp", &shop);
        sites.show("pay.example.jp", &pay);
        let hosts = TlsHosts::new(true);
        for (name, der) in [("shop.example.jp", &shop), ("pay.example.jp", &pay)] {
            assert_eq!(hosts.served_at(sites.address, name).await, Ok(Fingerprint::of(der)), "{name}");
        }
        let nobody = hosts.served_at(sites.address, "other.example.jp").await;
        assert_eq!(nobody, Err(Hindrance::NoTls));
    }
}

#[tokio::test]
async fn nothing_is_sent_after_the_handshake() {
    let sites = Sites::speaking(&[&TLS13]).await;
    sites.show("shop.example.jp", &a_certificate("shop.example.jp"));
    TlsHosts::new(true).served_at(sites.address, "shop.example.jp").await.unwrap();
    let mut ended = sites.received();
    while ended.is_empty() {
        tokio::task::yield_now().await;
        ended = sites.received();
    }
    assert_eq!(ended, [0]);
}

#[tokio::test]
async fn a_name_that_leads_to_this_machine_is_looked_at_only_where_that_is_allowed() {
    let sites = Sites::open().await;
    let der = a_certificate("localhost");
    sites.show("localhost", &der);
    let port = sites.address.port();
    let (inside, outside) = (TlsHosts::new(true), TlsHosts::new(false));

    assert_eq!(inside.served("localhost", port).await, Ok(vec![Fingerprint::of(&der)]));
    assert_eq!(outside.served("localhost", port).await, Err(Hindrance::NotPublic));
    assert_eq!(outside.served_at(sites.address, "localhost").await, Err(Hindrance::NotPublic));
}

#[tokio::test]
async fn an_address_in_the_place_of_a_name_is_not_connected_to() {
    let sites = Sites::open().await;
    let hosts = TlsHosts::new(true);
    for name in ["127.0.0.1", "::1"] {
        assert_eq!(hosts.served(name, sites.address.port()).await, Err(Hindrance::NoAddress), "{name}");
    }
    assert_eq!(sites.received(), Vec::<usize>::new());
}

#[tokio::test]
async fn who_answers_nothing_or_no_tls_shows_nothing() {
    let hosts = TlsHosts::new(true).with_patience(Duration::from_millis(50));
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    assert_eq!(hosts.served_at(silent.local_addr().unwrap(), "a.example.jp").await, Err(Hindrance::NoTls));

    let talker = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = talker.local_addr().unwrap();
    tokio::spawn(async move {
        use tokio::io::AsyncWriteExt;
        while let Ok((mut stream, _)) = talker.accept().await {
            stream.write_all(b"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1/\r\n\r\n").await.unwrap();
        }
    });
    assert_eq!(hosts.served_at(address, "a.example.jp").await, Err(Hindrance::NoTls));

    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    assert_eq!(hosts.served_at(address, "a.example.jp").await, Err(Hindrance::NoAnswer));
}

#[tokio::test]
async fn a_name_without_an_address_is_told_as_such() {
    let hosts = TlsHosts::new(true).with_patience(Duration::from_millis(500));
    for name in ["nothing.invalid", "not a name", ""] {
        assert_eq!(hosts.served(name, 443).await, Err(Hindrance::NoAddress), "{name:?}");
    }
}
