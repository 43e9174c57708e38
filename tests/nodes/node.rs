//! A desk as it runs in production: web server and scheduler in a process of its own, which may be killed at any time.

use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};

use crate::office::Office;
use crate::wait::until;

/// What `abort` ends a process with.
const SIGABRT: i32 = 6;

pub struct Node {
    process: Child,
    port: u16,
    log: PathBuf,
}

impl Node {
    /// Does not wait until it answers.
    pub fn start(office: &Office) -> Self {
        Self::doomed(office, None)
    }

    /// Ends at the place named by `doom`, as in `revoke::intent_committed:3`, when it comes there.
    pub fn doomed(office: &Office, doom: Option<&str>) -> Self {
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let log = office.data_dir().join(format!("node-{port}.log"));
        let mut command = office.program(&["start", "--port", &port.to_string()]);
        if let Some(doom) = doom {
            command.env("KILL_AT", doom);
        }
        let out = File::create(&log).unwrap();
        let process = command.stdout(out.try_clone().unwrap()).stderr(out).spawn().unwrap();
        Self { process, port, log }
    }

    /// Waits until the node listens.
    pub async fn answers(&mut self) {
        until("the node listens", async || {
            assert_eq!(self.process.try_wait().unwrap(), None, "{}", self.log());
            TcpStream::connect(("127.0.0.1", self.port)).is_ok()
        })
        .await;
    }

    /// Answers HTTP here.
    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Asks it to end, and waits until it has finished what it is doing.
    pub fn end(&mut self) {
        let asked = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status().unwrap();
        assert!(asked.success());
        assert!(self.process.wait().unwrap().success(), "{}", self.log());
    }

    /// It ended before it was up.
    pub fn never_listened(&self) -> bool {
        !self.log().contains("listening")
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.process.try_wait().unwrap()
    }

    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Whether a process came to the place where it was to be killed.
pub fn was_killed(status: ExitStatus) -> bool {
    status.signal() == Some(SIGABRT)
}
