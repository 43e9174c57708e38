//! Broken input, made from sound input by chance that is always the same.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;

/// A small generator (xorshift64*): the same seed, the same input.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// From 0 to `limit`, without it.
    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % limit.max(1)
    }

    pub fn byte(&mut self) -> u8 {
        u8::try_from(self.next() >> 56).unwrap()
    }

    pub fn choose<'a, T>(&mut self, among: &'a [T]) -> &'a T {
        &among[self.below(among.len())]
    }
}

/// Lengths that DER parsers stumble over: indefinite, longer than anything, in more octets than a machine counts.
const LENGTHS: [&[u8]; 6] = [
    &[0x80],
    &[0x84, 0xff, 0xff, 0xff, 0xff],
    &[0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    &[0xff],
    &[0x00],
    &[0x82, 0x00, 0x01],
];

/// One of the seeds, broken in one to three places.
pub fn mutated(dice: &mut Dice, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = dice.choose(seeds).clone();
    for _ in 0..=dice.below(3) {
        let at = dice.below(bytes.len());
        match dice.below(9) {
            0 | 1 if !bytes.is_empty() => bytes[at] ^= 1 << dice.below(8),
            2 if !bytes.is_empty() => bytes[at] = dice.byte(),
            3 => bytes.truncate(at),
            4 => bytes.insert(at, dice.byte()),
            5 => {
                let end = (at + 1 + dice.below(64)).min(bytes.len());
                bytes.drain(at.min(end)..end);
            }
            6 => {
                let end = (at + 1 + dice.below(256)).min(bytes.len());
                let again = bytes[at.min(end)..end].to_vec();
                bytes.splice(at..at, again);
            }
            7 => {
                let length = *dice.choose(&LENGTHS);
                let end = (at + 1).min(bytes.len());
                bytes.splice(at..end, length.iter().copied());
            }
            _ => {
                let other = dice.choose(seeds);
                let cut = dice.below(other.len());
                bytes.truncate(at);
                bytes.extend_from_slice(&other[cut..]);
            }
        }
    }
    bytes
}

/// DER of every block and every file below the folder: those of the repository, and with `HOSTILE_VECTORS` (the folder of
/// the package cryptography-vectors) some hundred more.
pub fn seeds(folder: &str) -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(folder), &mut files);
    if let Some(vectors) = std::env::var_os("HOSTILE_VECTORS") {
        collect(&Path::new(&vectors).join("x509"), &mut files);
    }
    files.sort();
    let seeds: Vec<Vec<u8>> = files.iter().flat_map(|file| blocks(&fs::read(file).unwrap())).collect();
    assert!(seeds.len() > 5, "{folder}");
    seeds
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|end| ["pem", "der", "crt", "csr"].contains(&end.to_str().unwrap_or("")))
        {
            files.push(path);
        }
    }
}

fn blocks(file: &[u8]) -> Vec<Vec<u8>> {
    let Ok(text) = std::str::from_utf8(file) else { return vec![file.to_vec()] };
    let bodies = text.split("-----BEGIN ").skip(1).filter_map(|rest| {
        let body = rest.split_once("-----\n")?.1.split("-----END").next()?;
        let encoded: String = body.chars().filter(|c| !c.is_whitespace()).collect();
        base64::engine::general_purpose::STANDARD.decode(encoded).ok()
    });
    bodies.collect()
}

/// As people paste it.
pub fn pem(label: &str, der: &[u8]) -> String {
    let encoded = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<_> = encoded.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}
