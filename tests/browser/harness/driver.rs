//! The one chromedriver of this test binary.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

/// Kept for the life of the process. The shell that holds chromedriver waits for the end of its standard input, which
/// comes with the end of this process however it ends; the browsers end when chromedriver's pipe to them closes.
struct Driver {
    address: SocketAddr,
    /// Of the browsers' profiles and downloads. The shell removes it.
    folder: PathBuf,
    _lifeline: ChildStdin,
    _shell: Child,
    _output: BufReader<ChildStdout>,
}

const CHROMIUM: &str = "/usr/bin/chromium";
/// Path, Debian's package that brings it.
const NEEDED: [(&str, &str); 3] = [
    (CHROMIUM, "chromium"),
    ("/usr/bin/chromedriver", "chromium-driver"),
    // Without it date fields ask for month, day, year.
    ("/usr/lib/chromium/locales/ja.pak", "chromium-l10n"),
];

pub fn address() -> SocketAddr {
    driver().address
}

/// Gone with this process.
pub fn folder() -> &'static Path {
    &driver().folder
}

fn driver() -> &'static Driver {
    static DRIVER: OnceLock<Driver> = OnceLock::new();
    DRIVER.get_or_init(start)
}

pub fn chromium() -> &'static str {
    CHROMIUM
}

fn start() -> Driver {
    let missing: Vec<_> =
        NEEDED.iter().filter(|(path, _)| !Path::new(path).exists()).map(|(_, package)| *package).collect();
    assert!(
        missing.is_empty(),
        "the browser tests need Debian's {}: run `scripts/setup test` as root, or `apt-get install {}`",
        missing.join(", "),
        missing.join(" ")
    );
    let folder = tempfile::tempdir().unwrap().keep();
    // Chromium may still write for a moment.
    let script =
        "chromedriver --port=0 & driver=$!; read -r _; kill $driver; wait $driver; sleep 1; rm -rf \"$TMPDIR\"";
    let mut shell = Command::new("sh")
        .args(["-c", script])
        .env("TMPDIR", &folder)
        .env("LANGUAGE", "ja")
        .env("TZ", "Asia/Tokyo")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lifeline = shell.stdin.take().unwrap();
    let mut output = BufReader::new(shell.stdout.take().unwrap());
    let port = loop {
        let mut line = String::new();
        assert_ne!(output.read_line(&mut line).unwrap(), 0, "chromedriver ended before it named its port");
        if let Some((_, port)) = line.trim_end().trim_end_matches('.').split_once("successfully on port ") {
            break port.parse::<u16>().unwrap();
        }
    };
    Driver { address: ([127, 0, 0, 1], port).into(), folder, _lifeline: lifeline, _shell: shell, _output: output }
}
