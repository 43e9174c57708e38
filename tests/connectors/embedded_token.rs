//! The embedded CA with its keys in a PKCS#11 token: SoftHSM.
//!
//! The token's library reads its own settings from the environment when it is loaded, so each test runs in a process of its
//! own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::{env, thread};

use cryptoki::context::Pkcs11;
use cryptoki::object::{Attribute, AttributeType, ObjectClass};
use cryptoki::session::Session;
use revocation_desk::ca::CertificateAuthority;
use revocation_desk::ca::embedded::{EmbeddedCa, Home, StoreError, Token, TokenError};
use revocation_desk::domain::certificate;
use revocation_desk::settings::Secret;
use tempfile::TempDir;

use crate::authority::{Authority, PUBLIC_URL, now, source_order};
use crate::database;

const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
const LABEL: &str = "ca of the tests";
const PIN: &str = "314159";
/// Set for the process that has the token.
const INSIDE: &str = "TEST_WITH_TOKEN";

/// Starts the test again with a token that is its own; `true` in that process.
fn with_token(test: &str) -> bool {
    if env::var_os(INSIDE).is_some() {
        return true;
    }
    let home = TempDir::new().unwrap();
    let (settings, tokens) = (home.path().join("softhsm2.conf"), home.path().join("tokens"));
    fs::create_dir(&tokens).unwrap();
    fs::write(&settings, format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.display())).unwrap();
    softhsm(&settings, &["--init-token", "--free", "--label", LABEL, "--so-pin", "000000", "--pin", PIN]);
    softhsm(&settings, &["--init-token", "--free", "--label", "another", "--so-pin", "000000", "--pin", PIN]);
    let inside = Command::new(env::current_exe().unwrap())
        .args(["--exact", &format!("embedded_token::{test}")])
        .env("SOFTHSM2_CONF", &settings)
        .env(INSIDE, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&inside.stdout);
    assert!(inside.status.success() && said.contains("1 passed"), "{said}");
    false
}

fn softhsm(settings: &Path, arguments: &[&str]) {
    let output = Command::new("softhsm2-util").args(arguments).env("SOFTHSM2_CONF", settings).output();
    let output = output.expect("softhsm2-util is installed (scripts/setup)");
    assert!(output.status.success(), "{output:?}");
}

fn token(label: &str, pin: &str) -> Result<Arc<Token>, TokenError> {
    Token::open(Path::new(MODULE), label, &Secret::new(pin)).map(Arc::new)
}

fn home(directory: PathBuf) -> Home {
    Home { directory, token: Some(token(LABEL, PIN).unwrap()) }
}

/// An embedded CA whose keys are in the token.
async fn authority() -> Authority {
    let folder = TempDir::new().unwrap();
    let url = database::migrated(folder.path()).await;
    let db = database::connect(&url).await;
    let ca = EmbeddedCa::open(db.clone(), home(folder.path().join("ca")), PUBLIC_URL, now()).unwrap();
    Authority { ca, db, url, home: folder }
}

/// A session of this process with the token, logged in as all are.
fn session() -> Session {
    let context = Pkcs11::new(MODULE).unwrap();
    let mut slots = context.get_slots_with_initialized_token().unwrap().into_iter();
    let slot = slots.find(|slot| context.get_token_info(*slot).unwrap().label().trim_end() == LABEL).unwrap();
    context.open_ro_session(slot).unwrap()
}

/// The label and whether it may leave, of each private key in the token.
fn private_keys() -> Vec<(String, bool)> {
    let session = session();
    let found = session.find_objects(&[Attribute::Class(ObjectClass::PRIVATE_KEY)]).unwrap();
    let wanted = [AttributeType::Label, AttributeType::Extractable];
    let mut keys: Vec<_> = found
        .into_iter()
        .map(|key| match &session.get_attributes(key, &wanted).unwrap()[..] {
            [Attribute::Label(label), Attribute::Extractable(leaves)] => {
                (String::from_utf8(label.clone()).unwrap(), *leaves)
            }
            other => panic!("{other:?}"),
        })
        .collect();
    keys.sort();
    keys
}

#[tokio::test]
async fn a_ca_whose_keys_are_in_the_token_signs_everything() {
    if !with_token("a_ca_whose_keys_are_in_the_token_signs_everything") {
        return;
    }
    let authority = authority().await;
    let source = authority.source().await;
    authority.revoke_at(&authority.source().await, now()).await;
    authority.ca.publish_crls(now()).await.unwrap();

    let (good, said) = crate::openssl::verify(&authority, &source, now());

    assert!(good, "{said}");
    assert!(authority.ca.keys_are_readable());
    assert!(authority.ca.check().await.is_ok());
    let names = ["revocation-desk issuing", "revocation-desk root"].map(|name| (name.to_owned(), false));
    assert_eq!(private_keys(), names);
    let files = fs::read_dir(authority.directory()).unwrap().map(|file| file.unwrap().file_name());
    assert!(files.into_iter().all(|name| !name.to_string_lossy().contains("key")));
}

#[tokio::test]
async fn the_next_start_finds_the_same_ca_and_another_token_does_not_have_it() {
    if !with_token("the_next_start_finds_the_same_ca_and_another_token_does_not_have_it") {
        return;
    }
    let authority = authority().await;
    let open = |home: Home| EmbeddedCa::open(authority.db.clone(), home, PUBLIC_URL, now());

    let again = open(home(authority.directory())).unwrap();
    assert_eq!(again.issuing().certificate, authority.ca.issuing().certificate);

    let other = Home { token: Some(token("another", PIN).unwrap()), ..home(authority.directory()) };
    assert!(matches!(open(other).err(), Some(StoreError::Token(TokenError::NoKey(_)))));
    assert!(open((&authority.directory()).into()).is_err(), "no key files");
}

#[test]
fn a_wrong_pin_and_an_absent_token_stop_the_start() {
    if !with_token("a_wrong_pin_and_an_absent_token_stop_the_start") {
        return;
    }
    assert!(matches!(token(LABEL, "271828").err(), Some(TokenError::Pin(_))));
    assert!(matches!(token("nobody's", PIN).err(), Some(TokenError::Absent(_))));
    assert!(matches!(
        Token::open(Path::new("/nowhere/module.so"), LABEL, &Secret::new(PIN)).err(),
        Some(TokenError::Module(_))
    ));
    assert!(token(LABEL, PIN).is_ok());
}

#[tokio::test]
async fn keys_move_from_files_into_the_token() {
    if !with_token("keys_move_from_files_into_the_token") {
        return;
    }
    let in_files = Authority::new().await;
    let directory = in_files.directory();
    let open = || EmbeddedCa::open(in_files.db.clone(), home(directory.clone()), PUBLIC_URL, now());
    let settings = PathBuf::from(env::var_os("SOFTHSM2_CONF").unwrap());
    for (issuer, name) in [(in_files.ca.root(), "root.key.pem"), (in_files.ca.issuing(), "issuing.key.pem")] {
        assert!(matches!(open().err(), Some(StoreError::KeyInFile(_))), "{name}");
        let (id, path) = (hex::encode(issuer.key.key_id()), directory.join(name));
        let (token, path) = (["--token", LABEL, "--pin", PIN], path.display().to_string());
        softhsm(&settings, &[&["--import", &path, "--label", name, "--id", &id][..], &token].concat());
        fs::remove_file(path).unwrap();
    }

    let moved = open().unwrap();

    assert_eq!(moved.issuing().id, in_files.ca.issuing().id);
    let source = moved.sign_source_certificate(&source_order(crate::authority::ec_request())).await.unwrap();
    assert!(in_files.ca.issuing().has_signed(&source));
    assert!(certificate::parse_der(&source).is_ok());
}

#[tokio::test]
async fn a_token_that_has_ended_our_session_is_asked_with_a_new_one() {
    if !with_token("a_token_that_has_ended_our_session_is_asked_with_a_new_one") {
        return;
    }
    let authority = authority().await;
    session().logout().unwrap();

    authority.source().await;
}

#[tokio::test]
async fn processes_that_start_at_once_end_up_with_one_ca_and_no_key_too_many() {
    if !with_token("processes_that_start_at_once_end_up_with_one_ca_and_no_key_too_many") {
        return;
    }
    let folder = TempDir::new().unwrap();
    let db = database::connect("sqlite::memory:").await;
    let home = home(folder.path().join("data/ca"));

    let mut ids: Vec<String> = thread::scope(|scope| {
        let start = || EmbeddedCa::open(db.clone(), home.clone(), PUBLIC_URL, now()).unwrap();
        let starts: Vec<_> = (0..4).map(|_| scope.spawn(start)).collect();
        starts.into_iter().map(|start| start.join().unwrap().issuing().id.clone()).collect()
    });

    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(private_keys().len(), 2);
}
