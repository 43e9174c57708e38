//! Times the making of a CRL. Driven by `bench/crl/run`; one step a process, so that each has a peak memory of its own.
//!
//! `prepare FOLDER URL ENTRIES` makes a CA with so many revocations in its books, `publish FOLDER URL` publishes once,
//! `seal FOLDER URL` makes segments of the books; `floor`, `stream` and `rcgen FILE ENTRIES` make the same CRL out of memory.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measuring tool: it stops at the first surprise"
)]

mod books;
mod memory;

use std::{env, fs, path::Path, time::Instant};

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = env::args().filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[1..] {
        ["prepare", folder, url, entries] => books::prepare(Path::new(folder), url, entries.parse().unwrap()).await,
        ["seal", folder, url] => books::seal(Path::new(folder), url).await,
        ["publish", folder, url] => books::publish(Path::new(folder), url).await,
        ["floor", _, entries] => memory::floor(entries.parse().unwrap()),
        ["stream", file, entries] => memory::stream(Path::new(file), entries.parse().unwrap()),
        ["rcgen", file, entries] => memory::rcgen(Path::new(file), entries.parse().unwrap()),
        _ => println!("usage: see the head of this file"),
    }
}

/// Prints what a step took, as a line of JSON.
fn report(start: Instant, entries: usize, octets: usize) {
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{{\"entries\":{entries},\"octets\":{octets},\"seconds\":{seconds:.5},\"peak_mib\":{:.1}}}",
        peak_kib() / 1024.0
    );
}

fn peak_kib() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Serial numbers as a CA makes them, the same in each run (xorshift).
struct Serials(u64);

impl Serials {
    const fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    fn next(&mut self) -> [u8; 16] {
        let mut octets = [0; 16];
        for half in octets.chunks_mut(8) {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            half.copy_from_slice(&self.0.to_be_bytes());
        }
        octets[0] = octets[0] & 0x3f | 0x40;
        octets
    }
}

/// Octets of an entry.
const ENTRY: usize = 49;

/// Revoked 2026-11-20, superseded.
fn entry(serial: &[u8; 16]) -> [u8; ENTRY] {
    let mut entry = *b"\x30\x2f\x02\x10________________\x17\x0d261120010203Z\x30\x0c\x30\x0a\x06\x03\x55\x1d\x15\x04\x03\x0a\x01\x04";
    entry[4..20].copy_from_slice(serial);
    entry
}
