//! A real mail server of our own: Postfix in folders of its own, on free ports, gone with the test.
//!
//! It takes mails without a log-in on one port, and encrypted with a log-in on two others; hands those for
//! `customer.example` to a server of the test; and puts what comes back to `bounce@ca.example` into a maildir.

#![allow(clippy::disallowed_methods, reason = "waits for a server that knows no clock of ours")]
#![allow(dead_code, reason = "each test binary uses its part")]
#![allow(clippy::unwrap_used, reason = "a test stops where something is wrong")]

use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::net::TcpSocket;
use tokio::time::sleep;

/// Of the log-in.
pub const USER: &str = "desk";
pub const PASSWORD: &str = "p@ss word:1";
/// The domain of the return mailbox and of the log-in.
pub const DOMAIN: &str = "ca.example";
/// More than a start or a delivery takes; only a wrong test waits it out.
const LIMIT: Duration = Duration::from_mins(1);
/// `nobody`: Postfix delivers to no mailbox of root's.
const OWNER: u32 = 65534;

pub struct Postfix {
    folder: TempDir,
    server: Child,
    _ports: [TcpSocket; 3],
    plain: u16,
    starttls: u16,
    tls: u16,
    /// The server's certificate for 127.0.0.1 (DER); it is its own CA.
    pub certificate: Vec<u8>,
}

impl Postfix {
    /// `next_hop` is where mails for `customer.example` go: the port of a server on this machine.
    pub async fn start(next_hop: u16) -> Self {
        assert!(
            Path::new("/usr/sbin/postfix").exists() && Path::new("/usr/sbin/saslpasswd2").exists(),
            "this test needs Debian's postfix and sasl2-bin: run `scripts/setup test` as root"
        );
        let folder = tempfile::tempdir().unwrap();
        let ports = [(); 3].map(|()| own_port());
        let [plain, starttls, tls] = ports.each_ref().map(|port| port.local_addr().unwrap().port());
        let home = folder.path();
        fs::set_permissions(home, fs::Permissions::from_mode(0o755)).unwrap();
        for name in ["etc", "queue", "data", "mail", "etc/sasl"] {
            fs::create_dir(home.join(name)).unwrap();
        }
        let certificate = certificate(home);
        accounts(home);
        fs::write(home.join("etc/main.cf"), main_cf(home, next_hop)).unwrap();
        fs::write(home.join("etc/master.cf"), master_cf(plain, starttls, tls)).unwrap();
        chown(home.join("mail"), Some(OWNER), Some(OWNER)).unwrap();
        owned_by("postfix", &home.join("data"));
        let server = postfix(home, "start-fg");
        let mut started = Self { folder, server, _ports: ports, plain, starttls, tls, certificate };
        let begun = Instant::now();
        while !started.log().contains("daemon started") {
            let ended = started.server.try_wait().unwrap();
            assert!(ended.is_none() && begun.elapsed() < LIMIT, "it does not start\n{}", started.log());
            sleep(Duration::from_millis(20)).await;
        }
        started
    }

    /// Without encryption and log-in.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.plain)
    }

    /// STARTTLS, then the log-in.
    pub fn starttls_url(&self, password: &str) -> String {
        format!("smtp://{}@127.0.0.1:{}?tls=required", user_info(password), self.starttls)
    }

    /// Encrypted from the first byte.
    pub fn tls_url(&self, password: &str) -> String {
        format!("smtps://{}@127.0.0.1:{}", user_info(password), self.tls)
    }

    /// What comes back.
    pub fn maildir(&self) -> PathBuf {
        self.folder.path().join("mail/bounce")
    }

    /// Waits until so many mails came back.
    pub async fn came_back(&self, mails: usize) -> Vec<PathBuf> {
        let new = self.maildir().join("new");
        let all = || -> Option<Vec<PathBuf>> {
            let files = fs::read_dir(&new).ok()?.map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
            (files.len() >= mails).then_some(files)
        };
        self.until(&format!("{mails} mails come back"), all).await
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    pub async fn until<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let begun = Instant::now();
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(begun.elapsed() < LIMIT, "never: {what}\n{}", self.log());
            // The servers of the test go on meanwhile.
            sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        let _ = postfix(self.folder.path(), "abort").wait();
        let _ = self.server.wait();
    }
}

fn postfix(home: &Path, verb: &str) -> Child {
    let log = fs::OpenOptions::new().create(true).append(true).open(home.join("log")).unwrap();
    Command::new("/usr/sbin/postfix")
        .arg("-c")
        .arg(home.join("etc"))
        .arg(verb)
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap()
}

/// Postfix shares its ports (SO_REUSEPORT): two that chose the same one would get each other's mails. Held, but not
/// listened on, nobody else is given it.
fn own_port() -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseport(true).unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    socket
}

fn user_info(password: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    format!("{USER}%40{DOMAIN}:{}", password.bytes().map(encode).collect::<String>())
}

fn certificate(home: &Path) -> Vec<u8> {
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    fs::write(home.join("etc/server.pem"), signing_key.serialize_pem() + &cert.pem()).unwrap();
    cert.der().to_vec()
}

fn accounts(home: &Path) {
    let file = home.join("etc/sasl/accounts.db");
    let mut made = Command::new("/usr/sbin/saslpasswd2")
        .args(["-p", "-c", "-u", DOMAIN, "-f"])
        .arg(&file)
        .arg(USER)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    made.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
    assert!(made.wait().unwrap().success());
    owned_by("postfix", &file);
    let how = format!("pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: {}\n", file.display());
    fs::write(home.join("etc/sasl/smtpd.conf"), how + "mech_list: PLAIN LOGIN\n").unwrap();
}

fn owned_by(user: &str, path: &Path) {
    assert!(Command::new("chown").arg(user).arg(path).status().unwrap().success());
}

fn main_cf(home: &Path, next_hop: u16) -> String {
    let home = home.display();
    format!(
        "compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
shlib_directory = /usr/lib/postfix
meta_directory = /etc/postfix
mail_owner = postfix
setgid_group = postdrop
maillog_file = /dev/stdout
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.example.net
mydestination =
alias_maps =
alias_database =
recipient_delimiter = +
virtual_mailbox_domains = {DOMAIN}
virtual_mailbox_base = {home}/mail
virtual_mailbox_maps = inline:{{ bounce@{DOMAIN}=bounce/ }}
virtual_uid_maps = static:{OWNER}
virtual_gid_maps = static:{OWNER}
transport_maps = inline:{{ customer.example=smtp:[127.0.0.1]:{next_hop} }}
default_transport = error:no way out
disable_dns_lookups = yes
smtp_host_lookup = native
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_peername_lookup = no
notify_classes =
minimal_backoff_time = 2s
maximal_backoff_time = 2s
queue_run_delay = 1s
delay_warning_time = 1s
smtpd_tls_chain_files = {home}/etc/server.pem
cyrus_sasl_config_path = {home}/etc/sasl
"
    )
}

fn master_cf(plain: u16, starttls: u16, tls: u16) -> String {
    let with_login = "-o smtpd_sasl_auth_enable=yes -o smtpd_tls_auth_only=yes \
        -o smtpd_relay_restrictions=permit_sasl_authenticated,reject";
    format!(
        "127.0.0.1:{plain} inet n - n - - smtpd
127.0.0.1:{starttls} inet n - n - - smtpd -o smtpd_tls_security_level=encrypt {with_login}
127.0.0.1:{tls} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes {with_login}
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"
    )
}
